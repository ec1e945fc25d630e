/*
 * An error on its way through nested parts, all of which wait and yield: an inner finally
 * completes before an outer clause begins, and what is on its way stays parked meanwhile.
 *
 * SPDX-License-Identifier: 0BSD
 */
enum { INNER = -1 };

#define PYTHON_ERRORS { INNER, "ValueError", "inner" },
#include "asyncio.h"
#include "python.h"

struct g {
    AGEN_YIELDS(int);
};

AGEN(g, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, 1);
            AGEN_PAUSE(self);
            AGEN_RAISE(self, INNER);
        } AGEN_FINALLY(self) {
            printf("fin-in\n");
            AGEN_PAUSE(self);
            AGEN_YIELD(self, 2);
            printf("fin-in end\n");
        } AGEN_END_TRY(self);
    } AGEN_EXCEPT(self) {
        printf("except %s\n", python_str(agen_error(self), PYTHON_ANEXT));
        AGEN_YIELD(self, 3);
    } AGEN_FINALLY(self) {
        printf("fin-out\n");
        AGEN_YIELD(self, 4);
    } AGEN_END_TRY(self);
    AGEN_YIELD(self, 5);
    AGEN_END(self);
}

struct program {
    AGEN_COROUTINE;
    struct g g;
};

AGEN(program, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->g)
        printf("got %d\n", self->g.value);
    AGEN_END(self);
}

int main(void)
{
    struct program program = { AGEN_INIT(program), .g = { AGEN_INIT(g) } };

    return asyncio_run(&program);
}
