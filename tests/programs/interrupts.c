/*
 * The calls for interrupts over a critical section of the port's, which any compiler has: after
 * each section comes an interrupt, after one of them in each run, and nothing is lost. The variable
 * of the section is called as one of the library's own might be.
 */
#include <stdbool.h>

static signed char enter(void);
static void gap(signed char was);
#undef AGEN_CRITICAL_ENTER /* of a target, in tests/targets/run */
#undef AGEN_CRITICAL_EXIT
#define AGEN_CRITICAL_ENTER signed char was = enter()
#define AGEN_CRITICAL_EXIT gap(was)

#include "agen.h"

#include <stdio.h>

enum { FIRST = 1, SECOND = 2, INTERRUPT = 3, ALL = 3, ROOM = 4 };

static AGEN_QUEUE(char, ROOM) queue;
static agen_event event;
static unsigned gaps, at;
static bool armed, interrupted;

static signed char depth, deepest;

static signed char enter(void)
{
    if (++depth > deepest)
        deepest = depth;
    return (signed char)(depth - 1);
}

/* The interrupt. */
static void gap(signed char was)
{
    depth = was;
    if (!armed || interrupted || gaps++ != at)
        return;
    interrupted = true;
    if (!agen_queue_put_isr(&queue, (char)INTERRUPT))
        printf("refused at %u\n", at);
    agen_event_set_isr(&event);
}

struct consumer {
    AGEN_COROUTINE;
    char items[ROOM], count;
};

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &queue)
        self->items[(int)self->count++] = queue.value;
    AGEN_END(self);
}

struct listener {
    AGEN_COROUTINE;
    bool heard;
};

AGEN(listener, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT(self, &event);
    self->heard = true;
    AGEN_END(self);
}

static agen_ticks now(void)
{
    return 0;
}

static agen_loop loop;
static agen_task consuming, listening;
static struct consumer consumer;
static struct listener listener;

/* Each item came once, the first before the second. */
static bool right(void)
{
    char i, first = 0, second = 0, sum = 0;

    for (i = 0; i < consumer.count; i++) {
        sum = (char)(sum + consumer.items[(int)i]);
        if (consumer.items[(int)i] == FIRST)
            first = i;
        else if (consumer.items[(int)i] == SECOND)
            second = i;
    }
    return consumer.count == ALL && sum == FIRST + SECOND + INTERRUPT && first < second
           && listener.heard;
}

static void once(void)
{
    gaps = 0;
    interrupted = false;
    agen_loop_init(&loop, now);
    agen_queue_init(&queue);
    agen_event_clear(&event);
    agen_init(&consumer, consumer);
    consumer.count = 0;
    agen_init(&listener, listener);
    listener.heard = false;
    if (agen_spawn(&loop, &consuming, &consumer) < 0
        || agen_spawn(&loop, &listening, &listener) < 0)
        printf("not spawned\n");
    (void)agen_loop_poll(&loop); /* both wait */
    armed = true;
    if (!agen_queue_put_isr(&queue, (char)FIRST) || !agen_queue_put_isr(&queue, (char)SECOND))
        printf("refused\n");
    while (agen_loop_poll(&loop))
        ;
    armed = false;
    agen_queue_close(&queue);
    (void)agen_cancel(&listening); /* who has heard it has ended */
    agen_loop_run(&loop);
}

int main(void)
{
    unsigned wrong = 0;

    for (at = 0, interrupted = true; interrupted; at++) { /* until no gap is left */
        once();
        if (interrupted && !right())
            wrong++;
    }
    if (at > 10 && deepest == 1)
        printf("an interrupt in each gap: %u wrong\n", wrong);
    else
        printf("%u gaps, %d deep\n", at, deepest);
    for (at = 0; agen_queue_put_isr(&queue, 1); at++)
        ;
    printf("a queue that is closed takes %u\n", at);
    agen_queue_init(&queue);
    for (at = 0; agen_queue_put_isr(&queue, (char)(10 + at)); at++)
        ;
    printf("one of 4 takes %u:", at);
    while (agen_try_get(&queue, consumer.count))
        printf(" %d", consumer.count);
    printf("\n");
    return 0;
}

/* SPDX-License-Identifier: 0BSD */
