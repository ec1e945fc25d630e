/* FAIL: a_coroutine_cannot_yield__declare_its_state_with_AGEN_YIELDS */
/* A coroutine awaits; it does not yield. */
#include "agen.h"

struct job {
#ifdef FAIL
    AGEN_COROUTINE;
#else
    AGEN_YIELDS(int);
#endif
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
