/* FAIL: a_generator_cannot_be_awaited__use_AGEN_NEXT_or_AGEN_FOR */
/* Only a coroutine has an end to await. */
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
    AGEN_AWAIT(self, &self->source);
#else
    AGEN_NEXT(self, &self->source);
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
