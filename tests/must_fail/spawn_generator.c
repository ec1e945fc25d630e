/* FAIL: a generator cannot be a task: spawn a coroutine that consumes it */
/* OLDEST: clang 14 clang++ 14 */
/* Nobody would get its values. */
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

static agen_ticks now(void)
{
    return 0;
}

int main(void)
{
    static struct source x;
    static agen_loop loop;
    static agen_task task;

    agen_init(&x, source);
    agen_loop_init(&loop, now);
#ifdef FAIL
    return agen_spawn(&loop, &task, &x) < 0;
#else
    return agen_spawn_close(&loop, &task, &x) < 0;
#endif
}

/* SPDX-License-Identifier: 0BSD */
