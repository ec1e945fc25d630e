/* SPDX-License-Identifier: 0BSD */
/*
 * Compresses bytes: see lzss.h for the format.
 *
 * It keeps a ring with the window before the current position and as much text after it, and for
 * each position there the previous one with the same hash of two bytes. Finding a match follows
 * that chain, a limited number of steps, so that the time for a byte has a bound. A candidate whose
 * byte at the end of the best match so far differs is passed over without a comparison. The index
 * may be stale: what it proposes is compared byte by byte before it is used.
 *
 * Raises STREAM_E_PARAMETERS.
 */
#ifndef LZSS_ENCODER_H
#define LZSS_ENCODER_H

#include "lzss.h"
#include "stream.h"

/* How many places are compared before the best so far is taken: compression against time. */
#ifndef LZSS_ENCODER_TRIES
#define LZSS_ENCODER_TRIES 32
#endif

/* The largest span it yields. */
#ifndef LZSS_ENCODER_CHUNK
#define LZSS_ENCODER_CHUNK 256
#endif

enum { LZSS_ENCODER_HASHES = 1024 }; /* a power of 2: with 256, a fifth slower */

struct lzss_encoder {
    AGEN_YIELDS(struct agen_chunk);
    struct byte_source source;
    struct agen_chunk input; /* what is left of the span from the source */
    uint8_t window, lookahead;
    uint8_t bit_count;
    uint32_t bits;     /* the last bit_count of them are not in the chunk yet */
    uint16_t position; /* of the next byte to encode: modulo 2^16, like those in the index */
    uint16_t ahead;    /* bytes in the ring from there on */
    uint16_t behind;   /* bytes in the ring before, the window at most */
    uint16_t chunk_size;
    uint16_t last[LZSS_ENCODER_HASHES];       /* the last position with this hash */
    uint16_t previous[1u << LZSS_WINDOW_MAX]; /* for a position: the one before with its hash */
    uint8_t ring[2u << LZSS_WINDOW_MAX];
    uint8_t chunk[LZSS_ENCODER_CHUNK];
};

AGEN_DECLARE(lzss_encoder);
void lzss_encoder_init(struct lzss_encoder *self, struct byte_source source, unsigned window,
                       unsigned lookahead);

#endif
