/* SPDX-License-Identifier: 0BSD */
/*
 * Compresses a stream of bytes section by section: see section.h. A section ends with the first
 * span of the source that brings it to `section_size` plain bytes or more.
 *
 * Two generators inside: `section` lends a section's worth of the source to `encoder`, which takes
 * it for a whole stream and is made new for each.
 *
 * Raises STREAM_E_PARAMETERS, STREAM_E_TOO_LONG.
 */
#ifndef COMPRESSOR_H
#define COMPRESSOR_H

#include "lzss_encoder.h"
#include "section.h"

/* Yields the span that the source yielded last, and further ones until the section is complete. */
struct plain_section {
    AGEN_YIELDS(struct agen_chunk);
    struct byte_source source; /* not closed: the next section goes on with it */
    uint32_t size, size_wanted, size_max;
};

struct compressor {
    AGEN_YIELDS(struct part);
    struct byte_source source;
    uint8_t window, lookahead;
    bool first;
    uint32_t section_size;
    uint32_t origin;
    struct plain_section section;
    struct lzss_encoder encoder;
};

AGEN_DECLARE(compressor);
void compressor_init(struct compressor *self, struct byte_source source, unsigned window,
                     unsigned lookahead, uint32_t section_size);

#endif
