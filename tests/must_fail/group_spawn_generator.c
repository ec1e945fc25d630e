/* FAIL: a generator cannot be a task: spawn a coroutine that consumes it */
/* OLDEST: clang 14 clang++ 14 */
/* Nor can a child of a group be one: nobody would get its values. */
#include "agen.h"

struct source {
    AGEN_YIELDS(int);
};

AGEN(source, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_END(self);
}

struct consumer {
    AGEN_COROUTINE;
    struct source source;
    int sum;
};

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->source)
        self->sum += self->source.value;
    AGEN_END(self);
}

struct parent {
    AGEN_COROUTINE;
    agen_group group;
    struct consumer consumer;
    agen_task task;
};

AGEN(parent, self)
{
    AGEN_BEGIN(self);
    AGEN_GROUP(self, &self->group) {
#ifdef FAIL
        if (agen_group_spawn(&self->group, &self->task, &self->consumer.source) != AGEN_DONE)
            AGEN_RAISE(self, AGEN_E_RUNNING);
#else
        if (agen_group_spawn(&self->group, &self->task, &self->consumer) != AGEN_DONE)
            AGEN_RAISE(self, AGEN_E_RUNNING);
#endif
    } AGEN_END_GROUP(self);
    AGEN_END(self);
}

int main(void)
{
    static struct parent x;

    agen_init(&x, parent);
    agen_init(&x.consumer, consumer);
    agen_init(&x.consumer.source, source);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
