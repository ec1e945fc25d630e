/* FIRST: an_AGEN_END_TRY_or_the_end_of_another_block_is_missing_before_AGEN_END */
/* OLDEST: clang 14 clang++ 14 */
/* A group without AGEN_END_GROUP. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
    int i;
    agen_group group;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_GROUP(self, &self->group) {
        self->i++;
#ifdef FAIL
    }
#else
    } AGEN_END_GROUP(self);
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
