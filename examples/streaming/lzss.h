/* SPDX-License-Identifier: 0BSD */
/*
 * LZSS in the bit format of heatshrink: a stream of bits, most significant first, made of
 *
 *     1 bbbbbbbb                 a literal byte
 *     0 d...d l...l              copy what stood `d + 1` bytes ago, `l + 1` bytes long
 *
 * where d has `window` bits and l has `lookahead` bits. A copy may reach into what it is just
 * writing, and back before the start, where there are zeros. The last byte is filled up with zero
 * bits, too few for a copy. Both sides must agree on window and lookahead: the stream does not name
 * them. A longer window finds more, but each copy needs more bits for its distance.
 */
#ifndef LZSS_H
#define LZSS_H

#include <stdbool.h>

/* The largest window that buffers are made for. A small machine chooses less, and saves RAM. */
#ifndef LZSS_WINDOW_MAX
#define LZSS_WINDOW_MAX 12
#endif

#if LZSS_WINDOW_MAX < 4 || LZSS_WINDOW_MAX > 12
#error "LZSS_WINDOW_MAX is 4 to 12 bits"
#endif

enum { LZSS_WINDOW_MIN = 4, LZSS_LOOKAHEAD_MIN = 3 };

/* What windows and lookaheads there are, in bits. */
static inline bool lzss_valid(unsigned window, unsigned lookahead)
{
    return window >= LZSS_WINDOW_MIN && window <= LZSS_WINDOW_MAX
        && lookahead >= LZSS_LOOKAHEAD_MIN && lookahead < window;
}

#endif
