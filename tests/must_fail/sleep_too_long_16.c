/* FAIL: at[ _]most[ _]half[ _]the[ _]range[ _]of[ _]the[ _]clock */
/* OLDEST: clang++ 14 */
/* In 16 bits it would be 4464 ticks. */
#define AGEN_TICKS uint16_t
#include "agen.h"

struct job {
    AGEN_COROUTINE;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_SLEEP(self, 70000);
#else
    AGEN_SLEEP(self, 32767);
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
