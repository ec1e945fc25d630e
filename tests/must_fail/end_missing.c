/* FAIL: AGEN_END_is_missing|is_an_AGEN_END_missing */
/* A body without AGEN_END. */
#include "agen.h"

struct counter {
    AGEN_YIELDS(int);
    int i;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 3; self->i++)
        AGEN_YIELD(self, self->i);
#ifndef FAIL
    AGEN_END(self);
#endif
}

int main(void)
{
    static struct counter x;

    agen_init(&x, counter);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
