/* SPDX-License-Identifier: 0BSD */
/*
 * A serial line, as the two queues of bytes at one of its ends. On a microcontroller the interrupt
 * of the UART fills `in` with agen_queue_put_isr(), and something like it empties `out`. On the
 * host a pseudo-terminal does (pty_line.h), or a simulated line (line.h).
 */
#ifndef SERIAL_H
#define SERIAL_H

#include "agen.h"

#include <stddef.h>
#include <stdint.h>

enum { SERIAL_QUEUE_SIZE = 256 };

typedef AGEN_QUEUE(uint8_t, SERIAL_QUEUE_SIZE) serial_queue;

struct serial {
    serial_queue *in, *out;
};

/*
 * Reads `size` bytes, or less if the line is silent for `gap` ticks: then `count` tells how many.
 * A yield inside AGEN_TIMEOUT does not compile, for good reasons; this is how a generator waits
 * with a limit: it awaits a coroutine that has one.
 *
 *     serial_read(&self->reader, self->serial, self->bytes, sizeof self->bytes, 100);
 *     AGEN_AWAIT(self, &self->reader);
 */
struct serial_reader {
    AGEN_COROUTINE;
    serial_queue *from;
    uint8_t *to;
    size_t size, count;
    agen_ticks gap;
    agen_timeout limit;
};

/* The same for writing: silent is a line that takes nothing. */
struct serial_writer {
    AGEN_COROUTINE;
    serial_queue *to;
    const uint8_t *from;
    size_t size, count;
    agen_ticks gap;
    agen_timeout limit;
};

AGEN_DECLARE(serial_reader);
AGEN_DECLARE(serial_writer);
void serial_read(struct serial_reader *reader, struct serial serial, uint8_t *to, size_t size,
                 agen_ticks gap);
void serial_write(struct serial_writer *writer, struct serial serial, const uint8_t *from,
                  size_t size, agen_ticks gap);

/*
 * Writes a few bytes without waiting, so that a cleanup may use it whatever became of the line.
 * What finds no room is lost, as it may be on any line.
 */
void serial_say(struct serial serial, const char *bytes);

#endif
