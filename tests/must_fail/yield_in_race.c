/* FAIL: no_yield_inside_a_timeout_group_or_race__it_would_reach_into_the_consumer__PEP_789 */
/* Nor in a race: its children would run on while nobody is there to see who is first. */
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

struct results {
    AGEN_YIELDS(int);
    agen_group group;
    struct job job;
    agen_task task;
};

AGEN(results, self)
{
    AGEN_BEGIN(self);
    AGEN_RACE(self, &self->group) {
        if (agen_group_spawn(&self->group, &self->task, &self->job) != AGEN_DONE)
            AGEN_RAISE(self, AGEN_E_RUNNING);
#ifdef FAIL
        AGEN_YIELD(self, 1);
#endif
    } AGEN_END_RACE(self);
#ifndef FAIL
    AGEN_YIELD(self, 1);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct results x;

    agen_init(&x, results);
    agen_init(&x.job, job);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
