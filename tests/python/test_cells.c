/*
 * State by operation: what each operation on a generator in each state answers, which parts of the
 * body run, and in which state it then is, against what CPython did (see cells.h). The awaitable of
 * the pending operation, P there, is the pending generator itself here:
 *
 *     P.send(v)     what is waited for is there, agen_poll
 *     P.throw(e)    agen_abort(&g, e)
 *     P.close()     agen_abort(&g, AGEN_E_EXIT)
 *     DROP          agen_drop; with a finalizer hook, a task of a loop that has one made the state
 *
 * usage: test_cells [FILE]
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "cells.h"

#include "loop.h"

/* Which part of the body waits, or does something unusual. */
enum shape { PLAIN, AWAITS, AWAITS_IN_HANDLER, AWAITS_IN_CLEANUP, YIELDS_IN_HANDLER, MEDDLES };

static void meddle(struct subject *g);

AGEN(subject, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            note(self, "start");
            if (self->shape == AWAITS)
                AGEN_AWAIT(self, &self->wait);
            if (self->shape == MEDDLES)
                meddle(self);
            AGEN_YIELD(self, "1");
            AGEN_YIELD(self, "2");
        } AGEN_EXCEPT_ANY(self) {
            if (self->shape == AWAITS_IN_HANDLER)
                AGEN_AWAIT(self, &self->wait);
            if (self->shape == YIELDS_IN_HANDLER)
                AGEN_YIELD(self, "ignored");
            AGEN_RAISE(self, agen_error(self));
        } AGEN_END_TRY(self);
    } AGEN_FINALLY(self) {
        if (self->shape == AWAITS_IN_CLEANUP)
            AGEN_AWAIT(self, &self->wait);
        note(self, "fin");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* How each state is made: n next, t throw E2, c close, a abort with an exit. */
static const struct state {
    const char *name;
    enum shape shape;
    const char *steps;
    const char *reached;
    enum python_operation pending; /* if it is */
} states[] = {
    { "NEW", PLAIN, "", "NEW", PYTHON_ANEXT },
    { "YIELD", PLAIN, "n", "YIELD", PYTHON_ANEXT },
    { "AWAIT (P=anext)", AWAITS, "n", "AWAIT*", PYTHON_ANEXT },
    { "AWAIT (P=athrow)", AWAITS_IN_HANDLER, "nt", "AWAIT*", PYTHON_ATHROW },
    { "AWAIT (P=aclose)", AWAITS_IN_CLEANUP, "nc", "AWAIT*", PYTHON_ACLOSE },
    { "IGNORED-EXIT", YIELDS_IN_HANDLER, "nc", "YIELD", PYTHON_ANEXT },
    { "ABANDONED (P closed)", AWAITS, "na", "FIN", PYTHON_ANEXT },
    { "ABANDONED (P dropped)", AWAITS, "n", "AWAIT*", PYTHON_ANEXT },
    { "FIN by return", PLAIN, "nnn", "FIN", PYTHON_ANEXT },
    { "FIN by exception", PLAIN, "nt", "FIN", PYTHON_ANEXT },
    { "FIN by aclose", PLAIN, "nc", "FIN", PYTHON_ANEXT },
    { "RUNNING (from body)", MEDDLES, "", "NEW", PYTHON_ANEXT },
};

static int start_next(struct subject *g)
{
    return agen_next(g);
}

static int start_send(struct subject *g)
{
    return agen_send(g, 5);
}

static int start_throw(struct subject *g)
{
    return agen_throw(g, E);
}

static int start_throw_exit(struct subject *g)
{
    return agen_throw(g, AGEN_E_EXIT);
}

static int start_close(struct subject *g)
{
    return agen_close(g);
}

static int start_poll(struct subject *g)
{
    ready = true;
    return agen_poll(g);
}

static int abort_error(struct subject *g)
{
    return agen_abort(g, E);
}

static int abort_exit(struct subject *g)
{
    return agen_abort(g, AGEN_E_EXIT);
}

static const struct operation {
    const char *name;
    int (*start)(struct subject *g);
    bool on_pending; /* it answers for the pending operation */
    enum python_operation operation; /* if not */
} operations[] = {
    { "anext", start_next, false, PYTHON_ANEXT },
    { "asend(None)", start_next, false, PYTHON_ANEXT },
    { "asend(5)", start_send, false, PYTHON_ASEND },
    { "athrow(E)", start_throw, false, PYTHON_ATHROW },
    { "athrow(GenExit)", start_throw_exit, false, PYTHON_ATHROW },
    { "aclose", start_close, false, PYTHON_ACLOSE },
    { "P.send(v)", start_poll, true, PYTHON_ANEXT },
    { "P.throw(E)", abort_error, true, PYTHON_ANEXT },
    { "P.throw(GenExit)", abort_exit, true, PYTHON_ANEXT },
    { "P.close()", abort_exit, true, PYTHON_ANEXT },
};

static const char busy[] = "RuntimeError: anext(): asynchronous generator is already running";
static const char refused[] = "RuntimeError: aclose(): asynchronous generator is already running";
static const char nothing[] = "StopAsyncIteration"; /* the name of AGEN_DONE */

static const struct rule rules[] = {
    { "*", "fresh *", NO_FRESH_OBJECT, { NULL } },
    { "FIN by *", "athrow(E)", ERROR_RETURNS, { "E" } },
    { "FIN by *", "athrow(GenExit)", ERROR_RETURNS, { "GeneratorExit" } },
    { "ABANDONED (P closed)", "athrow(E)", ERROR_RETURNS, { "E" } },
    { "ABANDONED (P closed)", "athrow(GenExit)", ERROR_RETURNS, { "GeneratorExit" } },
    { "IGNORED-EXIT", "athrow(E)", CLOSE_TRIES_AGAIN, { "E", "fin", "FIN" } },
    { "IGNORED-EXIT", "athrow(GenExit)", CLOSE_TRIES_AGAIN, { "GeneratorExit", "fin", "FIN" } },
    { "IGNORED-EXIT", "aclose", CLOSE_TRIES_AGAIN, { "value None", "fin", "FIN" } },
    { "RUNNING (from body)", "P.*", ONE_CODE, { busy } },
    { "AWAIT *", "P.*", AGREES, { NULL } }, /* all other P have answered already */
    { "*", "P.send(v)", NO_SPENT_OBJECT, { NULL } },
    { "*", "P.throw(*", NOTHING_PENDING, { nothing } },
    { "AWAIT *", "DROP *", DROP_REFUSED, { refused, "-", "AWAIT*" } },
    { "ABANDONED (P dropped)", "DROP *", DROP_REFUSED, { refused, "-", "AWAIT*" } },
    { "IGNORED-EXIT", "DROP with finalizer hook", CLOSE_TRIES_AGAIN, { "finalizer", "-" } },
};

static const struct operation *meddling;
static int meddled;

static void meddle(struct subject *g)
{
    meddled = meddling->start(g);
}

static void make(struct subject *g, const struct state *state)
{
    const struct subject fresh = { AGEN_INIT(subject), .wait = { AGEN_INIT(wait) } };

    *g = fresh;
    g->shape = (int)state->shape;
    ready = false;
}

static void set_up(struct subject *g, const struct state *state)
{
    const char *step;

    make(g, state);
    for (step = state->steps; *step != '\0'; step++) {
        if (*step == 'n')
            (void)agen_next(g);
        else if (*step == 't')
            (void)agen_throw(g, E2);
        else if (*step == 'c')
            (void)agen_close(g);
        else
            (void)agen_abort(g, AGEN_E_EXIT);
    }
    CHECK_STR(state_of(g), state->reached);
    g->events[0] = '\0';
}

static void check_operation(const struct state *state, const struct operation *operation)
{
    struct subject g;
    enum python_operation answered =
        operation->on_pending ? state->pending : operation->operation;
    const char *happened[3];
    char next_state[200];
    int status, outer;

    set_up(&g, state);
    if (state->shape == MEDDLES) {
        meddling = operation;
        outer = agen_next(&g);
        status = meddled;
        CHECK_STR(g.events, "start");
        g.events[0] = '\0';
        sprintf(next_state, "%s then body continues: %s", state_of(&g),
                outcome(outer, PYTHON_ANEXT, g.value, false));
    } else {
        status = operation->start(&g);
        sprintf(next_state, "%s", state_of(&g));
    }
    happened[0] = outcome(status, answered, g.value, strcmp(operation->name, "P.close()") == 0);
    happened[1] = g.events[0] != '\0' ? g.events : "-";
    happened[2] = next_state;
    judge(happened);
    check_can_end(&g);
}

/* The steps of a state, made by a task. An abort is a cancellation of the task that waits. */
struct maker {
    AGEN_COROUTINE;
    struct subject *g;
    const char *step;
};

AGEN(maker, self)
{
    AGEN_BEGIN(self);
    for (; *self->step != '\0'; self->step++) {
        AGEN_TRY(self) {
            if (*self->step == 'n')
                AGEN_NEXT(self, self->g);
            else if (*self->step == 't')
                AGEN_THROW(self, self->g, E2);
            else if (*self->step == 'c')
                AGEN_CLOSE(self, self->g);
        } AGEN_EXCEPT_ANY(self) {
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

static agen_t *finalized;

static void note_finalized(agen_t *g)
{
    CHECK(finalized == NULL);
    finalized = g;
}

/* One that has ended, or that is the finalizer's now, suspended as it was. */
static bool given_up(struct subject *g)
{
    return finalized != NULL
               ? finalized == (agen_t *)(void *)g && strcmp(state_of(g), "YIELD") == 0
               : agen_done(g);
}

enum { NO_HOOK, WITH_HOOK };

static const char *const drops[] = {
    [NO_HOOK] = "DROP no hook",
    [WITH_HOOK] = "DROP with finalizer hook",
};

static void check_drop(const struct state *state, bool hook)
{
    static agen_task task;
    struct subject g;
    struct maker maker = { AGEN_INIT(maker), .g = &g, .step = state->steps };
    const char *happened[3];
    int status;

    finalized = NULL;
    if (hook) {
        make(&g, state);
        begin();
        loop.finalizer = note_finalized;
        (void)agen_spawn(&loop, &task, &maker);
        (void)agen_loop_poll(&loop);
        if (strchr(state->steps, 'a'))
            (void)agen_cancel(&task);
        (void)agen_loop_poll(&loop);
        CHECK_STR(state_of(&g), state->reached);
        g.events[0] = '\0';
    } else {
        set_up(&g, state);
    }
    status = agen_drop(&g);
    happened[0] = status < 0 ? outcome(status, PYTHON_ACLOSE, NULL, false)
                             : finalized != NULL ? "finalizer" : "no finalizer";
    happened[1] = g.events[0] != '\0' ? g.events : "-";
    happened[2] = given_up(&g) ? "(gone)" : state_of(&g);
    judge(happened);
    if (hook) {
        agen_loop_cancel_all(&loop);
        end();
    }
    check_can_end(&g);
}

static void check_cell(void)
{
    size_t i, j;

    for (i = 0; i < sizeof states / sizeof *states; i++) {
        if (strcmp(states[i].name, cell[0]) != 0)
            continue;
        for (j = 0; j < sizeof operations / sizeof *operations; j++)
            if (strcmp(operations[j].name, cell[1]) == 0) {
                check_operation(&states[i], &operations[j]);
                return;
            }
        for (j = 0; j < sizeof drops / sizeof *drops; j++)
            if (strcmp(drops[j], cell[1]) == 0) {
                check_drop(&states[i], j == WITH_HOOK);
                return;
            }
    }
    printf("unknown cell: %s, %s\n", cell[0], cell[1]);
    CHECK(false);
}

int main(int argc, char **argv)
{
    check_cells(argc > 1 ? argv[1] : "tests/python/data/table.3.13.0.tsv", 218, 6, rules,
                sizeof rules / sizeof *rules, check_cell);
    return check_result();
}
