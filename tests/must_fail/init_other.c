/* FAIL: type mismatch|different types|incompatible operand|invalid operands|compatible types */
/* A state initialised as another generator. */
#include "agen.h"

struct counter {
    AGEN_YIELDS(int);
    int i;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, self->i);
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

int main(void)
{
    static struct counter x;

#ifdef FAIL
    agen_init(&x, other);
#else
    agen_init(&x, counter);
#endif
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
