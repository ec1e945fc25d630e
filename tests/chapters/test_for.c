/* SPDX-License-Identifier: 0BSD */
/*
 * Loops over a generator: AGEN_FOR, AGEN_FOR_AS and AGEN_FOR_CLOSING, every way out of them, and
 * what they leave behind.
 */
#include "agen.h"
#include "check.h"

#include <stdlib.h>

enum { E_BUS = -5, E_LATE = -6 };

static bool ready;

struct numbers {
    AGEN_YIELDS(int);
    int i, last;
    int error;     /* raised after the last one */
    bool waits;    /* before each one */
    int finallys;
    bool slow_end; /* the finally waits */
    int late;      /* the finally raises */
};

AGEN(numbers, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (self->i = 1; self->i <= self->last; self->i++) {
            if (self->waits)
                AGEN_WAIT_UNTIL(self, ready);
            AGEN_YIELD(self, self->i);
        }
        if (self->error)
            AGEN_RAISE(self, self->error);
    } AGEN_FINALLY(self) {
        self->finallys++;
        if (self->slow_end)
            AGEN_WAIT_UNTIL(self, ready);
        if (self->late)
            AGEN_RAISE(self, self->late);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static struct numbers up_to(int last)
{
    struct numbers x = { AGEN_INIT(numbers), .last = last };

    return x;
}

/* --- AGEN_FOR and AGEN_FOR_AS ----------------------------------------------------------------- */

struct loops {
    AGEN_COROUTINE;
    struct numbers a, b;
    int how;
};

AGEN(loops, self)
{
    AGEN_BEGIN(self);
    if (self->how == 0) { /* break and continue are those of the loop */
        AGEN_FOR(self, &self->a) {
            if (self->a.value == 2)
                continue;
            if (self->a.value == 4)
                break;
            trace_int(self->a.value);
        }
        trace(agen_done(&self->a) ? "ended" : "alive"); /* "Leaving early does not close g" */
        AGEN_FOR(self, &self->a)
            trace_int(self->a.value); /* "it can be consumed further" */
        trace(agen_done(&self->a) ? "ended" : "alive");
    }
    if (self->how == 1) { /* the same with the type named */
        AGEN_FOR_AS(self, numbers, &self->a) {
            if (self->a.value == 2)
                continue;
            if (self->a.value == 4)
                break;
            trace_int(self->a.value);
        }
        trace(agen_done(&self->a) ? "ended" : "alive");
        AGEN_FOR_AS(self, numbers, &self->a)
            trace_int(self->a.value);
        trace(agen_done(&self->a) ? "ended" : "alive");
    }
    if (self->how == 2) /* nested, each statement the loop below it; the inner one starts anew */
        AGEN_FOR(self, &self->a)
            for (self->b = up_to(2); !agen_done(&self->b);)
                AGEN_FOR(self, &self->b)
                    trace_int(self->a.value * 10 + self->b.value);
    AGEN_END(self);
}

static void run_loop(int how, const char *expected)
{
    struct loops x = { AGEN_INIT(loops), .a = up_to(5), .b = up_to(0), .how = how };

    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE(expected);
}

static void test_for(void)
{
    run_loop(0, "1 3 alive 5 ended");
    run_loop(1, "1 3 alive 5 ended");
    run_loop(2, "11 12 21 22 31 32 41 42 51 52");
}

/*
 * A loop is one statement, safe after if and else without braces; its statement may be an if and
 * else.
 */
struct branches {
    AGEN_COROUTINE;
    struct numbers a;
    bool up;
};

AGEN(branches, self)
{
    AGEN_BEGIN(self);
    if (self->up)
        AGEN_FOR(self, &self->a)
            if (self->a.value % 2)
                trace("odd");
            else
                trace("even");
    else
        AGEN_FOR_AS(self, numbers, &self->a)
            if (self->a.value > 1)
                trace("more");
    if (!self->up)
        AGEN_FOR(self, &self->a)
            trace("never");
    else
        trace("end");
    AGEN_END(self);
}

static void test_branches(void)
{
    struct branches up = { AGEN_INIT(branches), .a = up_to(3), .up = true };
    struct branches down = { AGEN_INIT(branches), .a = up_to(3), .up = false };

    CHECK_INT(agen_next(&up), AGEN_DONE);
    CHECK_TRACE("odd even odd end");
    CHECK_INT(agen_next(&down), AGEN_DONE);
    CHECK_TRACE("more more");
}

/*
 * An `if` governs the whole loop, also without an else. Before gcc 12 it governed nothing, since a
 * pragma is a statement there.
 */
struct governed {
    AGEN_COROUTINE;
    struct numbers a, b, c;
    bool wanted;
    int seen;
};

AGEN(governed, self)
{
    AGEN_BEGIN(self);
    if (self->wanted)
        AGEN_FOR(self, &self->a)
            self->seen++;
    if (self->wanted)
        AGEN_FOR_AS(self, numbers, &self->b)
            self->seen++;
    if (self->wanted)
        AGEN_FOR_CLOSING(self, &self->c)
            self->seen++;
        AGEN_END_FOR(self);
    AGEN_END(self);
}

static void test_governed(void)
{
    int wanted;

    for (wanted = 0; wanted < 2; wanted++) {
        struct governed x = {
            AGEN_INIT(governed), .a = up_to(3), .b = up_to(3), .c = up_to(3), .wanted = wanted != 0,
        };

        CHECK_INT(agen_next(&x), AGEN_DONE);
        CHECK_INT(x.seen, wanted ? 9 : 0);
    }
}

/* "What g raises is raised here." An error in the statement leaves g where it is. */
struct in_try {
    AGEN_COROUTINE;
    struct numbers a;
    bool named, raises;
};

AGEN(in_try, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->named) {
            AGEN_FOR_AS(self, numbers, &self->a)
                if (self->raises)
                    AGEN_RAISE(self, E_LATE);
        } else {
            AGEN_FOR(self, &self->a)
                if (self->raises)
                    AGEN_RAISE(self, E_LATE);
        }
        trace("never");
    } AGEN_EXCEPT(self) {
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_for_errors(void)
{
    int i;

    for (i = 0; i < 4; i++) {
        struct in_try x = {
            AGEN_INIT(in_try),
            .a = up_to(2),
            .named = i % 2 != 0,
            .raises = i >= 2,
        };

        x.a.error = E_BUS;
        CHECK_INT(agen_next(&x), AGEN_DONE);
        CHECK_TRACE(i >= 2 ? "-6" : "-5");
        CHECK_INT(agen_done(&x.a), i < 2);
        CHECK_INT(x.a.finallys, i < 2);
    }
}

/* A loop yields and waits inside, over a source that waits: in the statement and at the step. */
struct tenfold {
    AGEN_YIELDS(int);
    struct numbers a;
    bool named;
};

AGEN(tenfold, self)
{
    AGEN_BEGIN(self);
    if (self->named) {
        AGEN_FOR_AS(self, numbers, &self->a) {
            AGEN_YIELD(self, self->a.value * 10);
            AGEN_WAIT_UNTIL(self, ready);
        }
    } else {
        AGEN_FOR(self, &self->a) {
            AGEN_YIELD(self, self->a.value * 10);
            AGEN_WAIT_UNTIL(self, ready);
        }
    }
    AGEN_END(self);
}

static void test_for_waits(void)
{
    int named, i;

    for (named = 0; named < 2; named++) {
        struct tenfold x = { AGEN_INIT(tenfold), .a = up_to(3), .named = named != 0 };

        x.a.waits = true;
        for (i = 1; i <= 3; i++) {
            ready = false;
            CHECK_INT(agen_poll(&x), AGEN_PENDING);
            CHECK_INT(agen_poll(&x), AGEN_PENDING);
            ready = true;
            CHECK_INT(agen_poll(&x), AGEN_YIELDED);
            CHECK_INT(x.value, 10 * i);
        }
        CHECK_INT(agen_poll(&x), AGEN_DONE);
    }
}

/* Over one that is new, over one that has ended, over one without values: no turn. */
struct empty_loops {
    AGEN_COROUTINE;
    struct numbers none, ended;
};

AGEN(empty_loops, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->none)
        trace("never");
    AGEN_FOR(self, &self->ended)
        trace("never");
    AGEN_FOR_CLOSING(self, &self->ended) {
        trace("never");
    } AGEN_END_FOR(self);
    trace("end");
    AGEN_END(self);
}

static void test_empty(void)
{
    struct empty_loops x = { AGEN_INIT(empty_loops), .none = up_to(0), .ended = up_to(3) };

    CHECK_INT(agen_close(&x.ended), AGEN_DONE);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("end");
    CHECK_INT(x.none.finallys, 1);
}

/* --- AGEN_FOR_CLOSING ------------------------------------------------------------------------- */

enum way { TO_THE_END, BREAK, CONTINUE, RETURN, RAISE, YIELD, WAIT };

struct closing {
    AGEN_YIELDS(int);
    struct numbers a;
    enum way way;
};

AGEN(closing, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_FOR_CLOSING(self, &self->a) {
            trace_int(self->a.value);
            if (self->way == BREAK && self->a.value == 2)
                break;
            if (self->way == CONTINUE)
                continue;
            if (self->way == RETURN && self->a.value == 2)
                AGEN_RETURN(self);
            if (self->way == RAISE && self->a.value == 2)
                AGEN_RAISE(self, E_BUS);
            if (self->way == YIELD)
                AGEN_YIELD(self, self->a.value);
            if (self->way == WAIT)
                AGEN_WAIT_UNTIL(self, ready);
            trace("turn");
        } AGEN_END_FOR(self);
        trace("after");
    } AGEN_FINALLY(self) {
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static struct closing closing_by(enum way way)
{
    struct closing x = { AGEN_INIT(closing), .a = up_to(3), .way = way };

    return x;
}

static void check_closed(const struct closing *x, const char *expected)
{
    CHECK_TRACE(expected);
    CHECK(agen_done(x));
    CHECK(agen_done(&x->a));
    CHECK_INT(x->a.finallys, 1);
}

/*
 * "Closes g when the loop is left early by break, return, an error, exit"; then what was on its way
 * goes on.
 */
static void test_closing(void)
{
    struct closing x;

    x = closing_by(TO_THE_END);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    check_closed(&x, "1 turn 2 turn 3 turn after 0");
    x = closing_by(CONTINUE);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    check_closed(&x, "1 2 3 after 0");
    x = closing_by(BREAK);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    check_closed(&x, "1 turn 2 after 0");
    x = closing_by(RETURN);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    check_closed(&x, "1 turn 2 0");
    x = closing_by(RAISE);
    CHECK_INT(agen_next(&x), E_BUS);
    check_closed(&x, "1 turn 2 -5");

    x = closing_by(YIELD);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, E_BUS), E_BUS);
    check_closed(&x, "1 turn 2 -5");
    x = closing_by(YIELD);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    check_closed(&x, "1 -32767");
}

/* ..and cancellation, while it waits inside the loop or in the generator. */
static void test_closing_cancelled(void)
{
    struct closing x = closing_by(WAIT);

    ready = false;
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, AGEN_E_CANCELLED), AGEN_E_CANCELLED);
    check_closed(&x, "1 -32766");
    x = closing_by(TO_THE_END);
    x.a.waits = true;
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, AGEN_E_CANCELLED), AGEN_E_CANCELLED);
    check_closed(&x, "-32766");
}

/* "..and waits for that": a close that is slow, for each way out. */
static void test_closing_waits(void)
{
    static const struct {
        enum way way;
        int status;
        const char *trace;
    } cases[] = {
        { BREAK, AGEN_DONE, "after 0" },
        { RETURN, AGEN_DONE, "0" },
        { RAISE, E_BUS, "-5" },
    };
    int i;

    for (i = 0; i < 3; i++) {
        struct closing x = closing_by(cases[i].way);

        x.a.slow_end = true;
        ready = false;
        CHECK_INT(agen_next(&x), AGEN_PENDING);
        CHECK_TRACE("1 turn 2");
        CHECK_INT(agen_poll(&x), AGEN_PENDING);
        CHECK_TRACE("");
        ready = true;
        CHECK_INT(agen_poll(&x), cases[i].status);
        check_closed(&x, cases[i].trace);
    }
}

/* The same for an exit from the consumer, and for a close that is aborted. */
static void test_closing_exit_waits(void)
{
    struct closing x = closing_by(YIELD);

    x.a.slow_end = true;
    ready = false;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_close(&x), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_DONE);
    check_closed(&x, "1 -32767");

    x = closing_by(RAISE);
    x.a.slow_end = true;
    ready = false;
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, E_LATE), E_LATE); /* its cleanup failed by that: this wins */
    check_closed(&x, "1 turn 2 -6");
}

/* "What the close raises wins over what was on its way." */
static void test_closing_fails(void)
{
    static const enum way ways[] = { BREAK, RETURN, RAISE };
    int i;

    for (i = 0; i < 3; i++) {
        struct closing x = closing_by(ways[i]);

        x.a.late = E_LATE;
        CHECK_INT(agen_next(&x), E_LATE);
        check_closed(&x, "1 turn 2 -6");
        x = closing_by(ways[i]);
        x.a.late = E_LATE;
        x.a.slow_end = true;
        ready = false;
        CHECK_INT(agen_next(&x), AGEN_PENDING);
        ready = true;
        CHECK_INT(agen_poll(&x), E_LATE);
        check_closed(&x, "1 turn 2 -6");
    }
}

/*
 * The generator's own error comes out, at the first value and later; its finally has run by itself.
 */
static void test_closing_source_fails(void)
{
    struct closing x = closing_by(TO_THE_END);

    x.a.error = E_BUS;
    CHECK_INT(agen_next(&x), E_BUS);
    check_closed(&x, "1 turn 2 turn 3 turn -5");
    x = closing_by(TO_THE_END);
    x.a.last = 0;
    x.a.error = E_BUS;
    CHECK_INT(agen_next(&x), E_BUS);
    check_closed(&x, "-5");
}

/*
 * One that yields in answer to the close: AGEN_E_IGNORED_EXIT is raised after the loop, and it is
 * alive.
 */
struct stubborn {
    AGEN_YIELDS(int);
};

AGEN(stubborn, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
    } AGEN_EXCEPT_ANY(self) {
        AGEN_YIELD(self, 2);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct closes_stubborn {
    AGEN_COROUTINE;
    struct stubborn a;
};

AGEN(closes_stubborn, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR_CLOSING(self, &self->a) {
        break;
    } AGEN_END_FOR(self);
    trace("never");
    AGEN_END(self);
}

static void test_closing_ignored(void)
{
    struct closes_stubborn x = {
        AGEN_INIT(closes_stubborn),
        .a = { AGEN_INIT(stubborn), .value = 0 },
    };

    CHECK_INT(agen_next(&x), AGEN_E_IGNORED_EXIT);
    CHECK(!agen_done(&x.a));
    CHECK_INT(agen_close(&x.a), AGEN_DONE);
    CHECK_TRACE("");
}

/* Closing loops nest, in each other and in plain ones: the inner is closed first. */
struct two_closing {
    AGEN_COROUTINE;
    struct numbers a, b;
    enum way way;
};

AGEN(two_closing, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR_CLOSING(self, &self->a) {
        self->b = up_to(9);
        AGEN_FOR_CLOSING(self, &self->b) {
            if (self->b.value == 2 && self->way == BREAK)
                break;
            if (self->b.value == 2 && self->way == RETURN)
                AGEN_RETURN(self);
            if (self->b.value == 2 && self->way == RAISE)
                AGEN_RAISE(self, E_BUS);
            trace_int(self->a.value * 10 + self->b.value);
        } AGEN_END_FOR(self);
        trace_int(self->b.finallys);
        CHECK_INT(self->a.finallys, 0);
    } AGEN_END_FOR(self);
    trace("after");
    AGEN_END(self);
}

static void test_closing_nested(void)
{
    struct two_closing x = { AGEN_INIT(two_closing), .a = up_to(2), .b = up_to(0), .way = BREAK };

    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("11 1 21 1 after");
    agen_init(&x, two_closing);
    x.a = up_to(2);
    x.way = RETURN;
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_INT(x.a.finallys, 1);
    CHECK_INT(x.b.finallys, 1);
    CHECK_TRACE("11");
    agen_init(&x, two_closing);
    x.a = up_to(2);
    x.way = RAISE;
    CHECK_INT(agen_next(&x), E_BUS);
    CHECK_INT(x.a.finallys, 1);
    CHECK_INT(x.b.finallys, 1);
    CHECK_TRACE("11");
}

/*
 * A closing loop in a loop of C's own: break leaves the closing loop alone; the next turn runs it
 * again.
 */
struct restarts {
    AGEN_COROUTINE;
    struct numbers a;
    int turn;
};

AGEN(restarts, self)
{
    AGEN_BEGIN(self);
    for (self->turn = 0; self->turn < 2; self->turn++) {
        self->a = up_to(3);
        AGEN_FOR_CLOSING(self, &self->a) {
            trace_int(self->a.value);
            if (self->a.value == 1 + self->turn)
                break;
        } AGEN_END_FOR(self);
        trace_int(self->a.finallys);
    }
    AGEN_END(self);
}

static void test_closing_in_loop(void)
{
    struct restarts x = { AGEN_INIT(restarts), .a = up_to(0) };

    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("1 1 1 2 1");
}

/* --- One that frees itself -------------------------------------------------------------------- */

/* "A generator that ended by itself is touched no more": the sanitizer watches. */
struct freed {
    AGEN_YIELDS(int);
    int i, last, error;
};

static int releases;

static void release(struct freed *self)
{
    releases++;
    memset(self, 0xA5, sizeof *self);
    free(self);
}

AGEN(freed, self, release)
{
    AGEN_BEGIN(self);
    for (self->i = 1; self->i <= self->last; self->i++)
        AGEN_YIELD(self, self->i);
    AGEN_WAIT_UNTIL(self, ready);
    if (self->error)
        AGEN_RAISE(self, self->error);
    AGEN_END(self);
}

static struct freed *make_freed(int last, int error)
{
    struct freed *x = malloc(sizeof *x);

    if (!x)
        abort();
    agen_init(x, freed);
    x->last = last;
    x->error = error;
    return x;
}

enum { PLAIN, NAMED, CLOSING, CLOSING_BREAK, KINDS };

struct over_freed {
    AGEN_COROUTINE;
    struct freed *a;
    int kind;
};

AGEN(over_freed, self)
{
    AGEN_BEGIN(self);
    if (self->kind == PLAIN)
        AGEN_FOR(self, self->a)
            trace_int(self->a->value);
    else if (self->kind == NAMED)
        AGEN_FOR_AS(self, freed, self->a)
            trace_int(self->a->value);
    else
        AGEN_FOR_CLOSING(self, self->a) {
            trace_int(self->a->value);
            if (self->kind == CLOSING_BREAK)
                break;
        } AGEN_END_FOR(self);
    trace("end");
    AGEN_END(self);
}

static void test_freed(void)
{
    int kind, error, waits;

    for (kind = 0; kind < KINDS; kind++) {
        for (error = 0; error < 2; error++) {
            for (waits = 0; waits < 2; waits++) {
                struct over_freed x = { AGEN_INIT(over_freed), .a = NULL, .kind = kind };
                int end = error && kind != CLOSING_BREAK ? E_BUS : (int)AGEN_DONE;

                x.a = make_freed(2, error ? E_BUS : 0);
                releases = 0;
                ready = !waits;
                if (waits && kind != CLOSING_BREAK) {
                    CHECK_INT(agen_next(&x), AGEN_PENDING);
                    ready = true;
                }
                CHECK_INT(agen_poll(&x), end);
                CHECK_INT(releases, 1);
                CHECK_TRACE(kind == CLOSING_BREAK ? "1 end" : end ? "1 2" : "1 2 end");
            }
        }
    }
}

int main(void)
{
    test_for();
    test_branches();
    test_governed();
    test_for_errors();
    test_for_waits();
    test_empty();
    test_closing();
    test_closing_cancelled();
    test_closing_waits();
    test_closing_exit_waits();
    test_closing_fails();
    test_closing_source_fails();
    test_closing_ignored();
    test_closing_nested();
    test_closing_in_loop();
    test_freed();
    return check_result();
}
