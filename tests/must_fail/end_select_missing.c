/* FIRST: AGEN_SELECT_is_open_here|an_AGEN_END_TRY_or_the_end_of_another_block_is_missing_before_AGEN_END */
/* OLDEST: clang 14 clang++ 14 */
/* A select without its end. */
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
    }
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
