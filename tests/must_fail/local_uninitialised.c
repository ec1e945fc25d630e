/* FAIL: uninitialized */
/* A local that is set before a yield and used after it has lost its value. */
#include "agen.h"

struct counter {
    AGEN_YIELDS(int);
    int i, level;
};

static int measure(void)
{
    return 7;
}

AGEN(counter, self)
{
#ifdef FAIL
    int level;
#endif

    AGEN_BEGIN(self);
#ifdef FAIL
    level = measure();
    AGEN_YIELD(self, level);
    AGEN_YIELD(self, level + 1);
#else
    self->level = measure();
    AGEN_YIELD(self, self->level);
    AGEN_YIELD(self, self->level + 1);
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
