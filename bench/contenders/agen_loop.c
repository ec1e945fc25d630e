/* SPDX-License-Identifier: 0BSD */
/* The event loop of agen.h. */
#include "agen.h"

#include "contender.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

static agen_ticks ticks;
static agen_loop loop;
static unsigned sum, most, done;

static agen_ticks now(void)
{
    return ticks;
}

static void start(unsigned n)
{
    agen_loop_init(&loop, now);
    ticks = 0;
    sum = done = 0;
    most = n;
}

static void spawn(agen_task *task, agen_t *what)
{
    static const agen_task fresh;

    *task = fresh;
    if (agen_spawn(&loop, task, what) != AGEN_DONE)
        abort();
}

/* --- Wake-ups --------------------------------------------------------------------------------- */

struct waiter {
    AGEN_COROUTINE;
    unsigned number;
    agen_event event;
    agen_task task;
};
static struct waiter waiters[MILLION];

AGEN(waiter, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_WAIT(self, &self->event);
        agen_event_clear(&self->event);
        sum += self->number;
    }
    AGEN_END(self);
}

static void make_waiters(unsigned n)
{
    unsigned i;

    for (i = 0; i < n; i++) {
        AGEN_NEW(&waiters[i], waiter, .number = i);
        spawn(&waiters[i].task, (agen_t *)&waiters[i]);
    }
    (void)agen_loop_poll(&loop);
}

static void make_wake(unsigned n)
{
    start(n);
    make_waiters(TASKS);
}

static void make_wake_million(unsigned n)
{
    start(n);
    make_waiters(MILLION);
}

CONTENDER_INLINE unsigned wake(unsigned n, unsigned tasks)
{
    unsigned i, number = 0;

    for (i = 0; i < n; i++) {
        agen_event_set(&waiters[number].event);
        (void)agen_loop_poll(&loop);
        number = (number + 991) % tasks;
    }
    return sum;
}

static unsigned run_wake(unsigned n) { return wake(n, TASKS); }
static unsigned run_wake_million(unsigned n) { return wake(n, MILLION); }

/* --- Timers ----------------------------------------------------------------------------------- */

struct sleeper {
    AGEN_COROUTINE;
    unsigned number, turn;
    agen_task task;
};
static struct sleeper sleepers[TASKS];

AGEN(sleeper, self)
{
    AGEN_BEGIN(self);
    for (;; self->turn++) {
        AGEN_SLEEP(self, PERIOD(self->number, self->turn));
        if (done < most) {
            done++;
            sum += ticks;
        }
    }
    AGEN_END(self);
}

static void make_timer(unsigned n)
{
    unsigned i;

    start(n);
    for (i = 0; i < TASKS; i++) {
        AGEN_NEW(&sleepers[i], sleeper, .number = i);
        spawn(&sleepers[i].task, (agen_t *)&sleepers[i]);
    }
    (void)agen_loop_poll(&loop);
}

static unsigned run_timer(unsigned n)
{
    while (done < n) {
        ticks += agen_loop_idle_ticks(&loop);
        (void)agen_loop_poll(&loop);
    }
    return sum;
}

/* --- A queue ---------------------------------------------------------------------------------- */

static AGEN_QUEUE(unsigned, 64) queue;

struct putter {
    AGEN_COROUTINE;
    unsigned i;
    agen_task task;
};

AGEN(putter, self)
{
    AGEN_BEGIN(self);
    for (; self->i < most; self->i++)
        AGEN_PUT(self, &queue, self->i);
    AGEN_END(self);
}

struct getter {
    AGEN_COROUTINE;
    unsigned item;
    agen_task task;
};

AGEN(getter, self)
{
    AGEN_BEGIN(self);
    for (; done < most; done++) {
        AGEN_GET(self, &queue, self->item);
        sum ^= self->item;
    }
    AGEN_END(self);
}

static void make_queue(unsigned n)
{
    static struct putter putter;
    static struct getter getter;

    start(n);
    agen_queue_init(&queue);
    AGEN_NEW(&putter, putter, .i = 0);
    AGEN_NEW(&getter, getter, .item = 0);
    spawn(&putter.task, (agen_t *)&putter);
    spawn(&getter.task, (agen_t *)&getter);
}

static unsigned run_queue(unsigned n)
{
    while (done < n)
        (void)agen_loop_poll(&loop);
    return sum;
}

/* --- Bytes from outside ----------------------------------------------------------------------- */

static AGEN_PIPE(64) bytes;

struct reader {
    AGEN_COROUTINE;
    uint8_t byte;
    size_t count;
    agen_task task;
};

AGEN(reader, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_READ(self, &bytes, &self->byte, 1, &self->count);
        sum += self->byte;
    }
    AGEN_END(self);
}

static void make_pipe(unsigned n)
{
    static struct reader reader;

    start(n);
    agen_pipe_init(&bytes);
    AGEN_NEW(&reader, reader, .byte = 0);
    spawn(&reader.task, (agen_t *)&reader);
    (void)agen_loop_poll(&loop);
}

static unsigned run_pipe(unsigned n)
{
    uint8_t byte;
    unsigned i;

    for (i = 0; i < n; i++) {
        byte = (uint8_t)i;
        (void)agen_pipe_write(&bytes, &byte, 1);
        (void)agen_loop_poll(&loop);
    }
    return sum;
}

/* --- The first of two ------------------------------------------------------------------------- */

static agen_event happened;

struct selector {
    AGEN_COROUTINE;
    unsigned item;
    agen_alternative on_event, on_item;
    agen_task task;
};

AGEN(selector, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_SELECT(self)
            AGEN_ON_EVENT(self, &self->on_event, &happened) {
                agen_event_clear(&happened);
                sum += 1;
            }
            AGEN_ON_GET(self, &self->on_item, &queue, self->item) {
                sum += self->item;
            }
        AGEN_END_SELECT(self);
    }
    AGEN_END(self);
}

static void make_select(unsigned n)
{
    static struct selector selector;
    static const agen_event fresh;

    start(n);
    agen_queue_init(&queue);
    happened = fresh;
    AGEN_NEW(&selector, selector, .item = 0);
    spawn(&selector.task, (agen_t *)&selector);
    (void)agen_loop_poll(&loop);
}

static unsigned run_select(unsigned n)
{
    unsigned i;

    for (i = 0; i < n; i++) {
        if (i % 2 == 0)
            agen_event_set(&happened);
        else
            (void)agen_try_put(&queue, i);
        (void)agen_loop_poll(&loop);
    }
    return sum;
}

/* --- Groups ----------------------------------------------------------------------------------- */

struct patient {
    AGEN_COROUTINE;
    agen_event never;
    agen_task task;
};

AGEN(patient, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_WAIT(self, &self->never);
    } AGEN_FINALLY(self) {
        sum += 1;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct failing {
    AGEN_COROUTINE;
    agen_task task;
};

AGEN(failing, self)
{
    AGEN_BEGIN(self);
    AGEN_PAUSE(self);
    AGEN_RAISE(self, -5);
    AGEN_END(self);
}

struct parent {
    AGEN_COROUTINE;
    struct patient patients[2];
    struct failing failing;
    agen_group group;
    agen_task task;
};
static struct parent parent;

AGEN(parent, self)
{
    AGEN_BEGIN(self);
    for (; done < most; done++) {
        agen_init(&self->patients[0], patient);
        agen_init(&self->patients[1], patient);
        agen_init(&self->failing, failing);
        AGEN_TRY(self) {
            AGEN_GROUP(self, &self->group) {
                if (agen_group_spawn(&self->group, &self->patients[0].task, &self->patients[0]) != AGEN_DONE
                    || agen_group_spawn(&self->group, &self->patients[1].task, &self->patients[1]) != AGEN_DONE
                    || agen_group_spawn(&self->group, &self->failing.task, &self->failing) != AGEN_DONE)
                    AGEN_RAISE(self, AGEN_E_RUNNING);
            } AGEN_END_GROUP(self);
        } AGEN_EXCEPT(self) {
            sum += (unsigned)-agen_error(self);
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

static void make_group(unsigned n, unsigned strangers)
{
    start(n);
    make_waiters(strangers);
    agen_init(&parent, parent);
    spawn(&parent.task, (agen_t *)&parent);
}

static void make_group_10(unsigned n)
{
    make_group(n, 10);
}

static void make_group_1000(unsigned n)
{
    make_group(n, 1000);
}

static unsigned run_group(unsigned n)
{
    while (done < n)
        (void)agen_loop_poll(&loop);
    return sum;
}

const struct row rows[] = {
    { "wake", make_wake, run_wake, 1 },
    { "wake-million", make_wake_million, run_wake_million, 1 },
    { "timer", make_timer, run_timer, 1 },
    { "queue", make_queue, run_queue, 1 },
    { "pipe", make_pipe, run_pipe, 1 },
    { "select", make_select, run_select, 1 },
    { "group-10", make_group_10, run_group, 10 },
    { "group-1000", make_group_1000, run_group, 10 },
    { NULL, NULL, NULL, 0 },
};

struct nothing_more {
    AGEN_COROUTINE;
    agen_task task;
};

void print_bytes(void)
{
    printf("task %u\n", (unsigned)sizeof(struct nothing_more));
}
