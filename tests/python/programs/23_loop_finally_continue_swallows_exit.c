/*
 * A part that discards whatever is on its way and goes round its loop: a throw gets the next value,
 * a close an ignored exit. Python's `continue` in the finally does that; C's leaves the finally
 * alone and drops no error, so here a handler says that everything is discarded.
 *
 * SPDX-License-Identifier: 0BSD
 */
enum { GONE = -1 };

#define PYTHON_ERRORS { GONE, "ValueError", "gone" },
#include "asyncio.h"
#include "python.h"

struct g {
    AGEN_YIELDS_RECEIVES(int, int);
    int i;
};

AGEN(g, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 3; self->i++) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, self->i);
        } AGEN_EXCEPT_ANY(self) {
            /* discarded, an exit too */
        } AGEN_FINALLY(self) {
            printf("continue %d\n", self->i);
        } AGEN_END_TRY(self);
    }
    printf("loop over\n");
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
};

AGEN(program, self)
{
    AGEN_BEGIN(self);
    ATTEMPT(self, "anext", PYTHON_ANEXT, 0);
    ATTEMPT(self, "athrow", PYTHON_ATHROW, GONE);
    ATTEMPT(self, "aclose", PYTHON_ACLOSE, 0);
    ATTEMPT(self, "anext", PYTHON_ANEXT, 0);
    ATTEMPT(self, "aclose", PYTHON_ACLOSE, 0);
    AGEN_END(self);
}

int main(void)
{
    struct program program = { AGEN_INIT(program), .g = { AGEN_INIT(g) } };

    return asyncio_run(&program);
}
