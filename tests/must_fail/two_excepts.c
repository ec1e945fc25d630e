/* FAIL: AGEN_EXCEPT_belongs_right_after_the_try_part */
/* One handler: it asks agen_error which error it is. */
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
    } AGEN_EXCEPT(self) {
        self->tidied++;
#ifdef FAIL
    } AGEN_EXCEPT_ANY(self) {
        self->tidied++;
#endif
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
