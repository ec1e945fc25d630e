/* FAIL: no member (named )?.?sent|has no member */
/* self->sent in a generator that does not receive. */
#include "agen.h"

struct counter {
#ifdef FAIL
    AGEN_YIELDS(int);
#else
    AGEN_YIELDS_RECEIVES(int, int);
#endif
    int i;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_YIELD(self, self->i);
        self->i += self->sent;
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
