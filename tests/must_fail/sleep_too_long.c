/* FAIL: at[ _]most[ _]half[ _]the[ _]range[ _]of[ _]the[ _]clock */
/* OLDEST: clang++ 14 */
/* An hour in microseconds: more than half the range of a clock of 32 bits. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_SLEEP(self, 3600u * 1000000u);
#else
    AGEN_SLEEP(self, 0x7FFFFFFF);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    return agen_next(&x) == AGEN_E_NO_LOOP;
}

/* SPDX-License-Identifier: 0BSD */
