/* FIRST: no_AGEN_TRY_is_open_here__is_an_AGEN_END_missing */
/* OLDEST: clang 14 clang++ 14 */
/* A timeout in a try, whose end is missing. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
    int i;
    agen_timeout limit;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, 5) {
            self->i++;
#ifdef FAIL
        }
#else
        } AGEN_END_TIMEOUT(self);
#endif
    } AGEN_EXCEPT(self) {
        self->i--;
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
