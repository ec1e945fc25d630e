/* SPDX-License-Identifier: 0BSD */
/*
 * Takes frames out of a SLIP stream. A frame that breaks a rule is yielded too, with its fault and
 * what was received of it, so that the consumer can count it. Empty frames are nothing: RFC 1055
 * uses them to end what noise began.
 */
#ifndef SLIP_DECODER_H
#define SLIP_DECODER_H

#include "byte_reader.h"
#include "stream.h"

/* The largest frame that can be received. */
#ifndef SLIP_FRAME_MAX
#define SLIP_FRAME_MAX 288
#endif

enum slip_fault {
    SLIP_NO_FAULT,
    SLIP_BAD_ESCAPE, /* ESC, and then neither of the two substitutes */
    SLIP_TOO_LONG,   /* it does not fit: its first SLIP_FRAME_MAX bytes */
    SLIP_UNFINISHED  /* the stream ended in it */
};

struct frame {
    struct agen_chunk bytes;
    enum slip_fault fault;
};

/* A generator that yields `struct frame`: see stream.h. */
struct frame_source {
    agen_t *generator;
    const struct frame *value;
};

#define FRAME_SOURCE(g) ((struct frame_source){ (agen_t *)(g), &(g)->value })

struct slip_decoder {
    AGEN_YIELDS(struct frame);
    struct byte_reader input;
    enum slip_fault fault;
    uint16_t size;
    uint8_t frame[SLIP_FRAME_MAX];
};

AGEN_DECLARE(slip_decoder);
void slip_decoder_init(struct slip_decoder *self, struct byte_source source);

#endif
