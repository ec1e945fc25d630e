/*
 * SPDX-License-Identifier: 0BSD
 *
 * CPython's Lib/test/test_asyncgen.py, test by test: of the class AsyncGenAsyncioTest, the
 * operations next, send and throw. What is asynchronous there is so here: each runs in a task of an
 * event loop, and sleeps under its clock.
 */
#include "record.h"

/* --- anext(), aiter() ------------------------------------------------------------------------- */

struct two {
    AGEN_YIELDS(int);
};

AGEN(two, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_YIELD(self, 2);
    AGEN_END(self);
}

/*
 * anext(g) is a step; after the end each step answers the same. anext(g, default) is a step and a
 * question about its status. A task that is cancelled before its step has not touched g.
 */
static void test_async_generator_anext(void)
{
    struct two g = { AGEN_INIT(two) }, h = { AGEN_INIT(two) }, k = { AGEN_INIT(two) };
    struct consumer step = { AGEN_INIT(consumer), .g = (agen_t *)&k, .script = "d" };

    run(&g, "nndd");
    CHECK_TRACE("1 2 default default");
    run(&h, "nnnnd");
    CHECK_TRACE("1 2 stop stop default");
    CHECK_INT(agen_throw(&step, E_OWN), E_OWN);
    run(&k, "d");
    CHECK_TRACE("1");
}

/* The contract is that of the interface, not of bodies: a queue is a generator without one. */
static void test_python_async_iterator_anext(void)
{
    static AGEN_QUEUE(int, 2) q;

    agen_queue_init(&q);
    CHECK(agen_try_put(&q, 1));
    CHECK(agen_try_put(&q, 2));
    agen_queue_close(&q);
    run(&q, "nnnndd");
    CHECK_TRACE("1 2 stop stop default default");
}

/* A generator is its own iterator: a loop takes it as it is. */
static void test_async_gen_aiter(void)
{
    struct two g = { AGEN_INIT(two) };

    run(&g, "a");
    CHECK_TRACE("1 2 end");
}

/* Something to iterate over: each call makes an iterator, in the caller's memory. */
static agen_t *iterate(struct two *iterator)
{
    agen_init(iterator, two);
    return (agen_t *)iterator;
}

/* What makes a new generator for each loop can be iterated over again and again. */
static void test_async_gen_aiter_class(void)
{
    struct two first, second;
    agen_t *a = iterate(&first), *b = iterate(&second);

    CHECK_INT(agen_next(a), AGEN_YIELDED);
    CHECK_INT(first.value, 1);
    CHECK_INT(agen_next(b), AGEN_YIELDED);
    CHECK_INT(second.value, 1);
    run(&first, "a");
    CHECK_TRACE("2 end");
    iterate(&first);
    run(&first, "a");
    CHECK_TRACE("1 2 end");
}

/* Seen through agen_t or not, and however often, it is the same generator. */
static void test_aiter_idempotent(void)
{
    struct two g = { AGEN_INIT(two) };
    agen_t *once = (agen_t *)&g, *twice = (agen_t *)once;

    CHECK(once == twice);
    CHECK_INT(agen_next(once), AGEN_YIELDED);
    CHECK_INT(agen_next(twice), AGEN_YIELDED);
    CHECK_INT(g.value, 2);
    CHECK_INT(agen_next(&g), AGEN_DONE);
}

struct anext_await_raises {
    AGEN_YIELDS(int);
};

AGEN(anext_await_raises, self)
{
    AGEN_BEGIN(self);
    AGEN_RAISE(self, E_OWN);
    AGEN_END(self);
}

/* Only the end selects the default: an error at the very first step does not. */
static void test_anext_await_raises(void)
{
    struct anext_await_raises g = { AGEN_INIT(anext_await_raises) }, h = g;

    run(&g, "n");
    CHECK_TRACE("-5");
    run(&h, "d");
    CHECK_TRACE("-5");
}

/* Waits, and once more if its first wait failed. */
struct waits_twice {
    AGEN_COROUTINE;
    int waits;
};

AGEN(waits_twice, self)
{
    AGEN_BEGIN(self);
    AGEN_PAUSE(self);
    self->waits++;
    AGEN_PAUSE(self);
    self->waits++;
    AGEN_END(self);
}

struct anext_iter {
    AGEN_YIELDS(int);
    bool catches, returns;
    struct waits_twice first, second;
};

AGEN(anext_iter, self)
{
    AGEN_BEGIN(self);
    agen_init(&self->first, waits_twice);
    agen_init(&self->second, waits_twice);
    AGEN_TRY(self) {
        AGEN_AWAIT(self, &self->first);
    } AGEN_EXCEPT(self) {
        if (!self->catches)
            AGEN_RAISE(self, agen_error(self));
        if (!self->returns)
            AGEN_AWAIT(self, &self->second);
    } AGEN_END_TRY(self);
    if (!self->catches)
        AGEN_YIELD(self, 1);
    AGEN_END(self);
}

/* A pending step can be carried on, thrown into, and given up; by its status it takes a default. */
static void test_anext_iter(void)
{
    struct anext_iter catches = { AGEN_INIT(anext_iter), .catches = true }, g;
    struct anext_iter returns = { AGEN_INIT(anext_iter), .catches = true, .returns = true };
    struct anext_iter plain = { AGEN_INIT(anext_iter), .catches = false };

    g = catches; /* what is thrown is caught at the wait; the step goes on to the end */
    CHECK_INT(agen_next(&g), AGEN_PENDING);
    CHECK_INT(agen_abort(&g, E_OWN), AGEN_PENDING);
    CHECK_INT(agen_poll(&g), AGEN_PENDING);
    CHECK_INT(agen_poll(&g), AGEN_DONE);
    CHECK_INT(g.first.waits, 0);
    CHECK_INT(g.second.waits, 2);

    g = catches; /* thrown again, into the wait of the handler: out it comes */
    CHECK_INT(agen_next(&g), AGEN_PENDING);
    CHECK_INT(agen_abort(&g, E_OWN), AGEN_PENDING);
    CHECK_INT(agen_abort(&g, E_OTHER), E_OTHER);

    g = catches; /* given up, it is over: a poll finds nothing of it */
    CHECK_INT(agen_next(&g), AGEN_PENDING);
    CHECK_INT(agen_abort(&g, AGEN_E_EXIT), AGEN_E_EXIT);
    CHECK_INT(agen_abort(&g, E_OWN), AGEN_DONE);
    CHECK_INT(agen_poll(&g), AGEN_DONE);

    g = plain; /* the second wait of one coroutine */
    CHECK_INT(agen_next(&g), AGEN_PENDING);
    CHECK_INT(agen_poll(&g), AGEN_PENDING);
    CHECK_INT(g.first.waits, 1);
    CHECK_INT(agen_abort(&g, E_OWN), E_OWN);

    g = returns; /* a handler that returns: the end, which selects the default */
    CHECK_INT(agen_next(&g), AGEN_PENDING);
    CHECK_INT(agen_abort(&g, E_OWN), AGEN_DONE);

    g = plain; /* thrown in before the first step */
    CHECK_INT(agen_throw(&g, E_OWN), E_OWN);
    CHECK(agen_done(&g));
}

/* --- Loops ------------------------------------------------------------------------------------ */

struct asyncio_01 {
    AGEN_YIELDS(int);
    int error;
};

AGEN(asyncio_01, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_SLEEP(self, 10);
    AGEN_YIELD(self, 2);
    if (self->error)
        AGEN_RAISE(self, self->error);
    AGEN_SLEEP(self, 10);
    AGEN_RETURN(self);
    AGEN_YIELD(self, 3);
    AGEN_END(self);
}

/* Sleeps between the yields; a return in the middle ends it. */
static void test_async_gen_asyncio_01(void)
{
    struct asyncio_01 g = { AGEN_INIT(asyncio_01) };

    run(&g, "a");
    CHECK_TRACE("1 2 end");
    CHECK_INT(ticks, 20);
    CHECK(agen_done(&g));
}

/* An error after some yields comes out of the loop over them. */
static void test_async_gen_asyncio_02(void)
{
    struct asyncio_01 g = { AGEN_INIT(asyncio_01), .error = E_OWN };

    run(&g, "a");
    CHECK_TRACE("1 2 -5");
    CHECK_INT(ticks, 10);
}

struct asyncio_03 {
    AGEN_YIELDS(int);
};

AGEN(asyncio_03, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_SLEEP(self, 10);
    AGEN_YIELD(self, 2);
    AGEN_END(self);
}

static struct asyncio_03 made_03(void)
{
    struct asyncio_03 g = { AGEN_INIT(asyncio_03) };

    return g;
}

/* What a function makes and returns can be looped over, sleeps included. */
static void test_async_gen_asyncio_03(void)
{
    struct asyncio_03 g = made_03();

    run(&g, "a");
    CHECK_TRACE("1 2 end");
    CHECK_INT(ticks, 10);
}

/* --- Steps ------------------------------------------------------------------------------------ */

struct anext_04 {
    AGEN_YIELDS(int);
};

AGEN(anext_04, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_SLEEP(self, 10);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 2);
        AGEN_YIELD(self, 3);
    } AGEN_EXCEPT(self) {
        AGEN_YIELD(self, 1000);
    } AGEN_END_TRY(self);
    AGEN_SLEEP(self, 10);
    AGEN_YIELD(self, 4);
    AGEN_END(self);
}

/* A handler around yields stays out of the way until something is thrown at one of them. */
static void test_async_gen_asyncio_anext_04(void)
{
    struct anext_04 g = { AGEN_INIT(anext_04) }, h = { AGEN_INIT(anext_04) };

    run(&g, "nnnnnn");
    CHECK_TRACE("1 2 3 4 stop stop");
    run(&h, "nntnn");
    CHECK_TRACE("1 2 1000 4 stop");
}

/* Sends to a generator of ints, one operation after another; -1 stands for a next. */
enum { NEXT = -1, OVER = -2 };

#define SENDER(g) \
    AGEN_COROUTINE; \
    struct g g; \
    const int *sends

struct anext_05 {
    AGEN_YIELDS_RECEIVES(int, int);
};

AGEN(anext_05, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_YIELD(self, self->sent);
    AGEN_YIELD(self, self->sent * 100);
    AGEN_END(self);
}

struct anext_05_sender {
    SENDER(anext_05);
};

AGEN(anext_05_sender, self)
{
    AGEN_BEGIN(self);
    for (; *self->sends != OVER; self->sends++) {
        if (*self->sends == NEXT)
            AGEN_NEXT(self, &self->anext_05);
        else
            AGEN_SEND(self, &self->anext_05, *self->sends);
        record(agen_status(self), self->anext_05.value);
    }
    AGEN_END(self);
}

/* A value that is sent becomes what the yield received. */
static void test_async_gen_asyncio_anext_05(void)
{
    static const int sends[] = { NEXT, 10, 12, NEXT, OVER };
    struct anext_05_sender x = {
        AGEN_INIT(anext_05_sender), .anext_05 = { AGEN_INIT(anext_05) }, .sends = sends
    };

    CHECK_INT(run_task(&x), AGEN_DONE);
    CHECK_TRACE("1 10 1200 stop");
}

/* One yield in a handler of everything, and what comes after it. */
struct catches_all {
    AGEN_YIELDS(int);
    int caught;
};

AGEN(catches_all, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
    } AGEN_EXCEPT_ANY(self) {
        self->caught = agen_error(self);
    } AGEN_END_TRY(self);
    trace("after");
    AGEN_END(self);
}

/* An ordinary resume does not enter it. */
static void test_async_gen_asyncio_anext_06(void)
{
    struct catches_all g = { AGEN_INIT(catches_all) };

    run(&g, "nn");
    CHECK_TRACE("1 after stop");
    CHECK_INT(g.caught, 0);
}

struct pair {
    int a, b;
};

struct pairs {
    AGEN_YIELDS(struct pair);
    bool sleeps;
};

AGEN(pairs, self)
{
    static const struct pair one = { 1, 2 }, two = { 3, 4 };

    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, one);
    } AGEN_EXCEPT(self) {
        if (self->sleeps)
            AGEN_SLEEP(self, 10);
        AGEN_YIELD(self, two);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct pairs_user {
    AGEN_COROUTINE;
    struct pairs pairs;
    struct pair got;
    bool throws;
};

AGEN(pairs_user, self)
{
    static const struct pair none = { -1, -1 };

    AGEN_BEGIN(self);
    AGEN_NEXT(self, &self->pairs);
    CHECK(self->pairs.value.a == 1 && self->pairs.value.b == 2);
    if (self->throws) {
        AGEN_THROW(self, &self->pairs, E_OWN);
        CHECK_INT(agen_status(self), AGEN_YIELDED);
        CHECK(self->pairs.value.a == 3 && self->pairs.value.b == 4);
    }
    AGEN_TRY(self) {
        AGEN_NEXT(self, &self->pairs);
        self->got = agen_status(self) == AGEN_YIELDED ? self->pairs.value : none;
    } AGEN_FINALLY(self) {
        CHECK_INT(agen_error(self), 0);
    } AGEN_END_TRY(self);
    trace("end");
    AGEN_END(self);
}

/* A value of several parts arrives whole, from a step and from a throw. */
static void test_async_gen_asyncio_anext_tuple(void)
{
    struct pairs_user x = {
        AGEN_INIT(pairs_user), .pairs = { AGEN_INIT(pairs) }, .throws = true
    };

    CHECK_INT(run_task(&x), AGEN_DONE);
    CHECK_TRACE("end");
    CHECK(agen_done(&x.pairs));
}

/* After the end a default of several parts is whole, too, and no error is left anywhere. */
static void test_async_gen_asyncio_anext_tuple_no_exceptions(void)
{
    struct pairs_user x = { AGEN_INIT(pairs_user), .pairs = { AGEN_INIT(pairs) } };

    CHECK_INT(run_task(&x), AGEN_DONE);
    CHECK_TRACE("end");
    CHECK(x.got.a == -1 && x.got.b == -1);
}

/* Yields numbers that are codes elsewhere. */
struct codes {
    AGEN_YIELDS(int);
};

AGEN(codes, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, AGEN_DONE);
        AGEN_YIELD(self, AGEN_E_STOP);
    } AGEN_EXCEPT(self) {
        AGEN_YIELD(self, AGEN_E_EXIT);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* A yielded value is a value, whatever it would mean as a status. */
static void test_async_gen_asyncio_anext_stopiteration(void)
{
    struct codes g = { AGEN_INIT(codes) };

    run(&g, "nntn");
    CHECK_TRACE("0 -32765 -32767 stop");
}

/* --- send ------------------------------------------------------------------------------------- */

enum how { RETURNS, FAILS, IS_CANCELLED };

struct fails_later {
    AGEN_COROUTINE;
};

AGEN(fails_later, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, 10);
    AGEN_RAISE(self, E_OWN);
    AGEN_END(self);
}

/* Waits for a task that somebody else cancels. */
struct canceller {
    AGEN_COROUTINE;
    agen_task *task;
};

AGEN(canceller, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, 5);
    CHECK(agen_cancel(self->task));
    AGEN_END(self);
}

struct sleeper {
    AGEN_COROUTINE;
};

AGEN(sleeper, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, 10);
    trace("slept");
    AGEN_END(self);
}

struct joins_cancelled {
    AGEN_COROUTINE;
    struct sleeper sleeper;
    struct canceller canceller;
    agen_task task, canceller_task;
};

AGEN(joins_cancelled, self)
{
    AGEN_BEGIN(self);
    agen_init(&self->sleeper, sleeper);
    agen_init(&self->canceller, canceller);
    self->canceller.task = &self->task;
    CHECK_INT(agen_spawn(&loop, &self->task, &self->sleeper), AGEN_DONE);
    CHECK_INT(agen_spawn(&loop, &self->canceller_task, &self->canceller), AGEN_DONE);
    AGEN_JOIN(self, &self->task);
    AGEN_END(self);
}

struct asend {
    AGEN_YIELDS_RECEIVES(int, int);
    enum how how;
    struct fails_later fails_later;
    struct joins_cancelled joins_cancelled;
};

AGEN(asend, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_SLEEP(self, 10);
        AGEN_YIELD(self, 1);
        if (self->how == FAILS)
            AGEN_AWAIT(self, &self->fails_later);
        else if (self->how == IS_CANCELLED)
            AGEN_AWAIT(self, &self->joins_cancelled);
        else
            AGEN_SLEEP(self, 10);
        AGEN_YIELD(self, self->sent * 2);
        AGEN_SLEEP(self, 10);
        AGEN_RETURN(self);
    } AGEN_FINALLY(self) {
        AGEN_SLEEP(self, 10);
        AGEN_SLEEP(self, 10);
        trace("cleaned");
    } AGEN_END_TRY(self);
    trace("after");
    AGEN_END(self);
}

struct asend_sender {
    SENDER(asend);
};

AGEN(asend_sender, self)
{
    AGEN_BEGIN(self);
    for (; *self->sends != OVER; self->sends++) {
        if (*self->sends == NEXT)
            AGEN_NEXT(self, &self->asend);
        else
            AGEN_SEND(self, &self->asend, *self->sends);
        record(agen_status(self), self->asend.value);
    }
    AGEN_END(self);
}

static int run_asend(enum how how)
{
    static const int sends[] = { NEXT, 100, NEXT, OVER };
    struct asend_sender x = {
        AGEN_INIT(asend_sender),
        .asend = {
            AGEN_INIT(asend),
            .how = how,
            .fails_later = { AGEN_INIT(fails_later) },
            .joins_cancelled = { AGEN_INIT(joins_cancelled) },
        },
        .sends = sends
    };
    int status = run_task(&x);

    CHECK(agen_done(&x.asend));
    return status;
}

/* Sends between sleeps; a return inside a try is answered when its finally has slept, too. */
static void test_async_gen_asyncio_asend_01(void)
{
    CHECK_INT(run_asend(RETURNS), AGEN_DONE);
    CHECK_TRACE("1 200 cleaned stop");
    CHECK_INT(ticks, 50);
}

/* A coroutine that fails after a send: the finally sleeps, then the error leaves the send. */
static void test_async_gen_asyncio_asend_02(void)
{
    CHECK_INT(run_asend(FAILS), E_OWN);
    CHECK_TRACE("1 cleaned");
    CHECK_INT(ticks, 40);
}

/* What it waits for is cancelled by somebody: the same, with that. */
static void test_async_gen_asyncio_asend_03(void)
{
    CHECK_INT(run_asend(IS_CANCELLED), AGEN_E_CANCELLED);
    CHECK_TRACE("1 cleaned");
    CHECK_INT(ticks, 35);
}

/* --- throw ------------------------------------------------------------------------------------ */

struct athrow {
    AGEN_YIELDS(int);
    bool cancelled;
    int v;
    struct joins_cancelled joins_cancelled;
};

AGEN(athrow, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_SLEEP(self, 10);
        AGEN_TRY(self) {
            AGEN_YIELD(self, 1);
        } AGEN_EXCEPT(self) {
            self->v = 1000;
            if (self->cancelled)
                AGEN_AWAIT(self, &self->joins_cancelled);
            else
                AGEN_SLEEP(self, 10);
        } AGEN_END_TRY(self);
        AGEN_YIELD(self, self->v * 2);
        AGEN_SLEEP(self, 10);
    } AGEN_FINALLY(self) {
        AGEN_SLEEP(self, 10);
        AGEN_SLEEP(self, 10);
        trace("cleaned");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* A handler that sleeps, and then a yield, which is the answer to the throw. */
static void test_async_gen_asyncio_athrow_01(void)
{
    struct athrow g = { AGEN_INIT(athrow) };

    run(&g, "ntn");
    CHECK_TRACE("1 2000 cleaned stop");
    CHECK_INT(ticks, 50);
}

/* A handler whose own wait is cancelled: the finally sleeps, then that is the answer. */
static void test_async_gen_asyncio_athrow_02(void)
{
    struct athrow g = {
        AGEN_INIT(athrow), .cancelled = true, .joins_cancelled = { AGEN_INIT(joins_cancelled) }
    };

    run(&g, "nt");
    CHECK_TRACE("1 cleaned cancelled");
    CHECK_INT(ticks, 35);
    CHECK(agen_done(&g));
}

/* An error that is swallowed, and then the end: the throw answers that. */
static void test_async_gen_asyncio_athrow_03(void)
{
    struct catches_all g = { AGEN_INIT(catches_all) };

    run(&g, "nt");
    CHECK_TRACE("1 after stop");
    CHECK_INT(g.caught, E_OWN);
}

/* A value of several parts that answers a throw is whole, also after a sleep. */
static void test_async_gen_asyncio_athrow_tuple(void)
{
    struct pairs_user x = {
        AGEN_INIT(pairs_user), .pairs = { AGEN_INIT(pairs), .sleeps = true }, .throws = true
    };

    CHECK_INT(run_task(&x), AGEN_DONE);
    CHECK_TRACE("end");
    CHECK_INT(ticks, 10);
    CHECK(agen_done(&x.pairs));
}

/* And a code in answer to a throw is a value. */
static void test_async_gen_asyncio_athrow_stopiteration(void)
{
    struct codes g = { AGEN_INIT(codes) };

    run(&g, "ntn");
    CHECK_TRACE("0 -32767 stop");
}

int main(void)
{
    test_async_generator_anext();
    test_python_async_iterator_anext();
    test_async_gen_aiter();
    test_async_gen_aiter_class();
    test_aiter_idempotent();
    test_anext_await_raises();
    test_anext_iter();
    test_async_gen_asyncio_01();
    test_async_gen_asyncio_02();
    test_async_gen_asyncio_03();
    test_async_gen_asyncio_anext_04();
    test_async_gen_asyncio_anext_05();
    test_async_gen_asyncio_anext_06();
    test_async_gen_asyncio_anext_tuple();
    test_async_gen_asyncio_anext_tuple_no_exceptions();
    test_async_gen_asyncio_anext_stopiteration();
    test_async_gen_asyncio_asend_01();
    test_async_gen_asyncio_asend_02();
    test_async_gen_asyncio_asend_03();
    test_async_gen_asyncio_athrow_01();
    test_async_gen_asyncio_athrow_02();
    test_async_gen_asyncio_athrow_03();
    test_async_gen_asyncio_athrow_tuple();
    test_async_gen_asyncio_athrow_stopiteration();
    return check_result();
}
