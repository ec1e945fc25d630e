/* SPDX-License-Identifier: 0BSD */
/*
 * A packed image, as pack.c makes it: this header, and what LZSS makes of the image, see lzss.h in
 * examples/streaming. Numbers have their low byte first.
 *
 *     0   "AGZ1"
 *     4   window and lookahead of LZSS, in bits; two bytes of 0
 *     8   size of the image, 4 bytes
 *     12  CRC-32 of the image, 4 bytes
 */
#ifndef PACKED_H
#define PACKED_H

#define PACKED_MAGIC "AGZ1"

enum {
    PACKED_MAGIC_SIZE = 4,
    PACKED_WINDOW = 4,
    PACKED_LOOKAHEAD = 5,
    PACKED_SIZE = 8,
    PACKED_CRC = 12,
    PACKED_HEADER = 16
};

#endif
