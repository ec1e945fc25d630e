/* SPDX-License-Identifier: 0BSD */
/*
 * What is written by hand where there is no loop: a list of callbacks, and a heap of alarms. Nothing waits here,
 * nothing can be cancelled, the list has no clock and the heap no list: it is not the same work.
 */
#include "contender.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

static unsigned sum, most, done, ticks;

/* --- Callbacks that are due ------------------------------------------------------------------- */

struct callback {
    void (*call)(struct callback *self);
    struct callback *next;
    unsigned number;
};
static struct callback callbacks[MILLION], *due, **due_end = &due;

static void post(struct callback *callback)
{
    callback->next = NULL;
    *due_end = callback;
    due_end = &callback->next;
}

static void call_due(void)
{
    struct callback *callback = due, *next;

    due = NULL;
    due_end = &due;
    for (; callback; callback = next) {
        next = callback->next;
        callback->call(callback);
    }
}

static void start(unsigned n)
{
    due = NULL;
    due_end = &due;
    sum = done = ticks = 0;
    most = n;
}

static void add_number(struct callback *self)
{
    sum += self->number;
}

static void make_wake(unsigned n)
{
    unsigned i;

    start(n);
    for (i = 0; i < MILLION; i++) {
        callbacks[i].call = add_number;
        callbacks[i].number = i;
    }
}

CONTENDER_INLINE unsigned wake(unsigned n, unsigned tasks)
{
    unsigned i, number = 0;

    for (i = 0; i < n; i++) {
        post(&callbacks[number]);
        call_due();
        number = (number + 991) % tasks;
    }
    return sum;
}

static unsigned run_wake(unsigned n) { return wake(n, TASKS); }
static unsigned run_wake_million(unsigned n) { return wake(n, MILLION); }

/* --- A binary heap of pointers ---------------------------------------------------------------- */

struct alarm {
    void (*call)(struct alarm *self);
    unsigned deadline, number, turn;
};
static struct alarm alarms[TASKS], *heap[TASKS];

static int before(const struct alarm *one, const struct alarm *other)
{
    return (int)(one->deadline - other->deadline) < 0; /* the clock wraps */
}

static void sift_down(size_t at)
{
    struct alarm *moved = heap[at];
    size_t child;

    while ((child = 2 * at + 1) < TASKS) {
        if (child + 1 < TASKS && before(heap[child + 1], heap[child]))
            child++;
        if (!before(heap[child], moved))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

static void ring_alarm(struct alarm *self)
{
    if (done < most) {
        done++;
        sum += ticks;
    }
    self->turn++;
    self->deadline = ticks + PERIOD(self->number, self->turn);
}

static void make_timer(unsigned n)
{
    unsigned i;

    start(n);
    for (i = 0; i < TASKS; i++) {
        alarms[i].call = ring_alarm;
        alarms[i].number = i;
        alarms[i].turn = 0;
        alarms[i].deadline = PERIOD(i, 0);
        heap[i] = &alarms[i];
    }
    for (i = TASKS / 2; i-- > 0;)
        sift_down(i);
}

static unsigned run_timer(unsigned n)
{
    while (done < n) {
        ticks = heap[0]->deadline;
        heap[0]->call(heap[0]);
        sift_down(0);
    }
    return sum;
}

/* --- A ring buffer between two callbacks. Not inline, as that of another module would not be. -- */

struct ring {
    unsigned items[64], head, count;
};
static struct ring ring;
static unsigned produced;

__attribute__((noinline)) static int ring_put(struct ring *to, unsigned item)
{
    if (to->count == 64)
        return 0;
    to->items[(to->head + to->count) % 64] = item;
    to->count++;
    return 1;
}

__attribute__((noinline)) static int ring_get(struct ring *from, unsigned *item)
{
    if (from->count == 0)
        return 0;
    *item = from->items[from->head];
    from->head = (from->head + 1) % 64;
    from->count--;
    return 1;
}

static void fill(struct callback *self)
{
    while (produced < most && ring_put(&ring, produced))
        produced++;
    post(self + 1);
}

static void drain(struct callback *self)
{
    unsigned item;

    while (ring_get(&ring, &item)) {
        sum ^= item;
        done++;
    }
    post(self - 1);
}

static void make_queue(unsigned n)
{
    start(n);
    ring.head = ring.count = produced = 0;
    callbacks[0].call = fill;
    callbacks[1].call = drain;
    post(&callbacks[0]);
}

static unsigned run_queue(unsigned n)
{
    while (done < n)
        call_due();
    return sum;
}

/* --- Bytes from outside ----------------------------------------------------------------------- */

static void take_bytes(struct callback *self)
{
    unsigned byte;

    (void)self;
    while (ring_get(&ring, &byte))
        sum += byte;
}

static void make_pipe(unsigned n)
{
    start(n);
    ring.head = ring.count = 0;
    callbacks[0].call = take_bytes;
}

static unsigned run_pipe(unsigned n)
{
    unsigned i;

    for (i = 0; i < n; i++) {
        (void)ring_put(&ring, (uint8_t)i);
        post(&callbacks[0]);
        call_due();
    }
    return sum;
}

const struct row rows[] = {
    { "wake", make_wake, run_wake, 1 },
    { "wake-million", make_wake, run_wake_million, 1 },
    { "timer", make_timer, run_timer, 1 },
    { "queue", make_queue, run_queue, 1 },
    { "pipe", make_pipe, run_pipe, 1 },
    { NULL, NULL, NULL, 0 },
};

void print_bytes(void)
{
    printf("task %u\n", (unsigned)sizeof(struct callback));
}
