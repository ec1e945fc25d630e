/* FAIL: integer from pointer|pointer to integer|invalid conversion|incompatible type */
/* A pointer yielded where the state declares an int. */
#include "agen.h"

struct counter {
    AGEN_YIELDS(int);
    int i;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_YIELD(self, "one");
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
