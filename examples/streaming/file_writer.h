/* SPDX-License-Identifier: 0BSD */
/*
 * Writes extents of data to their places in a file, and yields each when it is written. A gap
 * between two extents is skipped, never filled with a guess, and counted; only then must the file
 * allow to seek.
 *
 * The file is opened by the first step and closed when the generator ends, however it ends. Or it
 * is the caller's: then it must be empty, is flushed, and stays open.
 *
 * Raises STREAM_E_OUTPUT and STREAM_E_WRITE, and `cause` is errno then; STREAM_E_ORDER.
 */
#ifndef FILE_WRITER_H
#define FILE_WRITER_H

#include "extent.h"

#include <stdio.h>

struct file_writer {
    AGEN_YIELDS(struct extent);
    struct extent_source source;
    const char *path; /* NULL: the file is the caller's */
    FILE *file;       /* NULL while not open */
    int cause;
    uint32_t position;
    uint32_t written; /* bytes */
    uint32_t missing; /* bytes in gaps, as far as they are known */
};

AGEN_DECLARE(file_writer);
void file_writer_init(struct file_writer *self, struct extent_source source, const char *path);
void file_writer_init_open(struct file_writer *self, struct extent_source source, FILE *file);

#endif
