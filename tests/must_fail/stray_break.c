/* FAIL: a break outside any loop: use AGEN_RETURN to leave the body */
/* OLDEST: clang 14 clang++ 14 */
/* NOT: -DAGEN_USE_COMPUTED_GOTO */
/* A break outside any loop would leave the body, and skip what AGEN_END does. */
#include "agen.h"

struct counter {
    AGEN_YIELDS(int);
    int i;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
    if (self->i > 3)
#ifdef FAIL
        break;
#else
        AGEN_RETURN(self);
#endif
    AGEN_YIELD(self, self->i);
    AGEN_END(self);
}

int main(void)
{
    static struct counter x;

    agen_init(&x, counter);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
