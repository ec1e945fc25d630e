/* SPDX-License-Identifier: 0BSD */
/*
 * Decompresses a stream of packets, block by block, and yields extents of plain data. What is
 * missing is left out: the extents are in order, with gaps between them. See block.h.
 *
 * There are two generators inside. `block` yields the compressed bytes of one block, up to the first
 * gap in them. `decoder` decodes them, and is made new for each block.
 *
 * Raises STREAM_E_PARAMETERS.
 */
#ifndef DECOMPRESSOR_H
#define DECOMPRESSOR_H

#include "extent.h"
#include "lzss_decoder.h"
#include "packet_receiver.h"

/* Yields the payload of the packet that the source yielded last, and of those that continue it. */
struct packed_block {
    AGEN_YIELDS(struct agen_chunk);
    struct packet_source source; /* not closed: the next block goes on with it */
};

struct decompressor {
    AGEN_YIELDS(struct extent);
    struct packet_source source;
    uint8_t window, lookahead;
    uint32_t position;
    struct packed_block block;
    struct lzss_decoder decoder;
};

AGEN_DECLARE(decompressor);
void decompressor_init(struct decompressor *self, struct packet_source source, unsigned window,
                       unsigned lookahead);

#endif
