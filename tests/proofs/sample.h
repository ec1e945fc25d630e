/* SPDX-License-Identifier: 0BSD */
/*
 * For a harness of cbmc where that is not installed: runs it with values that are drawn, mostly near
 * the ends of their ranges. That is a test and no proof, and says so.
 */
#ifndef SAMPLE_H
#define SAMPLE_H

#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>

enum { SAMPLES = 2000000 };

static jmp_buf next_sample;
static uint64_t sample_state = 1;

static uint64_t sample(void)
{
    static const uint64_t ends[] = { 0, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF,
                                     0x80000000, 0xFFFF8000, 0xFFFFFFFF };
    uint64_t drawn;

    sample_state ^= sample_state << 13;
    sample_state ^= sample_state >> 7;
    sample_state ^= sample_state << 17;
    drawn = sample_state >> 8;
    return drawn % 4 == 0 ? drawn >> 2 : ends[drawn / 4 % 11] + drawn / 64 % 9 - 4;
}

#define __CPROVER_assume(condition) \
    do { \
        if (!(condition)) \
            longjmp(next_sample, 1); \
    } while (0)
#define nondet_int() ((int)(uint32_t)sample())
#define nondet_byte() ((uint8_t)sample())
#define nondet_word() ((uint16_t)sample())
#define nondet_short() ((int16_t)(uint16_t)sample())
#define nondet_ticks() ((agen_ticks)sample())

static void sampled(void (*check)(void))
{
    volatile int i;

    for (i = 0; i < SAMPLES; i++)
        if (setjmp(next_sample) == 0)
            check();
}
#define EACH(check) sampled(check)

#endif
