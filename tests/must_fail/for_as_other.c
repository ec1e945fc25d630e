/* FAIL: type mismatch|different types|incompatible operand|invalid operands|compatible types */
/* AGEN_FOR_AS with the name of another generator. */
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

struct other {
    AGEN_YIELDS(int);
    int i, j, k;
};

AGEN(other, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, self->k);
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
#ifdef FAIL
    AGEN_FOR_AS(self, other, &self->source)
#else
    AGEN_FOR_AS(self, source, &self->source)
#endif
        self->sum += self->source.value;
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
