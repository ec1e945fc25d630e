/*
 * A wait that is inlined into a coroutine that plain C drives: its driver is no task, and gcc must not warn of what only
 * a task has.
 */
#include "agen.h"

static agen_event first, second;

struct waits {
    AGEN_COROUTINE;
};

AGEN(waits, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_WAIT(self, &first);
        agen_event_clear(&first);
        AGEN_WAIT(self, &second);
        agen_event_clear(&second);
    }
    AGEN_END(self);
}

int run(void); /* what only main calls is not inlined */

int run(void)
{
    struct waits x;
    int sum;

    agen_init(&x, waits);
    sum = agen_next(&x);
    sum += agen_next(&x);
    return sum + agen_poll(&x);
}

int main(void)
{
    return run();
}

/* SPDX-License-Identifier: 0BSD */
