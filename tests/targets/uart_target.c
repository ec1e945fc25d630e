/* SPDX-License-Identifier: 0BSD */
/*
 * A UART that receives as fast as the host can send, which tests/targets/boards runs on the Cortex-M3: the host sends
 * COUNT bytes of a known order, and here each must come once and in that order. The receive interrupt writes them into
 * a pipe that is small, and looks away while that is full, which holds the host up. Two generators cut the stream to
 * records.
 * A more urgent tick, at another instruction each time, interrupts that interrupt as well as the loop, puts its
 * own number into a queue and is the clock of tasks that sleep.
 *
 * Compiled with -DHOST it is the sender, which writes the same bytes to its standard output.
 */
#include <stdint.h>
#include <stdio.h>

#ifndef COUNT
#define COUNT 200000ul
#endif

/* The bytes: those of a generator of random numbers, so that no two places look alike. */
static uint8_t next_byte(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return (uint8_t)(*state >> 24);
}

#ifdef HOST

int main(void)
{
    uint32_t state = 1;
    unsigned long i;

    for (i = 0; i < COUNT; i++)
        putchar(next_byte(&state));
    return fflush(stdout) != 0;
}

#else

#include "board.h"

#include "agen.h"

enum { ROOM = 31, ITEMS = 4, RECORD = 20, SLEEPERS = 3, SHORTEST = 200, LONGEST = 3000, QUIET = 50 };

static agen_loop loop;
static AGEN_PIPE(ROOM) line;
static AGEN_QUEUE(uint16_t, ITEMS) queue;

static volatile agen_ticks ticks;
static volatile uint32_t nested, full, put, refused;
static volatile bool in_receive, finished;
static uint32_t received, records, items, wakes, wrong, early;

/* --- The interrupts --------------------------------------------------------------------------- */

/* A byte stays in the UART until there is room for it; the reader lets it interrupt again then. */
BOARD_ON_RECEIVE
{
    uint8_t byte;

    in_receive = true;
    while (board_has_received()) {
        if (agen_pipe_room(&line) == 0) {
            board_receive(false);
            full++;
            break;
        }
        byte = board_received();
        (void)agen_pipe_write_isr(&line, &byte, 1);
    }
    in_receive = false;
}

BOARD_ON_TIMER
{
    static uint16_t period = SHORTEST;

    ticks++;
    if (in_receive)
        nested++;
    if (agen_queue_put_isr(&queue, (uint16_t)put))
        put++;
    else
        refused++;
    period = period < LONGEST ? (uint16_t)(period + 1) : (uint16_t)SHORTEST;
    board_timer_next(period);
}

/* --- The loop --------------------------------------------------------------------------------- */

static agen_ticks now(void)
{
    return ticks;
}

/* The bytes that have come, one after the other. */
struct bytes {
    AGEN_YIELDS(uint8_t);
    size_t count, i;
    uint8_t chunk[7];
};

AGEN(bytes, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_READ(self, &line, self->chunk, sizeof self->chunk, &self->count);
        board_receive(true);
        for (self->i = 0; self->i < self->count; self->i++)
            AGEN_YIELD(self, self->chunk[self->i]);
    }
    AGEN_END(self);
}

struct record {
    uint8_t bytes[RECORD];
};

struct records {
    AGEN_YIELDS(const struct record *);
    struct bytes bytes;
    struct record record;
    uint8_t length;
};

AGEN(records, self)
{
    AGEN_BEGIN(self);
    agen_init(&self->bytes, bytes);
    self->length = 0;
    AGEN_FOR(self, &self->bytes) {
        self->record.bytes[self->length++] = self->bytes.value;
        if (self->length == RECORD) {
            self->length = 0;
            AGEN_YIELD(self, &self->record);
        }
    }
    AGEN_END(self);
}

struct checker {
    AGEN_COROUTINE;
    struct records records;
    uint32_t state;
};

AGEN(checker, self)
{
    int i;

    AGEN_BEGIN(self);
    agen_init(&self->records, records);
    self->state = 1;
    AGEN_FOR(self, &self->records) {
        records++;
        for (i = 0; i < RECORD; i++, received++)
            if (self->records.value->bytes[i] != next_byte(&self->state))
                wrong++;
        if (received >= COUNT)
            AGEN_SLEEP(self, QUIET); /* does another byte come? */
        finished = received >= COUNT;
    }
    AGEN_END(self);
}

struct counter {
    AGEN_COROUTINE;
    uint16_t item;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_GET(self, &queue, self->item);
        if (self->item != (uint16_t)items)
            wrong++;
        items++;
    }
    AGEN_END(self);
}

struct sleeper {
    AGEN_COROUTINE;
    uint8_t patience;
    agen_ticks due;
};

AGEN(sleeper, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        self->due = now() + self->patience;
        AGEN_SLEEP(self, self->patience);
        if (now() - self->due > AGEN_FOREVER / 2)
            early++;
        wakes++;
    }
    AGEN_END(self);
}

int main(void)
{
    static agen_task checking, counting, sleeps[SLEEPERS];
    static struct checker checker;
    static struct counter counter;
    static struct sleeper sleepers[SLEEPERS];
    int i;

    agen_loop_init(&loop, now);
    agen_pipe_init(&line);
    agen_queue_init(&queue);
    agen_init(&checker, checker);
    agen_spawn(&loop, &checking, &checker);
    agen_init(&counter, counter);
    agen_spawn(&loop, &counting, &counter);
    for (i = 0; i < SLEEPERS; i++) {
        agen_init(&sleepers[i], sleeper);
        sleepers[i].patience = (uint8_t)(1 + 2 * i);
        agen_spawn(&loop, &sleeps[i], &sleepers[i]);
    }
    board_timer_start();
    board_timer_next(LONGEST);
    board_receive_start();
    board_enable_interrupts();
    while (!finished && !wrong && !agen_pipe_lost(&line)) {
        agen_loop_poll(&loop);
        board_disable_interrupts();
        if (agen_loop_idle_ticks(&loop))
            board_wait_for_interrupt();
        board_enable_interrupts();
    }
    board_disable_interrupts();
    while (!agen_loop_idle_ticks(&loop))
        agen_loop_poll(&loop); /* the last items */

    fprintf(stderr, "%lu bytes in %lu records, the pipe was full %lu times; %lu ticks, %lu within the other interrupt;",
            (unsigned long)received, (unsigned long)records, (unsigned long)full, (unsigned long)ticks,
            (unsigned long)nested);
    fprintf(stderr, " %lu items, %lu refused; %lu wake-ups\n", (unsigned long)items, (unsigned long)refused,
            (unsigned long)wakes);
    if (wrong || early || received != COUNT || agen_pipe_count(&line) || agen_pipe_lost(&line) || items != put
        || !full || !nested || !refused || !wakes) {
        printf("FAILED: %lu wrong, %lu early, %lu left in the pipe, %lu lost, %lu of %lu items\n", (unsigned long)wrong,
               (unsigned long)early, (unsigned long)agen_pipe_count(&line), (unsigned long)agen_pipe_lost(&line),
               (unsigned long)items, (unsigned long)put);
        return 1;
    }
    printf("each byte that the host sent came once, in order\n");
    return 0;
}

#endif
