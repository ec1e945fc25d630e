/* SPDX-License-Identifier: 0BSD */
/*
 * The loop and its tasks: who runs when, how tasks end and who hears of it. The tests are named
 * after asyncio's guarantees.
 */
static void idle(unsigned long how_long);
#define AGEN_IDLE(loop, ticks) idle(((void)(loop), (unsigned long)(ticks)))
#include "loop.h"

enum { E_OWN = -5, E_OTHER = -6 };
enum { C = AGEN_E_CANCELLED, P = AGEN_PENDING };

static agen_event event;

static void begin_loop(void)
{
    begin();
    memset(&event, 0, sizeof event);
    check_trace_[0] = '\0';
}

/* --- Tasks that say when they run ------------------------------------------------------------- */

static struct talker {
    AGEN_COROUTINE;
    int id, turns; /* how often it gives up its turn */
    int error;
    agen_task task;
} talkers[6];

AGEN(talker, self)
{
    AGEN_BEGIN(self);
    for (; self->turns > 0; self->turns--) {
        trace_int(self->id);
        AGEN_PAUSE(self);
    }
    trace_int(self->id);
    if (self->error)
        AGEN_RAISE(self, self->error);
    AGEN_END(self);
}

static struct talker *make_talker(int id, int turns)
{
    struct talker *t = &talkers[id];

    agen_init(t, talker);
    t->id = id;
    t->turns = turns;
    t->error = 0;
    return t;
}

static void spawn_talker(int id, int turns)
{
    CHECK_INT(agen_spawn(&loop, &talkers[id].task, make_talker(id, turns)), AGEN_DONE);
}

static int status_of(int id)
{
    return agen_task_status(&talkers[id].task);
}

/* --- L1, L8: in the order of their creation, and in turn -------------------------------------- */

static void test_l1_in_order(void)
{
    int i;

    begin_loop();
    for (i = 0; i < 6; i++)
        spawn_talker(i, 0);
    CHECK_TRACE(""); /* nothing runs in spawn */
    CHECK(!agen_loop_poll(&loop));
    CHECK_TRACE("0 1 2 3 4 5");
    CHECK(!agen_loop_poll(&loop));
    CHECK_TRACE(""); /* once each */
    end();
}

static void test_l8_in_turn(void)
{
    begin_loop();
    spawn_talker(0, 2);
    spawn_talker(1, 1);
    spawn_talker(2, 3);
    CHECK(agen_loop_poll(&loop));
    CHECK_TRACE("0 1 2");
    CHECK(agen_loop_poll(&loop));
    CHECK_TRACE("0 1 2");
    CHECK_INT(status_of(1), AGEN_DONE);
    CHECK(agen_loop_poll(&loop));
    CHECK_TRACE("0 2");
    CHECK(!agen_loop_poll(&loop));
    CHECK_TRACE("2");
    end();
}

/* --- L2: a pass runs what was ready when it began --------------------------------------------- */

struct spawner {
    AGEN_COROUTINE;
    int first, count, generations;
    agen_task task;
};

AGEN(spawner, self)
{
    AGEN_BEGIN(self);
    for (; self->generations > 0; self->generations--) {
        trace("spawns");
        for (; self->count > 0; self->count--)
            spawn_talker(self->first++, 0);
        AGEN_PAUSE(self);
    }
    AGEN_END(self);
}

static void test_l2_spawned_in_a_pass(void)
{
    struct spawner s = { AGEN_INIT(spawner), .first = 1, .count = 2, .generations = 2 };

    begin_loop();
    agen_spawn(&loop, &s.task, &s);
    spawn_talker(0, 0);
    CHECK(agen_loop_poll(&loop));
    CHECK_TRACE("spawns 0");
    CHECK(agen_loop_poll(&loop)); /* the new ones, and after them the spawner */
    CHECK_TRACE("1 2 spawns");
    CHECK(!agen_loop_poll(&loop));
    end();
}

/* One that is always ready starves nobody. */
static void test_l2_no_starvation(void)
{
    int i;

    begin_loop();
    spawn_talker(0, 100);
    spawn_talker(1, 0);
    for (i = 0; i < 100; i++)
        CHECK(agen_loop_poll(&loop));
    CHECK(!agen_loop_poll(&loop));
    check_trace_[0] = '\0';
    CHECK_INT(status_of(1), AGEN_DONE);
    end();
}

/* A nested pass does nothing, and says so. */
struct nester {
    AGEN_COROUTINE;
    int answers;
    agen_task task;
};

AGEN(nester, self)
{
    AGEN_BEGIN(self);
    self->answers += agen_loop_poll(&loop) ? 1 : 0;
    spawn_talker(1, 0);
    self->answers += agen_loop_poll(&loop) ? 1 : 0; /* though something is ready */
    CHECK_INT(agen_loop_idle_ticks(&loop), 0);
    trace("nested");
    AGEN_END(self);
}

static void test_l2_nested_poll(void)
{
    struct nester n = { AGEN_INIT(nester), .answers = 0 };

    begin_loop();
    agen_spawn(&loop, &n.task, &n);
    spawn_talker(0, 0);
    CHECK(agen_loop_poll(&loop));
    CHECK_TRACE("nested 0");
    CHECK_INT(n.answers, 0);
    CHECK(!agen_loop_poll(&loop));
    CHECK_TRACE("1");
    end();
}

/* --- L4, L6: time ----------------------------------------------------------------------------- */

static struct dozer {
    AGEN_COROUTINE;
    int id;
    agen_ticks ticks;
    agen_task task;
} dozers[6];

AGEN(dozer, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, self->ticks);
    trace_int(self->id);
    AGEN_END(self);
}

static void spawn_dozer(int id, agen_ticks delay)
{
    agen_init(&dozers[id], dozer);
    dozers[id].id = id;
    dozers[id].ticks = delay;
    CHECK_INT(agen_spawn(&loop, &dozers[id].task, &dozers[id]), AGEN_DONE);
}

static void test_l4_in_the_order_of_deadlines(void)
{
    begin_loop();
    spawn_dozer(0, 30);
    spawn_dozer(1, 10);
    spawn_dozer(2, 20);
    settle();
    CHECK_INT(agen_loop_idle_ticks(&loop), 10);
    ticks = 9;
    CHECK(!agen_loop_poll(&loop));
    CHECK_INT(agen_loop_idle_ticks(&loop), 1);
    CHECK_TRACE("");
    run_until(15);
    CHECK_TRACE("1");
    CHECK_INT(agen_loop_idle_ticks(&loop), 5);
    ticks = 100; /* a late poll: still in order */
    settle();
    CHECK_TRACE("2 0");
    end();
}

/* What is due comes after what is ready already. */
static void test_l4_after_what_is_ready(void)
{
    begin_loop();
    spawn_dozer(0, 10);
    settle();
    spawn_talker(1, 0);
    ticks = 10;
    CHECK(!agen_loop_poll(&loop));
    CHECK_TRACE("1 0");
    end();
}

/* In the next pass at the earliest, also where the time is over at once. */
static void test_l6_not_in_the_same_pass(void)
{
    begin_loop();
    spawn_dozer(0, 0);
    (void)agen_loop_poll(&loop);
    CHECK_TRACE("");
    CHECK_INT(agen_loop_idle_ticks(&loop), 0);
    CHECK(!agen_loop_poll(&loop));
    CHECK_TRACE("0");
    end();
}

/* --- L9: what gives up the turn, and what does not -------------------------------------------- */

struct nothing {
    AGEN_COROUTINE;
};

AGEN(nothing, self)
{
    AGEN_BEGIN(self);
    (void)self;
    AGEN_END(self);
}

struct numbers {
    AGEN_YIELDS(int);
};

AGEN(numbers, self)
{
    AGEN_BEGIN(self);
    for (self->value = 0; self->value < 5; self->value++)
        AGEN_YIELD(self, self->value);
    AGEN_END(self);
}

static AGEN_QUEUE(int, 2) queue;

struct busy {
    AGEN_COROUTINE;
    struct nothing nothing;
    struct numbers numbers;
    agen_lock lock;
    agen_semaphore semaphore;
    agen_task *ended;
    agen_timeout limit;
    agen_group group;
    int item;
    agen_task task;
};

AGEN(busy, self)
{
    AGEN_BEGIN(self);
    AGEN_AWAIT(self, &self->nothing);
    AGEN_AWAIT(self, &self->nothing);
    AGEN_JOIN(self, self->ended);
    AGEN_WAIT(self, &event);
    AGEN_ACQUIRE(self, &self->lock);
    AGEN_ACQUIRE(self, &self->semaphore);
    AGEN_PUT(self, &queue, 1);
    AGEN_PUT(self, &queue, 2);
    AGEN_GET(self, &queue, self->item);
    AGEN_NEXT(self, &queue);
    AGEN_WAIT_UNTIL(self, self->item == 1);
    AGEN_FOR(self, &self->numbers)
        trace_int(self->numbers.value);
    AGEN_CLOSE(self, &self->numbers);
    AGEN_TIMEOUT(self, &self->limit, 10) {
        AGEN_AWAIT(self, &self->nothing);
    } AGEN_END_TIMEOUT(self);
    AGEN_GROUP(self, &self->group) {
        trace("group");
    } AGEN_END_GROUP(self);
    AGEN_END(self);
}

static void test_l9_no_turn_given_up(void)
{
    struct busy b = { AGEN_INIT(busy), .nothing = { AGEN_INIT(nothing) } };

    begin_loop();
    spawn_talker(0, 0);
    settle();
    check_trace_[0] = '\0';
    agen_init(&b.numbers, numbers);
    agen_event_set(&event);
    agen_semaphore_init(&b.semaphore, 1);
    agen_queue_init(&queue);
    b.ended = &talkers[0].task;
    agen_spawn(&loop, &b.task, &b);
    CHECK(!agen_loop_poll(&loop)); /* all of it in one pass */
    CHECK_INT(agen_task_status(&b.task), AGEN_DONE);
    CHECK_TRACE("0 1 2 3 4 group");
    end();
}

/* --- L10: a pause is one pass ----------------------------------------------------------------- */

struct counter {
    AGEN_COROUTINE;
    int passes, went_on;
    int kind; /* of wait */
    bool flag;
    agen_task task, child;
    struct nothing nothing;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
    if (self->kind == 0) {
        AGEN_PAUSE(self);
    } else if (self->kind == 1) {
        AGEN_SLEEP(self, 0);
    } else if (self->kind == 2) {
        AGEN_SLEEP_UNTIL(self, ticks);
    } else if (self->kind == 3) {
        AGEN_SLEEP_UNTIL(self, (agen_ticks)(ticks - 5));
    } else if (self->kind == 4) { /* create_task and await of one that ends at once: 2 */
        CHECK(!agen_spawn(&loop, &self->child, &self->nothing));
        AGEN_JOIN(self, &self->child);
    } else if (self->kind == 5) { /* cancel of a sleeping task, then await it: 2 */
        CHECK(agen_cancel(&dozers[0].task));
        AGEN_TRY(self) {
            AGEN_JOIN(self, &dozers[0].task);
        } AGEN_EXCEPT_ANY(self) {
            CHECK_INT(agen_error(self), C);
        } AGEN_END_TRY(self);
    }
    self->went_on = self->passes;
    AGEN_END(self);
}

static void test_l10_passes(void)
{
    static const int expected[] = { 1, 1, 1, 1, 2, 2 };
    struct counter c = { AGEN_INIT(counter), .kind = 0 };
    int kind, pass;

    for (kind = 0; kind < (int)(sizeof expected / sizeof *expected); kind++) {
        begin_loop();
        ticks = 100;
        agen_init(&c, counter);
        agen_init(&c.nothing, nothing);
        c.kind = kind;
        if (kind == 5) {
            spawn_dozer(0, 50);
            settle();
        }
        agen_spawn(&loop, &c.task, &c);
        for (pass = 0; pass < 5; pass++) {
            bool more;

            c.passes = pass;
            more = agen_loop_poll(&loop);
            CHECK(pass > 0 || more == (kind != 2 && kind != 3)); /* due is not ready */
        }
        CHECK_INT(c.went_on, expected[kind]);
        CHECK_INT(agen_task_status(&c.task), AGEN_DONE);
        end();
    }
}

/* --- L11: an end only schedules, in order ----------------------------------------------------- */

static struct joiner {
    AGEN_COROUTINE;
    int id, caught;
    agen_task *of, task;
} joiners[4];

AGEN(joiner, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_JOIN(self, self->of);
    } AGEN_EXCEPT_ANY(self) {
        self->caught = agen_error(self);
    } AGEN_END_TRY(self);
    trace_int(self->id);
    AGEN_END(self);
}

static void spawn_joiner(int index, agen_task *of)
{
    agen_init(&joiners[index], joiner);
    joiners[index].id = 100 + index;
    joiners[index].caught = 0;
    joiners[index].of = of;
    CHECK_INT(agen_spawn(&loop, &joiners[index].task, &joiners[index]), AGEN_DONE);
}

static void test_l11_joiners_in_order(void)
{
    int i;

    begin_loop();
    spawn_talker(0, 1);
    for (i = 0; i < 4; i++)
        spawn_joiner(i, &talkers[0].task);
    CHECK(agen_loop_poll(&loop));
    CHECK_TRACE("0");
    spawn_talker(1, 0);
    CHECK(agen_loop_poll(&loop)); /* it ends */
    CHECK_INT(status_of(0), AGEN_DONE);
    CHECK_TRACE("0 1");
    CHECK(!agen_loop_poll(&loop));
    CHECK_TRACE("100 101 102 103");
    end();
}

/* One of them is cancelled; one comes when it is over. */
static void test_l11_joiners_come_and_go(void)
{
    int i;

    begin_loop();
    spawn_talker(0, 2);
    for (i = 0; i < 3; i++)
        spawn_joiner(i, &talkers[0].task);
    CHECK(agen_loop_poll(&loop));
    CHECK(agen_cancel(&joiners[1].task));
    settle();
    CHECK_TRACE("0 0 101 0 100 102");
    CHECK_INT(joiners[1].caught, C);
    spawn_joiner(3, &talkers[0].task);
    settle();
    CHECK_TRACE("103");
    CHECK_INT(joiners[3].caught, 0);
    end();
}

/* --- L12: how a task ended -------------------------------------------------------------------- */

static void test_l12_join_raises_what_ended_it(void)
{
    begin_loop();
    spawn_talker(0, 1); /* done */
    spawn_talker(1, 1);
    talkers[1].error = E_OWN;
    spawn_dozer(2, 50); /* to be cancelled */
    spawn_joiner(0, &talkers[0].task);
    spawn_joiner(1, &talkers[1].task);
    spawn_joiner(2, &dozers[2].task);
    CHECK_INT(status_of(1), P);
    CHECK(agen_loop_poll(&loop));
    CHECK(agen_cancel(&dozers[2].task));
    settle();
    CHECK_INT(joiners[0].caught, 0);
    CHECK_INT(joiners[1].caught, E_OWN);
    CHECK_INT(joiners[2].caught, C);
    CHECK_INT(status_of(0), AGEN_DONE);
    CHECK_INT(status_of(1), E_OWN);
    CHECK_INT(agen_task_status(&dozers[2].task), C);
    CHECK_INT(failures, 0); /* somebody waited for each */
    spawn_joiner(0, &talkers[0].task); /* and again, when they have ended */
    spawn_joiner(1, &talkers[1].task);
    spawn_joiner(2, &dozers[2].task);
    CHECK(!agen_loop_poll(&loop));
    CHECK_INT(joiners[0].caught, 0);
    CHECK_INT(joiners[1].caught, E_OWN);
    CHECK_INT(joiners[2].caught, C);
    end();
}

/* --- L14: the error hook ---------------------------------------------------------------------- */

static void test_l14_the_hook(void)
{
    begin_loop();
    spawn_talker(0, 0);
    spawn_talker(1, 0);
    talkers[1].error = E_OWN;
    spawn_talker(2, 0);
    settle();
    CHECK_TRACE("0 1 2"); /* the loop goes on */
    CHECK_INT(failures, 1);
    CHECK_INT(last_failure, E_OWN);
    spawn_joiner(0, &talkers[1].task); /* joined afterwards: it raises too, and is not told again */
    settle();
    CHECK_INT(joiners[0].caught, E_OWN);
    CHECK_INT(failures, 1);
    end();
}

/* Not for those that were cancelled, nor where the joiner is gone on to something else. */
static void test_l14_not_for_the_cancelled(void)
{
    begin_loop();
    spawn_dozer(0, 10);
    spawn_talker(1, 0);
    talkers[1].error = C;
    settle();
    CHECK(agen_cancel(&dozers[0].task));
    settle();
    CHECK_INT(failures, 0);
    spawn_talker(1, 2);
    talkers[1].error = E_OWN;
    spawn_joiner(0, &talkers[1].task);
    CHECK(agen_loop_poll(&loop));
    CHECK(agen_cancel(&joiners[0].task)); /* nobody waits for it any more */
    settle();
    CHECK_INT(joiners[0].caught, C);
    CHECK_INT(failures, 1);
    end();
}

static void test_l14_no_hook(void)
{
    begin_loop();
    loop.error = NULL;
    spawn_talker(0, 0);
    talkers[0].error = E_OWN;
    settle();
    CHECK_INT(status_of(0), E_OWN);
    end();
}

static void start_again(agen_loop *of, agen_task *task, int error) CHECK_REENTRANT
{
    CHECK(task == &talkers[0].task);
    CHECK_INT(error, E_OWN - failures);
    CHECK(!agen_loop_poll(of)); /* nested */
    if (++failures == 3)
        return;
    make_talker(0, 0);
    talkers[0].error = E_OWN - failures;
    CHECK_INT(agen_spawn(of, task, &talkers[0]), AGEN_DONE);
}

/* The hook may start the task again: a supervisor. */
static void test_l14_the_hook_starts_it_again(void)
{
    begin_loop();
    loop.error = start_again;
    spawn_talker(0, 0);
    talkers[0].error = E_OWN;
    CHECK(agen_loop_poll(&loop));
    CHECK_INT(failures, 1);
    settle();
    CHECK_INT(failures, 3);
    CHECK_INT(status_of(0), E_OWN - 2);
    CHECK_TRACE("0 0 0");
    end();
}

/* --- L17: oneself ----------------------------------------------------------------------------- */

static void test_l17_joins_itself(void)
{
    begin_loop();
    spawn_joiner(0, &joiners[0].task);
    settle();
    CHECK_INT(joiners[0].caught, AGEN_E_RUNNING);
    CHECK_INT(agen_task_status(&joiners[0].task), AGEN_DONE);
    CHECK_TRACE("100");
    end();
}

/* --- Spawning --------------------------------------------------------------------------------- */

/* "AGEN_E_RUNNING if the task or the coroutine is still in use: then nothing happens." */
static void test_l8_in_use(void)
{
    agen_task other;
    int when;

    memset(&other, 0, sizeof other);
    begin_loop();
    for (when = 0; when < 2; when++) { /* ready, and waiting */
        spawn_dozer(0, 10);
        make_talker(1, 0);
        if (when)
            settle();
        memset(&other, 0, sizeof other);
        CHECK_INT(agen_spawn(&loop, &dozers[0].task, &talkers[1]), AGEN_E_RUNNING);
        CHECK_INT(agen_spawn(&loop, &other, &dozers[0]), AGEN_E_RUNNING);
        CHECK_INT(agen_spawn(&loop, &dozers[0].task, &dozers[0]), AGEN_E_RUNNING);
        CHECK(!agen_cancel(&other));
        CHECK_INT(agen_next(&dozers[0]), AGEN_E_RUNNING);
        CHECK_INT(agen_poll(&dozers[0]), AGEN_E_RUNNING);
        CHECK_INT(agen_close(&dozers[0]), AGEN_E_RUNNING);
        CHECK_INT(agen_abort(&dozers[0], E_OWN), AGEN_E_RUNNING);
        CHECK_INT(agen_throw(&dozers[0], E_OWN), AGEN_E_RUNNING);
        CHECK(run_out());
        CHECK_TRACE("0");
        CHECK_INT(agen_task_status(&dozers[0].task), AGEN_DONE);
        CHECK_INT(agen_next(&talkers[1]), AGEN_DONE); /* it stayed new */
        CHECK_TRACE("1");
    }
    end();
}

struct respawner {
    AGEN_COROUTINE;
    agen_task task, other;
};

AGEN(respawner, self)
{
    AGEN_BEGIN(self);
    CHECK_INT(agen_spawn(&loop, &self->other, self), AGEN_E_RUNNING);
    CHECK_INT(agen_spawn(&loop, &self->task, make_talker(0, 0)), AGEN_E_RUNNING);
    AGEN_END(self);
}

static void test_l8_in_use_by_oneself(void)
{
    struct respawner r = { AGEN_INIT(respawner) };
    struct counter c = { AGEN_INIT(counter), .kind = 0 };

    begin_loop();
    agen_spawn(&loop, &r.task, &r);
    CHECK(!agen_loop_poll(&loop));
    CHECK_INT(agen_task_status(&r.task), AGEN_DONE);
    CHECK_TRACE("");
    CHECK_INT(agen_next(&c), AGEN_PENDING); /* by plain C: it pauses */
    CHECK_INT(agen_spawn(&loop, &c.task, &c), AGEN_E_RUNNING);
    CHECK_INT(agen_poll(&c), AGEN_DONE);
    end();
}

/* A task is zeroed before its first spawn; one that lives on any loop is refused. */
static void test_l8_alive_on_another_loop(void)
{
    agen_loop other;
    agen_task task;
    struct talker another;

    memset(&task, 0, sizeof task);
    begin_loop();
    CHECK_INT(agen_task_status(&task), AGEN_DONE);
    agen_loop_init(&other, loop.now_);
    CHECK_INT(agen_spawn(&other, &task, make_talker(1, 1)), AGEN_DONE);
    agen_init(&another, talker);
    CHECK_INT(agen_spawn(&loop, &task, &another), AGEN_E_RUNNING);
    CHECK(run_out());
    CHECK_TRACE("");
    while (agen_loop_poll(&other))
        ;
    CHECK_TRACE("1 1");
    CHECK_INT(agen_task_status(&task), AGEN_DONE);
    CHECK_INT(agen_spawn(&loop, &task, make_talker(2, 1)), AGEN_DONE); /* again, as it is */
    CHECK(run_out());
    CHECK_TRACE("2 2");
    end();
}

/* Memory that was not zeroed, and has the state of a task in use: not all else is as in such a one. */
static void test_l8_stray_memory(void)
{
    int missing;

    for (missing = 0; missing < 4; missing++) {
        agen_task task;

        memset(&task, 0, sizeof task);
        begin_loop();
        spawn_dozer(0, 5);
        settle();
        task = dozers[0].task;
        CHECK_INT(agen_spawn(&loop, &task, make_talker(1, 1)), AGEN_E_RUNNING);
        if (missing == 0)
            task.loop_ = NULL;
        else if (missing == 1)
            task.root_ = NULL;
        else if (missing == 2)
            task.next_ = NULL;
        else
            task.previous_ = NULL;
        CHECK_INT(agen_spawn(&loop, &task, make_talker(1, 1)), AGEN_DONE);
        CHECK(run_out());
        CHECK_TRACE("1 1 0");
        end();
    }
}

static void test_l8_again_after_the_end(void)
{
    int turn;

    begin_loop();
    for (turn = 0; turn < 5; turn++) {
        spawn_talker(0, turn);
        talkers[0].error = turn == 3 ? E_OWN : 0;
        settle();
        CHECK_INT(status_of(0), turn == 3 ? E_OWN : AGEN_DONE);
    }
    spawn_dozer(1, 100);
    settle();
    CHECK(agen_cancel(&dozers[1].task));
    settle();
    spawn_dozer(1, 10); /* not cancelled any more */
    CHECK(run_out());
    CHECK_INT(agen_task_status(&dozers[1].task), AGEN_DONE);
    check_trace_[0] = '\0';
    end();
}

/* A coroutine that has ended: the task ends at once, in its first pass. */
static void test_l8_ended_coroutine(void)
{
    struct nothing n = { AGEN_INIT(nothing) };
    agen_task task;

    memset(&task, 0, sizeof task);
    begin_loop();
    CHECK_INT(agen_next(&n), AGEN_DONE);
    CHECK_INT(agen_spawn(&loop, &task, &n), AGEN_DONE);
    CHECK_INT(agen_task_status(&task), P);
    CHECK(!agen_loop_poll(&loop));
    CHECK_INT(agen_task_status(&task), AGEN_DONE);
    CHECK(agen_done(&n));
    end();
}

/* The finalizer of a task's coroutine may start the coroutine anew. */
static int releases;
static agen_task phoenix_tasks[4];

struct phoenix {
    AGEN_COROUTINE;
};

static void release_phoenix(struct phoenix *self);

AGEN(phoenix, self, release_phoenix)
{
    AGEN_BEGIN(self);
    AGEN_PAUSE(self);
    AGEN_END(self);
}

static void release_phoenix(struct phoenix *self)
{
    if (++releases == 4)
        return;
    agen_init(self, phoenix);
    CHECK_INT(agen_spawn(&loop, &phoenix_tasks[releases], self), AGEN_DONE);
}

static void test_l8_finalizer(void)
{
    static struct phoenix p = { AGEN_INIT(phoenix) };
    int i;

    begin_loop();
    releases = 0;
    CHECK_INT(agen_spawn(&loop, &phoenix_tasks[0], &p), AGEN_DONE);
    CHECK(run_out());
    CHECK_INT(releases, 4);
    for (i = 0; i < 4; i++)
        CHECK_INT(agen_task_status(&phoenix_tasks[i]), AGEN_DONE);
    agen_init(&p, phoenix);
    releases = 3;
    CHECK_INT(agen_spawn(&loop, &phoenix_tasks[0], &p), AGEN_DONE);
    CHECK(agen_cancel(&phoenix_tasks[0])); /* before its first step */
    CHECK(run_out());
    CHECK_INT(releases, 4);
    end();
}

/* In its own finalizer the task is in use still; in the hook that hears of its end it is not. */
struct again {
    AGEN_COROUTINE;
    int ends, refused;
    agen_task task;
};

AGEN_DECLARE(again);
static void again_release(struct again *self)
{
    agen_init(self, again);
    if (self->refused++ == 0)
        CHECK_INT(agen_spawn(&loop, &self->task, self), AGEN_E_RUNNING);
}

AGEN_EXTERN(again, self, again_release)
{
    AGEN_BEGIN(self);
    self->ends++;
    AGEN_PAUSE(self);
    AGEN_END(self);
}

static void test_l8_not_from_its_finalizer(void)
{
    static struct again again;

    begin_loop();
    memset(&again, 0, sizeof again);
    agen_init(&again, again);
    CHECK_INT(agen_spawn(&loop, &again.task, &again), AGEN_DONE);
    CHECK(run_out());
    CHECK_INT(again.refused, 1);
    CHECK_INT(agen_task_status(&again.task), AGEN_DONE);
    CHECK_INT(agen_spawn(&loop, &again.task, &again), AGEN_DONE);
    CHECK(run_out());
    CHECK_INT(again.ends, 2);
    end();
}

/* --- idle_ticks ------------------------------------------------------------------------------- */

static void test_l6_idle_ticks(void)
{
    begin_loop();
    CHECK(agen_loop_idle_ticks(&loop) == AGEN_FOREVER);
    spawn_dozer(0, 100);
    CHECK_INT(agen_loop_idle_ticks(&loop), 0); /* ready */
    settle();
    CHECK_INT(agen_loop_idle_ticks(&loop), 100);
    ticks = 30;
    CHECK_INT(agen_loop_idle_ticks(&loop), 70); /* without a poll, too */
    spawn_dozer(1, 20);
    CHECK_INT(agen_loop_idle_ticks(&loop), 0);
    settle();
    CHECK_INT(agen_loop_idle_ticks(&loop), 20);
    ticks = 49;
    CHECK_INT(agen_loop_idle_ticks(&loop), 1);
    ticks = 50;
    CHECK_INT(agen_loop_idle_ticks(&loop), 0);
    ticks = 51;
    CHECK_INT(agen_loop_idle_ticks(&loop), 0);
    settle();
    CHECK_INT(agen_loop_idle_ticks(&loop), 49);
    CHECK(agen_cancel(&dozers[0].task));
    CHECK_INT(agen_loop_idle_ticks(&loop), 0);
    settle();
    CHECK(agen_loop_idle_ticks(&loop) == AGEN_FOREVER);
    CHECK_TRACE("1");
    end();
}

/* Tasks that wait for no time: forever. */
static void test_l6_idle_forever(void)
{
    begin_loop();
    spawn_dozer(0, 10);
    spawn_joiner(0, &dozers[0].task);
    settle();
    CHECK_INT(agen_loop_idle_ticks(&loop), 10);
    CHECK(agen_cancel(&dozers[0].task));
    settle();
    CHECK_INT(joiners[0].caught, C);
    CHECK(agen_loop_idle_ticks(&loop) == AGEN_FOREVER);
    CHECK(!agen_loop_poll(&loop));
    check_trace_[0] = '\0';
    end();
}

/* --- agen_loop_run ---------------------------------------------------------------------------- */

static int idles;
static unsigned long idled, sets_event_after;

static void idle(unsigned long how_long)
{
    idles++;
    if (how_long == AGEN_FOREVER) {
        CHECK(sets_event_after-- > 0); /* what an interrupt would do */
        agen_event_set(&event);
        return;
    }
    idled += how_long;
    ticks = (agen_ticks)(ticks + how_long);
}

struct waits {
    AGEN_COROUTINE;
    agen_task task;
};

AGEN(waits, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT(self, &event);
    trace("event");
    AGEN_END(self);
}

static void test_l18_run(void)
{
    struct waits w = { AGEN_INIT(waits) };

    begin_loop();
    idles = 0;
    idled = 0;
    CHECK_INT(agen_loop_run(&loop), AGEN_DONE); /* nothing to do */
    CHECK_INT(idles, 0);
    spawn_dozer(0, 30);
    spawn_dozer(1, 10);
    spawn_talker(2, 3);
    CHECK_INT(agen_loop_run(&loop), AGEN_DONE);
    CHECK_TRACE("2 2 2 2 1 0");
    CHECK_INT(idles, 2);
    CHECK_INT(idled, 30);
    CHECK_INT(ticks, 30);
    agen_spawn(&loop, &w.task, &w);
    sets_event_after = 1;
    CHECK_INT(agen_loop_run(&loop), AGEN_DONE);
    CHECK_TRACE("event");
    CHECK_INT(idles, 3);
    spawn_talker(0, 0); /* ends in one pass: no idling */
    CHECK_INT(agen_loop_run(&loop), AGEN_DONE);
    CHECK_TRACE("0");
    CHECK_INT(idles, 3);
    end();
}

/* Until one task has ended, in whatever way, while others go on. */
static void test_l18_run_until(void)
{
    struct waits w = { AGEN_INIT(waits) };
    static agen_task unused;

    begin_loop();
    idles = 0;
    idled = 0;
    CHECK_INT(agen_loop_run_until(&loop, &unused), AGEN_DONE); /* it was never spawned */
    spawn_dozer(0, 30);
    spawn_dozer(1, 10);
    CHECK_INT(agen_loop_run_until(&loop, &unused), AGEN_DONE);
    CHECK_INT(agen_loop_run_until(&loop, &dozers[1].task), AGEN_DONE);
    CHECK_TRACE("1");
    CHECK_INT(ticks, 10);
    CHECK_INT(idles, 1); /* not after its end */
    CHECK_INT(agen_task_status(&dozers[0].task), AGEN_PENDING);
    CHECK_INT(agen_loop_run_until(&loop, &dozers[1].task), AGEN_DONE);
    CHECK_INT(idles, 1);
    CHECK(agen_cancel(&dozers[0].task));
    CHECK_INT(agen_loop_run_until(&loop, &dozers[0].task), AGEN_E_CANCELLED);
    CHECK_TRACE("");
    CHECK_INT(ticks, 10);
    CHECK(loop.tasks_ == NULL);
    agen_spawn(&loop, &w.task, &w); /* what an interrupt wakes is waited for, in AGEN_IDLE */
    spawn_dozer(0, 50);
    sets_event_after = 0;
    CHECK(agen_cancel(&dozers[0].task));
    CHECK_INT(agen_loop_run_until(&loop, &dozers[0].task), AGEN_E_CANCELLED);
    sets_event_after = 1;
    CHECK_INT(agen_loop_run_until(&loop, &w.task), AGEN_DONE);
    CHECK_TRACE("event");
    end();
}

/* It ends with an error, which the hook is told as well: nobody joins it. */
struct runs {
    AGEN_COROUTINE;
    agen_task *other;
    int answer;
    agen_task task;
};

AGEN(runs, self)
{
    AGEN_BEGIN(self);
    AGEN_PAUSE(self);
    self->answer = agen_loop_run_until(&loop, self->other);
    AGEN_RAISE(self, E_OWN);
    AGEN_END(self);
}

static void test_l18_run_until_it_fails(void)
{
    struct runs r = { AGEN_INIT(runs), .answer = 1 };
    static agen_loop other;
    static agen_task elsewhere;
    struct waits w = { AGEN_INIT(waits) };

    begin_loop();
    spawn_dozer(0, 5);
    r.other = &dozers[0].task;
    CHECK_INT(agen_spawn(&loop, &r.task, &r), AGEN_DONE);
    CHECK_INT(agen_loop_run_until(&loop, &r.task), E_OWN);
    CHECK_INT(r.answer, AGEN_E_RUNNING); /* from within a pass */
    CHECK_INT(failures, 1);
    CHECK_INT(last_failure, E_OWN);
    CHECK_TRACE("");
    CHECK_INT(agen_loop_run(&loop), AGEN_DONE);
    CHECK_TRACE("0");
    /* One that lives on another loop: here is nothing to run. */
    agen_loop_init(&other, read_clock);
    CHECK_INT(agen_spawn(&other, &elsewhere, &w), AGEN_DONE);
    CHECK_INT(agen_loop_run_until(&loop, &elsewhere), AGEN_PENDING);
    CHECK(agen_cancel(&elsewhere));
    CHECK_INT(agen_loop_run_until(&other, &elsewhere), AGEN_E_CANCELLED);
    end();
}

/* --- agen_loop_cancel_all --------------------------------------------------------------------- */

struct cleaner {
    AGEN_COROUTINE;
    bool cancels_all;
    int error, id;
    agen_task task;
};

AGEN(cleaner, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->cancels_all)
            agen_loop_cancel_all(&loop);
        AGEN_SLEEP(self, 100);
    } AGEN_FINALLY(self) {
        self->error = agen_error(self);
        AGEN_SLEEP(self, 5);
        trace_int(self->id);
        if (self->cancels_all)
            spawn_talker(5, 1);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_l12_cancel_all(void)
{
    struct cleaner c[3] = { { AGEN_INIT(cleaner), .id = 0 }, { AGEN_INIT(cleaner), .id = 1 },
                            { AGEN_INIT(cleaner), .id = 2 } };
    int from_within, i;

    for (from_within = 0; from_within < 2; from_within++) {
        begin_loop();
        agen_loop_cancel_all(&loop); /* of none */
        for (i = 0; i < 3; i++) {
            agen_init(&c[i], cleaner);
            c[i].cancels_all = from_within && i == 2;
            CHECK_INT(agen_spawn(&loop, &c[i].task, &c[i]), AGEN_DONE);
        }
        settle();
        if (!from_within)
            agen_loop_cancel_all(&loop);
        CHECK(run_out());
        CHECK_INT(ticks, 5);
        CHECK_TRACE(from_within ? "0 1 2 5 5" : "0 1 2"); /* one that came later is not cancelled */
        for (i = 0; i < 3; i++) {
            CHECK_INT(c[i].error, C);
            CHECK_INT(agen_task_status(&c[i].task), C);
        }
        CHECK_INT(failures, 0);
        end();
    }
}

/* --- WAIT_UNTIL and PAUSE, with a loop and without -------------------------------------------- */

static bool flag;
static int looks;

static bool look(void)
{
    looks++;
    return flag;
}

struct watcher {
    AGEN_COROUTINE;
    bool pauses;
    int seen;
    agen_task task;
};

AGEN(watcher, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->pauses)
            AGEN_PAUSE(self);
        else
            AGEN_WAIT_UNTIL(self, look());
    } AGEN_EXCEPT_ANY(self) {
        self->seen = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* In a task: looked at once a pass, and the loop has something ready all the time. */
static void test_l10_wait_until_in_a_task(void)
{
    struct watcher w = { AGEN_INIT(watcher), .seen = 0 };

    begin_loop();
    flag = false;
    looks = 0;
    agen_spawn(&loop, &w.task, &w);
    CHECK(agen_loop_poll(&loop));
    CHECK(agen_loop_poll(&loop));
    CHECK(agen_loop_poll(&loop));
    CHECK_INT(looks, 3);
    CHECK_INT(agen_loop_idle_ticks(&loop), 0);
    flag = true;
    CHECK(!agen_loop_poll(&loop));
    CHECK_INT(looks, 4);
    CHECK_INT(agen_task_status(&w.task), AGEN_DONE);
    end();
}

static void test_l10_without_a_loop(void)
{
    struct watcher w = { AGEN_INIT(watcher), .pauses = true };

    CHECK_INT(agen_next(&w), AGEN_PENDING);
    CHECK_INT(agen_poll(&w), AGEN_DONE); /* one poll more */
    agen_init(&w, watcher);
    CHECK_INT(agen_next(&w), AGEN_PENDING);
    CHECK_INT(agen_abort(&w, E_OWN), AGEN_DONE);
    CHECK_INT(w.seen, E_OWN);
    agen_init(&w, watcher);
    w.pauses = flag = false;
    CHECK_INT(agen_next(&w), AGEN_PENDING);
    CHECK_INT(agen_poll(&w), AGEN_PENDING);
    flag = true;
    CHECK_INT(agen_poll(&w), AGEN_DONE);
}

/* --- AGEN_E_NO_LOOP --------------------------------------------------------------------------- */

struct loopless {
    AGEN_COROUTINE;
    int kind, seen;
    agen_timeout limit;
    agen_group group;
    agen_task task;
};

AGEN(loopless, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->kind == 0) {
            AGEN_SLEEP(self, 5);
        } else if (self->kind == 1) {
            AGEN_SLEEP(self, 0);
        } else if (self->kind == 2) {
            AGEN_SLEEP_UNTIL(self, 5);
        } else if (self->kind == 3) {
            AGEN_WAIT(self, &event);
        } else if (self->kind == 4) {
            AGEN_JOIN(self, &dozers[0].task);
        } else if (self->kind == 5) {
            AGEN_TIMEOUT(self, &self->limit, 5) {
                trace("timeout");
            } AGEN_END_TIMEOUT(self);
        } else if (self->kind == 6) {
            AGEN_GROUP(self, &self->group) {
                trace("group");
            } AGEN_END_GROUP(self);
        } else {
            AGEN_RACE(self, &self->group) {
                trace("race");
            } AGEN_END_RACE(self);
        }
    } AGEN_EXCEPT(self) { /* an error like any other */
        self->seen = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct driver {
    AGEN_COROUTINE;
    int kind;
    struct loopless inner;
    agen_task task;
};

AGEN(driver, self)
{
    AGEN_BEGIN(self);
    CHECK_INT(agen_next(&self->inner), AGEN_DONE); /* from plain C, though in a task */
    AGEN_END(self);
}

static void test_l17_no_loop(void)
{
    struct loopless l = { AGEN_INIT(loopless), .seen = 0 };
    struct driver d = { AGEN_INIT(driver), .kind = 0 };
    int kind;

    begin_loop();
    spawn_dozer(0, 10);
    settle();
    for (kind = 0; kind < 8; kind++) {
        agen_init(&l, loopless);
        l.kind = kind;
        l.seen = 0;
        CHECK_INT(agen_next(&l), AGEN_DONE);
        CHECK_INT(l.seen, AGEN_E_NO_LOOP);
        agen_init(&d, driver);
        agen_init(&d.inner, loopless);
        d.inner.kind = kind;
        d.inner.seen = 0;
        CHECK_INT(agen_spawn(&loop, &d.task, &d), AGEN_DONE);
        settle();
        CHECK_INT(d.inner.seen, AGEN_E_NO_LOOP);
    }
    CHECK_TRACE("");
    CHECK(run_out());
    CHECK_TRACE("0");
    CHECK_INT(l.seen, AGEN_E_NO_LOOP);
    agen_init(&l, loopless); /* a task that has ended is joined without one */
    l.kind = 4;
    l.seen = 0;
    CHECK_INT(agen_next(&l), AGEN_DONE);
    CHECK_INT(l.seen, 0);
    end();
}

/* --- L15: what interrupts wake ---------------------------------------------------------------- */

#ifdef AGEN_HAVE_ISR_
/* Waits for an event of its own, or for an item. */
static struct hearer {
    AGEN_COROUTINE;
    int id, item;
    bool of_queue;
    agen_event event;
    agen_timeout limit;
    agen_ticks patience;
    agen_task task;
} hearers[4];

AGEN(hearer, self)
{
    AGEN_BEGIN(self);
    AGEN_TIMEOUT(self, &self->limit, self->patience) {
        if (self->of_queue)
            AGEN_GET(self, &queue, self->item);
        else
            AGEN_WAIT(self, &self->event);
        trace_int(self->id);
    } AGEN_END_TIMEOUT(self);
    AGEN_END(self);
}

static void spawn_hearer(int id, bool of_queue, agen_ticks patience)
{
    struct hearer *h = &hearers[id];

    memset(h, 0, sizeof *h);
    agen_init(h, hearer);
    h->id = id;
    h->of_queue = of_queue;
    h->patience = patience;
    CHECK_INT(agen_spawn(&loop, &h->task, h), AGEN_DONE);
}

/*
 * A pass runs first what is ready, whether it was so before the interrupt or only since; then what
 * interrupts woke, in the order in which each event or queue was first told; then what is due.
 */
static void test_l15_between_what_is_ready_and_what_is_due(void)
{
    begin_loop();
    agen_queue_init(&queue);
    spawn_dozer(0, 10);
    spawn_hearer(1, false, 100);
    spawn_hearer(2, false, 100);
    spawn_hearer(3, true, 100);
    settle();
    spawn_talker(4, 0);
    ticks = 10;
    agen_event_set_isr(&hearers[2].event);
    CHECK(agen_queue_put_isr(&queue, 7));
    agen_event_set_isr(&hearers[1].event);
    agen_event_set_isr(&hearers[2].event); /* once more: it keeps its place */
    spawn_talker(5, 0);
    CHECK(!agen_loop_poll(&loop));
    CHECK_TRACE("4 5 2 3 1 0");
    CHECK_INT(hearers[3].item, 7);
    end();
}

/* Wakes the first by an interrupt, and the second itself, from within a pass. */
struct interrupted {
    AGEN_COROUTINE;
    agen_task task;
};

AGEN(interrupted, self)
{
    AGEN_BEGIN(self);
    agen_event_set_isr(&hearers[1].event);
    agen_event_set(&hearers[2].event);
    AGEN_PAUSE(self);
    trace("after");
    AGEN_END(self);
}

/* While a pass runs an interrupt wakes nobody: the next pass does, after what is ready by then. */
static void test_l15_within_a_pass(void)
{
    struct interrupted i = { AGEN_INIT(interrupted) };

    begin_loop();
    spawn_hearer(1, false, 100);
    spawn_hearer(2, false, 100);
    settle();
    CHECK_INT(agen_spawn(&loop, &i.task, &i), AGEN_DONE);
    CHECK(agen_loop_poll(&loop));
    CHECK_TRACE("");
    CHECK(!agen_loop_poll(&loop));
    CHECK_TRACE("2 after 1");
    end();
}

/* The event comes in the pass in which the waiter's time is over: it is too late, and stays set. */
static void test_l15_and_the_timeout_is_due(void)
{
    begin_loop();
    spawn_hearer(1, false, 10);
    settle();
    ticks = 10;
    agen_event_set_isr(&hearers[1].event);
    CHECK(!agen_loop_poll(&loop));
    CHECK_TRACE("");
    CHECK_INT(agen_task_status(&hearers[1].task), AGEN_E_TIMEOUT);
    CHECK(agen_event_is_set(&hearers[1].event));
    end();
}
#endif

/* --- Two loops share nothing ------------------------------------------------------------------ */

static agen_ticks other_ticks;

static agen_ticks read_other_clock(void)
{
    return other_ticks;
}

static void test_l1_two_loops(void)
{
    agen_loop other;

    begin_loop();
    other_ticks = 1000;
    agen_loop_init(&other, read_other_clock);
    spawn_dozer(0, 10);
    agen_init(&dozers[1], dozer);
    dozers[1].id = 1;
    dozers[1].ticks = 10;
    CHECK_INT(agen_spawn(&other, &dozers[1].task, &dozers[1]), AGEN_DONE);
    settle();
    (void)agen_loop_poll(&other);
    CHECK_INT(agen_loop_idle_ticks(&loop), 10);
    CHECK_INT(agen_loop_idle_ticks(&other), 10);
    ticks = 10;
    settle();
    (void)agen_loop_poll(&other);
    CHECK_TRACE("0");
    spawn_joiner(0, &dozers[1].task); /* a wake-up goes to the loop of the one who waits */
    settle();
    other_ticks = 1010;
    (void)agen_loop_poll(&other);
    CHECK_TRACE("1");
    CHECK_INT(agen_task_status(&joiners[0].task), P);
    settle();
    CHECK_TRACE("100");
    end();
}

static void run_tasks(void)
{
    test_l12_join_raises_what_ended_it();
    test_l12_cancel_all();
    test_l14_the_hook();
    test_l14_not_for_the_cancelled();
    test_l14_no_hook();
    test_l14_the_hook_starts_it_again();
#ifdef AGEN_HAVE_ISR_
    test_l15_between_what_is_ready_and_what_is_due();
    test_l15_within_a_pass();
    test_l15_and_the_timeout_is_due();
#endif
    test_l17_joins_itself();
    test_l17_no_loop();
    test_l18_run();
    test_l18_run_until();
    test_l18_run_until_it_fails();
}

int main(void)
{
    test_l1_in_order();
    test_l1_two_loops();
    test_l2_spawned_in_a_pass();
    test_l2_no_starvation();
    test_l2_nested_poll();
    test_l4_in_the_order_of_deadlines();
    test_l4_after_what_is_ready();
    test_l6_not_in_the_same_pass();
    test_l6_idle_ticks();
    test_l6_idle_forever();
    test_l8_in_turn();
    test_l8_in_use();
    test_l8_in_use_by_oneself();
    test_l8_alive_on_another_loop();
    test_l8_stray_memory();
    test_l8_again_after_the_end();
    test_l8_ended_coroutine();
    test_l8_finalizer();
    test_l8_not_from_its_finalizer();
    test_l9_no_turn_given_up();
    test_l10_passes();
    test_l10_wait_until_in_a_task();
    test_l10_without_a_loop();
    test_l11_joiners_in_order();
    test_l11_joiners_come_and_go();
    run_tasks();
    return check_result();
}
