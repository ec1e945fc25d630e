/* SPDX-License-Identifier: 0BSD */
/*
 * What was never initialised: builds without optimisation or with a sanitizer stop in a function
 * whose name says what was forgotten, instead of jumping to address 0. Here the trap in it jumps
 * back into the test. (test_assert.c: the same with AGEN_ASSERT, whatever the build.)
 */
#include <setjmp.h>
#include <string.h>

static jmp_buf caught;
static const char *stopped_in = "nowhere";

#ifdef __GNUC__
__attribute__((__unused__)) static void stopped(const char *function)
{
    stopped_in = function;
    longjmp(caught, 1);
}
#define __builtin_trap() stopped(__func__)
#endif

#include "agen.h"
#include "check.h"

struct numbers {
    AGEN_YIELDS_RECEIVES(int, int);
};

AGEN(numbers, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_END(self);
}

/* A consumer of one that was forgotten. */
struct consumer {
    AGEN_COROUTINE;
    struct numbers numbers;
};

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, &self->numbers);
    AGEN_END(self);
}

static agen_ticks now(void)
{
    return 0;
}

#if defined AGEN_FINDS_FORGOTTEN_ && defined __GNUC__

static agen_loop loop, forgotten_loop;
static agen_task task;
static AGEN_QUEUE(int, 4) forgotten_queue; /* all zero */
static AGEN_PIPE(4) forgotten_pipe;
static uint8_t byte;
static struct numbers forgotten, numbers = { AGEN_INIT(numbers), .value = 0 };
static struct consumer consumer = { AGEN_INIT(consumer), .numbers = { .value = 0 } };

enum { USES = 19 };

/* How each is used first, and what is said. */
static const char *use(int how)
{
    int item = 0;

    switch (how) {
    case 0: (void)agen_next(&forgotten); return "state";
    case 1: (void)agen_send(&forgotten, 1); return "state";
    case 2: (void)agen_throw(&forgotten, -5); return "state";
    case 3: (void)agen_close(&forgotten); return "state";
    case 4: (void)agen_poll(&forgotten); return "state";
    case 5: (void)agen_drop(&forgotten); return "state";
    case 6: (void)agen_next(&consumer); return "state"; /* its child */
    case 7: item = agen_spawn(&loop, &task, (agen_t *)(void *)&forgotten); break;
    case 8: item = agen_track(&loop, &task, &forgotten); break;
    case 9: item = agen_try_put(&forgotten_queue, 1); break;
    case 10: item = agen_try_get(&forgotten_queue, forgotten_queue.value); break;
    case 11: item = agen_spawn_close(&forgotten_loop, &task, &numbers); break;
    case 12: item = agen_track(&forgotten_loop, &task, &numbers); break;
    case 13: item = agen_loop_poll(&forgotten_loop); break;
    case 14: item = agen_loop_idle_ticks(&forgotten_loop) == 0; break;
    case 15: item = (int)agen_pipe_write_isr(&forgotten_pipe, &byte, 1); break;
    case 16: item = (int)agen_pipe_read(&forgotten_pipe, &byte, 1); break;
    case 17: item = (int)agen_pipe_count(&forgotten_pipe); break;
    default: item = (int)agen_queue_count(&forgotten_queue); break;
    }
    CHECK_INT(item, 1000); /* nobody gets here */
    return "nothing";
}

static const char *expected(int how)
{
    return how < 9    ? "agen_this_state_was_never_initialised_"
           : how < 11 ? "agen_this_queue_was_never_initialised_"
           : how < 15 ? "agen_this_loop_was_never_initialised_"
           : how < 18 ? "agen_this_pipe_was_never_initialised_"
                      : "agen_this_queue_was_never_initialised_";
}

static void test_forgotten(void)
{
    static volatile int how;

    agen_loop_init(&loop, now);
    for (how = 0; how < USES; how++) {
        stopped_in = "nowhere";
        if (setjmp(caught) == 0)
            CHECK_STR(use(how), "never");
        CHECK_STR(stopped_in, expected(how));
    }
    CHECK(loop.tasks_ == NULL && loop.tracked_ == NULL);
}

#elif defined AGEN_FINDS_FORGOTTEN_

/* It stops in a loop, in which only a debugger could find it. */
static void test_forgotten(void)
{
}

#else

/* What is not found: an interrupt must not write past the end of a pipe that is none. */
static void test_forgotten(void)
{
    static AGEN_PIPE(4) pipe;
    uint8_t bytes[9] = "12345678";

    CHECK_INT(agen_pipe_write_isr(&pipe, bytes, 8), 0);
    CHECK_INT(agen_pipe_write(&pipe, bytes, 8), 0);
    CHECK_INT(agen_pipe_read(&pipe, bytes, 8), 0);
    CHECK_INT(pipe.bytes_[0], 0);
}

#endif

/* What was initialised never stops. */
static void test_initialised(void)
{
    static agen_loop other;
    static agen_task task_of_it;
    static AGEN_QUEUE(int, 1) queue;
    static AGEN_PIPE(1) pipe;
    static struct consumer x = { AGEN_INIT(consumer), .numbers = { AGEN_INIT(numbers), .value = 0 } };
    int item = 0;

    stopped_in = "nowhere";
    agen_loop_init(&other, now);
    agen_queue_init(&queue);
    agen_pipe_init(&pipe);
    CHECK_INT(agen_pipe_count(&pipe), 0);
    CHECK_INT(agen_spawn(&other, &task_of_it, &x), AGEN_DONE);
    CHECK(!agen_loop_poll(&other));
    CHECK_INT(agen_task_status(&task_of_it), AGEN_DONE);
    CHECK(agen_loop_idle_ticks(&other) == AGEN_FOREVER);
    CHECK(agen_try_put(&queue, 7));
    CHECK(agen_try_get(&queue, item));
    CHECK_INT(item, 7);
    CHECK_STR(stopped_in, "nowhere");
}

int main(void)
{
    test_forgotten();
    test_initialised();
    return check_result();
}
