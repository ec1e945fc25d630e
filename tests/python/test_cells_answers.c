/*
 * Operation by answer: what each operation answers when the body yields, waits, returns, raises ..
 * in answer to it, in which state it then is, and how a close after that ends, against what CPython
 * did (see cells.h and test_cells.c).
 *
 * usage: test_cells_answers [FILE]
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "cells.h"

/* Where the body is when the operation comes: at its yield, or waiting on behalf of another one. */
enum shape { AT_YIELD, IN_ANEXT, IN_ATHROW, IN_ACLOSE };

enum answer { YIELDS, AWAITS, RETURNS, LETS_THROUGH, RAISES };

AGEN(subject, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, "'first'");
            if (self->shape == IN_ANEXT)
                AGEN_AWAIT(self, &self->wait);
        } AGEN_EXCEPT_ANY(self) {
            if (self->shape != IN_ATHROW && self->shape != IN_ACLOSE)
                AGEN_RAISE(self, agen_error(self));
            AGEN_AWAIT(self, &self->wait);
        } AGEN_END_TRY(self);
    } AGEN_EXCEPT_ANY(self) {
        self->arrived = agen_error(self);
    } AGEN_END_TRY(self);

    if (self->answer < 0)
        AGEN_RAISE(self, self->answer);
    else if (self->answer == YIELDS)
        AGEN_YIELD(self, "'resp'");
    else if (self->answer == RETURNS)
        AGEN_RETURN(self);
    else if (self->answer == LETS_THROUGH && self->arrived < 0)
        AGEN_RAISE(self, self->arrived);
    else if (self->answer == AWAITS) {
        agen_init(&self->wait, wait);
        AGEN_AWAIT(self, &self->wait);
    }
    AGEN_END(self);
}

static const struct {
    const char *name;
    int answer; /* or the error that is raised */
} answers[] = {
    { "yield", YIELDS },
    { "await", AWAITS },
    { "return", RETURNS },
    { "let through", LETS_THROUGH },
    { "raise X", X },
    { "raise StopAsyncIteration", AGEN_E_STOP },
    { "raise GeneratorExit", AGEN_E_EXIT },
    { "raise E again (same class)", E },
};

/* An abort with 0 is a poll. */
enum kind { NEXT, THROW, CLOSE, ABORT };

static const struct operation {
    const char *name;
    enum shape shape;
    enum kind kind;
    int error;
    enum python_operation answered;
} operations[] = {
    { "anext (normal resume at yield)", AT_YIELD, NEXT, 0, PYTHON_ANEXT },
    { "athrow(E) at yield", AT_YIELD, THROW, E, PYTHON_ATHROW },
    { "athrow(GeneratorExit) at yield", AT_YIELD, THROW, AGEN_E_EXIT, PYTHON_ATHROW },
    { "aclose at yield", AT_YIELD, CLOSE, 0, PYTHON_ACLOSE },
    { "P=anext: send", IN_ANEXT, ABORT, 0, PYTHON_ANEXT },
    { "P=anext: throw(E)", IN_ANEXT, ABORT, E, PYTHON_ANEXT },
    { "P=anext: throw(GeneratorExit)", IN_ANEXT, ABORT, AGEN_E_EXIT, PYTHON_ANEXT },
    { "P=anext: close()", IN_ANEXT, ABORT, AGEN_E_EXIT, PYTHON_ANEXT },
    { "P=athrow: send", IN_ATHROW, ABORT, 0, PYTHON_ATHROW },
    { "P=athrow: throw(E)", IN_ATHROW, ABORT, E, PYTHON_ATHROW },
    { "P=athrow: close()", IN_ATHROW, ABORT, AGEN_E_EXIT, PYTHON_ATHROW },
    { "P=aclose: send", IN_ACLOSE, ABORT, 0, PYTHON_ACLOSE },
    { "P=aclose: throw(E)", IN_ACLOSE, ABORT, E, PYTHON_ACLOSE },
    { "P=aclose: throw(GeneratorExit)", IN_ACLOSE, ABORT, AGEN_E_EXIT, PYTHON_ACLOSE },
    { "P=aclose: close()", IN_ACLOSE, ABORT, AGEN_E_EXIT, PYTHON_ACLOSE },
};

static const char ignored[] = "RuntimeError: async generator ignored GeneratorExit";

static const struct rule rules[] = {
    { "*", "raise StopIteration", NO_STOP_ITERATION, { NULL } },
    { "aclose at yield", "yield", CLOSE_TRIES_AGAIN, { NULL, NULL, "value None" } },
    { "P=aclose: *", "yield", CLOSE_TRIES_AGAIN, { NULL, NULL, "value None" } },
    { "P=anext: throw(GeneratorExit)", "yield", EXIT_IGNORED, { ignored } },
    { "P=anext: close()", "yield", EXIT_IGNORED, { ignored } },
    { "P=athrow: close()", "yield", EXIT_IGNORED, { ignored } },
    { "P=anext: close()", "await", ABORT_ALWAYS, { "pending" } },
    { "P=athrow: close()", "await", ABORT_ALWAYS, { "pending" } },
    { "P=aclose: close()", "await", ABORT_ALWAYS, { "pending" } },
};

static void set_up(struct subject *g, enum shape shape, int answer)
{
    const struct subject fresh = { AGEN_INIT(subject), .wait = { AGEN_INIT(wait) } };

    *g = fresh;
    g->shape = (int)shape;
    g->answer = answer;
    ready = false;
    CHECK_INT(agen_next(g), AGEN_YIELDED);
    if (shape == IN_ANEXT)
        CHECK_INT(agen_next(g), AGEN_PENDING);
    else if (shape == IN_ATHROW)
        CHECK_INT(agen_throw(g, E2), AGEN_PENDING);
    else if (shape == IN_ACLOSE)
        CHECK_INT(agen_close(g), AGEN_PENDING);
}

static int operate(struct subject *g, const struct operation *operation)
{
    if (operation->kind == NEXT)
        return agen_next(g);
    if (operation->kind == THROW)
        return agen_throw(g, operation->error);
    if (operation->kind == CLOSE)
        return agen_close(g);
    if (operation->error != 0)
        return agen_abort(g, operation->error);
    ready = true;
    return agen_poll(g);
}

static void check_cell_of(const struct operation *operation, int answer)
{
    struct subject g;
    const char *happened[3];
    char first[160], then[160] = "-";
    int status;
    bool close_of_awaitable = strstr(operation->name, "close()") != NULL;

    set_up(&g, operation->shape, answer);
    status = operate(&g, operation);
    strcpy(first, outcome(status, operation->answered, g.value, close_of_awaitable));
    happened[0] = first;
    happened[1] = state_of(&g);
    if (status != AGEN_PENDING)
        strcpy(then, outcome(agen_close(&g), PYTHON_ACLOSE, g.value, false));
    happened[2] = then;
    judge(happened);
    check_can_end(&g);
}

static void check_cell(void)
{
    size_t i, j;

    for (i = 0; i < sizeof operations / sizeof *operations; i++)
        for (j = 0; j < sizeof answers / sizeof *answers; j++)
            if (strcmp(operations[i].name, cell[0]) == 0
                && strcmp(answers[j].name, cell[1]) == 0) {
                check_cell_of(&operations[i], answers[j].answer);
                return;
            }
    printf("unknown cell: %s, %s\n", cell[0], cell[1]);
    CHECK(false);
}

int main(int argc, char **argv)
{
    check_cells(argc > 1 ? argv[1] : "tests/python/data/resp.3.13.0.tsv", 135, 5, rules,
                sizeof rules / sizeof *rules, check_cell);
    return check_result();
}
