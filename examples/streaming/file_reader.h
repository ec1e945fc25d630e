/* SPDX-License-Identifier: 0BSD */
/*
 * Reads a file and yields it in spans. The file is open only while the generator lives: opened by
 * its first step, closed when it ends, however it ends.
 *
 * Raises STREAM_E_INPUT and STREAM_E_READ; `cause` is errno then.
 */
#ifndef FILE_READER_H
#define FILE_READER_H

#include "stream.h"

#include <stdio.h>

#ifndef FILE_READER_CHUNK
#define FILE_READER_CHUNK 512
#endif

struct file_reader {
    AGEN_YIELDS(struct agen_chunk);
    const char *path;
    FILE *file; /* NULL while not open */
    int cause;
    size_t size;
    uint8_t chunk[FILE_READER_CHUNK];
};

AGEN_DECLARE(file_reader);
void file_reader_init(struct file_reader *self, const char *path);

#endif
