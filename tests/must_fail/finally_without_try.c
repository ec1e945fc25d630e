/* FAIL: agen_|expected|while|AGEN_TRY */
/* A finally without its try. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
    int tidied;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
#ifndef FAIL
    AGEN_TRY(self) {
        AGEN_RAISE(self, -5);
    } AGEN_FINALLY(self) {
        self->tidied++;
    } AGEN_END_TRY(self);
#else
    {
        AGEN_RAISE(self, -5);
    } AGEN_FINALLY(self) {
        self->tidied++;
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
