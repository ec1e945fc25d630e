/*
 * Delegation by a plain loop: the close of the outer generator leaves the inner one suspended.
 * Whoever owns it gives it up, and the loop's finalizer has it closed in a task of its own.
 *
 * Python's garbage collector may run in any thread, so that asyncio makes that task one pass later.
 * So does call_soon here; without it, agen_spawn_close() in the hook is enough.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "asyncio.h"
#include "python.h"

struct inner {
    AGEN_YIELDS(int);
};

AGEN(inner, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
        AGEN_YIELD(self, 2);
    } AGEN_FINALLY(self) {
        printf("inner fin start\n");
        AGEN_PAUSE(self);
        printf("inner fin end\n");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct outer {
    AGEN_YIELDS(int);
    struct inner inner;
};

/* With its frame, the only reference to the inner generator goes. */
static void give_up_inner(struct outer *self)
{
    (void)agen_drop(&self->inner);
}

AGEN(outer, self, give_up_inner)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_FOR(self, &self->inner)
            AGEN_YIELD(self, self->inner.value * 10);
    } AGEN_FINALLY(self) {
        printf("outer fin\n");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static struct call_soon {
    AGEN_COROUTINE;
    agen_task task, closing;
    agen_t *g;
} call_soon;

AGEN(call_soon, self)
{
    AGEN_BEGIN(self);
    (void)agen_spawn_close(&asyncio_loop, &self->closing, self->g);
    AGEN_END(self);
}

static void finalize(agen_t *g)
{
    agen_init(&call_soon, call_soon);
    call_soon.g = g;
    (void)agen_spawn(&asyncio_loop, &call_soon.task, &call_soon);
}

struct program {
    AGEN_COROUTINE;
    struct outer a;
    int i;
};

AGEN(program, self)
{
    AGEN_BEGIN(self);
    asyncio_loop.finalizer = finalize;
    AGEN_NEXT(self, &self->a);
    printf("%d\n", self->a.value);
    AGEN_CLOSE(self, &self->a);
    printf("outer closed\n");
    for (self->i = 0; self->i < 3; self->i++) {
        AGEN_PAUSE(self);
        printf("tick %d\n", self->i);
    }
    AGEN_END(self);
}

int main(void)
{
    static struct program program = {
        AGEN_INIT(program),
        .a = { AGEN_INIT(outer), .inner = { AGEN_INIT(inner) } },
    };

    return asyncio_run(&program);
}
