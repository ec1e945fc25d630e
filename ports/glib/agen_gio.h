/*
 * agen_gio.h: bodies that wait for asynchronous operations of GIO, in tasks of an agen_glib.
 *
 * A body waits with a member `agen_gio_op op`, zeroed at first, one for each operation at a time:
 *   AGEN_GIO(self, &self->op, g_file_load_contents_async(file, self->op.cancellable, agen_gio_ready, &self->op));
 *                                                  starts the operation and waits for its callback. Then op.result is
 *                                                  the GAsyncResult that the _finish function takes. The arguments
 *                                                  op.cancellable, agen_gio_ready and &op stand in each operation
 *   agen_gio_clear(&self->op)                      gives back what it holds: in a finally. The next AGEN_GIO does, too
 *   agen_gio_fail(error)                           frees a GError that _finish has given, and answers a code to raise:
 *                                                  -1 - code of G_IO_ERROR, so -1 is G_IO_ERROR_FAILED and -2 is
 *                                                  G_IO_ERROR_NOT_FOUND; -1 for errors of other domains
 *
 * A time-out or a cancellation of the task cancels op.cancellable, waits for the callback, and is raised then: so
 * whatever the operation uses is free. It may have been done all the same: call _finish in an AGEN_EXCEPT_ANY or a
 * finally if its answer must be freed.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef AGEN_GIO_H
#define AGEN_GIO_H

#include <gio/gio.h>

#include "agen_glib.h"

typedef struct agen_gio_op {
    AGEN_COROUTINE;
    GCancellable *cancellable;
    GAsyncResult *result;
    agen_event done_;
    int16_t error_;
} agen_gio_op;

AGEN(agen_gio_op, self)
{
    AGEN_BEGIN(self);
    while (!agen_event_is_set(&self->done_)) {
        AGEN_TRY(self) {
            AGEN_WAIT(self, &self->done_);
        } AGEN_EXCEPT_ANY(self) {
            self->error_ = (int16_t)agen_error(self);
            g_cancellable_cancel(self->cancellable);
        } AGEN_END_TRY(self);
    }
    if (self->error_)
        AGEN_RAISE(self, self->error_);
    AGEN_END(self);
}

static inline void agen_gio_ready(GObject *source, GAsyncResult *result, gpointer op)
{
    (void)source;
    ((agen_gio_op *)op)->result = G_ASYNC_RESULT(g_object_ref(result));
    agen_event_set(&((agen_gio_op *)op)->done_);
}

static inline void agen_gio_clear(agen_gio_op *op)
{
    g_clear_object(&op->cancellable);
    g_clear_object(&op->result);
}

static inline int agen_gio_fail(GError *error)
{
    const int code = error->domain == G_IO_ERROR ? -1 - error->code : -1;

    g_error_free(error);
    return code;
}

static inline void agen_gio_begin_(agen_gio_op *op)
{
    agen_gio_clear(op);
    agen_init(op, agen_gio_op);
    agen_event_clear(&op->done_);
    op->cancellable = g_cancellable_new();
    op->error_ = 0;
}

#define AGEN_GIO(self, op, call) \
    do { \
        agen_gio_begin_(op); \
        call; \
        AGEN_AWAIT(self, op); \
    } while (0)

#endif
