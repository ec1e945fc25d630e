/* FAIL: type mismatch|different types|incompatible operand|invalid operands|compatible types */
/* A generator driven as another one. */
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

    agen_init(&x, counter);
#ifdef FAIL
    return agen_next_as(other, &x) < 0;
#else
    return agen_next_as(counter, &x) < 0;
#endif
}

/* SPDX-License-Identifier: 0BSD */
