/*
 * Lines from the standard input, in a GLib main loop: a GIOChannel and a timer of GLib beside a task.
 *   cc -std=gnu99 -I. -Iports/glib ports/glib/lines.c $(pkg-config --cflags --libs gio-2.0) -o lines && ./lines
 * A line is the name of a file, and is answered with its size, for which a thread of GIO reads it. The line `uptime` is
 * answered with the seconds. The end of the input ends the program, and so does SIGTERM.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "agen_gio.h"

#include <glib-unix.h>
#include <stdio.h>

static agen_glib host;

/* What the callbacks of GLib tell the task. */
static agen_event readable;
static unsigned seconds;

static gboolean on_readable(GIOChannel *channel, GIOCondition condition, gpointer data)
{
    (void)channel;
    (void)condition;
    (void)data;
    agen_event_set(&readable);
    return G_SOURCE_REMOVE;
}

static gboolean on_second(gpointer data)
{
    (void)data;
    seconds++;
    return G_SOURCE_CONTINUE;
}

static gboolean on_terminated(gpointer data)
{
    (void)data;
    agen_glib_stop(&host, NULL);
    return G_SOURCE_CONTINUE;
}

struct size { /* of the file `name` */
    AGEN_COROUTINE;
    const gchar *name;
    gsize bytes;
    GFile *file;
    agen_gio_op load;
    agen_timeout limit;
};

AGEN(size, self)
{
    GError *error;
    gchar *contents;

    AGEN_BEGIN(self);
    self->file = g_file_new_for_path(self->name);
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, 5000) {
            AGEN_GIO(self, &self->load, g_file_load_contents_async(self->file, self->load.cancellable, agen_gio_ready,
                                                                   &self->load));
        } AGEN_END_TIMEOUT(self);
        error = NULL;
        if (!g_file_load_contents_finish(self->file, self->load.result, &contents, &self->bytes, NULL, &error))
            AGEN_RAISE(self, agen_gio_fail(error));
        g_free(contents);
    } AGEN_FINALLY(self) {
        agen_gio_clear(&self->load);
        g_object_unref(self->file);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct answers {
    AGEN_COROUTINE;
    GIOChannel *input;
    guint watch;
    GIOStatus status;
    GString *line;
    struct size size;
};

AGEN(answers, self)
{
    gsize end;

    AGEN_BEGIN(self);
    self->line = g_string_new(NULL);
    AGEN_TRY(self) {
        while ((self->status = g_io_channel_read_line_string(self->input, self->line, &end, NULL)) == G_IO_STATUS_AGAIN
               || self->status == G_IO_STATUS_NORMAL) {
            if (self->status == G_IO_STATUS_AGAIN) {
                agen_event_clear(&readable);
                self->watch = g_io_add_watch(self->input, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, NULL);
                AGEN_WAIT(self, &readable);
                self->watch = 0;
                continue;
            }
            g_string_truncate(self->line, end);
            AGEN_TRY(self) {
                if (strcmp(self->line->str, "uptime") == 0) {
                    printf("%u seconds\n", seconds);
                } else {
                    AGEN_NEW(&self->size, size, .name = self->line->str);
                    AGEN_AWAIT(self, &self->size);
                    printf("%s: %lu bytes\n", self->line->str, (unsigned long)self->size.bytes);
                }
            } AGEN_EXCEPT(self) {
                printf("%s: %s\n", self->line->str,
                       agen_error(self) == -1 - G_IO_ERROR_NOT_FOUND ? "not found" : "error");
            } AGEN_END_TRY(self);
            fflush(stdout);
        }
    } AGEN_FINALLY(self) {
        if (self->watch)
            g_source_remove(self->watch);
        g_string_free(self->line, TRUE);
        puts("bye");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

int main(void)
{
    static struct answers answers = { AGEN_INIT(answers), 0 };
    static agen_task task;

    answers.input = g_io_channel_unix_new(0);
    (void)g_io_channel_set_flags(answers.input, G_IO_FLAG_NONBLOCK, NULL);
    (void)g_timeout_add(1000, on_second, NULL);
    (void)g_unix_signal_add(SIGTERM, on_terminated, NULL);

    agen_glib_start(&host, NULL);
    (void)agen_spawn(&host.loop, &task, &answers);
    (void)agen_glib_run(&host, &task);
    agen_glib_stop(&host, NULL);
    (void)agen_glib_run(&host, NULL);
    g_io_channel_unref(answers.input);
    return 0;
}
