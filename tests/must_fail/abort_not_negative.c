/* FAIL: an error code must be negative and fit int16_t */
/* OLDEST: clang 14 clang++ 14 */
/* Zero is no error. */
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
#ifdef FAIL
    return agen_abort(&x, 0) > 0;
#else
    return agen_abort(&x, -5) > 0;
#endif
}

/* SPDX-License-Identifier: 0BSD */
