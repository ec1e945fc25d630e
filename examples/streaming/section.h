/* SPDX-License-Identifier: 0BSD */
/*
 * Sections: how a compressed stream survives the loss of a part.
 *
 * What LZSS decodes next depends on what it decoded before, so behind a gap everything would be
 * wrong. So the plain data are cut into sections, and each is compressed by itself, with an empty
 * window. A section travels in parts. If one is lost, what follows it in its section is useless and
 * is not decoded; the next section goes on at its right place, because each part names the position
 * of its section in the plain data. Shorter sections lose less, longer ones compress better.
 *
 * An empty part ends the stream: its position is the size of the whole.
 */
#ifndef SECTION_H
#define SECTION_H

#include "stream.h"

struct part {
    uint32_t origin;         /* where its section begins in the plain data */
    bool first;              /* whether its section begins with it */
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
