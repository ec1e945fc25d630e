/*
 * SPDX-License-Identifier: 0BSD
 *
 * CPython's Lib/test/test_asyncgen.py, test by test: the classes AsyncGenSyntaxTest, AsyncGenTest
 * and TestUnawaitedWarnings. They step by hand, without a loop. Each function has the name of the
 * method whose rule it pins; docs/PYTHON.md lists those that have no meaning in C.
 */
#include "record.h"

/* --- AsyncGenSyntaxTest ----------------------------------------------------------------------- */

struct returns {
    AGEN_YIELDS(int);
    bool waits, yields, at_once;
};

AGEN(returns, self)
{
    AGEN_BEGIN(self);
    if (self->waits)
        AGEN_PAUSE(self);
    if (self->yields)
        AGEN_YIELD(self, 1);
    if (self->at_once)
        AGEN_RETURN(self);
    trace("after");
    AGEN_END(self);
}

/* One that waits and yields returns no value: the end leaves what was yielded last alone. */
static void test_async_gen_syntax_03(void)
{
    struct returns g = { AGEN_INIT(returns), .waits = true, .yields = true, .at_once = true };

    drive(&g);
    CHECK_TRACE("pending 1 stop");
    CHECK_INT(g.value, 1);
}

/* Nor does one that only yields. */
static void test_async_gen_syntax_04(void)
{
    struct returns g = { AGEN_INIT(returns), .yields = true, .at_once = true };

    drive(&g);
    CHECK_TRACE("1 stop");
    CHECK_INT(g.value, 1);
}

/* What is declared to yield is a generator, also if control never gets to a yield. */
static void test_async_gen_syntax_05(void)
{
    struct returns g = { AGEN_INIT(returns), .value = 7, .at_once = true };

    drive(&g);
    CHECK_TRACE("stop");
    CHECK_INT(g.value, 7);
}

/* --- AsyncGenTest ----------------------------------------------------------------------------- */

/* What awaitable() is there: it suspends once. */
struct pause {
    AGEN_COROUTINE;
};

AGEN(pause, self)
{
    AGEN_BEGIN(self);
    AGEN_PAUSE(self);
    AGEN_END(self);
}

struct iteration_01 {
    AGEN_YIELDS_RECEIVES(int, int);
    struct pause pause;
    bool received;
};

AGEN(iteration_01, self)
{
    AGEN_BEGIN(self);
    agen_init(&self->pause, pause);
    AGEN_AWAIT(self, &self->pause);
    AGEN_YIELD(self, 123);
    self->received = agen_received(self);
    agen_init(&self->pause, pause);
    AGEN_AWAIT(self, &self->pause);
    AGEN_YIELD(self, 456);
    AGEN_PAUSE(self);
    AGEN_YIELD(self, 789);
    AGEN_END(self);
}

/* Awaits between the yields do not show in the values; under next, a yield receives nothing. */
static void test_async_gen_iteration_01(void)
{
    struct iteration_01 g = { AGEN_INIT(iteration_01), .received = true };

    drive(&g);
    CHECK_TRACE("pending 123 pending 456 pending 789 stop");
    CHECK(!g.received);
}

struct iteration_02 {
    AGEN_YIELDS(int);
};

AGEN(iteration_02, self)
{
    AGEN_BEGIN(self);
    AGEN_PAUSE(self);
    AGEN_YIELD(self, 123);
    AGEN_PAUSE(self);
    AGEN_END(self);
}

/* Each step answers for the wait inside first, then with the value; after the last, the end. */
static void test_async_gen_iteration_02(void)
{
    struct iteration_02 g = { AGEN_INIT(iteration_02) };

    CHECK_INT(agen_next(&g), AGEN_PENDING);
    CHECK_INT(agen_poll(&g), AGEN_YIELDED);
    CHECK_INT(g.value, 123);
    CHECK_INT(agen_next(&g), AGEN_PENDING);
    CHECK_INT(agen_poll(&g), AGEN_DONE);
    CHECK_INT(agen_next(&g), AGEN_DONE);
}

struct exception_03 {
    AGEN_YIELDS(int);
    struct pause pause;
};

AGEN(exception_03, self)
{
    AGEN_BEGIN(self);
    AGEN_PAUSE(self);
    AGEN_YIELD(self, 123);
    agen_init(&self->pause, pause);
    AGEN_AWAIT(self, &self->pause);
    AGEN_YIELD(self, 456);
    AGEN_END(self);
}

struct exception_03_loop {
    AGEN_COROUTINE;
    struct exception_03 g;
};

AGEN(exception_03_loop, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->g)
        trace_int(self->g.value);
    trace("after");
    AGEN_END(self);
}

/* An error that the driver raises at an inner wait comes out of the loop over the generator. */
static void test_async_gen_exception_03(void)
{
    struct exception_03_loop x = { AGEN_INIT(exception_03_loop), .g = { AGEN_INIT(exception_03) } };

    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, E_OWN), E_OWN);
    CHECK_TRACE("123");
    CHECK(agen_done(&x.g.pause));
    CHECK(agen_done(&x.g));
}

struct raiser {
    AGEN_YIELDS(int);
    int error;
    bool waits;
};

AGEN(raiser, self)
{
    AGEN_BEGIN(self);
    if (self->waits)
        AGEN_PAUSE(self);
    AGEN_YIELD(self, 123);
    AGEN_RAISE(self, self->error);
    AGEN_END(self);
}

/* What the body raises after a yield is the answer to the next step, not to that one. */
static void test_async_gen_exception_04(void)
{
    struct raiser g = { AGEN_INIT(raiser), .error = E_OWN, .waits = true };

    drive(&g);
    CHECK_TRACE("pending 123 -5 stop");
}

/* The code that means "stop" does not leave a generator as an error: it is converted. */
static void test_async_gen_exception_05(void)
{
    struct raiser g = { AGEN_INIT(raiser), .error = AGEN_E_STOP };

    drive(&g);
    CHECK_TRACE("123 stop-leaked stop");
}

struct stops {
    AGEN_COROUTINE;
};

AGEN(stops, self)
{
    AGEN_BEGIN(self);
    AGEN_RAISE(self, AGEN_E_STOP);
    AGEN_END(self);
}

struct exception_06 {
    AGEN_YIELDS(int);
    struct stops stops;
};

AGEN(exception_06, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 123);
    AGEN_AWAIT(self, &self->stops);
    AGEN_END(self);
}

/* C has one such code for Python's two. Out of a coroutine it comes as it is, then is converted. */
static void test_async_gen_exception_06(void)
{
    struct exception_06 g = { AGEN_INIT(exception_06), .stops = { AGEN_INIT(stops) } };
    struct stops alone = { AGEN_INIT(stops) };

    drive(&g);
    CHECK_TRACE("123 stop-leaked stop");
    CHECK_INT(agen_next(&alone), AGEN_E_STOP);
}

/* Where CPython compares with a synchronous generator: one body, without waits and with them. */
struct exception_07 {
    AGEN_YIELDS(int);
    bool waits;
};

AGEN(exception_07, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->waits)
            AGEN_PAUSE(self);
        AGEN_YIELD(self, 1);
        AGEN_RAISE(self, E_OWN);
    } AGEN_FINALLY(self) {
        AGEN_YIELD(self, 2);
        if (self->waits)
            AGEN_PAUSE(self);
        AGEN_YIELD(self, 3);
    } AGEN_END_TRY(self);
    AGEN_YIELD(self, 100);
    AGEN_END(self);
}

/* An error waits while the finally yields, then goes on; code after the try does not run. */
static void test_async_gen_exception_07(void)
{
    struct exception_07 g = { AGEN_INIT(exception_07) };

    drive(&g);
    CHECK_TRACE("1 2 3 -5 stop");
}

struct exception_08 {
    AGEN_YIELDS(int);
};

AGEN(exception_08, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
        AGEN_PAUSE(self);
    } AGEN_FINALLY(self) {
        AGEN_PAUSE(self);
        AGEN_YIELD(self, 2);
        AGEN_RAISE(self, E_OWN);
        AGEN_YIELD(self, 3);
    } AGEN_END_TRY(self);
    AGEN_YIELD(self, 100);
    AGEN_END(self);
}

/* A finally that was entered without an error waits, yields, and raises one of its own. */
static void test_async_gen_exception_08(void)
{
    struct exception_08 g = { AGEN_INIT(exception_08) };

    drive(&g);
    CHECK_TRACE("1 pending pending 2 -5 stop");
}

/* As 07, with waits in front of the yield and between those of the finally. */
static void test_async_gen_exception_09(void)
{
    struct exception_07 g = { AGEN_INIT(exception_07), .waits = true };

    drive(&g);
    CHECK_TRACE("pending 1 2 pending 3 -5 stop");
}

struct echo {
    AGEN_YIELDS_RECEIVES(int, int);
};

AGEN(echo, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 123);
    AGEN_YIELD(self, self->sent);
    AGEN_END(self);
}

/* A value sent before the first yield is refused, and the generator is as new. */
static void test_async_gen_exception_10(void)
{
    struct echo g = { AGEN_INIT(echo), .sent = 7 };

    CHECK_INT(agen_send(&g, 100), AGEN_E_JUST_STARTED);
    CHECK_INT(g.sent, 7);
    CHECK(!agen_done(&g));
    CHECK_INT(agen_next(&g), AGEN_YIELDED);
    CHECK_INT(g.value, 123);
    CHECK_INT(agen_send(&g, 100), AGEN_YIELDED);
    CHECK_INT(g.value, 100);
}

struct exception_11 {
    AGEN_YIELDS(int);
    struct echo inner;
};

AGEN(exception_11, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_NEXT(self, &self->inner);
    AGEN_TRY(self) {
        AGEN_THROW(self, &self->inner, AGEN_E_EXIT);
        trace("after");
    } AGEN_EXCEPT_ANY(self) {
        record_error(agen_error(self));
        AGEN_YIELD(self, 2);
    } AGEN_END_TRY(self);
    AGEN_YIELD(self, 3);
    AGEN_END(self);
}

/* An exit that is thrown, not a close, comes back to who threw it, who may catch it and go on. */
static void test_async_gen_exception_11(void)
{
    struct exception_11 g = { AGEN_INIT(exception_11), .inner = { AGEN_INIT(echo) } };

    drive(&g);
    CHECK_TRACE("1 exit 2 3 stop");
    CHECK(agen_done(&g.inner));
}

struct exception_12 {
    AGEN_YIELDS(int);
};

AGEN(exception_12, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, self);
    AGEN_YIELD(self, 123);
    AGEN_END(self);
}

/* A body that steps itself gets an error; uncaught, it is the answer to the outer step, once. */
static void test_async_gen_exception_12(void)
{
    struct exception_12 g = { AGEN_INIT(exception_12) };

    drive(&g);
    CHECK_TRACE("running stop");
}

/* Waits again and again, whatever is raised there. */
struct stubborn {
    AGEN_YIELDS_RECEIVES(int, int);
    bool yields_first;
    int caught, rounds;
};

AGEN(stubborn, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->yields_first)
            AGEN_YIELD(self, 1);
    } AGEN_EXCEPT(self) {
        self->caught++;
    } AGEN_END_TRY(self);
    for (;;) {
        AGEN_TRY(self) {
            self->rounds++;
            AGEN_PAUSE(self);
        } AGEN_EXCEPT(self) {
            self->caught++;
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

/* What a second operation finds while one is pending: a refusal, and nothing has changed. */
static void check_send_refused(struct stubborn *g)
{
    const int caught = g->caught, rounds = g->rounds;

    CHECK_INT(agen_send(g, 5), AGEN_E_RUNNING);
    CHECK_INT(agen_next(g), AGEN_E_RUNNING);
    CHECK_INT(agen_send(g, 5), AGEN_E_RUNNING);
    CHECK_INT(g->sent, 0);
    CHECK_INT(g->caught, caught);
    CHECK_INT(g->rounds, rounds);
}

static void check_throw_refused(struct stubborn *g)
{
    const int caught = g->caught, rounds = g->rounds;

    CHECK_INT(agen_throw(g, E_OWN), AGEN_E_RUNNING);
    CHECK_INT(agen_throw(g, E_OWN), AGEN_E_RUNNING);
    CHECK_INT(g->caught, caught);
    CHECK_INT(g->rounds, rounds);
}

/* Then the pending one can be carried on, and what is raised in it reaches its wait. */
static void check_goes_on(struct stubborn *g)
{
    const int caught = g->caught, rounds = g->rounds;

    CHECK_INT(agen_poll(g), AGEN_PENDING);
    CHECK_INT(g->rounds, rounds + 1);
    CHECK_INT(agen_abort(g, E_OWN), AGEN_PENDING);
    CHECK_INT(g->caught, caught + 1);
    CHECK_INT(g->rounds, rounds + 2);
    CHECK_INT(agen_abort(g, AGEN_E_EXIT), AGEN_E_EXIT);
    CHECK(agen_done(g));
}

/* While a next is pending, a send is refused. */
static void test_async_gen_asend_throw_concurrent_with_send(void)
{
    struct stubborn g = { AGEN_INIT(stubborn), .sent = 0 };

    CHECK_INT(agen_next(&g), AGEN_PENDING);
    check_send_refused(&g);
    check_goes_on(&g);
}

/* And so is a throw. */
static void test_async_gen_athrow_throw_concurrent_with_send(void)
{
    struct stubborn g = { AGEN_INIT(stubborn), .sent = 0 };

    CHECK_INT(agen_next(&g), AGEN_PENDING);
    check_throw_refused(&g);
    check_goes_on(&g);
}

/* The same while it is a throw that is pending: a send .. */
static void test_async_gen_asend_throw_concurrent_with_throw(void)
{
    struct stubborn g = { AGEN_INIT(stubborn), .yields_first = true };

    CHECK_INT(agen_next(&g), AGEN_YIELDED);
    CHECK_INT(agen_throw(&g, E_OWN), AGEN_PENDING);
    CHECK_INT(g.caught, 1);
    check_send_refused(&g);
    check_goes_on(&g);
}

/* .. and a throw. */
static void test_async_gen_athrow_throw_concurrent_with_throw(void)
{
    struct stubborn g = { AGEN_INIT(stubborn), .yields_first = true };

    CHECK_INT(agen_next(&g), AGEN_YIELDED);
    CHECK_INT(agen_throw(&g, E_OWN), AGEN_PENDING);
    check_throw_refused(&g);
    check_goes_on(&g);
}

/* An exit thrown into a new generator comes out. (The deprecated signature has no meaning in C.) */
static void test_async_gen_3_arg_deprecation_warning(void)
{
    struct echo g = { AGEN_INIT(echo) };

    CHECK_INT(agen_throw(&g, AGEN_E_EXIT), AGEN_E_EXIT);
    CHECK(agen_done(&g));
    CHECK_INT(agen_next(&g), AGEN_DONE);
}

/* What can be asked of a new one: it has not ended, nothing is pending; it can be closed. */
static void test_async_gen_api_01(void)
{
    struct echo g = { AGEN_INIT(echo) };

    CHECK(!agen_done(&g));
    CHECK_INT(agen_abort(&g, E_OWN), AGEN_DONE);
    CHECK(!agen_done(&g));
    CHECK_INT(agen_close(&g), AGEN_DONE);
    CHECK(agen_done(&g));
}

/* Answers an exit at its wait with another wait. */
struct lingers {
    AGEN_YIELDS(int);
    bool yields_first;
};

AGEN(lingers, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->yields_first)
            AGEN_YIELD(self, 1);
    } AGEN_EXCEPT(self) {
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_TRY(self) {
        AGEN_PAUSE(self);
        trace("after");
    } AGEN_EXCEPT_ANY(self) {
        record_error(agen_error(self));
        AGEN_PAUSE(self);
        trace("lingered");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/*
 * A pending next that is given up may wait in answer: one more wait, where CPython makes it an
 * error and leaves the generator busy. It can be carried on, or given up again.
 */
static void test_async_gen_asend_close_runtime_error(void)
{
    struct lingers g = { AGEN_INIT(lingers) }, h = { AGEN_INIT(lingers) };

    CHECK_INT(agen_next(&g), AGEN_PENDING);
    CHECK_INT(agen_abort(&g, AGEN_E_EXIT), AGEN_PENDING);
    CHECK_INT(agen_poll(&g), AGEN_DONE);
    CHECK_TRACE("exit lingered");

    CHECK_INT(agen_next(&h), AGEN_PENDING);
    CHECK_INT(agen_abort(&h, AGEN_E_EXIT), AGEN_PENDING);
    CHECK_INT(agen_abort(&h, AGEN_E_EXIT), AGEN_E_EXIT);
    CHECK(agen_done(&h));
    CHECK_TRACE("exit");
}

/* The same for a pending throw. */
static void test_async_gen_athrow_close_runtime_error(void)
{
    struct lingers g = { AGEN_INIT(lingers), .yields_first = true };

    CHECK_INT(agen_next(&g), AGEN_YIELDED);
    CHECK_INT(agen_throw(&g, E_OWN), AGEN_PENDING);
    CHECK_INT(agen_abort(&g, AGEN_E_EXIT), AGEN_PENDING);
    CHECK_INT(agen_abort(&g, AGEN_E_EXIT), AGEN_E_EXIT);
    CHECK(agen_done(&g));
    CHECK_TRACE("-5 exit");
}

/* --- TestUnawaitedWarnings -------------------------------------------------------------------- */

/* An operation on g as an object that can be awaited: what g.aclose() is in Python. */
struct closer {
    AGEN_COROUTINE;
    agen_t *g;
};

AGEN(closer, self)
{
    AGEN_BEGIN(self);
    AGEN_CLOSE(self, self->g);
    AGEN_END(self);
}

/*
 * An error thrown into a close that has not begun comes straight back. The generator knows nothing
 * of it and stays new, where in CPython it has ended.
 */
static void test_aclose_throw(void)
{
    struct returns g = { AGEN_INIT(returns), .yields = true };
    struct closer close = { AGEN_INIT(closer), .g = (agen_t *)&g };

    CHECK_INT(agen_throw(&close, E_OWN), E_OWN);
    CHECK(agen_done(&close));
    CHECK(!agen_done(&g));
    CHECK_INT(agen_next(&g), AGEN_YIELDED);
}

/* A next or send while another is pending is refused, and that is its answer: nothing is queued. */
static void test_asend_send_already_running(void)
{
    struct stubborn g = { AGEN_INIT(stubborn), .sent = 0 };

    CHECK_INT(agen_next(&g), AGEN_PENDING);
    CHECK_INT(agen_send(&g, 5), AGEN_E_RUNNING);
    CHECK_INT(agen_next(&g), AGEN_E_RUNNING);
    CHECK_INT(agen_poll(&g), AGEN_PENDING);
    CHECK_INT(g.rounds, 2);
    CHECK_INT(g.sent, 0);
}

/* And so is a throw. */
static void test_athrow_send_already_running(void)
{
    struct stubborn g = { AGEN_INIT(stubborn), .sent = 0 };

    CHECK_INT(agen_next(&g), AGEN_PENDING);
    CHECK_INT(agen_throw(&g, E_OWN), AGEN_E_RUNNING);
    CHECK_INT(agen_poll(&g), AGEN_PENDING);
    CHECK_INT(g.rounds, 2);
    CHECK_INT(g.caught, 0);
}

int main(void)
{
    test_async_gen_syntax_03();
    test_async_gen_syntax_04();
    test_async_gen_syntax_05();
    test_async_gen_iteration_01();
    test_async_gen_iteration_02();
    test_async_gen_exception_03();
    test_async_gen_exception_04();
    test_async_gen_exception_05();
    test_async_gen_exception_06();
    test_async_gen_exception_07();
    test_async_gen_exception_08();
    test_async_gen_exception_09();
    test_async_gen_exception_10();
    test_async_gen_exception_11();
    test_async_gen_exception_12();
    test_async_gen_asend_throw_concurrent_with_send();
    test_async_gen_athrow_throw_concurrent_with_send();
    test_async_gen_asend_throw_concurrent_with_throw();
    test_async_gen_athrow_throw_concurrent_with_throw();
    test_async_gen_3_arg_deprecation_warning();
    test_async_gen_api_01();
    test_async_gen_asend_close_runtime_error();
    test_async_gen_athrow_close_runtime_error();
    test_aclose_throw();
    test_asend_send_already_running();
    test_athrow_send_already_running();
    return check_result();
}
