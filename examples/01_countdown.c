/* The smallest generator: a boot loader counts down before it starts the application. */
#include "agen.h"

#include <stdio.h>

struct countdown {
    AGEN_YIELDS(int); /* always first: it declares the bookkeeping and `int value` */
    int seconds;      /* what must survive a yield is a member */
};

AGEN(countdown, self)
{
    AGEN_BEGIN(self);
    for (; self->seconds > 0; self->seconds--)
        AGEN_YIELD(self, self->seconds); /* the function returns here, and the next step continues here */
    AGEN_END(self);
}

int main(void)
{
    struct countdown c = { AGEN_INIT(countdown), .seconds = 3 };
    int status;

    while ((status = agen_next(&c)) == AGEN_YIELDED)
        printf("starting in %d s\n", c.value);
    if (status != AGEN_DONE) /* an error is a negative status; this generator raises none */
        return 1;
    printf("starting\n");
    return 0;
}

/* SPDX-License-Identifier: 0BSD */
