/* SPDX-License-Identifier: 0BSD */
/*
 * AGEN_YIELD_FROM, as PEP 828 and PEP 380 have it: next, throw and close reach the inner generator,
 * and how that one ends decides how the outer goes on.
 */
#include "agen.h"
#include "check.h"

enum { E_BUS = -5, E_LATE = -6, E_SKIP = -7 };

static bool ready;

/* What the inner generator does about an error at its first yield. */
enum answer { PASSES, HANDLES, RETURNS, RAISES, SWALLOWS_EXIT, YIELDS_AT_EXIT };

struct inner {
    AGEN_YIELDS(int);
    enum answer answer;
    bool waits, slow_end;
    int starts, finallys;
};

AGEN(inner, self)
{
    AGEN_BEGIN(self);
    self->starts++;
    AGEN_TRY(self) {
        if (self->waits)
            AGEN_WAIT_UNTIL(self, ready);
        AGEN_TRY(self) {
            AGEN_YIELD(self, 1);
        } AGEN_EXCEPT_ANY(self) {
            if (self->waits)
                AGEN_WAIT_UNTIL(self, ready);
            if (self->answer == RETURNS)
                AGEN_RETURN(self);
            if (self->answer == RAISES)
                AGEN_RAISE(self, E_LATE);
            if (self->answer == YIELDS_AT_EXIT)
                AGEN_YIELD(self, 11);
            if (self->answer == PASSES)
                AGEN_RAISE(self, agen_error(self));
        } AGEN_END_TRY(self);
        if (self->waits)
            AGEN_WAIT_UNTIL(self, ready);
        if (self->answer != SWALLOWS_EXIT)
            AGEN_YIELD(self, 2);
    } AGEN_FINALLY(self) {
        trace("inner");
        self->finallys++;
        if (self->slow_end)
            AGEN_WAIT_UNTIL(self, ready);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct outer {
    AGEN_YIELDS(int);
    struct inner inner;
    int finallys;
};

AGEN(outer, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD_FROM(self, &self->inner);
        trace("after");
        AGEN_YIELD(self, 3);
    } AGEN_EXCEPT_ANY(self) {
        trace_int(agen_error(self));
        AGEN_RAISE(self, agen_error(self));
    } AGEN_FINALLY(self) {
        trace("outer");
        self->finallys++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static struct outer outer_with(enum answer answer)
{
    struct outer x = { AGEN_INIT(outer), .inner = { AGEN_INIT(inner), .answer = answer } };

    return x;
}

static struct outer at_first_yield(enum answer answer)
{
    struct outer x = outer_with(answer);

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 1);
    return x;
}

static void check_ended(const struct outer *x, const char *expected)
{
    CHECK_TRACE(expected);
    CHECK(agen_done(x));
    CHECK(agen_done(&x->inner));
    CHECK_INT(x->inner.finallys, 1);
    CHECK_INT(x->finallys, 1);
}

/* "Yields all that g yields", then goes on after it. */
static void test_next(void)
{
    struct outer x = outer_with(PASSES);

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 1);
    CHECK_INT(x.inner.value, 1);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
    CHECK_TRACE("");
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 3);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    check_ended(&x, "inner after outer");
}

/* A throw reaches the inner one: handled there, the answer is what it then yields. */
static void test_throw_handled(void)
{
    static const int errors[] = { E_BUS, AGEN_E_CANCELLED, AGEN_E_TIMEOUT };
    int e;

    for (e = 0; e < 3; e++) {
        struct outer x = at_first_yield(HANDLES);

        CHECK_INT(agen_throw(&x, errors[e]), AGEN_YIELDED);
        CHECK_INT(x.value, 2);
        CHECK_INT(agen_next(&x), AGEN_YIELDED);
        CHECK_INT(x.value, 3);
        CHECK_INT(agen_next(&x), AGEN_DONE);
        check_ended(&x, "inner after outer");
    }
}

/*
 * A throw that ends it: by a return the outer goes on, by an error that is raised at the
 * delegation.
 */
static void test_throw_ends(void)
{
    struct outer x;

    x = at_first_yield(RETURNS);
    CHECK_INT(agen_throw(&x, E_BUS), AGEN_YIELDED);
    CHECK_INT(x.value, 3);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    check_ended(&x, "inner after outer");

    x = at_first_yield(PASSES);
    CHECK_INT(agen_throw(&x, E_BUS), E_BUS);
    check_ended(&x, "inner -5 outer");

    x = at_first_yield(RAISES);
    CHECK_INT(agen_throw(&x, E_BUS), E_LATE);
    check_ended(&x, "inner -6 outer");
}

/* What the outer one handles, it handles where it delegates; then it may delegate again. */
struct retries {
    AGEN_YIELDS(int);
    struct inner inner;
    int tries;
};

AGEN(retries, self)
{
    AGEN_BEGIN(self);
    for (self->tries = 0; self->tries < 3; self->tries++) {
        AGEN_TRY(self) {
            agen_init(&self->inner, inner);
            AGEN_YIELD_FROM(self, &self->inner);
        } AGEN_EXCEPT(self) {
            AGEN_YIELD(self, agen_error(self));
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

static void test_outer_handles(void)
{
    struct retries x = { AGEN_INIT(retries), .inner = { AGEN_INIT(inner), .answer = PASSES } };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 1);
    CHECK_INT(agen_throw(&x, E_BUS), AGEN_YIELDED);
    CHECK_INT(x.value, E_BUS);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 1);
    CHECK_INT(x.inner.starts, 2);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_INT(x.inner.finallys, 2);
    CHECK_TRACE("inner inner");
}

/* "An exit closes g, awaits that, and is raised here again": by a close, and thrown in. */
static void test_close(void)
{
    struct outer x;

    x = at_first_yield(PASSES);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    check_ended(&x, "inner -32767 outer");
    x = at_first_yield(PASSES);
    CHECK_INT(agen_throw(&x, AGEN_E_EXIT), AGEN_E_EXIT);
    check_ended(&x, "inner -32767 outer");

    x = at_first_yield(RETURNS); /* the inner one returns: the exit is raised all the same */
    CHECK_INT(agen_close(&x), AGEN_DONE);
    check_ended(&x, "inner -32767 outer");
    x = at_first_yield(SWALLOWS_EXIT);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    check_ended(&x, "inner -32767 outer");

    x = at_first_yield(RAISES); /* what its cleanup raises replaces it */
    CHECK_INT(agen_close(&x), E_LATE);
    check_ended(&x, "inner -6 outer");
}

/* The cleanup of the inner one is awaited. */
static void test_close_waits(void)
{
    struct outer x = at_first_yield(PASSES);

    x.inner.slow_end = true;
    ready = false;
    CHECK_INT(agen_close(&x), AGEN_PENDING);
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    CHECK_TRACE("inner");
    CHECK_INT(agen_close(&x.inner), AGEN_E_RUNNING);
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_DONE);
    check_ended(&x, "-32767 outer");
}

/*
 * The inner one ignores the exit: AGEN_E_IGNORED_EXIT is raised in the outer; the inner one is
 * alive.
 */
static void test_ignored_exit(void)
{
    int waits;

    for (waits = 0; waits < 2; waits++) {
        struct outer x = at_first_yield(YIELDS_AT_EXIT);

        if (waits) {
            x.inner.waits = true;
            ready = false;
            CHECK_INT(agen_close(&x), AGEN_PENDING);
            ready = true;
            CHECK_INT(agen_poll(&x), AGEN_E_IGNORED_EXIT);
        } else {
            CHECK_INT(agen_close(&x), AGEN_E_IGNORED_EXIT);
        }
        CHECK_TRACE("-32762 outer");
        CHECK(agen_done(&x));
        CHECK(!agen_done(&x.inner));
        CHECK_INT(agen_close(&x.inner), AGEN_DONE);
        CHECK_TRACE("inner");
    }
}

/*
 * Pending in each phase: at the start, between two values, while it handles an error, at its end.
 */
static void test_waits(void)
{
    struct outer x = outer_with(HANDLES);

    x.inner.waits = true;
    ready = false;
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 1);
    ready = false;
    CHECK_INT(agen_throw(&x, E_BUS), AGEN_PENDING);
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
    x.inner.slow_end = true;
    ready = false;
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 3);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    check_ended(&x, "inner after -32767 outer");
}

/* Aborted in each phase: raised at the inner one's wait, and it answers as to a throw. */
static void test_aborted(void)
{
    struct outer x = outer_with(PASSES);

    x.inner.waits = true; /* at the start */
    ready = false;
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, E_BUS), E_BUS);
    check_ended(&x, "inner -5 outer");

    x = at_first_yield(HANDLES); /* between two values */
    x.inner.waits = true;
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, AGEN_E_CANCELLED), AGEN_E_CANCELLED);
    check_ended(&x, "inner -32766 outer");

    x = at_first_yield(PASSES); /* in its cleanup */
    x.inner.slow_end = true;
    CHECK_INT(agen_close(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, E_BUS), E_BUS);
    check_ended(&x, "inner -5 outer");
}

/*
 * One that has ended already: nothing is yielded, and it goes on after it. One that is busy: an
 * error.
 */
static void test_inner_states(void)
{
    struct outer x = outer_with(PASSES);

    CHECK_INT(agen_close(&x.inner), AGEN_DONE);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 3);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_INT(x.inner.starts, 0);
    CHECK_TRACE("after outer");

    x = outer_with(PASSES);
    CHECK_INT(agen_next(&x.inner), AGEN_YIELDED); /* begun by somebody else: goes on from there */
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    check_ended(&x, "inner -32767 outer");

    x = outer_with(PASSES);
    x.inner.waits = true;
    ready = false;
    CHECK_INT(agen_next(&x.inner), AGEN_PENDING);
    CHECK_INT(agen_next(&x), AGEN_E_RUNNING);
    CHECK_TRACE("-32763 outer");
    ready = true;
    CHECK_INT(agen_poll(&x.inner), AGEN_YIELDED);
    CHECK_INT(x.inner.value, 1);
}

/*
 * Other code ends the inner generator while the outer one delegates to it: a next goes on after
 * the delegation, and an error is raised.
 */
static void test_ended_meanwhile(void)
{
    struct outer x;

    x = at_first_yield(PASSES);
    CHECK_INT(agen_close(&x.inner), AGEN_DONE);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 3);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    check_ended(&x, "inner after -32767 outer");

    x = at_first_yield(PASSES);
    CHECK_INT(agen_close(&x.inner), AGEN_DONE);
    CHECK_INT(agen_throw(&x, E_BUS), E_BUS); /* an error never vanishes */
    check_ended(&x, "inner -5 outer");

    x = at_first_yield(PASSES);
    CHECK_INT(agen_close(&x.inner), AGEN_DONE);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    check_ended(&x, "inner -32767 outer");
}

/* Delegation nests; each level is reached, and cleans up from within. */
struct outermost {
    AGEN_YIELDS(int);
    struct outer outer;
};

AGEN(outermost, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD_FROM(self, &self->outer);
    } AGEN_FINALLY(self) {
        trace("outermost");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_nested(void)
{
    struct outermost x = { AGEN_INIT(outermost), .outer = outer_with(HANDLES) };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, E_SKIP), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
    CHECK_INT(agen_throw(&x, E_BUS), E_BUS);
    CHECK_TRACE("inner -5 outer outermost");

    agen_init(&x, outermost);
    x.outer = outer_with(PASSES);
    x.outer.inner.slow_end = true;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    ready = false;
    CHECK_INT(agen_close(&x), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_DONE);
    CHECK_TRACE("inner -32767 outer outermost");
}

/* A stop that the inner one leaks is an error like any other, not its end. */
struct leaks {
    AGEN_YIELDS(int);
};

AGEN(leaks, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_RAISE(self, AGEN_E_STOP);
    AGEN_END(self);
}

struct from_leaks {
    AGEN_YIELDS(int);
    struct leaks leaks;
};

AGEN(from_leaks, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD_FROM(self, &self->leaks);
    trace("never");
    AGEN_END(self);
}

static void test_leak(void)
{
    struct from_leaks x = { AGEN_INIT(from_leaks), .leaks = { AGEN_INIT(leaks), .value = 0 } };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_E_STOP_LEAKED);
    CHECK_TRACE("");
}

int main(void)
{
    test_next();
    test_throw_handled();
    test_throw_ends();
    test_outer_handles();
    test_close();
    test_close_waits();
    test_ignored_exit();
    test_waits();
    test_aborted();
    test_inner_states();
    test_ended_meanwhile();
    test_nested();
    test_leak();
    return check_result();
}
