/* SPDX-License-Identifier: 0BSD */
/* ports/libuv and ports/glib in C++11 and later: that they compile, and that each operation can stand in a body. */
#include "agen_uv_op.h"
#include "agen_gio.h"

struct all_of_it {
    AGEN_COROUTINE;
    agen_uv_op op, closing;
    agen_gio_op gio;
    uv_pipe_t stream;
    char bytes[8];
    GFile *file;
};

AGEN(all_of_it, self)
{
    AGEN_BEGIN(self);
    AGEN_UV(self, &self->op, uv_fs_stat(uv_default_loop(), &self->op.request.fs, "/", agen_uv_on_fs));
    AGEN_UV_READ(self, &self->op, &self->stream, self->bytes, sizeof self->bytes);
    AGEN_UV_CLOSE(self, &self->closing, &self->stream);
    AGEN_GIO(self, &self->gio, g_file_load_contents_async(self->file, self->gio.cancellable, agen_gio_ready,
                                                          &self->gio));
    AGEN_END(self);
}

static void stopped(agen_uv *) {}

int main()
{
    static agen_uv uv;
    static agen_glib glib;

    if (agen_uv_start(&uv, uv_default_loop()) != 0)
        return 1;
    agen_uv_wake(&uv);
    agen_uv_stop(&uv, stopped);
    uv_run(uv.uv, UV_RUN_DEFAULT);
    agen_glib_start(&glib, NULL);
    agen_glib_wake(&glib);
    agen_glib_stop(&glib, NULL);
    return agen_glib_run(&glib, NULL) != AGEN_DONE;
}
