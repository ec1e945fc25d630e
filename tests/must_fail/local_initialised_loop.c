/* FAIL: jumps (over|into)|jump (to|bypasses|skips)|cannot jump|uninitialized */
/* The counter of a loop does not survive a yield either. */
#include "agen.h"

struct counter {
    AGEN_YIELDS(int);
    int i;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    for (int i = 0; i < 3; i++)
        AGEN_YIELD(self, i);
#else
    for (self->i = 0; self->i < 3; self->i++)
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
