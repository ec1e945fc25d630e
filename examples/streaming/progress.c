/* SPDX-License-Identifier: 0BSD */
#include "progress.h"

#include <stdio.h>

enum { BAR_WIDTH = 60 };

void progress_init(struct progress *self, struct byte_source source, uint64_t total, bool terminal)
{
    AGEN_NEW(self, progress, .source = source, .total = total, .terminal = terminal);
}

static int filled(const struct progress *self)
{
    return self->done < self->total ? (int)(self->done * BAR_WIDTH / self->total) : BAR_WIDTH;
}

static void put_marks(int count, char mark)
{
    while (count-- > 0)
        putchar(mark);
}

static void draw(struct progress *self)
{
    int width = filled(self);

    if (self->terminal) {
        printf("\r  [");
        put_marks(width, '#');
        put_marks(BAR_WIDTH - width, '.');
        printf("] %3d %%", 100 * width / BAR_WIDTH);
    } else {
        put_marks(width - self->drawn, '#');
    }
    self->drawn = width;
    fflush(stdout);
}

AGEN_EXTERN(progress, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        printf("%s", self->terminal ? "" : "  [");
        draw(self);
        AGEN_FOR_CLOSING(self, self->source.generator) {
            AGEN_YIELD(self, *self->source.value);
            self->done += self->source.value->size;
            if (filled(self) > self->drawn)
                draw(self);
        } AGEN_END_FOR(self);
    } AGEN_FINALLY(self) { /* also in front of an error message, which wants a line of its own */
        printf("%s\n\n", self->terminal ? "" : "]");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}
