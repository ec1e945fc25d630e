/* SPDX-License-Identifier: 0BSD */
#include "lzss_encoder.h"

struct match {
    unsigned distance, length;
};

enum { LITERAL_TAG = 1 << 8, LITERAL_BITS = 9, TOKEN_BYTES_MAX = 4 };

void lzss_encoder_init(struct lzss_encoder *self, struct byte_source source, unsigned window,
                       unsigned lookahead)
{
    AGEN_NEW(self, lzss_encoder, .source = source, .window = (uint8_t)window,
             .lookahead = (uint8_t)lookahead);
}

static unsigned window_size(const struct lzss_encoder *self)
{
    return 1u << self->window;
}

static unsigned longest_match(const struct lzss_encoder *self)
{
    return 1u << self->lookahead;
}

/* The byte at a position. The ring holds the window before it and as much after it. */
static uint8_t *at(struct lzss_encoder *self, unsigned position)
{
    return &self->ring[position & (2 * window_size(self) - 1)];
}

static uint16_t *last_alike(struct lzss_encoder *self, unsigned position)
{
    uint32_t pair = (uint32_t)*at(self, position) << 8 | *at(self, position + 1);

    return &self->last[(pair * 40503u & 0xFFFF) / (0x10000 / LZSS_ENCODER_HASHES)];
}

/* Moves input into the ring as far as there is room. False: there was none left. */
static bool take_input(struct lzss_encoder *self)
{
    if (self->input.size == 0)
        return false;
    while (self->input.size > 0 && self->ahead < window_size(self)) {
        *at(self, (unsigned)self->position + self->ahead) = *self->input.data;
        self->ahead++;
        self->input.data++;
        self->input.size--;
    }
    return true;
}

/* The longest match in the window, among the nearest candidates; of several, the nearest. */
static struct match find_match(const struct lzss_encoder *self, unsigned candidate)
{
    unsigned limit = self->ahead < longest_match(self) ? self->ahead : longest_match(self);
    unsigned position = self->position, mask = 2 * window_size(self) - 1;
    unsigned distance, length, nearest = 1, tries;
    struct match best = { 0, 1 }; /* what is not longer than a byte is of no use */

    for (tries = LZSS_ENCODER_TRIES; tries > 0 && best.length < limit; tries--) {
        distance = (position - candidate) & 0xFFFF;
        if (distance < nearest || distance > self->behind)
            break; /* the end of the chain, or a stale part of the index */
        nearest = distance + 1;
        /* A longer one has the same byte at the end of the best so far: few have. */
        if (self->ring[(candidate + best.length) & mask]
            == self->ring[(position + best.length) & mask]) {
            length = 0;
            while (length < limit
                   && self->ring[(candidate + length) & mask]
                          == self->ring[(position + length) & mask])
                length++;
            if (length > best.length) {
                best.distance = distance;
                best.length = length;
            }
        }
        candidate = self->previous[candidate & (window_size(self) - 1)];
    }
    return best;
}

static void put_bits(struct lzss_encoder *self, unsigned count, uint32_t value)
{
    self->bits = self->bits << count | value;
    self->bit_count = (uint8_t)(self->bit_count + count);
    while (self->bit_count >= 8) {
        self->bit_count = (uint8_t)(self->bit_count - 8);
        self->chunk[self->chunk_size++] = (uint8_t)(self->bits >> self->bit_count);
    }
}

static void pad_last_byte(struct lzss_encoder *self)
{
    if (self->bit_count > 0)
        put_bits(self, 8u - self->bit_count, 0);
}

/* Goes on by one byte, which becomes a candidate for later matches. */
static void advance(struct lzss_encoder *self)
{
    if (self->ahead >= 2) {
        uint16_t *last = last_alike(self, self->position);

        self->previous[self->position & (window_size(self) - 1)] = *last;
        *last = self->position;
    }
    self->position++;
    self->ahead--;
    if (self->behind < window_size(self))
        self->behind++;
}

static void encode_token(struct lzss_encoder *self)
{
    unsigned match_bits = 1u + self->window + self->lookahead;
    struct match match = { 0, 1 };

    if (self->ahead >= 2)
        match = find_match(self, *last_alike(self, self->position));
    if (match.distance > 0 && match.length * LITERAL_BITS > match_bits) {
        put_bits(self, match_bits,
                 (uint32_t)(match.distance - 1) << self->lookahead | (match.length - 1));
    } else {
        put_bits(self, LITERAL_BITS, (uint32_t)LITERAL_TAG | *at(self, self->position));
        match.length = 1;
    }
    while (match.length-- > 0)
        advance(self);
}

static bool chunk_is_full(const struct lzss_encoder *self)
{
    return self->chunk_size > sizeof self->chunk - TOKEN_BYTES_MAX;
}

static struct agen_chunk take_chunk(struct lzss_encoder *self)
{
    struct agen_chunk chunk = { self->chunk, self->chunk_size };

    self->chunk_size = 0;
    return chunk;
}

AGEN_EXTERN(lzss_encoder, self)
{
    AGEN_BEGIN(self);
    if (!lzss_valid(self->window, self->lookahead)) {
        AGEN_CLOSE(self, self->source.generator);
        AGEN_RAISE(self, STREAM_E_PARAMETERS);
    }
    AGEN_FOR_CLOSING(self, self->source.generator) {
        self->input = *self->source.value;
        while (take_input(self)) {
            while (self->ahead >= longest_match(self)) { /* what is less waits for more input */
                encode_token(self);
                if (chunk_is_full(self))
                    AGEN_YIELD(self, take_chunk(self));
            }
        }
    } AGEN_END_FOR(self);
    while (self->ahead > 0) {
        encode_token(self);
        if (chunk_is_full(self))
            AGEN_YIELD(self, take_chunk(self));
    }
    pad_last_byte(self);
    if (self->chunk_size > 0)
        AGEN_YIELD(self, take_chunk(self));
    AGEN_END(self);
}
