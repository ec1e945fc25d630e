/* FAIL: jumps (over|into)|jump (to|bypasses|skips)|cannot jump|uninitialized */
/* A local does not survive an await: it may suspend, even if it seldom does. */
#include "agen.h"

static volatile bool ready;

struct pause {
    AGEN_COROUTINE;
};

AGEN(pause, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, ready);
    AGEN_END(self);
}

struct job {
    AGEN_COROUTINE;
    struct pause pause;
    int before, after;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    int before = self->before;

    AGEN_AWAIT(self, &self->pause);
    self->after = before;
#else
    AGEN_AWAIT(self, &self->pause);
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
