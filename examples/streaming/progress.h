/* SPDX-License-Identifier: 0BSD */
/*
 * Watches the bytes that pass, and draws a bar: in its place on a terminal; elsewhere (a file, a
 * pipe) only what is new of it, so that it comes out as one line too.
 */
#ifndef PROGRESS_H
#define PROGRESS_H

#include "stream.h"

struct progress {
    AGEN_YIELDS(struct agen_chunk);
    struct byte_source source;
    uint64_t done, total;
    int drawn; /* so many marks of the bar */
    bool terminal;
};

AGEN_DECLARE(progress);
void progress_init(struct progress *self, struct byte_source source, uint64_t total, bool terminal);

#endif
