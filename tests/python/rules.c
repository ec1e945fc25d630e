/*
 * SPDX-License-Identifier: 0BSD
 *
 * Rules of docs/PYTHON.md that no other test pins. Each function begins with the name of its rule.
 */
#include "record.h"

/* --- The consumer's side ---------------------------------------------------------------------- */

struct source {
    AGEN_YIELDS_RECEIVES(int, int);
    int i, sends;
    int seen; /* what was raised at its yield */
};

AGEN(source, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (self->i = 1;; self->i++) {
            AGEN_YIELD(self, self->i);
            self->sends += agen_received(self);
        }
    } AGEN_FINALLY(self) {
        self->seen = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* Delegation by a loop, which is what a generator expression is, too. */
struct doubles {
    AGEN_YIELDS_RECEIVES(int, int);
    struct source *source;
};

AGEN(doubles, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, self->source)
        AGEN_YIELD(self, 2 * self->source->value);
    AGEN_END(self);
}

/* What is sent to the outer one, and thrown into it, stops at its own yield. */
static void u5_plain_delegation_stops_sends(void)
{
    struct source inner = { AGEN_INIT(source) };
    struct doubles g = { AGEN_INIT(doubles), .source = &inner };

    CHECK_INT(agen_next(&g), AGEN_YIELDED);
    CHECK_INT(agen_send(&g, 9), AGEN_YIELDED);
    CHECK_INT(g.value, 4);
    CHECK_INT(g.sent, 9);
    CHECK_INT(inner.sends, 0);
    CHECK_INT(agen_throw(&g, E_OWN), E_OWN);
    CHECK_INT(inner.seen, 0);
    CHECK_INT(agen_next(&inner), AGEN_YIELDED);
    CHECK_INT(inner.value, 3);
}

/* A close of the outer one leaves the source suspended, and usable. */
static void u9_close_leaves_the_source(void)
{
    struct source inner = { AGEN_INIT(source) };
    struct doubles g = { AGEN_INIT(doubles), .source = &inner };

    run(&g, "nnc");
    CHECK_TRACE("2 4 closed");
    CHECK(!agen_done(&inner));
    CHECK_INT(inner.seen, 0);
    run(&inner, "nc");
    CHECK_TRACE("3 closed");
    CHECK_INT(inner.seen, AGEN_E_EXIT);
}

/* One that it closes itself. Both clean up, and each takes a while. */
struct cleans_up {
    AGEN_YIELDS(int);
    struct cleans_up *inner;
};

AGEN(cleans_up, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->inner) {
            AGEN_FOR_CLOSING(self, self->inner) {
                AGEN_YIELD(self, 10 * self->inner->value);
            } AGEN_END_FOR(self);
        } else {
            AGEN_YIELD(self, 1);
        }
    } AGEN_FINALLY(self) {
        trace(self->inner ? "outer" : "inner");
        AGEN_SLEEP(self, 5);
        trace("cleaned");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* The inner one is closed, waits included, before the outer one's own finally begins. */
static void u6_inner_first(void)
{
    struct cleans_up inner = { AGEN_INIT(cleans_up), .inner = NULL };
    struct cleans_up g = { AGEN_INIT(cleans_up), .inner = &inner };

    run(&g, "nc");
    CHECK_TRACE("10 inner cleaned outer cleaned closed");
    CHECK_INT(ticks, 10);
    CHECK(agen_done(&inner));
}

/* Waits for an event in front of each yield. */
struct waiting {
    AGEN_YIELDS(int);
    agen_event event;
    int i;
};

AGEN(waiting, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (self->i = 1;; self->i++) {
            AGEN_WAIT(self, &self->event);
            agen_event_clear(&self->event);
            AGEN_YIELD(self, self->i);
        }
    } AGEN_FINALLY(self) {
        record_error(agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct steps_once {
    AGEN_COROUTINE;
    struct waiting *g;
    int got;
};

AGEN(steps_once, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, self->g);
    self->got = self->g->value;
    AGEN_END(self);
}

/* The body runs in the task that steps it: the second step is waited for, and cancelled, there. */
static void u11_runs_in_the_stepping_task(void)
{
    struct waiting g = { AGEN_INIT(waiting), .i = 0 };
    struct steps_once a = { AGEN_INIT(steps_once), .g = &g }, b = a;
    agen_task first = { 0 }, second = { 0 };

    begin();
    CHECK_INT(agen_spawn(&loop, &first, &a), AGEN_DONE);
    settle();
    agen_event_set(&g.event);
    settle();
    CHECK_INT(agen_task_status(&first), AGEN_DONE);
    CHECK_INT(a.got, 1);

    CHECK_INT(agen_spawn(&loop, &second, &b), AGEN_DONE);
    settle();
    CHECK(!agen_cancel(&first));
    CHECK(agen_cancel(&second));
    end();
    CHECK_INT(agen_task_status(&second), AGEN_E_CANCELLED);
    CHECK(agen_done(&g));
    CHECK_TRACE("cancelled");
}

struct bystander {
    AGEN_COROUTINE;
};

AGEN(bystander, self)
{
    AGEN_BEGIN(self);
    trace("bystander");
    AGEN_PAUSE(self);
    AGEN_END(self);
}

struct takes_three {
    AGEN_COROUTINE;
    struct source source;
};

AGEN(takes_three, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR_CLOSING(self, &self->source) {
        trace_int(self->source.value);
        if (self->source.value == 3)
            break;
    } AGEN_END_FOR(self);
    AGEN_END(self);
}

/* A generator that never waits does not give the loop a turn, nor does its close. */
static void u12_a_yield_gives_no_turn(void)
{
    struct takes_three x = { AGEN_INIT(takes_three), .source = { AGEN_INIT(source) } };
    struct bystander y = { AGEN_INIT(bystander) };
    agen_task a = { 0 }, b = { 0 };

    begin();
    CHECK_INT(agen_spawn(&loop, &a, &x), AGEN_DONE);
    CHECK_INT(agen_spawn(&loop, &b, &y), AGEN_DONE);
    CHECK(agen_loop_poll(&loop));
    CHECK_TRACE("1 2 3 bystander");
    CHECK_INT(agen_task_status(&a), AGEN_DONE);
    CHECK(agen_done(&x.source));
    end();
}

static agen_lock lock;

struct holder {
    AGEN_YIELDS(int);
};

AGEN(holder, self)
{
    AGEN_BEGIN(self);
    AGEN_ACQUIRE(self, &lock);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
    } AGEN_FINALLY(self) {
        CHECK_INT(agen_release(&lock), AGEN_DONE);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* What is acquired before a yield stays so while the consumer does other things. */
static void u13_held_across_a_yield(void)
{
    struct holder g = { AGEN_INIT(holder) };

    begin();
    memset(&lock, 0, sizeof lock);
    go_on(&g, "n");
    CHECK(!agen_try_acquire(&lock));
    go_on(&g, "c");
    CHECK(agen_try_acquire(&lock));
    CHECK_TRACE("1 closed");
    end();
}

/* --- asyncio ---------------------------------------------------------------------------------- */

/* A task that ends after `ticks`, as `error` says; its cleanup takes `cleanup` ticks. */
struct job {
    AGEN_COROUTINE;
    agen_ticks ticks, cleanup;
    int error, result;
    bool swallows;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            AGEN_SLEEP(self, self->ticks);
        } AGEN_EXCEPT_ANY(self) {
            if (!self->swallows)
                AGEN_RAISE(self, agen_error(self));
        } AGEN_END_TRY(self);
        if (self->error)
            AGEN_RAISE(self, self->error);
        self->result = (int)ticks;
    } AGEN_FINALLY(self) {
        if (self->cleanup)
            AGEN_SLEEP(self, self->cleanup);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct joiner {
    AGEN_COROUTINE;
    agen_task *task;
};

AGEN(joiner, self)
{
    AGEN_BEGIN(self);
    AGEN_JOIN(self, self->task);
    AGEN_END(self);
}

/* The code that means "stop" is a result like others: a task keeps it, a join raises it. */
static void l13_stop_as_a_result(void)
{
    struct job job = { AGEN_INIT(job), .error = AGEN_E_STOP };
    agen_task task = { 0 }, waiting = { 0 };
    struct joiner x = { AGEN_INIT(joiner), .task = &task };

    begin();
    CHECK_INT(agen_spawn(&loop, &waiting, &x), AGEN_DONE);
    CHECK_INT(agen_spawn(&loop, &task, &job), AGEN_DONE);
    end();
    CHECK_INT(agen_task_status(&task), AGEN_E_STOP);
    CHECK_INT(agen_task_status(&waiting), AGEN_E_STOP);
}

/* wait_for(job, limit): an await inside a timeout. */
struct wait_for {
    AGEN_COROUTINE;
    struct job job;
    agen_timeout timeout;
    agen_ticks limit;
};

AGEN(wait_for, self)
{
    AGEN_BEGIN(self);
    AGEN_TIMEOUT(self, &self->timeout, self->limit) {
        AGEN_AWAIT(self, &self->job);
    } AGEN_END_TIMEOUT(self);
    AGEN_END(self);
}

/* When the time is over it cancels the inner one and waits for its cleanup before it raises. */
static void w1_waits_for_the_cleanup(void)
{
    struct wait_for x = {
        AGEN_INIT(wait_for), .job = { AGEN_INIT(job), .ticks = 100, .cleanup = 30 }, .limit = 10
    };

    CHECK_INT(run_task(&x), AGEN_E_TIMEOUT);
    CHECK_INT(ticks, 40);
    CHECK(agen_done(&x.job));
}

/*
 * No time at all: what need not wait succeeds. What must is begun, as far as its first wait, where
 * CPython's wait_for() does not begin it.
 */
static void w2_no_time(void)
{
    struct wait_for slow = { AGEN_INIT(wait_for), .job = { AGEN_INIT(job), .ticks = 100 } };
    struct wait_for done = { AGEN_INIT(wait_for), .job = { AGEN_INIT(job), .ticks = 100 } };

    CHECK_INT(run_task(&slow), AGEN_E_TIMEOUT);
    CHECK_INT(ticks, 0);
    CHECK_INT(agen_close(&done.job), AGEN_DONE);
    CHECK_INT(run_task(&done), AGEN_DONE);
}

/* An inner one that swallows the cancellation has the last word: it ends well, or with an error. */
static void w3_the_inner_has_the_last_word(void)
{
    struct wait_for x = {
        AGEN_INIT(wait_for), .job = { AGEN_INIT(job), .ticks = 100, .swallows = true }, .limit = 10
    };
    struct wait_for y = x;

    CHECK_INT(run_task(&x), AGEN_DONE);
    CHECK_INT(x.job.result, 10);
    CHECK(agen_expired(&x.timeout));
    y.job.error = E_OWN;
    CHECK_INT(run_task(&y), E_OWN);
}

/* One that is cancelled while it waits: the inner one cleans up, and a cancellation it remains. */
static void w4_the_waiter_is_cancelled(void)
{
    struct wait_for x = {
        AGEN_INIT(wait_for), .job = { AGEN_INIT(job), .ticks = 100, .cleanup = 30 }, .limit = 50
    };
    struct wait_for y = x;
    agen_task task = { 0 };

    begin();
    CHECK_INT(agen_spawn(&loop, &task, &x), AGEN_DONE);
    run_until(10);
    CHECK(agen_cancel(&task));
    run_until(39);
    CHECK_INT(agen_task_status(&task), AGEN_PENDING);
    end();
    CHECK_INT(ticks, 40);
    CHECK_INT(agen_task_status(&task), AGEN_E_CANCELLED);
    CHECK(agen_done(&x.job));
    CHECK_INT(x.job.result, 0);
    CHECK(!agen_expired(&x.timeout));

    y.limit = 20; /* over while the inner one cleans up: that ends, but it is no timeout */
    begin();
    CHECK_INT(agen_spawn(&loop, &task, &y), AGEN_DONE);
    run_until(10);
    CHECK(agen_cancel(&task));
    end();
    CHECK_INT(ticks, 20);
    CHECK_INT(agen_task_status(&task), AGEN_E_CANCELLED);
    CHECK(agen_done(&y.job));
    CHECK(agen_expired(&y.timeout));
}

/* wait_for(shield(task), limit), and wait(task, timeout): a join inside a timeout. */
struct waits_for {
    AGEN_COROUTINE;
    agen_task *task;
    agen_timeout timeout;
};

AGEN(waits_for, self)
{
    AGEN_BEGIN(self);
    AGEN_TIMEOUT(self, &self->timeout, 10) {
        AGEN_JOIN(self, self->task);
    } AGEN_END_TIMEOUT(self);
    AGEN_END(self);
}

/* The task that was waited for goes on, and can be waited for again. */
static void w6_a_join_shields(void)
{
    struct job job = { AGEN_INIT(job), .ticks = 50 };
    agen_task task = { 0 }, waiting = { 0 };
    struct waits_for x = { AGEN_INIT(waits_for), .task = &task };
    struct joiner again = { AGEN_INIT(joiner), .task = &task };

    begin();
    CHECK_INT(agen_spawn(&loop, &task, &job), AGEN_DONE);
    CHECK_INT(agen_spawn(&loop, &waiting, &x), AGEN_DONE);
    run_until(20);
    CHECK_INT(agen_task_status(&waiting), AGEN_E_TIMEOUT);
    CHECK_INT(agen_task_status(&task), AGEN_PENDING);
    CHECK_INT(agen_spawn(&loop, &waiting, &again), AGEN_DONE);
    end();
    CHECK_INT(agen_task_status(&waiting), AGEN_DONE);
    CHECK_INT(agen_task_status(&task), AGEN_DONE);
    CHECK_INT(job.result, 50);
}

enum { JOBS = 3 };

struct grouped {
    AGEN_COROUTINE;
    agen_group group;
    struct job jobs[JOBS];
    agen_task tasks[JOBS];
    agen_ticks goes_on; /* so long after the group */
};

AGEN(grouped, self)
{
    int i;

    AGEN_BEGIN(self);
    AGEN_GROUP(self, &self->group) {
        for (i = 0; i < JOBS; i++)
            CHECK_INT(agen_group_spawn(&self->group, &self->tasks[i], &self->jobs[i]), AGEN_DONE);
    } AGEN_END_GROUP(self);
    AGEN_SLEEP(self, self->goes_on);
    AGEN_END(self);
}

/* Each result is in the state of its child, whatever the order in which they ended. */
static void g1_results_where_they_belong(void)
{
    static const agen_ticks times[JOBS] = { 30, 10, 20 };
    struct grouped x = { AGEN_INIT(grouped) };
    int i;

    for (i = 0; i < JOBS; i++) {
        agen_init(&x.jobs[i], job);
        x.jobs[i].ticks = times[i];
    }
    CHECK_INT(run_task(&x), AGEN_DONE);
    CHECK_INT(x.jobs[0].result, 30);
    CHECK_INT(x.jobs[1].result, 10);
    CHECK_INT(x.jobs[2].result, 20);
}

/* gather(): tasks that are joined one by one. An error, or a cancellation, ends the joining. */
struct gathers {
    AGEN_COROUTINE;
    agen_task *tasks;
    bool all; /* return_exceptions */
    int i;
};

AGEN(gathers, self)
{
    AGEN_BEGIN(self);
    for (; self->i < JOBS; self->i++) {
        AGEN_TRY(self) {
            AGEN_JOIN(self, &self->tasks[self->i]);
            trace("done");
        } AGEN_EXCEPT_ANY(self) {
            record_error(agen_error(self));
            if (!self->all)
                AGEN_RAISE(self, agen_error(self));
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

static struct job gathered[JOBS];
static agen_task gathered_tasks[JOBS];

static void begin_gathered(void)
{
    int i;

    begin();
    for (i = 0; i < JOBS; i++) {
        memset(&gathered[i], 0, sizeof gathered[i]);
        agen_init(&gathered[i], job);
        gathered[i].ticks = 10;
    }
    gathered[1].error = E_OWN;
    gathered[2].ticks = 30;
    for (i = 0; i < JOBS; i++)
        CHECK_INT(agen_spawn(&loop, &gathered_tasks[i], &gathered[i]), AGEN_DONE);
}

/* The first error is raised at once; the others go on. */
static void g2_the_others_go_on(void)
{
    struct gathers x = { AGEN_INIT(gathers), .tasks = gathered_tasks };
    agen_task task = { 0 };

    begin_gathered();
    CHECK_INT(agen_spawn(&loop, &task, &x), AGEN_DONE);
    run_until(20);
    CHECK_INT(agen_task_status(&task), E_OWN);
    CHECK_TRACE("done -5");
    CHECK_INT(agen_task_status(&gathered_tasks[2]), AGEN_PENDING);
    end();
    CHECK_INT(gathered[2].result, 30);
}

/* Errors and cancellations can be collected like results. */
static void g3_errors_are_results(void)
{
    struct gathers x = { AGEN_INIT(gathers), .tasks = gathered_tasks, .all = true };
    agen_task task = { 0 };

    begin_gathered();
    CHECK_INT(agen_spawn(&loop, &task, &x), AGEN_DONE);
    run_until(20);
    CHECK(agen_cancel(&gathered_tasks[2]));
    end();
    CHECK_TRACE("done -5 cancelled");
    CHECK_INT(agen_task_status(&task), AGEN_DONE);
}

/* A task that is cancelled by itself: who joins it gets that raised, its siblings go on. */
static void g5_one_is_cancelled(void)
{
    struct gathers x = { AGEN_INIT(gathers), .tasks = gathered_tasks };
    agen_task task = { 0 };

    begin_gathered();
    CHECK_INT(agen_spawn(&loop, &task, &x), AGEN_DONE);
    settle();
    CHECK(agen_cancel(&gathered_tasks[0]));
    run_until(5);
    CHECK_INT(agen_task_status(&task), AGEN_E_CANCELLED);
    CHECK_TRACE("cancelled");
    CHECK_INT(agen_task_status(&gathered_tasks[1]), AGEN_PENDING);
    CHECK_INT(agen_task_status(&gathered_tasks[2]), AGEN_PENDING);
    end();
    CHECK_INT(failures, 1); /* of 1, which nobody joins any more */
}

/*
 * A group that is over is no more of its parent's business: who cancels that, while it lives or
 * when it has ended, changes nothing in the children, be they ended or used for something else.
 */
static void g6_the_group_is_over(void)
{
    struct grouped x = { AGEN_INIT(grouped), .goes_on = 100 };
    struct job other = { AGEN_INIT(job), .ticks = 50 };
    agen_task task = { 0 };
    int i;

    for (i = 0; i < JOBS; i++) {
        agen_init(&x.jobs[i], job);
        x.jobs[i].ticks = 10;
    }
    x.jobs[1].error = AGEN_E_CANCELLED; /* by itself, which is no error of the group */
    begin();
    CHECK_INT(agen_spawn(&loop, &task, &x), AGEN_DONE);
    run_until(20);
    CHECK_INT(agen_spawn(&loop, &x.tasks[2], &other), AGEN_DONE);
    settle();
    CHECK(agen_cancel(&task));
    settle();
    CHECK_INT(agen_task_status(&task), AGEN_E_CANCELLED);
    CHECK(!agen_cancel(&task));
    CHECK_INT(agen_task_status(&x.tasks[0]), AGEN_DONE);
    CHECK_INT(agen_task_status(&x.tasks[1]), AGEN_E_CANCELLED);
    CHECK_INT(agen_task_status(&x.tasks[2]), AGEN_PENDING);
    end();
    CHECK_INT(agen_task_status(&task), AGEN_E_CANCELLED);
    CHECK_INT(agen_task_status(&x.tasks[2]), AGEN_DONE);
    CHECK_INT(x.jobs[0].result, 10);
    CHECK_INT(x.jobs[2].result, 10);
    CHECK_INT(other.result, 70);
    CHECK(agen_group_first(&x.group) == NULL);
}

/* wait(): as many joins as tasks, together. Whichever ends them, the tasks themselves go on. */
struct waits {
    AGEN_COROUTINE;
    agen_group group;
    agen_timeout timeout;
    struct joiner joiners[JOBS];
    agen_task tasks[JOBS];
    bool first_completed; /* or the first exception, or all of them */
};

AGEN(waits, self)
{
    int i;

    AGEN_BEGIN(self);
    for (i = 0; i < JOBS; i++) {
        agen_init(&self->joiners[i], joiner);
        self->joiners[i].task = &gathered_tasks[i];
    }
    AGEN_TIMEOUT(self, &self->timeout, 25) {
        if (self->first_completed) {
            AGEN_RACE(self, &self->group) {
                for (i = 0; i < JOBS; i++)
                    CHECK_INT(agen_group_spawn(&self->group, &self->tasks[i], &self->joiners[i]),
                              AGEN_DONE);
            } AGEN_END_RACE(self);
        } else {
            AGEN_GROUP(self, &self->group) {
                for (i = 0; i < JOBS; i++)
                    CHECK_INT(agen_group_spawn(&self->group, &self->tasks[i], &self->joiners[i]),
                              AGEN_DONE);
            } AGEN_END_GROUP(self);
        }
    } AGEN_END_TIMEOUT(self);
    AGEN_END(self);
}

static void begin_waits(struct waits *x, agen_task *task)
{
    begin_gathered();
    gathered[0].ticks = 5;
    CHECK_INT(agen_spawn(&loop, task, x), AGEN_DONE);
}

/* Who is done, and how, and who is pending: the status of each task says so. */
static void check_gathered(int first, int second, int third)
{
    CHECK_INT(agen_task_status(&gathered_tasks[0]), first);
    CHECK_INT(agen_task_status(&gathered_tasks[1]), second);
    CHECK_INT(agen_task_status(&gathered_tasks[2]), third);
}

static void a1_first_completed(void)
{
    struct waits x = { AGEN_INIT(waits), .first_completed = true };
    agen_task task = { 0 };

    begin_waits(&x, &task);
    run_until(4);
    CHECK_INT(agen_task_status(&task), AGEN_PENDING);
    run_until(7);
    CHECK_INT(agen_task_status(&task), AGEN_DONE);
    CHECK(agen_group_first(&x.group) == &x.tasks[0]);
    check_gathered(AGEN_DONE, AGEN_PENDING, AGEN_PENDING);
    end();
    check_gathered(AGEN_DONE, E_OWN, AGEN_DONE);
    CHECK_INT(gathered[2].result, 30);
}

static void a1_first_exception(void)
{
    struct waits x = { AGEN_INIT(waits), .first_completed = false };
    agen_task task = { 0 };

    begin_waits(&x, &task);
    run_until(7);
    CHECK_INT(agen_task_status(&task), AGEN_PENDING);
    run_until(20);
    CHECK_INT(agen_task_status(&task), E_OWN);
    CHECK(agen_group_first(&x.group) == &x.tasks[1]);
    check_gathered(AGEN_DONE, E_OWN, AGEN_PENDING);
    end();
    CHECK_INT(gathered[2].result, 30);
}

static void a1_the_time_is_over(void)
{
    struct waits x = { AGEN_INIT(waits), .first_completed = false };
    agen_task task = { 0 };

    begin_waits(&x, &task);
    gathered[1].error = 0;
    run_until(26);
    CHECK_INT(agen_task_status(&task), AGEN_E_TIMEOUT);
    check_gathered(AGEN_DONE, AGEN_DONE, AGEN_PENDING);
    end();
    CHECK_INT(gathered[2].result, 30);
    CHECK_INT(failures, 1); /* of the one that waited */
    CHECK_INT(last_failure, AGEN_E_TIMEOUT);
}

/* A task that fails behind the back of who waited for it: reported to the loop, once. */
static void s3_fails_after_the_joiner(void)
{
    struct job job = { AGEN_INIT(job), .ticks = 10, .error = E_OWN };
    agen_task task = { 0 }, waiting = { 0 };
    struct joiner x = { AGEN_INIT(joiner), .task = &task };

    begin();
    CHECK_INT(agen_spawn(&loop, &task, &job), AGEN_DONE);
    CHECK_INT(agen_spawn(&loop, &waiting, &x), AGEN_DONE);
    settle();
    CHECK(agen_cancel(&waiting));
    settle();
    CHECK_INT(agen_task_status(&waiting), AGEN_E_CANCELLED);
    CHECK_INT(failures, 0);
    end();
    CHECK_INT(failures, 1);
    CHECK_INT(last_failure, E_OWN);
}

int main(void)
{
    u5_plain_delegation_stops_sends();
    u9_close_leaves_the_source();
    u6_inner_first();
    u11_runs_in_the_stepping_task();
    u12_a_yield_gives_no_turn();
    u13_held_across_a_yield();
    l13_stop_as_a_result();
    w1_waits_for_the_cleanup();
    w2_no_time();
    w3_the_inner_has_the_last_word();
    w4_the_waiter_is_cancelled();
    w6_a_join_shields();
    g1_results_where_they_belong();
    g2_the_others_go_on();
    g3_errors_are_results();
    g5_one_is_cancelled();
    g6_the_group_is_over();
    a1_first_completed();
    a1_first_exception();
    a1_the_time_is_over();
    s3_fails_after_the_joiner();
    return check_result();
}
