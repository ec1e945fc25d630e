/* SPDX-License-Identifier: 0BSD */
#include "decompressor.h"

#include <string.h>

void decompressor_init(struct decompressor *self, struct packet_source source, unsigned window,
                       unsigned lookahead)
{
    AGEN_NEW(self, decompressor, .source = source, .window = (uint8_t)window,
             .lookahead = (uint8_t)lookahead);
}

/* What ends a section, but for the end of all: the next section, or a gap. */
static bool breaks_section(const struct packet *packet)
{
    return packet->part.first || packet->missing > 0;
}

AGEN(packed_section, self)
{
    AGEN_BEGIN(self);
    do {
        AGEN_YIELD(self, self->source.value->part.bytes);
        AGEN_NEXT(self, self->source.generator);
    } while (!agen_done(self->source.generator) && !breaks_section(self->source.value));
    AGEN_END(self);
}

static void start_section(struct decompressor *self)
{
    AGEN_NEW(&self->section, packed_section, .source = self->source);
    lzss_decoder_init(&self->decoder, BYTE_SOURCE(&self->section), self->window, self->lookahead);
    self->position = self->source.value->part.origin;
}

static struct piece next_piece(struct decompressor *self)
{
    struct piece piece = { self->position, self->decoder.value };

    self->position += (uint32_t)piece.bytes.size;
    return piece;
}

static struct piece end_piece(const struct decompressor *self)
{
    struct piece end = { self->position, { NULL, 0 } };

    return end;
}

AGEN_EXTERN(decompressor, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_NEXT(self, self->source.generator);
        while (!agen_done(self->source.generator)) {
            if (!self->source.value->part.first) { /* how its section begins is lost */
                AGEN_NEXT(self, self->source.generator);
                continue;
            }
            start_section(self);
            if (part_ends_stream(&self->source.value->part))
                AGEN_YIELD(self, end_piece(self));
            AGEN_FOR_CLOSING(self, &self->decoder) { /* and then the source is at the next one */
                AGEN_YIELD(self, next_piece(self));
            } AGEN_END_FOR(self);
        }
    } AGEN_FINALLY(self) {
        AGEN_CLOSE(self, self->source.generator);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}
