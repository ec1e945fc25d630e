/* SPDX-License-Identifier: 0BSD */
#include "file_reader.h"

#include <errno.h>

void file_reader_init(struct file_reader *self, const char *path)
{
    AGEN_NEW(self, file_reader, .path = path);
}

static bool open_file(struct file_reader *self)
{
    errno = 0;
    self->file = fopen(self->path, "rb");
    self->cause = errno;
    return self->file != NULL;
}

static void close_file(struct file_reader *self)
{
    (void)fclose(self->file); /* it was only read: nothing is lost if this fails */
    self->file = NULL;
}

/* False: the end of the file, or an error. */
static bool read_chunk(struct file_reader *self)
{
    errno = 0;
    self->size = fread(self->chunk, 1, sizeof self->chunk, self->file);
    self->cause = errno;
    return self->size > 0;
}

AGEN_EXTERN(file_reader, self)
{
    AGEN_BEGIN(self);
    if (!open_file(self))
        AGEN_RAISE(self, STREAM_E_INPUT);
    AGEN_TRY(self) {
        while (read_chunk(self))
            AGEN_YIELD(self, (struct agen_chunk){ self->chunk, self->size });
        if (ferror(self->file))
            AGEN_RAISE(self, STREAM_E_READ);
    } AGEN_FINALLY(self) {
        close_file(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}
