/* SPDX-License-Identifier: 0BSD */
/*
 * PROVES: agen_event_set_isr and agen_queue_put_isr: a loop that sleeps has seen every event and
 *         every item, none comes twice, and those of one producer come in order
 * BOUND: all interleavings of the atomic accesses of a loop and two producers, with CALLS calls
 *        each; a queue of CAPACITY, into which a task of the loop puts one item, too
 * RUN: -DEVENT -DCALLS=3
 * RUN: -DCAPACITY=1 -DCALLS=2
 * RUN: -DCAPACITY=2 -DCALLS=2
 * RUN: -DCAPACITY=3 -DCALLS=1
 * FLAGS: -O0 -Wl,-z,now
 * BREAKS: /agen_notice_for_(&event->notice/{n;N;d}
 * BREAKS: s/(void)agen_swap_byte_(&first->queued, 0);//
 * BREAKS: /agen_queue_commit_isr_(struct/,/^}/{/_mark_/{N;s/\(.*\)\n\(.*\)/\2\n\1/}}
 *
 * The producers are threads, which is more than interrupts can do. Without optimisation no
 * register holds anything across a call: the states of a thread are few.
 */
#include "threads.h"

#include "agen.h"

enum { PRODUCERS = 2, TASK = PRODUCERS };
#ifndef CAPACITY
#define CAPACITY 1
#endif

struct consumer {
    AGEN_COROUTINE;
    AGEN_QUEUE(uint8_t, CAPACITY) queue;
    uint8_t item, got[PRODUCERS + 1];
};

struct putter {
    AGEN_COROUTINE;
};

struct waiter {
    AGEN_COROUTINE;
    agen_event event;
    uint8_t wakes;
};

static struct world {
    agen_loop loop;
    agen_task tasks[2];
    struct consumer consumer;
    struct putter putter;
    struct waiter waiter;
    struct thread looper, producers[PRODUCERS];
    bool asleep, inside[PRODUCERS];
    uint8_t put[PRODUCERS + 1], sets;
} world;

static agen_ticks now(void)
{
    return 0;
}

/* An item is its producer and a number. */
AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_GET(self, &self->queue, self->item);
        ASSERT(self->item / 16 <= TASK);
        ASSERT(self->item % 16 == self->got[self->item / 16]);
        self->got[self->item / 16]++;
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
        ASSERT(self->wakes <= world.sets);
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
    }
}

static void produce(unsigned id)
{
    unsigned i;

    for (i = 0; i < CALLS; i++) {
        world.inside[id] = true;
#ifdef EVENT
        world.sets++;
        agen_event_set_isr(&world.waiter.event);
#else
        if (agen_queue_put_isr(&world.consumer.queue, (uint8_t)(id * 16 + world.put[id])))
            world.put[id]++;
#endif
        world.inside[id] = false;
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
    agen_loop_init(&world.loop, now);
    agen_init(&world.consumer, consumer);
    agen_init(&world.putter, putter);
    agen_init(&world.waiter, waiter);
    agen_queue_init(&world.consumer.queue);
#ifdef EVENT
    agen_spawn(&world.loop, &world.tasks[0], &world.waiter);
#else
    agen_spawn(&world.loop, &world.tasks[0], &world.consumer);
    agen_spawn(&world.loop, &world.tasks[1], &world.putter);
#endif
}

/* The loop sleeps and no call is under way: so everything has been seen. */
static void check_rest(void)
{
    unsigned id;

#ifdef EVENT
    ASSERT(!agen_event_is_set(&world.waiter.event));
    ASSERT((world.waiter.wakes > 0) == (world.sets > 0));
#endif
    ASSERT(agen_queue_count(&world.consumer.queue) == 0);
    for (id = 0; id <= TASK; id++)
        ASSERT(world.consumer.got[id] == world.put[id]);
}

static bool operation(void)
{
    static void (*const bodies[PRODUCERS])(void) = { produce_0, produce_1 };
    unsigned who = any(PRODUCERS + 1);

    if (who < PRODUCERS) {
        if (world.producers[who].ended)
            return false;
        go_on(&world.producers[who], bodies[who]);
        return true;
    }
    if (world.asleep && agen_loop_idle_ticks(&world.loop) > 0) {
        if (!world.inside[0] && !world.inside[1])
            check_rest();
        return false; /* until a notice comes */
    }
    go_on(&world.looper, poll_for_ever);
    return true;
}

WHOLE_WORLD()

int main(void)
{
    EXPLORE();
    return 0;
}
