/* The smallest generator: a boot loader counts down before it starts the application. */
#include "agen.h"

#include <stdio.h>

struct countdown {
    AGEN_YIELDS(int); /* always first: the bookkeeping, and `int value` */
    int seconds;      /* what must survive a yield is a member */
};

AGEN(countdown, self)
{
    AGEN_BEGIN(self);
    for (; self->seconds > 0; self->seconds--)
        AGEN_YIELD(self, self->seconds); /* the function stops here, and goes on here */
    AGEN_END(self);
}

int main(void)
{
    struct countdown c = { AGEN_INIT(countdown), .seconds = 3 };

    while (agen_next(&c) == AGEN_YIELDED)
        printf("starting in %d s\n", c.value);
    printf("starting\n");
    return 0;
}

/* SPDX-License-Identifier: 0BSD */
