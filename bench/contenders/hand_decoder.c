#include "hand_decoder.h"

enum { NEEDS_INPUT, HAS_INPUT, HAS_TOKENS, COPIES };

static int hand_out(struct hand_decoder *self, unsigned ring_size)
{
    self->value.data = self->ring + self->fresh;
    self->value.size = (size_t)(self->end - self->fresh);
    if (self->end == ring_size)
        self->end = 0;
    self->fresh = self->end;
    return 1;
}

int hand_decoder_step(struct hand_decoder *self)
{
    unsigned ring_size = 1u << self->window, copy_bits = 1u + self->window + self->lookahead, need, literal;

    for (;;) {
        switch (self->state) {
        case NEEDS_INPUT:
            if (self->end > self->fresh)
                return hand_out(self, ring_size);
            if (!self->source->step(self->source))
                return 0;
            self->next = self->source->value.data;
            self->input_end = self->next + self->source->value.size;
            self->state = HAS_INPUT; /* fall through */
        case HAS_INPUT:
            if (self->next == self->input_end) {
                self->state = NEEDS_INPUT;
                break;
            }
            self->bits = self->bits << 8 | *self->next++;
            self->bit_count = (uint8_t)(self->bit_count + 8);
            self->state = HAS_TOKENS; /* fall through */
        case HAS_TOKENS:
            if (self->bit_count == 0) {
                self->state = HAS_INPUT;
                break;
            }
            literal = self->bits >> (self->bit_count - 1) & 1;
            need = literal ? 9 : copy_bits;
            if (self->bit_count < need) {
                self->state = HAS_INPUT;
                break;
            }
            self->bit_count = (uint8_t)(self->bit_count - need);
            if (literal) {
                self->ring[self->end++] = (uint8_t)(self->bits >> self->bit_count);
                if (self->end == ring_size)
                    return hand_out(self, ring_size);
                break;
            }
            self->length = (uint16_t)((self->bits >> self->bit_count & ((1u << self->lookahead) - 1)) + 1);
            self->distance = (uint16_t)((self->bits >> self->bit_count >> self->lookahead & (ring_size - 1)) + 1);
            self->state = COPIES; /* fall through */
        case COPIES:
            for (; self->length > 0 && self->end < ring_size; self->length--) {
                self->ring[self->end] = self->ring[(self->end - self->distance) & (ring_size - 1)];
                self->end++;
            }
            if (self->length == 0)
                self->state = HAS_TOKENS;
            if (self->end == ring_size)
                return hand_out(self, ring_size);
        }
    }
}
