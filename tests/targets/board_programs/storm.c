/*
 * A storm of interrupts while a loop works: a tick that wakes sleepers, and a receiver that feeds a queue with numbered
 * items and a pipe with numbered bytes. From one interrupt to the next it leaves the loop a tick of its timer more, less
 * than an instruction takes, round and round: so it comes at each instruction that the loop executes. Where the board
 * has priorities, a second interrupt does the same at its own pace, also within the first. Nothing may be lost, doubled
 * or reordered, and no wake-up forgotten: every now and then all is quiet until the loop has seen everything.
 */
#include "board.h"

#include "agen.h"

#include <stdio.h>

#ifdef __SDCC /* whose simulators execute a million instructions a second */
#define USUAL_EVENTS 5000
enum { SHORTEST = 100, LONGEST = 4000, LONGER = 7 };
#else
#define USUAL_EVENTS (SIZE_MAX > 65535 ? 100000 : 20000)
enum { SHORTEST = 60, LONGEST = 1600, LONGER = 1 };
#endif
#ifndef EVENTS
#define EVENTS USUAL_EVENTS
#endif
#ifdef BOARD_ON_URGENT
enum { SOURCES = 2 };
#else
enum { SOURCES = 1 };
#endif

enum { ROOM = 5, PIPE = 7, MOST = 3, PATIENCE = 5000, SLEEPERS = 3 };

#define EACH ((uint32_t)EVENTS / 2 / SOURCES) /* items of each source, and as many bytes */

/* What an interrupt has sent: each counter is changed by that interrupt alone. */
struct source {
    uint32_t items, bytes;
    uint8_t rung, round;
    AGEN_PIPE(PIPE) pipe;
};

/* What the loop has seen of it. */
struct sink {
    uint32_t items, bytes;
};

static agen_loop loop;
static agen_event event;
static AGEN_QUEUE(uint16_t, ROOM) queue;
static struct source sources[SOURCES];
static struct sink sinks[SOURCES];

static volatile agen_ticks interrupts;
static volatile uint32_t refused, nested, asleep, early, wakes, values;
static volatile uint16_t wrong;
static volatile uint8_t heard[SOURCES];
static volatile bool quiet, in_tick, forgotten, finished, sleeping;

/* --- The interrupts --------------------------------------------------------------------------- */

/* The number of the source is the highest bit. */
static uint16_t number_item(unsigned from, uint32_t n)
{
    return (uint16_t)(from << 15 | (n & 0x7FFFu));
}

static void receive(unsigned from)
{
    struct source *source = &sources[from];
    uint8_t bytes[MOST], n = (uint8_t)(source->round++ % (MOST + 1)), i;

    for (i = 0; i < n && source->items < EACH; i++) {
        if (agen_queue_put_isr(&queue, number_item(from, source->items)))
            source->items++;
        else
            refused++;
    }
    n = (uint8_t)(source->round / 2 % (MOST + 1));
    for (i = 0; i < n && source->bytes + i < EACH; i++)
        bytes[i] = (uint8_t)(source->bytes + i);
    source->bytes += (uint32_t)agen_pipe_write_isr(&source->pipe, bytes, i);
    if (source->round % 4 == 0) {
        source->rung++;
        agen_event_set_isr(&event);
    }
}

/* The lowest bytes are enough: the loop is never that far back. */
static bool all_seen(void)
{
    unsigned i;

    for (i = 0; i < SOURCES; i++)
        if (*(volatile uint8_t *)&heard[i] != sources[i].rung
            || (uint8_t)*(volatile uint32_t *)&sinks[i].items != (uint8_t)sources[i].items
            || (uint8_t)*(volatile uint32_t *)&sinks[i].bytes != (uint8_t)sources[i].bytes)
            return false;
    return true;
}

static bool all_sent(void)
{
    unsigned i;

    for (i = 0; i < SOURCES; i++)
        if (sources[i].items < EACH || sources[i].bytes < EACH)
            return false;
    return true;
}

BOARD_ON_TIMER
{
    static uint16_t ticks = SHORTEST, waited;

    in_tick = true;
    interrupts++;
    if (sleeping)
        asleep++;
    if (!quiet) {
        receive(0);
        waited = 0;
        quiet = interrupts % 32 == 0 || all_sent();
    } else if (all_seen()) {
        quiet = all_sent();
        finished = quiet;
    } else if (++waited > PATIENCE) {
        forgotten = true;
    }
    ticks = ticks < LONGEST ? (uint16_t)(ticks + LONGER) : (uint16_t)(SHORTEST + ticks % LONGER);
    in_tick = false;
    board_timer_next(ticks); /* from now on, so that the loop gets so many */
}

#ifdef BOARD_ON_URGENT
BOARD_ON_URGENT
{
    static uint16_t ticks = SHORTEST;

    if (in_tick)
        nested++;
    if (!quiet)
        receive(1);
    ticks = ticks < LONGEST - 100 ? (uint16_t)(ticks + 3) : (uint16_t)(SHORTEST + ticks % 3);
    board_urgent_next(ticks);
}
#endif

/* --- The loop --------------------------------------------------------------------------------- */

static agen_ticks now(void)
{
    agen_ticks ticks, again = interrupts;

    do { /* until two reads agree: on an 8-bit machine one takes several accesses */
        ticks = again;
        again = interrupts;
    } while (again != ticks);
    return ticks;
}

struct consumer {
    AGEN_COROUTINE;
    uint16_t item;
};

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_GET(self, &queue, self->item);
        if (agen_status(self) != AGEN_YIELDED)
            AGEN_RETURN(self);
        if ((self->item >> 15) >= SOURCES
            || self->item != number_item(self->item >> 15, sinks[self->item >> 15].items))
            wrong++;
        sinks[self->item >> 15 & (SOURCES - 1)].items++;
    }
    AGEN_END(self);
}

struct reader {
    AGEN_COROUTINE;
    struct source *source;
    struct sink *sink;
    size_t count;
    uint8_t bytes[4];
};

AGEN(reader, self)
{
    size_t i;

    AGEN_BEGIN(self);
    for (;;) {
        AGEN_READ(self, &self->source->pipe, self->bytes, sizeof self->bytes, &self->count);
        if (agen_status(self) != AGEN_YIELDED)
            AGEN_RETURN(self);
        for (i = 0; i < self->count; i++)
            if (self->bytes[i] != (uint8_t)(self->sink->bytes + i))
                wrong++;
        self->sink->bytes += (uint32_t)self->count;
    }
    AGEN_END(self);
}

struct listener {
    AGEN_COROUTINE;
};

AGEN(listener, self)
{
    unsigned i;

    AGEN_BEGIN(self);
    for (;;) {
        AGEN_WAIT(self, &event);
        agen_event_clear(&event);
        for (i = 0; i < SOURCES; i++)
            heard[i] = *(volatile uint8_t *)&sources[i].rung;
    }
    AGEN_END(self);
}

/* Numbers, and the sum of each with the one before it: what the loop does in the meantime. */
struct numbers {
    AGEN_YIELDS(uint16_t);
    uint16_t n;
};

AGEN(numbers, self)
{
    AGEN_BEGIN(self);
    for (;;)
        AGEN_YIELD(self, self->n++);
    AGEN_END(self);
}

struct sums {
    AGEN_YIELDS(uint16_t);
    struct numbers numbers;
    uint16_t before;
};

AGEN(sums, self)
{
    AGEN_BEGIN(self);
    agen_init(&self->numbers, numbers);
    self->before = 0;
    AGEN_FOR(self, &self->numbers) {
        AGEN_YIELD(self, (uint16_t)(self->numbers.value + self->before));
        self->before = self->numbers.value;
    }
    AGEN_END(self);
}

struct sleeper {
    AGEN_COROUTINE;
    uint8_t patience, i;
    agen_ticks due;
    struct sums sums;
    uint32_t n;
};

AGEN(sleeper, self)
{
    AGEN_BEGIN(self);
    agen_init(&self->sums, sums);
    for (;;) {
        self->due = now() + self->patience;
        AGEN_SLEEP(self, self->patience);
        if (now() - self->due > AGEN_FOREVER / 2)
            early++;
        wakes++;
        for (self->i = 0; self->i < self->patience; self->i++) {
            AGEN_NEXT(self, &self->sums);
            if (self->sums.value != (uint16_t)(self->n ? 2u * self->n - 1u : 0u))
                wrong++;
            self->n++;
            values++;
        }
    }
    AGEN_END(self);
}

int main(void)
{
    static agen_task consuming, reading[SOURCES], listening, sleeps[SLEEPERS];
    static struct consumer consumer;
    static struct reader readers[SOURCES];
    static struct listener listener;
    static struct sleeper sleepers[SLEEPERS];
    unsigned i;
    bool good;

    agen_loop_init(&loop, now);
    agen_queue_init(&queue);
    agen_init(&consumer, consumer);
    agen_spawn(&loop, &consuming, &consumer);
    agen_init(&listener, listener);
    agen_spawn(&loop, &listening, &listener);
    for (i = 0; i < SOURCES; i++) {
        agen_pipe_init(&sources[i].pipe);
        agen_init(&readers[i], reader);
        readers[i].source = &sources[i];
        readers[i].sink = &sinks[i];
        agen_spawn(&loop, &reading[i], &readers[i]);
    }
    for (i = 0; i < SLEEPERS; i++) {
        agen_init(&sleepers[i], sleeper);
        sleepers[i].patience = (uint8_t)(1u + 3u * i);
        agen_spawn(&loop, &sleeps[i], &sleepers[i]);
    }
    board_timer_start();
    board_timer_next(LONGEST);
#ifdef BOARD_ON_URGENT
    board_urgent_next(LONGEST);
#endif
    board_enable_interrupts();
    while (!finished && !forgotten) {
        agen_loop_poll(&loop);
        board_disable_interrupts();
        if (agen_loop_idle_ticks(&loop)) {
            sleeping = true;
            board_wait_for_interrupt();
        }
        board_enable_interrupts();
        sleeping = false;
    }
    board_disable_interrupts();

    good = !wrong && !forgotten && !early && refused && wakes && values && agen_pipe_lost(&sources[0].pipe);
    for (i = 0; i < SOURCES; i++)
        good = good && sinks[i].items == EACH && sinks[i].bytes == EACH;
#ifdef BOARD_ON_URGENT
    good = good && nested;
#endif
    fprintf(stderr, "%lu ticks, %lu within a sleep, %lu nested; %lu items and as many bytes from each source, %lu refused;",
            (unsigned long)interrupts, (unsigned long)asleep, (unsigned long)nested, (unsigned long)EACH,
            (unsigned long)refused);
    fprintf(stderr, " %lu wake-ups of sleepers, %lu values\n", (unsigned long)wakes, (unsigned long)values);
    if (good)
        printf("nothing was lost, doubled or reordered, no wake-up was forgotten\n");
    else
        printf("FAILED: wrong %u, forgotten %d, early %lu, the first has %lu items and %lu bytes\n", wrong, forgotten,
               (unsigned long)early, (unsigned long)sinks[0].items, (unsigned long)sinks[0].bytes);
    return !good;
}

/* SPDX-License-Identifier: 0BSD */
