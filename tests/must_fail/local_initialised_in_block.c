/* FAIL: jumps (over|into)|jump (to|bypasses|skips)|cannot jump|uninitialized */
/* The same in an inner block: the yield is in its scope. */
#include "agen.h"

struct counter {
    AGEN_YIELDS(int);
    int i, square;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 3; self->i++) {
#ifdef FAIL
        const int square = self->i * self->i;

        AGEN_YIELD(self, square);
        AGEN_YIELD(self, square + 1);
#else
        self->square = self->i * self->i;
        AGEN_YIELD(self, self->square);
        AGEN_YIELD(self, self->square + 1);
#endif
    }
    AGEN_END(self);
}

int main(void)
{
    static struct counter x;

    agen_init(&x, counter);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
