/* SPDX-License-Identifier: 0BSD */
/*
 * Decompresses a stream of packets, section by section, and yields pieces of plain data with their
 * places. What is missing is left out: pieces are in order, but may leave gaps. See section.h.
 *
 * Two generators inside: `section` is a stream of the compressed bytes of one section, as far as
 * they arrived without a gap, and `decoder`, made new for each, decodes it.
 *
 * Raises STREAM_E_PARAMETERS.
 */
#ifndef DECOMPRESSOR_H
#define DECOMPRESSOR_H

#include "lzss_decoder.h"
#include "packet_receiver.h"
#include "piece.h"

/* Yields the payload of the packet that the source yielded last, and of those that continue it. */
struct packed_section {
    AGEN_YIELDS(struct agen_chunk);
    struct packet_source source; /* not closed: the next section goes on with it */
};

struct decompressor {
    AGEN_YIELDS(struct piece);
    struct packet_source source;
    uint8_t window, lookahead;
    uint32_t position;
    struct packed_section section;
    struct lzss_decoder decoder;
};

AGEN_DECLARE(decompressor);
void decompressor_init(struct decompressor *self, struct packet_source source, unsigned window,
                       unsigned lookahead);

#endif
