/* FAIL: variable 'i' may be uninitialized when used here */
/* COMPILERS: clang clang++ */
/*
 * The classic: a local in front of AGEN_BEGIN counts the waits of a loop. clang finds it. It is a known gap of gcc.
 */
#include "agen.h"

struct waits {
    AGEN_COROUTINE;
    int n, i;
    bool ready;
};

AGEN(waits, self)
{
#ifdef FAIL
    int i;
#define COUNTER i
#else
#define COUNTER self->i
#endif
    AGEN_BEGIN(self);
    for (COUNTER = 0; COUNTER < self->n; COUNTER++)
        AGEN_WAIT_UNTIL(self, self->ready);
    AGEN_END(self);
}

int use(struct waits *waits);

int use(struct waits *waits)
{
    return agen_next(waits);
}

/* SPDX-License-Identifier: 0BSD */
