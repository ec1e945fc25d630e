/* FIRST: no_AGEN_RACE_is_open_here__is_an_AGEN_END_missing */
/* A timeout that ends as a race. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
    int i;
    agen_timeout limit;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_TIMEOUT(self, &self->limit, 5) {
        self->i++;
#ifdef FAIL
    } AGEN_END_RACE(self);
#else
    } AGEN_END_TIMEOUT(self);
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
