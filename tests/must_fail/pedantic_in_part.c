/* FAIL: zero.size */
/* FLAGS: -Wpedantic -Werror */
/* NOT: -DAGEN_USE_COMPUTED_GOTO */
/* What -Wpedantic says of the user's own code in a try is not lost to the label that is there. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
    int i;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
#ifdef FAIL
        int none[0];

        (void)none;
#endif
        self->i++;
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
