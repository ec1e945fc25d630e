/* SPDX-License-Identifier: 0BSD */
/*
 * A span of memory, handed out in pieces whose sizes are drawn before: arbitrary bytes come in
 * arbitrary pieces. It counts its starts and cleanups.
 */
#ifndef PIECES_H
#define PIECES_H

#include "fuzz.h"
#include "stream.h"

enum { SIZES = 4 };

struct pieces {
    AGEN_YIELDS(struct agen_chunk);
    struct agen_chunk rest;
    unsigned sizes[SIZES], turn; /* in turns; 0 is an empty piece */
    int starts, cleanups;
};

static inline struct agen_chunk next_piece(struct pieces *self)
{
    struct agen_chunk piece = { self->rest.data, self->sizes[self->turn++ % SIZES] };

    if (piece.size > self->rest.size)
        piece.size = self->rest.size;
    self->rest.data += piece.size;
    self->rest.size -= piece.size;
    return piece;
}

AGEN(pieces, self)
{
    AGEN_BEGIN(self);
    self->starts++;
    AGEN_TRY(self) {
        while (self->rest.size > 0)
            AGEN_YIELD(self, next_piece(self));
    } AGEN_FINALLY(self) {
        self->cleanups++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* Sizes are drawn here: at least one of them is not 0. */
static inline void pieces_init(struct pieces *self)
{
    int i;

    memset(self, 0, sizeof *self);
    agen_init(self, pieces);
    for (i = 0; i < SIZES; i++)
        self->sizes[i] = draw(40);
    self->sizes[0]++;
}

static inline void pieces_set(struct pieces *self, const uint8_t *data, size_t size)
{
    self->rest.data = data;
    self->rest.size = size;
}

/* Whoever consumed it has ended, or was closed. */
static inline void pieces_check(const struct pieces *self)
{
    MUST(self->starts <= 1 && self->cleanups == self->starts);
    MUST(agen_done(self) || self->starts == 0);
}

#endif
