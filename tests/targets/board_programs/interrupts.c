/*
 * A timer interrupts the loop wherever it is: from one interrupt to the next it leaves it a cycle
 * more, round and round. The handler puts items into a queue and sets an event, a few times, and
 * then waits until the loop has seen all of it: so a lost wake-up is not made good by the next.
 */
#include "board.h"

#include "agen.h"

#include <stdio.h>

#ifdef __SDCC /* whose simulators execute a million instructions a second */
enum { ITEMS = 500, SHORTEST = 100, LONGEST = 4000, LONGER = 7 };
#else
enum { ITEMS = 4000, SHORTEST = 60, LONGEST = 2000, LONGER = 1 };
#endif
enum { ROOM = 3, PATIENCE = 1000 };

static agen_loop loop;
static agen_event event;
static AGEN_QUEUE(uint16_t, ROOM) queue;

/* Bytes where both sides look: an 8-bit machine reads no more at once. */
static volatile agen_ticks interrupts;
static volatile uint16_t put, refused, wrong_answers, sleeps, overslept;
static volatile uint8_t rung, heard, came;
static volatile bool asleep, finished;

/* --- The interrupt ---------------------------------------------------------------------------- */

/* Numbers those items that it puts. `came` is after the queue, if at all. */
static bool put_one(void)
{
    if (agen_queue_put_isr(&queue, put)) {
        put++;
        return true;
    }
    refused++;
    if ((uint8_t)(put - came) < ROOM)
        wrong_answers++;
    return false;
}

static void ring(void)
{
    rung++;
    agen_event_set_isr(&event);
}

BOARD_ON_TIMER
{
    static uint16_t ticks = SHORTEST;
    static uint8_t run, left;
    bool all_seen = came == (uint8_t)put && heard == rung;
    uint8_t i;

    interrupts++;
    if (asleep) {
        sleeps++;
        if (!all_seen)
            overslept++;
    }
    if (put == ITEMS) {
        finished = all_seen;
    } else if (left) {
        left--;
        if (left % 3 != 0)
            (void)put_one();
        if (left % 3 != 1)
            ring();
    } else if (all_seen) {
        left = run++ % 8;
        for (i = 0; i < run % (ROOM + 3) && put < ITEMS; i++) /* two more than there is room for */
            if (put_one() != (i < ROOM))
                wrong_answers++;
        ring();
    }
    ticks = ticks < LONGEST ? (uint16_t)(ticks + LONGER) : (uint16_t)(SHORTEST + ticks % LONGER);
    board_timer_next(ticks); /* from now on, so that the loop gets so many */
}

/* --- The loop --------------------------------------------------------------------------------- */

static agen_ticks now(void)
{
#ifdef AGEN_CRITICAL_ENTER
    agen_ticks ticks;

    AGEN_CRITICAL_ENTER;
    ticks = interrupts;
    AGEN_CRITICAL_EXIT;
    return ticks;
#else
    return interrupts; /* one access */
#endif
}

/* Fails if an item does not come in time, or another than the next. */
struct consumer {
    AGEN_COROUTINE;
    agen_timeout limit;
    uint16_t item, expected;
    bool open;
};

enum { E_WRONG_ITEM = -1 };

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_TIMEOUT(self, &self->limit, PATIENCE) {
            AGEN_GET(self, &queue, self->item);
            self->open = agen_status(self) == AGEN_YIELDED;
        } AGEN_END_TIMEOUT(self);
        if (!self->open)
            AGEN_RETURN(self);
        if (self->item != self->expected)
            AGEN_RAISE(self, E_WRONG_ITEM);
        self->expected++;
        came++;
    }
    AGEN_END(self);
}

struct listener {
    AGEN_COROUTINE;
};

AGEN(listener, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_WAIT(self, &event);
        agen_event_clear(&event);
        heard = rung;
    }
    AGEN_END(self);
}

int main(void)
{
    static agen_task consuming, listening;
    static struct consumer consumer;
    static struct listener listener;
    bool good;

    agen_loop_init(&loop, now);
    agen_queue_init(&queue);
    agen_init(&consumer, consumer);
    agen_init(&listener, listener);
    agen_spawn(&loop, &consuming, &consumer);
    agen_spawn(&loop, &listening, &listener);
    board_timer_start();
    board_timer_next(LONGEST);
    board_enable_interrupts();
    while (!now()) /* which masks them for a moment, and no longer */
        ;
    while (agen_task_status(&consuming) == AGEN_PENDING) {
        agen_loop_poll(&loop);
        if (finished)
            agen_queue_close(&queue);
        board_disable_interrupts();
        if (agen_loop_idle_ticks(&loop)) {
            asleep = true;
            board_wait_for_interrupt();
        }
        board_enable_interrupts();
        asleep = false;
    }
    board_disable_interrupts();

    good = agen_task_status(&consuming) == AGEN_DONE && consumer.expected == ITEMS && refused
           && !wrong_answers && !overslept && sleeps && sleeps < interrupts;
    fprintf(stderr, "%u items came, %u were refused; %lu interrupts, %u ended a sleep\n",
            consumer.expected, refused, (unsigned long)interrupts, sleeps);
    if (good)
        printf("the items came in order, the queue refused when it was full, no wake-up was lost\n");
    else
        printf("FAILED: status %d, wrong answers %u, sleeps in spite of a wake-up %u\n",
               agen_task_status(&consuming), wrong_answers, overslept);
    return !good;
}

/* SPDX-License-Identifier: 0BSD */
