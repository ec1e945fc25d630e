/* SPDX-License-Identifier: 0BSD */
/*
 * Two loops in one program: `urgent` interrupts `slow`, or both run at once. Whatever the tasks of one loop do to the
 * other one, they do as an interrupt handler does: by the calls that end in _isr, and then a wake-up of that loop.
 * cortex_m.c runs them on one processor, posix.c in two threads; two_loops.c has the tasks.
 */
#ifndef TWO_LOOPS_H
#define TWO_LOOPS_H

#include "agen.h"

/* --- A channel from a loop to the other one, which loses nothing ------------------------------- */

/* The queue belongs to the loop that gets, the event to the loop that puts: each side waits in its own loop. */
#define CHANNEL(T, N) \
    struct { \
        AGEN_QUEUE(T, N) items; \
        agen_event room; \
    }

/*
 * In a body: waits until there is room, and puts. `wake` wakes the loop of the getter. The event is cleared before the
 * attempt, so that room which comes after the attempt is not missed. Each attempt evaluates v. For one task at a time.
 */
#define CHANNEL_PUT(self, channel, v, wake) \
    do { \
        while (agen_event_clear(&(channel)->room), !agen_queue_put_isr(&(channel)->items, v)) \
            AGEN_WAIT(self, &(channel)->room); \
        wake; \
    } while (0)

/* In a body: waits for an item, and tells the putter that there is room. `wake` wakes the loop of the putter. */
#define CHANNEL_GET(self, channel, lvalue, wake) \
    do { \
        AGEN_GET(self, &(channel)->items, lvalue); \
        agen_event_set_isr(&(channel)->room); \
        wake; \
    } while (0)

/* --- What two_loops.c asks of the machine ------------------------------------------------------ */

extern agen_loop *const slow, *const urgent; /* the same one with -DONE_LOOP, to compare */

void wake_slow(void); /* after an _isr call for something that a task of this loop waits for */
void wake_urgent(void);
uint32_t clock_now(void);
void next_edge(uint32_t n); /* asks for the interrupt number n of the device */

/* --- What the machine calls -------------------------------------------------------------------- */

#ifndef TICKS_OF_A_MILLISECOND
#define TICKS_OF_A_MILLISECOND 1u
#endif

void tasks_start(void); /* spawns all tasks, before either loop runs */
void edge_isr(void);    /* the interrupt of the device, which wakes `urgent` afterwards */
int tasks_result(void); /* when both loops have ended: prints what there was, and answers 0 if nothing was lost */

#endif
