/* FIRST: no_AGEN_FOR_CLOSING_is_open_here__is_an_AGEN_END_missing */
/* OLDEST: clang 14 clang++ 14 */
/* A try that ends as a loop. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
    int i;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        self->i++;
#ifdef FAIL
    } AGEN_END_FOR(self);
#else
    } AGEN_END_TRY(self);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    return agen_next(&x) < -100000;
}

/* SPDX-License-Identifier: 0BSD */
