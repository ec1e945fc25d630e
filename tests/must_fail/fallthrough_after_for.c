/* FAIL: fall(s )?.?through */
/* OLDEST: gcc 12 */
/* FLAGS: -Werror=implicit-fallthrough */
/* What a loop macro silences for its own label stays a warning in the code after it. */
#include "agen.h"

struct source {
    AGEN_YIELDS(int);
};

AGEN(source, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_END(self);
}

struct job {
    AGEN_COROUTINE;
    struct source source;
    int sum;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->source)
        self->sum += self->source.value;
    switch (self->sum) {
    case 1:
        self->sum = 10;
#ifndef FAIL
        break;
#endif
    case 2:
        self->sum = 20;
        break;
    default:
        break;
    }
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    agen_init(&x.source, source);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
