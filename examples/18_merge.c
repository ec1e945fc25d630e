/*
 * Merge: the values of several generators, in the order in which they come. A body waits for one
 * generator at a time. Therefore each source has a task of its own, a pump, which puts the values of
 * the source into a queue that all pumps share. The queue is short, so that no source works far
 * ahead.
 *
 * The pumps are children of a group. When one source fails, the group cancels the other pumps, waits
 * for their cleanup, and raises the error. The last pump that ends closes the queue, which ends the
 * loop over the queue. When that loop is left early, the pumps have to be cancelled.
 *
 * A yield inside a group does not compile, so the merge is written where its values are consumed.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include <stdint.h>

static uint32_t clock_ticks; /* simulated: idling sets the clock forward */
#define AGEN_IDLE(loop, n) (clock_ticks += (n))
#include "agen.h"

#include <stdio.h>

enum { SOURCES = 3, E_SENSOR = -1, E_IN_USE = -2 };

static agen_ticks now(void)
{
    return clock_ticks;
}

/* A source. It counts to `most`, one value in each period. If `fails` is set, it fails after that. */
struct sensor {
    AGEN_YIELDS(int);
    const char *name;
    agen_ticks period;
    int most;
    bool fails;
    int i;
};

AGEN(sensor, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (self->i = 1; self->i <= self->most; self->i++) {
            AGEN_SLEEP(self, self->period);
            AGEN_YIELD(self, self->i);
        }
        if (self->fails)
            AGEN_RAISE(self, E_SENSOR);
    } AGEN_FINALLY(self) {
        printf("%5lu  %s is switched off\n", (unsigned long)clock_ticks, self->name);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct reading {
    const char *name;
    int value;
};

struct merged {
    AGEN_QUEUE(struct reading, 2) queue;
    unsigned running; /* pumps that have not ended */
};

struct pump {
    AGEN_COROUTINE;
    struct sensor source;
    struct merged *into;
    struct reading reading;
};

AGEN(pump, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_FOR_CLOSING(self, &self->source) {
            self->reading.name = self->source.name;
            self->reading.value = self->source.value;
            AGEN_PUT(self, &self->into->queue, self->reading);
        } AGEN_END_FOR(self);
    } AGEN_FINALLY(self) {
        if (--self->into->running == 0)
            agen_queue_close(&self->into->queue);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* Prints all that its sensors yield, or the first `most`. */
struct monitor {
    AGEN_COROUTINE;
    int most;
    struct pump pumps[SOURCES];
    agen_task pumping[SOURCES];
    agen_group group;
    struct merged merged;
    int i;
};

AGEN(monitor, self)
{
    AGEN_BEGIN(self);
    agen_queue_init(&self->merged.queue);
    AGEN_GROUP(self, &self->group) {
        self->merged.running = SOURCES;
        for (self->i = 0; self->i < SOURCES; self->i++) {
            self->pumps[self->i].into = &self->merged;
            if (agen_group_spawn(&self->group, &self->pumping[self->i], &self->pumps[self->i]) != AGEN_DONE)
                AGEN_RAISE(self, E_IN_USE);
        }
        AGEN_FOR(self, &self->merged.queue) {
            printf("%5lu  %s: %d\n", (unsigned long)clock_ticks, self->merged.queue.value.name,
                   self->merged.queue.value.value);
            if (--self->most == 0)
                break;
        }
        for (self->i = 0; self->i < SOURCES; self->i++)
            (void)agen_cancel(&self->pumping[self->i]); /* does nothing to a task that has ended */
    } AGEN_END_GROUP(self);
    AGEN_END(self);
}

#define SENSOR(n, p, m, f) \
    { AGEN_INIT(pump), \
      .source = { AGEN_INIT(sensor), .name = n, .period = p, .most = m, .fails = f } }

int main(void)
{
    static struct monitor monitors[] = {
        { AGEN_INIT(monitor), .most = -1,
          .pumps = { SENSOR("fast", 10, 5, false), SENSOR("slow", 25, 2, false), SENSOR("once", 31, 1, false) } },
        { AGEN_INIT(monitor), .most = 4,
          .pumps = { SENSOR("fast", 10, 100, false), SENSOR("slow", 25, 100, false), SENSOR("once", 31, 1, false) } },
        { AGEN_INIT(monitor), .most = -1,
          .pumps = { SENSOR("fast", 10, 100, false), SENSOR("slow", 25, 1, true), SENSOR("once", 31, 1, false) } },
    };
    static const char *const titles[] = { "all of it", "the first four", "one fails" };
    static agen_loop loop;
    static agen_task monitoring;
    int i, status;

    agen_loop_init(&loop, now);
    for (i = 0; i < 3; i++) {
        printf("%s:\n", titles[i]);
        clock_ticks = 0;
        if (agen_spawn(&loop, &monitoring, &monitors[i]) != AGEN_DONE)
            return 1;
        if (agen_loop_run(&loop) != AGEN_DONE)
            return 1;
        status = agen_task_status(&monitoring);
        printf("%5lu  %s\n", (unsigned long)clock_ticks,
               status == E_SENSOR ? "the sensor failed" : agen_strerror(status));
    }
    return 0;
}
