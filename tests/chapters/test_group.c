/* SPDX-License-Identifier: 0BSD */
/*
 * Groups and races: tasks that live no longer than a block. The tests are named after asyncio's
 * guarantees for TaskGroup; where it raises a group of errors, here the first one is raised.
 */
#include "loop.h"

enum { E_ONE = -1, E_TWO = -2, E_THREE = -3, E_BODY = -10, E_CLEANUP = -20 };
enum { C = AGEN_E_CANCELLED, P = AGEN_PENDING };

/* --- Children --------------------------------------------------------------------------------- */

struct child {
    AGEN_COROUTINE;
    agen_ticks ticks; /* how long it works; 0: ends in its first step */
    int error;        /* with which it ends */
    agen_ticks cleanup;
    int cleanup_error; /* raised in the cleanup, if there was an error */
    bool swallows;
    int started, seen, cleaned;
    agen_task task;
};

AGEN(child, self)
{
    AGEN_BEGIN(self);
    self->started++;
    AGEN_TRY(self) {
        if (self->ticks)
            AGEN_SLEEP(self, self->ticks);
        if (self->error)
            AGEN_RAISE(self, self->error);
    } AGEN_EXCEPT_ANY(self) {
        self->seen = agen_error(self);
        if (!self->swallows)
            AGEN_RAISE(self, agen_error(self));
    } AGEN_FINALLY(self) {
        if (self->cleanup)
            AGEN_SLEEP(self, self->cleanup);
        if (self->cleanup_error && self->seen)
            AGEN_RAISE(self, self->cleanup_error);
        self->cleaned++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

enum { MOST = 4 };
static struct child children[MOST];

static void make_child(int index, int after, int error)
{
    struct child *c = &children[index];

    memset(c, 0, sizeof *c);
    agen_init(c, child);
    c->ticks = (agen_ticks)after;
    c->error = error;
}

static void check_children(int count, int a, int b, int c, int d)
{
    int expected[MOST], i;

    expected[0] = a;
    expected[1] = b;
    expected[2] = c;
    expected[3] = d;
    for (i = 0; i < count; i++)
        CHECK_INT(agen_task_status(&children[i].task), expected[i]);
}

/* --- A parent, with a group or a race --------------------------------------------------------- */

enum how { FALLS_OFF, RAISES, RETURNS, SWALLOWS, CANCELS_ITSELF };

static struct parent {
    AGEN_COROUTINE;
    bool race;
    int count; /* of children */
    enum how how;
    agen_ticks sleep; /* in the block, after the spawns */
    int in_block;     /* what was raised at that */
    int seen;         /* what the block raised, and when */
    int when;
    int after; /* what the next wait raised */
    bool past, timed_out;
    agen_group group;
    agen_timeout limit;
    agen_task task;
} parent;

static void spawn_children(struct parent *self)
{
    int i;

    for (i = 0; i < self->count; i++)
        CHECK_INT(agen_group_spawn(&self->group, &children[i].task, &children[i]), AGEN_DONE);
    if (self->how == CANCELS_ITSELF)
        CHECK(agen_cancel(&self->task));
}

struct block {
    AGEN_COROUTINE;
    struct parent *parent;
};

/* What is in the block before its end. */
AGEN(block, self)
{
    struct parent *parent_ = self->parent;

    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (parent_->sleep)
            AGEN_SLEEP(self, parent_->sleep);
    } AGEN_EXCEPT_ANY(self) {
        parent_->in_block = agen_error(self);
        if (parent_->how != SWALLOWS)
            AGEN_RAISE(self, agen_error(self));
    } AGEN_END_TRY(self);
    if (parent_->how == RAISES)
        AGEN_RAISE(self, E_BODY);
    AGEN_END(self);
}

static struct block block;

AGEN(parent, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (!self->race) {
            AGEN_GROUP(self, &self->group) {
                spawn_children(self);
                AGEN_AWAIT(self, &block);
                if (self->how == RETURNS)
                    AGEN_RETURN(self);
                trace("end");
            } AGEN_END_GROUP(self);
        } else {
            AGEN_RACE(self, &self->group) {
                spawn_children(self);
                AGEN_AWAIT(self, &block);
                if (self->how == RETURNS)
                    AGEN_RETURN(self);
                trace("end");
            } AGEN_END_RACE(self);
        }
        self->past = true;
    } AGEN_EXCEPT_ANY(self) {
        self->seen = agen_error(self);
    } AGEN_FINALLY(self) {
        self->when = (int)ticks;
    } AGEN_END_TRY(self);
    AGEN_TRY(self) {
        AGEN_PAUSE(self);
    } AGEN_EXCEPT_ANY(self) {
        self->after = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_TRY(self) { /* tells whether cancellations of the library's own are still counted */
        AGEN_TIMEOUT(self, &self->limit, 1) {
            AGEN_SLEEP(self, 5);
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT(self) {
        self->timed_out = agen_error(self) == AGEN_E_TIMEOUT;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void spawn_parent(bool race, int count, enum how how, int sleep)
{
    memset(&parent, 0, sizeof parent);
    agen_init(&parent, parent);
    agen_init(&block, block);
    block.parent = &parent;
    parent.race = race;
    parent.count = count;
    parent.how = how;
    parent.sleep = (agen_ticks)sleep;
    begin();
    CHECK_INT(agen_spawn(&loop, &parent.task, &parent), AGEN_DONE);
}

/* The block raised `error` at the time `when`. */
static void check_parent(int error, int when)
{
    CHECK_INT(parent.seen, error);
    CHECK_INT(parent.when, when);
}

static void end_parent(void)
{
    end();
    CHECK_INT(agen_task_status(&parent.task), AGEN_DONE);
    CHECK(parent.timed_out || parent.how == RETURNS);
    CHECK_INT(failures, 0);
    check_trace_[0] = '\0';
}

static void run_parent(bool race, int count, enum how how, int sleep)
{
    spawn_parent(race, count, how, sleep);
    CHECK(run_out());
}

/* --- TG1: the end waits for all --------------------------------------------------------------- */

static void test_tg1_waits_for_all(void)
{
    make_child(0, 30, 0);
    make_child(1, 0, 0);
    make_child(2, 10, 0);
    run_parent(false, 3, FALLS_OFF, 0);
    check_parent(0, 30);
    check_children(3, 0, 0, 0, 0);
    CHECK(parent.past);
    CHECK_INT(parent.after, 0);
    CHECK(agen_group_first(&parent.group) == NULL);
    end_parent();
    make_child(0, 30, 0);
    run_parent(false, 1, FALLS_OFF, 80); /* the block takes longer than the child */
    check_parent(0, 80);
    end_parent();
}

static void test_tg1_empty(void)
{
    run_parent(false, 0, FALLS_OFF, 0);
    check_parent(0, 0);
    CHECK(parent.past);
    end_parent();
    run_parent(true, 0, FALLS_OFF, 0);
    check_parent(0, 0);
    CHECK(parent.past);
    CHECK(agen_group_first(&parent.group) == NULL);
    end_parent();
    run_parent(false, 0, RAISES, 0);
    check_parent(E_BODY, 0);
    end_parent();
    run_parent(true, 0, RAISES, 10);
    check_parent(E_BODY, 10);
    end_parent();
}

/* "Empty" takes no turn: a block without children is passed in one step. */
static void test_tg1_empty_takes_no_turn(void)
{
    spawn_parent(false, 0, FALLS_OFF, 0);
    (void)agen_loop_poll(&loop);
    CHECK(parent.past);
    end_parent();
}

/* One pass less than asyncio, where a callback of the last child wakes the parent. */
static void test_tg1_passes(void)
{
    make_child(0, 0, 0);
    spawn_parent(false, 1, FALLS_OFF, 0);
    (void)agen_loop_poll(&loop); /* the parent reaches the end of the block */
    CHECK(!parent.past);
    CHECK_INT(children[0].started, 0);
    (void)agen_loop_poll(&loop); /* the child runs */
    CHECK_INT(children[0].started, 1);
    CHECK(!parent.past);
    (void)agen_loop_poll(&loop);
    CHECK(parent.past);
    end_parent();
}

static void test_tg1_left_by_return(void)
{
    make_child(0, 30, 0);
    make_child(1, 20, 0);
    run_parent(false, 2, RETURNS, 10);
    check_parent(0, 30); /* it does not cancel the children */
    check_children(2, 0, 0, 0, 0);
    CHECK(!parent.past);
    end_parent();
}

/* A return whose children fail: the error wins over it. */
static void test_tg1_return_and_error(void)
{
    make_child(0, 30, E_ONE);
    make_child(1, 40, 0);
    run_parent(false, 2, RETURNS, 0);
    check_parent(E_ONE, 30);
    check_children(2, E_ONE, C, 0, 0);
    end_parent();
}

/* --- TG1: a child that spawns siblings -------------------------------------------------------- */

struct breeder {
    AGEN_COROUTINE;
    int generation;
    agen_ticks ticks;
    int refused, fails;
    struct breeder *next;
    agen_group *group;
    agen_task task;
};

AGEN(breeder, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, self->ticks);
    if (self->next)
        self->refused = agen_group_spawn(self->group, &self->next->task, self->next);
    if (self->fails)
        AGEN_RAISE(self, self->fails);
    AGEN_END(self);
}

enum { GENERATIONS = 5 };

static struct family {
    AGEN_COROUTINE;
    bool race;
    int seen, when;
    struct breeder members[GENERATIONS];
    agen_group group;
    agen_task task;
} family;

AGEN(family, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_GROUP(self, &self->group) {
            CHECK(!agen_group_spawn(&self->group, &self->members[0].task, &self->members[0]));
        } AGEN_END_GROUP(self);
    } AGEN_EXCEPT_ANY(self) {
        self->seen = agen_error(self);
    } AGEN_FINALLY(self) {
        self->when = (int)ticks;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void make_family(void)
{
    int i;

    memset(&family, 0, sizeof family);
    agen_init(&family, family);
    for (i = 0; i < GENERATIONS; i++) {
        struct breeder *b = &family.members[i];

        agen_init(b, breeder);
        b->ticks = 10;
        b->group = &family.group;
        b->next = i + 1 < GENERATIONS ? b + 1 : NULL;
        b->refused = 1;
    }
    begin();
}

static void test_tg1_siblings(void)
{
    make_family();
    CHECK_INT(agen_spawn(&loop, &family.task, &family), AGEN_DONE);
    CHECK(run_out());
    CHECK_INT(family.seen, 0);
    CHECK_INT(family.when, 10 * GENERATIONS);
    CHECK_INT(family.members[GENERATIONS - 2].refused, AGEN_DONE);
    end();
}

/* The last one fails: its siblings have ended. */
static void test_tg1_siblings_fail(void)
{
    make_family();
    family.members[GENERATIONS - 1].fails = E_THREE;
    family.members[1].fails = 0;
    CHECK_INT(agen_spawn(&loop, &family.task, &family), AGEN_DONE);
    CHECK(run_out());
    CHECK_INT(family.seen, E_THREE);
    CHECK(agen_group_first(&family.group) == &family.members[GENERATIONS - 1].task);
    CHECK_INT(failures, 0);
    end();
}

/* --- TG2, TG3: the first child that fails ----------------------------------------------------- */

static void test_tg2_the_first_error(void)
{
    make_child(0, 50, 0);
    make_child(1, 20, E_TWO);
    make_child(2, 30, E_THREE);
    make_child(3, 10, 0);
    run_parent(false, 4, FALLS_OFF, 0);
    check_parent(E_TWO, 20);
    check_children(4, C, E_TWO, C, 0);
    CHECK(agen_group_first(&parent.group) == &children[1].task);
    CHECK_INT(parent.after, 0);
    CHECK(!parent.past);
    end_parent();
}

/* The body is in the block still: cancelled there, and that does not leak out of it. */
static void test_tg2_the_body_is_cancelled(void)
{
    make_child(0, 50, 0);
    make_child(1, 20, E_TWO);
    run_parent(false, 2, FALLS_OFF, 100);
    CHECK_INT(parent.in_block, C);
    check_parent(E_TWO, 20);
    CHECK_INT(parent.after, 0);
    end_parent();
    make_child(0, 50, 0);
    make_child(1, 20, E_TWO);
    run_parent(false, 2, SWALLOWS, 100); /* it may catch it: the error is raised all the same */
    CHECK_INT(parent.in_block, C);
    check_parent(E_TWO, 20);
    CHECK_INT(parent.after, 0);
    end_parent();
}

static void test_tg2_the_losers_are_awaited(void)
{
    make_child(0, 50, 0);
    make_child(1, 20, E_TWO);
    make_child(2, 90, 0);
    children[0].cleanup = 15;
    children[2].cleanup = 5;
    run_parent(false, 3, FALLS_OFF, 0);
    check_parent(E_TWO, 35);
    CHECK_INT(children[0].cleaned, 1);
    CHECK_INT(children[2].cleaned, 1);
    check_children(3, C, E_TWO, C, 0);
    end_parent();
    make_child(0, 50, 0);
    make_child(1, 20, E_TWO);
    children[0].swallows = true; /* and then ends as if nothing had been */
    children[0].cleanup = 15;
    run_parent(false, 2, FALLS_OFF, 0);
    check_parent(E_TWO, 35);
    check_children(2, AGEN_DONE, E_TWO, 0, 0);
    end_parent();
}

/* Later errors are in the tasks, the first one is raised. */
static void test_tg3_the_first_in_time(void)
{
    make_child(0, 50, 0);
    make_child(1, 20, E_TWO);
    children[0].cleanup_error = E_CLEANUP;
    run_parent(false, 2, FALLS_OFF, 0);
    check_parent(E_TWO, 20);
    check_children(2, E_CLEANUP, E_TWO, 0, 0);
    CHECK(agen_group_first(&parent.group) == &children[1].task);
    end_parent();
    make_child(0, 20, E_ONE); /* both in one pass: the one that was spawned first */
    make_child(1, 20, E_TWO);
    run_parent(false, 2, FALLS_OFF, 0);
    check_parent(E_ONE, 20);
    check_children(2, E_ONE, E_TWO, 0, 0);
    CHECK(agen_group_first(&parent.group) == &children[0].task);
    end_parent();
    make_child(0, 0, E_ONE); /* the same, before the body has done anything else */
    make_child(1, 0, E_TWO);
    run_parent(false, 2, FALLS_OFF, 50);
    check_parent(E_ONE, 0);
    check_children(2, E_ONE, E_TWO, 0, 0);
    CHECK_INT(parent.in_block, C);
    end_parent();
}

/* Who is ready as another fails takes that step: ends by it, or is cancelled at the next wait. */
static void test_tg2_who_is_ready_takes_that_step(void)
{
    make_child(0, 20, E_ONE);
    make_child(1, 20, 0);
    make_child(2, 50, 0); /* not ready */
    run_parent(false, 3, FALLS_OFF, 0);
    check_parent(E_ONE, 20);
    check_children(3, E_ONE, 0, C, 0);
    CHECK_INT(children[1].seen, 0);
    end_parent();
    make_child(0, 0, E_ONE);
    make_child(1, 10, 0); /* starts, sleeps, and that is taken back */
    children[1].cleanup = 5;
    run_parent(false, 2, FALLS_OFF, 0);
    check_parent(E_ONE, 5);
    check_children(2, E_ONE, C, 0, 0);
    CHECK_INT(children[1].started, 1);
    CHECK_INT(children[1].seen, C);
    end_parent();
    make_child(0, 20, E_ONE);
    make_child(1, 20, 0);
    children[1].cleanup = 5; /* its step leads into a cleanup that waits: and is cancelled there */
    run_parent(false, 2, FALLS_OFF, 0);
    check_parent(E_ONE, 20);
    check_children(2, E_ONE, C, 0, 0);
    CHECK_INT(children[1].cleaned, 0);
    end_parent();
}

/* So does the parent: if its step leads to the end of the block, there is nothing to cancel. */
static void test_tg2_the_body_is_ready(void)
{
    static const enum how hows[] = { FALLS_OFF, RAISES, SWALLOWS };
    unsigned i;

    for (i = 0; i < sizeof hows / sizeof *hows; i++) {
        make_child(0, 10, E_ONE);
        spawn_parent(false, 1, hows[i], 12);
        settle();
        ticks = 15; /* a late poll: both wake in one pass, the child first */
        (void)agen_loop_poll(&loop);
        CHECK_INT(agen_task_status(&children[0].task), E_ONE);
        CHECK_INT(parent.in_block, 0);
        settle();
        check_parent(E_ONE, 15);
        CHECK(run_out());
        CHECK_INT(parent.after, 0);
        end_parent();
    }
}

/* In one pass: `first` cancels `second`, then fails, or the other way round. */
static struct meddler {
    AGEN_COROUTINE;
    bool before, itself;
    int pauses, seen, error;
    agen_task *other;
    agen_task task;
} meddler, victim;
static agen_lock ready_lock;

AGEN(meddler, self)
{
    AGEN_BEGIN(self);
    AGEN_PAUSE(self);
    if (self->other)
        CHECK(agen_cancel(self->other));
    if (self->error)
        AGEN_RAISE(self, self->error);
    if (self->itself)
        CHECK(agen_cancel(&self->task));
    AGEN_TRY(self) {
        for (; self->pauses > 0; self->pauses--)
            AGEN_PAUSE(self);
    } AGEN_EXCEPT_ANY(self) {
        self->seen = agen_error(self);
        AGEN_RAISE(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct meddled {
    AGEN_COROUTINE;
    agen_group group;
    agen_task task;
    int children;
};

AGEN(meddled, self)
{
    AGEN_BEGIN(self);
    AGEN_GROUP(self, &self->group) {
        CHECK_INT(agen_group_spawn(&self->group, &meddler.task, &meddler), AGEN_DONE);
        CHECK_INT(agen_group_spawn(&self->group, &victim.task, &victim), AGEN_DONE);
    } AGEN_END_GROUP(self);
    AGEN_END(self);
}

static void run_meddled(agen_task *other, bool itself, int pauses)
{
    struct meddled meddled;

    memset(&meddler, 0, sizeof meddler);
    memset(&victim, 0, sizeof victim);
    memset(&meddled, 0, sizeof meddled);
    agen_init(&meddler, meddler);
    agen_init(&victim, meddler);
    agen_init(&meddled, meddled);
    meddler.error = E_ONE;
    meddler.other = other;
    victim.itself = itself;
    victim.pauses = pauses;
    begin();
    CHECK_INT(agen_spawn(&loop, &meddled.task, &meddled), AGEN_DONE);
    CHECK(run_out());
    CHECK_INT(agen_task_status(&meddled.task), E_ONE);
    CHECK_INT(failures, 1);
    end();
}

static void test_tg2_ready_and_cancelled(void)
{
    run_meddled(NULL, false, 0); /* its step ends it */
    CHECK_INT(agen_task_status(&victim.task), AGEN_DONE);
    run_meddled(NULL, true, 0); /* the same, but it cancelled itself */
    CHECK_INT(agen_task_status(&victim.task), C);
    run_meddled(NULL, false, 5); /* it pauses: cancelled there, once */
    CHECK_INT(agen_task_status(&victim.task), C);
    CHECK_INT(victim.seen, C);
    CHECK_INT(victim.pauses, 5);
    run_meddled(&victim.task, false, 5); /* cancelled by somebody besides: at once */
    CHECK_INT(agen_task_status(&victim.task), C);
    CHECK_INT(victim.seen, 0);
    CHECK_INT(victim.pauses, 5);
}

/*
 * A block that the task enters in the step before a group cancels it does not take that
 * cancellation for an old one: it is delivered, whatever the inner block does. CPython 3.13 ends
 * each of these at 0, without a line after the inner block.
 */
struct fails {
    AGEN_COROUTINE;
};

AGEN(fails, self)
{
    AGEN_BEGIN(self);
    AGEN_RAISE(self, E_ONE);
    AGEN_END(self);
}

enum inner { IN_TIMEOUT, IN_GROUP, IN_RACE };

static struct enters {
    AGEN_COROUTINE;
    enum inner inner;
    bool handled, went_on;
    agen_group a, b;
    agen_timeout limit;
    agen_task task, t1, t2;
    struct fails f1, f2;
} enters;

AGEN(enters, self)
{
    AGEN_BEGIN(self);
    AGEN_GROUP(self, &self->a) {
        CHECK_INT(agen_group_spawn(&self->a, &self->t1, &self->f1), AGEN_DONE);
        AGEN_PAUSE(self);
        AGEN_TRY(self) {
            if (self->inner == IN_TIMEOUT) {
                AGEN_TIMEOUT(self, &self->limit, 0) {
                    AGEN_SLEEP(self, 10);
                } AGEN_END_TIMEOUT(self);
            } else if (self->inner == IN_GROUP) {
                AGEN_GROUP(self, &self->b) {
                    CHECK_INT(agen_group_spawn(&self->b, &self->t2, &self->f2), AGEN_DONE);
                    AGEN_SLEEP(self, 10);
                } AGEN_END_GROUP(self);
            } else {
                AGEN_RACE(self, &self->b) {
                    CHECK_INT(agen_group_spawn(&self->b, &self->t2, &self->f2), AGEN_DONE);
                    AGEN_SLEEP(self, 10);
                } AGEN_END_RACE(self);
            }
        } AGEN_EXCEPT(self) {
            self->handled = true;
        } AGEN_END_TRY(self);
        AGEN_SLEEP(self, 1000);
        self->went_on = true;
    } AGEN_END_GROUP(self);
    AGEN_END(self);
}

static void test_tg2_enters_a_block_in_the_last_step(void)
{
    int inner;

    for (inner = IN_TIMEOUT; inner <= IN_RACE; inner++) {
        memset(&enters, 0, sizeof enters);
        agen_init(&enters, enters);
        agen_init(&enters.f1, fails);
        agen_init(&enters.f2, fails);
        enters.inner = (enum inner)inner;
        begin();
        CHECK_INT(agen_spawn(&loop, &enters.task, &enters), AGEN_DONE);
        settle();
        CHECK_INT(agen_task_status(&enters.task), E_ONE);
        CHECK(!enters.went_on);
        CHECK_INT(enters.task.entry_.base_.flags_ & (AGEN_CANCEL_ | AGEN_CANCELS_), 0);
        CHECK(run_out());
        end();
    }
}

/* Two groups around a task that is ready fail in one pass: it takes its step all the same. */
static struct twice {
    AGEN_COROUTINE;
    bool inner_fails, stepped, went_on;
    int seen;
    agen_group a, b;
    agen_task task, t1, t2;
    struct fails f1, f2;
} twice;

AGEN(twice, self)
{
    AGEN_BEGIN(self);
    AGEN_GROUP(self, &self->a) {
        AGEN_TRY(self) {
            AGEN_GROUP(self, &self->b) {
                CHECK_INT(agen_group_spawn(&self->a, &self->t1, &self->f1), AGEN_DONE);
                if (self->inner_fails)
                    CHECK_INT(agen_group_spawn(&self->b, &self->t2, &self->f2), AGEN_DONE);
                AGEN_PAUSE(self);
                self->stepped = true;
                AGEN_SLEEP(self, 10);
                self->went_on = true;
            } AGEN_END_GROUP(self);
        } AGEN_EXCEPT_ANY(self) {
            self->seen = agen_error(self);
            AGEN_RAISE(self, agen_error(self));
        } AGEN_END_TRY(self);
    } AGEN_END_GROUP(self);
    AGEN_END(self);
}

static void test_tg8_two_groups_fail_around_a_step(void)
{
    int both;

    for (both = 0; both < 2; both++) {
        memset(&twice, 0, sizeof twice);
        agen_init(&twice, twice);
        agen_init(&twice.f1, fails);
        agen_init(&twice.f2, fails);
        twice.inner_fails = both;
        begin();
        CHECK_INT(agen_spawn(&loop, &twice.task, &twice), AGEN_DONE);
        settle();
        CHECK(twice.stepped);
        CHECK(!twice.went_on);
        CHECK_INT(twice.seen, both ? E_ONE : C); /* an error wins over the outer cancellation */
        CHECK_INT(agen_task_status(&twice.task), E_ONE);
        CHECK(run_out());
        end();
    }
}

/* Many children, with tasks of others before, between and after them: all are cancelled, no other. */
static void test_tg2_children_among_strangers(void)
{
    enum { MANY = 6 };
    static struct meddler others[MANY];
    int i;

    begin();
    memset(others, 0, sizeof others);
    for (i = 0; i < MANY; i++) {
        agen_init(&others[i], meddler);
        others[i].pauses = 8;
    }
    for (i = 0; i < 3; i++)
        make_child(i, i == 1 ? 2 : 100, i == 1 ? E_ONE : 0);
    CHECK_INT(agen_spawn(&loop, &others[0].task, &others[0]), AGEN_DONE);
    memset(&parent, 0, sizeof parent);
    agen_init(&parent, parent);
    agen_init(&block, block);
    block.parent = &parent;
    parent.count = 3;
    CHECK_INT(agen_spawn(&loop, &parent.task, &parent), AGEN_DONE);
    for (i = 1; i < MANY; i++) {
        CHECK_INT(agen_spawn(&loop, &others[i].task, &others[i]), AGEN_DONE);
        (void)agen_loop_poll(&loop);
    }
    CHECK(run_out());
    check_parent(E_ONE, 2);
    check_children(3, C, E_ONE, C, 0);
    for (i = 0; i < MANY; i++)
        CHECK_INT(agen_task_status(&others[i].task), AGEN_DONE);
    CHECK_INT(failures, 0);
    check_trace_[0] = '\0';
    end();
}

/* Fails in the pass in which it hands the lock to a sibling, which owns it in its step. */
struct keeper {
    AGEN_COROUTINE;
    int error;
    bool owned;
    agen_task task;
};
static struct keeper keepers[2];

AGEN(keeper, self)
{
    AGEN_BEGIN(self);
    AGEN_ACQUIRE(self, &ready_lock);
    self->owned = true;
    AGEN_PAUSE(self);
    CHECK_INT(agen_release(&ready_lock), AGEN_DONE);
    if (self->error)
        AGEN_RAISE(self, self->error);
    AGEN_END(self);
}

struct keeps {
    AGEN_COROUTINE;
    agen_group group;
    agen_task task;
};

AGEN(keeps, self)
{
    AGEN_BEGIN(self);
    AGEN_GROUP(self, &self->group) {
        CHECK_INT(agen_group_spawn(&self->group, &keepers[0].task, &keepers[0]), AGEN_DONE);
        CHECK_INT(agen_group_spawn(&self->group, &keepers[1].task, &keepers[1]), AGEN_DONE);
    } AGEN_END_GROUP(self);
    AGEN_END(self);
}

static void test_tg2_ready_with_a_lock(void)
{
    struct keeps keeps;
    int cancelled;

    for (cancelled = 0; cancelled < 2; cancelled++) {
        memset(keepers, 0, sizeof keepers);
        memset(&keeps, 0, sizeof keeps);
        memset(&ready_lock, 0, sizeof ready_lock);
        agen_init(&keepers[0], keeper);
        agen_init(&keepers[1], keeper);
        agen_init(&keeps, keeps);
        keepers[0].error = E_ONE;
        begin();
        CHECK_INT(agen_spawn(&loop, &keeps.task, &keeps), AGEN_DONE);
        (void)agen_loop_poll(&loop);
        (void)agen_loop_poll(&loop);
        CHECK(keepers[0].owned);
        (void)agen_loop_poll(&loop); /* the first fails, the other is ready and owns the lock */
        CHECK_INT(agen_task_status(&keepers[0].task), E_ONE);
        CHECK_INT(agen_task_status(&keepers[1].task), P);
        CHECK(!agen_try_acquire(&ready_lock));
        CHECK(!keepers[1].owned);
        if (cancelled) { /* given back, as it has not run */
            CHECK(agen_cancel(&keepers[1].task));
            CHECK(agen_try_acquire(&ready_lock));
        }
        CHECK(run_out());
        CHECK_INT(keepers[1].owned, !cancelled);
        CHECK_INT(agen_task_status(&keepers[1].task), C);
        CHECK_INT(agen_task_status(&keeps.task), E_ONE);
        end();
    }
}

/* One fails while another still cleans up after the first failure: the first is raised. */
static void test_tg3_fails_while_another_cleans_up(void)
{
    int longer;

    for (longer = 0; longer < 2; longer++) { /* whose cleanup takes longer */
        make_child(0, 10, E_ONE);
        make_child(1, 50, 0);
        make_child(2, 50, 0);
        children[1].cleanup = longer ? 20 : 5;
        children[1].cleanup_error = E_CLEANUP;
        children[2].cleanup = longer ? 5 : 20;
        children[2].cleanup_error = E_TWO;
        run_parent(false, 3, FALLS_OFF, 0);
        check_parent(E_ONE, 30);
        CHECK(agen_group_first(&parent.group) == &children[0].task);
        check_children(3, E_ONE, E_CLEANUP, E_TWO, 0);
        end_parent();
    }
}

/* --- TG4: the body raises --------------------------------------------------------------------- */

static void test_tg4_the_body_raises(void)
{
    make_child(0, 50, 0);
    make_child(1, 60, 0);
    children[1].cleanup = 7;
    run_parent(false, 2, RAISES, 10);
    check_parent(E_BODY, 17);
    check_children(2, C, C, 0, 0);
    CHECK(agen_group_first(&parent.group) == NULL);
    CHECK_INT(parent.after, 0);
    end_parent();
    make_child(0, 50, 0); /* at once: they never run */
    make_child(1, 60, 0);
    run_parent(false, 2, RAISES, 0);
    check_parent(E_BODY, 0);
    check_children(2, C, C, 0, 0);
    CHECK_INT(children[0].started, 0);
    CHECK_INT(children[1].started, 0);
    end_parent();
}

static void test_tg4_the_body_raises_first(void)
{
    make_child(0, 50, 0);
    children[0].cleanup_error = E_CLEANUP;
    run_parent(false, 1, RAISES, 10);
    check_parent(E_BODY, 10);
    check_children(1, E_CLEANUP, 0, 0, 0);
    end_parent();
}

/* --- TG5: cancelled from outside -------------------------------------------------------------- */

static void test_tg5_at_the_end_of_the_block(void)
{
    make_child(0, 50, 0);
    make_child(1, 60, 0);
    children[1].cleanup = 7;
    spawn_parent(false, 2, FALLS_OFF, 0);
    run_until(10);
    CHECK(agen_cancel(&parent.task));
    CHECK(run_out());
    check_parent(C, 17);
    check_children(2, C, C, 0, 0);
    CHECK_INT(parent.after, 0);
    end_parent();
}

static void test_tg5_in_the_block(void)
{
    make_child(0, 50, 0);
    make_child(1, 60, 0);
    children[0].cleanup = 7;
    spawn_parent(false, 2, FALLS_OFF, 40);
    run_until(10);
    CHECK(agen_cancel(&parent.task));
    CHECK(run_out());
    CHECK_INT(parent.in_block, C);
    check_parent(C, 17);
    check_children(2, C, C, 0, 0);
    end_parent();
    make_child(0, 50, 0);
    spawn_parent(false, 1, SWALLOWS, 40); /* caught in the block: then nothing has happened */
    run_until(10);
    CHECK(agen_cancel(&parent.task));
    CHECK(run_out());
    check_parent(0, 50);
    check_children(1, 0, 0, 0, 0);
    end_parent();
}

static void test_tg5_repeated(void)
{
    int i;

    make_child(0, 50, 0);
    make_child(1, 60, 0);
    children[0].cleanup = 20;
    children[1].cleanup = 30;
    spawn_parent(false, 2, FALLS_OFF, 0);
    for (i = 1; i <= 20; i++) { /* absorbed into the wait; the children are asked once */
        run_until((agen_ticks)i);
        CHECK(agen_cancel(&parent.task));
        settle();
        CHECK_INT(agen_task_status(&parent.task), P);
        CHECK(!parent.past);
    }
    CHECK(run_out());
    check_parent(C, 31);
    CHECK_INT(children[0].cleaned, 1);
    CHECK_INT(children[1].cleaned, 1);
    check_children(2, C, C, 0, 0);
    CHECK_INT(parent.after, 0);
    end_parent();
}

/* By itself: raised at its next wait; the children have started by then, as with asyncio. */
static void test_tg5_by_itself(void)
{
    make_child(0, 50, 0);
    spawn_parent(false, 1, CANCELS_ITSELF, 0);
    CHECK(run_out());
    check_parent(C, 0);
    CHECK_INT(children[0].started, 1);
    check_children(1, C, 0, 0, 0);
    end_parent();
    make_child(0, 50, 0);
    spawn_parent(false, 1, CANCELS_ITSELF, 40);
    CHECK(run_out());
    CHECK_INT(parent.in_block, C);
    check_parent(C, 0);
    check_children(1, C, 0, 0, 0);
    end_parent();
}

/* The last child ends, and before the parent has run it is cancelled. */
static void test_tg5_as_the_last_child_ends(void)
{
    make_child(0, 20, 0);
    spawn_parent(false, 1, FALLS_OFF, 0);
    run_until(10);
    ticks = 20;
    (void)agen_loop_poll(&loop);
    check_children(1, 0, 0, 0, 0);
    CHECK(!parent.past);
    CHECK(agen_cancel(&parent.task));
    CHECK(run_out());
    check_parent(C, 20);
    end_parent();
}

/* --- TG6: cancelled from outside, and a child fails ------------------------------------------- */

/* The child first, both before the parent runs: the error wins, the next wait raises the other. */
static void test_tg6_error_and_cancel(void)
{
    make_child(0, 20, E_ONE);
    make_child(1, 60, 0);
    children[1].cleanup = 7;
    spawn_parent(false, 2, FALLS_OFF, 0);
    run_until(10);
    ticks = 20;
    (void)agen_loop_poll(&loop);
    check_children(2, E_ONE, P, 0, 0);
    CHECK(agen_cancel(&parent.task));
    CHECK(run_out());
    check_parent(E_ONE, 27);
    CHECK_INT(parent.after, C);
    end_parent();
}

static void test_tg6_error_in_the_block_and_cancel(void)
{
    make_child(0, 20, E_ONE);
    spawn_parent(false, 1, FALLS_OFF, 40);
    run_until(10);
    ticks = 20;
    (void)agen_loop_poll(&loop);
    CHECK(agen_cancel(&parent.task));
    CHECK(run_out());
    CHECK_INT(parent.in_block, C);
    check_parent(E_ONE, 20);
    CHECK_INT(parent.after, C);
    end_parent();
    make_child(0, 20, E_ONE); /* the cancellation first, the child in the same pass */
    spawn_parent(false, 1, FALLS_OFF, 40);
    run_until(19);
    CHECK(agen_cancel(&parent.task));
    ticks = 20;
    CHECK(run_out());
    check_parent(C, 20); /* the parent ran first, and cancelled the child */
    check_children(1, C, 0, 0, 0);
    end_parent();
}

/* The cancellation first: the error of a child in its cleanup must not vanish. */
static void test_tg6_error_in_a_cleanup(void)
{
    make_child(0, 50, 0);
    make_child(1, 60, 0);
    children[0].cleanup = 7;
    children[0].cleanup_error = E_CLEANUP;
    spawn_parent(false, 2, FALLS_OFF, 0);
    run_until(10);
    CHECK(agen_cancel(&parent.task));
    CHECK(run_out());
    check_children(2, E_CLEANUP, C, 0, 0);
    check_parent(E_CLEANUP, 17);
    CHECK_INT(parent.after, C);
    end_parent();
}

/* The block raised, and while the children clean up, the parent is cancelled: not absorbed. */
static void test_tg6_error_of_the_block(void)
{
    int race;

    for (race = 0; race < 2; race++) {
        make_child(0, 50, 0);
        children[0].cleanup = 20;
        spawn_parent(race, 1, RAISES, 10);
        run_until(15);
        CHECK(agen_cancel(&parent.task));
        CHECK(run_out());
        check_parent(E_BODY, 30);
        CHECK_INT(parent.after, C);
        end_parent();
    }
}

/* The same where a child failed, and the parent waits at the end of the block. */
static void test_tg6_cancelled_while_the_losers_clean_up(void)
{
    make_child(0, 10, E_ONE);
    make_child(1, 50, 0);
    children[1].cleanup = 20;
    spawn_parent(false, 2, FALLS_OFF, 0);
    run_until(15);
    CHECK(agen_cancel(&parent.task));
    run_until(20);
    CHECK(agen_cancel(&parent.task));
    CHECK(run_out());
    check_parent(E_ONE, 30);
    CHECK_INT(parent.after, C);
    end_parent();
}

/* --- TG7: a child that is cancelled on its own ------------------------------------------------ */

static void test_tg7_a_child_is_cancelled(void)
{
    make_child(0, 50, 0);
    make_child(1, 60, 0);
    spawn_parent(false, 2, FALLS_OFF, 0);
    run_until(10);
    CHECK(agen_cancel(&children[0].task));
    CHECK(run_out());
    check_parent(0, 60);
    check_children(2, C, 0, 0, 0);
    CHECK(parent.past);
    end_parent();
}

/* --- TG8: nested ------------------------------------------------------------------------------ */

static struct outer {
    AGEN_COROUTINE;
    bool race;
    int seen_inner, seen, when_inner, when, after;
    bool past_inner, past;
    agen_group inner, group;
    agen_timeout limit;
    agen_ticks ticks;
    agen_slot slot;
    agen_task task;
} outer; /* children 0 and 1 in the outer group, 2 and 3 in the inner one */

AGEN(outer, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, self->ticks) {
            AGEN_GROUP(self, &self->group) {
                CHECK(!agen_group_spawn(&self->group, &children[0].task, &children[0]));
                CHECK(!agen_group_spawn(&self->group, &children[1].task, &children[1]));
                AGEN_TRY(self) {
                    AGEN_GROUP(self, &self->inner) {
                        CHECK(!agen_group_spawn(&self->inner, &children[2].task, &children[2]));
                        CHECK(!agen_group_spawn(&self->inner, &children[3].task, &children[3]));
                    } AGEN_END_GROUP(self);
                    self->past_inner = true;
                } AGEN_FINALLY(self) {
                    self->seen_inner = agen_error(self);
                    self->when_inner = (int)ticks;
                } AGEN_END_TRY(self);
            } AGEN_END_GROUP(self);
        } AGEN_END_TIMEOUT(self);
        self->past = true;
    } AGEN_EXCEPT_ANY(self) {
        self->seen = agen_error(self);
    } AGEN_FINALLY(self) {
        self->when = (int)ticks;
    } AGEN_END_TRY(self);
    AGEN_TRY(self) {
        AGEN_PAUSE(self);
    } AGEN_EXCEPT_ANY(self) {
        self->after = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void spawn_outer(int a, int b, int c, int d)
{
    memset(&outer, 0, sizeof outer);
    agen_init(&outer, outer);
    outer.ticks = 1000;
    make_child(0, a, 0);
    make_child(1, b, 0);
    make_child(2, c, 0);
    make_child(3, d, 0);
    begin();
    CHECK_INT(agen_spawn(&loop, &outer.task, &outer), AGEN_DONE);
}

static void check_outer(int inner, int when_inner, int error, int when)
{
    CHECK(run_out());
    CHECK_INT(outer.seen_inner, inner);
    CHECK_INT(outer.when_inner, when_inner);
    CHECK_INT(outer.seen, error);
    CHECK_INT(outer.when, when);
    CHECK_INT(agen_task_status(&outer.task), AGEN_DONE);
    CHECK_INT(failures, 0);
    end();
}

static void test_tg8_nested(void)
{
    spawn_outer(40, 60, 20, 30);
    check_outer(0, 30, 0, 60);
    check_children(4, 0, 0, 0, 0);
    spawn_outer(40, 60, 20, 30);
    children[2].error = E_THREE; /* the inner one fails: its error passes through the outer one */
    check_outer(E_THREE, 20, E_THREE, 20);
    check_children(4, C, C, E_THREE, C);
    CHECK_INT(outer.after, 0);
    spawn_outer(10, 60, 20, 30);
    children[0].error = E_ONE; /* the outer one fails: cancels through the inner one */
    children[3].cleanup = 5;
    check_outer(C, 15, E_ONE, 15);
    check_children(4, E_ONE, C, C, C);
    CHECK_INT(outer.after, 0);
}

/* Both fail in the same pass; in either order. */
static void test_tg8_both_fail(void)
{
    int order;

    for (order = 0; order < 2; order++) {
        spawn_outer(10, 60, 10, 30);
        children[0].error = E_ONE;
        children[2].error = E_THREE;
        children[0].ticks = (agen_ticks)(10 + order); /* due together, late */
        children[2].ticks = (agen_ticks)(11 - order);
        settle();
        ticks = 20;
        CHECK(run_out());
        CHECK_INT(agen_task_status(&children[0].task), E_ONE);
        CHECK_INT(agen_task_status(&children[2].task), E_THREE);
        CHECK_INT(outer.seen, E_ONE); /* the outer group's own first error */
        CHECK_INT(outer.after, 0);
        end();
    }
}

static void test_tg8_cancelled_from_outside(void)
{
    spawn_outer(40, 60, 20, 30);
    children[1].cleanup = 9;
    children[3].cleanup = 5;
    run_until(10);
    CHECK(agen_cancel(&outer.task));
    check_outer(C, 15, C, 24); /* the outer children are asked when the inner ones are over */
    check_children(4, C, C, C, C);
    CHECK_INT(outer.after, 0);
}

static void test_tg8_timed_out(void)
{
    spawn_outer(40, 60, 20, 30);
    outer.ticks = 10;
    children[3].cleanup = 5;
    check_outer(C, 15, AGEN_E_TIMEOUT, 15);
    check_children(4, C, C, C, C);
    CHECK_INT(outer.after, 0);
    spawn_outer(10, 60, 20, 30); /* the deadline comes with an error: that one wins */
    outer.ticks = 10;
    children[0].error = E_ONE;
    CHECK(run_out());
    CHECK_INT(outer.seen, E_ONE);
    CHECK(agen_expired(&outer.limit));
    CHECK_INT(outer.after, 0);
    end();
}

/* --- TG9: when no child can be made ----------------------------------------------------------- */

/* "Is shutting down": the new one is refused, and stays new. */
static void test_tg9_shutting_down(void)
{
    struct child late = { AGEN_INIT(child), .ticks = 1 };

    make_child(0, 10, E_ONE);
    make_child(1, 50, 0);
    children[1].cleanup = 20;
    spawn_parent(false, 2, FALLS_OFF, 0);
    run_until(15);
    CHECK(agen_group_spawn(&parent.group, &late.task, &late) < 0);
    CHECK_INT(late.started, 0);
    CHECK(run_out());
    check_parent(E_ONE, 30);
    CHECK_INT(late.started, 0);
    CHECK_INT(agen_spawn(&loop, &late.task, &late), AGEN_DONE);
    end_parent();
    CHECK_INT(agen_task_status(&late.task), AGEN_DONE);
}

/* "Is finished". */
static void test_tg9_finished(void)
{
    struct child late = { AGEN_INIT(child), .ticks = 1 };

    make_child(0, 10, 0);
    run_parent(false, 1, FALLS_OFF, 0);
    CHECK(parent.past);
    CHECK_INT(agen_group_spawn(&parent.group, &late.task, &late), C);
    end_parent();
    CHECK_INT(late.started, 0);
}

static void test_tg9_not_entered(void)
{
    struct child child = { AGEN_INIT(child), .ticks = 1 };
    agen_group zeroed;

    memset(&zeroed, 0, sizeof zeroed);
    begin();
    CHECK_INT(agen_group_spawn(&zeroed, &child.task, &child), AGEN_E_BAD_STATE);
    CHECK_INT(agen_next(&child), AGEN_E_NO_LOOP); /* it was not touched */
    end();
}

/* A task or a coroutine that is in use makes no child, and none is waited for. */
static void test_tg9_in_use(void)
{
    static struct child other;

    memset(&other, 0, sizeof other);
    agen_init(&other, child);
    make_child(0, 30, 0);
    spawn_parent(false, 1, FALLS_OFF, 0);
    run_until(10);
    CHECK_INT(agen_group_spawn(&parent.group, &children[0].task, &other), AGEN_E_RUNNING);
    CHECK_INT(agen_group_spawn(&parent.group, &other.task, &children[0]), AGEN_E_RUNNING);
    CHECK(run_out());
    check_parent(0, 30);
    CHECK_INT(other.started, 0);
    end_parent();
}

/* --- TG11: outside of a task ------------------------------------------------------------------ */

/* A group inside of itself is refused, and goes on as it was. */
static struct nests {
    AGEN_COROUTINE;
    int seen, out;
    agen_group group;
    agen_task task, child;
    struct fails fails;
} nests;

AGEN(nests, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_GROUP(self, &self->group) {
            CHECK_INT(agen_group_spawn(&self->group, &self->child, &self->fails), AGEN_DONE);
            AGEN_TRY(self) {
                AGEN_RACE(self, &self->group) {
                    AGEN_PAUSE(self);
                } AGEN_END_RACE(self);
            } AGEN_EXCEPT(self) {
                self->seen = agen_error(self);
            } AGEN_END_TRY(self);
            AGEN_SLEEP(self, 10);
        } AGEN_END_GROUP(self);
    } AGEN_EXCEPT(self) {
        self->out = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_GROUP(self, &self->group) { /* after its end it can be entered again */
        AGEN_PAUSE(self);
    } AGEN_END_GROUP(self);
    AGEN_END(self);
}

static void test_tg11_entered_twice(void)
{
    memset(&nests, 0, sizeof nests);
    nests.group.entry_.base_.state_ = AGEN_GROUP_; /* memory that was that of another task */
    agen_init(&nests, nests);
    agen_init(&nests.fails, fails);
    begin();
    CHECK_INT(agen_spawn(&loop, &nests.task, &nests), AGEN_DONE);
    CHECK(run_out());
    CHECK_INT(nests.seen, AGEN_E_RUNNING);
    CHECK_INT(nests.out, E_ONE);
    CHECK_INT(agen_task_status(&nests.task), AGEN_DONE);
    CHECK_INT((int)ticks, 0);
    end();
}

static void test_tg11_needs_a_task(void)
{
    memset(&parent, 0, sizeof parent);
    agen_init(&parent, parent);
    CHECK_INT(agen_next(&parent), AGEN_PENDING); /* it caught the error, and pauses */
    CHECK_INT(parent.seen, AGEN_E_NO_LOOP);
    CHECK_INT(agen_poll(&parent), AGEN_DONE);
    parent.seen = 0;
    agen_init(&parent, parent);
    parent.race = true;
    CHECK_INT(agen_next(&parent), AGEN_PENDING);
    CHECK_INT(parent.seen, AGEN_E_NO_LOOP);
    CHECK_INT(agen_poll(&parent), AGEN_DONE);
}

/* --- Races ------------------------------------------------------------------------------------ */

static void test_race_the_first_wins(void)
{
    make_child(0, 30, 0);
    make_child(1, 10, 0);
    make_child(2, 20, 0);
    children[0].cleanup = 5;
    run_parent(true, 3, FALLS_OFF, 0);
    check_parent(0, 15); /* the losers are awaited */
    CHECK(parent.past);
    CHECK(agen_group_first(&parent.group) == &children[1].task);
    check_children(3, C, 0, C, 0);
    CHECK_INT(children[0].cleaned, 1);
    CHECK_INT(parent.after, 0);
    end_parent();
}

static void test_race_the_first_fails(void)
{
    make_child(0, 30, 0);
    make_child(1, 10, E_TWO);
    run_parent(true, 2, FALLS_OFF, 0);
    check_parent(E_TWO, 10);
    CHECK(!parent.past);
    CHECK(agen_group_first(&parent.group) == &children[1].task);
    check_children(2, C, E_TWO, 0, 0);
    end_parent();
}

static void test_race_the_first_was_cancelled(void)
{
    make_child(0, 30, 0);
    make_child(1, 40, 0);
    spawn_parent(true, 2, FALLS_OFF, 0);
    run_until(10);
    CHECK(agen_cancel(&children[1].task));
    CHECK(run_out());
    check_parent(C, 10); /* "however it ends": and its error is raised */
    CHECK(agen_group_first(&parent.group) == &children[1].task);
    check_children(2, C, C, 0, 0);
    CHECK_INT(parent.after, 0);
    end_parent();
}

/* Two end in the same pass: the first in order wins, the other's result is there as well. */
static void test_race_in_the_same_pass(void)
{
    make_child(0, 10, 0);
    make_child(1, 10, 0);
    make_child(2, 11, 0);
    run_parent(true, 3, FALLS_OFF, 0);
    check_parent(0, 10);
    CHECK(agen_group_first(&parent.group) == &children[0].task);
    check_children(3, 0, 0, C, 0);
    CHECK_INT(children[1].seen, 0);
    end_parent();
    make_child(0, 10, 0);
    make_child(1, 10, E_TWO); /* lost, but not hidden */
    run_parent(true, 2, FALLS_OFF, 0);
    check_parent(0, 10);
    CHECK(agen_group_first(&parent.group) == &children[0].task);
    check_children(2, 0, E_TWO, 0, 0);
    end_parent();
    make_child(0, 0, E_ONE); /* in their first step */
    make_child(1, 0, 0);
    run_parent(true, 2, FALLS_OFF, 0);
    check_parent(E_ONE, 0);
    CHECK_INT(children[1].started, 1);
    check_children(2, E_ONE, 0, 0, 0);
    end_parent();
}

/* What losers raise in their cleanup is in their status. */
static void test_race_a_loser_fails(void)
{
    make_child(0, 10, 0);
    make_child(1, 20, 0);
    children[1].cleanup_error = E_CLEANUP;
    run_parent(true, 2, FALLS_OFF, 0);
    check_parent(0, 10);
    check_children(2, 0, E_CLEANUP, 0, 0);
    CHECK(agen_group_first(&parent.group) == &children[0].task);
    end_parent();
    make_child(0, 10, 0);
    make_child(1, 20, 0);
    children[1].swallows = true; /* and one that ends as if it had won */
    run_parent(true, 2, FALLS_OFF, 0);
    check_parent(0, 10);
    check_children(2, 0, 0, 0, 0);
    CHECK(agen_group_first(&parent.group) == &children[0].task);
    end_parent();
}

static void test_race_the_body_raises(void)
{
    make_child(0, 30, 0);
    make_child(1, 40, 0);
    run_parent(true, 2, RAISES, 10);
    check_parent(E_BODY, 10);
    check_children(2, C, C, 0, 0);
    CHECK(agen_group_first(&parent.group) == NULL);
    end_parent();
    make_child(0, 5, 0); /* after the end of the race */
    make_child(1, 40, 0);
    run_parent(true, 2, RAISES, 10);
    check_parent(E_BODY, 10);
    check_children(2, 0, C, 0, 0);
    CHECK(agen_group_first(&parent.group) == &children[0].task);
    end_parent();
}

static void test_race_cancelled_from_outside(void)
{
    make_child(0, 30, 0);
    make_child(1, 40, 0);
    children[1].cleanup = 3;
    spawn_parent(true, 2, FALLS_OFF, 0);
    run_until(10);
    CHECK(agen_cancel(&parent.task));
    CHECK(run_out());
    check_parent(C, 13);
    CHECK(agen_group_first(&parent.group) == NULL);
    check_children(2, C, C, 0, 0);
    end_parent();
    make_child(0, 10, 0); /* while the losers are awaited */
    make_child(1, 40, 0);
    children[1].cleanup = 30;
    spawn_parent(true, 2, FALLS_OFF, 0);
    run_until(20);
    CHECK(agen_cancel(&parent.task));
    CHECK(run_out());
    check_parent(C, 40); /* the cleanup of the loser is not cut short */
    CHECK_INT(children[1].cleaned, 1);
    CHECK(agen_group_first(&parent.group) == &children[0].task);
    end_parent();
}

/* As TG6: what a cleanup raises wins over the cancellation, which the next wait raises. */
static void test_race_cancelled_and_a_cleanup_fails(void)
{
    make_child(0, 30, 0);
    make_child(1, 40, 0);
    children[1].cleanup_error = E_CLEANUP;
    spawn_parent(true, 2, FALLS_OFF, 0);
    run_until(10);
    CHECK(agen_cancel(&parent.task));
    CHECK(run_out());
    check_parent(E_CLEANUP, 10);
    CHECK_INT(parent.after, C);
    end_parent();
}

static void test_race_left_by_return(void)
{
    make_child(0, 30, 0);
    make_child(1, 40, 0);
    run_parent(true, 2, RETURNS, 10);
    check_parent(0, 30);
    check_children(2, 0, C, 0, 0);
    CHECK(!parent.past);
    end_parent();
}

/* --- In a handler ----------------------------------------------------------------------------- */

static struct handler {
    AGEN_COROUTINE;
    int seen, error_after, error_last;
    agen_group group;
    agen_slot slot;
    agen_task task;
} handler;

AGEN(handler, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_RAISE(self, E_BODY);
    } AGEN_EXCEPT(self) {
        AGEN_TRY_IN(self, &self->slot) {
            AGEN_GROUP(self, &self->group) {
                CHECK(!agen_group_spawn(&self->group, &children[0].task, &children[0]));
                CHECK(!agen_group_spawn(&self->group, &children[1].task, &children[1]));
                AGEN_SLEEP(self, 20);
            } AGEN_END_GROUP(self);
        } AGEN_EXCEPT_ANY(self) {
            self->seen = agen_error(self);
        } AGEN_END_TRY(self);
        self->error_after = agen_error(self);
        AGEN_RACE(self, &self->group) {
            CHECK(!agen_group_spawn(&self->group, &children[2].task, &children[2]));
            CHECK(!agen_group_spawn(&self->group, &children[3].task, &children[3]));
        } AGEN_END_RACE(self);
        self->error_last = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_tg2_in_a_handler(void)
{
    int i;

    for (i = 0; i < MOST; i++)
        make_child(i, 10 + i, i ? 0 : E_ONE);
    memset(&handler, 0, sizeof handler);
    agen_init(&handler, handler);
    begin();
    CHECK_INT(agen_spawn(&loop, &handler.task, &handler), AGEN_DONE);
    CHECK(run_out());
    CHECK_INT(handler.seen, E_ONE);
    CHECK_INT(handler.error_after, E_BODY);
    CHECK_INT(handler.error_last, E_BODY);
    check_children(4, E_ONE, C, 0, C);
    CHECK_INT(agen_task_status(&handler.task), AGEN_DONE);
    end();
}

/* --- In the cleanup of a task that was cancelled ---------------------------------------------- */

static struct cleaner {
    AGEN_COROUTINE;
    int seen, after, last;
    agen_group group;
    agen_slot slot;
    agen_task task;
} cleaner;

AGEN(cleaner, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_SLEEP(self, 100);
    } AGEN_FINALLY(self) {
        AGEN_TRY_IN(self, &self->slot) {
            AGEN_GROUP(self, &self->group) {
                CHECK(!agen_group_spawn(&self->group, &children[0].task, &children[0]));
                AGEN_SLEEP(self, 20);
            } AGEN_END_GROUP(self);
        } AGEN_EXCEPT_ANY(self) {
            self->seen = agen_error(self);
        } AGEN_END_TRY(self);
        AGEN_TRY_IN(self, &self->slot) {
            AGEN_PAUSE(self);
        } AGEN_EXCEPT_ANY(self) {
            self->after = agen_error(self);
        } AGEN_END_TRY(self);
        self->last = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* The cancellation that is over is not taken for another one. */
static void test_tg2_in_a_cleanup(void)
{
    make_child(0, 10, E_ONE);
    memset(&cleaner, 0, sizeof cleaner);
    agen_init(&cleaner, cleaner);
    begin();
    CHECK_INT(agen_spawn(&loop, &cleaner.task, &cleaner), AGEN_DONE);
    settle();
    CHECK(agen_cancel(&cleaner.task));
    CHECK(run_out());
    CHECK_INT(cleaner.seen, E_ONE);
    CHECK_INT(cleaner.after, 0);
    CHECK_INT(cleaner.last, C);
    CHECK_INT(agen_task_status(&cleaner.task), C);
    CHECK_INT(ticks, 10);
    end();
}

/* --- A cancellation that is counted is delivered or taken back, exactly once ------------------- */

/* Perhaps cancels itself; then a group, perhaps in a timeout; then a wait. */
static struct counted {
    AGEN_COROUTINE;
    bool caught_before, cancels_itself, nests, raises_by_hand, joins;
    agen_ticks ticks;
    int block_error;
    int seen, expired, next; /* of the group, of the timeout, of the next wait */
    agen_timeout limit;
    agen_group group, inner;
    agen_task task;
} counted;

AGEN(counted, self)
{
    AGEN_BEGIN(self);
    if (self->caught_before) {
        (void)agen_cancel(&self->task);
        AGEN_TRY(self) {
            AGEN_PAUSE(self);
        } AGEN_EXCEPT_ANY(self) {
            CHECK_INT(agen_error(self), C);
        } AGEN_END_TRY(self);
    }
    if (self->cancels_itself)
        (void)agen_cancel(&self->task);
    AGEN_TIMEOUT(self, &self->limit, self->ticks) {
        AGEN_TRY(self) {
            AGEN_GROUP(self, &self->group) {
                CHECK(!agen_group_spawn(&self->group, &children[0].task, &children[0]));
                if (self->nests)
                    AGEN_GROUP(self, &self->inner) {
                        CHECK(!agen_group_spawn(&self->inner, &children[1].task, &children[1]));
                    } AGEN_END_GROUP(self);
                if (self->raises_by_hand || self->block_error || self->joins)
                    AGEN_PAUSE(self);
                if (self->joins)
                    AGEN_JOIN(self, &children[1].task);
                if (self->raises_by_hand)
                    AGEN_RAISE(self, AGEN_E_CANCELLED);
                if (self->block_error)
                    AGEN_RAISE(self, self->block_error);
            } AGEN_END_GROUP(self);
        } AGEN_EXCEPT_ANY(self) {
            self->seen = agen_error(self);
        } AGEN_END_TRY(self);
    } AGEN_END_TIMEOUT(self);
    self->expired = agen_expired(&self->limit);
    AGEN_TRY(self) {
        AGEN_PAUSE(self);
    } AGEN_EXCEPT_ANY(self) {
        self->next = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void prepare_counted(int ticks_left)
{
    memset(&counted, 0, sizeof counted);
    agen_init(&counted, counted);
    counted.ticks = (agen_ticks)ticks_left;
    begin();
}

static void check_counted(int seen, int expired, int next)
{
    CHECK_INT(agen_spawn(&loop, &counted.task, &counted), AGEN_DONE);
    CHECK(run_out());
    CHECK_INT(counted.seen, seen);
    CHECK_INT(counted.expired, expired);
    CHECK_INT(counted.next, next);
    end();
}

/*
 * It cancels itself and enters a group and one in that, which takes its time to end with the
 * cancellation; meanwhile a child of the outer one fails. What then leaves the inner one stands for
 * two: the group takes its own back, and sends the other one again. CPython 3.13: -1, and
 * CancelledError at the next wait.
 */
static void test_tg6_cancelled_itself_before(void)
{
    int caught_before;

    for (caught_before = 0; caught_before < 2; caught_before++) {
        make_child(0, 10, E_ONE);
        make_child(1, 50, 0);
        children[1].cleanup = 20;
        prepare_counted(100);
        counted.cancels_itself = counted.nests = true;
        counted.caught_before = caught_before;
        check_counted(E_ONE, 0, C);
    }
}

/*
 * A cancellation that nobody asked for, raised by hand or by the join of a task that was cancelled,
 * is not sent again. CPython 3.13: -20, and nothing at the next wait.
 */
static void test_tg6_nobody_was_cancelled(void)
{
    int joins;

    for (joins = 0; joins < 2; joins++) {
        make_child(0, 50, 0);
        children[0].cleanup_error = E_CLEANUP;
        make_child(1, 50, 0);
        prepare_counted(100);
        counted.raises_by_hand = !joins;
        counted.joins = joins;
        CHECK_INT(agen_spawn(&loop, &children[1].task, &children[1]), AGEN_DONE);
        CHECK(agen_cancel(&children[1].task));
        check_counted(E_CLEANUP, 0, 0);
    }
}

/*
 * The timeout's cancellation reaches the end of a group in which an error wins; the group sends it
 * again, and the timeout takes it back. CPython 3.13 does so too, but not if the task had caught
 * another one before.
 */
static void test_tg6_sent_again_in_a_timeout(void)
{
    int caught_before;

    for (caught_before = 0; caught_before < 2; caught_before++) {
        make_child(0, 50, 0);
        children[0].cleanup = 20;
        prepare_counted(5);
        counted.caught_before = caught_before;
        counted.block_error = E_BODY;
        check_counted(E_BODY, 1, 0);
    }
}

/*
 * It cancels itself, enters a timeout, and a group in it, where a child's error in its cleanup
 * wins. The timeout expires meanwhile; it must not take the other one back, too. CPython 3.13: -20,
 * expired, and CancelledError at the next wait.
 */
static void test_tg6_pending_when_the_timeout_begins(void)
{
    make_child(0, 50, 0);
    children[0].cleanup = 20;
    children[0].cleanup_error = E_CLEANUP;
    prepare_counted(5);
    counted.block_error = E_BODY; /* not reached: the pause before it is cancelled */
    counted.cancels_itself = true;
    check_counted(E_CLEANUP, 1, C);
}

static void run_groups(void)
{
    test_tg1_waits_for_all();
    test_tg1_empty();
    test_tg1_empty_takes_no_turn();
    test_tg1_passes();
    test_tg1_left_by_return();
    test_tg1_return_and_error();
    test_tg1_siblings();
    test_tg1_siblings_fail();
    test_tg2_the_first_error();
    test_tg2_the_body_is_cancelled();
    test_tg2_the_losers_are_awaited();
    test_tg2_in_a_handler();
    test_tg2_in_a_cleanup();
    test_tg2_who_is_ready_takes_that_step();
    test_tg2_the_body_is_ready();
    test_tg2_ready_and_cancelled();
    test_tg2_ready_with_a_lock();
    test_tg2_enters_a_block_in_the_last_step();
    test_tg2_children_among_strangers();
    test_tg3_the_first_in_time();
    test_tg3_fails_while_another_cleans_up();
    test_tg4_the_body_raises();
    test_tg4_the_body_raises_first();
    test_tg5_at_the_end_of_the_block();
    test_tg5_in_the_block();
    test_tg5_repeated();
    test_tg5_by_itself();
    test_tg5_as_the_last_child_ends();
    test_tg6_error_and_cancel();
    test_tg6_error_in_the_block_and_cancel();
    test_tg6_error_in_a_cleanup();
    test_tg6_error_of_the_block();
    test_tg6_cancelled_while_the_losers_clean_up();
    test_tg6_cancelled_itself_before();
    test_tg6_nobody_was_cancelled();
    test_tg6_sent_again_in_a_timeout();
    test_tg6_pending_when_the_timeout_begins();
    test_tg7_a_child_is_cancelled();
    test_tg8_nested();
    test_tg8_both_fail();
    test_tg8_two_groups_fail_around_a_step();
    test_tg8_cancelled_from_outside();
    test_tg8_timed_out();
    test_tg9_shutting_down();
    test_tg9_finished();
    test_tg9_not_entered();
    test_tg9_in_use();
    test_tg11_entered_twice();
    test_tg11_needs_a_task();
}

int main(void)
{
    run_groups();
    test_race_the_first_wins();
    test_race_the_first_fails();
    test_race_the_first_was_cancelled();
    test_race_in_the_same_pass();
    test_race_a_loser_fails();
    test_race_the_body_raises();
    test_race_cancelled_from_outside();
    test_race_cancelled_and_a_cleanup_fails();
    test_race_left_by_return();
    return check_result();
}
