/* SPDX-License-Identifier: 0BSD */
/*
 * What `make coverage` found untouched by the other tests. The critical section of this file is an
 * interrupt that comes at the worst moment: just before the section takes effect. With TEST_ATOMIC
 * there is none: what the compiler has for atomic accesses.
 */
static void (*interrupt)(void); /* once */

#ifndef TEST_ATOMIC
static void take_interrupt(void)
{
    void (*handler)(void) = interrupt;

    interrupt = 0;
    if (handler)
        handler();
}

enum { HAVE_HOOK = 1 };
#undef AGEN_CRITICAL_ENTER /* of a target, in tests/targets/run */
#undef AGEN_CRITICAL_EXIT
#define AGEN_CRITICAL_ENTER take_interrupt()
#define AGEN_CRITICAL_EXIT ((void)0)
#else
enum { HAVE_HOOK = 0 };
#endif
#ifndef AGEN_DUMP
#define AGEN_DUMP
#endif
#include "loop.h"

/* --- The generator of a queue ----------------------------------------------------------------- */

static AGEN_QUEUE(int, 2) queue;

static void test_throw_into_a_queue(void)
{
    int item = 0;

    agen_queue_init(&queue);
    CHECK_INT(agen_throw(&queue, -5), -5); /* as a new generator */
    CHECK(agen_done(&queue));              /* until the next operation: it is new again then */
    CHECK(agen_try_put(&queue, 1) && agen_try_put(&queue, 2));
    CHECK_INT(agen_next(&queue), AGEN_YIELDED);
    CHECK_INT(queue.value, 1);
    CHECK_INT(agen_throw(&queue, -6), -6); /* at its yield */
    CHECK_INT(agen_next(&queue), AGEN_YIELDED);
    CHECK_INT(queue.value, 2);
    CHECK_INT(agen_close(&queue), AGEN_DONE);
    CHECK(agen_try_put(&queue, 3));
    CHECK(agen_try_get(&queue, item));
    CHECK_INT(item, 3);
}

/* --- What a dump says of it ------------------------------------------------------------------- */

static char dump[400];

static void collect(void *context, const char *text, size_t length)
{
    (void)context;
    CHECK(strlen(dump) + length < sizeof dump);
    strncat(dump, text, sizeof dump - strlen(dump) - 1);
}

/* A body of a file without AGEN_DUMP: to it the signal is nonsense. */
static int refuse(struct agen_frame_ *core, int signal, struct agen_base_ *driver)
{
    (void)core;
    (void)signal;
    (void)driver;
    return AGEN_E_RUNNING;
}

static void test_dump_of_a_queue(void)
{
    agen_task task = { 0 };
    int named;

    for (named = 0; named < 2; named++) {
        begin();
        agen_queue_init(&queue);
        CHECK(agen_try_put(&queue, 1));
        CHECK_INT(agen_next(&queue), AGEN_YIELDED);
        if (!named)
            queue.agen_.frame_.step_ = refuse;
        CHECK_INT(agen_track(&loop, &task, &queue), AGEN_DONE);
        dump[0] = '\0';
        agen_loop_dump(&loop, collect, NULL);
        CHECK((strstr(dump, "agen_queue at ") != NULL) == (named == 1));
        CHECK((strstr(dump, "body at ") != NULL) == (named == 0));
        CHECK(strstr(dump, ", new") == NULL && strstr(dump, ", ended") == NULL);
        agen_untrack(&task);
        end();
    }
}

/* --- Interrupts ------------------------------------------------------------------------------- */

#ifdef AGEN_HAVE_ISR_
enum { PLACES = 20 }; /* with more than a byte of flags */

static AGEN_QUEUE(int, PLACES) wide;

static int put_from_interrupts(int n)
{
    int i;

    for (i = 1; i <= n; i++)
        CHECK(agen_queue_put_isr(&wide, i));
    return 0;
}

/* Interrupts come while a put evaluates its value: they fill the places beside its own. */
static void test_puts_within_a_put(void)
{
    int n, i, value = -1;

    agen_queue_init(&wide);
    for (n = 0; n < PLACES; n++) {
        CHECK(agen_queue_put_isr(&wide, put_from_interrupts(n)));
        CHECK_INT(agen_queue_count(&wide), n + 1);
        for (i = 0; i <= n; i++) {
            CHECK(agen_try_get(&wide, value));
#ifdef __GNUC__ /* the value is evaluated first, elsewhere after the place was reserved */
            CHECK_INT(value, i < n ? i + 1 : 0);
#else
            CHECK_INT(value, i);
#endif
        }
    }
}

static agen_event event;

static void set_event(void)
{
    agen_event_set_isr(&event);
}

struct waiter {
    AGEN_COROUTINE;
    void (*interrupt)(void);
};

/* The interrupt comes when the wait has looked at the event, and before it has named its loop. */
AGEN(waiter, self)
{
    AGEN_BEGIN(self);
    interrupt = self->interrupt;
    AGEN_WAIT(self, &event);
    AGEN_END(self);
}

/* One pass with the event set before, within or after the wait. */
static void test_set(bool before, bool within)
{
    struct waiter waiter = { AGEN_INIT(waiter), .interrupt = within ? set_event : NULL };
    agen_task task = { 0 };

    begin();
    memset(&event, 0, sizeof event);
    if (before)
        set_event();
    CHECK_INT(agen_spawn(&loop, &task, &waiter), AGEN_DONE);
    (void)agen_loop_poll(&loop);
    CHECK(interrupt == NULL);
    CHECK_INT(agen_task_status(&task), before || within ? AGEN_DONE : AGEN_PENDING);
    CHECK_INT(agen_event_is_set(&event), before || within);
    set_event();
    CHECK(agen_event_is_set(&event));
    settle();
    CHECK_INT(agen_task_status(&task), AGEN_DONE);
    end();
}

struct getter {
    AGEN_COROUTINE;
    int item;
};

AGEN(getter, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_GET(self, &queue, self->item);
        trace_int(self->item);
        AGEN_PAUSE(self);
    }
    AGEN_END(self);
}

static void test_put_between_passes(void)
{
    struct getter getter = { AGEN_INIT(getter), .item = 0 };
    agen_task task = { 0 };

    begin();
    agen_queue_init(&queue);
    CHECK_INT(agen_spawn(&loop, &task, &getter), AGEN_DONE);
    settle();
    CHECK(agen_loop_idle_ticks(&loop) == AGEN_FOREVER);
    CHECK(agen_queue_put_isr(&queue, 1));
    CHECK(agen_queue_put_isr(&queue, 2));
    CHECK(!agen_queue_put_isr(&queue, 3)); /* full */
    CHECK(agen_loop_idle_ticks(&loop) == 0);
    settle();
    CHECK_TRACE("1 2");
    CHECK(agen_cancel(&task));
    settle();
    agen_queue_close(&queue);
    CHECK(!agen_queue_put_isr(&queue, 4));
    end();
}

struct busy {
    AGEN_COROUTINE;
};

/* Is interrupted by a put, after the loop's look at what interrupts have left. */
AGEN(busy, self)
{
    AGEN_BEGIN(self);
    CHECK(agen_queue_put_isr(&queue, 3));
    AGEN_END(self);
}

static void test_put_within_a_pass(void)
{
    struct getter getter = { AGEN_INIT(getter), .item = 0 };
    struct busy busy = { AGEN_INIT(busy) };
    agen_task tasks[2] = { 0 };

    begin();
    agen_queue_init(&queue);
    CHECK_INT(agen_spawn(&loop, &tasks[0], &getter), AGEN_DONE);
    settle();
    CHECK_INT(agen_spawn(&loop, &tasks[1], &busy), AGEN_DONE);
    CHECK(agen_loop_poll(&loop)); /* "ready again": so that nobody goes to sleep now */
    CHECK_TRACE("");
    settle();
    CHECK_TRACE("3");
    CHECK(agen_cancel(&tasks[0]));
    end();
}

static void test_interrupts(void)
{
    test_set(true, false);
    test_set(false, HAVE_HOOK);
    test_set(false, false);
    test_put_between_passes();
    test_put_within_a_pass();
    test_puts_within_a_put();
}
#else
static void test_interrupts(void)
{
}
#endif

/* --- The loop --------------------------------------------------------------------------------- */

struct runner {
    AGEN_COROUTINE;
    int steps;
};

/* A loop that is run by one of its own tasks would wait for that for ever: it refuses at once. */
AGEN(runner, self)
{
    AGEN_BEGIN(self);
    CHECK_INT(agen_loop_run(&loop), AGEN_E_RUNNING);
    self->steps++;
    AGEN_PAUSE(self);
    self->steps++;
    AGEN_END(self);
}

static void test_run_within_a_pass(void)
{
    struct runner runner = { AGEN_INIT(runner), .steps = 0 };
    agen_task task = { 0 };

    begin();
    CHECK_INT(agen_spawn(&loop, &task, &runner), AGEN_DONE);
    (void)agen_loop_poll(&loop);
    CHECK_INT(runner.steps, 1);
    CHECK_INT(agen_loop_run(&loop), AGEN_DONE);
    CHECK_INT(runner.steps, 2);
    end();
}

/* What is left of the pass is not to wait for: the last of two has nothing after it. */
struct idler {
    AGEN_COROUTINE;
    agen_ticks idle;
};

AGEN(idler, self)
{
    AGEN_BEGIN(self);
    self->idle = agen_loop_idle_ticks(&loop);
    AGEN_END(self);
}

static void test_idle_within_a_pass(void)
{
    static agen_task tasks[2];
    struct idler idlers[2];
    int i;

    begin();
    for (i = 0; i < 2; i++) {
        agen_init(&idlers[i], idler);
        idlers[i].idle = 7;
        CHECK_INT(agen_spawn(&loop, &tasks[i], &idlers[i]), AGEN_DONE);
    }
    CHECK(!agen_loop_poll(&loop));
    CHECK(idlers[0].idle == 0);
    CHECK(idlers[1].idle == AGEN_FOREVER);
    end();
}

struct owner {
    AGEN_COROUTINE;
    agen_lock *lock;
};

AGEN(owner, self)
{
    AGEN_BEGIN(self);
    AGEN_ACQUIRE(self, self->lock);
    AGEN_RELEASE(self, self->lock);
    AGEN_END(self);
}

/* What a waiter was handed is its own before its turn: it waits no more. */
static void test_dump_of_a_granted(void)
{
    agen_lock lock = { 0 };
    struct owner owner = { AGEN_INIT(owner), .lock = &lock };
    agen_task task = { 0 };

    begin();
    CHECK(agen_try_acquire(&lock));
    CHECK_INT(agen_spawn(&loop, &task, &owner), AGEN_DONE);
    (void)agen_loop_poll(&loop);
    CHECK_INT(agen_release(&lock), AGEN_DONE);
    dump[0] = '\0';
    agen_loop_dump(&loop, collect, NULL);
    CHECK(strstr(dump, ": ready") != NULL);
    end();
}

struct late {
    AGEN_COROUTINE;
    agen_ticks deadline;
};

/* The clock goes on within the pass, so that the deadline is past, but after the pass's begin. */
AGEN(late, self)
{
    AGEN_BEGIN(self);
    ticks = 20;
    AGEN_SLEEP_UNTIL(self, self->deadline);
    trace_int((int)self->deadline);
    AGEN_END(self);
}

static void test_past_since_the_pass_began(void)
{
    struct late at_18 = { AGEN_INIT(late), .deadline = 18 };
    struct late at_15 = { AGEN_INIT(late), .deadline = 15 };
    agen_task tasks[2] = { 0 };

    begin_at(10);
    CHECK_INT(agen_spawn(&loop, &tasks[0], &at_18), AGEN_DONE);
    CHECK_INT(agen_spawn(&loop, &tasks[1], &at_15), AGEN_DONE);
    (void)agen_loop_poll(&loop);
    CHECK_INT(agen_task_status(&tasks[0]), AGEN_PENDING);
    (void)agen_loop_poll(&loop);
    CHECK_TRACE("15 18");
    end();
}

/* --- A group ---------------------------------------------------------------------------------- */

struct sleeper {
    AGEN_COROUTINE;
};

AGEN(sleeper, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_SLEEP(self, 100);
    } AGEN_FINALLY(self) {
        trace_int(agen_error(self) == AGEN_E_CANCELLED);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct returner {
    AGEN_COROUTINE;
    agen_group group;
    agen_task task;
    struct sleeper sleeper;
};

AGEN(returner, self)
{
    AGEN_BEGIN(self);
    AGEN_GROUP(self, &self->group) {
        CHECK_INT(agen_group_spawn(&self->group, &self->task, &self->sleeper), AGEN_DONE);
        AGEN_RETURN(self);
    } AGEN_END_GROUP(self);
    AGEN_END(self);
}

/* A return waits at the end of the block for the children; a cancellation there replaces it. */
static void test_cancelled_after_a_return(void)
{
    struct returner returner = { AGEN_INIT(returner), .sleeper = { AGEN_INIT(sleeper) } };
    agen_task task = { 0 };

    begin();
    CHECK_INT(agen_spawn(&loop, &task, &returner), AGEN_DONE);
    settle();
    CHECK_INT(agen_task_status(&task), AGEN_PENDING);
    CHECK(agen_cancel(&task));
    settle();
    CHECK_TRACE("1");
    CHECK_INT(agen_task_status(&returner.task), AGEN_E_CANCELLED);
    CHECK_INT(agen_task_status(&task), AGEN_E_CANCELLED);
    end();
}

int main(void)
{
    test_throw_into_a_queue();
    test_dump_of_a_queue();
    test_interrupts();
    test_run_within_a_pass();
    test_idle_within_a_pass();
    test_dump_of_a_granted();
    test_past_since_the_pass_began();
    test_cancelled_after_a_return();
    CHECK_STR(agen_strerror(AGEN_E_CLOSED), "closed");
    return check_result();
}
