/*
 * A task that closes a generator is cancelled while the cleanup waits: the rest of that cleanup is
 * skipped, the outer one runs, the close raises the cancellation, and the generator has ended.
 *
 * Errors are numbers here and have no chain of contexts: what Python calls the context is what was
 * on its way in the finally where the cancellation was raised, agen_error(self).
 *
 * SPDX-License-Identifier: 0BSD
 */
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
            printf("inner cleanup start\n");
            self->context = agen_error(self);
            AGEN_SLEEP(self, 3600);
            self->context = AGEN_DONE;
            printf("inner cleanup end (skipped)\n");
        } AGEN_END_TRY(self);
    } AGEN_FINALLY(self) {
        AGEN_PAUSE(self);
        printf("outer cleanup\n");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct closer {
    AGEN_COROUTINE;
    struct g *g;
};

AGEN(closer, self)
{
    AGEN_BEGIN(self);
    AGEN_CLOSE(self, self->g);
    AGEN_END(self);
}

struct program {
    AGEN_COROUTINE;
    struct g g;
    struct closer closer;
    agen_task task;
};

AGEN(program, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, &self->g);
    (void)agen_spawn(&asyncio_loop, &self->task, &self->closer);
    AGEN_PAUSE(self);
    (void)agen_cancel(&self->task);
    AGEN_TRY(self) {
        AGEN_JOIN(self, &self->task);
    } AGEN_EXCEPT_ANY(self) {
        if (agen_error(self) != AGEN_E_CANCELLED)
            AGEN_RAISE(self, agen_error(self));
        printf("aclose cancelled; context %s\n", python_type(self->g.context));
    } AGEN_END_TRY(self);
    printf("frame %s\n", agen_done(&self->g) ? "None" : "alive");
    AGEN_CLOSE(self, &self->g);
    printf("second aclose -> None\n");
    AGEN_END(self);
}

int main(void)
{
    struct program program = {
        AGEN_INIT(program),
        .g = { AGEN_INIT(g) },
        .closer = { AGEN_INIT(closer), .g = &program.g },
    };

    return asyncio_run(&program);
}
