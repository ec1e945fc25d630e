/* SPDX-License-Identifier: 0BSD */
/*
 * Unpacks a packed image (packed.h): a generator that gets the blocks of a file and yields blocks
 * of the image. After the last one it ends only if size and CRC are what the header has told, and
 * raises an error otherwise. It closes its source, however it ends.
 */
#ifndef UNPACKER_H
#define UNPACKER_H

#include "lzss_decoder.h"
#include "ymodem.h"

enum unpacker_error {
    UNPACKER_E_HEADER = -32, /* this is no packed image, or its window is too large */
    UNPACKER_E_DAMAGED = -33 /* the image has not the size or the CRC that the header has told */
};

/* The bytes after the header. */
struct packed_bytes {
    AGEN_YIELDS(struct agen_chunk);
    struct ymodem_source source;
    uint8_t skip;
};

struct unpacker {
    AGEN_YIELDS(struct ymodem_block);
    struct ymodem_source source;
    struct ymodem_file file; /* of the image */
    uint32_t offset;
    uint32_t crc, crc_told;
    struct packed_bytes packed;
    struct lzss_decoder decoder;
};

AGEN_DECLARE(unpacker);
void unpacker_init(struct unpacker *self, struct ymodem_source source);

#endif
