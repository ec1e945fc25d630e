/* FAIL: AGEN_END_is_missing_in_the_body_before_this_one */
/* COMPILERS: gcc clang */
/* FLAGS: -std=c11 */
/* A body without AGEN_END in front of another body: the first error says so. */
#include "agen.h"

struct counter {
    AGEN_YIELDS(int);
    int i;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 3; self->i++)
        AGEN_YIELD(self, self->i);
#ifndef FAIL
    AGEN_END(self);
#endif
}

struct other {
    AGEN_YIELDS(int);
};

AGEN(other, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_END(self);
}

int main(void)
{
    static struct counter x;
    static struct other y;

    agen_init(&x, counter);
    agen_init(&y, other);
    return agen_next(&x) < 0 || agen_next(&y) < 0;
}

/* SPDX-License-Identifier: 0BSD */
