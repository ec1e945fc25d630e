/* FAIL: an error code must be negative and fit int16_t */
/* OLDEST: clang 14 clang++ 14 */
/* Zero is no error. */
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
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_THROW(self, &self->source, 0);
#else
    AGEN_THROW(self, &self->source, -5);
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
