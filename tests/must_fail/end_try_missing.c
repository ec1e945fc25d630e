/* FIRST: an_AGEN_END_TRY_or_the_end_of_another_block_is_missing_before_AGEN_END */
/* OLDEST: clang 14 clang++ 14 */
/* A try without AGEN_END_TRY. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
    int tidied;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_RAISE(self, -5);
    } AGEN_FINALLY(self) {
        self->tidied++;
#ifdef FAIL
    }
#else
    } AGEN_END_TRY(self);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
