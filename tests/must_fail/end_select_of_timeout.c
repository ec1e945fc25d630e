/* FAIL: no_AGEN_SELECT_is_open_here|AGEN_END_SELECT */
/* A timeout that ends as a select. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
    agen_timeout limit;
    int i;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_TIMEOUT(self, &self->limit, 10) {
        self->i++;
#ifdef FAIL
    } AGEN_END_SELECT(self);
#else
    } AGEN_END_TIMEOUT(self);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    return agen_next(&x) == 1;
}

/* SPDX-License-Identifier: 0BSD */
