/* SPDX-License-Identifier: 0BSD */
#include "lzss_decoder.h"

enum { LITERAL_BITS = 9 };

void lzss_decoder_init(struct lzss_decoder *self, struct byte_source source, unsigned window,
                       unsigned lookahead)
{
    AGEN_NEW(self, lzss_decoder, .source = source, .window = (uint8_t)window,
             .lookahead = (uint8_t)lookahead);
}

static unsigned ring_size(const struct lzss_decoder *self)
{
    return 1u << self->window;
}

/*
 * Decodes what the span from the source has, until the ring is full: true; or the span is used up:
 * false. No yield is inside, so what is used for each byte is in locals, which compilers keep in
 * registers. A token has 24 bits at most, so that a byte always fits on top of what is too little
 * for one.
 */
static bool decode(struct lzss_decoder *self)
{
    const uint8_t *data = self->source.value->data;
    size_t next = self->next, size = self->source.value->size;
    uint8_t *ring = self->ring;
    uint32_t bits = self->bits;
    unsigned bit_count = self->bit_count, lookahead = self->lookahead, mask = ring_size(self) - 1;
    unsigned copy_bits = 1u + self->window + lookahead, need, literal;
    unsigned end = self->end, distance = self->distance, length = self->length;

    for (;;) {
        for (; length > 0 && end <= mask; length--, end++)
            ring[end] = ring[(end - distance) & mask];
        if (end > mask)
            break;
        for (;;) { /* until there is a token */
            literal = bit_count > 0 ? bits >> (bit_count - 1) & 1 : 0;
            need = literal ? LITERAL_BITS : copy_bits;
            if (bit_count >= need || next == size)
                break;
            bits = bits << 8 | data[next++];
            bit_count += 8;
        }
        if (bit_count < need)
            break;
        bit_count -= need;
        if (literal) {
            ring[end++] = (uint8_t)(bits >> bit_count);
        } else {
            length = (unsigned)(bits >> bit_count & ((1u << lookahead) - 1)) + 1;
            distance = (unsigned)(bits >> bit_count >> lookahead & mask) + 1;
        }
    }
    self->next = next;
    self->bits = bits;
    self->bit_count = (uint8_t)bit_count;
    self->end = (uint16_t)end;
    self->distance = (uint16_t)distance;
    self->length = (uint16_t)length;
    return end > mask;
}

static struct agen_chunk take_fresh(struct lzss_decoder *self)
{
    struct agen_chunk fresh = { self->ring + self->fresh, (size_t)(self->end - self->fresh) };

    if (self->end == ring_size(self))
        self->end = 0;
    self->fresh = self->end;
    return fresh;
}

AGEN_EXTERN(lzss_decoder, self)
{
    AGEN_BEGIN(self);
    if (!lzss_valid(self->window, self->lookahead)) {
        AGEN_CLOSE(self, self->source.generator);
        AGEN_RAISE(self, STREAM_E_PARAMETERS);
    }
    AGEN_FOR_CLOSING(self, self->source.generator) {
        self->next = 0;
        while (decode(self))
            AGEN_YIELD(self, take_fresh(self));
        if (self->end > self->fresh)
            AGEN_YIELD(self, take_fresh(self));
    } AGEN_END_FOR(self);
    AGEN_END(self);
}
