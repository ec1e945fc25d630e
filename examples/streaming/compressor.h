/* SPDX-License-Identifier: 0BSD */
/*
 * Compresses a stream of bytes block by block: see block.h. A block ends with the first span of the
 * source that brings it to `block_size` plain bytes or more.
 *
 * There are two generators inside. `block` yields the bytes of one block from the source. `encoder`
 * consumes it as if it were a whole stream, and is made new for each block.
 *
 * Raises STREAM_E_PARAMETERS, STREAM_E_TOO_LONG.
 */
#ifndef COMPRESSOR_H
#define COMPRESSOR_H

#include "lzss_encoder.h"
#include "block.h"

/* Yields the span that the source yielded last, and further ones until the block is complete. */
struct plain_block {
    AGEN_YIELDS(struct agen_chunk);
    struct byte_source source; /* not closed: the next block goes on with it */
    uint32_t size, size_wanted, size_max;
};

struct compressor {
    AGEN_YIELDS(struct part);
    struct byte_source source;
    uint8_t window, lookahead;
    bool first;
    uint32_t block_size;
    uint32_t origin;
    struct plain_block block;
    struct lzss_encoder encoder;
};

AGEN_DECLARE(compressor);
void compressor_init(struct compressor *self, struct byte_source source, unsigned window,
                     unsigned lookahead, uint32_t block_size);

#endif
