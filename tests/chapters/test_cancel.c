/* SPDX-License-Identifier: 0BSD */
/*
 * Cancellation: a request to end, raised once at the innermost wait of a task; cleanups may wait;
 * and what a waiter had been granted goes to the next one. The tests are named after asyncio's
 * guarantees.
 */
#include "loop.h"

enum { E_OWN = -5, E_CLEANUP = -6 };

/* --- Objects to wait for, none of which is to be had ------------------------------------------ */

static agen_event event;
static agen_lock lock;
static agen_semaphore semaphore;
static AGEN_QUEUE(int, 2) full;
static AGEN_QUEUE(int, 2) empty;
static bool never;

struct sleeper {
    AGEN_COROUTINE;
    agen_ticks ticks;
    int raises;
    int seen; /* what was raised at its sleep */
};

AGEN(sleeper, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_SLEEP(self, self->ticks);
        if (self->raises)
            AGEN_RAISE(self, self->raises);
    } AGEN_FINALLY(self) {
        self->seen = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static struct sleeper other;
static agen_task other_task;

static void make_objects(void)
{
    begin();
    memset(&event, 0, sizeof event);
    memset(&lock, 0, sizeof lock);
    CHECK(agen_try_acquire(&lock));
    agen_semaphore_init(&semaphore, 0);
    agen_queue_init(&full);
    CHECK(agen_try_put(&full, 1));
    CHECK(agen_try_put(&full, 2));
    agen_queue_init(&empty);
    agen_init(&other, sleeper);
    other.ticks = 100;
    other.raises = 0;
    CHECK_INT(agen_spawn(&loop, &other_task, &other), AGEN_DONE);
}

/* Nobody waits for anything any more, and nothing is lost. */
static void check_objects(void)
{
    int item = 0;

    agen_event_set(&event);
    CHECK_INT(agen_release(&lock), AGEN_DONE);
    CHECK_INT(agen_release(&semaphore), AGEN_DONE);
    CHECK(!loop.ready_);
    CHECK(agen_try_acquire(&lock));
    CHECK(!agen_try_acquire(&lock));
    CHECK(agen_try_acquire(&semaphore));
    CHECK(!agen_try_acquire(&semaphore));
    CHECK_INT(agen_queue_count(&full), 2);
    CHECK(agen_try_get(&full, item));
    CHECK_INT(item, 1);
    CHECK(agen_try_get(&full, item));
    CHECK_INT(item, 2);
    CHECK(!agen_try_get(&full, item));
    CHECK_INT(agen_queue_count(&empty), 0);
    CHECK(agen_try_put(&empty, 7));
    CHECK(agen_try_get(&empty, item));
    CHECK_INT(item, 7);
    CHECK(!loop.ready_);
}

/* --- A task that waits for one of them -------------------------------------------------------- */

enum kind {
    ON_PAUSE, ON_CONDITION, ON_SLEEP, ON_DEADLINE, ON_EVENT, ON_JOIN, ON_GROUP, ON_RACE, ON_NEXT,
    ON_AWAIT, ON_TIMEOUT, ON_CLOSE, ON_LOCK, ON_SEMAPHORE, ON_PUT, ON_GET, ON_ITEM, KINDS
};
enum { FIRST_GRANTED = ON_LOCK }; /* these and the next take something */

/* Yields once the event is set; its cleanup waits for it too. */
struct source {
    AGEN_YIELDS(int);
    bool yields_first;
    int seen, finallys, cleaned;
};

AGEN(source, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->yields_first)
            AGEN_YIELD(self, 1);
        AGEN_WAIT(self, &event);
        AGEN_YIELD(self, 2);
    } AGEN_FINALLY(self) {
        self->finallys++;
        self->seen = agen_error(self);
        if (self->yields_first)
            AGEN_WAIT(self, &event);
        self->cleaned++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* A chain of awaits, with the wait at its bottom. */
struct chain {
    AGEN_COROUTINE;
    struct chain *inner;
    int seen;
};

AGEN(chain, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->inner)
            AGEN_AWAIT(self, self->inner);
        else
            AGEN_WAIT(self, &event);
    } AGEN_FINALLY(self) {
        self->seen = agen_error(self);
        trace(self->inner ? "outer" : "innermost");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct waiter {
    AGEN_COROUTINE;
    enum kind kind;
    bool cancels_itself;
    bool swallows;
    int raises;          /* by its handler */
    agen_ticks cleanup;  /* how long its finally sleeps */
    int started, caught, times, finallys, cleaned, got;
    agen_slot slot;
    agen_timeout limit;
    agen_group group;
    struct sleeper child;
    agen_task child_task;
    struct source source;
    struct chain links[3];
    agen_task task, *victim; /* whom it cancels at its end */
};

AGEN(waiter, self)
{
    AGEN_BEGIN(self);
    self->started++;
    AGEN_TRY(self) {
        if (self->cancels_itself)
            CHECK(agen_cancel(&self->task));
        if (self->kind == ON_PAUSE) {
            for (;;)
                AGEN_PAUSE(self);
        } else if (self->kind == ON_CONDITION) {
            AGEN_WAIT_UNTIL(self, never);
        } else if (self->kind == ON_SLEEP) {
            AGEN_SLEEP(self, 50);
        } else if (self->kind == ON_DEADLINE) {
            AGEN_SLEEP_UNTIL(self, 50);
        } else if (self->kind == ON_EVENT) {
            AGEN_WAIT(self, &event);
        } else if (self->kind == ON_JOIN) {
            AGEN_JOIN(self, &other_task);
        } else if (self->kind == ON_GROUP) {
            AGEN_GROUP(self, &self->group) {
                CHECK(!agen_group_spawn(&self->group, &self->child_task, &self->child));
            } AGEN_END_GROUP(self);
        } else if (self->kind == ON_RACE) {
            AGEN_RACE(self, &self->group) {
                CHECK(!agen_group_spawn(&self->group, &self->child_task, &self->child));
            } AGEN_END_RACE(self);
        } else if (self->kind == ON_NEXT) {
            AGEN_NEXT(self, &self->source);
        } else if (self->kind == ON_AWAIT) {
            AGEN_AWAIT(self, &self->links[0]);
        } else if (self->kind == ON_TIMEOUT) {
            AGEN_TIMEOUT(self, &self->limit, 70) {
                AGEN_SLEEP(self, 60);
            } AGEN_END_TIMEOUT(self);
        } else if (self->kind == ON_CLOSE) {
            self->source.yields_first = true;
            AGEN_NEXT(self, &self->source);
            AGEN_CLOSE(self, &self->source);
        } else if (self->kind == ON_LOCK) {
            AGEN_ACQUIRE(self, &lock);
        } else if (self->kind == ON_SEMAPHORE) {
            AGEN_ACQUIRE(self, &semaphore);
        } else if (self->kind == ON_PUT) {
            AGEN_PUT(self, &full, 3);
        } else if (self->kind == ON_GET) {
            AGEN_GET(self, &empty, self->got);
        } else {
            AGEN_NEXT(self, &empty);
            self->got = empty.value;
        }
    } AGEN_EXCEPT_ANY(self) {
        self->times++;
        self->caught = agen_error(self);
        if (self->raises)
            AGEN_RAISE(self, self->raises);
        if (!self->swallows)
            AGEN_RAISE(self, agen_error(self));
    } AGEN_FINALLY(self) {
        self->finallys++;
        if (self->cleanup)
            AGEN_SLEEP(self, self->cleanup);
        if (self->victim)
            CHECK(agen_cancel(self->victim));
        self->cleaned++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void make_waiter(struct waiter *w, enum kind kind)
{
    int i;

    memset(w, 0, sizeof *w);
    agen_init(w, waiter);
    w->kind = kind;
    agen_init(&w->child, sleeper);
    w->child.ticks = 80;
    agen_init(&w->source, source);
    for (i = 0; i < 3; i++) {
        agen_init(&w->links[i], chain);
        w->links[i].inner = i < 2 ? &w->links[i + 1] : NULL;
    }
}

static void spawn_waiter(struct waiter *w, enum kind kind)
{
    make_waiter(w, kind);
    CHECK_INT(agen_spawn(&loop, &w->task, w), AGEN_DONE);
}

static void let_it_wait(void)
{
    (void)agen_loop_poll(&loop);
    (void)agen_loop_poll(&loop);
}

/* Lets the task at the side end, and finds nothing left over. */
static void end_objects(void)
{
    check_objects();
    CHECK_INT(agen_task_status(&other_task), AGEN_PENDING);
    CHECK(agen_cancel(&other_task));
    CHECK(run_out());
    CHECK_INT(agen_task_status(&other_task), AGEN_E_CANCELLED);
    CHECK_INT(failures, 0);
    end();
}

/* --- C1: a cancel only asks ------------------------------------------------------------------- */

static void test_c1_only_asks(void)
{
    struct waiter w;

    make_objects();
    spawn_waiter(&w, ON_EVENT);
    let_it_wait();
    CHECK(agen_cancel(&w.task));
    CHECK_INT(agen_task_status(&w.task), AGEN_PENDING);
    CHECK_INT(w.times, 0);
    CHECK(agen_loop_idle_ticks(&loop) == 0);
    (void)agen_loop_poll(&loop);
    CHECK_INT(agen_task_status(&w.task), AGEN_E_CANCELLED);
    CHECK_INT(w.times, 1);
    CHECK(!agen_cancel(&w.task)); /* it has ended */
    CHECK(!agen_cancel(&w.task));
    CHECK_INT(agen_task_status(&w.task), AGEN_E_CANCELLED);
    end_objects();
}

static void test_c1_ended_is_refused(void)
{
    struct sleeper s = { AGEN_INIT(sleeper), .ticks = 3 };
    struct sleeper f = { AGEN_INIT(sleeper), .ticks = 3, .raises = E_OWN };
    agen_task done, failed;

    memset(&done, 0, sizeof done);
    memset(&failed, 0, sizeof failed);
    begin();
    agen_spawn(&loop, &done, &s);
    agen_spawn(&loop, &failed, &f);
    run_until(10);
    CHECK(!agen_cancel(&done));
    CHECK(!agen_cancel(&failed));
    CHECK_INT(agen_task_status(&done), AGEN_DONE);
    CHECK_INT(agen_task_status(&failed), E_OWN);
    CHECK_INT(failures, 1);
    end();
}

/* --- C2: before the first step ---------------------------------------------------------------- */

static void test_c2_before_the_first_step(void)
{
    struct waiter w;
    int kind;

    for (kind = 0; kind < KINDS; kind++) {
        make_objects();
        spawn_waiter(&w, (enum kind)kind);
        CHECK(agen_cancel(&w.task));
        CHECK_INT(agen_task_status(&w.task), AGEN_PENDING);
        let_it_wait();
        CHECK_INT(agen_task_status(&w.task), AGEN_E_CANCELLED);
        CHECK_INT(w.started, 0);
        CHECK_INT(w.finallys, 0);
        CHECK(agen_done(&w));
        end_objects();
    }
}

/* --- C3: the innermost wait of each kind ------------------------------------------------------ */

static void test_c3_each_kind_of_wait(void)
{
    struct waiter w;
    int kind;

    for (kind = 0; kind < KINDS; kind++) {
        make_objects();
        spawn_waiter(&w, (enum kind)kind);
        let_it_wait();
        CHECK_INT(agen_task_status(&w.task), AGEN_PENDING);
        CHECK_INT(w.started, 1);
        CHECK(agen_cancel(&w.task));
        settle();
        CHECK_INT(agen_task_status(&w.task), AGEN_E_CANCELLED);
        CHECK_INT(w.times, 1);
        CHECK_INT(w.caught, AGEN_E_CANCELLED);
        CHECK_INT(w.finallys, 1);
        CHECK_INT(w.cleaned, 1);
        if (kind == ON_GROUP || kind == ON_RACE) {
            CHECK_INT(agen_task_status(&w.child_task), AGEN_E_CANCELLED);
            CHECK_INT(w.child.seen, AGEN_E_CANCELLED);
        }
        end_objects();
        CHECK_TRACE(kind == ON_AWAIT ? "innermost outer outer" : "");
    }
}

/* "At the innermost wait", and from there outwards: also through a generator, which ends. */
static void test_c3_through_a_generator(void)
{
    struct waiter w;

    make_objects();
    spawn_waiter(&w, ON_NEXT);
    let_it_wait();
    CHECK(agen_cancel(&w.task));
    settle();
    CHECK_INT(w.source.seen, AGEN_E_CANCELLED);
    CHECK_INT(w.source.finallys, 1);
    CHECK_INT(w.source.cleaned, 1);
    CHECK(agen_done(&w.source));
    CHECK_INT(w.caught, AGEN_E_CANCELLED);
    end_objects();
}

/* The other side of C4, on purpose: joining does not own. */
static void test_c4_the_joined_goes_on(void)
{
    struct waiter w;

    make_objects();
    spawn_waiter(&w, ON_JOIN);
    let_it_wait();
    CHECK(agen_cancel(&w.task));
    settle();
    CHECK_INT(agen_task_status(&w.task), AGEN_E_CANCELLED);
    CHECK_INT(agen_task_status(&other_task), AGEN_PENDING);
    CHECK(run_out());
    CHECK_INT(agen_task_status(&other_task), AGEN_DONE);
    CHECK_INT(other.seen, 0);
    end();
}

/* --- C5: woken already, but not run ----------------------------------------------------------- */

static void grant(enum kind kind)
{
    int item = 0;

    if (kind == ON_LOCK) {
        CHECK_INT(agen_release(&lock), AGEN_DONE);
    } else if (kind == ON_SEMAPHORE) {
        CHECK_INT(agen_release(&semaphore), AGEN_DONE);
    } else if (kind == ON_PUT) {
        CHECK(agen_try_get(&full, item));
        CHECK_INT(item, 1);
    } else {
        CHECK(agen_try_put(&empty, 9));
    }
}

/* What was granted is to be had by whoever comes next. */
static void check_free(enum kind kind)
{
    int item = 0;

    if (kind == ON_LOCK) {
        CHECK(agen_try_acquire(&lock));
    } else if (kind == ON_SEMAPHORE) {
        CHECK(agen_try_acquire(&semaphore));
        CHECK(!agen_try_acquire(&semaphore));
    } else if (kind == ON_PUT) {
        CHECK_INT(agen_queue_count(&full), 1);
        CHECK(agen_try_put(&full, 4));
        CHECK(!agen_try_put(&full, 5));
        CHECK(agen_try_get(&full, item));
        CHECK_INT(item, 2);
        CHECK(agen_try_get(&full, item));
        CHECK_INT(item, 4);
    } else {
        CHECK_INT(agen_queue_count(&empty), 1);
        CHECK(agen_try_get(&empty, item));
        CHECK_INT(item, 9);
        CHECK(!agen_try_get(&empty, item));
    }
}

static void test_c5_granted_is_given_back(void)
{
    struct waiter w;
    int kind;

    for (kind = FIRST_GRANTED; kind < KINDS; kind++) {
        make_objects();
        spawn_waiter(&w, (enum kind)kind);
        let_it_wait();
        grant((enum kind)kind);
        CHECK(agen_loop_idle_ticks(&loop) == 0); /* it is ready */
        CHECK(agen_cancel(&w.task));
        settle();
        CHECK_INT(agen_task_status(&w.task), AGEN_E_CANCELLED);
        CHECK_INT(w.caught, AGEN_E_CANCELLED);
        CHECK_INT(w.got, 0);
        check_free((enum kind)kind);
        CHECK(agen_cancel(&other_task));
        end();
    }
}

static bool owns(const struct waiter *w)
{
    return agen_task_status(&w->task) == AGEN_DONE;
}

/* Of three who wait, the first is granted and cancelled: the next has it, and exactly one. */
static void test_c5_granted_goes_to_the_next(void)
{
    static struct waiter w[3];
    int kind, i, cancelled;

    for (kind = FIRST_GRANTED; kind < ON_ITEM; kind++) {
        for (cancelled = 1; cancelled < 8; cancelled++) { /* a set of them */
            make_objects();
            for (i = 0; i < 3; i++)
                spawn_waiter(&w[i], (enum kind)kind);
            let_it_wait();
            grant((enum kind)kind);
            for (i = 0; i < 3; i++)
                if (cancelled >> i & 1)
                    CHECK(agen_cancel(&w[i].task));
            settle();
            for (i = 0; i < 3 && (cancelled >> i & 1); i++)
                CHECK(!owns(&w[i]));
            if (i < 3)
                CHECK(owns(&w[i++]));
            else
                check_free((enum kind)kind);
            for (; i < 3; i++) {
                CHECK(!owns(&w[i]));
                CHECK_INT(agen_cancel(&w[i].task), !(cancelled >> i & 1));
            }
            CHECK(agen_cancel(&other_task));
            end();
        }
    }
}

/* What it was granted and then ran with is its own: not given back, though it is ready again. */
struct owner {
    AGEN_COROUTINE;
    int seen;
    agen_task task;
};

AGEN(owner, self)
{
    AGEN_BEGIN(self);
    AGEN_ACQUIRE(self, &lock);
    AGEN_TRY(self) {
        AGEN_PAUSE(self);
    } AGEN_EXCEPT_ANY(self) {
        self->seen = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_c5_owned_is_kept(void)
{
    struct owner o = { AGEN_INIT(owner), .seen = 0 };

    make_objects();
    CHECK_INT(agen_spawn(&loop, &o.task, &o), AGEN_DONE);
    let_it_wait();
    CHECK_INT(agen_release(&lock), AGEN_DONE);
    (void)agen_loop_poll(&loop); /* it has the lock, and pauses */
    CHECK(agen_cancel(&o.task));
    CHECK(!agen_try_acquire(&lock));
    settle();
    CHECK_INT(o.seen, AGEN_E_CANCELLED);
    CHECK(!agen_try_acquire(&lock));
    end_objects();
}

/* What came is not lost: an event stays set, the result of a task stays in it. */
static void test_c5_event_and_result_stay(void)
{
    struct waiter w, v;

    make_objects();
    spawn_waiter(&w, ON_EVENT);
    spawn_waiter(&v, ON_JOIN);
    let_it_wait();
    agen_event_set(&event);
    CHECK(agen_cancel(&other_task));
    (void)agen_loop_poll(&loop); /* other ends, and makes v ready */
    CHECK_INT(agen_task_status(&w.task), AGEN_DONE);
    CHECK_INT(agen_task_status(&v.task), AGEN_PENDING);
    CHECK(agen_cancel(&v.task));
    settle();
    CHECK_INT(v.caught, AGEN_E_CANCELLED);
    CHECK_INT(agen_task_status(&other_task), AGEN_E_CANCELLED);
    agen_event_clear(&event);
    spawn_waiter(&w, ON_EVENT);
    let_it_wait();
    agen_event_set(&event);
    CHECK(agen_cancel(&w.task));
    settle();
    CHECK_INT(w.caught, AGEN_E_CANCELLED);
    CHECK(agen_event_is_set(&event));
    end();
}

/* The joined failed: its error is not raised, but kept. */
static void test_c5_error_of_the_joined_stays(void)
{
    struct waiter w;

    make_objects();
    other.raises = E_OWN;
    spawn_waiter(&w, ON_JOIN);
    let_it_wait();
    ticks = 100;
    (void)agen_loop_poll(&loop);
    CHECK_INT(agen_task_status(&other_task), E_OWN);
    CHECK_INT(agen_task_status(&w.task), AGEN_PENDING);
    CHECK(agen_cancel(&w.task));
    settle();
    CHECK_INT(w.caught, AGEN_E_CANCELLED);
    CHECK_INT(agen_task_status(&w.task), AGEN_E_CANCELLED);
    CHECK_INT(failures, 0); /* there was somebody who waited */
    end();
}

/* A sleeper that is due, and cancelled by one who ran before it in that very pass. */
static void test_c5_due_sleeper(void)
{
    struct waiter killer, victim;

    make_objects();
    make_waiter(&killer, ON_SLEEP);
    killer.victim = &victim.task;
    CHECK_INT(agen_spawn(&loop, &killer.task, &killer), AGEN_DONE);
    spawn_waiter(&victim, ON_SLEEP);
    run_until(49);
    ticks = 50;
    (void)agen_loop_poll(&loop);
    CHECK_INT(agen_task_status(&killer.task), AGEN_DONE);
    CHECK_INT(agen_task_status(&victim.task), AGEN_E_CANCELLED);
    CHECK_INT(victim.caught, AGEN_E_CANCELLED);
    end_objects();
}

/* --- C6: oneself ------------------------------------------------------------------------------ */

/* Raised at the next suspension, of whatever kind. */
static void test_c6_oneself_at_the_next_wait(void)
{
    struct waiter w;
    int kind;

    for (kind = 0; kind < KINDS; kind++) {
        make_objects();
        make_waiter(&w, (enum kind)kind);
        w.cancels_itself = true;
        CHECK_INT(agen_spawn(&loop, &w.task, &w), AGEN_DONE);
        settle();
        CHECK_INT(agen_task_status(&w.task), AGEN_E_CANCELLED);
        CHECK_INT(w.caught, AGEN_E_CANCELLED);
        CHECK_INT(w.times, 1);
        CHECK_INT(w.finallys, 1);
        end_objects();
        CHECK_TRACE(kind == ON_AWAIT ? "innermost outer outer" : "");
    }
}

struct suicide {
    AGEN_COROUTINE;
    agen_task task;
    bool waits_for_nothing, raises, pauses;
    int reached;
};

AGEN(suicide, self)
{
    AGEN_BEGIN(self);
    CHECK(agen_cancel(&self->task));
    CHECK(agen_cancel(&self->task));
    if (self->waits_for_nothing) {
        AGEN_WAIT(self, &event); /* set, so that it goes on at once: no suspension */
        AGEN_ACQUIRE(self, &lock);
        AGEN_WAIT_UNTIL(self, !never);
    }
    self->reached = 1;
    if (self->raises)
        AGEN_RAISE(self, E_OWN);
    if (self->pauses)
        AGEN_PAUSE(self);
    self->reached += 2;
    AGEN_END(self);
}

static int run_suicide(struct suicide *s)
{
    begin();
    memset(&lock, 0, sizeof lock);
    agen_event_set(&event);
    CHECK_INT(agen_spawn(&loop, &s->task, s), AGEN_DONE);
    CHECK(!agen_loop_poll(&loop) || s->pauses);
    end();
    return agen_task_status(&s->task);
}

static void test_c6_oneself_without_a_wait(void)
{
    struct suicide plain = { AGEN_INIT(suicide), .reached = 0 };
    struct suicide ready = { AGEN_INIT(suicide), .waits_for_nothing = true };
    struct suicide fails = { AGEN_INIT(suicide), .raises = true };
    struct suicide pauses = { AGEN_INIT(suicide), .pauses = true };

    CHECK_INT(run_suicide(&plain), AGEN_E_CANCELLED); /* though it returned */
    CHECK_INT(plain.reached, 3);
    CHECK_INT(run_suicide(&ready), AGEN_E_CANCELLED);
    CHECK_INT(ready.reached, 3);
    CHECK_INT(run_suicide(&fails), E_OWN);
    CHECK_INT(failures, 1);
    CHECK_INT(run_suicide(&pauses), AGEN_E_CANCELLED);
    CHECK_INT(pauses.reached, 1);
}

/* --- C7: swallowed ---------------------------------------------------------------------------- */

struct stubborn {
    AGEN_COROUTINE;
    int caught, more;
};

AGEN(stubborn, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_TRY(self) {
            AGEN_SLEEP(self, 10);
            self->more++;
        } AGEN_EXCEPT_ANY(self) {
            self->caught++;
        } AGEN_END_TRY(self);
        if (self->more == 3)
            AGEN_RETURN(self);
    }
    AGEN_END(self);
}

/* "It may be caught, and is not repeated": and the result of the task is its own. */
static void test_c7_swallowed(void)
{
    struct stubborn s = { AGEN_INIT(stubborn), .caught = 0 };
    agen_task task;

    memset(&task, 0, sizeof task);
    begin();
    agen_spawn(&loop, &task, &s);
    settle();
    CHECK(agen_cancel(&task));
    run_until(10);
    CHECK_INT(s.caught, 1);
    CHECK_INT(s.more, 1);
    CHECK(agen_cancel(&task)); /* it can be asked again */
    run_until(40);
    CHECK_INT(s.caught, 2);
    CHECK_INT(s.more, 3);
    CHECK_INT(agen_task_status(&task), AGEN_DONE);
    end();
}

static void test_c7_swallowed_at_each_kind(void)
{
    struct waiter w;
    int kind;

    for (kind = 0; kind < KINDS; kind++) {
        make_objects();
        make_waiter(&w, (enum kind)kind);
        w.swallows = true;
        CHECK_INT(agen_spawn(&loop, &w.task, &w), AGEN_DONE);
        let_it_wait();
        CHECK(agen_cancel(&w.task));
        settle();
        CHECK_INT(agen_task_status(&w.task), AGEN_DONE);
        CHECK_INT(w.caught, AGEN_E_CANCELLED);
        end_objects();
        CHECK_TRACE(kind == ON_AWAIT ? "innermost outer outer" : "");
    }
}

/* --- C8: several requests before the delivery are one ----------------------------------------- */

static void test_c8_several_are_one(void)
{
    struct stubborn s = { AGEN_INIT(stubborn), .caught = 0 };
    agen_task task;
    int i;

    memset(&task, 0, sizeof task);
    begin();
    agen_spawn(&loop, &task, &s);
    settle();
    for (i = 0; i < 100; i++)
        CHECK(agen_cancel(&task));
    run_until(9);
    CHECK_INT(s.caught, 1);
    CHECK_INT(agen_task_status(&task), AGEN_PENDING);
    CHECK(run_out());
    CHECK_INT(s.caught, 1);
    CHECK_INT(agen_task_status(&task), AGEN_DONE);
    CHECK_INT(ticks, 30);
    end();
}

/* --- C10, C11: what becomes of it ------------------------------------------------------------- */

static void test_c10_another_error(void)
{
    struct waiter w;
    int kind;

    for (kind = 0; kind < KINDS; kind++) {
        make_objects();
        make_waiter(&w, (enum kind)kind);
        w.raises = E_CLEANUP;
        CHECK_INT(agen_spawn(&loop, &w.task, &w), AGEN_DONE);
        let_it_wait();
        CHECK(agen_cancel(&w.task));
        settle();
        CHECK_INT(agen_task_status(&w.task), E_CLEANUP);
        CHECK_INT(failures, 1);
        CHECK_INT(last_failure, E_CLEANUP);
        failures = 0;
        end_objects();
        CHECK_TRACE(kind == ON_AWAIT ? "innermost outer outer" : "");
    }
}

static void test_c11_raised_by_oneself(void)
{
    struct sleeper s = { AGEN_INIT(sleeper), .ticks = 1, .raises = AGEN_E_CANCELLED };
    agen_task task;

    memset(&task, 0, sizeof task);
    begin();
    agen_spawn(&loop, &task, &s);
    CHECK(run_out());
    CHECK_INT(agen_task_status(&task), AGEN_E_CANCELLED);
    CHECK_INT(failures, 0);
    end();
}

/* --- C12: joined and cancelled by somebody else ----------------------------------------------- */

struct joiner {
    AGEN_COROUTINE;
    long caught; /* the sum of two errors is more than an int of 16 bits holds */
    agen_timeout limit;
    agen_task task;
};

AGEN(joiner, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_JOIN(self, &other_task);
    } AGEN_EXCEPT_ANY(self) {
        self->caught = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_TRY(self) { /* not counted as a cancellation of its own: a timeout is one */
        AGEN_TIMEOUT(self, &self->limit, 5) {
            AGEN_SLEEP(self, 100);
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT(self) {
        self->caught += agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_c12_the_joined_was_cancelled(void)
{
    struct joiner j = { AGEN_INIT(joiner), .caught = 0 };

    make_objects();
    agen_spawn(&loop, &j.task, &j);
    settle();
    CHECK(agen_cancel(&other_task));
    settle();
    CHECK_INT(j.caught, AGEN_E_CANCELLED);
    CHECK(run_out());
    CHECK_INT(j.caught, (long)AGEN_E_CANCELLED + AGEN_E_TIMEOUT);
    CHECK_INT(agen_task_status(&j.task), AGEN_DONE);
    end();
}

/* --- C13: cleanups that wait ------------------------------------------------------------------ */

static void test_c13_cleanup_waits(void)
{
    struct waiter w;
    int kind;

    for (kind = 0; kind < KINDS; kind++) {
        make_objects();
        make_waiter(&w, (enum kind)kind);
        w.cleanup = 20;
        CHECK_INT(agen_spawn(&loop, &w.task, &w), AGEN_DONE);
        let_it_wait();
        CHECK(agen_cancel(&w.task));
        run_until(19);
        CHECK_INT(w.finallys, 1);
        CHECK_INT(w.cleaned, 0);
        CHECK_INT(agen_task_status(&w.task), AGEN_PENDING);
        run_until(20);
        CHECK_INT(w.finallys, 1);
        CHECK_INT(w.cleaned, 1);
        CHECK_INT(agen_task_status(&w.task), AGEN_E_CANCELLED);
        end_objects();
        CHECK_TRACE(kind == ON_AWAIT ? "innermost outer outer" : "");
    }
}

static void test_c13_cancelled_in_its_cleanup(void)
{
    struct waiter w;
    int kind;

    for (kind = 0; kind < KINDS; kind++) {
        make_objects();
        make_waiter(&w, (enum kind)kind);
        w.cleanup = 20;
        w.raises = E_CLEANUP; /* replaced by the second cancellation */
        CHECK_INT(agen_spawn(&loop, &w.task, &w), AGEN_DONE);
        let_it_wait();
        CHECK(agen_cancel(&w.task));
        run_until(10);
        CHECK(agen_cancel(&w.task));
        CHECK(agen_cancel(&w.task));
        settle();
        CHECK_INT(w.finallys, 1);
        CHECK_INT(w.cleaned, 0);
        CHECK_INT(w.times, 1);
        CHECK_INT(agen_task_status(&w.task), AGEN_E_CANCELLED);
        end_objects();
        CHECK_TRACE(kind == ON_AWAIT ? "innermost outer outer" : "");
    }
}

/* --- C13: in the middle of a close ------------------------------------------------------------ */

static void test_c13_in_the_middle_of_a_close(void)
{
    struct waiter w;

    make_objects();
    spawn_waiter(&w, ON_CLOSE);
    let_it_wait();
    CHECK_INT(w.source.seen, AGEN_E_EXIT);
    CHECK_INT(w.source.cleaned, 0);
    CHECK(agen_cancel(&w.task));
    settle();
    CHECK_INT(w.source.finallys, 1);
    CHECK_INT(w.source.cleaned, 0); /* its wait was what was cancelled */
    CHECK(agen_done(&w.source));
    CHECK_INT(w.caught, AGEN_E_CANCELLED);
    CHECK_INT(agen_task_status(&w.task), AGEN_E_CANCELLED);
    end_objects();
}

/* A closing loop whose body is cancelled: the generator is closed, and its cleanup awaited. */
struct consumer {
    AGEN_COROUTINE;
    agen_task task;
    struct source source;
    int finallys;
};

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_FOR_CLOSING(self, &self->source) {
            AGEN_SLEEP(self, 50);
        } AGEN_END_FOR(self);
    } AGEN_FINALLY(self) {
        self->finallys++;
        CHECK_INT(agen_error(self), AGEN_E_CANCELLED);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_c13_closing_loop(void)
{
    struct consumer c = { AGEN_INIT(consumer), .source = { AGEN_INIT(source) } };
    int again;

    for (again = 0; again < 2; again++) {
        make_objects();
        agen_init(&c, consumer);
        agen_init(&c.source, source);
        c.source.yields_first = true;
        c.finallys = c.source.finallys = c.source.cleaned = 0;
        CHECK_INT(agen_spawn(&loop, &c.task, &c), AGEN_DONE);
        let_it_wait();
        CHECK(agen_cancel(&c.task));
        settle();
        CHECK_INT(c.source.seen, AGEN_E_EXIT);
        CHECK_INT(agen_task_status(&c.task), AGEN_PENDING); /* the cleanup waits for the event */
        if (again)
            CHECK(agen_cancel(&c.task));
        else
            agen_event_set(&event);
        settle();
        CHECK_INT(c.source.finallys, 1);
        CHECK_INT(c.source.cleaned, !again);
        CHECK(agen_done(&c.source));
        CHECK_INT(c.finallys, 1);
        CHECK_INT(agen_task_status(&c.task), AGEN_E_CANCELLED);
        agen_event_clear(&event);
        end_objects();
    }
}

/* --- C15: no error like the others ------------------------------------------------------------ */

struct careless {
    AGEN_COROUTINE;
    agen_task task;
    int handled, finallys;
};

AGEN(careless, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_SLEEP(self, 10);
    } AGEN_EXCEPT(self) {
        self->handled++;
    } AGEN_FINALLY(self) {
        self->finallys++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_c15_except_lets_it_pass(void)
{
    struct careless c = { AGEN_INIT(careless), .handled = 0 };

    begin();
    agen_spawn(&loop, &c.task, &c);
    settle();
    CHECK(agen_cancel(&c.task));
    settle();
    CHECK_INT(c.handled, 0);
    CHECK_INT(c.finallys, 1);
    CHECK_INT(agen_task_status(&c.task), AGEN_E_CANCELLED);
    CHECK_INT(failures, 0);
    end();
}

/* --- In one pass ------------------------------------------------------------------------------ */

struct canceller {
    AGEN_COROUTINE;
    agen_task task;
    agen_task *first, *second;
};

AGEN(canceller, self)
{
    AGEN_BEGIN(self);
    CHECK(agen_cancel(self->first));
    CHECK(agen_cancel(self->second));
    AGEN_END(self);
}

/* One that is ready after the canceller is hit in this pass, one that was in front in the next. */
static void test_c3_in_one_pass(void)
{
    struct waiter before, after;
    struct canceller c = { AGEN_INIT(canceller), .first = &before.task, .second = &after.task };

    make_objects();
    spawn_waiter(&before, ON_PAUSE);
    CHECK_INT(agen_spawn(&loop, &c.task, &c), AGEN_DONE);
    spawn_waiter(&after, ON_PAUSE);
    (void)agen_loop_poll(&loop);
    CHECK_INT(before.started, 1);
    CHECK_INT(after.started, 0);
    CHECK_INT(agen_task_status(&before.task), AGEN_PENDING);
    CHECK_INT(agen_task_status(&after.task), AGEN_E_CANCELLED);
    (void)agen_loop_poll(&loop);
    CHECK_INT(before.caught, AGEN_E_CANCELLED);
    CHECK_INT(agen_task_status(&before.task), AGEN_E_CANCELLED);
    end_objects();
}

/* --- C9: how often was it cancelled, and was it meant for me? --------------------------------- */

/* What its handler sees, at each kind of cancellation. */
struct asks {
    AGEN_COROUTINE;
    enum { BY_HAND, JOINED, TIMES_OUT, GROUP_FAILS } how;
    agen_task *joins;
    agen_timeout limit;
    agen_group group;
    struct sleeper child;
    agen_task child_task, task;
    int inside, caught, counted, later;
};

AGEN(asks, self)
{
    AGEN_BEGIN(self);
    CHECK_INT(agen_cancelling(agen_current_task(self)), 0);
    AGEN_TRY(self) {
        if (self->how == JOINED)
            AGEN_JOIN(self, self->joins);
        if (self->how == TIMES_OUT)
            AGEN_TIMEOUT(self, &self->limit, 5) {
                AGEN_TRY(self) {
                    AGEN_SLEEP(self, 100);
                } AGEN_FINALLY(self) {
                    self->inside = agen_cancelling(agen_current_task(self));
                } AGEN_END_TRY(self);
            } AGEN_END_TIMEOUT(self);
        if (self->how == GROUP_FAILS)
            AGEN_GROUP(self, &self->group) {
                CHECK_INT(agen_group_spawn(&self->group, &self->child_task, &self->child), AGEN_DONE);
                AGEN_TRY(self) {
                    AGEN_SLEEP(self, 100);
                } AGEN_FINALLY(self) {
                    self->inside = agen_cancelling(agen_current_task(self));
                } AGEN_END_TRY(self);
            } AGEN_END_GROUP(self);
        AGEN_SLEEP(self, 100);
    } AGEN_EXCEPT_ANY(self) {
        self->caught = agen_error(self);
        self->counted = agen_cancelling(agen_current_task(self));
        AGEN_SLEEP(self, 1);
        self->later = agen_cancelling(agen_current_task(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static struct asks *ask(int how, int cancels)
{
    static struct asks asks;

    begin();
    memset(&other_task, 0, sizeof other_task);
    memset(&asks, 0, sizeof asks);
    agen_init(&other, sleeper);
    other.ticks = 50;
    other.raises = 0;
    agen_init(&asks, asks);
    agen_init(&asks.child, sleeper);
    asks.child.ticks = 5;
    asks.child.raises = E_OWN;
    asks.how = how == JOINED ? JOINED : how == TIMES_OUT ? TIMES_OUT
               : how == GROUP_FAILS ? GROUP_FAILS : BY_HAND;
    asks.joins = &other_task;
    CHECK_INT(agen_spawn(&loop, &other_task, &other), AGEN_DONE);
    CHECK_INT(agen_spawn(&loop, &asks.task, &asks), AGEN_DONE);
    CHECK_INT(agen_cancelling(&asks.task), 0);
    settle();
    CHECK(how != JOINED || agen_cancel(&other_task));
    for (; cancels > 0; cancels--)
        CHECK(agen_cancel(&asks.task));
    CHECK(run_out());
    CHECK_INT(agen_cancelling(&asks.task), asks.later); /* kept after the end */
    end();
    return &asks;
}

static void test_c9_cancelling(void)
{
    struct asks *a = ask(BY_HAND, 1);

    CHECK_INT(a->caught, AGEN_E_CANCELLED);
    CHECK_INT(a->counted, 1);
    CHECK_INT(a->later, 1); /* a body that catches a cancellation does not take it back */
    a = ask(BY_HAND, 3);
    CHECK_INT(a->counted, 3);
    a = ask(BY_HAND, 63);
    CHECK_INT(a->counted, 63);
    a = ask(BY_HAND, 66); /* modulo 64 */
    CHECK_INT(a->counted, 2);
    CHECK_INT(agen_cancelling(NULL), 0);
}

/* C12: the joined one was cancelled, not the one that asks. */
static void test_c9_meant_for_another(void)
{
    struct asks *a = ask(JOINED, 0);

    CHECK_INT(a->caught, AGEN_E_CANCELLED);
    CHECK_INT(a->counted, 0);
    CHECK_INT(agen_cancelling(&other_task), 1);
    a = ask(JOINED, 1); /* both */
    CHECK_INT(a->caught, AGEN_E_CANCELLED);
    CHECK_INT(a->counted, 1);
}

/* What the library's own blocks cancel they take back. */
static void test_c9_taken_back(void)
{
    struct asks *a = ask(TIMES_OUT, 0);

    CHECK_INT(a->inside, 1);
    CHECK_INT(a->caught, AGEN_E_TIMEOUT);
    CHECK_INT(a->counted, 0);
    a = ask(GROUP_FAILS, 0);
    CHECK_INT(a->inside, 1);
    CHECK_INT(a->caught, E_OWN);
    CHECK_INT(a->counted, 0);
}

/* Who runs, at any depth, and on which loop. */
struct finds {
    AGEN_YIELDS(int);
    agen_task *task;
    agen_loop *loop;
};

AGEN(finds, self)
{
    AGEN_BEGIN(self);
    self->task = agen_current_task(self);
    self->loop = agen_current_loop(self);
    AGEN_YIELD(self, 1);
    self->task = agen_current_task(self);
    self->loop = agen_current_loop(self);
    AGEN_END(self);
}

struct finder {
    AGEN_COROUTINE;
    struct finds finds;
};

AGEN(finder, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->finds)
        AGEN_PAUSE(self);
    AGEN_END(self);
}

struct finders {
    AGEN_COROUTINE;
    struct finder finder;
};

AGEN(finders, self)
{
    AGEN_BEGIN(self);
    AGEN_AWAIT(self, &self->finder);
    AGEN_END(self);
}

static void test_c9_current_task(void)
{
    struct finders x = { AGEN_INIT(finders), .finder = { AGEN_INIT(finder), .finds = {
                                                             AGEN_INIT(finds), .value = 0 } } };
    agen_task task;

    memset(&task, 0, sizeof task);
    begin();
    CHECK_INT(agen_spawn(&loop, &task, &x), AGEN_DONE);
    (void)agen_loop_poll(&loop);
    CHECK(x.finder.finds.task == &task);
    CHECK(x.finder.finds.loop == &loop);
    x.finder.finds.task = NULL;
    x.finder.finds.loop = NULL;
    (void)agen_loop_poll(&loop);
    CHECK(x.finder.finds.task == &task);
    CHECK(x.finder.finds.loop == &loop);
    end();
    agen_init(&x.finder.finds, finds); /* driven by plain C: none */
    CHECK_INT(agen_next(&x.finder.finds), AGEN_YIELDED);
    CHECK(x.finder.finds.task == NULL);
    CHECK(x.finder.finds.loop == NULL);
    CHECK_INT(agen_close(&x.finder.finds), AGEN_DONE);
}

int main(void)
{
    test_c1_only_asks();
    test_c1_ended_is_refused();
    test_c2_before_the_first_step();
    test_c3_each_kind_of_wait();
    test_c3_through_a_generator();
    test_c3_in_one_pass();
    test_c4_the_joined_goes_on();
    test_c5_granted_is_given_back();
    test_c5_granted_goes_to_the_next();
    test_c5_owned_is_kept();
    test_c5_event_and_result_stay();
    test_c5_error_of_the_joined_stays();
    test_c5_due_sleeper();
    test_c6_oneself_at_the_next_wait();
    test_c6_oneself_without_a_wait();
    test_c7_swallowed();
    test_c7_swallowed_at_each_kind();
    test_c8_several_are_one();
    test_c9_cancelling();
    test_c9_meant_for_another();
    test_c9_taken_back();
    test_c9_current_task();
    test_c10_another_error();
    test_c11_raised_by_oneself();
    test_c12_the_joined_was_cancelled();
    test_c13_cleanup_waits();
    test_c13_cancelled_in_its_cleanup();
    test_c13_in_the_middle_of_a_close();
    test_c13_closing_loop();
    test_c15_except_lets_it_pass();
    return check_result();
}
