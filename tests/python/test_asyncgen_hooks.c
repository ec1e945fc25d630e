/*
 * SPDX-License-Identifier: 0BSD
 *
 * CPython's tests of what a loop does about generators that nobody closes: of the class
 * AsyncGenAsyncioTest, and of test_sys.py, test_base_events.py and test_runners.py.
 * tests/chapters/test_hooks.c goes through the rules; at the end here are some more.
 *
 * The hooks here do what asyncio's do: the first operation makes the loop track the generator, and
 * when it is dropped, a task closes it.
 */
static void idle(unsigned long how_long);
#define AGEN_IDLE(loop, ticks) idle(((void)(loop), (unsigned long)(ticks)))
#include "record.h"

#if (defined __unix__ || defined __APPLE__) && defined AGEN_HAVE_ISR_
#define HAVE_THREADS
#include <pthread.h>
#endif

/* The clock of a loop that runs by itself, as a shutdown makes it do. */
static void idle(unsigned long how_long)
{
    CHECK(how_long != AGEN_FOREVER); /* nothing would ever end it */
    ticks = (agen_ticks)(ticks + how_long);
}

/* Yields 1, 2, .. to the end or for ever. */
struct source {
    AGEN_YIELDS(int);
    agen_task task; /* that closes it */
    int i, most;
    agen_ticks cleanup; /* how long its finally sleeps, twice */
    int error;          /* that its finally raises */
};

AGEN(source, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (self->i = 1; self->i <= self->most; self->i++)
            AGEN_YIELD(self, self->i);
    } AGEN_FINALLY(self) {
        trace("cleanup");
        if (self->cleanup) {
            AGEN_SLEEP(self, self->cleanup);
            AGEN_SLEEP(self, self->cleanup);
        }
        if (self->error)
            AGEN_RAISE(self, self->error);
        trace("cleaned");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static struct source endless(void)
{
    struct source g = { AGEN_INIT(source), .most = 1000 };

    return g;
}

static int firsts, finals;

static void track(agen_t *g)
{
    struct source *source = (struct source *)(void *)g;

    firsts++;
    CHECK_INT(agen_track(&loop, &source->task, source), AGEN_DONE);
}

static void close_later(agen_t *g)
{
    struct source *source = (struct source *)(void *)g;

    finals++;
    (void)agen_untrack(&source->task);
    CHECK_INT(agen_spawn_close(&loop, &source->task, source), AGEN_DONE);
}

static void begin_hooked(void)
{
    begin();
    loop.first_iteration = track;
    loop.finalizer = close_later;
    firsts = finals = 0;
}

static void end_quietly(void)
{
    CHECK_INT(failures, 0);
    end();
}

/* --- CPython's, by name ----------------------------------------------------------------------- */

/* A generator that is dropped in a running loop is closed by it, sleeps included. */
static void test_async_gen_asyncio_gc_aclose_09(void)
{
    struct source g = endless();

    g.cleanup = 10;
    begin_hooked();
    go_on(&g, "nnos");
    CHECK_TRACE("1 2 dropped cleanup cleaned slept");
    CHECK(agen_done(&g));
    CHECK_INT(finals, 1);
    end_quietly();
}

/* Sleeps before its first yield; its cleanup waits a pass. */
struct waiter {
    AGEN_YIELDS(int);
    agen_task task;
};

AGEN(waiter, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_SLEEP(self, 1000);
        AGEN_YIELD(self, 1);
    } AGEN_FINALLY(self) {
        AGEN_PAUSE(self);
        trace("cleaned");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct waits {
    AGEN_COROUTINE;
    struct waiter waiter;
};

AGEN(waits, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->waiter)
        trace("value");
    AGEN_END(self);
}

static void track_waiter(agen_t *g)
{
    struct waiter *waiter = (struct waiter *)(void *)g;

    CHECK_INT(agen_track(&loop, &waiter->task, waiter), AGEN_DONE);
}

/* Tasks that are cancelled inside generators run their cleanups; a shutdown finds all closed. */
static void test_async_gen_asyncio_shutdown_01(void)
{
    struct waits a = { AGEN_INIT(waits), .waiter = { AGEN_INIT(waiter) } }, b = a;
    agen_task first = { 0 }, second = { 0 };

    begin();
    loop.first_iteration = track_waiter;
    CHECK_INT(agen_spawn(&loop, &first, &a), AGEN_DONE);
    CHECK_INT(agen_spawn(&loop, &second, &b), AGEN_DONE);
    run_until(100);
    CHECK(agen_cancel(&first));
    CHECK(agen_cancel(&second));
    CHECK(run_out());
    CHECK_INT(agen_task_status(&first), AGEN_E_CANCELLED);
    CHECK_INT(agen_task_status(&second), AGEN_E_CANCELLED);
    CHECK_TRACE("cleaned cleaned");
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK_TRACE("");
    end_quietly();
}

/* A shutdown closes one that was left half way, without a word. */
static void test_async_gen_asyncio_shutdown_02(void)
{
    struct source g = endless();

    begin_hooked();
    go_on(&g, "n");
    CHECK(!agen_done(&g));
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK(agen_done(&g));
    CHECK_TRACE("1 cleanup cleaned");
    end_quietly();
}

/* An error of such a close is reported, with what tells which generator it was. */
static void test_async_gen_asyncio_shutdown_exception_01(void)
{
    struct source g = endless();

    g.error = E_OWN;
    begin_hooked();
    go_on(&g, "n");
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK_INT(failures, 1);
    CHECK_INT(last_failure, E_OWN);
    CHECK_INT(agen_task_status(&g.task), E_OWN);
    CHECK(agen_done(&g));
    CHECK_TRACE("1 cleanup");
    end();
}

/* And so is that of a generator which was dropped before. */
static void test_async_gen_asyncio_shutdown_exception_02(void)
{
    struct source g = endless();

    g.error = E_OWN;
    begin_hooked();
    go_on(&g, "no");
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK_INT(failures, 1);
    CHECK_INT(last_failure, E_OWN);
    CHECK(agen_done(&g));
    CHECK_TRACE("1 dropped cleanup");
    end();
}

/* A close that was scheduled and has not begun can be cancelled: nothing is reported. */
static void test_asyncgen_nonstarted_hooks_are_cancellable(void)
{
    struct source g = endless();

    begin_hooked();
    go_on(&g, "n");
    CHECK_INT(agen_drop(&g), AGEN_DONE);
    CHECK_INT(agen_task_status(&g.task), AGEN_PENDING);
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK_INT(finals, 1);
    CHECK_INT(agen_task_status(&g.task), AGEN_E_CANCELLED);
    end_quietly();
    CHECK_TRACE("1 cleanup cleaned");
}

/* test_sys.py. At first there are none. Each is set and cleared by itself. */
static void test_asyncgen_hooks(void)
{
    struct source g = endless(), h = endless(), k = endless();

    begin();
    CHECK(!loop.first_iteration);
    CHECK(!loop.finalizer);
    firsts = finals = 0;
    loop.first_iteration = track;
    CHECK(!loop.finalizer);
    go_on(&g, "n");
    CHECK_INT(firsts, 1);
    loop.finalizer = close_later;
    CHECK(loop.first_iteration == track);
    go_on(&h, "no");
    CHECK_INT(firsts, 2);
    CHECK_INT(finals, 1);
    loop.first_iteration = NULL;
    loop.finalizer = NULL;
    go_on(&k, "no");
    CHECK_INT(firsts, 2);
    CHECK_INT(finals, 1);
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK_TRACE("1 1 dropped cleanup cleaned 1 cleanup cleaned dropped cleanup cleaned");
    end_quietly();
}

/* test_base_events.py. Between two passes, too: the next ones run the cleanup. */
static void test_asyncgen_finalization_by_gc(void)
{
    struct source g = endless();

    g.cleanup = 10;
    begin_hooked();
    go_on(&g, "n");
    CHECK_INT(agen_drop(&g), AGEN_DONE);
    CHECK(!agen_done(&g));
    CHECK_TRACE("1");
    CHECK(run_out());
    CHECK(agen_done(&g));
    CHECK_TRACE("cleanup cleaned");
    end_quietly();
}

/* A task that drops a generator when it is told to. */
struct collector {
    AGEN_COROUTINE;
    struct source *g;
    agen_event event;
};

AGEN(collector, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT(self, &self->event);
    CHECK_INT(agen_drop(self->g), AGEN_DONE);
    AGEN_END(self);
}

#ifdef HAVE_THREADS
static void *collects(void *of)
{
    agen_event_set_isr(&((struct collector *)of)->event);
    return NULL;
}
#endif

/* Another thread may not drop it: it sets an event, and a task does. */
static void test_asyncgen_finalization_by_gc_in_other_thread(void)
{
    struct source g = endless();
    struct collector c = { AGEN_INIT(collector), .g = &g };
    agen_task task = { 0 };

    begin_hooked();
    go_on(&g, "n");
    CHECK_INT(agen_spawn(&loop, &task, &c), AGEN_DONE);
    settle();
    CHECK_TRACE("1");
#ifdef HAVE_THREADS
    {
        pthread_t other;

        CHECK_INT(pthread_create(&other, NULL, collects, &c), 0);
        CHECK_INT(pthread_join(other, NULL), 0);
    }
#else
    agen_event_set(&c.event);
#endif
    CHECK_TRACE(""); /* nothing runs in that thread */
    CHECK(!agen_done(&g));
    settle();
    CHECK_TRACE("cleanup cleaned");
    CHECK(agen_done(&g));
    end_quietly();
}

/* Consumes for ever; what cancels it makes it fail. */
struct spins {
    AGEN_COROUTINE;
    struct source *g;
};

AGEN(spins, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_FOR(self, self->g)
            AGEN_SLEEP(self, 1);
    } AGEN_EXCEPT_ANY(self) {
        record_error(agen_error(self));
        AGEN_RAISE(self, E_OWN);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* test_runners.py. First the tasks are cancelled, then the generators closed, errors or not. */
static void test_asyncio_run_closes_gens_after_hanging_tasks_errors(void)
{
    struct source g = endless();
    struct spins x = { AGEN_INIT(spins), .g = &g };
    agen_task task = { 0 };

    begin_hooked();
    CHECK_INT(agen_spawn(&loop, &task, &x), AGEN_DONE);
    run_until(10);
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK_TRACE("cancelled cleanup cleaned");
    CHECK_INT(agen_task_status(&task), E_OWN);
    CHECK(agen_done(&g));
    CHECK_INT(failures, 1);
    CHECK_INT(last_failure, E_OWN);
    end();
}

/* --- Rules ------------------------------------------------------------------------------------ */

static void note_first(agen_t *g)
{
    (void)g;
    trace("first");
}

static void note_final(agen_t *g)
{
    (void)g;
    trace("final");
}

/* Once for a generator. The finalizer is the loop's when it is dropped: none is kept with it. */
static void h2_once(void)
{
    struct source g = endless();

    begin();
    loop.first_iteration = note_first;
    go_on(&g, "nn");
    CHECK_TRACE("first 1 2");
    loop.finalizer = note_final;
    go_on(&g, "no");
    CHECK_TRACE("3 final dropped");
    end_quietly();
}

/* Those that are suspended. Nothing of a new or an ended one runs; a pending one is refused. */
static void h4_which_are_finalized(void)
{
    struct source fresh = endless(), g = endless(), closed = endless(), ended = endless();
    struct waits x = { AGEN_INIT(waits), .waiter = { AGEN_INIT(waiter) } };
    agen_task task = { 0 };

    begin();
    loop.finalizer = note_final;
    go_on(&fresh, "o");
    CHECK_TRACE("dropped");
    CHECK(agen_done(&fresh));
    go_on(&closed, "nco");
    CHECK_TRACE("1 cleanup cleaned closed dropped");
    ended.most = 1;
    go_on(&ended, "ao");
    CHECK_TRACE("1 cleanup cleaned end dropped");
    go_on(&g, "no");
    CHECK_TRACE("1 final dropped");
    CHECK_INT(agen_spawn(&loop, &task, &x), AGEN_DONE);
    settle();
    CHECK_INT(agen_drop(&x.waiter), AGEN_E_RUNNING);
    CHECK(agen_cancel(&task));
    end_quietly();
    CHECK_TRACE("cleaned");
}

/* One that no operation was made on is not tracked, and stays new. */
static void d9_never_begun(void)
{
    struct source g = endless();

    begin_hooked();
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK_INT(firsts, 0);
    CHECK(!agen_done(&g));
    end_quietly();
    CHECK_INT(agen_next(&g), AGEN_YIELDED);
}

int main(void)
{
    test_async_gen_asyncio_gc_aclose_09();
    test_async_gen_asyncio_shutdown_01();
    test_async_gen_asyncio_shutdown_02();
    test_async_gen_asyncio_shutdown_exception_01();
    test_async_gen_asyncio_shutdown_exception_02();
    test_asyncgen_nonstarted_hooks_are_cancellable();
    test_asyncgen_hooks();
    test_asyncgen_finalization_by_gc();
    test_asyncgen_finalization_by_gc_in_other_thread();
    test_asyncio_run_closes_gens_after_hanging_tasks_errors();
    h2_once();
    h4_which_are_finalized();
    d9_never_begun();
    return check_result();
}
