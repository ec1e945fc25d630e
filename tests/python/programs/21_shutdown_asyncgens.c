/*
 * The shutdown of a loop closes the generators that it tracks, and reports a cleanup that fails or
 * yields. One that no task has used is not tracked.
 *
 * Python tracks a generator as soon as an operation object exists. Here an operation starts when it
 * is called, and who claims a generator without one tracks it by hand.
 *
 * SPDX-License-Identifier: 0BSD
 */
enum { IN_CLEANUP = -1 };

#define PYTHON_ERRORS { IN_CLEANUP, "ValueError", "in cleanup" },
#include "asyncio.h"
#include "python.h"

struct g {
    AGEN_YIELDS(int);
    const char *fate;
};

AGEN(g, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
    } AGEN_FINALLY(self) {
        AGEN_PAUSE(self);
        if (strcmp(self->fate, "raise") == 0)
            AGEN_RAISE(self, IN_CLEANUP);
        if (strcmp(self->fate, "yield") == 0)
            AGEN_YIELD(self, 2);
        printf("%s closed\n", self->fate);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static struct g a;
static agen_task closing; /* one at a time */
static agen_t *tracked;

static void track(agen_t *g)
{
    if (agen_track(&asyncio_loop, &closing, g) == AGEN_DONE)
        tracked = g;
}

static void report(agen_loop *loop, agen_task *task, int error)
{
    (void)loop;
    if (task == &closing)
        printf("handler: an error occurred during closing of asynchronous generator | %s %s | %s\n",
               python_type(error), python_str(error, PYTHON_ACLOSE),
               python_bool(tracked == (agen_t *)(void *)&a));
}

/* await g.__anext__() */
struct step {
    AGEN_COROUTINE;
    struct g *g;
};

AGEN(step, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, self->g);
    if (agen_status(self) == AGEN_DONE)
        printf("pending anext stops\n");
    AGEN_END(self);
}

static void next(struct g *g)
{
    static agen_task task;
    struct step step = { AGEN_INIT(step), .g = g };

    (void)agen_spawn(&asyncio_loop, &task, &step);
    (void)asyncio_finish(&task);
}

int main(void)
{
    static const char *const fates[] = { "ok", "raise", "yield" };
    struct g never = { AGEN_INIT(g), .fate = "never iterated" };
    struct g claimed = { AGEN_INIT(g), .fate = "claimed" };
    int i;

    agen_loop_init(&asyncio_loop, asyncio_now);
    asyncio_loop.first_iteration = track;
    asyncio_loop.error = report;
    for (i = 0; i < 3; i++) {
        agen_init(&a, g);
        a.fate = fates[i];
        next(&a);
        (void)agen_loop_shutdown(&asyncio_loop);
        printf("frame alive %s\n", python_bool(!agen_done(&a)));
    }
    (void)agen_loop_shutdown(&asyncio_loop);
    printf("never: %s\n", python_bool(!agen_done(&never)));
    track((agen_t *)(void *)&claimed);
    (void)agen_loop_shutdown(&asyncio_loop);
    printf("claimed: %s\n", python_bool(!agen_done(&claimed)));
    next(&claimed);
    return 0;
}
