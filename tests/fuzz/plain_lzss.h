/* SPDX-License-Identifier: 0BSD */
/*
 * LZSS decoding with all input and all output in memory: what the decoder of examples/streaming is
 * compared with. See lzss.h for the format.
 */
#ifndef PLAIN_LZSS_H
#define PLAIN_LZSS_H

#include <stddef.h>
#include <stdint.h>

static inline unsigned plain_bits(const uint8_t *from, size_t bit, unsigned count)
{
    unsigned value = 0;

    for (; count > 0; count--, bit++)
        value = value << 1 | (from[bit / 8] >> (7 - bit % 8) & 1u);
    return value;
}

/* Up to where the bits do not suffice for a token. Where `to` is NULL it counts only. */
static inline size_t plain_lzss(const uint8_t *from, size_t from_size, unsigned window,
                                unsigned lookahead, uint8_t *to)
{
    size_t bit = 0, bits = 8 * from_size, size = 0, distance, length;
    unsigned copy = 1 + window + lookahead, literal = 9;

    while (bit < bits && bits - bit >= (plain_bits(from, bit, 1) ? literal : copy)) {
        if (plain_bits(from, bit, 1)) {
            if (to)
                to[size] = (uint8_t)plain_bits(from, bit + 1, 8);
            size++;
            bit += literal;
            continue;
        }
        distance = plain_bits(from, bit + 1, window) + 1;
        length = plain_bits(from, bit + 1 + window, lookahead) + 1;
        for (; length > 0; length--, size++)
            if (to)
                to[size] = size < distance ? 0 : to[size - distance];
        bit += copy;
    }
    return size;
}

#endif
