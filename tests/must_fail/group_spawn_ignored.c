/* FAIL: (unused|ignoring return value).*(result|warn_unused_result) */
/* FLAGS: -Werror */
/* A child that is in use is refused, and the group does not wait for it: who does not look is warned. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_PAUSE(self);
    AGEN_END(self);
}

struct parent {
    AGEN_COROUTINE;
    agen_group group;
    agen_task task;
    struct job job;
};

AGEN(parent, self)
{
    AGEN_BEGIN(self);
    AGEN_GROUP(self, &self->group) {
#ifdef FAIL
        agen_group_spawn(&self->group, &self->task, &self->job);
#else
        if (agen_group_spawn(&self->group, &self->task, &self->job) != AGEN_DONE)
            AGEN_RAISE(self, AGEN_E_RUNNING);
#endif
    } AGEN_END_GROUP(self);
    AGEN_END(self);
}

int main(void)
{
    static struct parent x;

    agen_init(&x, parent);
    agen_init(&x.job, job);
    return agen_next(&x) == AGEN_E_NO_LOOP;
}

/* SPDX-License-Identifier: 0BSD */
