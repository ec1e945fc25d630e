/* FAIL: at[ _]most[ _]half[ _]the[ _]range[ _]of[ _]the[ _]clock */
/* OLDEST: clang++ 14 */
/* Nothing would ever wake it: wait for an event that nobody sets. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_SLEEP(self, AGEN_FOREVER);
#else
    AGEN_SLEEP(self, AGEN_FOREVER / 2);
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
