/* SPDX-License-Identifier: 0BSD */
/*
 * ports/glib against the real GLib: deadlines, threads that wake the loop, sources beside it, GIO, the stop. The polls
 * of the main loop are counted, no time is asserted: what is never woken hangs, and the alarm says so.
 */
#include "agen_gio.h"

#include "check.h"

#include <gio/gunixinputstream.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

enum { DEADLINES = 20, ROUNDS = 2000 };

static agen_glib host;
static GMainContext *context;
static agen_task task;
static int polls;

static gint count(GPollFD *fds, guint n, gint timeout)
{
    polls++;
    return g_poll(fds, n, timeout);
}

/* ---- Nothing turns but for a deadline, a wake-up or a callback ---- */

struct sleeper {
    AGEN_COROUTINE;
    int i;
};

AGEN(sleeper, self)
{
    AGEN_BEGIN(self);
    for (; self->i < DEADLINES; self->i++)
        AGEN_SLEEP(self, 7);
    AGEN_END(self);
}

static AGEN_QUEUE(int, 4) items;
static agen_event rung;

static void *producer(void *unused)
{
    int i;

    for (i = 0; i < ROUNDS; i++) {
        while (!agen_queue_put_isr(&items, i))
            (void)sched_yield();
        agen_glib_wake(&host);
    }
    (void)usleep(30000); /* most likely the loop sleeps by now */
    agen_event_set_isr(&rung);
    agen_glib_wake(&host);
    return unused;
}

struct listener {
    AGEN_COROUTINE;
    int item, next;
};

AGEN(listener, self)
{
    AGEN_BEGIN(self);
    for (; self->next < ROUNDS; self->next++) {
        AGEN_GET(self, &items, self->item);
        if (self->item != self->next)
            trace_int(self->item);
    }
    AGEN_WAIT(self, &rung);
    trace("rung");
    AGEN_END(self);
}

/* A timer of GLib that sets an event, beside a deadline that never comes. */
static agen_event tick;

static gboolean on_tick(gpointer data)
{
    (void)data;
    agen_event_set(&tick);
    return G_SOURCE_CONTINUE;
}

struct ticks {
    AGEN_COROUTINE;
    agen_timeout limit;
    int i;
};

AGEN(ticks, self)
{
    AGEN_BEGIN(self);
    AGEN_TIMEOUT(self, &self->limit, 60000) {
        for (; self->i < DEADLINES; self->i++) {
            AGEN_WAIT(self, &tick);
            agen_event_clear(&tick);
        }
    } AGEN_END_TIMEOUT(self);
    trace("ticked");
    AGEN_END(self);
}

/* Always ready: the source beside it, which is as urgent, runs all the same. */
static bool idled;

static gboolean on_idle(gpointer data)
{
    (void)data;
    idled = true;
    return G_SOURCE_REMOVE;
}

struct busy {
    AGEN_COROUTINE;
};

AGEN(busy, self)
{
    AGEN_BEGIN(self);
    while (!idled)
        AGEN_PAUSE(self);
    trace("idled");
    AGEN_END(self);
}

static void attach(GSource *source, GSourceFunc callback, int priority)
{
    g_source_set_callback(source, callback, NULL, NULL);
    g_source_set_priority(source, priority);
    (void)g_source_attach(source, context);
}

static void test_turns(void)
{
    static struct sleeper sleeper = { AGEN_INIT(sleeper), 0 };
    static struct listener listener = { AGEN_INIT(listener), 0, 0 };
    static struct ticks ticks = { AGEN_INIT(ticks), .i = 0 };
    static struct busy busy = { AGEN_INIT(busy) };
    GSource *source;
    pthread_t thread;

    CHECK_INT(agen_glib_run(&host, NULL), AGEN_DONE); /* there is no task */
    CHECK_INT(polls, 0);
    CHECK_INT(agen_spawn(&host.loop, &task, &sleeper), AGEN_DONE);
    CHECK_INT(agen_glib_run(&host, &task), AGEN_DONE);
    CHECK(polls <= DEADLINES + 2);

    polls = 0;
    agen_queue_init(&items);
    CHECK_INT(agen_spawn(&host.loop, &task, &listener), AGEN_DONE);
    CHECK_INT(pthread_create(&thread, NULL, producer, NULL), 0);
    CHECK_INT(agen_glib_run(&host, NULL), AGEN_DONE);
    CHECK(polls <= 2 * ROUNDS + 8); /* two for each wake-up at most */
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_TRACE("rung");

    polls = 0;
    source = g_timeout_source_new(5);
    attach(source, on_tick, G_PRIORITY_DEFAULT);
    CHECK_INT(agen_spawn(&host.loop, &task, &ticks), AGEN_DONE);
    CHECK_INT(agen_glib_run(&host, &task), AGEN_DONE);
    CHECK(polls <= 2 * DEADLINES + 3); /* one for the timer, and one for the task */
    CHECK_TRACE("ticked");
    g_source_destroy(source);
    g_source_unref(source);

    source = g_idle_source_new();
    attach(source, on_idle, G_PRIORITY_DEFAULT);
    CHECK_INT(agen_spawn(&host.loop, &task, &busy), AGEN_DONE);
    CHECK_INT(agen_glib_run(&host, &task), AGEN_DONE);
    CHECK_TRACE("idled");
    g_source_unref(source);
}

/* ---- Files, and a pipe of which nothing comes ---- */

static int failed_with;

static void on_error(agen_loop *loop, agen_task *failed, int error)
{
    (void)loop;
    (void)failed;
    failed_with = error;
}

struct reader {
    AGEN_COROUTINE;
    GFile *file;
    gpointer left; /* the result, until it is freed */
    agen_gio_op op;
};

AGEN(reader, self)
{
    GError *error;
    gchar *contents;
    gsize size;

    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_GIO(self, &self->op,
                 g_file_load_contents_async(self->file, self->op.cancellable, agen_gio_ready, &self->op));
        error = NULL;
        if (!g_file_load_contents_finish(self->file, self->op.result, &contents, &size, NULL, &error))
            AGEN_RAISE(self, agen_gio_fail(error));
        self->left = self->op.result;
        g_object_add_weak_pointer(G_OBJECT(self->op.result), &self->left);
        CHECK_INT((long)size, 5);
        CHECK_STR(contents, "bytes");
        g_free(contents);
        trace("read");
    } AGEN_FINALLY(self) {
        agen_gio_clear(&self->op);
        CHECK(self->left == NULL);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* GIO says G_IO_ERROR_CANCELLED only after the task has cancelled the operation, and the task waits for that. */
struct silence {
    AGEN_COROUTINE;
    GInputStream *stream;
    agen_gio_op op;
    agen_timeout limit;
    char byte;
};

AGEN(silence, self)
{
    GError *error;

    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, 20) {
            AGEN_GIO(self, &self->op, g_input_stream_read_async(self->stream, &self->byte, 1, G_PRIORITY_DEFAULT,
                                                                self->op.cancellable, agen_gio_ready, &self->op));
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT(self) {
        CHECK_INT(agen_error(self), AGEN_E_TIMEOUT);
        error = NULL;
        CHECK(self->op.result != NULL);
        CHECK_INT((long)g_input_stream_read_finish(self->stream, self->op.result, &error), -1);
        CHECK_INT(agen_gio_fail(error), -1 - G_IO_ERROR_CANCELLED);
        trace("silent");
    } AGEN_FINALLY(self) {
        agen_gio_clear(&self->op);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_gio(const char *path)
{
    static struct reader reader;
    static struct silence silence = { AGEN_INIT(silence), .byte = 0 };
    int ends[2];

    AGEN_NEW(&reader, reader, .file = g_file_new_for_path(path));
    CHECK_INT(agen_spawn(&host.loop, &task, &reader), AGEN_DONE);
    CHECK_INT(agen_glib_run(&host, &task), AGEN_DONE);
    CHECK_TRACE("read");
    g_object_unref(reader.file);

    AGEN_NEW(&reader, reader, .file = g_file_new_for_path("/nowhere/at/all"));
    CHECK_INT(agen_spawn(&host.loop, &task, &reader), AGEN_DONE);
    CHECK_INT(agen_glib_run(&host, &task), -1 - G_IO_ERROR_NOT_FOUND);
    CHECK_INT(failed_with, -1 - G_IO_ERROR_NOT_FOUND);
    g_object_unref(reader.file);

    CHECK_INT(pipe(ends), 0);
    silence.stream = g_unix_input_stream_new(ends[0], TRUE);
    CHECK_INT(agen_spawn(&host.loop, &task, &silence), AGEN_DONE);
    CHECK_INT(agen_glib_run(&host, &task), AGEN_DONE);
    CHECK_TRACE("silent");
    g_object_unref(silence.stream);
    (void)close(ends[1]);
}

/* ---- In a GMainLoop, and stopped with tasks left ---- */

static GMainLoop *main_loop;

static GSource *stopper;
static gboolean on_time(gpointer data);

struct tidy {
    AGEN_COROUTINE;
    bool last;
};

AGEN(tidy, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        CHECK_INT(agen_glib_run(&host, NULL), AGEN_E_RUNNING);
        if (self->last) /* a task that has not begun would have nothing to tidy */
            attach(stopper, on_time, G_PRIORITY_DEFAULT);
        AGEN_WAIT(self, &rung);
    } AGEN_FINALLY(self) {
        AGEN_SLEEP(self, 15);
        trace("tidy");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct numbers { /* a generator that somebody has left in the middle */
    AGEN_YIELDS(int);
};

AGEN(numbers, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
    } AGEN_FINALLY(self) {
        agen_event_clear(&tick);
        AGEN_WAIT(self, &tick); /* a callback ends this wait, so the loop must not wait busily meanwhile */
        trace("numbers");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* Another one, whose cleanup is over at once: all are closed together, so it does not wait for the one above. */
struct quick {
    AGEN_YIELDS(int);
};

AGEN(quick, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
    } AGEN_FINALLY(self) {
        trace("quick");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void on_stopped(agen_glib *stopped)
{
    CHECK(stopped == &host);
    trace("stopped");
    if (main_loop)
        g_main_loop_quit(main_loop);
}

static gboolean on_time(gpointer data)
{
    (void)data;
    agen_glib_stop(&host, on_stopped);
    agen_glib_stop(&host, NULL); /* does nothing */
    return G_SOURCE_REMOVE;
}

struct last {
    AGEN_COROUTINE;
};

AGEN(last, self)
{
    AGEN_BEGIN(self);
    agen_glib_stop(&host, on_stopped);
    AGEN_TRY(self) {
        AGEN_WAIT(self, &rung);
    } AGEN_FINALLY(self) {
        trace("cancelled");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_stop(void)
{
    static struct last last = { AGEN_INIT(last) };
    static struct tidy tidy[2];
    static agen_task tasks[2], tracked, quick_task;
    static struct numbers numbers = { AGEN_INIT(numbers), 0 };
    static struct quick quick = { AGEN_INIT(quick), 0 };
    GSource *source, *ticking = g_timeout_source_new(20);
    int i;

    agen_event_clear(&rung);
    stopper = g_timeout_source_new(10);
    for (i = 0; i < 2; i++) {
        AGEN_NEW(&tidy[i], tidy, .last = i == 1);
        CHECK_INT(agen_spawn(&host.loop, &tasks[i], &tidy[i]), AGEN_DONE);
    }
    CHECK_INT(agen_next(&numbers), AGEN_YIELDED);
    CHECK_INT(agen_track(&host.loop, &tracked, &numbers), AGEN_DONE);
    CHECK_INT(agen_next(&quick), AGEN_YIELDED);
    CHECK_INT(agen_track(&host.loop, &quick_task, &quick), AGEN_DONE);
    attach(ticking, on_tick, G_PRIORITY_DEFAULT);
    source = g_source_ref(host.source);
    main_loop = g_main_loop_new(context, FALSE);
    polls = 0;
    g_main_loop_run(main_loop);
    CHECK(polls <= 15);
    CHECK_TRACE("tidy tidy quick numbers stopped");
    g_main_loop_unref(main_loop);
    main_loop = NULL;
    CHECK(host.source == NULL);
    CHECK_INT((long)source->ref_count, 1); /* ours */
    g_source_unref(source);
    g_source_unref(stopper);
    g_source_destroy(ticking);
    g_source_unref(ticking);

    agen_glib_start(&host, context); /* once more, and stopped at once */
    agen_glib_stop(&host, on_stopped);
    CHECK_INT(agen_glib_run(&host, NULL), AGEN_DONE);
    CHECK_TRACE("stopped");
    agen_glib_start(&host, context); /* and once more, by a task of its own */
    CHECK_INT(agen_spawn(&host.loop, &tasks[0], &last), AGEN_DONE);
    CHECK_INT(agen_glib_run(&host, NULL), AGEN_DONE);
    CHECK_TRACE("cancelled stopped");
}

int main(void)
{
    const char *path = getenv("TEST_FILE");
    FILE *file = path ? fopen(path, "w") : NULL;

    (void)alarm(60);
    if (!file || fputs("bytes", file) < 0 || fclose(file) != 0)
        return 2;
    context = g_main_context_default(); /* GIO answers into that one */
    g_main_context_set_poll_func(context, count);
    agen_glib_start(&host, NULL);
    host.loop.error = on_error;
    test_turns();
    test_gio(path);
    test_stop();
    return check_result();
}
