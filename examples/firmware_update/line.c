/* SPDX-License-Identifier: 0BSD */
#include "line.h"

void line_init(struct line *self, serial_pipe *from, serial_pipe *to)
{
    AGEN_NEW(self, line, .to = to);
    agen_chunks_init(&self->from, from);
    noise_init(&self->noise, 0, NOISE_ALL, 0);
}

void line_cut(struct line *self)
{
    self->cut_at = self->passed + 1;
}

AGEN_EXTERN(line, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->from) {
        for (self->next = 0; self->next < self->from.value.size; self->next++) {
            if (self->cut_at != 0 && self->passed + 1 >= self->cut_at)
                continue;
            if (++self->passed == self->pause_at)
                AGEN_SLEEP(self, self->pause);
            self->count = noise_pass(&self->noise, self->from.value.data[self->next], self->bytes);
            AGEN_WRITE(self, self->to, self->bytes, self->count, &self->written);
        }
    }
    AGEN_END(self);
}
