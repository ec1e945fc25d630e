/* SPDX-License-Identifier: 0BSD */
/*
 * Decompresses bytes: see lzss.h for the format. It is ready for any input: no stream is wrong, and
 * what the input makes of a whole token is decoded as soon as it is there.
 *
 * Yields spans of its own window, which needs no further buffer.
 *
 * Raises STREAM_E_PARAMETERS.
 */
#ifndef LZSS_DECODER_H
#define LZSS_DECODER_H

#include "lzss.h"
#include "stream.h"

struct lzss_decoder {
    AGEN_YIELDS(struct agen_chunk);
    struct byte_source source;
    size_t next; /* the byte to take from the source's span */
    uint8_t window, lookahead;
    uint8_t bit_count;
    uint32_t bits;     /* the last bit_count of them are not decoded yet */
    uint16_t fresh;    /* in the ring: the first byte that was not yielded yet */
    uint16_t end;      /* in the ring: where the next byte goes */
    uint16_t distance; /* the copy in progress */
    uint16_t length;
    uint8_t ring[1u << LZSS_WINDOW_MAX];
};

AGEN_DECLARE(lzss_decoder);
void lzss_decoder_init(struct lzss_decoder *self, struct byte_source source, unsigned window,
                       unsigned lookahead);

#endif
