/* FAIL: a_coroutine_cannot_yield__declare_its_state_with_AGEN_YIELDS */
/* Nor does a coroutine yield what another yields. */
#include "agen.h"

struct source {
    AGEN_YIELDS(int);
};

AGEN(source, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_END(self);
}

struct job {
#ifdef FAIL
    AGEN_COROUTINE;
#else
    AGEN_YIELDS(int);
#endif
    struct source source;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD_FROM(self, &self->source);
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
