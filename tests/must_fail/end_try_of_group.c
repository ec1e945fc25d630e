/* FIRST: no_AGEN_TRY_is_open_here__is_an_AGEN_END_missing */
/* A group that ends as a try, in a try. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
    int i;
    agen_group group;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_GROUP(self, &self->group) {
            self->i++;
#ifdef FAIL
        } AGEN_END_TRY(self);
#else
        } AGEN_END_GROUP(self);
#endif
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    return agen_next(&x) < -100000;
}

/* SPDX-License-Identifier: 0BSD */
