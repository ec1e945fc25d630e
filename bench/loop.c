/* SPDX-License-Identifier: 0BSD */
/*
 * What a wake-up, a timer and an item of a queue cost in the event loop, and in the same written by
 * hand. `bench/run` counts the instructions of the functions run_* alone: making the objects is not
 * among them.
 *
 * usage: loop WHICH SIZE N      N wake-ups, timers or items, among SIZE objects
 */
#include "agen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static agen_ticks ticks;
static agen_loop loop;
static unsigned done; /* wake-ups, timers, items */

static agen_ticks now(void)
{
    return ticks;
}

static void *make(int n, size_t size)
{
    void *memory = calloc((size_t)n, size);

    if (!memory) {
        fprintf(stderr, "loop: out of memory\n");
        exit(1);
    }
    return memory;
}

/* --- Wake-ups: a chain of awaits, whose innermost waits for an event again and again ---------- */

struct link {
    AGEN_COROUTINE;
    struct link *inner;
    agen_event *event;
};

AGEN(link, self)
{
    AGEN_BEGIN(self);
    if (self->inner)
        AGEN_AWAIT(self, self->inner);
    while (!self->inner) {
        AGEN_WAIT(self, self->event);
        agen_event_clear(self->event);
        done++;
    }
    AGEN_END(self);
}

static struct waiter {
    struct link link;
    agen_event event;
    agen_task task;
} *waiters;
static int tasks;

static void spawn_waiter(struct waiter *waiter)
{
    agen_init(&waiter->link, link);
    waiter->link.event = &waiter->event;
    agen_spawn(&loop, &waiter->task, &waiter->link);
}

static void make_chain(int depth)
{
    struct link *links = make(depth, sizeof *links);
    int i;

    tasks = 1;
    waiters = make(1, sizeof *waiters);
    spawn_waiter(waiters);
    for (i = 1; i < depth; i++) {
        agen_init(&links[i], link);
        links[i].event = &waiters->event;
        links[i].inner = i + 1 < depth ? &links[i + 1] : NULL;
    }
    waiters->link.inner = depth > 1 ? &links[1] : NULL;
    agen_loop_poll(&loop);
}

static void make_waiters(int n)
{
    int i;

    tasks = n;
    waiters = make(n, sizeof *waiters);
    for (i = 0; i < n; i++)
        spawn_waiter(&waiters[i]);
    agen_loop_poll(&loop);
}

static void run_waiters(unsigned n)
{
    int i = 0;

    while (done < n) {
        agen_event_set(&waiters[i].event);
        agen_loop_poll(&loop);
        i = (i + 99991) % tasks; /* a prime: all over the place */
    }
}

/* All events are set, and one pass runs all tasks. */
static void run_batches(unsigned n)
{
    int i;

    while (done < n) {
        for (i = 0; i < tasks; i++)
            agen_event_set(&waiters[i].event);
        agen_loop_poll(&loop);
    }
}

/* --- Pauses: in each pass all tasks run ------------------------------------------------------- */

struct pauser {
    AGEN_COROUTINE;
    agen_task task;
};

AGEN(pauser, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_PAUSE(self);
        done++;
    }
    AGEN_END(self);
}

static void make_pausers(int n)
{
    struct pauser *pausers = make(n, sizeof *pausers);
    int i;

    for (i = 0; i < n; i++) {
        agen_init(&pausers[i], pauser);
        agen_spawn(&loop, &pausers[i].task, &pausers[i]);
    }
    agen_loop_poll(&loop);
}

static void run_pausers(unsigned n)
{
    while (done < n)
        agen_loop_poll(&loop);
}

/* By hand: a list of callbacks that are due. */
static struct callback {
    void (*call)(struct callback *self);
    struct callback *next;
} *callbacks, *due, **due_end = &due;

static void count_callback(struct callback *self)
{
    (void)self;
    done++;
}

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

static void make_callbacks(int n)
{
    int i;

    tasks = n;
    callbacks = make(n, sizeof *callbacks);
    for (i = 0; i < n; i++)
        callbacks[i].call = count_callback;
}

static void run_callbacks(unsigned n)
{
    int i = 0;

    while (done < n) {
        post(&callbacks[i]);
        call_due();
        i = (i + 99991) % tasks;
    }
}

/* --- Timers: all sleep, and who wakes sleeps again -------------------------------------------- */

/* Long against the number of sleepers: hardly ever do two wake in one pass. */
static agen_ticks period(void)
{
    static uint32_t state = 1;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return 1 + (state >> 6);
}

struct sleeper {
    AGEN_COROUTINE;
    agen_task task;
};

AGEN(sleeper, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_SLEEP(self, period());
        done++;
    }
    AGEN_END(self);
}

static void make_sleepers(int n)
{
    struct sleeper *sleepers = make(n, sizeof *sleepers);
    int i;

    for (i = 0; i < n; i++) {
        agen_init(&sleepers[i], sleeper);
        agen_spawn(&loop, &sleepers[i].task, &sleepers[i]);
    }
    agen_loop_poll(&loop);
}

/* All sleep for the same time, as time-outs do, and wake in turn. */
struct equal {
    AGEN_COROUTINE;
    agen_task task;
    agen_ticks period;
};

AGEN(equal, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_SLEEP(self, self->period);
        done++;
    }
    AGEN_END(self);
}

static void make_equals(int n)
{
    struct equal *equals = make(n, sizeof *equals);
    int i;

    for (i = 0; i < n; i++, ticks++) {
        agen_init(&equals[i], equal);
        equals[i].period = (agen_ticks)n;
        agen_spawn(&loop, &equals[i].task, &equals[i]);
        agen_loop_poll(&loop);
    }
    done = 0;
}

static void run_sleepers(unsigned n)
{
    while (done < n) {
        ticks += agen_loop_idle_ticks(&loop);
        agen_loop_poll(&loop);
    }
}

/* By hand: a binary heap of pointers. */
static struct alarm {
    void (*call)(struct alarm *self);
    agen_ticks deadline;
} **heap;
static int heap_size;

static void count_alarm(struct alarm *self)
{
    (void)self;
    done++;
}

static int before(const struct alarm *one, const struct alarm *other)
{
    return (int32_t)(one->deadline - other->deadline) < 0; /* the clock wraps */
}

static void sift_down(int at)
{
    struct alarm *moved = heap[at];
    int child;

    while ((child = 2 * at + 1) < heap_size) {
        if (child + 1 < heap_size && before(heap[child + 1], heap[child]))
            child++;
        if (!before(heap[child], moved))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moved;
}

static void make_heap(int n)
{
    struct alarm *alarms = make(n, sizeof *alarms);
    int i;

    heap = make(n, sizeof *heap);
    heap_size = n;
    for (i = 0; i < n; i++) {
        alarms[i].call = count_alarm;
        alarms[i].deadline = period();
        heap[i] = &alarms[i];
    }
    for (i = n / 2; i-- > 0;)
        sift_down(i);
}

static void run_heap(unsigned n)
{
    struct alarm *first;

    while (done < n) {
        first = heap[0];
        ticks = first->deadline;
        first->call(first);
        first->deadline = ticks + period();
        sift_down(0);
    }
}

/* --- Queues: one in, one out; then two tasks, one on either side ------------------------------ */

static unsigned sum;

#define QUEUE(places) \
    static AGEN_QUEUE(unsigned, places) queue_##places; \
\
    struct producer_##places { \
        AGEN_COROUTINE; \
        unsigned i; \
    }; \
\
    AGEN(producer_##places, self) \
    { \
        AGEN_BEGIN(self); \
        for (;; self->i++) \
            AGEN_PUT(self, &queue_##places, self->i); \
        AGEN_END(self); \
    } \
\
    struct consumer_##places { \
        AGEN_COROUTINE; \
        unsigned item; \
    }; \
\
    AGEN(consumer_##places, self) \
    { \
        AGEN_BEGIN(self); \
        for (;;) { \
            AGEN_GET(self, &queue_##places, self->item); \
            sum ^= self->item; \
            done++; \
        } \
        AGEN_END(self); \
    } \
\
    static void make_queue_##places(void) \
    { \
        static struct producer_##places producer = { AGEN_INIT(producer_##places), .i = 0 }; \
        static struct consumer_##places consumer = { AGEN_INIT(consumer_##places), .item = 0 }; \
        static agen_task tasks_of[2]; \
\
        agen_queue_init(&queue_##places); \
        agen_spawn(&loop, &tasks_of[0], &producer); \
        agen_spawn(&loop, &tasks_of[1], &consumer); \
    }

QUEUE(1)
QUEUE(64)

static void make_queue(int places)
{
    if (places == 1)
        make_queue_1();
    else
        make_queue_64();
}

static void run_tasks(unsigned n)
{
    while (done < n)
        agen_loop_poll(&loop);
}

static void run_try(unsigned n)
{
    unsigned item = 0;

    for (; done < n; done++) {
        (void)agen_try_put(&queue_64, done);
        (void)agen_try_get(&queue_64, item);
        sum ^= item;
    }
}

/* By hand: a ring buffer. Not inline, as the queue of somebody else's module would not be. */
struct ring {
    unsigned *items, capacity, head, count;
} ring;

__attribute__((noinline)) static int ring_put(struct ring *to, unsigned item)
{
    unsigned tail = to->head + to->count;

    if (to->count == to->capacity)
        return 0;
    to->items[tail < to->capacity ? tail : tail - to->capacity] = item;
    to->count++;
    return 1;
}

__attribute__((noinline)) static int ring_get(struct ring *from, unsigned *item)
{
    if (from->count == 0)
        return 0;
    *item = from->items[from->head];
    from->head = from->head + 1 == from->capacity ? 0 : from->head + 1;
    from->count--;
    return 1;
}

static void make_ring(int places)
{
    ring.items = make(places, sizeof *ring.items);
    ring.capacity = (unsigned)places;
}

static void run_ring_try(unsigned n)
{
    unsigned item = 0;

    for (; done < n; done++) {
        (void)ring_put(&ring, done);
        (void)ring_get(&ring, &item);
        sum ^= item;
    }
}

/* Two callbacks take turns: one fills it, the other empties it. */
static unsigned produced;

static void fill_ring(struct callback *self)
{
    while (ring_put(&ring, produced))
        produced++;
    post(self + 1);
}

static void empty_ring(struct callback *self)
{
    unsigned item;

    while (ring_get(&ring, &item)) {
        sum ^= item;
        done++;
    }
    post(self - 1);
}

static void make_ring_callbacks(int places)
{
    make_ring(places);
    make_callbacks(2);
    callbacks[0].call = fill_ring;
    callbacks[1].call = empty_ring;
    post(&callbacks[0]);
}

static void run_ring_callbacks(unsigned n)
{
    while (done < n)
        call_due();
}

/* --- Bytes: a queue of them, and a pipe ------------------------------------------------------- */

static AGEN_QUEUE(uint8_t, 64) byte_queue;
static AGEN_PIPE(64) pipe_64;

static void make_bytes(int size)
{
    (void)size;
    agen_queue_init(&byte_queue);
    agen_pipe_init(&pipe_64);
}

static void run_queue_bytes(unsigned n)
{
    uint8_t byte = 0;

    for (; done < n; done++) {
        (void)agen_try_put(&byte_queue, (uint8_t)done);
        (void)agen_try_get(&byte_queue, byte);
        sum ^= byte;
    }
}

/* `size` at a time. */
static size_t piece = 1;

static void make_pieces(int size)
{
    make_bytes(size);
    piece = (size_t)size;
}

static void run_pipe_bytes(unsigned n)
{
    uint8_t bytes[64] = { 0 };

    for (; done < n; done += (unsigned)piece) {
        bytes[0] = (uint8_t)done;
        (void)agen_pipe_write(&pipe_64, bytes, piece);
        (void)agen_pipe_read(&pipe_64, bytes, piece);
        sum ^= bytes[0];
    }
}

/* ---------------------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    void (*make)(int size);
    void (*run)(unsigned n);
} measurements[] = {
    { "depth", make_chain, run_waiters },
    { "tasks", make_waiters, run_waiters },
    { "batch", make_waiters, run_batches },
    { "pauses", make_pausers, run_pausers },
    { "callbacks", make_callbacks, run_callbacks },
    { "timers", make_sleepers, run_sleepers },
    { "equal", make_equals, run_sleepers },
    { "heap", make_heap, run_heap },
    { "try", make_queue, run_try },
    { "ring-try", make_ring, run_ring_try },
    { "queue", make_queue, run_tasks },
    { "ring", make_ring_callbacks, run_ring_callbacks },
    { "byte-queue", make_bytes, run_queue_bytes },
    { "pipe", make_pieces, run_pipe_bytes },
};

int main(int argc, char **argv)
{
    clock_t begun;
    size_t i;

    agen_loop_init(&loop, now);
    for (i = 0; argc == 4 && i < sizeof measurements / sizeof *measurements; i++)
        if (!strcmp(argv[1], measurements[i].name)) {
            measurements[i].make(atoi(argv[2]));
            done = 0;
            begun = clock();
            measurements[i].run((unsigned)atoi(argv[3]));
            printf("%u %u\n", done, sum);
            fprintf(stderr, "%.2f ns\n", (double)(clock() - begun) / CLOCKS_PER_SEC * 1e9 / atoi(argv[3]));
            return 0;
        }
    fprintf(stderr, "usage: loop WHICH SIZE N\n");
    return 2;
}
