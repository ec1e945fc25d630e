/* FAIL: no member (named )?.?sent|has no member|this_generator_does_not_receive */
/* Sending to a generator that does not receive. */
#include "agen.h"

struct counter {
    AGEN_YIELDS(int);
    int i;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, self->i);
    AGEN_END(self);
}

int main(void)
{
    static struct counter x;

    agen_init(&x, counter);
    agen_next(&x);
#ifdef FAIL
    return agen_send(&x, 1) < 0;
#else
    return agen_next(&x) < 0;
#endif
}

/* SPDX-License-Identifier: 0BSD */
