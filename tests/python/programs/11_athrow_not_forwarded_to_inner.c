/*
 * Delegation by a loop: what is sent to the outer generator, or thrown into it, stops at its yield.
 * The inner one gets plain nexts, and outlives the close of the outer one.
 *
 * SPDX-License-Identifier: 0BSD
 */
enum { V = -1 };

#define PYTHON_ERRORS { V, "ValueError", "V" },
#include "asyncio.h"
#include "python.h"

struct inner {
    AGEN_YIELDS_RECEIVES(int, const char *);
    int n;
};

AGEN(inner, self)
{
    AGEN_BEGIN(self);
    for (;; self->n++) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, self->n);
            printf("inner got %s\n", agen_received(self) ? self->sent : "None");
        } AGEN_EXCEPT(self) {
            if (agen_error(self) != V)
                AGEN_RAISE(self, agen_error(self));
            printf("inner saw ValueError\n");
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

struct outer {
    AGEN_YIELDS_RECEIVES(int, const char *);
    struct inner *it;
};

AGEN(outer, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, self->it) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, self->it->value);
            printf("outer got %s\n", agen_received(self) ? self->sent : "None");
        } AGEN_EXCEPT(self) {
            if (agen_error(self) != V)
                AGEN_RAISE(self, agen_error(self));
            printf("outer caught %s\n", python_str(agen_error(self), PYTHON_ATHROW));
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

struct program {
    AGEN_COROUTINE;
    struct inner it;
    struct outer a;
};

AGEN(program, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, &self->a);
    printf("%d\n", self->a.value);
    AGEN_SEND(self, &self->a, "S");
    printf("%d\n", self->a.value);
    AGEN_THROW(self, &self->a, V);
    printf("%d\n", self->a.value);
    AGEN_CLOSE(self, &self->a);
    AGEN_SEND(self, &self->it, "direct");
    printf("inner still usable %d\n", self->it.value);
    AGEN_CLOSE(self, &self->it);
    AGEN_END(self);
}

int main(void)
{
    struct program program = {
        AGEN_INIT(program),
        .it = { AGEN_INIT(inner) },
        .a = { AGEN_INIT(outer), .it = &program.it },
    };

    return asyncio_run(&program);
}
