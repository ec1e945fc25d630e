/*
 * A return in a finally discards what was on its way: an error of the body, one thrown in, an exit.
 *
 * SPDX-License-Identifier: 0BSD
 */
enum { LOST = -1, THROWN = -2 };

#define PYTHON_ERRORS { LOST, "ValueError", "lost" }, { THROWN, "KeyError", "1" },
#include "asyncio.h"
#include "python.h"

struct g {
    AGEN_YIELDS_RECEIVES(int, int);
};

AGEN(g, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
        AGEN_RAISE(self, LOST);
    } AGEN_FINALLY(self) {
        AGEN_PAUSE(self);
        printf("finally returns\n");
        AGEN_RETURN(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void print_raised(const char *label, int error, enum python_operation operation)
{
    (void)operation;
    printf("%s -> raised %s\n", label, python_type(error));
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
    } first[] = {
        { "anext", PYTHON_ANEXT },
        { "athrow", PYTHON_ATHROW },
        { "aclose", PYTHON_ACLOSE },
    };

    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 3; self->i++) {
        agen_init(&self->g, g);
        AGEN_NEXT(self, &self->g);
        ATTEMPT(self, first[self->i].label, first[self->i].operation, THROWN);
        ATTEMPT(self, "then anext", PYTHON_ANEXT, 0);
    }
    AGEN_END(self);
}

int main(void)
{
    struct program program = { AGEN_INIT(program), .i = 0 };

    return asyncio_run(&program);
}
