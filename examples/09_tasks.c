/*
 * The event loop. One task puts the readings of a sensor into a queue, a second one takes them out
 * and notes when none comes in time, and a third one blinks a lamp. Then the loop is shut down,
 * which cancels the tasks that are left and waits until each has cleaned up.
 *
 * The clock is simulated here, in milliseconds, and idle() sets it forward. In a firmware now()
 * reads a counter, and idle() waits for an interrupt.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define AGEN_IDLE(loop, ticks) idle(ticks) /* the loop calls it when no task is ready */
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

static void say(const char *text)
{
    printf("%4lu  %s\n", (unsigned long)clock_ticks, text);
}

typedef AGEN_QUEUE(int, 4) int_queue;

struct sensor {
    AGEN_COROUTINE;
    int_queue *readings;
    int i;
};

AGEN(sensor, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 3; self->i++) {
        AGEN_SLEEP(self, 30);
        AGEN_PUT(self, self->readings, 20 + self->i);
    }
    AGEN_SLEEP(self, 200); /* the sensor hangs for a while */
    AGEN_PUT(self, self->readings, 99);
    agen_queue_close(self->readings); /* there will be no more readings */
    AGEN_END(self);
}

struct logger {
    AGEN_COROUTINE;
    int_queue *readings;
    agen_timeout limit;
    int reading;
    bool open;
};

AGEN(logger, self)
{
    AGEN_BEGIN(self);
    self->open = true;
    while (self->open) {
        AGEN_TRY(self) {
            AGEN_TIMEOUT(self, &self->limit, 100) {
                AGEN_GET(self, self->readings, self->reading);
                self->open = agen_status(self) == AGEN_YIELDED; /* false: closed, and empty */
            } AGEN_END_TIMEOUT(self);
            if (self->open)
                printf("%4lu  logger: %d\n", (unsigned long)clock_ticks, self->reading);
        } AGEN_EXCEPT(self) {
            if (agen_error(self) != AGEN_E_TIMEOUT)
                AGEN_RAISE(self, agen_error(self)); /* this handler is for the time-out only */
            say("logger: no reading for 100 ms");
        } AGEN_END_TRY(self);
    }
    say("logger: that was all");
    AGEN_END(self);
}

struct blinker {
    AGEN_COROUTINE;
};

AGEN(blinker, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (;;) {
            say("blinker: on");
            AGEN_SLEEP(self, 120);
        }
    } AGEN_FINALLY(self) {
        AGEN_SLEEP(self, 5); /* the lamp needs that long; a cleanup may wait */
        say("blinker: off, for good");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* The loop calls this when a task fails that no other task joins. Without it, nothing is reported. */
static void failed(agen_loop *loop, agen_task *task, int error)
{
    (void)loop;
    (void)task;
    printf("%4lu  a task failed: %s\n", (unsigned long)clock_ticks, agen_strerror(error));
}

int main(void)
{
    static agen_loop loop;
    static int_queue readings;
    static agen_task sensing, logging, blinking;
    static struct sensor sensor;
    static struct logger logger;
    static struct blinker blinker;
    int status;

    agen_loop_init(&loop, now);
    loop.error = failed; /* before the first spawn */
    agen_queue_init(&readings);
    AGEN_NEW(&sensor, sensor, .readings = &readings);
    AGEN_NEW(&logger, logger, .readings = &readings);
    AGEN_NEW(&blinker, blinker);
    if (agen_spawn(&loop, &sensing, &sensor) != AGEN_DONE || agen_spawn(&loop, &logging, &logger) != AGEN_DONE
        || agen_spawn(&loop, &blinking, &blinker) != AGEN_DONE)
        return 1; /* a task or a coroutine is in use already */

    status = agen_loop_run_until(&loop, &logging); /* it answers how that task has ended */
    printf("%4lu  main: the logger's status is: %s\n", (unsigned long)clock_ticks, agen_strerror(status));
    if (agen_loop_shutdown(&loop) != AGEN_DONE)
        return 1;
    printf("%4lu  main: the blinker's status is: %s\n", (unsigned long)clock_ticks,
           agen_strerror(agen_task_status(&blinking)));
    return status != AGEN_DONE;
}
