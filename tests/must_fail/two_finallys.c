/* FAIL: a_try_has_one_AGEN_FINALLY */
/* A try has one finally. */
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
    } AGEN_FINALLY(self) {
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
