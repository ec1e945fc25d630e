/*
 * A cleanup that nothing can cut: a second cancellation ends the waits of an ordinary cleanup, as
 * in Python. What must be finished is a task of its own, and joining does not own: `shield` joins it
 * again and again, remembers what came meanwhile, and raises it behind the end. A shutdown cancels
 * every task, that one too: example 23 withstands even that.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define AGEN_IDLE(loop, ticks) idle(ticks)
static void idle(unsigned long ticks);
#include "agen.h"

#include <stdio.h>

static agen_ticks clock_ticks;

static agen_ticks now(void)
{
    return clock_ticks;
}

static void idle(unsigned long ticks)
{
    clock_ticks = (agen_ticks)(clock_ticks + ticks);
}

static void say(const char *who, const char *text)
{
    printf("%3lu  %s: %s\n", (unsigned long)clock_ticks, who, text);
}

/* Awaits the coroutine `work`, whatever happens to the task that awaits this one. To copy. */
struct shield {
    AGEN_COROUTINE;
    agen_t *work;
    agen_task task;
    int raised; /* what was meant for us while we waited */
};

AGEN(shield, self)
{
    AGEN_BEGIN(self);
    if (agen_spawn(agen_current_loop(self), &self->task, self->work) != AGEN_DONE)
        AGEN_RAISE(self, AGEN_E_RUNNING);
    self->raised = 0;
    while (agen_task_status(&self->task) == AGEN_PENDING) {
        AGEN_TRY(self) {
            AGEN_JOIN(self, &self->task);
        } AGEN_EXCEPT_ANY(self) {
            if (agen_error(self) != agen_task_status(&self->task)) /* not the end of the work */
                self->raised = agen_error(self);
        } AGEN_END_TRY(self);
    }
    if (agen_task_status(&self->task) < 0)
        AGEN_RAISE(self, agen_task_status(&self->task));
    if (self->raised < 0)
        AGEN_RAISE(self, self->raised);
    AGEN_END(self);
}

/* Stopping a motor takes its time, and half a stop is none. */
struct brake {
    AGEN_COROUTINE;
    const char *name;
};

AGEN(brake, self)
{
    AGEN_BEGIN(self);
    say(self->name, "brakes");
    AGEN_SLEEP(self, 50);
    say(self->name, "stands still");
    AGEN_END(self);
}

struct motor {
    AGEN_COROUTINE;
    const char *name;
    bool shielded;
    struct brake brake;
    struct shield shield;
};

AGEN(motor, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        say(self->name, "runs");
        AGEN_SLEEP(self, 1000);
    } AGEN_FINALLY(self) {
        AGEN_NEW(&self->brake, brake, .name = self->name);
        if (self->shielded) {
            AGEN_NEW(&self->shield, shield, .work = (agen_t *)&self->brake);
            AGEN_AWAIT(self, &self->shield);
        } else {
            AGEN_AWAIT(self, &self->brake);
        }
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* An impatient user: cancels at 10, and again at 30. */
static int run(const char *name, bool shielded)
{
    static agen_loop loop;
    static agen_task task;
    static struct motor motor;
    int times;

    clock_ticks = 0;
    agen_loop_init(&loop, now);
    AGEN_NEW(&motor, motor, .name = name, .shielded = shielded);
    if (agen_spawn(&loop, &task, &motor) != AGEN_DONE)
        return AGEN_E_RUNNING;
    (void)agen_loop_poll(&loop);
    for (times = 1; times <= 2; times++) {
        clock_ticks = times == 1 ? 10 : 30;
        (void)agen_cancel(&task);
        while (agen_loop_poll(&loop))
            ;
        printf("%3lu  cancelled %d times\n", (unsigned long)clock_ticks, agen_cancelling(&task));
    }
    return agen_loop_run_until(&loop, &task);
}

int main(void)
{
    int status = run("bare", false);

    printf("%3lu  it ended: %s\n", (unsigned long)clock_ticks, agen_strerror(status));
    status = run("shielded", true);
    printf("%3lu  it ended: %s\n", (unsigned long)clock_ticks, agen_strerror(status));
    return 0;
}
