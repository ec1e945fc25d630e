/* SPDX-License-Identifier: 0BSD */
/*
 * The wire: hands bytes on, counts them, and flips a bit in about one of `noise` bytes (0: in
 * none). The same seed gives the same damage. No buffer: it yields the source's spans up to a byte
 * that is hit, and that byte by itself.
 */
#ifndef WIRE_H
#define WIRE_H

#include "stream.h"

/* The largest noise, and with it the quietest wire but one without any. */
#define WIRE_NOISE_MAX 1000000000u

struct wire {
    AGEN_YIELDS(struct agen_chunk);
    struct byte_source source;
    struct agen_chunk rest; /* what is left of the source's span */
    uint32_t noise;
    uint32_t random;        /* the generator's state, never 0 */
    uint32_t until_hit;     /* so many bytes pass unharmed */
    uint32_t flipped;       /* bits flipped so far */
    uint64_t size;          /* bytes so far */
    uint8_t hit;
};

AGEN_DECLARE(wire);
void wire_init(struct wire *self, struct byte_source source, uint32_t noise, uint32_t seed);

#endif
