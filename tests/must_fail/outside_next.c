/* FAIL: agen_use_this_only_between_AGEN_BEGIN_and_AGEN_END */
/* A statement of a body in an ordinary function, which cannot be suspended. */
#include "agen.h"

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
    struct source source;
};

#ifdef FAIL
static int helper(struct job *self)
{
    AGEN_NEXT(self, &self->source);
    return 0;
}
#endif

AGEN(job, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    helper(self);
#else
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
