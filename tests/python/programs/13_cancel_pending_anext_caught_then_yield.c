/*
 * A consumer is cancelled while the generator waits on its behalf. The generator catches that and
 * yields: the consumer gets a value, goes on, and was never cancelled.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "asyncio.h"
#include "python.h"

struct g {
    AGEN_YIELDS(const char *);
};

AGEN(g, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_SLEEP(self, 3600);
        AGEN_YIELD(self, "never");
    } AGEN_EXCEPT_ANY(self) {
        if (agen_error(self) != AGEN_E_CANCELLED)
            AGEN_RAISE(self, agen_error(self));
        printf("body swallowed cancel\n");
        AGEN_YIELD(self, "rescued");
    } AGEN_END_TRY(self);
    AGEN_YIELD(self, "next");
    AGEN_END(self);
}

struct consumer {
    AGEN_COROUTINE;
    struct g *g;
    const char *result;
};

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, self->g) {
        printf("consumer got %s\n", self->g->value);
        AGEN_PAUSE(self);
    }
    self->result = "consumer done";
    AGEN_END(self);
}

struct program {
    AGEN_COROUTINE;
    struct g g;
    struct consumer consumer;
    agen_task task;
    int cancelling; /* Python counts the requests in the task */
};

AGEN(program, self)
{
    bool running;

    AGEN_BEGIN(self);
    (void)agen_spawn(&asyncio_loop, &self->task, &self->consumer);
    AGEN_PAUSE(self);
    /* Busy, and not with executing, since this task executes: so it waits. */
    running = agen_next(&self->g) == AGEN_E_RUNNING;
    printf("running %s awaiting %s\n", python_bool(running), python_bool(running));
    self->cancelling += agen_cancel(&self->task);
    AGEN_JOIN(self, &self->task);
    printf("%s | cancelled %s | cancelling %d\n", self->consumer.result,
           python_bool(agen_task_status(&self->task) == AGEN_E_CANCELLED), self->cancelling);
    AGEN_END(self);
}

int main(void)
{
    struct program program = {
        AGEN_INIT(program),
        .g = { AGEN_INIT(g) },
        .consumer = { AGEN_INIT(consumer), .g = &program.g },
    };

    return asyncio_run(&program);
}
