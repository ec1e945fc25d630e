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

/* The byte at a position; the ring holds the window behind and as much ahead. */
static uint8_t *at(struct lzss_encoder *self, unsigned position)
{
    return &self->ring[position & (2 * window_size(self) - 1)];
}

static uint16_t *last_alike(struct lzss_encoder *self, unsigned position)
{
    unsigned hash = *at(self, position) * 33u ^ *at(self, position + 1) * 7u;

    return &self->last[hash % LZSS_ENCODER_HASHES];
}

static uint16_t *previous_alike(struct lzss_encoder *self, unsigned position)
{
    return &self->previous[position & (window_size(self) - 1)];
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

static unsigned match_length(struct lzss_encoder *self, unsigned candidate, unsigned limit)
{
    unsigned length = 0;

    while (length < limit && *at(self, candidate + length) == *at(self, self->position + length))
        length++;
    return length;
}

/* The longest match in the window, among the nearest candidates; of several, the nearest. */
static struct match find_match(struct lzss_encoder *self)
{
    unsigned limit = self->ahead < longest_match(self) ? self->ahead : longest_match(self);
    struct match best = { 0, 0 };
    unsigned candidate, distance, length, nearest = 1, tries;

    if (self->ahead < 2)
        return best;
    candidate = *last_alike(self, self->position);
    for (tries = LZSS_ENCODER_TRIES; tries > 0 && best.length < limit; tries--) {
        distance = (self->position - candidate) & 0xFFFF;
        if (distance < nearest || distance > self->behind)
            break; /* the end of the chain, or a stale part of the index */
        length = match_length(self, candidate, limit);
        if (length > best.length) {
            best.distance = distance;
            best.length = length;
        }
        candidate = *previous_alike(self, candidate);
        nearest = distance + 1;
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
        *previous_alike(self, self->position) = *last_alike(self, self->position);
        *last_alike(self, self->position) = self->position;
    }
    self->position++;
    self->ahead--;
    if (self->behind < window_size(self))
        self->behind++;
}

static void encode_token(struct lzss_encoder *self)
{
    unsigned match_bits = 1u + self->window + self->lookahead;
    struct match match = find_match(self);

    if (match.length * LITERAL_BITS > match_bits) {
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
