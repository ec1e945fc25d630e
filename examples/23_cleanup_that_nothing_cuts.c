/*
 * A cleanup that waits, and that a second cancellation must not interrupt. A bus has to be stopped
 * before its lock is released, and that takes a while. A cancellation is raised at the wait where
 * the task is, also if that wait is in a finally. The first one (here a time-out) leads into the
 * cleanup. A second one (a shutdown, for example) leaves the cleanup, and what comes after the wait
 * is not done.
 *
 * The remedy is a loop: wait again until the bus has stopped, keep the error, and raise it when the
 * cleanup is done.
 *
 * Two other attempts are not enough. A finally inside the finally releases the lock, but too early.
 * A task of its own for the cleanup is cancelled by a shutdown, as all tasks are.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "agen.h"

#include <stdio.h>

static agen_ticks clock_ticks; /* simulated: main sets it forward */

static agen_ticks now(void)
{
    return clock_ticks;
}

static void say(const char *text)
{
    printf("%4lu  %s\n", (unsigned long)clock_ticks, text);
}

/* The simulated bus: it takes 20 ticks to stop, and then there is an interrupt. */
static agen_lock bus;
static enum { IDLE, BUSY, STOPPING } bus_is;
static agen_ticks bus_stops;
static agen_event bus_stopped;

static void bus_start(void)
{
    say(bus_is == IDLE ? "the bus is idle, a transfer begins" : "THE BUS IS NOT IDLE");
    bus_is = BUSY;
    agen_event_clear(&bus_stopped);
}

static void bus_stop(void)
{
    say("stop");
    bus_is = STOPPING;
    bus_stops = clock_ticks + 20;
}

static void bus_tick(void)
{
    if (bus_is == STOPPING && clock_ticks == bus_stops) {
        bus_is = IDLE;
        agen_event_set(&bus_stopped);
    }
}

/* The first attempt. The lock is never released. */
struct hasty {
    AGEN_COROUTINE;
};

AGEN(hasty, self)
{
    AGEN_BEGIN(self);
    AGEN_ACQUIRE(self, &bus);
    AGEN_TRY(self) {
        bus_start();
        AGEN_SLEEP(self, 100);
    } AGEN_FINALLY(self) {
        bus_stop();
        AGEN_WAIT(self, &bus_stopped); /* the second cancellation is raised here */
        AGEN_RELEASE(self, &bus);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* A finally inside the finally. The lock is released while the bus is not idle. */
struct half {
    AGEN_COROUTINE;
    agen_slot slot;
};

AGEN(half, self)
{
    AGEN_BEGIN(self);
    AGEN_ACQUIRE(self, &bus);
    AGEN_TRY(self) {
        bus_start();
        AGEN_SLEEP(self, 100);
    } AGEN_FINALLY(self) {
        bus_stop();
        AGEN_TRY_IN(self, &self->slot) {
            AGEN_WAIT(self, &bus_stopped);
        } AGEN_FINALLY(self) {
            AGEN_RELEASE(self, &bus);
        } AGEN_END_TRY(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* The remedy. */
struct patient {
    AGEN_COROUTINE;
    agen_slot slot;
    int cut;
};

AGEN(patient, self)
{
    AGEN_BEGIN(self);
    AGEN_ACQUIRE(self, &bus);
    AGEN_TRY(self) {
        bus_start();
        AGEN_SLEEP(self, 100);
    } AGEN_FINALLY(self) {
        bus_stop();
        self->cut = 0;
        while (!agen_event_is_set(&bus_stopped)) {
            AGEN_TRY_IN(self, &self->slot) {
                AGEN_WAIT(self, &bus_stopped);
            } AGEN_EXCEPT_ANY(self) {
                self->cut = agen_error(self);
            } AGEN_END_TRY(self);
        }
        AGEN_RELEASE(self, &bus);
        if (self->cut != 0)
            AGEN_RAISE(self, self->cut); /* it was kept until the cleanup was done */
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* Awaits a transfer with a time-out, which is the first cancellation. */
struct impatient {
    AGEN_COROUTINE;
    agen_t *transfer;
    agen_timeout limit;
};

AGEN(impatient, self)
{
    AGEN_BEGIN(self);
    AGEN_TIMEOUT(self, &self->limit, 30) {
        AGEN_AWAIT(self, self->transfer);
    } AGEN_END_TIMEOUT(self);
    AGEN_END(self);
}

/* Another task that needs the bus. */
struct next {
    AGEN_COROUTINE;
};

AGEN(next, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, 10);
    AGEN_ACQUIRE(self, &bus);
    bus_start();
    AGEN_END(self);
}

static bool run(const char *name, agen_t *transfer)
{
    static agen_loop loop;
    static agen_task first, second;
    static struct impatient impatient;
    static struct next next;

    printf("%s:\n", name);
    clock_ticks = 0;
    bus_is = IDLE;
    agen_loop_init(&loop, now);
    AGEN_NEW(&impatient, impatient, .transfer = transfer);
    AGEN_NEW(&next, next);
    if (agen_spawn(&loop, &first, &impatient) != AGEN_DONE || agen_spawn(&loop, &second, &next) != AGEN_DONE)
        return false;
    for (; clock_ticks <= 100; clock_ticks++) {
        bus_tick();
        if (clock_ticks == 35 && agen_cancel(&first))
            say("cancelled a second time");
        while (agen_loop_poll(&loop))
            ;
    }
    printf("      it ended as %s\n", agen_strerror(agen_task_status(&first)));
    if (agen_task_status(&second) == AGEN_PENDING)
        say("THE NEXT TASK STILL WAITS FOR THE LOCK");
    if (agen_loop_shutdown(&loop) != AGEN_DONE)
        return false;
    if (agen_release(&bus) != AGEN_DONE)
        say("(no task holds the lock)");
    return true;
}

int main(void)
{
    static struct hasty hasty = { AGEN_INIT(hasty) };
    static struct half half = { AGEN_INIT(half), .slot = { 0 } };
    static struct patient patient = { AGEN_INIT(patient), .cut = 0 };

    return run("the first attempt", (agen_t *)&hasty) && run("a finally inside the finally", (agen_t *)&half)
                   && run("the remedy", (agen_t *)&patient)
               ? 0
               : 1;
}
