/*
 * AGEN_CHECK_INTERRUPTS: an interrupt that starts an operation on a generator which the interrupted code is stepping is
 * refused with AGEN_E_RUNNING, at whichever instruction it comes; before that and after it, it gets a proper answer, and
 * no value is lost or doubled. Each operation here is interrupted once, and begun again with the interrupt a tick of the
 * timer later, less than an instruction, until it comes only after the operation. Where the board has priorities, the
 * same within an interrupt, too, which a more urgent one interrupts.
 */
#define AGEN_CHECK_INTERRUPTS
#include "board.h"

#include "agen.h"

#include <stdio.h>
#include <string.h>

#ifdef BOARD_ON_URGENT
#define ON_INTERRUPT BOARD_ON_URGENT
#define interrupt_after(ticks) board_urgent_next(ticks)
#else
#define ON_INTERRUPT BOARD_ON_TIMER
#define interrupt_after(ticks) board_timer_next(ticks)
#endif

enum { E_ABORTED = -5, MOST_TICKS = 20000, PAUSE = 8, AFTER = 5 };

static volatile uint8_t wrongs;
static volatile int first_wrong; /* its line */

static void check(bool holds, int line)
{
    if (!holds && wrongs < 255 && !wrongs++)
        first_wrong = line;
}

#define CHECK(condition) check(condition, __LINE__)

/* --- The generators --------------------------------------------------------------------------- */

struct counter {
    AGEN_YIELDS(int);
    int n;
    volatile bool inside;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
    for (self->n = 1;; self->n++) {
        CHECK(!self->inside);
        self->inside = true;
        self->inside = false;
        AGEN_YIELD(self, self->n);
    }
    AGEN_END(self);
}

struct delegates {
    AGEN_YIELDS(int);
    struct counter counter;
};

AGEN(delegates, self)
{
    AGEN_BEGIN(self);
    agen_init(&self->counter, counter);
    AGEN_YIELD_FROM(self, &self->counter);
    AGEN_END(self);
}

/* Waits before its second value and its third. */
static struct stepped {
    AGEN_YIELDS(int);
} stepped;
static volatile uint8_t ready; /* how many of the waits are over */

AGEN(stepped, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_WAIT_UNTIL(self, ready >= 1);
    AGEN_YIELD(self, 2);
    AGEN_WAIT_UNTIL(self, ready >= 2);
    AGEN_YIELD(self, 3);
    AGEN_END(self);
}

/* --- The interrupt ---------------------------------------------------------------------------- */

static enum { NEXT_STEPPED, POLL_STEPPED, NEXT_COUNTER, NEXT_DELEGATES } volatile interrupt_does;
static struct counter counter;
static struct delegates delegates;
static volatile bool came = true;
static volatile int answer, answer_value;
static uint16_t at; /* when it comes */

ON_INTERRUPT
{
    interrupt_after(UINT16_MAX); /* not again, or not for long */
    if (came)
        return;
    switch (interrupt_does) {
    case NEXT_STEPPED: answer = agen_next(&stepped); break;
    case POLL_STEPPED: answer = agen_poll(&stepped); break;
    case NEXT_COUNTER:
        answer = agen_next(&counter);
        answer_value = counter.value;
        break;
    case NEXT_DELEGATES:
        answer = agen_next(&delegates);
        answer_value = delegates.value;
        break;
    }
    came = true;
}

/* Interrupts `operation`. Answers whether it came before the end of that, and sees to it that it has come. */
#define INTERRUPTED(result, operation) \
    do { \
        came = in_time = false; \
        board_disable_interrupts(); \
        interrupt_after(at); \
        board_enable_interrupts(); \
        result = (operation); \
        in_time = came; \
        while (!came) \
            continue; \
    } while (0)

static bool in_time;

/* --- The operations --------------------------------------------------------------------------- */

static void begin_stepped(void)
{
    agen_init(&stepped, stepped);
    ready = 0;
    CHECK(agen_next(&stepped) == AGEN_YIELDED);
}

static void next_of_a_counter(void)
{
    int status, value;

    agen_init(&counter, counter);
    counter.inside = false;
    interrupt_does = NEXT_COUNTER;
    INTERRUPTED(status, agen_next(&counter));
    value = counter.value;
    CHECK(status == AGEN_YIELDED && (answer == AGEN_YIELDED || answer == AGEN_E_RUNNING));
    CHECK(value == (answer == AGEN_YIELDED ? 2 : 1));
    CHECK(agen_next(&counter) == AGEN_YIELDED && counter.value == value + 1);
}

static void next_through_a_delegation(void)
{
    int status, value;

    agen_init(&delegates, delegates);
    delegates.counter.inside = false;
    CHECK(agen_next(&delegates) == AGEN_YIELDED);
    interrupt_does = NEXT_DELEGATES;
    INTERRUPTED(status, agen_next(&delegates));
    value = delegates.value;
    CHECK(status == AGEN_YIELDED && (answer == AGEN_YIELDED || answer == AGEN_E_RUNNING));
    CHECK(value == (answer == AGEN_YIELDED ? 3 : 2));
    CHECK(agen_next(&delegates) == AGEN_YIELDED && delegates.value == value + 1);
}

/* Interrupted by another next: one of them waits, the other is refused, and poll carries on the first. */
static void next_that_waits(void)
{
    int status;

    begin_stepped();
    interrupt_does = NEXT_STEPPED;
    INTERRUPTED(status, agen_next(&stepped));
    CHECK(status == AGEN_PENDING ? answer == AGEN_E_RUNNING : status == AGEN_E_RUNNING && answer == AGEN_PENDING);
    CHECK(agen_next(&stepped) == AGEN_E_RUNNING);
    ready = 2;
    CHECK(agen_poll(&stepped) == AGEN_YIELDED && stepped.value == 2);
    CHECK(agen_next(&stepped) == AGEN_YIELDED && stepped.value == 3);
    CHECK(agen_close(&stepped) == AGEN_DONE);
}

/* Whichever is the first, the second waits. */
static void first_next(void)
{
    int status;

    agen_init(&stepped, stepped);
    ready = 0;
    interrupt_does = NEXT_STEPPED;
    INTERRUPTED(status, agen_next(&stepped));
    if (answer == AGEN_YIELDED) {
        CHECK(status == AGEN_PENDING);
    } else {
        CHECK(status == AGEN_YIELDED);
        if (answer == AGEN_E_RUNNING)
            CHECK(agen_next(&stepped) == AGEN_PENDING);
        else
            CHECK(answer == AGEN_PENDING);
    }
    CHECK(agen_next(&stepped) == AGEN_E_RUNNING);
    ready = 2;
    CHECK(agen_poll(&stepped) == AGEN_YIELDED && stepped.value == 2);
    CHECK(agen_close(&stepped) == AGEN_DONE);
}

/* A poll that answers, interrupted by a next that waits: that wait is the one to go on with. */
static void poll_that_answers(void)
{
    int status;

    begin_stepped();
    CHECK(agen_next(&stepped) == AGEN_PENDING);
    ready = 1;
    interrupt_does = NEXT_STEPPED;
    INTERRUPTED(status, agen_poll(&stepped));
    CHECK(status == AGEN_YIELDED && stepped.value == 2);
    CHECK(answer == AGEN_E_RUNNING || answer == AGEN_PENDING);
    ready = 2;
    status = answer == AGEN_PENDING ? agen_poll(&stepped) : agen_next(&stepped);
    CHECK(status == AGEN_YIELDED && stepped.value == 3);
    CHECK(agen_close(&stepped) == AGEN_DONE);
}

/* An abort, interrupted by a poll that answers: then it is too late, and must not become a throw. */
static void abort_of_a_wait(void)
{
    int status;

    begin_stepped();
    CHECK(agen_next(&stepped) == AGEN_PENDING);
    ready = 2;
    interrupt_does = POLL_STEPPED;
    INTERRUPTED(status, agen_abort(&stepped, E_ABORTED));
    if (answer == AGEN_YIELDED) {
        CHECK(status == AGEN_DONE || status == AGEN_E_RUNNING);
        CHECK(!agen_done(&stepped) && stepped.value == 2);
        CHECK(agen_next(&stepped) == AGEN_YIELDED && stepped.value == 3);
    } else {
        CHECK(status == E_ABORTED);
        CHECK(answer == AGEN_E_RUNNING || answer == AGEN_DONE);
        CHECK(agen_done(&stepped));
    }
}

static const struct {
    const char *name;
    void (*run)(void);
} operations[] = {
    { "next of a counter", next_of_a_counter },
    { "next through a delegation", next_through_a_delegation },
    { "next that waits", next_that_waits },
    { "first next", first_next },
    { "poll that answers", poll_that_answers },
    { "abort of a wait", abort_of_a_wait }
};

enum { OPERATIONS = sizeof operations / sizeof *operations };

/* Before, within and after: how many moments each. */
static uint16_t before[OPERATIONS], within[OPERATIONS];

static void run_all(void)
{
    uint8_t i, after;

    for (i = 0; i < OPERATIONS; i++) {
        before[i] = within[i] = after = 0;
        for (at = PAUSE; after < AFTER && at < MOST_TICKS; at++) {
            operations[i].run();
            if (!in_time)
                after++;
            else if (answer == AGEN_E_RUNNING)
                within[i]++;
            else
                before[i]++;
        }
        CHECK(after == AFTER && within[i] > 10);
    }
}

#ifdef BOARD_ON_URGENT
static volatile bool runs_within;

/* Interrupted, too. */
BOARD_ON_TIMER
{
    board_timer_next(UINT16_MAX);
    if (runs_within)
        run_all();
    runs_within = false;
}
#endif

int main(void)
{
    uint8_t i;

    board_timer_start();
    run_all();
    for (i = 0; i < OPERATIONS; i++)
        fprintf(stderr, "%s: %u moments before it, %u within\n", operations[i].name, before[i], within[i]);
#ifdef BOARD_ON_URGENT
    runs_within = true;
    board_timer_next(PAUSE);
    while (runs_within)
        continue;
#endif
    if (wrongs)
        printf("FAILED: %u, the first in line %d\n", wrongs, first_wrong);
    else
        printf("refused at each instruction within a step, and answered properly before and after\n");
    return wrongs != 0;
}

/* SPDX-License-Identifier: 0BSD */
