/* SPDX-License-Identifier: 0BSD */
/*
 * Waiting: AGEN_WAIT_UNTIL, chains of awaits, what poll carries on, and abort, which throws an
 * error at the innermost wait of the pending operation.
 */
#include "agen.h"
#include "check.h"

enum { E_BUS = -5, E_LATE = -6 };

static bool ready;
static int looks;

static bool look(void)
{
    looks++;
    return ready;
}

/* --- AGEN_WAIT_UNTIL -------------------------------------------------------------------------- */

struct waiting {
    AGEN_YIELDS(int);
    int n;
};

AGEN(waiting, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_WAIT_UNTIL(self, look());
        AGEN_YIELD(self, ++self->n);
    }
    AGEN_END(self);
}

/* "Each poll evaluates it again. If it is true at once, nothing is suspended." */
static void test_wait_until(void)
{
    struct waiting x = { AGEN_INIT(waiting), .n = 0 };

    ready = true;
    looks = 0;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(looks, 1);
    ready = false;
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(looks, 2);
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    CHECK_INT(looks, 3);
    CHECK_INT(x.value, 1); /* .value is not touched between */
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_YIELDED);
    CHECK_INT(looks, 4);
    CHECK_INT(x.value, 2);
}

#ifndef __SDCC /* which has no compound literals */
/* A condition with a comma that no parentheses protect. */
struct pair {
    int a, b;
};

struct two_flags {
    AGEN_COROUTINE;
    int b;
};

AGEN(two_flags, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, self->b == (struct pair){ 1, 2 }.b);
    AGEN_END(self);
}

static void test_condition_with_comma(void)
{
    struct two_flags x = { AGEN_INIT(two_flags), .b = 1 };

    CHECK_INT(agen_next(&x), AGEN_PENDING);
    x.b = 2;
    CHECK_INT(agen_poll(&x), AGEN_DONE);
}
#endif

/* --- poll ------------------------------------------------------------------------------------- */

/* "A poll on a generator that is neither pending nor executing is a next, also after the end." */
struct three {
    AGEN_YIELDS(int);
    int i;
};

AGEN(three, self)
{
    AGEN_BEGIN(self);
    for (self->i = 1; self->i <= 3; self->i++)
        AGEN_YIELD(self, self->i);
    AGEN_END(self);
}

static void test_poll_starts(void)
{
    struct three x = { AGEN_INIT(three), .i = 0 };
    int i;

    for (i = 1; i <= 3; i++) {
        CHECK_INT(agen_poll(&x), AGEN_YIELDED);
        CHECK_INT(x.value, i);
    }
    CHECK_INT(agen_poll(&x), AGEN_DONE);
    CHECK_INT(agen_poll(&x), AGEN_DONE);
}

/* --- A chain of awaits ------------------------------------------------------------------------ */

enum { DEPTH = 5 };

static struct link {
    AGEN_COROUTINE;
    struct link *inner; /* NULL: the innermost, which waits */
    bool catches;
    int caught, finallys, ends;
} chain[DEPTH]; /* chain[0] is the outermost */

AGEN(link, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->inner)
            AGEN_AWAIT(self, self->inner);
        else
            AGEN_WAIT_UNTIL(self, ready);
    } AGEN_EXCEPT_ANY(self) {
        self->caught = agen_error(self);
        if (!self->catches)
            AGEN_RAISE(self, agen_error(self));
    } AGEN_FINALLY(self) {
        self->finallys++;
    } AGEN_END_TRY(self);
    self->ends++;
    AGEN_END(self);
}

static void make_chain(void)
{
    int i;

    memset(chain, 0, sizeof chain);
    for (i = 0; i < DEPTH; i++) {
        agen_init(&chain[i], link);
        chain[i].inner = i + 1 < DEPTH ? &chain[i + 1] : NULL;
    }
}

static void test_chain(void)
{
    int i;

    make_chain();
    ready = false;
    CHECK_INT(agen_next(&chain[0]), AGEN_PENDING);
    CHECK_INT(agen_poll(&chain[0]), AGEN_PENDING);
    CHECK_INT(agen_poll(&chain[0]), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&chain[0]), AGEN_DONE);
    for (i = 0; i < DEPTH; i++) {
        CHECK_INT(chain[i].ends, 1);
        CHECK_INT(chain[i].finallys, 1);
        CHECK(agen_done(&chain[i]));
    }
    make_chain(); /* ready at once: nothing is suspended */
    CHECK_INT(agen_next(&chain[0]), AGEN_DONE);
}

/* Every error, aborted at the innermost wait, caught at every depth or nowhere. */
static void test_abort_chain(void)
{
    static const int errors[] = { -1, E_BUS, AGEN_E_LAST + 1, AGEN_E_CANCELLED, AGEN_E_EXIT,
                                  AGEN_E_TIMEOUT, AGEN_E_STOP, AGEN_E_BAD_STATE };
    int e, catcher, i;

    ready = false;
    for (e = 0; e < (int)(sizeof errors / sizeof *errors); e++) {
        for (catcher = -1; catcher < DEPTH; catcher++) {
            make_chain();
            if (catcher >= 0)
                chain[catcher].catches = true;
            CHECK_INT(agen_next(&chain[0]), AGEN_PENDING);
            CHECK_INT(agen_poll(&chain[0]), AGEN_PENDING);
            CHECK_INT(agen_abort(&chain[0], errors[e]), catcher < 0 ? errors[e] : AGEN_DONE);
            for (i = 0; i < DEPTH; i++) {
                CHECK_INT(chain[i].caught, i >= catcher ? errors[e] : 0);
                CHECK_INT(chain[i].ends, i <= catcher ? 1 : 0);
                CHECK_INT(chain[i].finallys, 1);
                CHECK(agen_done(&chain[i]));
            }
        }
    }
}

/*
 * "Awaiting a finished coroutine again is AGEN_DONE at once. agen_init on a finished state makes it
 * new."
 */
struct awaits_twice {
    AGEN_COROUTINE;
    struct link link;
};

AGEN(awaits_twice, self)
{
    AGEN_BEGIN(self);
    AGEN_AWAIT(self, &self->link);
    AGEN_AWAIT(self, &self->link);
    trace_int(self->link.ends);
    agen_init(&self->link, link);
    AGEN_AWAIT(self, &self->link);
    trace_int(self->link.ends);
    AGEN_END(self);
}

static void test_await_finished(void)
{
    struct awaits_twice x = { AGEN_INIT(awaits_twice), .link = { AGEN_INIT(link), .inner = NULL } };

    ready = true;
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("1 2");
}

/* The error of an awaited coroutine is raised at the await, at once as well as after waiting. */
struct fails {
    AGEN_COROUTINE;
};

AGEN(fails, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, ready);
    AGEN_RAISE(self, E_BUS);
    AGEN_END(self);
}

struct awaits_failure {
    AGEN_COROUTINE;
    struct fails fails;
};

AGEN(awaits_failure, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_AWAIT(self, &self->fails);
        trace("never");
    } AGEN_EXCEPT(self) {
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_await_failure(void)
{
    struct awaits_failure x = { AGEN_INIT(awaits_failure), .fails = { AGEN_INIT(fails) } };

    ready = true;
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("-5");
    agen_init(&x, awaits_failure);
    agen_init(&x.fails, fails);
    ready = false;
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_DONE);
    CHECK_TRACE("-5");
}

/* --- The steps of a body wait too ------------------------------------------------------------- */

struct slow {
    AGEN_YIELDS_RECEIVES(int, int);
    int i, waits;
};

static bool every_other(struct slow *self)
{
    return ++self->waits % 2 == 0;
}

AGEN(slow, self)
{
    AGEN_BEGIN(self);
    for (self->i = 1; self->i <= 2; self->i++) {
        AGEN_WAIT_UNTIL(self, every_other(self));
        AGEN_TRY(self) {
            AGEN_YIELD(self, self->i);
            if (agen_received(self))
                trace("received");
        } AGEN_EXCEPT(self) {
            trace("caught");
        } AGEN_END_TRY(self);
    }
    AGEN_WAIT_UNTIL(self, every_other(self));
    AGEN_END(self);
}

/* agen_status after a step that waited. */
struct steps {
    AGEN_COROUTINE;
    struct slow slow;
    int how;
};

AGEN(steps, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, &self->slow);
    trace_int(agen_status(self));
    trace_int(self->slow.value);
    if (self->how == 0)
        AGEN_NEXT(self, &self->slow);
    else if (self->how == 1)
        AGEN_SEND(self, &self->slow, 7);
    else
        AGEN_THROW(self, &self->slow, E_BUS);
    trace_int(agen_status(self));
    trace_int(self->slow.value);
    if (self->how == 0)
        AGEN_NEXT(self, &self->slow);
    else if (self->how == 1)
        AGEN_SEND(self, &self->slow, 7);
    else
        AGEN_THROW(self, &self->slow, E_BUS);
    trace_int(agen_status(self));
    AGEN_END(self);
}

static void test_steps_wait(void)
{
    static const char *const traces[] = {
        "1 1 1 2 0",
        "1 1 received 1 2 received 0",
        "1 1 caught 1 2 caught 0",
    };
    int how, i;

    for (how = 0; how < 3; how++) {
        struct steps x = {
            AGEN_INIT(steps),
            .slow = { AGEN_INIT(slow), .i = 0 },
            .how = how,
        };

        CHECK_INT(agen_next(&x), AGEN_PENDING);
        for (i = 0; i < 2; i++)
            CHECK_INT(agen_poll(&x), AGEN_PENDING);
        CHECK_INT(agen_poll(&x), AGEN_DONE);
        CHECK_TRACE(traces[how]);
    }
}

/* --- abort ------------------------------------------------------------------------------------ */

/* A generator with a wait at the start, and a handler that does what it is told. */
enum handler { LETS_PASS, ENDS, YIELDS, WAITS, WAITS_YIELDS };

struct aborted {
    AGEN_YIELDS_RECEIVES(int, int);
    enum handler handler;
    int waits, caught, finallys;
};

AGEN(aborted, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            AGEN_WAIT_UNTIL(self, ready);
            AGEN_YIELD(self, 2);
        } AGEN_EXCEPT_ANY(self) {
            self->caught = agen_error(self);
            if (self->handler == LETS_PASS)
                AGEN_RAISE(self, agen_error(self));
            if (self->handler == WAITS || self->handler == WAITS_YIELDS)
                AGEN_WAIT_UNTIL(self, ++self->waits > 3);
            if (self->handler == YIELDS || self->handler == WAITS_YIELDS)
                AGEN_YIELD(self, 3);
        } AGEN_END_TRY(self);
        if (self->handler != ENDS)
            AGEN_YIELD(self, 4);
    } AGEN_FINALLY(self) {
        self->finallys++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void begin_with(struct aborted *x, enum handler handler)
{
    memset(x, 0, sizeof *x);
    agen_init(x, aborted);
    x->handler = handler;
    ready = false;
    CHECK_INT(agen_next(x), AGEN_YIELDED);
}

/* "With nothing pending: AGEN_DONE, and nothing happens." */
static void test_abort_nothing(void)
{
    struct aborted x = { AGEN_INIT(aborted), .handler = LETS_PASS };

    CHECK_INT(agen_abort(&x, E_BUS), AGEN_DONE); /* new */
    CHECK_INT(agen_abort(&x, AGEN_E_EXIT), AGEN_DONE);
    CHECK(!agen_done(&x));
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_abort(&x, E_BUS), AGEN_DONE); /* suspended */
    CHECK_INT(agen_abort(&x, AGEN_E_EXIT), AGEN_DONE);
    ready = true;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_INT(agen_abort(&x, E_BUS), AGEN_DONE); /* finished: an abort is no throw */
    CHECK_INT(x.finallys, 1);
    CHECK_INT(x.caught, AGEN_E_EXIT);
}

/*
 * "An uncaught AGEN_E_EXIT makes a pending next, send or throw answer AGEN_E_EXIT"; others come as
 * they are.
 */
static void test_abort_uncaught(void)
{
    static const int errors[] = { E_BUS, AGEN_E_EXIT, AGEN_E_CANCELLED };
    int e;

    for (e = 0; e < 3; e++) {
        struct aborted x;

        begin_with(&x, LETS_PASS);
        CHECK_INT(agen_next(&x), AGEN_PENDING);
        CHECK_INT(agen_abort(&x, errors[e]), errors[e]);
        CHECK_INT(x.caught, errors[e]);
        CHECK_INT(x.finallys, 1);
        CHECK(agen_done(&x));
        CHECK_INT(agen_next(&x), AGEN_DONE);

        begin_with(&x, LETS_PASS);
        CHECK_INT(agen_send(&x, 1), AGEN_PENDING);
        CHECK_INT(agen_abort(&x, errors[e]), errors[e]);
        CHECK_INT(x.finallys, 1);
    }
}

/*
 * What was aborted and caught goes on as if it never waited: any error, and then it yields or ends.
 */
static void test_abort_caught(void)
{
    struct aborted x;

    begin_with(&x, YIELDS);
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, E_BUS), AGEN_YIELDED);
    CHECK_INT(x.value, 3);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 4);

    begin_with(&x, YIELDS);
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, AGEN_E_CANCELLED), AGEN_YIELDED);
    CHECK_INT(x.value, 3);

    begin_with(&x, ENDS);
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, AGEN_E_EXIT), AGEN_DONE);
    CHECK_INT(x.finallys, 1);
}

/* "A pending operation can always be aborted": also one that waits again, and again. */
static void test_abort_again(void)
{
    struct aborted x;

    begin_with(&x, WAITS);
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, E_BUS), AGEN_PENDING);
    CHECK_INT(x.caught, E_BUS);
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, E_LATE), E_LATE);
    CHECK_INT(x.finallys, 1);
    CHECK(agen_done(&x));

    begin_with(&x, WAITS);
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, E_BUS), AGEN_PENDING);
    while (agen_poll(&x) == AGEN_PENDING)
        continue;
    CHECK_INT(x.value, 4);
    CHECK_INT(agen_next(&x), AGEN_DONE);
}

/*
 * "A yield in answer to agen_abort(.., AGEN_E_EXIT), however many waits lie between, is ignored
 * exit."
 */
static void test_abort_exit_ignored(void)
{
    struct aborted x;

    begin_with(&x, YIELDS);
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, AGEN_E_EXIT), AGEN_E_IGNORED_EXIT);
    CHECK(!agen_done(&x));
    CHECK_INT(agen_next(&x), AGEN_YIELDED); /* the next operation is one like any other */
    CHECK_INT(x.value, 4);

    begin_with(&x, WAITS_YIELDS);
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, AGEN_E_EXIT), AGEN_PENDING);
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    CHECK_INT(agen_poll(&x), AGEN_E_IGNORED_EXIT);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 4);
    CHECK_INT(agen_close(&x), AGEN_DONE);

    begin_with(&x, WAITS); /* the yield after the handler answers it as well */
    CHECK_INT(agen_send(&x, 1), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, AGEN_E_EXIT), AGEN_PENDING);
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    CHECK_INT(agen_poll(&x), AGEN_E_IGNORED_EXIT);
    CHECK_INT(agen_next(&x), AGEN_DONE);
}

/* ..also when another error is aborted in between, for it is the same operation still. */
struct forgetful {
    AGEN_YIELDS(int);
};

AGEN(forgetful, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_TRY(self) {
            AGEN_WAIT_UNTIL(self, ready);
            AGEN_YIELD(self, 1);
        } AGEN_EXCEPT_ANY(self) {
            trace_int(agen_error(self));
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

static void test_abort_exit_then_other(void)
{
    struct forgetful x = { AGEN_INIT(forgetful) };

    ready = false;
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, AGEN_E_EXIT), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, E_BUS), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_E_IGNORED_EXIT);
    CHECK_INT(agen_poll(&x), AGEN_YIELDED);
    CHECK_TRACE("-32767 -5");
}

/* A pending throw: poll carries it on, and abort answers for it. */
struct handles_slowly {
    AGEN_YIELDS(int);
};

AGEN(handles_slowly, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
    } AGEN_EXCEPT(self) {
        AGEN_WAIT_UNTIL(self, ready);
        AGEN_YIELD(self, agen_error(self));
    } AGEN_FINALLY(self) {
        trace("finally");
        AGEN_WAIT_UNTIL(self, ready);
        trace("waited");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_abort_throw(void)
{
    struct handles_slowly x = { AGEN_INIT(handles_slowly) };

    ready = false;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, E_BUS), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_YIELDED);
    CHECK_INT(x.value, E_BUS);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("finally waited");

    agen_init(&x, handles_slowly);
    ready = false;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, E_BUS), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, AGEN_E_EXIT), AGEN_PENDING); /* now in the finally */
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_E_EXIT);
    CHECK_TRACE("finally waited");
}

/* "..and a pending close answer AGEN_DONE." Another error is an error. */
static void test_abort_close(void)
{
    struct handles_slowly x = { AGEN_INIT(handles_slowly) };

    ready = false;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_close(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, AGEN_E_EXIT), AGEN_DONE);
    CHECK(agen_done(&x));
    CHECK_TRACE("finally");

    agen_init(&x, handles_slowly);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_close(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, AGEN_E_CANCELLED), AGEN_E_CANCELLED);
    CHECK(agen_done(&x));
    CHECK_TRACE("finally");
}

/* A pending close that was aborted and caught: ended is AGEN_DONE, a yield is ignored exit. */
struct closes_slowly {
    AGEN_YIELDS(int);
    bool yields;
};

AGEN(closes_slowly, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, 1);
        } AGEN_FINALLY(self) {
            AGEN_WAIT_UNTIL(self, ready);
        } AGEN_END_TRY(self);
    } AGEN_EXCEPT_ANY(self) {
        trace_int(agen_error(self));
        if (self->yields)
            AGEN_YIELD(self, 2);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_abort_close_caught(void)
{
    struct closes_slowly ends = { AGEN_INIT(closes_slowly), .yields = false };
    struct closes_slowly yields = { AGEN_INIT(closes_slowly), .yields = true };

    ready = false;
    CHECK_INT(agen_next(&ends), AGEN_YIELDED);
    CHECK_INT(agen_close(&ends), AGEN_PENDING);
    CHECK_INT(agen_abort(&ends, E_BUS), AGEN_DONE);
    CHECK_INT(agen_next(&yields), AGEN_YIELDED);
    CHECK_INT(agen_close(&yields), AGEN_PENDING);
    CHECK_INT(agen_abort(&yields, E_BUS), AGEN_E_IGNORED_EXIT);
    CHECK_INT(agen_next(&yields), AGEN_DONE);
    CHECK_TRACE("-5 -5");
}

/*
 * The innermost wait is in a generator that catches and yields: its consumer gets a value, and goes
 * on.
 */
struct consumer {
    AGEN_YIELDS(int);
    struct aborted source;
};

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_FOR(self, &self->source)
            AGEN_YIELD(self, self->source.value * 10);
    } AGEN_FINALLY(self) {
        trace("finally");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_abort_in_source(void)
{
    struct consumer x = {
        AGEN_INIT(consumer),
        .source = { AGEN_INIT(aborted), .handler = YIELDS },
    };

    ready = false;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, E_BUS), AGEN_YIELDED);
    CHECK_INT(x.value, 30);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 40);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("finally");

    agen_init(&x, consumer);
    agen_init(&x.source, aborted);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, AGEN_E_EXIT), AGEN_E_IGNORED_EXIT); /* whoever yields in the end */
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 40);

    agen_init(&x, consumer);
    agen_init(&x.source, aborted);
    x.source.handler = LETS_PASS;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, AGEN_E_EXIT), AGEN_E_EXIT); /* travels outwards like any error */
    CHECK(agen_done(&x));
    CHECK(agen_done(&x.source));
    CHECK_TRACE("finally");
}

/* "None leaves a generator busy for ever": what was aborted within can be used by others. */
static void test_abort_frees(void)
{
    struct consumer x = {
        AGEN_INIT(consumer),
        .source = { AGEN_INIT(aborted), .handler = YIELDS },
    };

    ready = false;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_next(&x.source), AGEN_E_RUNNING);
    CHECK_INT(agen_abort(&x, E_BUS), AGEN_YIELDED);
    CHECK_INT(agen_next(&x.source), AGEN_YIELDED);
    CHECK_INT(x.source.value, 4);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_TRACE("finally");
}

int main(void)
{
    test_wait_until();
#ifndef __SDCC
    test_condition_with_comma();
#endif
    test_poll_starts();
    test_chain();
    test_abort_chain();
    test_await_finished();
    test_await_failure();
    test_steps_wait();
    test_abort_nothing();
    test_abort_uncaught();
    test_abort_caught();
    test_abort_again();
    test_abort_exit_ignored();
    test_abort_exit_then_other();
    test_abort_throw();
    test_abort_close();
    test_abort_close_caught();
    test_abort_in_source();
    test_abort_frees();
    return check_result();
}
