/*
 * SPDX-License-Identifier: 0BSD
 *
 * What other files of CPython's tests pin about asynchronous generators: inspect, contextlib, and
 * the `async for` of test_coroutines.py. Each function has the name of the method.
 */
#include "record.h"

/* --- test_inspect.py: TestGetAsyncGenState ---------------------------------------------------- */

struct number {
    AGEN_YIELDS_RECEIVES(int, int);
    int i;
    bool waits;
    int seen; /* what an operation from inside was answered */
};

AGEN(number, self)
{
    AGEN_BEGIN(self);
    for (; self->i < 5; self->i++) {
        self->seen = agen_send(self, 0);
        CHECK(!agen_done(self));
        if (self->waits)
            AGEN_PAUSE(self);
        AGEN_YIELD(self, self->i);
    }
    AGEN_END(self);
}

/* A send tells a new one from the others, and changes nothing about it. */
static void test_created(void)
{
    struct number g = { AGEN_INIT(number) };

    CHECK_INT(agen_send(&g, 1), AGEN_E_JUST_STARTED);
    CHECK_INT(agen_send(&g, 1), AGEN_E_JUST_STARTED);
    CHECK(!agen_done(&g));
}

/* After a yield it is suspended: not ended, and a send is taken. */
static void test_suspended(void)
{
    struct number g = { AGEN_INIT(number) };

    run(&g, "n");
    CHECK_TRACE("0");
    CHECK(!agen_done(&g));
    CHECK_INT(agen_send(&g, 1), AGEN_YIELDED);
    CHECK_INT(g.value, 1);
}

/* It has ended when it said so, and not before. */
static void test_closed_after_exhaustion(void)
{
    struct number g = { AGEN_INIT(number) };

    run(&g, "nnnnn");
    CHECK_TRACE("0 1 2 3 4");
    CHECK(!agen_done(&g));
    run(&g, "n");
    CHECK_TRACE("stop");
    CHECK(agen_done(&g));
    CHECK_INT(agen_send(&g, 1), AGEN_DONE);
}

/* An error thrown into a new one ends it there and then. */
static void test_closed_after_immediate_exception(void)
{
    struct number g = { AGEN_INIT(number), .seen = 1 };

    run(&g, "t");
    CHECK_TRACE("-5");
    CHECK(agen_done(&g));
    CHECK_INT(g.seen, 1);
}

/* While its body runs it is busy, and while it waits. */
static void test_running(void)
{
    struct number g = { AGEN_INIT(number), .waits = true };
    struct consumer c = {
        AGEN_INIT(consumer), .g = (agen_t *)&g, .value = &g.value, .script = "n"
    };
    agen_task task = { 0 };

    begin();
    CHECK_INT(agen_spawn(&loop, &task, &c), AGEN_DONE);
    CHECK(agen_loop_poll(&loop));
    CHECK_INT(g.seen, AGEN_E_RUNNING);
    CHECK(!agen_done(&g));
    CHECK_INT(agen_send(&g, 1), AGEN_E_RUNNING);
    end();
    CHECK_TRACE("0");
    CHECK_INT(agen_send(&g, 1), AGEN_PENDING);
}

/* --- test_contextlib_async.py: a generator of one yield as a context manager ------------------ */

enum { E_NO_YIELD = -21, E_SECOND_YIELD = -22 };

enum manner {
    PASSES, NEVER_YIELDS, YIELDS_TWICE, YIELDS_WHEN_THROWN, SWALLOWS, RAISES_OTHER
};

struct manager {
    AGEN_YIELDS(int);
    enum manner manner;
};

AGEN(manager, self)
{
    AGEN_BEGIN(self);
    if (self->manner == NEVER_YIELDS)
        AGEN_RETURN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
        if (self->manner == YIELDS_TWICE)
            AGEN_YIELD(self, 2);
        trace("left");
    } AGEN_EXCEPT_ANY(self) {
        record_error(agen_error(self));
        if (self->manner == YIELDS_WHEN_THROWN)
            AGEN_YIELD(self, 2);
        if (self->manner == RAISES_OTHER)
            AGEN_RAISE(self, E_OTHER);
        if (self->manner != SWALLOWS)
            AGEN_RAISE(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/*
 * async with manager: raise error. Entering is one step; so is leaving, or a throw of what the
 * block raised. A manager that yields then is in error, and is closed.
 */
struct with {
    AGEN_COROUTINE;
    struct manager manager;
    int error;
};

AGEN(with, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, &self->manager);
    if (agen_status(self) == AGEN_DONE)
        AGEN_RAISE(self, E_NO_YIELD);
    AGEN_TRY(self) {
        trace("block");
        if (self->error)
            AGEN_RAISE(self, self->error);
    } AGEN_EXCEPT_ANY(self) {
        AGEN_THROW(self, &self->manager, agen_error(self));
    } AGEN_END_TRY(self);
    if (!self->error)
        AGEN_NEXT(self, &self->manager);
    if (!agen_done(&self->manager)) {
        AGEN_CLOSE(self, &self->manager);
        AGEN_RAISE(self, E_SECOND_YIELD);
    }
    AGEN_END(self);
}

/* How the block ended for who stands around it. */
static int run_with(enum manner manner, int error)
{
    struct with x = {
        AGEN_INIT(with), .manager = { AGEN_INIT(manager), .manner = manner }, .error = error
    };
    int status = run_task(&x);

    CHECK(agen_done(&x.manager));
    return status;
}

/* A manager without a yield: the block never runs. */
static void test_contextmanager_trap_no_yield(void)
{
    CHECK_INT(run_with(NEVER_YIELDS, 0), E_NO_YIELD);
    CHECK_TRACE("");
}

/* One that yields again where it should end. */
static void test_contextmanager_trap_second_yield(void)
{
    CHECK_INT(run_with(YIELDS_TWICE, 0), E_SECOND_YIELD);
    CHECK_TRACE("block exit");
}

/* One that answers the block's error with a yield. */
static void test_contextmanager_trap_yield_after_throw(void)
{
    CHECK_INT(run_with(YIELDS_WHEN_THROWN, E_OWN), E_SECOND_YIELD);
    CHECK_TRACE("block -5");
}

/* The block's error reaches the manager and comes back as it was; one that ends has handled it. */
static void test_contextmanager_no_reraise(void)
{
    CHECK_INT(run_with(PASSES, 0), AGEN_DONE);
    CHECK_TRACE("block left");
    CHECK_INT(run_with(PASSES, E_OWN), E_OWN);
    CHECK_TRACE("block -5");
    CHECK_INT(run_with(SWALLOWS, E_OWN), AGEN_DONE);
    CHECK_TRACE("block -5");
}

/*
 * The block raises the code that means "stop". It leaves a generator as stop-leaked, and it is for
 * who wrote the protocol to tell the two apart; CPython's contextlib does.
 */
static void test_contextmanager_except_stopiter(void)
{
    CHECK_INT(run_with(PASSES, AGEN_E_STOP), AGEN_E_STOP_LEAKED);
    CHECK_TRACE("block stop-error");
}

/* A manager may raise another error instead. */
static void test_contextmanager_wrap_runtimeerror(void)
{
    CHECK_INT(run_with(RAISES_OTHER, E_OWN), E_OTHER);
    CHECK_TRACE("block -5");
    CHECK_INT(run_with(RAISES_OTHER, AGEN_E_STOP), E_OTHER);
    CHECK_TRACE("block stop-error");
}

struct within {
    AGEN_YIELDS(int);
    struct manager manager;
};

AGEN(within, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, &self->manager);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 11);
    } AGEN_EXCEPT_ANY(self) {
        AGEN_THROW(self, &self->manager, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* The exit of a close passes through a manager around the yield, and the close succeeds. */
static void test_async_gen_propagates_generator_exit(void)
{
    struct within g = { AGEN_INIT(within), .manager = { AGEN_INIT(manager) } };

    run(&g, "nc");
    CHECK_TRACE("11 exit closed");
    CHECK(agen_done(&g.manager));
    CHECK(agen_done(&g));
}

/* --- test_contextlib_async.py: AclosingTestCase ----------------------------------------------- */

struct resource {
    AGEN_YIELDS(int);
};

AGEN(resource, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, -1);
        AGEN_YIELD(self, -2);
    } AGEN_FINALLY(self) {
        AGEN_PAUSE(self);
        trace("released");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct aclosing {
    AGEN_COROUTINE;
    struct resource g;
    int error;
    bool handles;
};

AGEN(aclosing, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_FOR_CLOSING(self, &self->g) {
            trace_int(self->g.value);
            if (self->error)
                AGEN_RAISE(self, self->error);
            break;
        } AGEN_END_FOR(self);
        trace("after");
    } AGEN_EXCEPT(self) {
        record_error(agen_error(self));
        if (!self->handles)
            AGEN_RAISE(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static int run_aclosing(int error, bool handles)
{
    struct aclosing x = {
        AGEN_INIT(aclosing), .g = { AGEN_INIT(resource) }, .error = error, .handles = handles
    };
    int status = run_task(&x);

    CHECK(agen_done(&x.g));
    return status;
}

/* A block that is left as usual closes its generator. */
static void test_aclosing(void)
{
    CHECK_INT(run_aclosing(0, false), AGEN_DONE);
    CHECK_TRACE("-1 released after");
}

/* So does one that is left by an error, which then goes on. */
static void test_aclosing_error(void)
{
    CHECK_INT(run_aclosing(E_OWN, false), E_OWN);
    CHECK_TRACE("-1 released -5");
}

/* What the generator holds is released before whoever handles the error sees it. */
static void test_aclosing_bpo41229(void)
{
    CHECK_INT(run_aclosing(E_OWN, true), AGEN_DONE);
    CHECK_TRACE("-1 released -5");
}

/* --- test_coroutines.py: async for ------------------------------------------------------------ */

/* 1 to most; suspends in front of each tenth. */
struct counter {
    AGEN_YIELDS(int);
    int i, most, waits, error;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
    if (self->error)
        AGEN_RAISE(self, self->error);
    for (self->i = 1; self->i <= self->most; self->i++) {
        if (self->i % 10 == 0) {
            self->waits++;
            AGEN_PAUSE(self);
        }
        AGEN_YIELD(self, self->i);
    }
    AGEN_END(self);
}

struct for_1 {
    AGEN_COROUTINE;
    struct counter g;
    int stop_at, skip_above; /* 0: never */
    int count, sum;
};

AGEN(for_1, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->g) {
        if (self->skip_above && self->g.value > self->skip_above)
            continue;
        self->count++;
        self->sum += self->g.value;
        if (self->g.value == self->stop_at)
            break;
    }
    if (agen_done(&self->g))
        trace("else");
    trace("after");
    AGEN_END(self);
}

static struct for_1 loop_over(int most)
{
    struct for_1 x = { AGEN_INIT(for_1), .g = { AGEN_INIT(counter), .most = most } };

    return x;
}

/* A loop over one that waits now and then; break and continue; what else is: it has ended. */
static void test_for_1(void)
{
    struct for_1 all = loop_over(100), some = loop_over(100), few = loop_over(100);

    CHECK_INT(run_task(&all), AGEN_DONE);
    CHECK_TRACE("else after");
    CHECK_INT(all.count, 100);
    CHECK_INT(all.sum, 5050);
    CHECK_INT(all.g.waits, 10);

    some.stop_at = 20;
    CHECK_INT(run_task(&some), AGEN_DONE);
    CHECK_TRACE("after");
    CHECK_INT(some.count, 20);
    CHECK_INT(some.g.waits, 2);

    few.skip_above = 20;
    CHECK_INT(run_task(&few), AGEN_DONE);
    CHECK_TRACE("else after");
    CHECK_INT(few.count, 20);
    CHECK_INT(few.sum, 210);
    CHECK_INT(few.g.waits, 10);
}

struct for_6 {
    AGEN_COROUTINE;
    struct counter g;
    int round, count;
};

AGEN(for_6, self)
{
    AGEN_BEGIN(self);
    for (; self->round < 2; self->round++) {
        AGEN_TRY(self) {
            trace("enter");
            self->g.most = 11;
            AGEN_FOR(self, &self->g)
                self->count++;
            trace(agen_done(&self->g) ? "else" : "left");
        } AGEN_FINALLY(self) {
            AGEN_PAUSE(self);
            trace("exit");
        } AGEN_END_TRY(self);
        trace("after");
        agen_init(&self->g, counter);
    }
    AGEN_END(self);
}

/* Loops inside blocks that are entered and left, one after the other. */
static void test_for_6(void)
{
    struct for_6 x = { AGEN_INIT(for_6), .g = { AGEN_INIT(counter) } };

    CHECK_INT(run_task(&x), AGEN_DONE);
    CHECK_TRACE("enter else exit after enter else exit after");
    CHECK_INT(x.count, 22);
}

/* An error before there is anything to loop over: neither the loop nor what is after it runs. */
static void test_for_7(void)
{
    struct for_1 x = loop_over(100);

    x.g.error = E_OWN;
    CHECK_INT(run_task(&x), E_OWN);
    CHECK_TRACE("");
    CHECK_INT(x.count, 0);
}

/* Its loop raises the code that means "stop", itself or in a coroutine that it awaits. */
struct stops {
    AGEN_COROUTINE;
};

AGEN(stops, self)
{
    AGEN_BEGIN(self);
    AGEN_RAISE(self, AGEN_E_STOP);
    AGEN_END(self);
}

struct loop_stops {
    AGEN_COROUTINE;
    struct counter g;
    struct stops stops;
    bool awaits;
};

AGEN(loop_stops, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->g) {
        trace_int(self->g.value);
        if (self->awaits)
            AGEN_AWAIT(self, &self->stops);
        AGEN_RAISE(self, AGEN_E_STOP);
    }
    trace("after");
    AGEN_END(self);
}

/* The same in a generator. */
struct source_stops {
    AGEN_YIELDS(int);
    struct counter g;
    struct stops stops;
    bool awaits;
};

AGEN(source_stops, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->g) {
        if (self->awaits)
            AGEN_AWAIT(self, &self->stops);
        AGEN_RAISE(self, AGEN_E_STOP);
    }
    trace("after");
    AGEN_END(self);
}

static void check_stops(bool awaits)
{
    struct loop_stops x = {
        AGEN_INIT(loop_stops), .g = { AGEN_INIT(counter), .most = 3 },
        .stops = { AGEN_INIT(stops) }, .awaits = awaits
    };
    struct source_stops g = {
        AGEN_INIT(source_stops), .g = { AGEN_INIT(counter), .most = 3 },
        .stops = { AGEN_INIT(stops) }, .awaits = awaits
    };

    CHECK_INT(run_task(&x), AGEN_E_STOP);
    CHECK_TRACE("1");
    CHECK(!agen_done(&x.g));
    run(&g, "nn");
    CHECK_TRACE("stop-leaked stop");
}

/* Raised in the loop it does not end it: it is an error like another, in a generator converted. */
static void test_for_assign_raising_stop_async_iteration(void)
{
    check_stops(false);
}

/* The same if it comes out of something that the loop's body uses. */
static void test_for_assign_raising_stop_async_iteration_2(void)
{
    check_stops(true);
}

int main(void)
{
    test_created();
    test_suspended();
    test_closed_after_exhaustion();
    test_closed_after_immediate_exception();
    test_running();
    test_contextmanager_trap_no_yield();
    test_contextmanager_trap_second_yield();
    test_contextmanager_trap_yield_after_throw();
    test_contextmanager_no_reraise();
    test_contextmanager_except_stopiter();
    test_contextmanager_wrap_runtimeerror();
    test_async_gen_propagates_generator_exit();
    test_aclosing();
    test_aclosing_error();
    test_aclosing_bpo41229();
    test_for_1();
    test_for_6();
    test_for_7();
    test_for_assign_raising_stop_async_iteration();
    test_for_assign_raising_stop_async_iteration_2();
    return check_result();
}
