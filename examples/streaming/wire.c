/* SPDX-License-Identifier: 0BSD */
#include "wire.h"

/* Xorshift: 32 bits of state, and good enough for noise. */
static uint32_t next_random(struct wire *self)
{
    self->random ^= self->random << 13 & 0xFFFFFFFF;
    self->random ^= self->random >> 17;
    self->random ^= self->random << 5 & 0xFFFFFFFF;
    return self->random;
}

/* Bytes between two hits: 0 to 2 * noise - 2, all equally likely, so that one of `noise` is hit. */
static void choose_next_hit(struct wire *self)
{
    self->until_hit = next_random(self) % (2 * self->noise - 1);
}

void wire_init(struct wire *self, struct byte_source source, uint32_t noise, uint32_t seed)
{
    AGEN_NEW(self, wire, .source = source,
             .noise = noise < WIRE_NOISE_MAX ? noise : WIRE_NOISE_MAX);
    self->random = (seed ^ 0x9E3779B9) != 0 ? seed ^ 0x9E3779B9 : 1; /* not for 0 alone */
    if (noise > 0)
        choose_next_hit(self);
}

static struct agen_chunk take(struct wire *self, size_t size)
{
    struct agen_chunk taken = { self->rest.data, size };

    self->rest.data += size;
    self->rest.size -= size;
    self->size += size;
    return taken;
}

/* What is left of the span, as far as no hit is due. */
static struct agen_chunk take_unharmed(struct wire *self)
{
    size_t size = self->rest.size;

    if (self->noise > 0) {
        if (size > self->until_hit)
            size = (size_t)self->until_hit;
        self->until_hit -= (uint32_t)size;
    }
    return take(self, size);
}

static struct agen_chunk take_hit(struct wire *self)
{
    struct agen_chunk hit = { &self->hit, 1 };

    self->hit = (uint8_t)(*take(self, 1).data ^ 1u << (next_random(self) >> 16) % 8);
    self->flipped++;
    choose_next_hit(self);
    return hit;
}

static bool hit_is_due(const struct wire *self)
{
    return self->noise > 0 && self->until_hit == 0;
}

AGEN_EXTERN(wire, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR_CLOSING(self, self->source.generator) {
        self->rest = *self->source.value;
        while (self->rest.size > 0) {
            if (hit_is_due(self))
                AGEN_YIELD(self, take_hit(self));
            else
                AGEN_YIELD(self, take_unharmed(self));
        }
    } AGEN_END_FOR(self);
    AGEN_END(self);
}
