/* FAIL: (unused|ignoring return value).*(result|warn_unused_result) */
/* FLAGS: -Werror */
/* A task that is in use tracks nothing: who does not look is warned. */
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

static agen_ticks now(void)
{
    return 0;
}

int main(void)
{
    static struct job x, y;
    static agen_loop loop;
    static agen_task task;
    static agen_lock lock;

    agen_init(&x, job);
    agen_init(&y, job);
    agen_loop_init(&loop, now);
#ifdef FAIL
    agen_track(&loop, &task, &y);
#else
    if (agen_track(&loop, &task, &y) != AGEN_DONE)
        return 1;
#endif
    return agen_try_acquire(&lock) && agen_task_status(&task) > 0;
}

/* SPDX-License-Identifier: 0BSD */
