/*
 * What a finally raises replaces the exit of a close. The outer finally still waits; a second close
 * has nothing to do.
 *
 * Errors are numbers here and have no chain of contexts: what Python calls the context is what was
 * on its way in the finally that raised, agen_error(self).
 *
 * SPDX-License-Identifier: 0BSD
 */
enum { FROM_FINALLY = -1 };

#define PYTHON_ERRORS { FROM_FINALLY, "KeyError", "from finally" },
#include "asyncio.h"
#include "python.h"

struct g {
    AGEN_YIELDS(int);
    int context;
};

AGEN(g, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, 1);
        } AGEN_FINALLY(self) {
            printf("fin-in\n");
            self->context = agen_error(self);
            AGEN_RAISE(self, FROM_FINALLY);
        } AGEN_END_TRY(self);
    } AGEN_FINALLY(self) {
        AGEN_PAUSE(self);
        printf("fin-out\n");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct program {
    AGEN_COROUTINE;
    struct g g;
};

AGEN(program, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, &self->g);
    printf("%d\n", self->g.value);
    AGEN_TRY(self) {
        AGEN_CLOSE(self, &self->g);
    } AGEN_EXCEPT(self) {
        printf("aclose raised %s", python_str(agen_error(self), PYTHON_ACLOSE));
        printf(" context %s\n", python_type(self->g.context));
    } AGEN_END_TRY(self);
    AGEN_CLOSE(self, &self->g);
    printf("again None\n");
    AGEN_NEXT(self, &self->g);
    if (agen_status(self) == AGEN_DONE)
        printf("exhausted\n");
    AGEN_END(self);
}

int main(void)
{
    struct program program = { AGEN_INIT(program), .g = { AGEN_INIT(g) } };

    return asyncio_run(&program);
}
