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

static void put_byte(struct lzss_decoder *self, uint8_t byte)
{
    self->ring[self->end++] = byte;
}

/* A token has 24 bits at most, so that a byte always fits on top of what is too little for one. */
static void take_byte(struct lzss_decoder *self, uint8_t byte)
{
    self->bits = self->bits << 8 | byte;
    self->bit_count = (uint8_t)(self->bit_count + 8);
}

static unsigned take_bits(struct lzss_decoder *self, unsigned count)
{
    self->bit_count = (uint8_t)(self->bit_count - count);
    return (unsigned)(self->bits >> self->bit_count) & ((1u << count) - 1);
}

/*
 * A literal goes to the ring at once; a copy is left in distance and length. False: needs more
 * bits.
 */
static bool take_token(struct lzss_decoder *self)
{
    bool literal;

    if (self->bit_count == 0)
        return false;
    literal = self->bits >> (self->bit_count - 1) & 1;
    if (self->bit_count < (literal ? LITERAL_BITS : 1 + self->window + self->lookahead))
        return false;
    (void)take_bits(self, 1);
    if (literal) {
        put_byte(self, (uint8_t)take_bits(self, 8));
    } else {
        self->distance = (uint16_t)(take_bits(self, self->window) + 1);
        self->length = (uint16_t)(take_bits(self, self->lookahead) + 1);
    }
    return true;
}

/* Goes on with the copy, if there is one, to its end or to the end of the ring. */
static void copy(struct lzss_decoder *self)
{
    for (; self->length > 0 && self->end < ring_size(self); self->length--)
        put_byte(self, self->ring[(self->end - self->distance) & (ring_size(self) - 1)]);
}

static bool ring_is_full(const struct lzss_decoder *self)
{
    return self->end == ring_size(self);
}

static struct agen_chunk take_fresh(struct lzss_decoder *self)
{
    struct agen_chunk fresh = { self->ring + self->fresh, (size_t)(self->end - self->fresh) };

    if (ring_is_full(self))
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
        for (self->next = 0; self->next < self->source.value->size; self->next++) {
            take_byte(self, self->source.value->data[self->next]);
            while (take_token(self)) {
                do {
                    copy(self);
                    if (ring_is_full(self))
                        AGEN_YIELD(self, take_fresh(self));
                } while (self->length > 0);
            }
        }
        if (self->end > self->fresh)
            AGEN_YIELD(self, take_fresh(self));
    } AGEN_END_FOR(self);
    AGEN_END(self);
}
