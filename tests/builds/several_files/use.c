/* SPDX-License-Identifier: 0BSD */
/*
 * One program of several files, C and C++: generators that are shared, private ones of the same
 * name, and the library's functions private to each file or (AGEN_SHARED) in one.
 */
#include "gen.h"

#include "check.h"

/* A static initialiser with a body of another file. */
static struct gen in_data = { AGEN_INIT(gen), .n = 2 };

static void test_shared(void)
{
    struct gen x = { AGEN_INIT(gen), .n = 3 };

    CHECK_INT(gen_size(), (int)sizeof(struct gen));
    CHECK(gen_address() == gen_agen_);
    CHECK_INT(agen_send(&x, 5), AGEN_E_JUST_STARTED);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 3);
    CHECK_INT(agen_next_as(gen, &x), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
    CHECK_INT(agen_send(&x, 9), AGEN_YIELDED);
    CHECK_INT(x.value, 9);
    CHECK_INT(agen_throw(&x, -5), -5);
    CHECK_INT(agen_next(&in_data), AGEN_YIELDED);
    CHECK_INT(in_data.value, 2);
    CHECK_INT(agen_close(&in_data), AGEN_DONE);
}

static void test_counted(void)
{
    struct gen_counted x = { AGEN_INIT(gen_counted), .gen = { AGEN_INIT(gen), .n = 2 } };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 20);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.released, 0);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_INT(x.released, 1);
}

/* A wait within a generator of another file, carried on, refused and aborted from here. */
static void test_waiting(void)
{
    struct gen_sum x = { AGEN_INIT(gen_sum), .gen = { AGEN_INIT(gen), .n = 4, .waits = true } };

    gen_ready = false;
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    CHECK_INT(agen_poll(&x.gen), AGEN_E_RUNNING);
    gen_ready = true;
    CHECK_INT(agen_poll(&x), AGEN_DONE);
    CHECK_INT(x.sum, 10);

    agen_init(&x, gen_sum);
    agen_init(&x.gen, gen);
    x.gen.n = 1;
    gen_ready = false;
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_abort(&x, AGEN_E_CANCELLED), AGEN_E_CANCELLED);
    CHECK_STR(agen_strerror(AGEN_E_CANCELLED), "cancelled");
    gen_ready = true;
}

/* This file's own, beside that of gen.c and that of use.cpp. */
struct local {
    AGEN_YIELDS(int);
};

AGEN(local, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 10);
    AGEN_YIELD(self, 20);
    AGEN_END(self);
}

static void test_locals(void)
{
    struct local x = { AGEN_INIT(local), .value = 0 };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 10);
    CHECK_INT(gen_sum_of_locals(), 3);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 20);
    CHECK_INT(agen_next(&x), AGEN_DONE);
}

/* First stepped by a task: its loop is told, once, and what is released is not looked at again. */
struct consumes {
    AGEN_COROUTINE;
    struct gen_counted counted;
    int sum;
    agen_task task;
};

AGEN(consumes, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->counted)
        self->sum += self->counted.value;
    AGEN_END(self);
}

/* Leaves its generator suspended, and drops it. */
struct takes_one {
    AGEN_COROUTINE;
    struct gen gen;
    agen_task task;
};

AGEN(takes_one, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, &self->gen);
    CHECK_INT(gen_drop(&self->gen), AGEN_DONE);
    AGEN_END(self);
}

static int first_iterations;

static void note_first(agen_t *x)
{
    CHECK(agen_is(x, gen_counted) || agen_is(x, gen));
    first_iterations++;
}

static agen_ticks stopped_clock(void)
{
    return 0;
}

static struct gen *dropped;

static void note_dropped(agen_t *x)
{
    dropped = (struct gen *)(void *)x;
}

static void test_task(void)
{
    static struct consumes x;
    static struct takes_one one;
    static agen_loop loop;

    agen_init(&x, consumes);
    agen_init(&x.counted, gen_counted);
    agen_init(&x.counted.gen, gen);
    x.counted.gen.n = 3;
    agen_loop_init(&loop, stopped_clock);
    loop.first_iteration = note_first;
    CHECK_INT(agen_spawn(&loop, &x.task, &x), AGEN_DONE);
    CHECK(!agen_loop_poll(&loop));
    CHECK_INT(agen_task_status(&x.task), AGEN_DONE);
    CHECK_INT(x.sum, 60);
    CHECK_INT(x.counted.released, 1);
    CHECK_INT(first_iterations, 2);

    agen_init(&one, takes_one);
    agen_init(&one.gen, gen);
    one.gen.n = 2;
    loop.finalizer = note_dropped;
    CHECK_INT(agen_spawn(&loop, &one.task, &one), AGEN_DONE);
    CHECK(!agen_loop_poll(&loop));
    CHECK_INT(agen_task_status(&one.task), AGEN_DONE);
    CHECK_INT(first_iterations, 3);
    CHECK(dropped == &one.gen);
}

int main(void)
{
    test_shared();
    test_counted();
    test_waiting();
    test_locals();
    test_task();
#ifndef TEST_WITHOUT_CPP
    CHECK_INT(use_from_cpp(), 0);
#endif
    return check_result();
}
