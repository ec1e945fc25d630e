/*
 * One writer, several readers, and only the latest value counts: a temperature, a position, a
 * setting. The writer never waits. Each reader is woken by each change. A slow reader skips values,
 * but it always gets the last one, and it gets no value twice.
 *
 * The value has a version. A reader keeps the version that it has seen, and waits only while that is
 * still the latest. So it misses no change that comes while it does not wait. No lock is needed,
 * because no other task runs between two waits of a task. (A queue does not do this: each item goes
 * to one reader only, and the queue fills up.)
 *
 * SPDX-License-Identifier: 0BSD
 */
#include <stdint.h>

static uint32_t clock_ticks; /* simulated: idling sets the clock forward */
#define AGEN_IDLE(loop, n) (clock_ticks += (n))
#include "agen.h"

#include <stdio.h>

static agen_ticks now(void)
{
    return clock_ticks;
}

/* In zeroed memory it has no value yet. */
struct latest {
    int value;
    unsigned version; /* 0: no value yet. It may wrap, since it is only compared for equality */
    bool closed;
    agen_condition changed;
};

static void latest_set(struct latest *latest, int value)
{
    latest->value = value;
    if (++latest->version == 0)
        latest->version = 1;
    agen_notify_all(&latest->changed);
}

static void latest_close(struct latest *latest)
{
    latest->closed = true;
    agen_notify_all(&latest->changed);
}

/* Yields the value, and then each change. Ends when it is closed and the last value was yielded. */
struct changes {
    AGEN_YIELDS(int);
    struct latest *latest;
    unsigned seen;    /* its version */
    unsigned skipped; /* how many versions were skipped before this one */
};

AGEN(changes, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        while (self->seen == self->latest->version && !self->latest->closed)
            AGEN_CONDITION_WAIT(self, &self->latest->changed);
        if (self->seen == self->latest->version)
            AGEN_RETURN(self);
        self->skipped = self->seen == 0 ? 0 : self->latest->version - self->seen - 1;
        self->seen = self->latest->version;
        AGEN_YIELD(self, self->latest->value);
    }
    AGEN_END(self);
}

/* Three readers. They start at different times, and need different times for each value. */
static struct latest temperature;

struct reader {
    AGEN_COROUTINE;
    const char *name;
    agen_ticks comes, takes;
    struct changes changes;
};

AGEN(reader, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, self->comes);
    AGEN_FOR(self, &self->changes) {
        printf("%4lu  %-8s%d", (unsigned long)clock_ticks, self->name, self->changes.value);
        if (self->changes.skipped != 0)
            printf(" (skipped %u)", self->changes.skipped);
        printf("\n");
        AGEN_SLEEP(self, self->takes);
    }
    printf("%4lu  %-8sthat was all\n", (unsigned long)clock_ticks, self->name);
    AGEN_END(self);
}

struct writer {
    AGEN_COROUTINE;
    int i;
};

AGEN(writer, self)
{
    AGEN_BEGIN(self);
    for (self->i = 1; self->i <= 6; self->i++) {
        AGEN_SLEEP(self, 10);
        latest_set(&temperature, 20 + self->i);
    }
    latest_close(&temperature);
    AGEN_END(self);
}

#define CHANGES { AGEN_INIT(changes), .latest = &temperature }

int main(void)
{
    static struct reader readers[] = {
        { AGEN_INIT(reader), .name = "display", .comes = 0, .takes = 0, .changes = CHANGES },
        { AGEN_INIT(reader), .name = "radio", .comes = 0, .takes = 25, .changes = CHANGES },
        { AGEN_INIT(reader), .name = "late", .comes = 35, .takes = 0, .changes = CHANGES },
    };
    static struct writer writer = { AGEN_INIT(writer), .i = 0 };
    static agen_loop loop;
    static agen_task reading[3], writing;
    int i;

    agen_loop_init(&loop, now);
    for (i = 0; i < 3; i++)
        if (agen_spawn(&loop, &reading[i], &readers[i]) != AGEN_DONE)
            return 1;
    if (agen_spawn(&loop, &writing, &writer) != AGEN_DONE)
        return 1;
    return agen_loop_run(&loop) != AGEN_DONE;
}
