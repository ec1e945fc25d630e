/* SPDX-License-Identifier: 0BSD */
/*
 * The decoder of examples/streaming as a state machine by hand, with the same interface: it pulls spans from a source
 * that it knows by a function pointer, and hands out spans of its ring. It has no errors and no cleanup.
 */
#ifndef HAND_DECODER_H
#define HAND_DECODER_H

#include <stddef.h>
#include <stdint.h>

struct span {
    const uint8_t *data;
    size_t size;
};

struct hand_source {
    int (*step)(struct hand_source *self); /* 1: there is a value, 0: it has ended */
    struct span value;
};

struct hand_decoder {
    int (*step)(struct hand_decoder *self);
    struct span value;
    struct hand_source *source;
    const uint8_t *next, *input_end;
    uint32_t bits;
    uint16_t fresh, end, distance, length;
    uint8_t window, lookahead, bit_count, state;
    uint8_t ring[1u << 12];
};
int hand_decoder_step(struct hand_decoder *self);

/* Code points out of UTF-8, one by one. Between two it is in the same place: it needs no state. */
struct hand_points {
    int (*step)(struct hand_points *self);
    uint32_t value;
    struct hand_source *source;
    const uint8_t *next, *end;
    uint32_t point;
    uint8_t missing;
};
int hand_points_step(struct hand_points *self);

#endif
