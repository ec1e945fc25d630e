/* FAIL: an error code must be negative and fit int16_t|overflow in conversion */
/* OLDEST: clang 14 clang++ 14 */
/* An error must fit int16_t, also one that would be a valid code if it were cut to an int. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_RAISE(self, -4294967301LL);
#else
    AGEN_RAISE(self, -5);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
