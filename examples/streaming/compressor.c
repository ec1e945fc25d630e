/* SPDX-License-Identifier: 0BSD */
#include "compressor.h"

void compressor_init(struct compressor *self, struct byte_source source, unsigned window,
                     unsigned lookahead, uint32_t block_size)
{
    AGEN_NEW(self, compressor, .source = source, .window = (uint8_t)window,
             .lookahead = (uint8_t)lookahead, .block_size = block_size);
}

AGEN(plain_block, self)
{
    AGEN_BEGIN(self);
    do {
        if (self->source.value->size > self->size_max - self->size)
            AGEN_RAISE(self, STREAM_E_TOO_LONG);
        self->size += (uint32_t)self->source.value->size;
        AGEN_YIELD(self, *self->source.value);
        if (self->size >= self->size_wanted)
            AGEN_RETURN(self);
        AGEN_NEXT(self, self->source.generator);
    } while (!agen_done(self->source.generator));
    AGEN_END(self);
}

static void start_block(struct compressor *self)
{
    AGEN_NEW(&self->block, plain_block, .source = self->source,
             .size_wanted = self->block_size, .size_max = UINT32_MAX - self->origin);
    lzss_encoder_init(&self->encoder, BYTE_SOURCE(&self->block), self->window,
                      self->lookahead);
    self->first = true;
}

static struct part next_part(struct compressor *self)
{
    struct part part = { self->origin, self->first, self->encoder.value };

    self->first = false;
    return part;
}

static struct part end_part(const struct compressor *self)
{
    struct part end = { self->origin, true, { NULL, 0 } };

    return end;
}

AGEN_EXTERN(compressor, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_NEXT(self, self->source.generator);
        while (!agen_done(self->source.generator)) {
            start_block(self);
            AGEN_FOR_CLOSING(self, &self->encoder) {
                AGEN_YIELD(self, next_part(self));
            } AGEN_END_FOR(self);
            self->origin += self->block.size;
            AGEN_NEXT(self, self->source.generator);
        }
        AGEN_YIELD(self, end_part(self));
    } AGEN_FINALLY(self) {
        AGEN_CLOSE(self, self->source.generator);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}
