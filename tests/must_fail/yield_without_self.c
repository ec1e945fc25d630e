/* FIRST: AGEN_YIELD_takes_self_and_a_value */
/* A yield that is handed only the value. */
#include "agen.h"

struct counter {
    AGEN_YIELDS(int);
    int i;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_YIELD(1);
#else
    AGEN_YIELD(self, 1);
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
