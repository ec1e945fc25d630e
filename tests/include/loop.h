/* SPDX-License-Identifier: 0BSD */
/*
 * For the tests of the event loop: one loop under a clock that the test sets, so that nothing
 * sleeps. Define AGEN_TICKS before including it for another type of tick.
 */
#ifndef LOOP_H
#define LOOP_H

#include "agen.h"
#include "check.h"

enum { MOST_PASSES = 10000 }; /* whoever needs more of them at one time will never end */

static agen_ticks ticks;
static agen_loop loop;
static int failures, last_failure; /* what the error hook was told */

CHECK_FUNCTION_ agen_ticks read_clock(void)
{
    return ticks;
}

CHECK_FUNCTION_ void note_failure(agen_loop *of, agen_task *task, int error) CHECK_REENTRANT
{
    CHECK(of == &loop);
    CHECK_INT(agen_task_status(task), error);
    failures++;
    last_failure = error;
}

CHECK_FUNCTION_ void begin_at(agen_ticks time)
{
    ticks = time;
    agen_loop_init(&loop, read_clock);
    loop.error = note_failure;
    failures = last_failure = 0;
}

CHECK_FUNCTION_ void begin(void)
{
    begin_at(0);
}

/* Passes until nothing is ready or due. Answers how many. */
CHECK_FUNCTION_ int settle(void)
{
    int passes = 0;

    do {
        (void)agen_loop_poll(&loop);
    } while (++passes < MOST_PASSES && agen_loop_idle_ticks(&loop) == 0);
    CHECK(passes < MOST_PASSES);
    return passes;
}

/* Goes from deadline to deadline up to `time`, which is at most half the range ahead. */
CHECK_FUNCTION_ void run_until(agen_ticks time)
{
    agen_ticks ahead;

    settle();
    while ((ahead = agen_loop_idle_ticks(&loop)) <= (agen_ticks)(time - ticks)
           && ahead != AGEN_FOREVER && ahead > 0) {
        ticks = (agen_ticks)(ticks + ahead);
        settle();
    }
    ticks = time;
}

/* Goes on until no task is left. False if some wait for what will never be. */
CHECK_FUNCTION_ bool run_out(void)
{
    settle();
    while (loop.tasks_) {
        agen_ticks ahead = agen_loop_idle_ticks(&loop);

        if (ahead == AGEN_FOREVER || ahead == 0)
            return false;
        ticks = (agen_ticks)(ticks + ahead);
        settle();
    }
    return true;
}

/* Nothing of a finished test is left in the loop. */
CHECK_FUNCTION_ void end(void)
{
    CHECK(run_out());
    CHECK(loop.tasks_ == NULL);
    CHECK(loop.timers_ == NULL && loop.next_timer_ == NULL);
    CHECK(loop.ready_ == NULL);
    CHECK(agen_loop_idle_ticks(&loop) == AGEN_FOREVER);
}

#endif
