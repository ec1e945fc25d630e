/*
 * SPDX-License-Identifier: 0BSD
 *
 * CPython's Lib/test/test_asyncgen.py, test by test: of the class AsyncGenAsyncioTest, the close,
 * and operations as objects that are used twice. Each runs in a task of an event loop.
 */
#include "record.h"

/* --- What the cleanup may do ------------------------------------------------------------------ */

struct aclose_06 {
    AGEN_YIELDS(int);
};

AGEN(aclose_06, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
        AGEN_RAISE(self, E_OWN);
    } AGEN_FINALLY(self) {
        AGEN_SLEEP(self, 10);
        AGEN_YIELD(self, 12);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* A finally that sleeps and then yields ignores the exit. */
static void test_async_gen_asyncio_aclose_06(void)
{
    struct aclose_06 g = { AGEN_INIT(aclose_06) };

    run(&g, "nc");
    CHECK_TRACE("1 ignored-exit");
    CHECK_INT(ticks, 10);
    CHECK(!agen_done(&g));
    CHECK_INT(agen_close(&g), AGEN_DONE);
}

/* Yields; its finally sleeps twice. `event` is never set. */
struct sleeps_twice {
    AGEN_YIELDS(int);
    agen_event *event;
};

AGEN(sleeps_twice, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
        if (self->event)
            AGEN_WAIT(self, self->event);
        trace("on");
        AGEN_YIELD(self, 2);
    } AGEN_FINALLY(self) {
        AGEN_SLEEP(self, 10);
        trace("between");
        AGEN_SLEEP(self, 10);
        trace("cleaned");
    } AGEN_END_TRY(self);
    trace("after");
    AGEN_END(self);
}

/* All that a finally waits for is waited for; what is after the try does not run. */
static void test_async_gen_asyncio_aclose_07(void)
{
    struct sleeps_twice g = { AGEN_INIT(sleeps_twice) };

    run(&g, "nc");
    CHECK_TRACE("1 between cleaned closed");
    CHECK_INT(ticks, 20);
    CHECK(agen_done(&g));
}

/* A wait that comes after the yield is not reached: nothing has to happen for the close to end. */
static void test_async_gen_asyncio_aclose_08(void)
{
    agen_event event = { 0 };
    struct sleeps_twice g = { AGEN_INIT(sleeps_twice), .event = &event };

    run(&g, "nc");
    CHECK_TRACE("1 between cleaned closed");
    CHECK_INT(ticks, 20);
    CHECK(agen_done(&g));
}

struct swallows {
    AGEN_YIELDS(int);
    bool yields_on;
};

AGEN(swallows, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
    } AGEN_EXCEPT_ANY(self) {
        record_error(agen_error(self));
    } AGEN_END_TRY(self);
    if (self->yields_on)
        AGEN_YIELD(self, 2);
    trace("after");
    AGEN_END(self);
}

/*
 * An exit that is swallowed, and then the end: the close succeeds, and the code after has run.
 * (Where CPython compares with a synchronous generator: the same by hand.)
 */
static void test_async_gen_asyncio_aclose_10(void)
{
    struct swallows g = { AGEN_INIT(swallows) }, h = g;

    run(&g, "nc");
    CHECK_TRACE("1 exit after closed");
    CHECK(agen_done(&g));
    CHECK_INT(agen_next(&h), AGEN_YIELDED);
    CHECK_INT(agen_close(&h), AGEN_DONE);
    CHECK_TRACE("exit after");
}

/* An exit that is swallowed, and then a yield: ignored, and nothing after that yield has run. */
static void test_async_gen_asyncio_aclose_11(void)
{
    struct swallows g = { AGEN_INIT(swallows), .yields_on = true }, h = g;

    run(&g, "nc");
    CHECK_TRACE("1 exit ignored-exit");
    CHECK(!agen_done(&g));
    CHECK_INT(agen_next(&h), AGEN_YIELDED);
    CHECK_INT(agen_close(&h), AGEN_E_IGNORED_EXIT);
    CHECK_TRACE("exit");
}

struct target {
    AGEN_COROUTINE;
};

AGEN(target, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, 10);
    AGEN_RAISE(self, E_OWN);
    AGEN_END(self);
}

struct aclose_12 {
    AGEN_YIELDS(int);
    struct target target;
    agen_task task;
    agen_slot slot;
};

AGEN(aclose_12, self)
{
    AGEN_BEGIN(self);
    CHECK_INT(agen_spawn(&loop, &self->task, &self->target), AGEN_DONE);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
    } AGEN_FINALLY(self) {
        AGEN_TRY_IN(self, &self->slot) {
            AGEN_JOIN(self, &self->task);
        } AGEN_EXCEPT(self) {
            trace_int(agen_error(self));
        } AGEN_END_TRY(self);
        record_error(agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* A finally may wait for a task that fails, and deal with that; the exit goes on. */
static void test_async_gen_asyncio_aclose_12(void)
{
    struct aclose_12 g = { AGEN_INIT(aclose_12), .target = { AGEN_INIT(target) } };

    run(&g, "nc");
    CHECK_TRACE("1 -5 exit closed");
    CHECK_INT(agen_task_status(&g.task), E_OWN);
}

/* --- Operations as objects -------------------------------------------------------------------- */

struct two {
    AGEN_YIELDS(int);
    bool started;
};

AGEN(two, self)
{
    AGEN_BEGIN(self);
    self->started = true;
    AGEN_YIELD(self, 1);
    AGEN_YIELD(self, 2);
    AGEN_END(self);
}

/* What `nxt = g.__anext__()` is in Python, and `g.aclose()`: a coroutine that makes one step. */
struct stepper {
    AGEN_COROUTINE;
    agen_t *g;
};

AGEN(stepper, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, self->g);
    trace("stepped");
    AGEN_END(self);
}

struct closer {
    AGEN_COROUTINE;
    agen_t *g;
};

AGEN(closer, self)
{
    AGEN_BEGIN(self);
    AGEN_CLOSE(self, self->g);
    trace("closed");
    AGEN_END(self);
}

struct thrower {
    AGEN_COROUTINE;
    agen_t *g;
};

AGEN(thrower, self)
{
    AGEN_BEGIN(self);
    AGEN_THROW(self, self->g, E_OTHER);
    trace("thrown");
    AGEN_END(self);
}

struct awaits_twice {
    AGEN_COROUTINE;
    agen_t *step;
};

AGEN(awaits_twice, self)
{
    AGEN_BEGIN(self);
    AGEN_AWAIT(self, self->step);
    AGEN_AWAIT(self, self->step);
    trace("twice");
    AGEN_END(self);
}

/* Such an object makes its step once: awaited again it is done at once, and touches nothing. */
static void test_async_gen_await_same_anext_coro_twice(void)
{
    struct two g = { AGEN_INIT(two) };
    struct stepper step = { AGEN_INIT(stepper), .g = (agen_t *)&g };
    struct awaits_twice x = { AGEN_INIT(awaits_twice), .step = (agen_t *)&step };

    CHECK_INT(run_task(&x), AGEN_DONE);
    CHECK_TRACE("stepped twice");
    CHECK_INT(g.value, 1);
    CHECK(!agen_done(&g));
    CHECK_INT(agen_close(&g), AGEN_DONE);
}

/* The same for a close. */
static void test_async_gen_await_same_aclose_coro_twice(void)
{
    struct two g = { AGEN_INIT(two) };
    struct closer close = { AGEN_INIT(closer), .g = (agen_t *)&g };
    struct awaits_twice x = { AGEN_INIT(awaits_twice), .step = (agen_t *)&close };

    CHECK_INT(run_task(&x), AGEN_DONE);
    CHECK_TRACE("closed twice");
    CHECK(agen_done(&g));
    CHECK(!g.started);
}

/*
 * A close that was never begun and is closed itself is over without a fault. Its generator is as
 * new, where CPython's has ended: an operation begins when it is called, not when it is made.
 */
static void test_async_gen_throw_same_aclose_coro_twice(void)
{
    struct two g = { AGEN_INIT(two) };
    struct closer close = { AGEN_INIT(closer), .g = (agen_t *)&g };

    CHECK_INT(agen_close(&close), AGEN_DONE);
    CHECK_INT(agen_throw(&close, AGEN_E_EXIT), AGEN_E_EXIT);
    CHECK(!agen_done(&g));
    run(&g, "a");
    CHECK_TRACE("1 2 end");
}

/* Another error thrown into a close that was never begun comes back, however often. */
static void test_async_gen_throw_custom_same_aclose_coro_twice(void)
{
    struct two g = { AGEN_INIT(two) };
    struct closer close = { AGEN_INIT(closer), .g = (agen_t *)&g };

    CHECK_INT(agen_throw(&close, E_OWN), E_OWN);
    CHECK_INT(agen_throw(&close, E_OWN), E_OWN);
    CHECK_INT(agen_next(&close), AGEN_DONE);
    run(&g, "a");
    CHECK_TRACE("1 2 end");
}

/* The same for a throw: its own error has not been thrown. */
static void test_async_gen_throw_custom_same_athrow_coro_twice(void)
{
    struct two g = { AGEN_INIT(two) };
    struct thrower throw = { AGEN_INIT(thrower), .g = (agen_t *)&g };

    CHECK_INT(agen_throw(&throw, E_OWN), E_OWN);
    CHECK_INT(agen_throw(&throw, E_OWN), E_OWN);
    CHECK_INT(agen_next(&throw), AGEN_DONE);
    run(&g, "nt");
    CHECK_TRACE("1 -5");
    CHECK(agen_done(&g));
}

/* Two closes, one after the other, both succeed. */
static void test_async_gen_aclose_twice_with_different_coros(void)
{
    struct two g = { AGEN_INIT(two) };

    run(&g, "cc");
    CHECK_TRACE("closed closed");
    CHECK(!g.started);
}

/* A close after the end does nothing, and succeeds. */
static void test_async_gen_aclose_after_exhaustion(void)
{
    struct two g = { AGEN_INIT(two) };

    run(&g, "ac");
    CHECK_TRACE("1 2 end closed");
    CHECK(agen_done(&g));
}

int main(void)
{
    test_async_gen_asyncio_aclose_06();
    test_async_gen_asyncio_aclose_07();
    test_async_gen_asyncio_aclose_08();
    test_async_gen_asyncio_aclose_10();
    test_async_gen_asyncio_aclose_11();
    test_async_gen_asyncio_aclose_12();
    test_async_gen_await_same_anext_coro_twice();
    test_async_gen_await_same_aclose_coro_twice();
    test_async_gen_throw_same_aclose_coro_twice();
    test_async_gen_throw_custom_same_aclose_coro_twice();
    test_async_gen_throw_custom_same_athrow_coro_twice();
    test_async_gen_aclose_twice_with_different_coros();
    test_async_gen_aclose_after_exhaustion();
    return check_result();
}
