/* FAIL: variable 'i' is uninitialized when used here */
/* COMPILERS: clang clang++ */
/*
 * The classic: a local in front of AGEN_BEGIN counts the yields of a loop. clang finds it. It is a known gap of gcc, which
 * takes the value that is not there for 0, so that the body yields 0 for ever.
 */
#include "agen.h"

struct numbers {
    AGEN_YIELDS(int);
    int n, i;
};

AGEN(numbers, self)
{
#ifdef FAIL
    int i;
#define COUNTER i
#else
#define COUNTER self->i
#endif
    AGEN_BEGIN(self);
    for (COUNTER = 0; COUNTER < self->n; COUNTER++)
        AGEN_YIELD(self, COUNTER);
    AGEN_END(self);
}

int use(struct numbers *numbers);

int use(struct numbers *numbers)
{
    return agen_next(numbers);
}

/* SPDX-License-Identifier: 0BSD */
