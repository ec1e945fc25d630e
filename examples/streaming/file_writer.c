/* SPDX-License-Identifier: 0BSD */
#include "file_writer.h"

#include <errno.h>

static void init(struct file_writer *self, struct extent_source source)
{
    AGEN_NEW(self, file_writer, .source = source);
}

void file_writer_init(struct file_writer *self, struct extent_source source, const char *path)
{
    init(self, source);
    self->path = path;
}

void file_writer_init_open(struct file_writer *self, struct extent_source source, FILE *file)
{
    init(self, source);
    self->file = file;
}

/* Keeps what errno says about a failure. */
static bool check(struct file_writer *self, bool ok)
{
    if (!ok)
        self->cause = errno;
    return ok;
}

static bool open_file(struct file_writer *self)
{
    errno = 0;
    if (self->path != NULL)
        self->file = fopen(self->path, "wb");
    return check(self, self->file != NULL);
}

/* What is buffered may turn out to be unwritable only now. */
static bool close_file(struct file_writer *self)
{
    FILE *file = self->file;

    errno = 0;
    self->file = NULL;
    return check(self, (self->path != NULL ? fclose(file) : fflush(file)) == 0);
}

/* In steps, because a gap may be larger than a long. */
static bool skip(struct file_writer *self, uint32_t gap)
{
    const uint32_t step_max = 0x40000000;
    uint32_t step;

    for (; gap > 0; gap -= step) {
        step = gap < step_max ? gap : step_max;
        errno = 0;
        if (!check(self, fseek(self->file, (long)step, SEEK_CUR) == 0))
            return false;
    }
    return true;
}

static bool write_bytes(struct file_writer *self, struct agen_chunk bytes)
{
    errno = 0;
    return check(self, fwrite(bytes.data, 1, bytes.size, self->file) == bytes.size);
}

static bool write_extent(struct file_writer *self, const struct extent *extent)
{
    uint32_t gap = extent->position - self->position;

    self->missing += gap;
    self->position = extent->position + (uint32_t)extent->bytes.size;
    if (extent->bytes.size == 0)
        return true;
    if (!skip(self, gap) || !write_bytes(self, extent->bytes))
        return false;
    self->written += (uint32_t)extent->bytes.size;
    return true;
}

AGEN_EXTERN(file_writer, self)
{
    AGEN_BEGIN(self);
    if (!open_file(self)) {
        AGEN_CLOSE(self, self->source.generator);
        AGEN_RAISE(self, STREAM_E_OUTPUT);
    }
    AGEN_TRY(self) {
        AGEN_FOR_CLOSING(self, self->source.generator) {
            if (self->source.value->position < self->position)
                AGEN_RAISE(self, STREAM_E_ORDER);
            if (!write_extent(self, self->source.value))
                AGEN_RAISE(self, STREAM_E_WRITE);
            AGEN_YIELD(self, *self->source.value);
        } AGEN_END_FOR(self);
    } AGEN_FINALLY(self) {
        if (!close_file(self))
            AGEN_RAISE(self, STREAM_E_WRITE);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}
