/*
 * The event loop: a sensor task feeds a queue, a logger takes its items with a timeout, and a third
 * task blinks. Then the loop is shut down: tasks are cancelled, and each cleans up.
 *
 * Time is simulated here: idling sets the clock forward. A firmware would wait for an interrupt.
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
    AGEN_SLEEP(self, 200); /* it hangs for a while */
    AGEN_PUT(self, self->readings, 99);
    agen_queue_close(self->readings);
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
                self->open = agen_status(self) == AGEN_YIELDED;
            } AGEN_END_TIMEOUT(self);
            if (self->open)
                printf("%4lu  logger: %d\n", (unsigned long)clock_ticks, self->reading);
        } AGEN_EXCEPT(self) {
            say("logger: no reading for 100 ticks");
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
        AGEN_SLEEP(self, 5); /* a cleanup may wait */
        say("blinker: off, for good");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

int main(void)
{
    static agen_loop loop;
    static int_queue readings;
    static agen_task sensing, logging, blinking;
    static struct sensor sensor;
    static struct logger logger;
    static struct blinker blinker;

    agen_loop_init(&loop, now);
    agen_queue_init(&readings);
    AGEN_NEW(&sensor, sensor, .readings = &readings);
    AGEN_NEW(&logger, logger, .readings = &readings);
    AGEN_NEW(&blinker, blinker);
    if (agen_spawn(&loop, &sensing, &sensor) != AGEN_DONE
        || agen_spawn(&loop, &logging, &logger) != AGEN_DONE
        || agen_spawn(&loop, &blinking, &blinker) != AGEN_DONE)
        return 1; /* one of them is in use already */

    (void)agen_loop_run_until(&loop, &logging);
    say("main: shutting down");
    agen_loop_shutdown(&loop);
    printf("%4lu  main: blinker %s\n", (unsigned long)clock_ticks,
           agen_strerror(agen_task_status(&blinking)));
    return 0;
}
