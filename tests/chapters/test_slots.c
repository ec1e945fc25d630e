/* SPDX-License-Identifier: 0BSD */
/*
 * A try inside a handler or a finally keeps the outer error in a slot: AGEN_TRY_IN,
 * AGEN_FOR_CLOSING_IN. First what the contract says, then all combinations of a nest of five tries,
 * against a model.
 */
#include "agen.h"
#include "check.h"
#include "nest.h"

enum { E_BUS = -5, E_LATE = -6, E_THIRD = -7 };

static bool ready;

/*
 * "Inside the try part of AGEN_TRY_IN, and after its end, agen_error(self) is the outer error
 * again."
 */
struct tries_again {
    AGEN_YIELDS(int);
    agen_slot slot, other;
};

AGEN(tries_again, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_RAISE(self, E_BUS);
    } AGEN_EXCEPT(self) {
        trace_int(agen_error(self));
        AGEN_TRY_IN(self, &self->slot) {
            trace_int(agen_error(self));
            AGEN_YIELD(self, 1);
            trace_int(agen_error(self));
            AGEN_RAISE(self, E_LATE);
        } AGEN_EXCEPT(self) {
            trace_int(agen_error(self));
            AGEN_TRY_IN(self, &self->other) {
                trace_int(agen_error(self));
                AGEN_RAISE(self, E_THIRD);
            } AGEN_EXCEPT(self) {
                trace_int(agen_error(self));
            } AGEN_END_TRY(self);
            trace_int(agen_error(self));
        } AGEN_FINALLY(self) {
            trace_int(agen_error(self));
        } AGEN_END_TRY(self);
        trace_int(agen_error(self));
        AGEN_RAISE(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_outer_error(void)
{
    struct tries_again x = { AGEN_INIT(tries_again), .value = 0 };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_TRACE("-5 -5");
    CHECK_INT(agen_next(&x), E_BUS);
    CHECK_TRACE("-5 -6 -6 -7 -6 0 -5");
}

/*
 * In a finally the outer error is the one on its way out: a try there does not lose it. A return
 * neither.
 */
struct cleans_up {
    AGEN_YIELDS(int);
    agen_slot slot;
    int error; /* on its way: 0 a return */
};

AGEN(cleans_up, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            if (self->error)
                AGEN_RAISE(self, self->error);
            AGEN_RETURN(self);
        } AGEN_FINALLY(self) {
            AGEN_TRY_IN(self, &self->slot) {
                trace_int(agen_error(self));
                AGEN_WAIT_UNTIL(self, ready);
                AGEN_RAISE(self, E_LATE);
            } AGEN_EXCEPT(self) {
                trace_int(agen_error(self));
                AGEN_WAIT_UNTIL(self, ready);
            } AGEN_FINALLY(self) {
                trace_int(agen_error(self));
                AGEN_WAIT_UNTIL(self, ready);
            } AGEN_END_TRY(self);
            trace_int(agen_error(self));
        } AGEN_END_TRY(self);
        trace("never");
    } AGEN_FINALLY(self) {
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    trace("never");
    AGEN_END(self);
}

static void test_in_finally(void)
{
    struct cleans_up x = { AGEN_INIT(cleans_up), .error = E_BUS };

    ready = true;
    CHECK_INT(agen_next(&x), E_BUS);
    CHECK_TRACE("-5 -6 0 -5 -5");
    agen_init(&x, cleans_up);
    x.error = 0;
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("0 -6 0 0 0");
    agen_init(&x, cleans_up);
    x.error = AGEN_E_CANCELLED;
    ready = false;
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, E_THIRD), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, AGEN_E_EXIT), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_E_EXIT); /* raised in the cleanup: it replaces */
    CHECK_TRACE("-32766 -7 -32767 -32767");
}

/* "One slot serves any number of such tries, as long as one is not inside the other." */
struct reuses {
    AGEN_YIELDS(int);
    agen_slot slot;
    int i;
};

AGEN(reuses, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_RAISE(self, E_BUS);
    } AGEN_EXCEPT(self) {
        for (self->i = 0; self->i < 3; self->i++) {
            AGEN_TRY_IN(self, &self->slot) {
                if (self->i > 0)
                    AGEN_RAISE(self, E_LATE - self->i);
            } AGEN_EXCEPT(self) {
                trace_int(agen_error(self));
                if (self->i != 1)
                    AGEN_YIELD(self, 1);
            } AGEN_END_TRY(self);
            trace_int(agen_error(self));
        }
        AGEN_TRY_IN(self, &self->slot) {
            trace_int(agen_error(self));
        } AGEN_END_TRY(self);
        trace_int(agen_error(self));
    } AGEN_FINALLY(self) {
        AGEN_TRY_IN(self, &self->slot) {
            AGEN_RAISE(self, E_THIRD);
        } AGEN_EXCEPT(self) {
            trace_int(agen_error(self));
        } AGEN_END_TRY(self);
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_reuse(void)
{
    struct reuses x = { AGEN_INIT(reuses), .i = 0 };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_TRACE("-5 -7 -5 -8");
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("-5 -5 -5 -7 0");
}

/* AGEN_TRY_IN where no handler is around works as well. */
struct unneeded {
    AGEN_YIELDS(int);
    agen_slot slot;
};

AGEN(unneeded, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY_IN(self, &self->slot) {
        AGEN_YIELD(self, 1);
    } AGEN_EXCEPT_ANY(self) {
        trace_int(agen_error(self));
    } AGEN_FINALLY(self) {
        trace("finally");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_unneeded(void)
{
    struct unneeded x = { AGEN_INIT(unneeded), .value = 0 };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_TRACE("-32767 finally");
    agen_init(&x, unneeded);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("finally");
}

/* A slot holds 2 bytes. */
static void test_size(void)
{
    CHECK_INT(sizeof(agen_slot), 2);
}

/* --- AGEN_FOR_CLOSING_IN ---------------------------------------------------------------------- */

struct source {
    AGEN_YIELDS(int);
    int i, finallys, late;
    bool slow_end;
};

AGEN(source, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (self->i = 1; self->i <= 3; self->i++)
            AGEN_YIELD(self, self->i);
    } AGEN_FINALLY(self) {
        self->finallys++;
        if (self->slow_end)
            AGEN_WAIT_UNTIL(self, ready);
        if (self->late)
            AGEN_RAISE(self, self->late);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/*
 * In a handler and in a finally: the error of outside is seen in it, kept over its close, and back
 * after.
 */
enum way { TO_THE_END, BREAKS, RETURNS, RAISES };

struct closes_in {
    AGEN_YIELDS(int);
    agen_slot slot;
    struct source source;
    enum way way;
    bool in_finally;
};

AGEN(closes_in, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_RAISE(self, E_BUS);
    } AGEN_EXCEPT(self) {
        if (!self->in_finally) {
            AGEN_FOR_CLOSING_IN(self, &self->slot, &self->source) {
                trace_int(self->source.value);
                trace_int(agen_error(self));
                if (self->source.value == 2 && self->way == BREAKS)
                    break;
                if (self->source.value == 2 && self->way == RETURNS)
                    AGEN_RETURN(self);
                if (self->source.value == 2 && self->way == RAISES)
                    AGEN_RAISE(self, E_LATE);
            } AGEN_END_FOR(self);
            trace("after");
        }
        trace_int(agen_error(self));
        AGEN_RAISE(self, agen_error(self));
    } AGEN_FINALLY(self) {
        if (self->in_finally) {
            AGEN_FOR_CLOSING_IN(self, &self->slot, &self->source) {
                trace_int(self->source.value);
                trace_int(agen_error(self));
                if (self->source.value == 2 && self->way == BREAKS)
                    break;
                if (self->source.value == 2 && self->way == RETURNS)
                    AGEN_RETURN(self);
                if (self->source.value == 2 && self->way == RAISES)
                    AGEN_RAISE(self, E_LATE);
            } AGEN_END_FOR(self);
            trace("after");
        }
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void run_closes_in(bool in_finally, enum way way, bool slow, int late, int status,
                          const char *expected)
{
    struct closes_in x = {
        AGEN_INIT(closes_in),
        .source = { AGEN_INIT(source), .slow_end = slow, .late = late },
        .way = way,
        .in_finally = in_finally,
    };

    ready = false;
    if (slow) {
        CHECK_INT(agen_next(&x), AGEN_PENDING);
        CHECK_INT(agen_poll(&x), AGEN_PENDING);
        ready = true;
    }
    CHECK_INT(agen_poll(&x), status);
    CHECK_TRACE(expected);
    CHECK_INT(x.source.finallys, 1);
    CHECK(agen_done(&x.source));
}

static void test_closing_in(void)
{
    int slow;

    for (slow = 0; slow < 2; slow++) {
        bool s = slow != 0;

        run_closes_in(false, TO_THE_END, s, 0, E_BUS, "1 -5 2 -5 3 -5 after -5 -5");
        run_closes_in(false, BREAKS, s, 0, E_BUS, "1 -5 2 -5 after -5 -5");
        run_closes_in(false, RETURNS, s, 0, AGEN_DONE, "1 -5 2 -5 0");
        run_closes_in(false, RAISES, s, 0, E_LATE, "1 -5 2 -5 -6");
        run_closes_in(false, BREAKS, s, E_THIRD, E_THIRD, "1 -5 2 -5 -7");
        run_closes_in(false, RETURNS, s, E_THIRD, E_THIRD, "1 -5 2 -5 -7");
        run_closes_in(true, TO_THE_END, s, 0, E_BUS, "-5 1 -5 2 -5 3 -5 after -5");
        run_closes_in(true, BREAKS, s, 0, E_BUS, "-5 1 -5 2 -5 after -5");
        run_closes_in(true, RETURNS, s, 0, AGEN_DONE, "-5 1 -5 2 -5");
        run_closes_in(true, RAISES, s, 0, E_LATE, "-5 1 -5 2 -5");
        run_closes_in(true, BREAKS, s, E_THIRD, E_THIRD, "-5 1 -5 2 -5");
    }
}

/*
 * A closing loop in the part of a try in a handler, with its own slot; and a try in the loop with a
 * third.
 */
struct mixed {
    AGEN_YIELDS(int);
    agen_slot first, second, third;
    struct source source;
};

AGEN(mixed, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_RAISE(self, E_BUS);
    } AGEN_EXCEPT(self) {
        AGEN_TRY_IN(self, &self->first) {
            AGEN_FOR_CLOSING_IN(self, &self->second, &self->source) {
                AGEN_TRY_IN(self, &self->third) {
                    AGEN_YIELD(self, self->source.value);
                } AGEN_EXCEPT(self) {
                    trace_int(agen_error(self));
                    if (self->source.value == 2)
                        AGEN_RAISE(self, E_LATE);
                } AGEN_END_TRY(self);
                trace_int(agen_error(self));
            } AGEN_END_FOR(self);
        } AGEN_EXCEPT(self) {
            trace_int(agen_error(self));
        } AGEN_END_TRY(self);
        trace_int(agen_error(self));
        AGEN_YIELD(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_mixed(void)
{
    struct mixed x = { AGEN_INIT(mixed), .source = { AGEN_INIT(source), .i = 0 } };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, E_THIRD), AGEN_YIELDED);
    CHECK_TRACE("-7 -5");
    CHECK_INT(x.value, 2);
    CHECK_INT(agen_throw(&x, E_THIRD), AGEN_YIELDED);
    CHECK_TRACE("-7 -6 -5");
    CHECK_INT(x.value, E_BUS);
    CHECK_INT(x.source.finallys, 1);
    CHECK_INT(agen_next(&x), AGEN_DONE);
}

/* --- All combinations ------------------------------------------------------------------------- */

/*
 * The nest: a try, in its handler a second, in the finally of that a third; in the finally of the
 * first a fourth, in the part of that a fifth. Each has all three parts.
 */
enum part {
    PART_1, HANDLER_1, FINALLY_1,
    PART_2, HANDLER_2, FINALLY_2,
    PART_3, HANDLER_3, FINALLY_3,
    PART_4, HANDLER_4, FINALLY_4,
    PART_5, HANDLER_5, FINALLY_5, PARTS
};

struct slotted {
    AGEN_YIELDS(int);
    struct pause pause;
    agen_slot a, b;
};

AGEN(slotted, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        ACT(self, PART_1);
        if (acts[PART_1] == YIELD)
            AGEN_YIELD(self, PART_1);
        if (acts[PART_1] == WAIT)
            AGEN_AWAIT(self, &self->pause);
        END_OF(PART_1);
    } AGEN_EXCEPT_ANY(self) {
        AGEN_TRY_IN(self, &self->a) {
            SEE_ERROR(self);
            ACT(self, PART_2);
            if (acts[PART_2] == YIELD)
                AGEN_YIELD(self, PART_2);
            if (acts[PART_2] == WAIT)
                AGEN_AWAIT(self, &self->pause);
            SEE_ERROR(self);
            END_OF(PART_2);
        } AGEN_EXCEPT_ANY(self) {
            SEE_ERROR(self);
            ACT(self, HANDLER_2);
            if (acts[HANDLER_2] == YIELD)
                AGEN_YIELD(self, HANDLER_2);
            if (acts[HANDLER_2] == WAIT)
                AGEN_AWAIT(self, &self->pause);
            SEE_ERROR(self);
            END_OF(HANDLER_2);
        } AGEN_FINALLY(self) {
            AGEN_TRY_IN(self, &self->b) {
                SEE_ERROR(self);
                ACT(self, PART_3);
                if (acts[PART_3] == YIELD)
                    AGEN_YIELD(self, PART_3);
                if (acts[PART_3] == WAIT)
                    AGEN_AWAIT(self, &self->pause);
                SEE_ERROR(self);
                END_OF(PART_3);
            } AGEN_EXCEPT(self) {
                SEE_ERROR(self);
                ACT(self, HANDLER_3);
                if (acts[HANDLER_3] == YIELD)
                    AGEN_YIELD(self, HANDLER_3);
                if (acts[HANDLER_3] == WAIT)
                    AGEN_AWAIT(self, &self->pause);
                SEE_ERROR(self);
                END_OF(HANDLER_3);
            } AGEN_FINALLY(self) {
                SEE_ERROR(self);
                ACT(self, FINALLY_3);
                if (acts[FINALLY_3] == YIELD)
                    AGEN_YIELD(self, FINALLY_3);
                if (acts[FINALLY_3] == WAIT)
                    AGEN_AWAIT(self, &self->pause);
                SEE_ERROR(self);
                END_OF(FINALLY_3);
            } AGEN_END_TRY(self);
            SEE_ERROR(self);
            ACT(self, FINALLY_2);
            if (acts[FINALLY_2] == YIELD)
                AGEN_YIELD(self, FINALLY_2);
            if (acts[FINALLY_2] == WAIT)
                AGEN_AWAIT(self, &self->pause);
            SEE_ERROR(self);
            END_OF(FINALLY_2);
        } AGEN_END_TRY(self);
        SEE_ERROR(self);
        ACT(self, HANDLER_1);
        if (acts[HANDLER_1] == YIELD)
            AGEN_YIELD(self, HANDLER_1);
        if (acts[HANDLER_1] == WAIT)
            AGEN_AWAIT(self, &self->pause);
        SEE_ERROR(self);
        END_OF(HANDLER_1);
    } AGEN_FINALLY(self) {
        AGEN_TRY_IN(self, &self->a) {
            AGEN_TRY_IN(self, &self->b) {
                SEE_ERROR(self);
                ACT(self, PART_5);
                if (acts[PART_5] == YIELD)
                    AGEN_YIELD(self, PART_5);
                if (acts[PART_5] == WAIT)
                    AGEN_AWAIT(self, &self->pause);
                SEE_ERROR(self);
                END_OF(PART_5);
            } AGEN_EXCEPT(self) {
                SEE_ERROR(self);
                ACT(self, HANDLER_5);
                if (acts[HANDLER_5] == YIELD)
                    AGEN_YIELD(self, HANDLER_5);
                if (acts[HANDLER_5] == WAIT)
                    AGEN_AWAIT(self, &self->pause);
                SEE_ERROR(self);
                END_OF(HANDLER_5);
            } AGEN_FINALLY(self) {
                SEE_ERROR(self);
                ACT(self, FINALLY_5);
                if (acts[FINALLY_5] == YIELD)
                    AGEN_YIELD(self, FINALLY_5);
                if (acts[FINALLY_5] == WAIT)
                    AGEN_AWAIT(self, &self->pause);
                SEE_ERROR(self);
                END_OF(FINALLY_5);
            } AGEN_END_TRY(self);
            SEE_ERROR(self);
            ACT(self, PART_4);
            if (acts[PART_4] == YIELD)
                AGEN_YIELD(self, PART_4);
            if (acts[PART_4] == WAIT)
                AGEN_AWAIT(self, &self->pause);
            SEE_ERROR(self);
            END_OF(PART_4);
        } AGEN_EXCEPT_ANY(self) {
            SEE_ERROR(self);
            ACT(self, HANDLER_4);
            if (acts[HANDLER_4] == YIELD)
                AGEN_YIELD(self, HANDLER_4);
            if (acts[HANDLER_4] == WAIT)
                AGEN_AWAIT(self, &self->pause);
            SEE_ERROR(self);
            END_OF(HANDLER_4);
        } AGEN_FINALLY(self) {
            SEE_ERROR(self);
            ACT(self, FINALLY_4);
            if (acts[FINALLY_4] == YIELD)
                AGEN_YIELD(self, FINALLY_4);
            if (acts[FINALLY_4] == WAIT)
                AGEN_AWAIT(self, &self->pause);
            SEE_ERROR(self);
            END_OF(FINALLY_4);
        } AGEN_END_TRY(self);
        SEE_ERROR(self);
        ACT(self, FINALLY_1);
        if (acts[FINALLY_1] == YIELD)
            AGEN_YIELD(self, FINALLY_1);
        if (acts[FINALLY_1] == WAIT)
            AGEN_AWAIT(self, &self->pause);
        SEE_ERROR(self);
        END_OF(FINALLY_1);
    } AGEN_END_TRY(self);
    END_OF(AFTER);
    AGEN_END(self);
}

static const struct model
    model_5 = { .part = PART_5, .handles = ERRORS, .finally = true, .in_handler = true },
    model_4 = { .part = PART_4, .handles = ANYTHING, .finally = true, .in_handler = true,
                .within = { &model_5, NULL, NULL } },
    model_3 = { .part = PART_3, .handles = ERRORS, .finally = true, .in_handler = true },
    model_2 = { .part = PART_2, .handles = ANYTHING, .finally = true, .in_handler = true,
                .within = { NULL, NULL, &model_3 } },
    model_1 = { .part = PART_1, .handles = ANYTHING, .finally = true, .in_handler = false,
                .within = { NULL, &model_2, &model_4 } };

static int run_slotted(void)
{
    struct slotted x = { AGEN_INIT(slotted), .value = -1 };
    int status = drive((agen_t *)(void *)&x, &x.value);

    CHECK(agen_done(&x));
    CHECK_INT(agen_next(&x), AGEN_DONE);
    return status;
}

/*
 * The first part always does something, for else its handler is not entered; beside it so many
 * others do.
 */
#ifndef ACTIVE
#define ACTIVE 2
#endif

static void test_all(void)
{
    static const struct trial trial = {
        .name = "slotted",
        .run = run_slotted,
        .model = &model_1,
        .parts = PARTS,
        .has_part = { true, true, true, true, true, true, true, true, true, true, true, true, true,
                      true, true },
        .finally_count = 0,
    };
    static const enum act first[] = { RAISE, RETURN, YIELD, WAIT };
    int i;

    for (i = 0; i < 4; i++) {
        acts[PART_1] = first[i];
        try_all_acts(&trial, HANDLER_1, ACTIVE);
    }
}

int main(void)
{
    test_outer_error();
    test_in_finally();
    test_reuse();
    test_unneeded();
    test_size();
    test_closing_in();
    test_mixed();
    test_all();
    return check_result();
}
