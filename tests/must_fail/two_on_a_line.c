/* FAIL: duplicate case value|redefinition of label|duplicate label|two_suspensions_on_one_line */
/* FLAGS: -DAGEN_USE_LINE */
/* With AGEN_USE_LINE, two suspensions on one line would be the same resume point. */
#include "agen.h"

struct counter {
    AGEN_YIELDS(int);
    int i;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_YIELD(self, 1); AGEN_YIELD(self, 2);
#else
    AGEN_YIELD(self, 1);
    AGEN_YIELD(self, 2);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct counter x;

    agen_init(&x, counter);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
