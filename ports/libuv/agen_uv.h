/*
 * agen_uv.h: an agen loop inside a libuv loop. The tasks run between the callbacks of libuv, in the thread of
 * uv_run(), and a loop in which no task is ready sleeps until its next deadline or the next callback.
 *
 *   static agen_uv host;                           the loop is host.loop; host.data is yours
 *   agen_uv_start(&host, uv_default_loop())        0, or an error of libuv: then nothing is to be stopped
 *   agen_uv_spawn(&host, &task, &coroutine)        agen_spawn() from outside of a task. uv_run() returns when no task
 *                                                  and nothing of libuv is left; this makes it stay for the new task
 *   agen_uv_stop(&host, stopped)                   cancels all tasks, waits in uv_run() until they and the generators
 *                                                  that agen_track() knows have ended, closes what start has opened,
 *                                                  and calls `void stopped(agen_uv *)`, which may be NULL. From then
 *                                                  on the host may be freed or started again
 *   agen_uv_wake(&host)                            from another thread or a signal handler, after each _isr call:
 *                                                  ends the sleep at once. None may call it once a stop is complete
 *   agen_uv_now()                                  the clock of the loop: monotonic, in milliseconds
 *
 * All but the last two are for the thread of the loop, there for callbacks and tasks alike. A callback may also set
 * events, put into queues and cancel; no call is needed afterwards. uv_run() runs the loop, so agen_loop_run(),
 * agen_loop_run_until() and agen_loop_shutdown() are not for it. To wait for one task:
 *   while (agen_task_status(&task) == AGEN_PENDING) uv_run(uv, UV_RUN_ONCE);
 *
 * For bodies that wait for an operation of libuv, agen_uv_op.h is beside this file.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef AGEN_UV_H
#define AGEN_UV_H

#include <uv.h>

#include "agen.h"

typedef struct agen_uv {
    agen_loop loop;
    void *data;
    uv_loop_t *uv;
    uv_prepare_t pass_;
    uv_timer_t deadline_;
    uv_async_t wake_;
    void (*stopped_)(struct agen_uv *host);
    int open_; /* handles */
    bool stopping_;
} agen_uv;

static inline agen_ticks agen_uv_now(void)
{
    return (agen_ticks)(uv_hrtime() / 1000000u);
}

static inline int agen_uv_wake(agen_uv *host)
{
    return uv_async_send(&host->wake_);
}

static inline void agen_uv_closed_(uv_handle_t *handle)
{
    agen_uv *host = (agen_uv *)handle->data;

    if (--host->open_ == 0 && host->stopped_)
        host->stopped_(host);
}

/* Before each wait of libuv. Whatever its callbacks have woken is ready here, and what they have spawned. */
static inline void agen_uv_pass_(uv_prepare_t *prepare)
{
    agen_uv *host = (agen_uv *)prepare->data;
    agen_ticks ticks;

    (void)agen_loop_poll(&host->loop);
    if (host->stopping_ && !host->loop.tasks_)
        agen_loop_close_tracked_(&host->loop);
    if (host->stopping_ && !host->loop.tasks_) {
        (void)agen_loop_shutdown(&host->loop); /* forgets the events that interrupts have set */
        uv_close((uv_handle_t *)&host->pass_, agen_uv_closed_);
        uv_close((uv_handle_t *)&host->deadline_, agen_uv_closed_);
        uv_close((uv_handle_t *)&host->wake_, agen_uv_closed_);
        return;
    }
    if (host->loop.tasks_)
        uv_ref((uv_handle_t *)prepare);
    else
        uv_unref((uv_handle_t *)prepare);
    ticks = agen_loop_idle_ticks(&host->loop);
    if (ticks == AGEN_FOREVER) {
        (void)uv_timer_stop(&host->deadline_);
    } else { /* the time that libuv keeps may be late, and a timer that is early would turn the loop once more */
        uv_update_time(host->uv);
        (void)uv_timer_start(&host->deadline_, host->deadline_.timer_cb,
                             ticks == 0 ? 0 : ticks + (uv_hrtime() / 1000000u - uv_now(host->uv)), 0);
    }
}

static inline void agen_uv_nothing_(uv_timer_t *timer)
{
    (void)timer; /* the pass comes after the timers */
}

static inline void agen_uv_woken_(uv_async_t *async)
{
    (void)async;
}

static inline int agen_uv_start(agen_uv *host, uv_loop_t *uv)
{
    const int error = uv_async_init(uv, &host->wake_, agen_uv_woken_); /* the only one that can fail */

    if (error < 0)
        return error;
    agen_loop_init(&host->loop, agen_uv_now);
    host->uv = uv;
    host->stopped_ = NULL;
    host->stopping_ = false;
    host->open_ = 3;
    (void)uv_timer_init(uv, &host->deadline_);
    (void)uv_timer_start(&host->deadline_, agen_uv_nothing_, 0, 0);
    (void)uv_prepare_init(uv, &host->pass_);
    (void)uv_prepare_start(&host->pass_, agen_uv_pass_);
    host->pass_.data = host->deadline_.data = host->wake_.data = host;
    uv_unref((uv_handle_t *)&host->wake_); /* only tasks keep the loop, by the prepare handle */
    return 0;
}

#define agen_uv_spawn(host, task, c) \
    (uv_ref((uv_handle_t *)&(host)->pass_), agen_spawn(&(host)->loop, task, c))

static inline void agen_uv_stop(agen_uv *host, void (*stopped)(agen_uv *host))
{
    if (host->stopping_)
        return;
    host->stopped_ = stopped;
    host->stopping_ = true;
    agen_loop_cancel_all(&host->loop);
    uv_ref((uv_handle_t *)&host->pass_);
}

#endif
