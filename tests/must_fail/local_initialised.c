/* FAIL: jumps (over|into)|jump (to|bypasses|skips)|cannot jump|uninitialized */
/* A local with an initialiser does not survive a yield: the resume jumps past the initialiser. */
#include "agen.h"

struct counter {
    AGEN_YIELDS(int);
    int i, last;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    int last = 3;

    for (self->i = 0; self->i < last; self->i++)
        AGEN_YIELD(self, self->i);
#else
    self->last = 3;
    for (self->i = 0; self->i < self->last; self->i++)
        AGEN_YIELD(self, self->i);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct counter x;

    agen_init(&x, counter);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
