/* A generator that other files use, one with a finalizer, and any of them through an agen_t. */
#include "agen.h"

struct ticks {
    AGEN_YIELDS(int);
    int i;
};

AGEN_DECLARE(ticks);

static int released;

static void ticks_release(struct ticks *self)
{
    released += self->i;
}

AGEN_EXTERN(ticks, self, ticks_release)
{
    AGEN_BEGIN(self);
    for (; self->i < 3; self->i++)
        AGEN_YIELD(self, self->i);
    AGEN_END(self);
}

struct never_used {
    AGEN_COROUTINE;
};

AGEN(never_used, self)
{
    AGEN_BEGIN(self);
    AGEN_END(self);
}

struct any {
    AGEN_COROUTINE;
    agen_t *which;
};

AGEN(any, self)
{
    AGEN_BEGIN(self);
    AGEN_AWAIT(self, self->which);
    AGEN_NEXT(self, self->which);
    AGEN_CLOSE(self, self->which);
    AGEN_END(self);
}

int main(void)
{
    static struct ticks x;
    static struct any y;

    agen_init(&x, ticks);
    agen_init(&y, any);
    y.which = (agen_t *)&x;
    return agen_next(&y) < 0 || agen_close(y.which) < 0 || agen_done(y.which) || released != 0;
}

/* SPDX-License-Identifier: 0BSD */
