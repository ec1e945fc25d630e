/* FAIL: at[ _]most[ _]half[ _]the[ _]range[ _]of[ _]the[ _]clock */
/* OLDEST: clang++ 14 */
/* A limit is a delay, too; AGEN_FOREVER is none. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
    agen_timeout limit;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_TIMEOUT(self, &self->limit, 0x80000000u) {
#else
    AGEN_TIMEOUT(self, &self->limit, AGEN_FOREVER) {
#endif
        AGEN_PAUSE(self);
    } AGEN_END_TIMEOUT(self);
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    return agen_next(&x) == AGEN_E_NO_LOOP;
}

/* SPDX-License-Identifier: 0BSD */
