/* SPDX-License-Identifier: 0BSD */
#include "decompressor.h"

#include <string.h>

void decompressor_init(struct decompressor *self, struct packet_source source, unsigned window,
                       unsigned lookahead)
{
    AGEN_NEW(self, decompressor, .source = source, .window = (uint8_t)window,
             .lookahead = (uint8_t)lookahead);
}

/* What ends a block, but for the end of all: the next block, or a gap. */
static bool breaks_block(const struct packet *packet)
{
    return packet->part.first || packet->missing > 0;
}

AGEN(packed_block, self)
{
    AGEN_BEGIN(self);
    do {
        AGEN_YIELD(self, self->source.value->part.bytes);
        AGEN_NEXT(self, self->source.generator);
    } while (!agen_done(self->source.generator) && !breaks_block(self->source.value));
    AGEN_END(self);
}

static void start_block(struct decompressor *self)
{
    AGEN_NEW(&self->block, packed_block, .source = self->source);
    lzss_decoder_init(&self->decoder, BYTE_SOURCE(&self->block), self->window, self->lookahead);
    self->position = self->source.value->part.origin;
}

static struct extent next_extent(struct decompressor *self)
{
    struct extent extent = { self->position, self->decoder.value };

    self->position += (uint32_t)extent.bytes.size;
    return extent;
}

static struct extent end_extent(const struct decompressor *self)
{
    struct extent end = { self->position, { NULL, 0 } };

    return end;
}

AGEN_EXTERN(decompressor, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_NEXT(self, self->source.generator);
        while (!agen_done(self->source.generator)) {
            if (!self->source.value->part.first) { /* how its block begins is lost */
                AGEN_NEXT(self, self->source.generator);
                continue;
            }
            start_block(self);
            if (part_ends_stream(&self->source.value->part))
                AGEN_YIELD(self, end_extent(self));
            AGEN_FOR_CLOSING(self, &self->decoder) { /* and then the source is at the next one */
                AGEN_YIELD(self, next_extent(self));
            } AGEN_END_FOR(self);
        }
    } AGEN_FINALLY(self) {
        AGEN_CLOSE(self, self->source.generator);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}
