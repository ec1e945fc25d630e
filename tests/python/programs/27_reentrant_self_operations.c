/*
 * A body that operates on itself, also in the cleanup that a close started: each is refused, and it
 * goes on as if nothing was.
 *
 * SPDX-License-Identifier: 0BSD
 */
enum { V = -1 };

#include "asyncio.h"
#include "python.h"

struct g {
    AGEN_YIELDS_RECEIVES(const char *, int);
    int i;
    agen_slot slot;
};

static void print_refused(const char *what, int error, enum python_operation operation)
{
    if (strcmp(python_type(error), "RuntimeError") == 0)
        printf("%s -> %s\n", what, python_str(error, operation));
}

AGEN(g, self)
{
    static const char *const names[] = { "anext", "asend", "athrow", "aclose" };

    AGEN_BEGIN(self);
    for (self->i = PYTHON_ANEXT; self->i <= PYTHON_ACLOSE; self->i++) {
        AGEN_TRY(self) {
            if (self->i == PYTHON_ANEXT)
                AGEN_NEXT(self, self);
            else if (self->i == PYTHON_ASEND)
                AGEN_SEND(self, self, 1);
            else if (self->i == PYTHON_ATHROW)
                AGEN_THROW(self, self, V);
            else
                AGEN_CLOSE(self, self);
        } AGEN_EXCEPT(self) {
            print_refused(names[self->i], agen_error(self), (enum python_operation)self->i);
        } AGEN_END_TRY(self);
    }
    AGEN_YIELD(self, "survived");
    AGEN_TRY(self) {
        AGEN_YIELD(self, "second");
    } AGEN_FINALLY(self) {
        AGEN_TRY_IN(self, &self->slot) {
            AGEN_CLOSE(self, self);
        } AGEN_EXCEPT(self) {
            print_refused("in finally", agen_error(self), PYTHON_ACLOSE);
        } AGEN_END_TRY(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct program {
    AGEN_COROUTINE;
    struct g me;
};

AGEN(program, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, &self->me);
    printf("%s ", self->me.value);
    AGEN_NEXT(self, &self->me);
    printf("%s\n", self->me.value);
    AGEN_CLOSE(self, &self->me);
    printf("frame %s\n", agen_done(&self->me) ? "None" : "alive");
    AGEN_END(self);
}

int main(void)
{
    struct program program = { AGEN_INIT(program), .me = { AGEN_INIT(g) } };

    return asyncio_run(&program);
}
