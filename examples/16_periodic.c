/*
 * A periodic task that does not drift. Each due time is the one before plus the period, and the task
 * sleeps until then. (If it slept for a period after its work, the time of the work would add up.)
 *
 * What happens when the work of one turn takes longer than a period? There are three policies. With
 * BURST the task makes up for each turn that it has missed, at once. With SKIP the turns that it has
 * missed are left out and counted, and the next turn is at a multiple of the period again. With
 * DELAY the late turn comes at once, and the period is counted from it.
 *
 * The clock has 16 bits here and wraps during the run. A task may be late by half of that range,
 * 32,767 ticks; if it were later, the due time would seem to be ahead. The default clock has 32 bits.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include <stdint.h>

static uint16_t clock_ticks; /* simulated: idling sets the clock forward */
#define AGEN_IDLE(loop, n) (clock_ticks = (uint16_t)(clock_ticks + (n)))
#define AGEN_TICKS uint16_t
#include "agen.h"

#include <stdio.h>

static agen_ticks now(void)
{
    return clock_ticks;
}

enum policy { BURST, SKIP, DELAY };

/* Yields at each due time, and first at once. The value is how many turns were left out before. */
struct every {
    AGEN_YIELDS(unsigned);
    agen_ticks period;
    enum policy policy;
    agen_ticks due;
    unsigned missed;
};

static void every_next(struct every *self)
{
    agen_ticks late;

    self->due = (agen_ticks)(self->due + self->period);
    self->missed = 0;
    late = (agen_ticks)(now() - self->due);
    if (late == 0 || late > AGEN_FOREVER / 2)
        return; /* it is not late: the due time is now or ahead */
    if (self->policy == SKIP) {
        self->missed = (late + self->period - 1u) / self->period;
        self->due = (agen_ticks)(self->due + self->missed * self->period);
    } else if (self->policy == DELAY) {
        self->due = now();
    }
}

AGEN(every, self)
{
    AGEN_BEGIN(self);
    for (self->due = now();; every_next(self)) {
        AGEN_SLEEP_UNTIL(self, self->due); /* if that is past, it wakes in the next pass */
        AGEN_YIELD(self, self->missed);
    }
    AGEN_END(self);
}

/* The work. It takes 7 ticks, but once 250, and prints when it began. No other task runs meanwhile. */
static const agen_ticks start = 65300;

static void work(int turn)
{
    printf(" %4u", (unsigned)(agen_ticks)(now() - start));
    clock_ticks = (uint16_t)(clock_ticks + (turn == 2 ? 250 : 7));
}

struct worker {
    AGEN_COROUTINE;
    struct every turns;
    unsigned missed;
    int turn;
};

AGEN(worker, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->turns) {
        self->missed += self->turns.value;
        work(self->turn);
        if (++self->turn == 9)
            break;
    }
    printf("   missed: %u\n", self->missed);
    AGEN_END(self);
}

/* The mistake: sleeping for a period after the work. */
struct drifter {
    AGEN_COROUTINE;
    int turn;
};

AGEN(drifter, self)
{
    AGEN_BEGIN(self);
    for (self->turn = 0; self->turn < 9; self->turn++) {
        work(self->turn);
        AGEN_SLEEP(self, 100);
    }
    printf("   (drifts)\n");
    AGEN_END(self);
}

static bool run(const char *name, agen_t *coroutine)
{
    static agen_loop loop;
    static agen_task task;

    clock_ticks = start;
    agen_loop_init(&loop, now); /* again, because the clock was set back */
    printf("%-6s", name);
    if (agen_spawn(&loop, &task, coroutine) != AGEN_DONE)
        return false;
    return agen_loop_run(&loop) == AGEN_DONE && agen_task_status(&task) == AGEN_DONE;
}

#define EVERY(p) { AGEN_INIT(every), .period = 100, .policy = p }

int main(void)
{
    static struct drifter drifter = { AGEN_INIT(drifter), .turn = 0 };
    static struct worker burst = { AGEN_INIT(worker), .turns = EVERY(BURST) };
    static struct worker skip = { AGEN_INIT(worker), .turns = EVERY(SKIP) };
    static struct worker delay = { AGEN_INIT(worker), .turns = EVERY(DELAY) };

    printf("start at tick %u of 65536, period 100, the third turn takes 250:\n", (unsigned)start);
    return run("sleep", (agen_t *)&drifter) && run("burst", (agen_t *)&burst) && run("skip", (agen_t *)&skip)
                   && run("delay", (agen_t *)&delay)
               ? 0
               : 1;
}
