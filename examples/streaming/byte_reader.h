/* SPDX-License-Identifier: 0BSD */
/* Turns spans into single bytes, for a stage whose control flow depends on each. */
#ifndef BYTE_READER_H
#define BYTE_READER_H

#include "stream.h"

struct byte_reader {
    AGEN_YIELDS(uint8_t);
    struct byte_source source;
    size_t next;
};

AGEN_DECLARE(byte_reader);
void byte_reader_init(struct byte_reader *self, struct byte_source source);

#endif
