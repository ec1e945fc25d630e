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

/* Where the index has the last position at which these two bytes stood. */
static unsigned hash(unsigned first, unsigned second)
{
    return ((first << 8 | second) * 40503u & 0xFFFF) / (0x10000 / LZSS_ENCODER_HASHES);
}

/* Moves input into the ring as far as there is room. False: there was none left. */
static bool take_input(struct lzss_encoder *self)
{
    unsigned mask = 2 * window_size(self) - 1, end = self->position + self->ahead;
    size_t room = window_size(self) - self->ahead;
    size_t count = self->input.size < room ? self->input.size : room, i;
    const uint8_t *data = self->input.data;
    uint8_t *ring = self->ring;

    if (self->input.size == 0)
        return false;
    for (i = 0; i < count; i++)
        ring[(end + i) & mask] = data[i];
    self->ahead = (uint16_t)(self->ahead + count);
    self->input.data += count;
    self->input.size -= count;
    return true;
}

/* The longest match in the window, among the nearest candidates; of several, the nearest. */
static struct match find_match(const struct lzss_encoder *self, unsigned candidate)
{
    unsigned limit = self->ahead < longest_match(self) ? self->ahead : longest_match(self);
    unsigned position = self->position, mask = 2 * window_size(self) - 1;
    unsigned distance, length, nearest = 1, tries;
    unsigned behind = self->behind, window = window_size(self);
    const uint8_t *ring = self->ring;
    struct match best = { 0, 1 }; /* what is not longer than a byte is of no use */

    for (tries = LZSS_ENCODER_TRIES; tries > 0 && best.length < limit; tries--) {
        distance = (position - candidate) & 0xFFFF;
        if (distance < nearest || distance > behind)
            break; /* the end of the chain, or a stale part of the index */
        nearest = distance + 1;
        /* A longer one has the same byte at the end of the best so far: few have. */
        if (ring[(candidate + best.length) & mask]
            == ring[(position + best.length) & mask]) {
            length = 0;
            while (length < limit
                   && ring[(candidate + length) & mask]
                          == ring[(position + length) & mask])
                length++;
            if (length > best.length) {
                best.distance = distance;
                best.length = length;
            }
        }
        candidate = self->previous[candidate & (window - 1)];
    }
    return best;
}

static void put_bits(struct lzss_encoder *self, unsigned count, uint32_t value)
{
    uint32_t bits = self->bits << count | value;
    unsigned n = self->bit_count + count;

    for (; n >= 8; self->chunk_size++) {
        n -= 8;
        self->chunk[self->chunk_size] = (uint8_t)(bits >> n);
    }
    self->bits = bits;
    self->bit_count = (uint8_t)n;
}

static void pad_last_byte(struct lzss_encoder *self)
{
    if (self->bit_count > 0)
        put_bits(self, 8u - self->bit_count, 0);
}

/* Goes on by some bytes, which become candidates for later matches. */
static void advance(struct lzss_encoder *self, unsigned count)
{
    unsigned window = window_size(self), mask = 2 * window - 1;
    unsigned position = self->position, end = position + count;
    unsigned indexed = count < self->ahead ? end : end - 1; /* a pair has two bytes */
    const uint8_t *ring = self->ring;
    uint8_t first = ring[position & mask], second;

    for (; position != indexed; position++) {
        uint16_t *last;

        second = ring[(position + 1) & mask];
        last = &self->last[hash(first, second)];
        self->previous[position & (window - 1)] = *last;
        *last = (uint16_t)position;
        first = second;
    }
    self->position = (uint16_t)end;
    self->ahead = (uint16_t)(self->ahead - count);
    self->behind = (uint16_t)(self->behind + count < window ? self->behind + count : window);
}

static void encode_token(struct lzss_encoder *self)
{
    unsigned match_bits = 1u + self->window + self->lookahead;
    struct match match = { 0, 1 };

    if (self->ahead >= 2)
        match = find_match(self, self->last[hash(*at(self, self->position),
                                                 *at(self, self->position + 1u))]);
    if (match.distance > 0 && match.length * LITERAL_BITS > match_bits) {
        put_bits(self, match_bits,
                 (uint32_t)(match.distance - 1) << self->lookahead | (match.length - 1));
    } else {
        put_bits(self, LITERAL_BITS, (uint32_t)LITERAL_TAG | *at(self, self->position));
        match.length = 1;
    }
    advance(self, match.length);
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
