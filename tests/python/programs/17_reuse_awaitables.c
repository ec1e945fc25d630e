/*
 * Each operation twice. In Python that is the same awaitable, which refuses; here there are no
 * operation objects, and an operation starts when it is called: the second one is a new one.
 *
 * SPDX-License-Identifier: 0BSD
 */
enum { V = -1 };

#define PYTHON_ERRORS { V, "ValueError", "x" },
#include "asyncio.h"
#include "python.h"

struct g {
    AGEN_YIELDS_RECEIVES(int, int);
};

AGEN(g, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, 1);
        } AGEN_EXCEPT(self) {
            if (agen_error(self) != V)
                AGEN_RAISE(self, agen_error(self));
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

static void print_raised(const char *label, int error, enum python_operation operation)
{
    printf("%s -> %s %s\n", label, python_type(error), python_str(error, operation));
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
        const char *label, *again;
        enum python_operation operation;
        int argument;
    } all[] = {
        { "anext", "anext reused", PYTHON_ANEXT, 0 },
        { "asend", "asend reused", PYTHON_ASEND, 7 },
        { "athrow", "athrow reused", PYTHON_ATHROW, V },
        { "aclose", "aclose reused", PYTHON_ACLOSE, 0 },
        { "late anext", "late anext reused", PYTHON_ANEXT, 0 },
    };

    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 5; self->i++) {
        ATTEMPT(self, all[self->i].label, all[self->i].operation, all[self->i].argument);
        ATTEMPT(self, all[self->i].again, all[self->i].operation, all[self->i].argument);
    }
    AGEN_END(self);
}

int main(void)
{
    struct program program = { AGEN_INIT(program), .g = { AGEN_INIT(g) } };

    return asyncio_run(&program);
}
