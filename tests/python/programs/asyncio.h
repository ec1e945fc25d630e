/*
 * asyncio.run() under a clock that jumps from deadline to deadline.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef ASYNCIO_H
#define ASYNCIO_H

#include "agen.h"

static agen_ticks asyncio_time;
static agen_loop asyncio_loop;

static inline agen_ticks asyncio_now(void)
{
    return asyncio_time;
}

static inline void asyncio_idle(agen_ticks ahead)
{
    if (ahead != AGEN_FOREVER)
        asyncio_time = (agen_ticks)(asyncio_time + ahead);
}

static inline int asyncio_finish(const agen_task *task)
{
    while (agen_task_status(task) == AGEN_PENDING)
        if (!agen_loop_poll(&asyncio_loop))
            asyncio_idle(agen_loop_idle_ticks(&asyncio_loop));
    return agen_task_status(task);
}

/* asyncio_run(&coroutine): how it ended; what main returns. */
#define asyncio_run(coroutine) asyncio_run_((agen_t *)(void *)(coroutine))

static inline int asyncio_run_(agen_t *coroutine)
{
    static agen_task task;

    agen_loop_init(&asyncio_loop, asyncio_now);
    (void)agen_spawn(&asyncio_loop, &task, coroutine);
    return asyncio_finish(&task) != AGEN_DONE;
}

#endif
