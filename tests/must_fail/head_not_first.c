/* FAIL: AGEN_YIELDS_or_AGEN_COROUTINE_must_be_the_first_member */
/* The head of a state is its first member: what steps it knows where the struct begins by that. */
#include "agen.h"

struct job {
#ifdef FAIL
    int n;
    AGEN_YIELDS(int);
#else
    AGEN_YIELDS(int);
    int n;
#endif
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    for (; self->n > 0; self->n--)
        AGEN_YIELD(self, self->n);
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
