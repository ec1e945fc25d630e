/* SPDX-License-Identifier: 0BSD */
/*
 * Noise: harms about one of `one_of` bytes that pass (0: none). A byte is flipped in one bit, is
 * dropped, or gets one inserted in front of it. The same seed does the same harm.
 */
#ifndef NOISE_H
#define NOISE_H

#include <stdint.h>

enum noise_kind { NOISE_FLIPS = 1, NOISE_DROPS = 2, NOISE_INSERTS = 4, NOISE_ALL = 7 };

struct noise {
    uint32_t one_of, kinds;
    uint32_t random; /* never 0 */
    uint32_t until_hit;
    uint32_t hits;
};

void noise_init(struct noise *noise, uint32_t one_of, uint32_t kinds, uint32_t seed);
/* Puts what becomes of the byte into `to` and answers how many that are: 0 to 2. */
unsigned noise_pass(struct noise *noise, uint8_t byte, uint8_t to[2]);

#endif
