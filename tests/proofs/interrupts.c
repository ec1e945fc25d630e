/* SPDX-License-Identifier: 0BSD */
/*
 * PROVES: agen_event_set_isr and agen_queue_put_isr: a loop that sleeps has seen every event and
 *         every item, none comes twice, and those of one producer come in order; no put that begins
 *         after agen_queue_close() succeeds, whatever succeeds is got by a get after it, and a
 *         getter that is told AGEN_DONE has got all there is, unless a put was under way at the
 *         close: that of a thread, never of an interrupt
 * BOUND: all interleavings of the atomic accesses of a loop and two producers, threads or (NEST)
 *        interrupts that interrupt each other, with CALLS calls each, which take turns at EVENTS
 *        events and a queue of CAPACITY, into which a task of the loop puts one item, too; with
 *        CLOSE, the loop closes it at any time
 * RUN: -DEVENTS=1 -DCALLS=3
 * RUN: -DCAPACITY=1 -DCALLS=2
 * RUN: -DCAPACITY=3 -DCALLS=1
 * RUN: -DEVENTS=2 -DCALLS=3
 * RUN: -DEVENTS=1 -DCAPACITY=1 -DCALLS=2
 * RUN: -DCAPACITY=1 -DCALLS=2 -DCLOSE
 * RUN: -DCAPACITY=2 -DCALLS=1 -DCLOSE
 * RUN: -DCAPACITY=1 -DCALLS=3 -DCLOSE -DNEST
 * RUN: -DCAPACITY=2 -DCALLS=2 -DCLOSE -DNEST
 * RUN: -DCAPACITY=2 -DCALLS=2
 * FLAGS: -O0 -Wl,-z,now -fno-sanitize=address
 * BREAKS: s/^        && agen_event_take_(event))$/        \&\& false)/
 * BREAKS: s/(void)agen_swap_byte_(&first->queued_, 0);//
 * BREAKS: /agen_queue_commit_isr_(struct/,/^}/{/_mark_/{N;s/\(.*\)\n\(.*\)/\2\n\1/}}
 * BREAKS: /for (; first; first = next)/{s/= next/= first->next_/;n;d}
 * BREAKS: s/(wakeup_->next_ = was_, true)/true/
 * BREAKS: s/AGEN_LOAD_(uint8_t, &queue->wakeup_.of_.closed_) || //
 *
 * The producers are threads, which is more than interrupts can do, or interrupts: then nothing else
 * goes on before the one that came last has ended. Without optimisation no register holds anything
 * across a call: the states of a thread are few. Without the address sanitizer,
 * which does not know their stacks.
 */
#include "threads.h"

#include "agen.h"

enum { PRODUCERS = 2, TASK = PRODUCERS };
#ifndef EVENTS
#define EVENTS 0
#endif
#ifndef CAPACITY
#define CAPACITY 0
#endif
#ifndef CLOSE
#define CLOSE 0
#endif
#ifndef NEST
#define NEST 0
#endif
enum { OBJECTS = EVENTS + (CAPACITY > 0), PLACES = CAPACITY > 0 ? CAPACITY : 1 };

struct consumer {
    AGEN_COROUTINE;
    AGEN_QUEUE(uint8_t, PLACES) queue;
    uint8_t item, got[PRODUCERS + 1];
};

struct putter {
    AGEN_COROUTINE;
};

struct waiter {
    AGEN_COROUTINE;
    agen_event event;
    uint8_t wakes, sets;
};

static struct world {
    agen_loop loop;
    agen_task tasks[2 + EVENTS];
    struct consumer consumer;
    struct putter putter;
    struct waiter waiters[EVENTS + 1];
    bool asleep, inside[PRODUCERS];
    bool open[PRODUCERS], overlapped; /* puts that began before the close, and ended after it */
    uint8_t put[PRODUCERS + 1], innermost;
    struct thread threads[PRODUCERS + 1];
} world;

static agen_ticks now(void)
{
    return 0;
}

static void got(uint8_t item)
{
    struct consumer *self = &world.consumer;

    ASSERT(item / 16 <= TASK);
    ASSERT(item % 16 == self->got[item / 16]);
    self->got[item / 16]++;
}

static void check_got_all(void)
{
    unsigned id;

    for (id = 0; id <= TASK; id++)
        ASSERT(world.consumer.got[id] == world.put[id]);
}

static void may_close(void)
{
    if (CLOSE && !world.consumer.queue.queue_.wakeup_.of_.closed_ && maybe())
        agen_queue_close(&world.consumer.queue);
}

/* An item is its producer and a number. */
AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_GET(self, &self->queue, self->item);
        if (agen_status(self) == AGEN_DONE) {
            if (!world.overlapped && !world.open[0] && !world.open[1])
                check_got_all();
            AGEN_RETURN(self);
        }
        got(self->item);
        may_close();
    }
    AGEN_END(self);
}

AGEN(putter, self)
{
    AGEN_BEGIN(self);
    AGEN_PUT(self, &world.consumer.queue, TASK * 16);
    world.put[TASK]++;
    AGEN_END(self);
}

AGEN(waiter, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_WAIT(self, &self->event);
        agen_event_clear(&self->event);
        self->wakes++;
        ASSERT(self->wakes <= self->sets);
    }
    AGEN_END(self);
}

static void poll_for_ever(void)
{
    for (;;) {
        (void)agen_loop_poll(&world.loop);
        world.asleep = true;
        point_();
        world.asleep = false;
        may_close();
    }
}

static void set(struct waiter *waiter)
{
    waiter->sets++;
    agen_event_set_isr(&waiter->event);
}

static void put(int id)
{
    bool put;

    world.open[id] = CLOSE && !world.consumer.queue.queue_.wakeup_.of_.closed_;
    put = agen_queue_put_isr(&world.consumer.queue, (uint8_t)(id * 16 + world.put[id]));
    ASSERT(!CLOSE || world.open[id] || !put);
    world.put[id] = (uint8_t)(world.put[id] + put);
    if (world.open[id] && world.consumer.queue.queue_.wakeup_.of_.closed_) {
        ASSERT(!NEST);
        world.overlapped = true;
    }
    world.open[id] = false;
}

static void produce(int id)
{
    int i;

    for (i = 0; i < CALLS; i++) {
        world.innermost = NEST ? (uint8_t)id : 0;
        world.inside[id] = true;
        if ((id + i) % OBJECTS < EVENTS)
            set(&world.waiters[(id + i) % OBJECTS]);
        else
            put(id);
        world.inside[id] = false;
        world.innermost = 0;
        point_();
    }
    end_thread();
}

static void produce_0(void)
{
    produce(0);
}

static void produce_1(void)
{
    produce(1);
}

static void start(void)
{
    int i;

    agen_loop_init(&world.loop, now);
    agen_init(&world.consumer, consumer);
    agen_init(&world.putter, putter);
    agen_queue_init(&world.consumer.queue);
    if (CAPACITY > 0) {
        agen_spawn(&world.loop, &world.tasks[0], &world.consumer);
        agen_spawn(&world.loop, &world.tasks[1], &world.putter);
    }
    for (i = 0; i < EVENTS; i++) {
        agen_init(&world.waiters[i], waiter);
        agen_spawn(&world.loop, &world.tasks[2 + i], &world.waiters[i]);
    }
}

/* The loop sleeps and no call is under way: so everything has been seen. */
static void check_rest(void)
{
    const struct agen_queue_ *queue = &world.consumer.queue.queue_;
    int i;
    uint8_t item;

    for (i = 0; i < EVENTS; i++) {
        ASSERT(!agen_event_is_set(&world.waiters[i].event));
        ASSERT((world.waiters[i].wakes > 0) == (world.waiters[i].sets > 0));
    }
    if (!queue->wakeup_.of_.closed_)
        ASSERT(agen_queue_count(&world.consumer.queue) == 0);
    else
        ASSERT(!queue->items_.list_.first_ && !queue->room_.list_.first_);
    while (agen_try_get(&world.consumer.queue, item)) {
        ASSERT(world.overlapped);
        got(item);
    }
    check_got_all();
}

static bool operation(void)
{
    static void (*const bodies[])(void) = { produce_0, produce_1, poll_for_ever };
    unsigned who = any(PRODUCERS + 1);
    bool busy = world.inside[0] || world.inside[1];

    if (world.threads[who].ended)
        return false;
    if (NEST && busy
        && (who == TASK || (world.inside[0] && world.inside[1] && world.innermost != who)))
        return false;
    if (who == TASK && world.asleep && agen_loop_idle_ticks(&world.loop) > 0) {
        struct world was = world;

        if (!busy)
            check_rest();
        if (!CLOSE || world.consumer.queue.queue_.wakeup_.of_.closed_)
            return false; /* until a notice comes */
        world = was;
    }
    go_on(&world.threads[who], bodies[who]);
    return true;
}

static struct key_ key(void)
{
    return key_of_threads(&world, world.threads, PRODUCERS + 1);
}

int main(void)
{
    EXPLORE();
    return 0;
}
