/*
 * A cleanup that a second cancellation does not interrupt. A cancellation is raised where a task
 * waits, as in Python, and also at a wait in a finally. So a second one ends an ordinary cleanup.
 *
 * Here the work of the cleanup is a task of its own, and `shield` joins that task. A cancellation
 * ends the join but not the task that is joined. The shield keeps the error, joins the task again,
 * and raises the error after the task has ended. A shutdown of the loop cancels every task, that one
 * too. Example 23 shows a cleanup that a shutdown does not interrupt either.
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

/* Runs the coroutine `work` to its end, also when the task that awaits the shield is cancelled. */
struct shield {
    AGEN_COROUTINE;
    agen_t *work;
    agen_task task;
    int raised; /* the error that was raised in the shield while it waited, or 0 */
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
            if (agen_error(self) != agen_task_status(&self->task)) /* it is not the error of the work */
                self->raised = agen_error(self);
        } AGEN_END_TRY(self);
    }
    if (agen_task_status(&self->task) < 0)
        AGEN_RAISE(self, agen_task_status(&self->task));
    if (self->raised < 0)
        AGEN_RAISE(self, self->raised);
    AGEN_END(self);
}

/* A motor needs a while to stop. If that is interrupted, the motor is not stopped. */
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

/* Runs a motor, and cancels its task at 10 and again at 30. */
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
