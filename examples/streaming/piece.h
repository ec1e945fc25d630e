/* SPDX-License-Identifier: 0BSD */
/* Pieces of data, each with its place: in order, but there may be gaps between them. */
#ifndef PIECE_H
#define PIECE_H

#include "stream.h"

/* An empty piece ends the data: its place is the size of the whole. */
struct piece {
    uint32_t position;
    struct agen_chunk bytes;
};

/* A generator that yields `struct piece`: see stream.h. */
struct piece_source {
    agen_t *generator;
    const struct piece *value;
};

#define PIECE_SOURCE(g) ((struct piece_source){ (agen_t *)(g), &(g)->value })

#endif
