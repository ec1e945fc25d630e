/*
 * What tests/debug/gdb/run looks at in a debugger: tasks that sleep, wait in a chain and select, a generator
 * at a yield, and one that is new. It stops in look_here().
 */
#include "agen.h"

static agen_ticks now(void)
{
    return 0;
}

static agen_event event;

struct waits {
    AGEN_COROUTINE;
};

AGEN(waits, self)
{
    AGEN_BEGIN(self);
    AGEN_PAUSE(self);
    AGEN_WAIT(self, &event); /* here */
    AGEN_END(self);
}

struct middle {
    AGEN_COROUTINE;
    struct waits child;
};

AGEN(middle, self)
{
    AGEN_BEGIN(self);
    AGEN_AWAIT(self, &self->child); /* the child */
    AGEN_END(self);
}

struct outer {
    AGEN_COROUTINE;
    struct middle child;
    agen_task task;
};

AGEN(outer, self)
{
    AGEN_BEGIN(self);
    AGEN_AWAIT(self, &self->child);
    AGEN_END(self);
}

struct sleeper {
    AGEN_COROUTINE;
    agen_task task;
};

AGEN(sleeper, self)
{
    AGEN_BEGIN(self);
    for (;;)
        AGEN_SLEEP(self, 100);
    AGEN_END(self);
}

struct selects {
    AGEN_COROUTINE;
    agen_alternative a;
    agen_task task;
};

AGEN(selects, self)
{
    AGEN_BEGIN(self);
    AGEN_SELECT(self)
        AGEN_ON_EVENT(self, &self->a, &event) {
            AGEN_RETURN(self);
        }
        AGEN_ON_TIMEOUT(self, 30) {
            AGEN_RETURN(self);
        }
    AGEN_END_SELECT(self); /* of the select */
    AGEN_END(self);
}

struct numbers {
    AGEN_YIELDS(int);
    int i;
};

AGEN(numbers, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 7);
    for (self->i = 0;; self->i++)
        AGEN_YIELD(self, self->i); /* the second */
    AGEN_END(self);
}

static agen_loop tasks;
static struct outer outer = { AGEN_INIT(outer), .child = { AGEN_INIT(middle), .child = { AGEN_INIT(waits) } } };
static struct sleeper sleeper = { AGEN_INIT(sleeper) };
static struct selects selects = { AGEN_INIT(selects) };
static struct numbers numbers = { AGEN_INIT(numbers) };
static struct numbers fresh = { AGEN_INIT(numbers) };

int look_here(int status);
#ifdef __GNUC__
__attribute__((__noinline__))
#endif
int look_here(int status)
{
#ifdef __GNUC__
    __asm__ volatile("" : : "r"(&fresh) : "memory");
#endif
    return status;
}

int main(void)
{
    agen_loop_init(&tasks, now);
    if (agen_spawn(&tasks, &outer.task, &outer) < 0 || agen_spawn(&tasks, &sleeper.task, &sleeper) < 0
        || agen_spawn(&tasks, &selects.task, &selects) < 0)
        return 1;
    agen_loop_poll(&tasks);
    agen_loop_poll(&tasks);
    if (agen_next(&numbers) != AGEN_YIELDED || agen_next(&numbers) != AGEN_YIELDED)
        return 1;
    return look_here(0);
}

/* SPDX-License-Identifier: 0BSD */
