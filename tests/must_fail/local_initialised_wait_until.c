/* FAIL: jumps (over|into)|jump (to|bypasses|skips)|cannot jump|uninitialized */
/* A local does not survive a wait: it may suspend, even if it seldom does. */
#include "agen.h"

static volatile bool ready;

struct job {
    AGEN_COROUTINE;
    int before, after;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    int before = self->before;

    AGEN_WAIT_UNTIL(self, ready);
    self->after = before;
#else
    AGEN_WAIT_UNTIL(self, ready);
    self->after = self->before;
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
