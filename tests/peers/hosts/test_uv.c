/* SPDX-License-Identifier: 0BSD */
/*
 * ports/libuv against the real libuv: deadlines, threads and signals that wake the loop, files, sockets, the stop. The
 * iterations of uv_run() are counted, no time is asserted: what is never woken hangs, and the alarm says so.
 */
#include "agen_uv_op.h"

#include "check.h"

#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

enum { DEADLINES = 20, ROUNDS = 2000 };

static uv_loop_t uv;
static agen_uv host;
static uv_prepare_t counter;
static int iterations;

static void count(uv_prepare_t *handle)
{
    (void)handle;
    iterations++;
}

/* Runs until nothing is left; how many times has the loop turned? */
static int turns(void)
{
    iterations = 0;
    CHECK_INT(uv_run(&uv, UV_RUN_DEFAULT), 0);
    return iterations;
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
    trace("slept");
    AGEN_END(self);
}

static AGEN_QUEUE(int, 4) items;
static agen_event rung, signalled;

static void *producer(void *unused)
{
    int i;

    for (i = 0; i < ROUNDS; i++) {
        while (!agen_queue_put_isr(&items, i))
            (void)sched_yield();
        (void)agen_uv_wake(&host);
    }
    (void)usleep(30000); /* most likely the loop sleeps by now */
    agen_event_set_isr(&rung);
    (void)agen_uv_wake(&host);
    (void)usleep(30000);
    (void)raise(SIGUSR1);
    return unused;
}

static void on_signal(int number)
{
    (void)number;
    agen_event_set_isr(&signalled);
    (void)agen_uv_wake(&host);
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
    AGEN_WAIT(self, &signalled);
    trace("rung");
    AGEN_END(self);
}

/* A timer of libuv that sets an event, beside a deadline that never comes. */
static uv_timer_t ticking;
static agen_event tick;

static void on_tick(uv_timer_t *handle)
{
    (void)handle;
    agen_event_set(&tick);
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
    uv_close((uv_handle_t *)&ticking, NULL);
    trace("ticked");
    AGEN_END(self);
}

struct pauses {
    AGEN_COROUTINE;
    int i;
};

AGEN(pauses, self)
{
    AGEN_BEGIN(self);
    for (; self->i < 5; self->i++)
        AGEN_PAUSE(self);
    AGEN_END(self);
}

static void test_turns(void)
{
    static struct sleeper sleeper = { AGEN_INIT(sleeper), 0 };
    static struct listener listener = { AGEN_INIT(listener), 0, 0 };
    static struct ticks ticks = { AGEN_INIT(ticks), .i = 0 };
    static struct pauses pauses = { AGEN_INIT(pauses), 0 };
    static agen_task task;
    pthread_t thread;

    CHECK(turns() <= 1); /* nothing keeps the loop */
    CHECK_INT(agen_uv_spawn(&host, &task, &sleeper), AGEN_DONE);
    CHECK(turns() <= DEADLINES + 2);
    CHECK_TRACE("slept");

    agen_queue_init(&items);
    CHECK_INT(agen_uv_spawn(&host, &task, &listener), AGEN_DONE);
    (void)signal(SIGUSR1, on_signal);
    CHECK_INT(pthread_create(&thread, NULL, producer, NULL), 0);
    CHECK(turns() <= 2 * ROUNDS + 8); /* two for each wake-up at most */
    CHECK_INT(pthread_join(thread, NULL), 0);
    CHECK_TRACE("rung");

    CHECK_INT(uv_timer_init(&uv, &ticking), 0);
    CHECK_INT(uv_timer_start(&ticking, on_tick, 5, 5), 0);
    CHECK_INT(agen_uv_spawn(&host, &task, &ticks), AGEN_DONE);
    CHECK(turns() <= DEADLINES + 3);
    CHECK_TRACE("ticked");

    CHECK_INT(agen_uv_spawn(&host, &task, &pauses), AGEN_DONE);
    CHECK_INT(turns() >= 6, 1); /* a turn for each pass: libuv gets its turn, too */
}

/* ---- Spawned in the last callback there is ---- */

static struct sleeper late = { AGEN_INIT(sleeper), DEADLINES - 1 };
static agen_task late_task;

static void on_last(uv_handle_t *handle)
{
    (void)handle;
    CHECK_INT(agen_uv_spawn(&host, &late_task, &late), AGEN_DONE);
}

/* A wait without a deadline, which keeps the loop all the same: the timer that ends it does not. */
struct waiter {
    AGEN_COROUTINE;
};

AGEN(waiter, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT(self, &tick);
    trace("woken");
    AGEN_END(self);
}

static struct waiter waiter;

static void on_once(uv_timer_t *handle)
{
    agen_event_clear(&tick);
    agen_init(&waiter, waiter);
    CHECK_INT(agen_spawn(&host.loop, &late_task, &waiter), AGEN_DONE);
    CHECK_INT(uv_timer_start(handle, on_tick, 20, 0), 0);
    uv_unref((uv_handle_t *)handle);
}

static void test_last(void)
{
    static uv_timer_t timer;

    CHECK_INT(uv_timer_init(&uv, &timer), 0);
    CHECK_INT(uv_timer_start(&timer, on_once, 5, 0), 0); /* not the last one: agen_spawn() is as good */
    (void)turns();
    CHECK_TRACE("woken");
    uv_close((uv_handle_t *)&timer, on_last);
    (void)turns();
    CHECK_TRACE("slept");
}

/* ---- Files and the thread pool ---- */

static const char *path;

struct reader {
    AGEN_COROUTINE;
    agen_uv_op op;
    uv_file file;
    uv_buf_t buffer;
    char bytes[8];
};

AGEN(reader, self)
{
    AGEN_BEGIN(self);
    AGEN_UV(self, &self->op, uv_fs_open(&uv, &self->op.request.fs, path, O_RDONLY, 0, agen_uv_on_fs));
    self->file = (uv_file)self->op.result;
    uv_fs_req_cleanup(&self->op.request.fs);
    self->buffer = uv_buf_init(self->bytes, sizeof self->bytes);
    AGEN_UV(self, &self->op, uv_fs_read(&uv, &self->op.request.fs, self->file, &self->buffer, 1, 0, agen_uv_on_fs));
    CHECK_INT((long)self->op.result, 5);
    CHECK(memcmp(self->bytes, "bytes", 5) == 0);
    uv_fs_req_cleanup(&self->op.request.fs);
    AGEN_UV(self, &self->op, uv_fs_close(&uv, &self->op.request.fs, self->file, agen_uv_on_fs));
    uv_fs_req_cleanup(&self->op.request.fs);
    trace("read");
    AGEN_TRY(self) {
        AGEN_UV(self, &self->op, uv_fs_open(&uv, &self->op.request.fs, "/nowhere/at/all", O_RDONLY, 0, agen_uv_on_fs));
    } AGEN_EXCEPT(self) {
        CHECK_INT(agen_error(self), UV_ENOENT);
        trace("refused");
    } AGEN_FINALLY(self) {
        uv_fs_req_cleanup(&self->op.request.fs);
    } AGEN_END_TRY(self);
    AGEN_UV(self, &self->op, uv_fs_copyfile(&uv, &self->op.request.fs, path, path, 255, agen_uv_on_fs)); /* at once */
    AGEN_END(self);
}

/* More work than the pool has threads: the rest waits in its queue until the semaphore is posted. */
static uv_sem_t begun, gate;
static int worked, cancelled, late_ones;

static void on_pool(uv_work_t *work)
{
    (void)work;
    uv_sem_post(&begun);
    uv_sem_wait(&gate);
}

struct worker {
    AGEN_COROUTINE;
    agen_uv_op op;
    agen_timeout limit;
    agen_ticks ticks;
};

AGEN(worker, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, self->ticks) {
            AGEN_UV(self, &self->op, uv_queue_work(&uv, &self->op.request.work, on_pool, agen_uv_on_work));
        } AGEN_END_TIMEOUT(self);
        worked++;
    } AGEN_EXCEPT(self) {
        if (self->op.result == UV_ECANCELED)
            cancelled++;
        else
            late_ones++; /* a thread had it already, and its callback was waited for */
        CHECK_INT(agen_error(self), AGEN_E_TIMEOUT);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct opener { /* opens the gate after a while */
    AGEN_COROUTINE;
    int i;
};

AGEN(opener, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, 60);
    for (self->i = 0; self->i < 2; self->i++)
        uv_sem_post(&gate);
    AGEN_END(self);
}

/* libuv closes this handle only when its request has left the pool. */
struct closer {
    AGEN_COROUTINE;
    agen_uv_op op;
    uv_fs_poll_t watch;
    agen_timeout limit;
};

static void on_change(uv_fs_poll_t *handle, int status, const uv_stat_t *before, const uv_stat_t *now)
{
    (void)handle;
    (void)status;
    (void)before;
    (void)now;
}

AGEN(closer, self)
{
    AGEN_BEGIN(self);
    CHECK_INT(uv_fs_poll_init(&uv, &self->watch), 0);
    CHECK_INT(uv_fs_poll_start(&self->watch, on_change, path, 60000), 0);
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, 20) {
            AGEN_UV_CLOSE(self, &self->op, &self->watch);
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT(self) {
        CHECK_INT(agen_error(self), AGEN_E_TIMEOUT);
        CHECK_INT((long)self->op.result, 0);
        trace("closed late");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static int failed_with;

static void on_error(agen_loop *loop, agen_task *task, int error)
{
    (void)loop;
    (void)task;
    failed_with = error;
}

static void test_files(void)
{
    static struct reader reader = { AGEN_INIT(reader), .file = 0 };
    static struct worker slow = { AGEN_INIT(worker), .ticks = 20 }; /* holds a thread */
    static struct worker patient = { AGEN_INIT(worker), .ticks = AGEN_FOREVER };
    static struct worker queued = { AGEN_INIT(worker), .ticks = 20 };
    static struct opener opener = { AGEN_INIT(opener), 0 };
    static struct closer closer;
    static agen_task tasks[5];

    CHECK_INT(agen_uv_spawn(&host, &tasks[0], &reader), AGEN_DONE);
    (void)turns();
    CHECK_TRACE("read refused");
    CHECK_INT(failed_with, UV_EINVAL);

    /* UV_THREADPOOL_SIZE is 2: two hold the threads, and the third one is cancelled while it waits for them. */
    CHECK_INT(uv_sem_init(&begun, 0), 0);
    CHECK_INT(uv_sem_init(&gate, 0), 0);
    CHECK_INT(agen_uv_spawn(&host, &tasks[0], &slow), AGEN_DONE);
    CHECK_INT(agen_uv_spawn(&host, &tasks[1], &patient), AGEN_DONE);
    (void)uv_run(&uv, UV_RUN_NOWAIT);
    uv_sem_wait(&begun);
    uv_sem_wait(&begun);
    CHECK_INT(agen_uv_spawn(&host, &tasks[2], &queued), AGEN_DONE);
    CHECK_INT(agen_uv_spawn(&host, &tasks[3], &opener), AGEN_DONE);
    agen_init(&closer, closer);
    CHECK_INT(agen_uv_spawn(&host, &tasks[4], &closer), AGEN_DONE);
    (void)turns();
    CHECK_TRACE("closed late");
    CHECK_INT(worked, 1);
    CHECK_INT(cancelled, 1);
    CHECK_INT(late_ones, 1);
    uv_sem_destroy(&gate);
    uv_sem_destroy(&begun);
}

/* ---- Sockets ---- */

struct caller { /* nobody listens */
    AGEN_COROUTINE;
    agen_uv_op op, closing;
    uv_tcp_t socket;
    struct sockaddr_in address;
};

AGEN(caller, self)
{
    AGEN_BEGIN(self);
    CHECK_INT(uv_tcp_init(&uv, &self->socket), 0);
    AGEN_TRY(self) {
        CHECK_INT(uv_ip4_addr("127.0.0.1", 1, &self->address), 0);
        AGEN_UV(self, &self->op, uv_tcp_connect(&self->op.request.connect, &self->socket,
                                                (const struct sockaddr *)&self->address, agen_uv_on_connect));
    } AGEN_FINALLY(self) {
        AGEN_UV_CLOSE(self, &self->closing, &self->socket);
        trace("closed");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* A peer that neither reads nor writes: both ends are here. */
struct stuck {
    AGEN_COROUTINE;
    agen_uv_op reading, writing, closing;
    uv_pipe_t near, far;
    uv_buf_t much;
    agen_timeout limit;
    agen_slot slot;
    char byte, bytes[4096];
};

static char plenty[3000000];

AGEN(stuck, self)
{
    uv_file ends[2];

    AGEN_BEGIN(self);
    CHECK_INT(uv_pipe_init(&uv, &self->near, 0), 0);
    CHECK_INT(uv_pipe_init(&uv, &self->far, 0), 0);
    CHECK_INT(uv_socketpair(SOCK_STREAM, 0, ends, UV_NONBLOCK_PIPE, UV_NONBLOCK_PIPE), 0);
    CHECK_INT(uv_pipe_open(&self->near, ends[0]), 0);
    CHECK_INT(uv_pipe_open(&self->far, ends[1]), 0);
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            AGEN_TIMEOUT(self, &self->limit, 20) {
                AGEN_UV_READ(self, &self->reading, &self->near, &self->byte, 1);
            } AGEN_END_TIMEOUT(self);
        } AGEN_EXCEPT(self) {
            trace(agen_error(self) == AGEN_E_TIMEOUT ? "silent" : "wrong");
            CHECK_INT((long)self->reading.result, UV_ECANCELED);
        } AGEN_END_TRY(self);
        self->much = uv_buf_init(plenty, 1); /* what comes while nobody reads is read later */
        AGEN_UV(self, &self->writing, uv_write(&self->writing.request.write, (uv_stream_t *)&self->far, &self->much, 1,
                                               agen_uv_on_write));
        AGEN_SLEEP(self, 10);
        AGEN_UV_READ(self, &self->reading, &self->near, &self->byte, 1);
        CHECK_INT((long)self->reading.result, 1);
        self->much = uv_buf_init(plenty, sizeof plenty);
        AGEN_TIMEOUT(self, &self->limit, 20) {
            AGEN_UV(self, &self->writing, uv_write(&self->writing.request.write, (uv_stream_t *)&self->near,
                                                   &self->much, 1, agen_uv_on_write));
        } AGEN_END_TIMEOUT(self);
    } AGEN_FINALLY(self) {
        AGEN_UV_CLOSE(self, &self->closing, &self->near);
        CHECK_INT((long)self->writing.result, UV_ECANCELED);
        AGEN_TRY_IN(self, &self->slot) {
            do {
                AGEN_UV_READ(self, &self->reading, &self->far, self->bytes, sizeof self->bytes);
            } while (self->reading.result > 0);
            trace("end");
        } AGEN_FINALLY(self) {
            AGEN_UV_CLOSE(self, &self->closing, &self->far);
        } AGEN_END_TRY(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_sockets(void)
{
    static struct caller caller = { AGEN_INIT(caller), .address = { 0 } };
    static struct stuck stuck = { AGEN_INIT(stuck), .byte = 0 };
    static agen_task task;

    CHECK_INT(agen_uv_spawn(&host, &task, &caller), AGEN_DONE);
    (void)turns();
    CHECK_TRACE("closed");
    CHECK_INT(failed_with, UV_ECONNREFUSED);
    CHECK_INT(agen_uv_spawn(&host, &task, &stuck), AGEN_DONE);
    (void)turns();
    CHECK_TRACE("silent end");
    CHECK_INT(failed_with, AGEN_E_TIMEOUT);
}

/* ---- Stopped with tasks left ---- */

static uv_timer_t stopper;
static void on_time(uv_timer_t *handle);

struct tidy {
    AGEN_COROUTINE;
    bool last;
};

AGEN(tidy, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->last) /* a task that has not begun would have nothing to tidy */
            CHECK_INT(uv_timer_start(&stopper, on_time, 10, 0), 0);
        AGEN_WAIT(self, &rung);
    } AGEN_FINALLY(self) {
        AGEN_SLEEP(self, 15);
        trace("tidy");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static agen_event tidied;

static void on_tidied(uv_timer_t *handle)
{
    (void)handle;
    agen_event_set(&tidied);
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
        CHECK_INT(uv_timer_start(&stopper, on_tidied, 10, 0), 0);
        AGEN_WAIT(self, &tidied); /* a callback ends this wait, so the loop must not wait busily meanwhile */
        uv_close((uv_handle_t *)&stopper, NULL);
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

static struct tidy tidy[2];
static agen_task tidy_tasks[2], numbers_task, quick_task;

static void on_stopped(agen_uv *stopped)
{
    CHECK(stopped == &host);
    trace("stopped");
}

static void on_time(uv_timer_t *handle)
{
    (void)handle;
    agen_uv_stop(&host, on_stopped);
    agen_uv_stop(&host, NULL); /* does nothing */
}

struct last {
    AGEN_COROUTINE;
};

AGEN(last, self)
{
    AGEN_BEGIN(self);
    agen_uv_stop(&host, on_stopped);
    AGEN_TRY(self) {
        AGEN_WAIT(self, &rung);
    } AGEN_FINALLY(self) {
        trace("cancelled");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_stop(void)
{
    static struct numbers numbers = { AGEN_INIT(numbers), 0 };
    static struct quick quick = { AGEN_INIT(quick), 0 };
    static struct last last = { AGEN_INIT(last) };
    int i;

    agen_event_clear(&rung);
    for (i = 0; i < 2; i++) {
        AGEN_NEW(&tidy[i], tidy, .last = i == 1);
        CHECK_INT(agen_uv_spawn(&host, &tidy_tasks[i], &tidy[i]), AGEN_DONE);
    }
    CHECK_INT(agen_next(&numbers), AGEN_YIELDED);
    CHECK_INT(agen_track(&host.loop, &numbers_task, &numbers), AGEN_DONE);
    CHECK_INT(agen_next(&quick), AGEN_YIELDED);
    CHECK_INT(agen_track(&host.loop, &quick_task, &quick), AGEN_DONE);
    CHECK_INT(uv_timer_init(&uv, &stopper), 0);
    CHECK(turns() <= 10);
    CHECK_TRACE("tidy tidy quick numbers stopped");
    CHECK_INT(agen_uv_start(&host, &uv), 0); /* once more, and stopped at once */
    agen_uv_stop(&host, on_stopped);
    (void)turns();
    CHECK_TRACE("stopped");
    CHECK_INT(agen_uv_start(&host, &uv), 0); /* and once more, by a task of its own */
    CHECK_INT(agen_uv_spawn(&host, &tidy_tasks[0], &last), AGEN_DONE);
    (void)turns();
    CHECK_TRACE("cancelled stopped");
}

int main(void)
{
    FILE *file;

    (void)alarm(60);
    (void)putenv((char *)"UV_THREADPOOL_SIZE=2");
    path = getenv("TEST_FILE");
    file = path ? fopen(path, "w") : NULL;
    if (!file || fputs("bytes", file) < 0 || fclose(file) != 0)
        return 2;
    CHECK_INT(uv_loop_init(&uv), 0);
    CHECK_INT(uv_prepare_init(&uv, &counter), 0);
    CHECK_INT(uv_prepare_start(&counter, count), 0);
    uv_unref((uv_handle_t *)&counter);
    CHECK_INT(agen_uv_start(&host, &uv), 0);
    host.loop.error = on_error;
    test_turns();
    test_last();
    test_files();
    test_sockets();
    test_stop();
    uv_close((uv_handle_t *)&counter, NULL);
    (void)turns();
    CHECK_INT(uv_loop_close(&uv), 0); /* no handle is left */
    uv_library_shutdown();
    return check_result();
}
