/* FAIL: pointer from integer|integer to pointer|invalid conversion|incompatible type|cannot init */
/* In a body: a number sent where the state receives a pointer. */
#include "agen.h"

struct echo {
    AGEN_YIELDS_RECEIVES(int, const char *);
    int count;
};

AGEN(echo, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_YIELD(self, self->count);
        if (agen_received(self) && self->sent[0] != 0)
            self->count++;
    }
    AGEN_END(self);
}

struct talker {
    AGEN_COROUTINE;
    struct echo echo;
};

AGEN(talker, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, &self->echo);
#ifdef FAIL
    AGEN_SEND(self, &self->echo, self->echo.count);
#else
    AGEN_SEND(self, &self->echo, "one");
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct talker x;

    agen_init(&x, talker);
    agen_init(&x.echo, echo);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
