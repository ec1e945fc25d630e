/* SPDX-License-Identifier: 0BSD */
/*
 * A finally runs exactly once however its part and its handler end, innermost first, and then what
 * was on its way goes on. First the rules one by one (F1 to F13: their numbers in Python's
 * catalogue), then all combinations, three tries deep, against a model.
 */
#include "agen.h"
#include "check.h"
#include "nest.h"

static bool ready;

enum { E_BUS = -5, E_LATE = -6, E_OTHER = -7 };

/*
 * F1, F2, F3, F4: a yield in a finally is delivered, and what was on its way stays parked until the
 * end.
 */
struct parks {
    AGEN_YIELDS(int);
    bool returns;
};

AGEN(parks, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            if (self->returns)
                AGEN_RETURN(self);
            AGEN_RAISE(self, E_BUS);
        } AGEN_FINALLY(self) {
            trace("inner");
            trace_int(agen_error(self));
            AGEN_YIELD(self, 1);
            trace("went on");
            trace_int(agen_error(self));
        } AGEN_END_TRY(self);
        trace("after");
    } AGEN_FINALLY(self) {
        trace("outer");
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    trace("after");
    AGEN_END(self);
}

static void test_yield_in_finally(void)
{
    struct parks error = { AGEN_INIT(parks), .returns = false };
    struct parks returns = { AGEN_INIT(parks), .returns = true };

    CHECK_INT(agen_next(&error), AGEN_YIELDED); /* F1: the value comes first */
    CHECK_TRACE("inner -5");
    CHECK_INT(agen_next(&error), E_BUS); /* F2: then the parked error */
    CHECK_TRACE("went on -5 outer -5");
    CHECK_INT(agen_next(&error), AGEN_DONE);

    CHECK_INT(agen_next(&returns), AGEN_YIELDED);
    CHECK_INT(agen_next(&returns), AGEN_DONE); /* F2: or the parked return */
    CHECK_TRACE("inner 0 went on 0 outer 0");

    agen_init(&error, parks);
    CHECK_INT(agen_next(&error), AGEN_YIELDED);
    CHECK_INT(agen_close(&error), AGEN_DONE); /* F3: the exit replaces it */
    CHECK_TRACE("inner -5 outer -32767");

    agen_init(&error, parks);
    CHECK_INT(agen_next(&error), AGEN_YIELDED);
    CHECK_INT(agen_throw(&error, E_OTHER), E_OTHER); /* F4: so does what is thrown in */
    CHECK_TRACE("inner -5 outer -7");

    agen_init(&returns, parks);
    CHECK_INT(agen_next(&returns), AGEN_YIELDED);
    CHECK_INT(agen_throw(&returns, E_OTHER), E_OTHER); /* F4: a parked return as well */
    CHECK_TRACE("inner 0 outer -7");
}

/*
 * F5: what a finally raises replaces what was on its way, also an exit: the close then answers with
 * it.
 */
struct raises_late {
    AGEN_YIELDS(int);
};

AGEN(raises_late, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
    } AGEN_FINALLY(self) {
        AGEN_RAISE(self, E_LATE);
    } AGEN_END_TRY(self);
    trace("never");
    AGEN_END(self);
}

static void test_raise_in_finally(void)
{
    struct raises_late x = { AGEN_INIT(raises_late) };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), E_LATE);
    agen_init(&x, raises_late);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, E_BUS), E_LATE);
    agen_init(&x, raises_late);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_close(&x), E_LATE);
    CHECK(agen_done(&x));
    CHECK_TRACE("");
}

/* F6: a return in a finally discards what was on its way. */
struct forgives {
    AGEN_YIELDS(int);
};

AGEN(forgives, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, 1);
        } AGEN_FINALLY(self) {
            AGEN_RETURN(self);
        } AGEN_END_TRY(self);
        trace("never");
    } AGEN_FINALLY(self) {
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    trace("never");
    AGEN_END(self);
}

static void test_return_in_finally(void)
{
    struct forgives x = { AGEN_INIT(forgives) };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, E_BUS), AGEN_DONE);
    CHECK_TRACE("0");
    agen_init(&x, forgives);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_TRACE("0");
}

/* F7: no break leaves a finally here. A flag does it, and drops no error that is on its way. */
struct leaves {
    AGEN_YIELDS(int);
    int turn;
    bool over;
};

AGEN(leaves, self)
{
    AGEN_BEGIN(self);
    for (self->turn = 0; self->turn < 3; self->turn++) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, self->turn);
        } AGEN_FINALLY(self) {
            trace("finally");
            self->over = self->turn == 1;
        } AGEN_END_TRY(self);
        trace("after");
        if (self->over)
            break;
    }
    trace("left");
    AGEN_END(self);
}

static void test_leave_by_flag(void)
{
    struct leaves x = { AGEN_INIT(leaves), .turn = 0 };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_TRACE("finally after");
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("finally after left");
    agen_init(&x, leaves);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_TRACE("finally after");
    CHECK_INT(agen_throw(&x, E_BUS), E_BUS);
    CHECK_TRACE("finally");
}

/* Loops and switches of the user's inside a part, a handler or a finally are plain C. */
struct inner_loops {
    AGEN_YIELDS(int);
    int i;
};

AGEN(inner_loops, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (self->i = 0; self->i < 5; self->i++) {
            if (self->i == 1)
                continue;
            if (self->i == 3)
                break;
            AGEN_YIELD(self, self->i);
        }
        trace("rest of the part");
        AGEN_RAISE(self, E_BUS);
    } AGEN_EXCEPT(self) {
        switch (self->i) {
        case 3:
            trace("three");
            break;
        default:
            trace("never");
        }
        do {
            if (++self->i < 6)
                continue;
            AGEN_YIELD(self, self->i);
            break;
        } while (self->i < 9);
        trace("rest of the handler");
    } AGEN_FINALLY(self) {
        while (self->i-- > 0) {
            if (self->i > 4)
                continue;
            AGEN_YIELD(self, self->i);
            if (self->i == 3)
                break;
        }
        trace("rest of the finally");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_loops_in_parts(void)
{
    static const int values[] = { 0, 2, 6, 4, 3 };
    struct inner_loops x = { AGEN_INIT(inner_loops), .i = 0 };
    int i;

    for (i = 0; i < 5; i++) {
        CHECK_INT(agen_next(&x), AGEN_YIELDED);
        CHECK_INT(x.value, values[i]);
    }
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("rest of the part three rest of the handler rest of the finally");
}

/*
 * F8, F11, F13: awaits in handlers and finallys are unrestricted; an inner finally completes, its
 * waits and yields included, before an outer one starts; a return is answered when the last finally
 * has ended.
 */
static bool once(void)
{
    bool was = ready;

    ready = false;
    return was;
}

struct waits {
    AGEN_YIELDS(int);
};

AGEN(waits, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, 1);
            AGEN_RETURN(self);
        } AGEN_EXCEPT_ANY(self) {
            trace("handler");
            AGEN_WAIT_UNTIL(self, once());
            trace("waited");
            AGEN_RAISE(self, agen_error(self));
        } AGEN_FINALLY(self) {
            trace("inner");
            AGEN_WAIT_UNTIL(self, once());
            trace("waited");
        } AGEN_END_TRY(self);
    } AGEN_FINALLY(self) {
        trace("outer");
        AGEN_WAIT_UNTIL(self, once());
        trace("waited");
    } AGEN_END_TRY(self);
    trace("after");
    AGEN_END(self);
}

static void test_waits(void)
{
    struct waits x = { AGEN_INIT(waits) };

    ready = false;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_close(&x), AGEN_PENDING);
    CHECK_TRACE("handler");
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    CHECK_TRACE("waited inner");
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    CHECK_TRACE("waited outer");
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_DONE);
    CHECK_TRACE("waited");

    agen_init(&x, waits);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_TRACE("inner");
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    CHECK_TRACE("waited outer");
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_DONE);
    CHECK_TRACE("waited");
}

/* F12: an error thrown at a wait of a finally abandons the rest of it; outer finallys still run. */
static void test_abort_in_finally(void)
{
    struct waits x = { AGEN_INIT(waits) };

    ready = false;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, AGEN_E_CANCELLED), AGEN_PENDING);
    CHECK_TRACE("inner outer");
    CHECK_INT(agen_abort(&x, E_BUS), E_BUS);
    CHECK_TRACE("");
    CHECK(agen_done(&x));
}

/*
 * F9, F10: what stands after a try runs when the error was handled, and not when it passed
 * through.
 */
struct swallows {
    AGEN_YIELDS(int);
    bool passes;
};

AGEN(swallows, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
        trace("rest");
    } AGEN_EXCEPT_ANY(self) {
        if (self->passes)
            AGEN_RAISE(self, agen_error(self));
    } AGEN_END_TRY(self);
    trace("after");
    AGEN_END(self);
}

static void test_after(void)
{
    struct swallows x = { AGEN_INIT(swallows), .passes = false };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("rest after");
    agen_init(&x, swallows);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_TRACE("after");
    agen_init(&x, swallows);
    x.passes = true;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_TRACE("");
}

/* --- All combinations ------------------------------------------------------------------------- */

enum part {
    PART_1, HANDLER_1, FINALLY_1, PART_2, HANDLER_2, FINALLY_2, PART_3, HANDLER_3, FINALLY_3, PARTS
};

#define NEST bare
#include "test_finally_body.h"

#define NEST with_except
#define EXCEPT AGEN_EXCEPT
#include "test_finally_body.h"

#define NEST with_except_any
#define EXCEPT AGEN_EXCEPT_ANY
#include "test_finally_body.h"

#define NEST with_finally
#define FINALLY AGEN_FINALLY
#include "test_finally_body.h"

#define NEST with_except_finally
#define EXCEPT AGEN_EXCEPT
#define FINALLY AGEN_FINALLY
#include "test_finally_body.h"

#define NEST with_except_any_finally
#define EXCEPT AGEN_EXCEPT_ANY
#define FINALLY AGEN_FINALLY
#include "test_finally_body.h"

#define FORM(form, handler, has_finally) \
    static int run_##form(void) \
    { \
        struct form x = { AGEN_INIT(form), .value = -1 }; \
        int status = drive((agen_t *)(void *)&x, &x.value); \
\
        CHECK(agen_done(&x)); \
        CHECK_INT(agen_next(&x), AGEN_DONE); \
        return status; \
    } \
    static const struct model form##_3 = { \
        .part = PART_3, .handles = handler, .finally = has_finally \
    }; \
    static const struct model form##_2 = { \
        .part = PART_2, .handles = handler, .finally = has_finally, .within = { &form##_3 } \
    }; \
    static const struct model form##_1 = { \
        .part = PART_1, .handles = handler, .finally = has_finally, .within = { &form##_2 } \
    }; \
    static const struct trial try_##form = { \
        .name = #form, \
        .run = run_##form, \
        .model = &form##_1, \
        .parts = PARTS, \
        .has_part = { true, handler != NOTHING, has_finally, true, handler != NOTHING, \
                      has_finally, true, handler != NOTHING, has_finally }, \
        .finallys = { FINALLY_3, FINALLY_2, FINALLY_1 }, \
        .finally_count = has_finally ? 3 : 0, \
    };

/* How many of the nine parts do something at once: 3 make a quarter of a million runs in all. */
#ifndef ACTIVE
#define ACTIVE 3
#endif

FORM(bare, NOTHING, false)
FORM(with_except, ERRORS, false)
FORM(with_except_any, ANYTHING, false)
FORM(with_finally, NOTHING, true)
FORM(with_except_finally, ERRORS, true)
FORM(with_except_any_finally, ANYTHING, true)

int main(void)
{
    test_yield_in_finally();
    test_raise_in_finally();
    test_return_in_finally();
    test_leave_by_flag();
    test_loops_in_parts();
    test_waits();
    test_abort_in_finally();
    test_after();
    try_all_acts(&try_bare, 0, ACTIVE);
    try_all_acts(&try_with_except, 0, ACTIVE);
    try_all_acts(&try_with_except_any, 0, ACTIVE);
    try_all_acts(&try_with_finally, 0, ACTIVE);
    try_all_acts(&try_with_except_finally, 0, ACTIVE);
    try_all_acts(&try_with_except_any_finally, 0, ACTIVE);
    return check_result();
}
