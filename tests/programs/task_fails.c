/* A task that fails is reported to loop.error, with the loop, the task and the error. */
#include "agen.h"

#include <stdio.h>

#ifdef __SDCC_mcs51 /* it passes arguments through a pointer to a function on the stack only if told */
#define CALLED_BY_POINTER __reentrant
#else
#define CALLED_BY_POINTER
#endif

struct fails {
    AGEN_COROUTINE;
};

AGEN(fails, self)
{
    AGEN_BEGIN(self);
    AGEN_PAUSE(self);
    AGEN_RAISE(self, -5);
    AGEN_END(self);
}

static agen_loop loop;
static agen_task task;
static struct fails x;

static agen_ticks now(void)
{
    return 0;
}

static void failed(agen_loop *in, agen_task *which, int error) CALLED_BY_POINTER
{
    printf("the loop %d, the task %d, error %d\n", in == &loop, which == &task, error);
}

int main(void)
{
    agen_loop_init(&loop, now);
    loop.error = failed;
    agen_init(&x, fails);
    printf("spawn %d\n", agen_spawn(&loop, &task, &x));
    printf("run %d\n", agen_loop_run(&loop));
    printf("status %d\n", agen_task_status(&task));
    return 0;
}

/* SPDX-License-Identifier: 0BSD */
