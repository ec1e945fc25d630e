/* SPDX-License-Identifier: 0BSD */
/*
 * A machine whose guard must answer at once, and whose other work takes long at a time. The guard is a task of the loop
 * `urgent`, beside some more; the cruncher, which computes for long without a wait, is a task of the loop `slow`. The
 * guard reports to the slow loop without ever waiting for it. Samples go up through a channel and verdicts come down
 * through another, where the urgent side waits for room, and bytes go both ways through pipes. Everything is counted
 * and compared.
 */
#include "two_loops.h"

#include <stdio.h>

#ifndef ITEMS
#define ITEMS 100000u /* each way, and as many bytes */
#endif
#define EDGES (ITEMS / 10)
enum { OFTEN = 1000, CRUNCH = 20000 }; /* every so many items a computation of so many turns */

/* Each is changed by one loop alone. */
static uint32_t slow_wrong, slow_beats, reported, urgent_wrong, urgent_beats, unreported, longest, total;

/* --- The guard: an interrupt, and the answer to it ---------------------------------------------- */

static agen_event edge;
static volatile uint32_t edge_came;

void edge_isr(void)
{
    edge_came = clock_now();
    agen_event_set_isr(&edge);
}

static AGEN_QUEUE(uint32_t, 8) reports;

struct guard { /* urgent */
    AGEN_COROUTINE;
    uint32_t n;
};

AGEN(guard, self)
{
    uint32_t passed;

    AGEN_BEGIN(self);
    for (; self->n < EDGES; self->n++) {
        next_edge(self->n);
        AGEN_WAIT(self, &edge);
        passed = clock_now() - edge_came; /* here it would stop a motor */
        agen_event_clear(&edge);
        total += passed;
        if (passed > longest)
            longest = passed;
        if (agen_queue_put_isr(&reports, self->n))
            wake_slow();
        else
            unreported++; /* it never waits for the slow loop */
    }
    AGEN_END(self);
}

struct reporter { /* slow */
    AGEN_COROUTINE;
    uint32_t next, n;
};

AGEN(reporter, self)
{
    AGEN_BEGIN(self);
    for (;; reported++, self->next = self->n + 1) {
        AGEN_GET(self, &reports, self->n);
        slow_wrong += self->n < self->next;
    }
    AGEN_END(self);
}

/* --- Samples up, verdicts down ------------------------------------------------------------------ */

static CHANNEL(uint32_t, 8) samples, verdicts;

struct sampler { /* urgent */
    AGEN_COROUTINE;
    uint32_t n;
};

AGEN(sampler, self)
{
    AGEN_BEGIN(self);
    for (; self->n < ITEMS; self->n++)
        CHANNEL_PUT(self, &samples, self->n, wake_slow());
    AGEN_END(self);
}

struct cruncher { /* slow */
    AGEN_COROUTINE;
    uint32_t n, sample;
};

AGEN(cruncher, self)
{
    volatile uint32_t turns;

    AGEN_BEGIN(self);
    for (; self->n < ITEMS; self->n++) {
        CHANNEL_GET(self, &samples, self->sample, wake_urgent());
        slow_wrong += self->sample != self->n;
        if (self->n % OFTEN == 0)
            for (turns = 0; turns < CRUNCH; turns++)
                ;
        CHANNEL_PUT(self, &verdicts, ~self->sample, wake_urgent());
    }
    AGEN_END(self);
}

struct obeyer { /* urgent */
    AGEN_COROUTINE;
    uint32_t n, verdict;
};

AGEN(obeyer, self)
{
    AGEN_BEGIN(self);
    for (; self->n < ITEMS; self->n++) {
        CHANNEL_GET(self, &verdicts, self->verdict, wake_slow());
        urgent_wrong += self->verdict != ~self->n;
    }
    AGEN_END(self);
}

/* --- Bytes both ways: one side has the calls of the loop, the other one those of interrupts ----- */

struct link {
    AGEN_PIPE(24) pipe; /* the writer's loop waits for room in it */
    agen_event filled;  /* the reader's loop waits for this */
    void (*wake_reader)(void), (*wake_writer)(void);
    uint32_t *wrong;
};

static struct link up = { .wake_reader = wake_slow, .wake_writer = wake_urgent, .wrong = &slow_wrong };
static struct link down = { .wake_reader = wake_urgent, .wake_writer = wake_slow, .wrong = &urgent_wrong };

static void filled(struct link *link)
{
    agen_event_set_isr(&link->filled);
    link->wake_reader();
}

struct writer {
    AGEN_COROUTINE;
    struct link *link;
    uint32_t n;
    uint8_t bytes[10];
    size_t count;
};

AGEN(writer, self)
{
    size_t i;

    AGEN_BEGIN(self);
    while (self->n < ITEMS) {
        for (i = 0; i < sizeof self->bytes; i++)
            self->bytes[i] = (uint8_t)((self->n + i) * 7u >> 3);
        AGEN_WRITE(self, &self->link->pipe, self->bytes, sizeof self->bytes, &self->count, filled(self->link));
        self->n += (uint32_t)sizeof self->bytes;
    }
    agen_pipe_close(&self->link->pipe);
    filled(self->link);
    AGEN_END(self);
}

struct reader {
    AGEN_COROUTINE;
    struct link *link;
    uint32_t n;
};

AGEN(reader, self)
{
    uint8_t bytes[7];
    size_t i, count;

    AGEN_BEGIN(self);
    while (!agen_pipe_ended(&self->link->pipe)) {
        agen_event_clear(&self->link->filled); /* before the attempt, as in a channel */
        count = agen_pipe_read_isr(&self->link->pipe, bytes, sizeof bytes);
        if (count > 0) {
            for (i = 0; i < count; i++, self->n++)
                *self->link->wrong += bytes[i] != (uint8_t)(self->n * 7u >> 3);
            self->link->wake_writer();
        } else if (!agen_pipe_ended(&self->link->pipe)) {
            AGEN_WAIT(self, &self->link->filled);
        }
    }
    *self->link->wrong += self->n != ITEMS;
    AGEN_END(self);
}

/* --- Deadlines in both loops, and the end ------------------------------------------------------- */

struct beat {
    AGEN_COROUTINE;
    uint32_t *count;
};

AGEN(beat, self)
{
    AGEN_BEGIN(self);
    for (;; (*self->count)++)
        AGEN_SLEEP(self, 2 * TICKS_OF_A_MILLISECOND);
    AGEN_END(self);
}

/* What runs in a loop: work that ends, and tasks that do not, which only a task of their own loop may cancel. */
static struct side {
    agen_task work[5], endless[2], end;
    agen_event other_is_done, other_ends;
} urgent_side, slow_side;

struct end {
    AGEN_COROUTINE;
    struct side *own, *other;
    void (*wake_other)(void);
    int i;
};

AGEN(end, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 5; self->i++)
        AGEN_JOIN(self, &self->own->work[self->i]);
    agen_event_set_isr(&self->other->other_is_done);
    self->wake_other();
    AGEN_WAIT(self, &self->own->other_is_done);
    AGEN_SLEEP(self, 10 * TICKS_OF_A_MILLISECOND); /* nothing is left but deadlines */
    for (self->i = 0; self->i < 2; self->i++)
        (void)agen_cancel(&self->own->endless[self->i]);
    for (self->i = 0; self->i < 3; self->i++)
        AGEN_PAUSE(self); /* nothing is left but this task */
    agen_event_set_isr(&self->other->other_ends);
    self->wake_other();
    AGEN_WAIT(self, &self->own->other_ends);
    AGEN_END(self);
}

static void failed(agen_loop *loop, agen_task *task, int error)
{
    (void)task;
    if (error != AGEN_E_CANCELLED)
        *(loop == slow ? &slow_wrong : &urgent_wrong) += 1;
}

void tasks_start(void)
{
    static struct guard guard = { AGEN_INIT(guard), 0 };
    static struct reporter reporter = { AGEN_INIT(reporter), 0, 0 };
    static struct sampler sampler = { AGEN_INIT(sampler), 0 };
    static struct cruncher cruncher = { AGEN_INIT(cruncher), 0, 0 };
    static struct obeyer obeyer = { AGEN_INIT(obeyer), 0, 0 };
    static struct writer up_writer = { AGEN_INIT(writer), .link = &up };
    static struct writer down_writer = { AGEN_INIT(writer), .link = &down };
    static struct reader up_reader = { AGEN_INIT(reader), .link = &up };
    static struct reader down_reader = { AGEN_INIT(reader), .link = &down };
    static struct beat urgent_beat = { AGEN_INIT(beat), &urgent_beats };
    static struct beat slow_beat = { AGEN_INIT(beat), &slow_beats };
    static struct end urgent_end = { AGEN_INIT(end), &urgent_side, &slow_side, wake_slow, 0 };
    static struct end slow_end = { AGEN_INIT(end), &slow_side, &urgent_side, wake_urgent, 0 };

    slow->error = urgent->error = failed;
    agen_queue_init(&reports);
    agen_queue_init(&samples.items);
    agen_queue_init(&verdicts.items);
    agen_pipe_init(&up.pipe);
    agen_pipe_init(&down.pipe);
    (void)agen_spawn(urgent, &urgent_side.work[4], &guard);
    (void)agen_spawn(urgent, &urgent_side.endless[0], &urgent_beat);
    (void)agen_spawn(urgent, &urgent_side.work[0], &sampler);
    (void)agen_spawn(urgent, &urgent_side.work[1], &obeyer);
    (void)agen_spawn(urgent, &urgent_side.work[2], &up_writer);
    (void)agen_spawn(urgent, &urgent_side.work[3], &down_reader);
    (void)agen_spawn(urgent, &urgent_side.end, &urgent_end);
    (void)agen_spawn(slow, &slow_side.endless[0], &slow_beat);
    (void)agen_spawn(slow, &slow_side.endless[1], &reporter);
    (void)agen_spawn(slow, &slow_side.work[0], &cruncher);
    (void)agen_spawn(slow, &slow_side.work[1], &down_writer);
    (void)agen_spawn(slow, &slow_side.work[2], &up_reader);
    (void)agen_spawn(slow, &slow_side.end, &slow_end);
}

int tasks_result(void)
{
    const bool complete = slow_wrong == 0 && urgent_wrong == 0 && reported + unreported == EDGES;
    const bool all_ran = reported > 0 && urgent_beats >= 5 && slow_beats >= 5;

    printf("%lu items and as many bytes each way, %lu edges: %s\n", (unsigned long)ITEMS, (unsigned long)EDGES,
           complete ? "none lost, none out of order" : "WRONG");
    printf("deadlines and reports: %s\n", all_ran ? "some of each" : "MISSING");
    printf("ticks from an edge to the guard: %lu on average, %lu at most\n", (unsigned long)(total / EDGES),
           (unsigned long)longest);
    return !complete || !all_ran;
}
