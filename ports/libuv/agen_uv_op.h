/*
 * agen_uv_op.h: bodies that wait for operations of libuv, in tasks of an agen_uv.
 *
 * A body waits with a member `agen_uv_op op`, one for each operation at a time:
 *   AGEN_UV(self, &self->op, uv_fs_read(uv, &self->op.request.fs, fd, &buf, 1, 0, agen_uv_on_fs));
 *                                                  starts the operation and waits for its callback. op.result is what
 *                                                  libuv answers; an error of libuv is raised
 *   AGEN_UV_READ(self, &self->op, stream, buffer, n);
 *                                                  waits for a byte, then takes what is there: op.result is how many
 *                                                  bytes, 0 at the end of the stream
 *   AGEN_UV_CLOSE(self, &self->op, handle);        closes it and waits for that. Nothing cuts this wait: an error that
 *                                                  comes meanwhile is raised afterwards
 * The callbacks are agen_uv_on_fs, _on_write, _on_connect, _on_shutdown and _on_work. For another request, write
 * one that calls agen_uv_done(request->data, result). The last two macros use the `data` of the handle.
 *
 * After a time-out or a cancellation, AGEN_UV cancels requests of the thread pool (files, uv_queue_work, names) and
 * waits for their callback before it raises the error, so that their memory is free. The operation may have been done
 * all the same: op.result tells. A read ends at once, and has taken nothing unless op.result is positive. A write or
 * a connect cannot be cancelled: its memory is in use until its handle has been closed, which belongs in a finally and
 * needs an op of its own. uv_fs_req_cleanup() is yours, as always.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef AGEN_UV_OP_H
#define AGEN_UV_OP_H

#include "agen_uv.h"

typedef struct agen_uv_op {
    AGEN_COROUTINE;
    union uv_any_req request;
    ssize_t result;
    agen_event done_;
    uv_stream_t *reads_;
    uv_buf_t buffer_;
    int16_t error_;
    bool closes_;
} agen_uv_op;

/* False if a callback of the thread pool will come, and soon. */
static inline bool agen_uv_op_leaves_(agen_uv_op *op)
{
    int cancelled;

    if (op->reads_) {
        (void)uv_read_stop(op->reads_);
        return true;
    }
    cancelled = uv_cancel(&op->request.req);
    return cancelled != 0 && cancelled != UV_EBUSY;
}

AGEN(agen_uv_op, self)
{
    AGEN_BEGIN(self);
    while (!agen_event_is_set(&self->done_)) {
        AGEN_TRY(self) {
            AGEN_WAIT(self, &self->done_);
        } AGEN_EXCEPT_ANY(self) {
            const bool first = self->error_ == 0;

            self->error_ = (int16_t)agen_error(self);
            if (first && !self->closes_ && !agen_event_is_set(&self->done_) && agen_uv_op_leaves_(self))
                AGEN_RAISE(self, self->error_);
        } AGEN_END_TRY(self);
    }
    if (self->error_)
        AGEN_RAISE(self, self->error_);
    if (self->result < 0)
        AGEN_RAISE(self, (int)self->result);
    AGEN_END(self);
}

static inline void agen_uv_done(void *op, ssize_t result)
{
    ((agen_uv_op *)op)->result = result;
    agen_event_set(&((agen_uv_op *)op)->done_);
}

static inline void agen_uv_on_fs(uv_fs_t *request)
{
    agen_uv_done(request->data, request->result);
}

static inline void agen_uv_on_write(uv_write_t *request, int status)
{
    agen_uv_done(request->data, status);
}

static inline void agen_uv_on_connect(uv_connect_t *request, int status)
{
    agen_uv_done(request->data, status);
}

static inline void agen_uv_on_shutdown(uv_shutdown_t *request, int status)
{
    agen_uv_done(request->data, status);
}

static inline void agen_uv_on_work(uv_work_t *request, int status)
{
    agen_uv_done(request->data, status);
}

static inline void agen_uv_on_close_(uv_handle_t *handle)
{
    agen_uv_done(handle->data, 0);
}

static inline void agen_uv_room_(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
    (void)size;
    *buffer = ((agen_uv_op *)handle->data)->buffer_;
}

static inline void agen_uv_on_read_(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    (void)buffer;
    if (count == 0)
        return; /* not yet */
    (void)uv_read_stop(stream);
    agen_uv_done(stream->data, count == UV_EOF ? 0 : count);
}

static inline agen_uv_op *agen_uv_begin_(agen_uv_op *op)
{
    agen_init(op, agen_uv_op);
    agen_event_clear(&op->done_);
    op->request.req.data = op;
    op->request.req.type = UV_UNKNOWN_REQ;
    op->reads_ = NULL;
    op->closes_ = false;
    op->error_ = 0;
    op->result = UV_ECANCELED; /* what a cancelled one tells if its callback has not come */
    return op;
}

static inline void agen_uv_begun_(agen_uv_op *op, int error)
{
    if (error < 0)
        agen_uv_done(op, error); /* no callback will come */
}

static inline void agen_uv_begin_read_(agen_uv_op *op, uv_stream_t *stream, void *buffer, size_t size)
{
    agen_uv_begin_(op)->reads_ = stream;
    op->buffer_ = uv_buf_init((char *)buffer, (unsigned)size);
    stream->data = op;
    agen_uv_begun_(op, uv_read_start(stream, agen_uv_room_, agen_uv_on_read_));
}

static inline void agen_uv_begin_close_(agen_uv_op *op, uv_handle_t *handle)
{
    agen_uv_begin_(op)->closes_ = true;
    handle->data = op;
    uv_close(handle, agen_uv_on_close_);
}

#define AGEN_UV(self, op, call) \
    do { \
        (void)agen_uv_begin_(op); \
        agen_uv_begun_(op, call); \
        AGEN_AWAIT(self, op); \
    } while (0)
#define AGEN_UV_READ(self, op, stream, buffer, n) \
    do { \
        agen_uv_begin_read_(op, (uv_stream_t *)(stream), buffer, n); \
        AGEN_AWAIT(self, op); \
    } while (0)
#define AGEN_UV_CLOSE(self, op, handle) \
    do { \
        agen_uv_begin_close_(op, (uv_handle_t *)(handle)); \
        AGEN_AWAIT(self, op); \
    } while (0)

#endif
