/* SPDX-License-Identifier: 0BSD */
/*
 * AGEN_ASSERT: a state struct that was never initialised has no body to step, a queue no room. The
 * knob catches that; here it jumps back into the test.
 */
#include <setjmp.h>
#include <stdbool.h>

static jmp_buf caught;
static int failures;

static void assertion(bool holds)
{
    if (!holds) {
        failures++;
        longjmp(caught, 1);
    }
}

#define AGEN_ASSERT(condition) assertion(condition)
#include "agen.h"
#include "check.h"

struct numbers {
    AGEN_YIELDS_RECEIVES(int, int);
};

AGEN(numbers, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_YIELD(self, 2);
    AGEN_END(self);
}

/* A consumer of one that was forgotten. */
struct consumer {
    AGEN_COROUTINE;
    struct numbers *numbers;
};

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, self->numbers);
    AGEN_END(self);
}

static struct numbers forgotten; /* all zero */
static struct consumer consumer = { AGEN_INIT(consumer), .numbers = &forgotten };

static agen_loop loop;
static agen_task task;
static AGEN_QUEUE(int, 4) queue; /* all zero, too */

static agen_ticks now(void)
{
    return 0;
}

static void use(int how)
{
    if (how == 0)
        (void)agen_next(&forgotten);
    else if (how == 1)
        (void)agen_send(&forgotten, 1);
    else if (how == 2)
        (void)agen_throw(&forgotten, -5);
    else if (how == 3)
        (void)agen_close(&forgotten);
    else if (how == 4)
        (void)agen_poll(&forgotten);
    else if (how == 5)
        (void)agen_spawn(&loop, &task, (agen_t *)(void *)&forgotten);
    else if (how == 6)
        (void)agen_spawn_close(&loop, &task, &forgotten);
    else if (how == 7)
        CHECK_INT(agen_track(&loop, &task, &forgotten), 1000); /* nobody gets there */
    else if (how == 8)
        (void)agen_try_put(&queue, 1);
    else if (how == 9)
        (void)agen_try_get(&queue, queue.value);
    else
        (void)agen_next(&consumer);
}

static void test_forgotten(void)
{
    static volatile int how;

    agen_loop_init(&loop, now);
    for (how = 0; how < 11; how++) {
        if (setjmp(caught) == 0)
            use(how);
        CHECK_INT(failures, how + 1);
    }
    CHECK(loop.tasks_ == NULL && loop.tracked_ == NULL);
}

/* One that is initialised never gets there, whatever is done to it. */
static void test_initialised(void)
{
    struct numbers x = { AGEN_INIT(numbers), .value = 0 };

    failures = 0;
    CHECK_INT(agen_send(&x, 1), AGEN_E_JUST_STARTED);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_send(&x, 1), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, -5), -5);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_INT(failures, 0);
}

int main(void)
{
    test_forgotten();
    test_initialised();
    return check_result();
}
