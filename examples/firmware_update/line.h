/* SPDX-License-Identifier: 0BSD */
/*
 * A simulated line, one direction of it: a coroutine that moves bytes from pipe to pipe, with
 * noise, a pause at a certain byte, or cut through at a certain byte.
 */
#ifndef LINE_H
#define LINE_H

#include "noise.h"
#include "serial.h"

struct line {
    AGEN_COROUTINE;
    agen_chunks from;
    serial_pipe *to;
    struct noise noise;
    uint32_t passed;
    uint32_t pause_at, cut_at; /* in front of the byte of that number, from 1 on; 0: never */
    agen_ticks pause;
    uint8_t bytes[2];
    size_t next, count, written;
};

AGEN_DECLARE(line);
void line_init(struct line *self, serial_pipe *from, serial_pipe *to);
/* From now on nothing passes. */
void line_cut(struct line *self);

#endif
