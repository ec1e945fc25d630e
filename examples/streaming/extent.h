/* SPDX-License-Identifier: 0BSD */
/*
 * An extent is a run of plain bytes and its position in the file. Extents come in order, but there
 * may be gaps between them.
 */
#ifndef EXTENT_H
#define EXTENT_H

#include "stream.h"

/* An empty extent ends the data: its position is the size of the whole. */
struct extent {
    uint32_t position;
    struct agen_chunk bytes;
};

/* A generator that yields `struct extent`: see stream.h. */
struct extent_source {
    agen_t *generator;
    const struct extent *value;
};

#define EXTENT_SOURCE(g) ((struct extent_source){ (agen_t *)(g), &(g)->value })

#endif
