/* SPDX-License-Identifier: 0BSD */
#include "noise.h"

/* Xorshift: 32 bits of state, and good enough for noise. */
static uint32_t next_random(struct noise *noise)
{
    noise->random ^= noise->random << 13 & 0xFFFFFFFF;
    noise->random ^= noise->random >> 17;
    noise->random ^= noise->random << 5 & 0xFFFFFFFF;
    return noise->random;
}

/* 0 to 2 * one_of - 2 bytes between two hits, all equally likely. */
static void choose_next_hit(struct noise *noise)
{
    noise->until_hit = next_random(noise) % (2 * noise->one_of - 1);
}

void noise_init(struct noise *noise, uint32_t one_of, uint32_t kinds, uint32_t seed)
{
    noise->one_of = one_of < UINT32_MAX / 2 ? one_of : UINT32_MAX / 2;
    noise->kinds = kinds;
    noise->random = seed != 0x9E3779B9 ? seed ^ 0x9E3779B9 : 1;
    noise->hits = 0;
    if (one_of > 0)
        choose_next_hit(noise);
}

static enum noise_kind choose_kind(struct noise *noise)
{
    unsigned kind;

    do
        kind = 1u << (next_random(noise) >> 8) % 3;
    while ((noise->kinds & kind) == 0);
    return (enum noise_kind)kind;
}

unsigned noise_pass(struct noise *noise, uint8_t byte, uint8_t to[2])
{
    enum noise_kind kind;

    to[0] = byte;
    if (noise->one_of == 0 || noise->until_hit-- > 0)
        return 1;
    choose_next_hit(noise);
    noise->hits++;
    kind = choose_kind(noise);
    if (kind == NOISE_DROPS)
        return 0;
    if (kind == NOISE_FLIPS) {
        to[0] = (uint8_t)(byte ^ 1u << (next_random(noise) >> 16) % 8);
        return 1;
    }
    to[0] = (uint8_t)(next_random(noise) >> 16);
    to[1] = byte;
    return 2;
}
