/* FAIL: agen_use_this_only_between_AGEN_BEGIN_and_AGEN_END */
/* A statement of a body in an ordinary function, which cannot be suspended. */
#include "agen.h"

static volatile bool ready;

struct job {
    AGEN_YIELDS(int);
};

#ifdef FAIL
static int helper(struct job *self)
{
    AGEN_WAIT_UNTIL(self, ready);
    return 0;
}
#endif

AGEN(job, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    helper(self);
#else
    AGEN_WAIT_UNTIL(self, ready);
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
