/* SPDX-License-Identifier: 0BSD */
/*
 * Two features that meet in one object or in one pass: a select with a pipe, a condition or a task,
 * a queue that is dropped after its consumer was cancelled, and counters at their ends.
 */
#include "loop.h"

enum { C = AGEN_E_CANCELLED, P = AGEN_PENDING, E_OWN = -5 };

typedef AGEN_QUEUE(int, 4) queue_of_int;

static queue_of_int queue;
static agen_semaphore semaphore;
static agen_event go;
static agen_task watched;

/* --- A select that goes on without an alternative --------------------------------------------- */

/* Ends at its time, with its error. */
static struct worker {
    AGEN_COROUTINE;
    agen_ticks ticks;
    int error;
} worker;

AGEN(worker, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, self->ticks);
    if (self->error)
        AGEN_RAISE(self, self->error);
    AGEN_END(self);
}

static struct watcher {
    AGEN_COROUTINE;
    agen_alternative alternative;
    agen_ticks ticks;
    bool saw_the_end, saw_the_time;
    agen_task task;
} watcher;

AGEN(watcher, self)
{
    AGEN_BEGIN(self);
    AGEN_SELECT(self)
        AGEN_ON_END(self, &self->alternative, &watched) {
            self->saw_the_end = true;
        }
        AGEN_ON_TIMEOUT(self, self->ticks) {
            self->saw_the_time = true;
        }
    AGEN_END_SELECT(self);
    AGEN_END(self);
}

/* A select that has timed out does not hear of the task's error any more: loop.error does. */
static void test_error_after_a_select(agen_ticks time_out, bool hears)
{
    begin();
    memset(&watched, 0, sizeof watched);
    memset(&watcher, 0, sizeof watcher);
    agen_init(&worker, worker);
    worker.ticks = 10;
    worker.error = E_OWN;
    agen_init(&watcher, watcher);
    watcher.ticks = time_out;
    CHECK_INT(agen_spawn(&loop, &watched, &worker), AGEN_DONE);
    CHECK_INT(agen_spawn(&loop, &watcher.task, &watcher), AGEN_DONE);
    (void)agen_loop_poll(&loop);
    ticks = 10;
    CHECK(run_out());
    CHECK_INT(agen_task_status(&watched), E_OWN);
    CHECK(watcher.saw_the_end == hears);
    CHECK(watcher.saw_the_time == !hears);
    CHECK_INT(failures, hears ? 0 : 1);
}

#ifdef AGEN_HAVE_ISR_
static agen_condition condition;
static AGEN_PIPE(16) bytes;

/* Sleeps after a select whose time-out is no delay. */
static struct waiter {
    AGEN_COROUTINE;
    agen_alternative alternative;
    agen_ticks too_long;
    int notified, error, turns;
    agen_task task;
} waiter;

AGEN(waiter, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_SELECT(self)
            AGEN_ON_CONDITION(self, &self->alternative, &condition) {
                self->notified++;
            }
            AGEN_ON_TIMEOUT(self, self->too_long) {
                self->error = 1; /* never */
            }
        AGEN_END_SELECT(self);
    } AGEN_EXCEPT(self) {
        self->error = agen_error(self);
    } AGEN_END_TRY(self);
    self->turns++;
    AGEN_SLEEP(self, 100);
    self->turns++;
    AGEN_END(self);
}

/* A notification of an interrupt is taken while the select enters: the time-out is not looked at. */
static void test_bad_time_out(bool notified)
{
    begin();
    memset(&condition, 0, sizeof condition);
    memset(&waiter, 0, sizeof waiter);
    agen_init(&waiter, waiter);
    waiter.too_long = (agen_ticks)(AGEN_FOREVER / 2 + 2);
    if (notified)
        agen_notify_isr(&condition, 1);
    CHECK_INT(agen_spawn(&loop, &waiter.task, &waiter), AGEN_DONE);
    settle();
    CHECK_INT(waiter.notified, notified ? 1 : 0);
    CHECK_INT(waiter.error, notified ? 0 : AGEN_E_BAD_STATE);
    CHECK_INT(waiter.turns, 1);
    CHECK(run_out());
    CHECK_INT(waiter.turns, 2);
    CHECK_INT(ticks, 100);
    CHECK_INT(agen_task_status(&waiter.task), AGEN_DONE);
}

static struct chooser {
    AGEN_COROUTINE;
    agen_alternative alternative;
    agen_ticks ticks;
    bool had_bytes, had_time;
    size_t count;
    agen_task task;
} chooser;

AGEN(chooser, self)
{
    AGEN_BEGIN(self);
    AGEN_SELECT(self)
        AGEN_ON_BYTES(self, &self->alternative, &bytes, 8) {
            self->had_bytes = true;
            self->count = agen_pipe_count(&bytes);
        }
        AGEN_ON_TIMEOUT(self, self->ticks) {
            self->had_time = true;
        }
    AGEN_END_SELECT(self);
    AGEN_END(self);
}

static void begin_chooser(agen_ticks time_out)
{
    begin();
    agen_pipe_init(&bytes);
    memset(&chooser, 0, sizeof chooser);
    memset(&go, 0, sizeof go);
    agen_init(&chooser, chooser);
    chooser.ticks = time_out;
    CHECK_INT(agen_spawn(&loop, &chooser.task, &chooser), AGEN_DONE);
    settle();
}

/* Bytes that other code on the loop takes are no reason to run the branch. */
static void test_bytes_that_others_take(void)
{
    begin_chooser(1000);
    CHECK_INT(agen_pipe_write(&bytes, "abcde", 5), 5);
    settle();
    CHECK_INT(agen_pipe_consume(&bytes, 2), 2);
    settle();
    CHECK(!chooser.had_bytes);
    CHECK_INT(agen_task_status(&chooser.task), P);
    CHECK_INT(agen_pipe_write(&bytes, "fghij", 5), 5);
    settle();
    CHECK(chooser.had_bytes);
    CHECK_INT(chooser.count, 8);
    CHECK(run_out());
}

static struct reader {
    AGEN_COROUTINE;
    char buffer[4];
    size_t count;
    agen_task task;
} reader;

AGEN(reader, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT(self, &go);
    AGEN_READ(self, &bytes, self->buffer, sizeof self->buffer, &self->count);
    AGEN_END(self);
}

/* A select that has timed out, or was cancelled, does not wait for bytes any more: a read may. */
static void test_read_after_a_select(bool cancelled)
{
    begin_chooser(10);
    memset(&reader, 0, sizeof reader);
    agen_init(&reader, reader);
    CHECK_INT(agen_spawn(&loop, &reader.task, &reader), AGEN_DONE);
    settle();
    agen_event_set(&go);
    if (cancelled)
        CHECK(agen_cancel(&chooser.task));
    else
        ticks = 10;
    settle();
    CHECK_INT(failures, 0);
    CHECK_INT(agen_task_status(&reader.task), P);
    CHECK_INT(agen_pipe_write(&bytes, "hi", 2), 2);
    CHECK(run_out());
    CHECK_INT(agen_task_status(&reader.task), AGEN_DONE);
    CHECK_INT(reader.count, 2);
    CHECK(chooser.had_time == !cancelled);
    CHECK(!chooser.had_bytes);
}

/* While the select waits, a read is refused. */
static void test_read_during_a_select(void)
{
    begin_chooser(10);
    memset(&reader, 0, sizeof reader);
    agen_init(&reader, reader);
    agen_event_set(&go);
    CHECK_INT(agen_spawn(&loop, &reader.task, &reader), AGEN_DONE);
    settle();
    CHECK_INT(agen_task_status(&reader.task), AGEN_E_RUNNING);
    CHECK_INT(failures, 1);
    CHECK(run_out());
    CHECK(chooser.had_time);
}
#endif

/* --- A queue or a pipe as a generator, after its consumer was cancelled ----------------------- */

static struct consumer {
    AGEN_COROUTINE;
    int sum;
    agen_task task;
} consumer;

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &queue)
        self->sum += queue.value;
    AGEN_END(self);
}

/* The consumer's memory may be gone: the queue does not take it for its loop. */
static void test_drop_after_cancel(void)
{
    begin();
    agen_queue_init(&queue);
    memset(&consumer, 0, sizeof consumer);
    agen_init(&consumer, consumer);
    CHECK_INT(agen_spawn(&loop, &consumer.task, &consumer), AGEN_DONE);
    settle();
    CHECK(agen_cancel(&consumer.task));
    CHECK(run_out());
    CHECK_INT(agen_task_status(&consumer.task), C);
    memset(&consumer, 0x41, sizeof consumer);
    CHECK(agen_try_put(&queue, 7));
    CHECK_INT(agen_next(&queue), AGEN_YIELDED);
    CHECK_INT(queue.value, 7);
    CHECK_INT(agen_drop(&queue), AGEN_DONE);
}

static AGEN_PIPE(8) stream;
static agen_chunks chunks;

static struct drinker {
    AGEN_COROUTINE;
    agen_task task;
} drinker;

AGEN(drinker, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &chunks)
        continue;
    AGEN_END(self);
}

static void test_drop_chunks_after_cancel(void)
{
    begin();
    agen_pipe_init(&stream);
    agen_chunks_init(&chunks, &stream);
    memset(&drinker, 0, sizeof drinker);
    agen_init(&drinker, drinker);
    CHECK_INT(agen_spawn(&loop, &drinker.task, &drinker), AGEN_DONE);
    (void)agen_loop_poll(&loop);
    (void)agen_loop_poll(&loop);
    CHECK(agen_cancel(&drinker.task));
    CHECK(run_out());
    memset(&drinker, 0x41, sizeof drinker);
    CHECK_INT(agen_pipe_write(&stream, "abc", 3), 3);
    CHECK_INT(agen_next(&chunks), AGEN_YIELDED);
    CHECK_INT(chunks.value.size, 3);
    CHECK_INT(agen_drop(&chunks), AGEN_DONE);
}

/* --- Counters at their ends ------------------------------------------------------------------- */

/* A semaphore holds at most 32767 permits. */
static void test_too_many_permits(void)
{
    begin();
    agen_semaphore_init(&semaphore, 32766);
    CHECK_INT(agen_release(&semaphore), AGEN_DONE);
    CHECK_INT(agen_release(&semaphore), AGEN_E_BAD_STATE);
    CHECK(agen_try_acquire(&semaphore));
    CHECK_INT(agen_release(&semaphore), AGEN_DONE);
    CHECK_INT(agen_release(&semaphore), AGEN_E_BAD_STATE);
}

#if UINTPTR_MAX > 0xFFFFFFFFu && !defined AGEN_DUMP
enum { MANY = 65536 };

static struct child {
    AGEN_COROUTINE;
    agen_task task;
} children[MANY];
static long ended;

AGEN(child, self)
{
    AGEN_BEGIN(self);
    AGEN_PAUSE(self);
    ended++;
    AGEN_END(self);
}

static struct parent {
    AGEN_COROUTINE;
    long i;
    agen_group group;
    agen_task task;
} parent;

AGEN(parent, self)
{
    AGEN_BEGIN(self);
    AGEN_GROUP(self, &self->group) {
        for (self->i = 0; self->i < MANY; self->i++)
            CHECK_INT(agen_group_spawn(&self->group, &children[self->i].task, &children[self->i]), AGEN_DONE);
    } AGEN_END_GROUP(self);
    CHECK_INT(ended, MANY);
    AGEN_END(self);
}

/* A group waits for all of its children, however many. */
static void test_many_children(void)
{
    long i;

    begin();
    ended = 0;
    memset(children, 0, sizeof children);
    memset(&parent, 0, sizeof parent);
    for (i = 0; i < MANY; i++)
        agen_init(&children[i], child);
    agen_init(&parent, parent);
    CHECK_INT(agen_spawn(&loop, &parent.task, &parent), AGEN_DONE);
    CHECK(run_out());
    CHECK_INT(agen_task_status(&parent.task), AGEN_DONE);
}
#else
static void test_many_children(void)
{
}
#endif

int main(void)
{
    test_error_after_a_select(10, false);
    test_error_after_a_select(11, true);
#ifdef AGEN_HAVE_ISR_
    test_bad_time_out(true);
    test_bad_time_out(false);
    test_bytes_that_others_take();
    test_read_after_a_select(false);
    test_read_after_a_select(true);
    test_read_during_a_select();
#endif
    test_drop_after_cancel();
    test_drop_chunks_after_cancel();
    test_too_many_permits();
    test_many_children();
    return check_result();
}
