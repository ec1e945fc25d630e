/* Each macro is one statement: with and without braces, in front of else, two on a line. */
#include "agen.h"

struct source {
    AGEN_YIELDS(int);
    int i;
};

AGEN(source, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 4; self->i++)
        AGEN_YIELD(self, self->i);
    AGEN_END(self);
}

struct pause {
    AGEN_COROUTINE;
};

static volatile bool ready;
static AGEN_QUEUE(int, 4) queue;

AGEN(pause, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, ready);
    AGEN_END(self);
}

struct job {
    AGEN_YIELDS(int);
    struct source a, b;
    struct pause pause;
    int mode, sum;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    if (self->mode > 0)
        AGEN_FOR(self, &self->a)
            self->sum += self->a.value;
    else
        self->sum = 0;
    if (self->mode > 1)
        AGEN_FOR_AS(self, source, &self->b)
            if (self->b.value > 2)
                break;
            else
                continue;
    else if (self->mode > 0)
        AGEN_YIELD(self, 1);
    else
        AGEN_YIELD(self, 2);
    if (self->mode > 2)
        AGEN_NEXT(self, &self->a);
    else
        AGEN_CLOSE(self, &self->a);
    if (self->mode > 3)
        AGEN_AWAIT(self, &self->pause);
    else
        AGEN_WAIT_UNTIL(self, ready && self->mode != 0);
    while (self->mode-- > 0)
        AGEN_YIELD(self, self->mode);
    do
        AGEN_YIELD(self, self->sum);
    while (self->sum-- > 0);
    for (; self->mode < 3; self->mode++)
        if (self->mode == 2)
            AGEN_RETURN(self);
        else
            AGEN_THROW(self, &self->b, self->mode - 10);
    if (self->mode == 9)
        AGEN_TRY(self) {
            AGEN_RAISE(self, -self->mode);
        } AGEN_EXCEPT(self) {
            AGEN_YIELD(self, agen_error(self));
        } AGEN_END_TRY(self);
    else
        AGEN_FOR_CLOSING(self, &self->b)
            if (self->b.value == 1)
                continue;
            else
                AGEN_YIELD(self, self->b.value);
        AGEN_END_FOR(self);
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    agen_init(&x.a, source);
    agen_init(&x.b, source);
    agen_init(&x.pause, pause);
    agen_queue_init(&queue);
    if (ready)
        agen_try_put(&queue, 1); /* whether there was room is nobody's business */
    else
        agen_try_get(&queue, x.sum);
    if (!agen_try_put(&queue, 1))
        agen_queue_close(&queue);
    else if (agen_try_get(&queue, x.sum))
        x.sum++;
    return agen_poll(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
