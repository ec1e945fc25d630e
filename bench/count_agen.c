/* SPDX-License-Identifier: 0BSD */
/* A counting generator in a file of its own: its consumer cannot see the body. */
#include "count.h"

AGEN_EXTERN(counter, self)
{
    AGEN_BEGIN(self);
    for (; self->i < self->n; self->i++)
        AGEN_YIELD(self, self->i);
    AGEN_END(self);
}

AGEN_EXTERN(reset_counter, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < self->n; self->i++)
        AGEN_YIELD(self, self->i);
    AGEN_END(self);
}
