/* FIRST: no_AGEN_GROUP_is_open_here__is_an_AGEN_END_missing */
/* A select that ends as a group. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
    agen_event *event;
    agen_alternative a;
    int i;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_SELECT(self)
    AGEN_ON_EVENT(self, &self->a, self->event) {
        self->i++;
#ifdef FAIL
    } AGEN_END_GROUP(self);
#else
    } AGEN_END_SELECT(self);
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
