/* FAIL: undeclared|not declared|undefined */
/* AGEN_INIT of a generator that is in another file, without AGEN_DECLARE. */
#include "agen.h"

struct counter {
    AGEN_YIELDS(int);
    int i;
};

#ifndef FAIL
AGEN_DECLARE(counter);
#endif

int main(void)
{
    static struct counter x;

    agen_init(&x, counter);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
