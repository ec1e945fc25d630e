/*
 * A close or a throw as the first operation: the body never runs. Then every operation on what has
 * ended. An error thrown into it comes back, where Python loses it.
 *
 * SPDX-License-Identifier: 0BSD
 */
enum { V = -1, NOT_DROPPED = -2 };

#define PYTHON_ERRORS \
    { V, "ValueError", "v" }, { NOT_DROPPED, "KeyError", "dropped silently" },
#include "asyncio.h"
#include "python.h"

struct g {
    AGEN_YIELDS_RECEIVES(int, int);
};

AGEN(g, self)
{
    AGEN_BEGIN(self);
    printf("BODY MUST NOT RUN\n");
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
    } AGEN_FINALLY(self) {
        printf("FINALLY MUST NOT RUN\n");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void print_raised(const char *label, int error, enum python_operation operation)
{
    printf("%s -> raised %s %s\n", label, python_type(error), python_str(error, operation));
}

#include "attempt.h"

struct program {
    AGEN_COROUTINE;
    struct g g;
    struct attempt attempt;
    int i;
};

AGEN(program, self)
{
    static const struct {
        const char *label;
        enum python_operation operation;
        int argument;
    } first[] = {
        { "created aclose", PYTHON_ACLOSE, 0 },
        { "created athrow", PYTHON_ATHROW, V },
        { "created athrow-exit", PYTHON_ATHROW, AGEN_E_EXIT },
    };

    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 3; self->i++) {
        agen_init(&self->g, g);
        ATTEMPT(self, first[self->i].label, first[self->i].operation, first[self->i].argument);
        ATTEMPT(self, "  anext", PYTHON_ANEXT, 0);
        ATTEMPT(self, "  asend(5)", PYTHON_ASEND, 5);
        ATTEMPT(self, "  athrow", PYTHON_ATHROW, NOT_DROPPED);
        ATTEMPT(self, "  aclose", PYTHON_ACLOSE, 0);
    }
    AGEN_END(self);
}

int main(void)
{
    struct program program = { AGEN_INIT(program), .i = 0 };

    return asyncio_run(&program);
}
