/* FAIL: error: .*agen_leave_a_body_with_AGEN_RETURN_ */
/* A return of plain C would skip the finally and leave the generator busy for ever. */
#include "agen.h"

struct job {
    AGEN_YIELDS(int);
    int i, tidied;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
        if (self->i > 3)
#ifdef FAIL
            return 0;
#else
            AGEN_RETURN(self);
#endif
        AGEN_YIELD(self, 2);
    } AGEN_FINALLY(self) {
        self->tidied++;
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
