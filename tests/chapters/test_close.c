/* SPDX-License-Identifier: 0BSD */
/*
 * close in every state, what the cleanup may do, the ignored exit and each operation after it, and
 * drop, which without a loop closes there and then.
 */
#include "agen.h"
#include "check.h"

enum { E_BUS = -5, E_LATE = -6 };

static bool ready;

/* What the generator does about an exit at its first yield. */
enum answer {
    PASSES, SWALLOWS, RETURNS, RAISES, RAISES_EXIT, RAISES_STOP, WAITS, YIELDS, WAITS_YIELDS
};

struct lodger {
    AGEN_YIELDS_RECEIVES(int, int);
    enum answer answer;
    int starts, finallys, received;
};

AGEN(lodger, self)
{
    AGEN_BEGIN(self);
    self->starts++;
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, 1);
        } AGEN_EXCEPT_ANY(self) {
            trace_int(agen_error(self));
            if (self->answer == WAITS || self->answer == WAITS_YIELDS)
                AGEN_WAIT_UNTIL(self, ready);
            if (self->answer == YIELDS || self->answer == WAITS_YIELDS)
                AGEN_YIELD(self, 2);
            self->received = agen_received(self);
            if (self->answer == RETURNS)
                AGEN_RETURN(self);
            if (self->answer == RAISES)
                AGEN_RAISE(self, E_LATE);
            if (self->answer == RAISES_EXIT)
                AGEN_RAISE(self, AGEN_E_EXIT);
            if (self->answer == RAISES_STOP)
                AGEN_RAISE(self, AGEN_E_STOP);
            if (self->answer == PASSES || self->answer == WAITS)
                AGEN_RAISE(self, agen_error(self));
        } AGEN_END_TRY(self);
        trace("after");
        AGEN_YIELD(self, 3);
    } AGEN_FINALLY(self) {
        self->finallys++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static struct lodger lodger_with(enum answer answer)
{
    struct lodger x = { AGEN_INIT(lodger), .answer = answer };

    return x;
}

/* "A new x just ends": the body never runs. Close and drop of one that has ended do nothing. */
static void test_new(void)
{
    struct lodger x = lodger_with(PASSES), y = lodger_with(PASSES);

    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK(agen_done(&x));
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_INT(agen_send(&x, 1), AGEN_DONE);
    CHECK_INT(agen_poll(&x), AGEN_DONE);
    CHECK_INT(x.starts, 0);
    CHECK_INT(x.finallys, 0);

    CHECK_INT(agen_drop(&y), AGEN_DONE);
    CHECK_INT(agen_drop(&y), AGEN_DONE);
    CHECK(agen_done(&y));
    CHECK_INT(y.starts, 0);
}

/* "Raises AGEN_E_EXIT where x is suspended and ends it", and answers what the cleanup does. */
static void test_suspended(void)
{
    static const struct {
        enum answer answer;
        int status;
    } cases[] = {
        { PASSES, AGEN_DONE },
        { RETURNS, AGEN_DONE },
        { RAISES, E_LATE },
        { RAISES_EXIT, AGEN_DONE },
        { RAISES_STOP, AGEN_E_STOP_LEAKED },
    };
    int i, drops;

    for (i = 0; i < (int)(sizeof cases / sizeof *cases); i++) {
        for (drops = 0; drops < 2; drops++) {
            struct lodger x = lodger_with(cases[i].answer);

            CHECK_INT(agen_next(&x), AGEN_YIELDED);
            CHECK_INT(drops ? agen_drop(&x) : agen_close(&x), cases[i].status);
            CHECK_TRACE("-32767");
            CHECK_INT(x.finallys, 1);
            CHECK(agen_done(&x));
            CHECK_INT(agen_close(&x), AGEN_DONE);
            CHECK_INT(agen_next(&x), AGEN_DONE);
            CHECK_INT(x.finallys, 1);
            CHECK_INT(x.value, 1);
        }
    }
}

/* Ended by itself or by its own error: close is AGEN_DONE and nothing happens. */
struct brief {
    AGEN_YIELDS(int);
    int error, finallys;
};

AGEN(brief, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->error)
            AGEN_RAISE(self, self->error);
    } AGEN_FINALLY(self) {
        self->finallys++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_finished(void)
{
    struct brief ended = { AGEN_INIT(brief), .error = 0 };
    struct brief failed = { AGEN_INIT(brief), .error = E_BUS };

    CHECK_INT(agen_next(&ended), AGEN_DONE);
    CHECK_INT(agen_close(&ended), AGEN_DONE);
    CHECK_INT(agen_drop(&ended), AGEN_DONE);
    CHECK_INT(ended.finallys, 1);

    CHECK_INT(agen_next(&failed), E_BUS);
    CHECK(agen_done(&failed));
    CHECK_INT(agen_close(&failed), AGEN_DONE);
    CHECK_INT(agen_drop(&failed), AGEN_DONE);
    CHECK_INT(agen_next(&failed), AGEN_DONE);
    CHECK_INT(failed.finallys, 1);
}

/* "AGEN_PENDING while its cleanup waits"; poll carries it on. The same for drop. */
static void test_waiting_cleanup(void)
{
    int drops;

    for (drops = 0; drops < 2; drops++) {
        struct lodger x = lodger_with(WAITS);

        ready = false;
        CHECK_INT(agen_next(&x), AGEN_YIELDED);
        CHECK_INT(drops ? agen_drop(&x) : agen_close(&x), AGEN_PENDING);
        CHECK(!agen_done(&x));
        CHECK_INT(agen_close(&x), AGEN_E_RUNNING);
        CHECK_INT(agen_drop(&x), AGEN_E_RUNNING);
        CHECK_INT(agen_poll(&x), AGEN_PENDING);
        CHECK_INT(x.finallys, 0);
        ready = true;
        CHECK_INT(agen_poll(&x), AGEN_DONE);
        CHECK(agen_done(&x));
        CHECK_INT(x.finallys, 1);
        CHECK_TRACE("-32767");
    }
}

/* While a next is pending, a close is refused. */
static void test_pending(void)
{
    struct lodger x = lodger_with(WAITS);

    ready = false;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, E_BUS), AGEN_PENDING);
    CHECK_INT(agen_close(&x), AGEN_E_RUNNING);
    CHECK_INT(agen_drop(&x), AGEN_E_RUNNING);
    ready = true;
    CHECK_INT(agen_poll(&x), E_BUS);
    CHECK_TRACE("-5");
}

/* The exit swallowed: the body goes on after the try, and its next yield is the ignored exit. */
static void test_swallowed(void)
{
    struct lodger x = lodger_with(SWALLOWS);

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_close(&x), AGEN_E_IGNORED_EXIT);
    CHECK_TRACE("-32767 after");
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_INT(x.finallys, 1);
}

static struct lodger ignoring(void)
{
    struct lodger x = lodger_with(YIELDS);

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_close(&x), AGEN_E_IGNORED_EXIT);
    CHECK(!agen_done(&x));
    CHECK_INT(x.finallys, 0);
    CHECK_TRACE("-32767");
    return x;
}

/*
 * "After an ignored exit: next and send resume the body, throw raises at the yield, close tries
 * again."
 */
static void test_after_ignored(void)
{
    struct lodger x;

    x = ignoring();
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 3);
    CHECK_INT(x.received, 0);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_INT(x.finallys, 1);
    CHECK_TRACE("after");

    x = ignoring();
    CHECK_INT(agen_send(&x, 8), AGEN_YIELDED);
    CHECK_INT(x.value, 3);
    CHECK_INT(x.received, 1);
    CHECK_INT(x.sent, 8);
    CHECK_TRACE("after");

    x = ignoring();
    CHECK_INT(agen_poll(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 3);
    CHECK_TRACE("after");

    x = ignoring();
    CHECK_INT(agen_throw(&x, E_BUS), E_BUS);
    CHECK_INT(x.finallys, 1);

    x = ignoring();
    CHECK_INT(agen_abort(&x, E_BUS), AGEN_DONE); /* nothing is pending */
    CHECK_INT(agen_close(&x), AGEN_DONE);        /* the finally that was skipped still runs */
    CHECK_INT(x.finallys, 1);
    CHECK(agen_done(&x));

    x = ignoring();
    CHECK_INT(agen_drop(&x), AGEN_DONE);
    CHECK_INT(x.finallys, 1);
    CHECK_TRACE("");
}

/*
 * One that ignores every exit is told so every time. A plain yield in between is no ignored exit.
 */
struct stubborn {
    AGEN_YIELDS(int);
    int exits;
};

AGEN(stubborn, self)
{
    AGEN_BEGIN(self);
    while (self->exits < 4) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, self->exits);
        } AGEN_EXCEPT_ANY(self) {
            self->exits++;
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

static void test_ignored_again(void)
{
    struct stubborn x = { AGEN_INIT(stubborn), .exits = 0 };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_close(&x), AGEN_E_IGNORED_EXIT);
    CHECK_INT(agen_close(&x), AGEN_E_IGNORED_EXIT);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
    CHECK_INT(agen_close(&x), AGEN_E_IGNORED_EXIT);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_INT(agen_close(&x), AGEN_DONE);
}

/* A yield in answer to a close is ignored exit also when waits lie between. */
static void test_ignored_after_wait(void)
{
    struct lodger x = lodger_with(WAITS_YIELDS);

    ready = false;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_close(&x), AGEN_PENDING);
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_E_IGNORED_EXIT);
    CHECK_INT(agen_next(&x), AGEN_YIELDED); /* and the next operation is one like any other */
    CHECK_INT(x.value, 3);
    CHECK_TRACE("-32767 after");
}

/* throw(AGEN_E_EXIT) is no close: an uncaught exit comes out, and a yield is a legal answer. */
static void test_thrown_exit(void)
{
    struct lodger x = lodger_with(PASSES);

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, AGEN_E_EXIT), AGEN_E_EXIT);
    CHECK(agen_done(&x));
    x = lodger_with(YIELDS);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, AGEN_E_EXIT), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_TRACE("-32767 -32767");
}

/* An exit that the body raises by itself is no close either. */
static void test_own_exit(void)
{
    struct brief x = { AGEN_INIT(brief), .error = AGEN_E_EXIT };

    CHECK_INT(agen_next(&x), AGEN_E_EXIT);
    CHECK(agen_done(&x));
    CHECK_INT(x.finallys, 1);
}

/* AGEN_CLOSE in a body: the same, awaited. What the cleanup raises is raised here. */
struct host {
    AGEN_YIELDS(int);
    struct lodger lodger;
    bool starts_it;
};

AGEN(host, self)
{
    AGEN_BEGIN(self);
    if (self->starts_it)
        AGEN_NEXT(self, &self->lodger);
    AGEN_TRY(self) {
        AGEN_CLOSE(self, &self->lodger);
        trace("closed");
    } AGEN_EXCEPT_ANY(self) {
        trace("raised");
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_CLOSE(self, &self->lodger);
    trace("again");
    AGEN_END(self);
}

static struct host host_of(enum answer answer)
{
    struct host h = { AGEN_INIT(host), .lodger = lodger_with(answer), .starts_it = true };

    return h;
}

static void test_close_statement(void)
{
    struct host h = host_of(PASSES);

    h.starts_it = false;
    CHECK_INT(agen_next(&h), AGEN_DONE);
    CHECK_INT(h.lodger.starts, 0);
    CHECK_TRACE("closed again");

    h = host_of(PASSES);
    CHECK_INT(agen_next(&h), AGEN_DONE);
    CHECK_INT(h.lodger.finallys, 1);
    CHECK_TRACE("-32767 closed again");

    h = host_of(RAISES);
    CHECK_INT(agen_next(&h), AGEN_DONE);
    CHECK_TRACE("-32767 raised -6 again");

    h = host_of(RAISES_STOP);
    CHECK_INT(agen_next(&h), AGEN_DONE);
    CHECK_TRACE("-32767 raised -32764 again");

    h = host_of(YIELDS);
    CHECK_INT(agen_next(&h), AGEN_DONE);
    CHECK_INT(h.lodger.finallys, 1);
    CHECK_TRACE("-32767 raised -32762 again");

    h = host_of(WAITS);
    ready = false;
    CHECK_INT(agen_next(&h), AGEN_PENDING);
    CHECK_INT(agen_poll(&h), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&h), AGEN_DONE);
    CHECK_TRACE("-32767 closed again");

    h = host_of(WAITS_YIELDS);
    ready = false;
    CHECK_INT(agen_next(&h), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&h), AGEN_DONE);
    CHECK_TRACE("-32767 raised -32762 again");
}

/*
 * An error aborts the wait of a close within: it is the cleanup's, and raised where the close is
 * awaited.
 */
static void test_close_statement_aborted(void)
{
    struct host h = host_of(WAITS);

    ready = false;
    CHECK_INT(agen_next(&h), AGEN_PENDING);
    CHECK_INT(agen_abort(&h, E_BUS), AGEN_DONE);
    CHECK_INT(h.lodger.finallys, 1);
    CHECK_TRACE("-32767 raised -5 again");
}

int main(void)
{
    test_new();
    test_suspended();
    test_finished();
    test_waiting_cleanup();
    test_pending();
    test_swallowed();
    test_after_ignored();
    test_ignored_again();
    test_ignored_after_wait();
    test_thrown_exit();
    test_own_exit();
    test_close_statement();
    test_close_statement_aborted();
    return check_result();
}
