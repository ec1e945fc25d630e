/* SPDX-License-Identifier: 0BSD */
/*
 * Blocks: how a compressed stream survives the loss of a part.
 *
 * What LZSS decodes next depends on what it has decoded before, so all that follows a gap would be
 * wrong. Therefore the plain data are cut into blocks, and each block is compressed independently,
 * with an empty window. A block travels in parts. When a part is lost, the later parts of its block
 * cannot be decoded and are dropped. The next block is decoded and goes to its right place, because
 * each part names the position of its block in the plain data. With shorter blocks less is lost,
 * with longer ones the compression is better.
 *
 * An empty part ends the stream: its position is the size of the whole.
 */
#ifndef BLOCK_H
#define BLOCK_H

#include "stream.h"

struct part {
    uint32_t origin;         /* where its block begins in the plain data */
    bool first;              /* whether its block begins with it */
    struct agen_chunk bytes; /* compressed */
};

static inline bool part_ends_stream(const struct part *part)
{
    return part->first && part->bytes.size == 0;
}

/* A generator that yields `struct part`: see stream.h. */
struct part_source {
    agen_t *generator;
    const struct part *value;
};

#define PART_SOURCE(g) ((struct part_source){ (agen_t *)(g), &(g)->value })

#endif
