/* SPDX-License-Identifier: 0BSD */
/*
 * PROVES: queue: items come out once each, in order; it holds at most its capacity; what is closed
 *         takes no item and gives out those it has; nobody waits for what is there, once the loop
 *         has seen it; who is told that the queue is closed and drained finds nothing in it; also
 *         when a waiter is cancelled that has been granted an item or room, and when the loop has
 *         not seen yet what an interrupt has put
 * BOUND: all sequences of put, get, try, put from an interrupt, cancel, close, spawn and pass,
 *        however long, of 2 putters, 2 getters and plain C, with 2 places; and (LOOPS) of a putter,
 *        a getter and plain C with one who consumes the queue as a generator, in all ways, and
 *        puts into it and closes it meanwhile
 * RUN: -DLOOPS=1
 * RUN: -DLOOPS=0
 * BREAKS: s/queue->head_ + 1 == queue->capacity_ ? 0/queue->head_ + 1 > queue->capacity_ ? 0/
 * BREAKS: s/agen_wake_all_(&queue->room_.list_, AGEN_E_CLOSED);//
 * BREAKS: s/argument == AGEN_RUN_ || agen_queue_item_(queue);/((void)queue, argument == AGEN_RUN_);/
 * BREAKS: /items of interrupts are for the tasks/d
 * BREAKS: s/(!queue->wakeup_.of_.closed_ || agen_queue_count_(queue))/!queue->wakeup_.of_.closed_/
 * BREAKS: s/(!queue->wakeup_.of_.closed_ || agen_queue_count_(queue))/queue->count_/
 * BREAKS: s/if (place == agen_queue_next_(queue))/if (true)/
 */
#include "clients.h"

#ifndef LOOPS
#define LOOPS 0
#endif
enum { PUTTERS = 2 - LOOPS, GETTERS = 2 - LOOPS, NOT_LOOPS = PUTTERS + GETTERS };
enum { TASKS = NOT_LOOPS + LOOPS, CAPACITY = 2, NUMBERS = 8 };

struct putter {
    AGEN_COROUTINE;
};

struct getter {
    AGEN_COROUTINE;
    uint8_t item;
};

/* Consumes as a generator. */
struct looper {
    AGEN_COROUTINE;
};

static struct world {
    agen_loop loop;
    agen_task tasks[TASKS];
    struct putter putters[PUTTERS];
    struct getter getters[GETTERS];
    struct looper looper;
    AGEN_QUEUE(uint8_t, CAPACITY) queue;
    uint8_t put, got; /* items are numbered, modulo NUMBERS */
} world;

static uint8_t number(void)
{
    uint8_t item = world.put;

    ASSERT(!world.queue.queue_.wakeup_.of_.closed_);
    world.put = (uint8_t)((item + 1) % NUMBERS);
    return item;
}

static void got(uint8_t item)
{
    ASSERT(world.got != world.put && item == world.got);
    world.got = (uint8_t)((item + 1) % NUMBERS);
}

static void check_drained(void)
{
    ASSERT(world.queue.queue_.wakeup_.of_.closed_ && world.queue.queue_.items_.free_ < 0);
}

AGEN(putter, self)
{
    AGEN_BEGIN(self);
    do {
        AGEN_PUT(self, &world.queue, number());
        AGEN_PAUSE(self);
    } while (maybe());
    AGEN_END(self);
}

AGEN(getter, self)
{
    AGEN_BEGIN(self);
    do {
        AGEN_GET(self, &world.queue, self->item);
        if (agen_status(self) == AGEN_DONE) {
            check_drained();
            AGEN_RETURN(self);
        }
        got(self->item);
        self->item = 0;
        AGEN_PAUSE(self);
    } while (maybe());
    AGEN_END(self);
}

/* What an interrupt and the code that it came in between do, in the middle of a loop. */
static void interfere(void)
{
    if (maybe() && agen_queue_put_isr(&world.queue, world.put))
        (void)number();
    if (maybe())
        agen_queue_close(&world.queue);
}

static bool goes_on(void)
{
    got(world.queue.value);
    world.queue.value = 0;
    interfere();
    return maybe();
}

AGEN(looper, self)
{
    AGEN_BEGIN(self);
    if (maybe()) {
        AGEN_FOR(self, &world.queue) {
            if (!goes_on())
                AGEN_RETURN(self);
            AGEN_PAUSE(self);
        }
        check_drained();
    } else if (maybe()) {
        AGEN_FOR_CLOSING(self, &world.queue) {
            if (!goes_on())
                AGEN_RETURN(self);
            AGEN_PAUSE(self);
        } AGEN_END_FOR(self);
        check_drained();
    } else {
        for (;;) {
            AGEN_NEXT(self, &world.queue);
            ASSERT(agen_done(&world.queue) == (agen_status(self) == AGEN_DONE));
            if (agen_done(&world.queue))
                check_drained();
            if (agen_done(&world.queue) || !goes_on())
                AGEN_RETURN(self);
            AGEN_PAUSE(self);
        }
    }
    AGEN_END(self);
}

static void start(void)
{
    agen_loop_init(&world.loop, now);
    agen_queue_init(&world.queue);
}

static void check(void)
{
    const struct agen_queue_ *queue = &world.queue.queue_;
    unsigned marks = world.queue.full_[0], count = queue->count_ + (marks & 1) + (marks >> 1);
    unsigned getters = check_list(&queue->items_.list_, world.tasks, TASKS);
    unsigned putters = check_list(&queue->room_.list_, world.tasks, TASKS);

    ASSERT(count <= CAPACITY);
    ASSERT(count == (unsigned)(world.put + NUMBERS - world.got) % NUMBERS);
    ASSERT(!queue->wakeup_.of_.closed_ || !(getters + putters));
    ASSERT(!queue->wakeup_.of_.closed_ || queue->count_ == count);
    if (!world.loop.ready_ && queue->count_ == count) { /* no grant is under way */
        ASSERT(!getters || count == 0);
        ASSERT(!putters || count == CAPACITY);
        ASSERT(queue->items_.free_ + 1 == (int)count);
        ASSERT(queue->wakeup_.of_.closed_ || queue->room_.free_ + 1 == (int)(CAPACITY - count));
    }
    check_ready(&world.loop, world.tasks, TASKS);
}

static bool operation(void)
{
    unsigned chosen = any(2 * TASKS + 5);
    uint8_t item;

    if (chosen < TASKS) {
        if (!agen_cancel(&world.tasks[chosen]))
            return false;
    } else if (chosen < 2 * TASKS) {
        chosen -= TASKS;
        if (agen_task_status(&world.tasks[chosen]) == AGEN_PENDING)
            return false;
        if (chosen < PUTTERS) {
            agen_init(&world.putters[chosen], putter);
            agen_spawn(&world.loop, &world.tasks[chosen], &world.putters[chosen]);
        } else if (chosen < NOT_LOOPS) {
            agen_init(&world.getters[chosen - PUTTERS], getter);
            agen_spawn(&world.loop, &world.tasks[chosen], &world.getters[chosen - PUTTERS]);
        } else {
            agen_init(&world.looper, looper);
            agen_spawn(&world.loop, &world.tasks[chosen], &world.looper);
        }
    } else if (chosen == 2 * TASKS) {
        if (!world.loop.ready_ && !world.loop.wakeups_)
            return false;
        (void)agen_loop_poll(&world.loop);
    } else if (chosen == 2 * TASKS + 1) {
        if (!agen_try_put(&world.queue, number()))
            return false;
    } else if (chosen == 2 * TASKS + 2) {
        if (!agen_try_get(&world.queue, item))
            return false;
        got(item);
    } else if (chosen == 2 * TASKS + 3) {
        if (!agen_queue_put_isr(&world.queue, world.put))
            return false;
        (void)number();
    } else {
        if (world.queue.queue_.wakeup_.of_.closed_)
            return false;
        agen_queue_close(&world.queue);
    }
    check();
    clear_dead(world.tasks, TASKS);
    return true;
}

WHOLE_WORLD()

int main(void)
{
    EXPLORE();
    return 0;
}
