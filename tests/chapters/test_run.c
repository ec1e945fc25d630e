/* SPDX-License-Identifier: 0BSD */
/*
 * Running a loop whose application says nothing about idling: with nothing left that could wake
 * anybody it ends, and says so. (With an AGEN_IDLE it sleeps there: test_loop.c.)
 */
#include "loop.h"

enum { E_OWN = -5 };

static agen_event event; /* set only by the tests that say so */

/* A clock that goes on by itself, one tick each time it is read. */
static agen_ticks running_clock(void)
{
    return ticks++;
}

static void begin_run(void)
{
    begin();
    memset(&event, 0, sizeof event);
    loop.now_ = running_clock;
}

static void end_run(void)
{
    loop.now_ = read_clock;
    end();
}

struct job {
    AGEN_COROUTINE;
    agen_ticks sleeps;
    bool waits, stays; /* for the event; and once more when it is cancelled */
    int error;
    agen_task task;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_SLEEP(self, self->sleeps);
        if (self->waits)
            AGEN_WAIT(self, &event);
        if (self->error != 0)
            AGEN_RAISE(self, self->error);
        trace("done");
    } AGEN_FINALLY(self) {
        if (self->stays)
            AGEN_WAIT(self, &event);
        trace("cleanup");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void start(struct job *job)
{
    CHECK_INT(agen_spawn(&loop, &job->task, job), AGEN_DONE);
}

/* A deadline is waited for, however often nothing is ready meanwhile. */
static void test_deadlines(void)
{
    struct job a = { AGEN_INIT(job), .sleeps = 100 }, b = { AGEN_INIT(job), .sleeps = 30 };

    begin_run();
    CHECK_INT(agen_loop_run(&loop), AGEN_DONE); /* nothing to do */
    start(&a);
    start(&b);
    CHECK_INT(agen_loop_run_until(&loop, &b.task), AGEN_DONE);
    CHECK_TRACE("done cleanup");
    CHECK(ticks >= 30 && ticks < 100);
    CHECK_INT(agen_loop_run(&loop), AGEN_DONE);
    CHECK_TRACE("done cleanup");
    CHECK(ticks >= 100);
    end_run();
}

/* L18: asyncio would wait for ever, a busy wait would never end. */
static void test_l18_nothing_can_wake_anybody(void)
{
    struct job waits = { AGEN_INIT(job), .waits = true };
    struct job sleeps = { AGEN_INIT(job), .sleeps = 20, .error = E_OWN };

    begin_run();
    start(&waits);
    CHECK_INT(agen_loop_run(&loop), AGEN_PENDING);
    CHECK_INT(agen_loop_run_until(&loop, &waits.task), AGEN_PENDING);
    start(&sleeps);
    CHECK_INT(agen_loop_run_until(&loop, &waits.task), AGEN_PENDING); /* after the other's end */
    CHECK_TRACE("cleanup");
    CHECK_INT(agen_task_status(&sleeps.task), E_OWN);
    agen_event_set(&event);
    CHECK_INT(agen_loop_run_until(&loop, &waits.task), AGEN_DONE);
    CHECK_TRACE("done cleanup");
#ifdef AGEN_HAVE_ISR_
    /* What an interrupt has set before counts as ready. */
    memset(&waits, 0, sizeof waits);
    agen_init(&waits, job);
    waits.waits = true;
    agen_event_clear(&event);
    start(&waits);
    settle();
    agen_event_set_isr(&event);
    CHECK_INT(agen_loop_run(&loop), AGEN_DONE);
    CHECK_TRACE("done cleanup");
#endif
    end_run();
}

/* --- The shutdown ----------------------------------------------------------------------------- */

struct source {
    AGEN_YIELDS(int);
    agen_event *waits_for; /* in its cleanup */
    agen_task task;
};

AGEN(source, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
    } AGEN_FINALLY(self) {
        if (self->waits_for)
            AGEN_WAIT(self, self->waits_for);
        trace("closed");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* A task that does not end when it is cancelled, and a cleanup that waits for what never comes. */
static void test_d12_shutdown_does_not_hang(void)
{
    struct job stays = { AGEN_INIT(job), .waits = true, .stays = true };
    struct source brief = { AGEN_INIT(source), .waits_for = NULL };
    struct source waits = { AGEN_INIT(source), .waits_for = &event };

    begin_run();
    start(&stays);
    settle();
    CHECK_INT(agen_next(&waits), AGEN_YIELDED);
    CHECK_INT(agen_track(&loop, &waits.task, &waits), AGEN_DONE);
    CHECK_INT(agen_next(&brief), AGEN_YIELDED);
    CHECK_INT(agen_track(&loop, &brief.task, &brief), AGEN_DONE);
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_PENDING);
    CHECK_TRACE("closed"); /* the brief one: all that could end has ended */
    CHECK(loop.tracked_ == NULL);
    CHECK_INT(agen_task_status(&stays.task), AGEN_PENDING);
    CHECK_INT(agen_task_status(&waits.task), AGEN_PENDING);
    agen_event_set(&event);
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE); /* they are ready now, and cancelled again */
    CHECK_TRACE("");
    CHECK(agen_done(&waits));
    CHECK_INT(failures, 0);
    end_run();
}

/* What the close of one wakes may end. */
struct waker {
    AGEN_YIELDS(int);
    agen_task task;
};

AGEN(waker, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
    } AGEN_FINALLY(self) {
        agen_event_set(&event);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_d12_a_close_wakes_who_stays(void)
{
    struct job stays = { AGEN_INIT(job), .waits = true, .stays = true };
    struct waker waker = { AGEN_INIT(waker), .value = 0 };

    begin_run();
    start(&stays);
    settle();
    CHECK_INT(agen_next(&waker), AGEN_YIELDED);
    CHECK_INT(agen_track(&loop, &waker.task, &waker), AGEN_DONE);
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK_TRACE("cleanup");
    end_run();
}

int main(void)
{
    test_deadlines();
    test_l18_nothing_can_wake_anybody();
    test_d12_shutdown_does_not_hang();
    test_d12_a_close_wakes_who_stays();
    return check_result();
}
