/* SPDX-License-Identifier: 0BSD */
#include "hand_decoder.h"

enum { NEEDS_INPUT, DECODES };

static int hand_out(struct hand_decoder *self, unsigned ring_size)
{
    self->value.data = self->ring + self->fresh;
    self->value.size = (size_t)(self->end - self->fresh);
    if (self->end == ring_size)
        self->end = 0;
    self->fresh = self->end;
    return 1;
}

/* The bit loop of lzss_decoder, over locals, too. Whether the ring is full, or else the input is used up. */
static int decode(struct hand_decoder *self)
{
    const uint8_t *next = self->next, *input_end = self->input_end;
    uint8_t *ring = self->ring;
    uint32_t bits = self->bits;
    unsigned bit_count = self->bit_count, lookahead = self->lookahead, mask = (1u << self->window) - 1;
    unsigned copy_bits = 1u + self->window + lookahead, need, literal;
    unsigned end = self->end, distance = self->distance, length = self->length;

    for (;;) {
        for (; length > 0 && end <= mask; length--, end++)
            ring[end] = ring[(end - distance) & mask];
        if (end > mask)
            break;
        for (;;) {
            literal = bit_count > 0 && (bits >> (bit_count - 1) & 1);
            need = literal ? 9 : copy_bits;
            if (bit_count >= need || next == input_end)
                break;
            bits = bits << 8 | *next++;
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

int hand_decoder_step(struct hand_decoder *self)
{
    unsigned ring_size = 1u << self->window;

    for (;;) {
        if (self->state == NEEDS_INPUT) {
            if (!self->source->step(self->source))
                return 0;
            self->next = self->source->value.data;
            self->input_end = self->next + self->source->value.size;
            self->state = DECODES;
        }
        if (decode(self))
            return hand_out(self, ring_size);
        self->state = NEEDS_INPUT;
        if (self->end > self->fresh)
            return hand_out(self, ring_size);
    }
}

int hand_points_step(struct hand_points *self)
{
    const uint8_t *next = self->next;
    uint32_t point = self->point;
    unsigned missing = self->missing;

    for (;;) {
        if (next == self->end) {
            if (!self->source->step(self->source)) {
                self->missing = 0;
                self->next = self->end;
                self->value = 0xFFFD;
                return missing != 0;
            }
            next = self->source->value.data;
            self->end = next + self->source->value.size;
            continue;
        }
        if (missing) {
            if (*next >> 6 == 2) {
                point = point << 6 | (*next++ & 63);
                if (--missing)
                    continue;
            } else {
                point = 0xFFFD;
                missing = 0;
            }
        } else {
            point = *next++;
            if (point >= 0xC0 && point < 0xF8) {
                missing = point < 0xE0 ? 1 : point < 0xF0 ? 2 : 3;
                point &= 0x3F >> missing;
                continue;
            }
            if (point >= 0x80)
                point = 0xFFFD;
        }
        self->next = next;
        self->point = point;
        self->missing = (uint8_t)missing;
        self->value = point;
        return 1;
    }
}
