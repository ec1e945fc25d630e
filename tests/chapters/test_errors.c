/* SPDX-License-Identifier: 0BSD */
/*
 * Errors: thrown in and raised, handled by AGEN_EXCEPT and AGEN_EXCEPT_ANY, seen by agen_error,
 * replaced, converted, and refused where they are none.
 */
#include "agen.h"
#include "check.h"

#include <limits.h>

enum { E_BUS = -5, E_LATE = -6, E_LAST_OF_MINE = AGEN_E_LAST + 1 };

static bool ready;

/* --- throw, in each state --------------------------------------------------------------------- */

struct catcher {
    AGEN_YIELDS(int);
    int starts, rest;
};

AGEN(catcher, self)
{
    AGEN_BEGIN(self);
    self->starts++;
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
        self->rest++;
    } AGEN_EXCEPT(self) {
        AGEN_YIELD(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_YIELD(self, 2);
    AGEN_END(self);
}

/* "Raises e where x is suspended. Answers what the body then does: yields, returns, or raises." */
static void test_throw_at_yield(void)
{
    struct catcher x = { AGEN_INIT(catcher), .starts = 0 };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, E_BUS), AGEN_YIELDED);
    CHECK_INT(x.value, E_BUS);
    CHECK_INT(x.rest, 0);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
    CHECK_INT(agen_throw(&x, E_LATE), E_LATE); /* nobody handles it there */
    CHECK(agen_done(&x));
    CHECK_INT(agen_next(&x), AGEN_DONE);

    agen_init(&x, catcher);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, E_BUS), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, E_LATE), E_LATE); /* a handler does not handle its own errors */
    CHECK(agen_done(&x));
}

/* "A new x ends without running; e comes back, as it does from one that has ended." */
static void test_throw_into_new_and_finished(void)
{
    static const int errors[] = { -1, E_BUS, E_LAST_OF_MINE, AGEN_E_CANCELLED, AGEN_E_EXIT,
                                  AGEN_E_TIMEOUT, AGEN_E_RUNNING };
    int e;

    for (e = 0; e < (int)(sizeof errors / sizeof *errors); e++) {
        struct catcher x = { AGEN_INIT(catcher), .starts = 0 };

        CHECK_INT(agen_throw(&x, errors[e]), errors[e]);
        CHECK_INT(x.starts, 0);
        CHECK(agen_done(&x));
        CHECK_INT(agen_throw(&x, errors[e]), errors[e]); /* an error never vanishes */
        CHECK_INT(agen_throw(&x, errors[e]), errors[e]);
        CHECK_INT(agen_next(&x), AGEN_DONE);
        CHECK(agen_done(&x));
    }
}

/* "A finished coroutine may be thrown into and closed like a finished generator." */
struct brief {
    AGEN_COROUTINE;
    int error;
};

AGEN(brief, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, true);
    if (self->error)
        AGEN_RAISE(self, self->error);
    AGEN_END(self);
}

static void test_finished_coroutine(void)
{
    struct brief x = { AGEN_INIT(brief), .error = 0 };

    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_INT(agen_throw(&x, E_BUS), E_BUS);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_INT(agen_drop(&x), AGEN_DONE);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_INT(agen_abort(&x, E_BUS), AGEN_DONE);

    agen_init(&x, brief);
    CHECK_INT(agen_throw(&x, E_BUS), E_BUS); /* a new one, too */
    CHECK(agen_done(&x));
}

/* --- except ----------------------------------------------------------------------------------- */

struct thrower {
    AGEN_YIELDS(int);
    int error; /* 0: return */
    bool any;
};

AGEN(thrower, self)
{
    AGEN_BEGIN(self);
    if (self->any)
        AGEN_TRY(self) {
            if (self->error == 0)
                AGEN_RETURN(self);
            AGEN_RAISE(self, self->error);
        } AGEN_EXCEPT_ANY(self) {
            AGEN_YIELD(self, agen_error(self));
        } AGEN_END_TRY(self);
    else
        AGEN_TRY(self) {
            if (self->error == 0)
                AGEN_RETURN(self);
            AGEN_RAISE(self, self->error);
        } AGEN_EXCEPT(self) {
            AGEN_YIELD(self, agen_error(self));
        } AGEN_END_TRY(self);
    AGEN_YIELD(self, 1);
    AGEN_END(self);
}

/*
 * "AGEN_EXCEPT catches everything but exit and cancellation"; AGEN_EXCEPT_ANY those too; none a
 * return.
 */
static void test_except(void)
{
    static const int errors[] = {
        -1, E_BUS, E_LAST_OF_MINE, AGEN_E_STOP, AGEN_E_STOP_LEAKED, AGEN_E_RUNNING,
        AGEN_E_IGNORED_EXIT, AGEN_E_JUST_STARTED, AGEN_E_TIMEOUT, AGEN_E_BAD_STATE, AGEN_E_NO_LOOP,
        AGEN_E_EXIT, AGEN_E_CANCELLED, 0
    };
    int e, any;

    for (e = 0; e < (int)(sizeof errors / sizeof *errors); e++) {
        for (any = 0; any < 2; any++) {
            struct thrower x = { AGEN_INIT(thrower), .error = errors[e], .any = any != 0 };
            bool base = errors[e] == AGEN_E_EXIT || errors[e] == AGEN_E_CANCELLED;

            if (errors[e] == 0 || (base && !any)) {
                CHECK_INT(agen_next(&x), errors[e]);
                CHECK(agen_done(&x));
            } else {
                CHECK_INT(agen_next(&x), AGEN_YIELDED);
                CHECK_INT(x.value, errors[e]);
                CHECK_INT(agen_next(&x), AGEN_YIELDED); /* handled: it goes on after it */
                CHECK_INT(x.value, 1);
                CHECK_INT(agen_next(&x), AGEN_DONE);
            }
        }
    }
}

/* A try without clauses is a block that errors pass through. */
struct bare {
    AGEN_YIELDS(int);
    int error;
};

AGEN(bare, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
        if (self->error != 0)
            AGEN_RAISE(self, self->error);
    } AGEN_END_TRY(self);
    AGEN_YIELD(self, 2);
    AGEN_END(self);
}

static void test_bare(void)
{
    struct bare x = { AGEN_INIT(bare), .error = 0 };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
    agen_init(&x, bare);
    x.error = E_BUS;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), E_BUS);
    CHECK(agen_done(&x));
}

/* --- agen_error ------------------------------------------------------------------------------- */

/*
 * It stays across yields and waits of the handler, and "works in functions called from there too".
 */
struct remembers {
    AGEN_YIELDS(int);
};

static int from_a_function(struct remembers *self)
{
    return agen_error(self);
}

AGEN(remembers, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_RAISE(self, E_BUS);
    } AGEN_EXCEPT(self) {
        trace_int(agen_error(self));
        AGEN_YIELD(self, 1);
        trace_int(from_a_function(self));
        AGEN_WAIT_UNTIL(self, ready);
        trace_int(from_a_function(self));
        AGEN_RAISE(self, agen_error(self));
    } AGEN_FINALLY(self) {
        trace_int(agen_error(self));
        AGEN_YIELD(self, 2);
        trace_int(from_a_function(self));
        AGEN_WAIT_UNTIL(self, ready);
        trace_int(from_a_function(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_agen_error(void)
{
    struct remembers x = { AGEN_INIT(remembers) };

    ready = false;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_YIELDED);
    ready = false;
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&x), E_BUS);
    CHECK_TRACE("-5 -5 -5 -5 -5 -5");
}

/*
 * "In a finally, agen_error(self) is the error on its way out, or 0": for an end and for a return.
 */
struct finishes {
    AGEN_YIELDS(int);
    int how; /* 0 falls off, 1 returns, 2 returns from a handler, 3 handles, else raises that */
};

AGEN(finishes, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->how == 1)
            AGEN_RETURN(self);
        if (self->how != 0)
            AGEN_RAISE(self, self->how > 0 ? E_BUS : self->how);
    } AGEN_EXCEPT(self) {
        if (self->how == 2)
            AGEN_RETURN(self);
        if (self->how != 3)
            AGEN_RAISE(self, agen_error(self));
    } AGEN_FINALLY(self) {
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_error_in_finally(void)
{
    static const int hows[] = { 0, 1, 2, 3, E_LATE, AGEN_E_EXIT, AGEN_E_CANCELLED };
    int i;

    for (i = 0; i < (int)(sizeof hows / sizeof *hows); i++) {
        struct finishes x = { AGEN_INIT(finishes), .how = hows[i] };

        CHECK_INT(agen_next(&x), hows[i] < 0 ? hows[i] : AGEN_DONE);
    }
    CHECK_TRACE("0 0 0 0 -6 -32767 -32766");
}

/* A handler that raises something else replaces the error; the consumer gets the new one. */
struct translator {
    AGEN_YIELDS(int);
};

AGEN(translator, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, 1);
        } AGEN_EXCEPT(self) {
            AGEN_RAISE(self, agen_error(self) - 100);
        } AGEN_END_TRY(self);
    } AGEN_EXCEPT(self) {
        AGEN_RAISE(self, agen_error(self) - 1000);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_replaced(void)
{
    struct translator x = { AGEN_INIT(translator) };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, E_BUS), E_BUS - 1100);
}

/* --- E_STOP ----------------------------------------------------------------------------------- */

struct stopper {
    AGEN_YIELDS(int);
    bool handles;
    int finallys;
};

AGEN(stopper, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            AGEN_RAISE(self, AGEN_E_STOP);
        } AGEN_EXCEPT(self) {
            trace_int(agen_error(self));
            if (!self->handles)
                AGEN_RAISE(self, agen_error(self));
        } AGEN_END_TRY(self);
    } AGEN_FINALLY(self) {
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* "AGEN_E_STOP leaving a generator is always converted", inside the body it is what it is. */
static void test_stop_leaks(void)
{
    struct stopper x = { AGEN_INIT(stopper), .handles = false };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_E_STOP_LEAKED);
    CHECK(agen_done(&x));
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("-32765 -32765");

    agen_init(&x, stopper);
    x.handles = true;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("-32765 0");

    agen_init(&x, stopper);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, AGEN_E_STOP), AGEN_E_STOP_LEAKED); /* thrown in and let through */
    agen_init(&x, stopper);
    CHECK_INT(agen_throw(&x, AGEN_E_STOP), AGEN_E_STOP_LEAKED); /* also into a new one */
    CHECK(agen_done(&x));
    CHECK_TRACE("");
}

/* "A coroutine passes it on": the generator that awaits it converts. */
struct awaits_stop {
    AGEN_YIELDS(int);
    struct brief brief;
};

AGEN(awaits_stop, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_AWAIT(self, &self->brief);
    } AGEN_FINALLY(self) {
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_stop_passes(void)
{
    struct brief c = { AGEN_INIT(brief), .error = AGEN_E_STOP };
    struct awaits_stop x = {
        AGEN_INIT(awaits_stop),
        .brief = { AGEN_INIT(brief), .error = AGEN_E_STOP },
    };

    CHECK_INT(agen_next(&c), AGEN_E_STOP);
    agen_init(&c, brief);
    CHECK_INT(agen_throw(&c, AGEN_E_STOP), AGEN_E_STOP);
    CHECK_INT(agen_next(&x), AGEN_E_STOP_LEAKED);
    CHECK_TRACE("-32765");
}

/* A stop that a loop's statement raises ends no loop: only the end of the source does. */
struct loops {
    AGEN_YIELDS(int);
    struct catcher source;
};

AGEN(loops, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_FOR(self, &self->source)
            AGEN_RAISE(self, AGEN_E_STOP);
        trace("never");
    } AGEN_EXCEPT(self) {
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_stop_in_loop(void)
{
    struct loops x = { AGEN_INIT(loops), .source = { AGEN_INIT(catcher), .starts = 0 } };

    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("-32765");
    CHECK(!agen_done(&x.source));
}

/* --- Which codes there are -------------------------------------------------------------------- */

/*
 * "Yours are -1 down to AGEN_E_LAST + 1: -errno fits." All of them travel unchanged through
 * everything.
 */
struct courier {
    AGEN_COROUTINE;
    int error;
};

AGEN(courier, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_WAIT_UNTIL(self, ready);
    } AGEN_EXCEPT(self) {
        self->error = agen_error(self);
        AGEN_RAISE(self, agen_error(self));
    } AGEN_FINALLY(self) {
        AGEN_WAIT_UNTIL(self, ready);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct relay {
    AGEN_YIELDS(int);
    struct courier courier;
};

AGEN(relay, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_AWAIT(self, &self->courier);
    } AGEN_EXCEPT(self) {
        AGEN_YIELD(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_all_codes(void)
{
    int error;

    for (error = -1; error > AGEN_E_LAST; error--) {
        struct relay x = { AGEN_INIT(relay), .courier = { AGEN_INIT(courier), .error = 0 } };

        ready = false;
        CHECK_INT(agen_next(&x), AGEN_PENDING);
        CHECK_INT(agen_abort(&x, error), AGEN_PENDING);
        ready = true;
        CHECK_INT(agen_poll(&x), AGEN_YIELDED);
        CHECK_INT(x.value, error);
        CHECK_INT(x.courier.error, error);
        CHECK_INT(agen_throw(&x, error), error);
    }
}

/* The codes of the library lie below, are distinct, and fit. */
static void test_library_codes(void)
{
    static const int codes[] = {
        AGEN_E_EXIT, AGEN_E_CANCELLED, AGEN_E_STOP, AGEN_E_STOP_LEAKED, AGEN_E_RUNNING,
        AGEN_E_IGNORED_EXIT, AGEN_E_JUST_STARTED, AGEN_E_TIMEOUT, AGEN_E_BAD_STATE, AGEN_E_NO_LOOP
    };
    int i, j;

    CHECK_INT(AGEN_DONE, 0);
    CHECK_INT(AGEN_YIELDED, 1);
    CHECK_INT(AGEN_PENDING, 2);
    for (i = 0; i < (int)(sizeof codes / sizeof *codes); i++) {
        CHECK(codes[i] <= AGEN_E_LAST);
        CHECK(codes[i] >= -32767);
        for (j = 0; j < i; j++)
            CHECK(codes[i] != codes[j]);
    }
}

/*
 * "Raising or throwing what is not negative is AGEN_E_BAD_STATE", so is what does not fit 16 bits.
 */
static const int bad_codes[] = {
    0, 1, 2, 5, INT_MAX, -32767 - 1,
#if INT_MAX > 32767
    -32769, -65535, -65536, -65541, -100000, INT_MIN,
#endif
};
enum { BAD_CODES = (int)(sizeof bad_codes / sizeof *bad_codes) };

static void test_throw_bad_code(void)
{
    int i;

    for (i = 0; i < BAD_CODES; i++) {
        struct catcher x = { AGEN_INIT(catcher), .starts = 0 };

        CHECK_INT(agen_throw(&x, bad_codes[i]), AGEN_E_BAD_STATE);
        CHECK_INT(agen_next(&x), AGEN_YIELDED); /* "and x is not touched" */
        CHECK_INT(agen_throw(&x, bad_codes[i]), AGEN_E_BAD_STATE);
        CHECK_INT(agen_next(&x), AGEN_YIELDED);
        CHECK_INT(x.value, 2);
        CHECK_INT(x.rest, 1);
        CHECK_INT(agen_next(&x), AGEN_DONE);
        CHECK_INT(agen_throw(&x, bad_codes[i]), AGEN_E_BAD_STATE);
    }
}

static void test_abort_bad_code(void)
{
    int i;

    for (i = 0; i < BAD_CODES; i++) {
        struct relay x = { AGEN_INIT(relay), .courier = { AGEN_INIT(courier), .error = 0 } };

        ready = false;
        CHECK_INT(agen_next(&x), AGEN_PENDING);
        CHECK_INT(agen_abort(&x, bad_codes[i]), AGEN_E_BAD_STATE);
        CHECK_INT(x.courier.error, 0);
        CHECK_INT(agen_poll(&x), AGEN_PENDING);
        ready = true;
        CHECK_INT(agen_poll(&x), AGEN_DONE);
    }
}

/* AGEN_RAISE and AGEN_THROW raise AGEN_E_BAD_STATE here; the generator driven is not touched. */
struct careless {
    AGEN_YIELDS(int);
    struct catcher source;
    int error;
    bool throws;
};

AGEN(careless, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, &self->source);
    AGEN_TRY(self) {
        if (self->throws)
            AGEN_THROW(self, &self->source, self->error);
        else
            AGEN_RAISE(self, self->error);
    } AGEN_EXCEPT(self) {
        AGEN_YIELD(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_NEXT(self, &self->source);
    AGEN_YIELD(self, self->source.value);
    AGEN_END(self);
}

static void test_raise_bad_code(void)
{
    int i;

    for (i = 0; i < 2 * BAD_CODES; i++) {
        struct careless x = {
            AGEN_INIT(careless),
            .source = { AGEN_INIT(catcher), .starts = 0 },
            .error = bad_codes[i / 2],
            .throws = i % 2 != 0,
        };

        CHECK_INT(agen_next(&x), AGEN_YIELDED);
        CHECK_INT(x.value, AGEN_E_BAD_STATE);
        CHECK_INT(agen_next(&x), AGEN_YIELDED);
        CHECK_INT(x.value, 2);
        CHECK_INT(x.source.rest, 1);
    }
}

/* --- AGEN_THROW in a body --------------------------------------------------------------------- */

struct throws {
    AGEN_COROUTINE;
    struct catcher source;
    int steps; /* of the source, before */
};

AGEN(throws, self)
{
    AGEN_BEGIN(self);
    while (self->steps-- > 0)
        AGEN_NEXT(self, &self->source);
    AGEN_TRY(self) {
        AGEN_THROW(self, &self->source, E_BUS);
        trace_int(agen_status(self));
        trace_int(self->source.value);
    } AGEN_EXCEPT(self) {
        trace("raised");
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    trace_int(agen_done(&self->source));
    AGEN_END(self);
}

static void test_throw_statement(void)
{
    static const char *const traces[] = {
        "raised -5 1", /* new: ends without running */
        "1 -5 0",      /* handled: the answer is a value */
        "raised -5 1", /* not handled */
        "raised -5 1", /* ended before: no error vanishes */
    };
    int steps;

    for (steps = 0; steps < 4; steps++) {
        struct throws x = {
            AGEN_INIT(throws),
            .source = { AGEN_INIT(catcher), .starts = 0 },
            .steps = steps,
        };

        CHECK_INT(agen_next(&x), AGEN_DONE);
        CHECK_TRACE(traces[steps]);
        CHECK_INT(x.source.starts, steps > 0);
    }
}

int main(void)
{
    test_throw_at_yield();
    test_throw_into_new_and_finished();
    test_finished_coroutine();
    test_except();
    test_bare();
    test_agen_error();
    test_error_in_finally();
    test_replaced();
    test_stop_leaks();
    test_stop_passes();
    test_stop_in_loop();
    test_all_codes();
    test_library_codes();
    test_throw_bad_code();
    test_abort_bad_code();
    test_raise_bad_code();
    test_throw_statement();
    return check_result();
}
