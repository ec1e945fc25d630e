/*
 * agen_glib.h: an agen loop inside a GLib main loop, as a GSource. The tasks run in the thread of the main loop,
 * between its other sources, and a loop in which no task is ready sleeps until its next deadline or the next source.
 *
 *   static agen_glib host;                         the loop is host.loop; host.data is yours
 *   agen_glib_start(&host, NULL)                   adds host.source to this GMainContext, NULL for the default one.
 *                                                  It has the default priority: g_source_set_priority() changes that.
 *                                                  While tasks are always ready, sources of a lower one do not run
 *   agen_glib_run(&host, &task)                    iterates the context until the task has ended, and answers its
 *                                                  status; with NULL until no task is left, or until a stop is
 *                                                  complete. g_main_loop_run() does as well, but does not end by
 *                                                  itself: let the last task call g_main_loop_quit()
 *   agen_glib_stop(&host, stopped)                 cancels all tasks, lets the main loop run until they and the
 *                                                  generators that agen_track() knows have ended, takes the source
 *                                                  away, and calls `void stopped(agen_glib *)`, which may be NULL.
 *                                                  From then on the host may be freed or started again
 *   agen_glib_wake(&host)                          from another thread, after each _isr call: ends the sleep at once.
 *                                                  GLib does not allow it in signal handlers: g_unix_signal_add()
 *                                                  makes a signal a callback
 *   agen_glib_now()                                the clock of the loop: monotonic, in milliseconds
 *
 * All but the last two are for the thread of the main loop, there for callbacks and tasks alike (agen_glib_run() for
 * neither). A callback may spawn with agen_spawn(&host.loop, ..), set events, put into queues and cancel; no call is
 * needed afterwards. agen_loop_run(), agen_loop_run_until() and agen_loop_shutdown() are not for this loop.
 *
 * For bodies that wait for an operation of GIO, agen_gio.h is beside this file.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef AGEN_GLIB_H
#define AGEN_GLIB_H

#include <glib.h>

#include "agen.h"

typedef struct agen_glib {
    agen_loop loop;
    void *data;
    GSource *source; /* NULL when it is not started */
    GMainContext *context_;
    void (*stopped_)(struct agen_glib *host);
    bool stopping_;
} agen_glib;

struct agen_glib_source_ {
    GSource source;
    agen_glib *host;
};

static inline agen_ticks agen_glib_now(void)
{
    return (agen_ticks)(g_get_monotonic_time() / 1000);
}

static inline void agen_glib_wake(agen_glib *host)
{
    g_main_context_wakeup(host->context_);
}

static inline agen_glib *agen_glib_of_(GSource *source)
{
    return ((struct agen_glib_source_ *)(void *)source)->host;
}

static inline gboolean agen_glib_check_(GSource *source)
{
    agen_glib *host = agen_glib_of_(source);

    return agen_loop_idle_ticks(&host->loop) == 0 || (host->stopping_ && !host->loop.tasks_);
}

/* Before each wait of the main loop. Whatever its callbacks have woken is ready here, and what they have spawned. */
static inline gboolean agen_glib_prepare_(GSource *source, gint *timeout)
{
    const agen_ticks ticks = agen_loop_idle_ticks(&agen_glib_of_(source)->loop);

    *timeout = ticks == AGEN_FOREVER ? -1 : ticks < (agen_ticks)G_MAXINT ? (gint)ticks : G_MAXINT;
    return agen_glib_check_(source);
}

static inline gboolean agen_glib_dispatch_(GSource *source, GSourceFunc callback, gpointer data)
{
    agen_glib *host = agen_glib_of_(source);

    (void)callback;
    (void)data;
    (void)agen_loop_poll(&host->loop);
    if (host->stopping_ && !host->loop.tasks_)
        agen_loop_close_tracked_(&host->loop);
    if (!host->stopping_ || host->loop.tasks_)
        return G_SOURCE_CONTINUE;
    (void)agen_loop_shutdown(&host->loop); /* forgets the events that other threads have set */
    g_source_unref(source);                /* the main loop has its own reference, until this returns */
    host->source = NULL;
    if (host->stopped_)
        host->stopped_(host);
    return G_SOURCE_REMOVE;
}

static inline void agen_glib_start(agen_glib *host, GMainContext *context)
{
    static GSourceFuncs functions = { agen_glib_prepare_, agen_glib_check_, agen_glib_dispatch_, NULL, NULL, NULL };

    agen_loop_init(&host->loop, agen_glib_now);
    host->context_ = context ? context : g_main_context_default();
    host->stopped_ = NULL;
    host->stopping_ = false;
    host->source = g_source_new(&functions, sizeof(struct agen_glib_source_));
    ((struct agen_glib_source_ *)(void *)host->source)->host = host;
    (void)g_source_attach(host->source, host->context_);
}

static inline int agen_glib_run(agen_glib *host, const agen_task *task)
{
    if (host->loop.polling_)
        return AGEN_E_RUNNING;
    while (task              ? agen_task_status(task) == AGEN_PENDING
           : host->stopping_ ? host->source != NULL
                             : host->loop.tasks_ != NULL)
        (void)g_main_context_iteration(host->context_, TRUE);
    return task ? agen_task_status(task) : (int)AGEN_DONE;
}

static inline void agen_glib_stop(agen_glib *host, void (*stopped)(agen_glib *host))
{
    if (host->stopping_)
        return;
    host->stopped_ = stopped;
    host->stopping_ = true;
    agen_loop_cancel_all(&host->loop);
}

#endif
