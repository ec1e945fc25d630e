/* FAIL: inside_a_switch_of_your_own */
/* ONLY: 64-bit */
/* NOT: -DAGEN_USE_COMPUTED_GOTO */
/* A suspension inside a switch of your own: its label would belong to that switch. */
#include "agen.h"

enum mode { IDLE, BUSY };

struct source {
    AGEN_YIELDS(int);
};

AGEN(source, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_END(self);
}

struct job {
    AGEN_YIELDS(int);
    enum mode mode;
    struct source source;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    switch (self->mode) {
    case BUSY:
        AGEN_NEXT(self, &self->source);
        break;
    case IDLE:
        break;
    }
#else
    if (self->mode == BUSY)
        AGEN_NEXT(self, &self->source);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
