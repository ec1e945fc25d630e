/* SPDX-License-Identifier: 0BSD */
/*
 * Timeouts: a deadline for a block. The task is cancelled once, and leaving the block says why. The
 * tests are named after asyncio's guarantees.
 */
#include "loop.h"

enum { E_OWN = -5 };

static agen_event event; /* set only by the tests that say so */

static int run_alone(agen_t *c, agen_task *task, agen_ticks until)
{
    begin();
    memset(&event, 0, sizeof event);
    CHECK_INT(agen_spawn(&loop, task, c), AGEN_DONE);
    run_until(until);
    return agen_task_status(task);
}

/* How often a task has been cancelled is back at what it was: a timeout of its own is one again. */
struct witness {
    AGEN_COROUTINE;
    agen_timeout limit;
};

AGEN(witness, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, 1) {
            AGEN_SLEEP(self, 100);
        } AGEN_END_TIMEOUT(self);
        trace("late");
    } AGEN_EXCEPT_ANY(self) {
        CHECK_INT(agen_error(self), AGEN_E_TIMEOUT);
        CHECK(agen_expired(&self->limit));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* --- T1, T4, T6, T7: one block, or one in another --------------------------------------------- */

enum how { SLEEPS, RETURNS, HURRIES, RAISES, SWALLOWS, REPLACES, SWALLOWS_AND_WAITS };

struct timed {
    AGEN_COROUTINE;
    agen_ticks limit, work;
    enum how how;
    int inside, outside; /* what was caught in the block, and around it */
    int after;          /* when it was left */
    agen_timeout timeout;
    agen_slot slot;
    struct witness witness;
};

AGEN(timed, self)
{
    AGEN_BEGIN(self);
    self->after = -1;
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->timeout, self->limit) {
            AGEN_TRY(self) {
                if (self->how != RETURNS && self->how != HURRIES && self->how != RAISES)
                    AGEN_SLEEP(self, self->work);
            } AGEN_EXCEPT_ANY(self) {
                self->inside = agen_error(self);
                if (self->how == REPLACES)
                    AGEN_RAISE(self, E_OWN);
                if (self->how == SWALLOWS_AND_WAITS)
                    AGEN_SLEEP(self, 30);
                if (self->how == SLEEPS)
                    AGEN_RAISE(self, agen_error(self));
            } AGEN_END_TRY(self);
            if (self->how == RETURNS)
                AGEN_RETURN(self);
            if (self->how == RAISES)
                AGEN_RAISE(self, E_OWN);
            trace("end");
        } AGEN_END_TIMEOUT(self);
        trace("past");
    } AGEN_EXCEPT_ANY(self) {
        self->outside = agen_error(self);
    } AGEN_FINALLY(self) {
        self->after = (int)ticks;
    } AGEN_END_TRY(self);
    AGEN_AWAIT(self, &self->witness);
    AGEN_END(self);
}

static struct timed *run_timed(enum how how, agen_ticks limit, agen_ticks work)
{
    static struct timed t;
    agen_task task;

    memset(&task, 0, sizeof task);
    agen_init(&t, timed);
    agen_init(&t.witness, witness);
    t.how = how;
    t.limit = limit;
    t.work = work;
    t.inside = t.outside = 0;
    CHECK_INT(run_alone((agen_t *)(void *)&t, &task, 200), AGEN_DONE);
    end();
    return &t;
}

static void test_t1_expires(void)
{
    struct timed *t = run_timed(SLEEPS, 10, 50);

    CHECK_INT(t->inside, AGEN_E_CANCELLED);
    CHECK_INT(t->outside, AGEN_E_TIMEOUT);
    CHECK_INT(t->after, 10);
    CHECK(agen_expired(&t->timeout));
    CHECK_TRACE("");
}

static void test_t1_in_time(void)
{
    struct timed *t = run_timed(SLEEPS, 50, 10);

    CHECK_INT(t->inside, 0);
    CHECK_INT(t->outside, 0);
    CHECK_INT(t->after, 10);
    CHECK(!agen_expired(&t->timeout));
    CHECK_TRACE("end past");
}

/* All ways out before the deadline, after which the deadline does nothing. */
static void test_t1_left_early(void)
{
    struct timed *t = run_timed(RETURNS, 10, 50);

    CHECK(!agen_expired(&t->timeout));
    CHECK_INT(t->outside, 0);
    CHECK_INT(t->after, 0);
    CHECK_TRACE("");
    t = run_timed(HURRIES, 10, 50);
    CHECK(!agen_expired(&t->timeout));
    CHECK_INT(t->after, 0);
    CHECK_TRACE("end past");
    t = run_timed(RAISES, 10, 50);
    CHECK(!agen_expired(&t->timeout));
    CHECK_INT(t->outside, E_OWN);
    CHECK_TRACE("");
}

static void test_t6_another_error_passes(void)
{
    struct timed *t = run_timed(REPLACES, 10, 50);

    CHECK_INT(t->inside, AGEN_E_CANCELLED);
    CHECK_INT(t->outside, E_OWN);
    CHECK(agen_expired(&t->timeout));
    CHECK_TRACE("");
}

static void test_t7_swallowed(void)
{
    struct timed *t = run_timed(SWALLOWS, 10, 50);

    CHECK_INT(t->inside, AGEN_E_CANCELLED);
    CHECK_INT(t->outside, 0);
    CHECK(agen_expired(&t->timeout));
    CHECK_INT(t->after, 10);
    CHECK_TRACE("end past");
    t = run_timed(SWALLOWS_AND_WAITS, 10, 50); /* cancelled once: then it may go on in the block */
    CHECK_INT(t->outside, 0);
    CHECK_INT(t->after, 40);
    CHECK(agen_expired(&t->timeout));
    CHECK_TRACE("end past");
}

/* Both at the same tick: whichever fires first, the task has been cancelled before it runs. */
static void test_t1_at_the_same_tick(void)
{
    struct timed *t = run_timed(SLEEPS, 10, 10);

    CHECK_INT(t->outside, AGEN_E_TIMEOUT);
    CHECK(agen_expired(&t->timeout));
    CHECK_TRACE("");
}

/* --- T2: only a suspension can be timed out --------------------------------------------------- */

struct brief {
    AGEN_COROUTINE;
    agen_ticks limit, busy;
    bool pauses, waits;
    agen_timeout timeout;
};

AGEN(brief, self)
{
    AGEN_BEGIN(self);
    AGEN_TIMEOUT(self, &self->timeout, self->limit) {
        ticks = (agen_ticks)(ticks + self->busy); /* works as long, without a suspension */
        if (self->pauses)
            AGEN_PAUSE(self);
        if (self->waits)
            AGEN_WAIT(self, &event);
    } AGEN_END_TIMEOUT(self);
    AGEN_END(self);
}

static int run_brief(agen_ticks limit, agen_ticks busy, bool pauses, bool waits)
{
    struct brief b = { AGEN_INIT(brief), .limit = limit, .busy = busy };
    agen_task task;
    int status;

    memset(&task, 0, sizeof task);
    b.pauses = pauses;
    b.waits = waits;
    begin();
    memset(&event, 0, sizeof event);
    CHECK_INT(agen_spawn(&loop, &task, &b), AGEN_DONE);
    settle();
    status = agen_task_status(&task);
    CHECK_INT(agen_expired(&b.timeout), status == AGEN_E_TIMEOUT);
    (void)agen_cancel(&task);
    end();
    return status;
}

static void test_t2_zero_ticks(void)
{
    CHECK_INT(run_brief(0, 0, false, false), AGEN_DONE);
    CHECK_INT(run_brief(0, 0, true, false), AGEN_E_TIMEOUT); /* sleep(0) is one */
    CHECK_INT(run_brief(0, 0, false, true), AGEN_E_TIMEOUT);
    CHECK_INT(run_brief(1, 0, true, false), AGEN_DONE);
    CHECK_INT(run_brief(1, 0, false, true), AGEN_PENDING);
}

/* asyncio.timeout(None) */
static void test_t2_no_limit(void)
{
    struct timed *t = run_timed(SLEEPS, AGEN_FOREVER, 50);

    CHECK_INT(t->inside, 0);
    CHECK_INT(t->outside, 0);
    CHECK_INT(t->after, 50);
    CHECK(!agen_expired(&t->timeout));
    CHECK_TRACE("end past");
    t = run_timed(RAISES, AGEN_FOREVER, 0);
    CHECK_INT(t->outside, E_OWN);
    CHECK_TRACE("");
}

static void test_t2_deadline_in_the_past(void)
{
    CHECK_INT(run_brief(10, 50, false, false), AGEN_DONE);
    CHECK_INT(run_brief(10, 50, true, false), AGEN_E_TIMEOUT);
    CHECK_INT(run_brief(10, 50, false, true), AGEN_E_TIMEOUT);
    CHECK_INT(run_brief(10, 10, true, false), AGEN_E_TIMEOUT);
    CHECK_INT(run_brief(10, 9, true, false), AGEN_DONE);
}

/* --- T3, T4: nested --------------------------------------------------------------------------- */

enum { LEVELS = 4 };

struct nested {
    AGEN_COROUTINE;
    agen_ticks limit[LEVELS]; /* the first is the outermost */
    agen_timeout timeout[LEVELS];
    int seen[LEVELS]; /* what came out of each */
    bool catches[LEVELS];
    agen_ticks work, when;
    struct witness witness;
    agen_task task;
};

static void note_level(struct nested *self, int level, int error)
{
    self->seen[level] = error;
    self->when = ticks;
}

AGEN(nested, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->timeout[0], self->limit[0]) {
            AGEN_TRY(self) {
                AGEN_TIMEOUT(self, &self->timeout[1], self->limit[1]) {
                    AGEN_TRY(self) {
                        AGEN_TIMEOUT(self, &self->timeout[2], self->limit[2]) {
                            AGEN_TRY(self) {
                                AGEN_TIMEOUT(self, &self->timeout[3], self->limit[3]) {
                                    AGEN_SLEEP(self, self->work);
                                } AGEN_END_TIMEOUT(self);
                            } AGEN_EXCEPT_ANY(self) {
                                note_level(self, 3, agen_error(self));
                                if (!self->catches[3])
                                    AGEN_RAISE(self, agen_error(self));
                            } AGEN_END_TRY(self);
                            if (self->catches[3])
                                AGEN_SLEEP(self, self->work);
                        } AGEN_END_TIMEOUT(self);
                    } AGEN_EXCEPT_ANY(self) {
                        note_level(self, 2, agen_error(self));
                        AGEN_RAISE(self, agen_error(self));
                    } AGEN_END_TRY(self);
                } AGEN_END_TIMEOUT(self);
            } AGEN_EXCEPT_ANY(self) {
                note_level(self, 1, agen_error(self));
                AGEN_RAISE(self, agen_error(self));
            } AGEN_END_TRY(self);
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT_ANY(self) {
        note_level(self, 0, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_AWAIT(self, &self->witness);
    AGEN_END(self);
}

static struct nested nest;

static void make_nest(int a, int b, int c, int d)
{
    memset(&nest, 0, sizeof nest);
    agen_init(&nest, nested);
    agen_init(&nest.witness, witness);
    nest.limit[0] = (agen_ticks)a;
    nest.limit[1] = (agen_ticks)b;
    nest.limit[2] = (agen_ticks)c;
    nest.limit[3] = (agen_ticks)d;
    nest.work = 1000;
}

static void spawn_nest(int a, int b, int c, int d)
{
    make_nest(a, b, c, d);
    begin();
    CHECK_INT(agen_spawn(&loop, &nest.task, &nest), AGEN_DONE);
}

static void check_nest(int a, int b, int c, int d)
{
    CHECK_INT(nest.seen[0], a);
    CHECK_INT(nest.seen[1], b);
    CHECK_INT(nest.seen[2], c);
    CHECK_INT(nest.seen[3], d);
}

enum { T = AGEN_E_TIMEOUT, C = AGEN_E_CANCELLED };

static void test_t3_the_outermost_raises(void)
{
    spawn_nest(10, 20, 30, 40);
    CHECK(run_out());
    check_nest(T, C, C, C);
    CHECK(agen_expired(&nest.timeout[0]));
    CHECK(!agen_expired(&nest.timeout[1]));
    spawn_nest(20, 10, 30, 40);
    CHECK(run_out());
    check_nest(T, T, C, C);
    CHECK(!agen_expired(&nest.timeout[0]));
    CHECK(agen_expired(&nest.timeout[1]));
    spawn_nest(40, 30, 20, 10);
    CHECK(run_out());
    check_nest(T, T, T, T);
    CHECK(agen_expired(&nest.timeout[3]));
    CHECK(!agen_expired(&nest.timeout[2]));
    CHECK_INT(agen_task_status(&nest.task), AGEN_DONE);
    end();
}

/* Every set of levels that expires in the same pass: one error, and it is the outermost's. */
static void test_t3_expired_together(void)
{
    int set, level, outermost, late;

    for (late = 0; late < 2; late++) {
        for (set = 1; set < 1 << LEVELS; set++) {
            int due[LEVELS];

            outermost = LEVELS;
            for (level = LEVELS - 1; level >= 0; level--) {
                due[level] = set >> level & 1 ? 10 + late * level : 100;
                if (set >> level & 1)
                    outermost = level;
            }
            spawn_nest(due[0], due[1], due[2], due[3]);
            settle();
            ticks = 50; /* a late poll */
            settle();
            for (level = 0; level < LEVELS; level++) {
                CHECK_INT(nest.seen[level], level <= outermost ? T : C);
                CHECK_INT(agen_expired(&nest.timeout[level]), set >> level & 1);
            }
            end();
        }
    }
}

/* The inner one is over and handled, the outer one comes later. */
static void test_t4_the_outer_fires_later(void)
{
    spawn_nest(100, 60, 40, 10);
    nest.catches[3] = true;
    run_until(10);
    check_nest(0, 0, 0, T);
    CHECK(!agen_expired(&nest.timeout[2]));
    run_until(39);
    check_nest(0, 0, 0, T);
    run_until(40);
    check_nest(T, T, T, T);
    CHECK(agen_expired(&nest.timeout[2]));
    CHECK(!agen_expired(&nest.timeout[1]));
    CHECK_INT(nest.when, 40);
    end();
}

/* --- T5: a cancellation from outside ---------------------------------------------------------- */

static void test_t5_from_outside(void)
{
    spawn_nest(10, 10, 10, 10);
    run_until(5);
    CHECK(agen_cancel(&nest.task));
    settle();
    check_nest(C, C, C, C);
    CHECK(!agen_expired(&nest.timeout[0]));
    CHECK(run_out());
    CHECK_INT(agen_task_status(&nest.task), AGEN_DONE); /* it was caught */
    end();
}

/* Cancelled from outside before, after and around the expiry, all delivered as one. */
static void test_t5_coincides_with_expiry(void)
{
    int outermost, level;

    for (outermost = 0; outermost < LEVELS; outermost++) {
        spawn_nest(outermost == 0 ? 10 : 90, outermost == 1 ? 10 : 90, outermost == 2 ? 10 : 90,
                   outermost == 3 ? 10 : 90);
        run_until(9);
        CHECK(agen_cancel(&nest.task)); /* asked first, and then the deadline passes */
        ticks = 10;
        settle();
        for (level = 0; level < LEVELS; level++) {
            CHECK_INT(nest.seen[level], C);
            CHECK_INT(agen_expired(&nest.timeout[level]), level == outermost);
        }
        CHECK(run_out());
        end();
    }
}

struct killer {
    AGEN_COROUTINE;
    agen_ticks at;
    int times;
    agen_task task, *victim;
};

AGEN(killer, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP_UNTIL(self, self->at);
    for (; self->times > 0; self->times--)
        CHECK(agen_cancel(self->victim));
    AGEN_END(self);
}

/* The deadline passes first; before the task runs, somebody else cancels it as well. */
static void test_t5_after_the_expiry(void)
{
    struct killer k = { AGEN_INIT(killer), .at = 10, .times = 3, .victim = &nest.task };
    int outer;

    for (outer = 0; outer < 2; outer++) {
        make_nest(outer ? 10 : 90, 90, 90, outer ? 90 : 10);
        begin();
        agen_init(&k, killer);
        k.times = 3;
        CHECK_INT(agen_spawn(&loop, &k.task, &k), AGEN_DONE); /* is to be ready first */
        CHECK_INT(agen_spawn(&loop, &nest.task, &nest), AGEN_DONE);
        run_until(10);
        check_nest(C, C, C, C);
        CHECK_INT(agen_expired(&nest.timeout[outer ? 0 : 3]), 1);
        CHECK(run_out());
        end();
    }
}

/* --- T8: in cleanups -------------------------------------------------------------------------- */

struct cleaner {
    AGEN_COROUTINE;
    int seen, seen_again, error_after;
    agen_timeout limit;
    agen_slot slot;
    agen_task task;
};

AGEN(cleaner, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_WAIT(self, &event);
    } AGEN_EXCEPT_ANY(self) {
        AGEN_TRY_IN(self, &self->slot) {
            AGEN_TIMEOUT(self, &self->limit, 5) {
                AGEN_SLEEP(self, 100);
            } AGEN_END_TIMEOUT(self);
        } AGEN_EXCEPT_ANY(self) {
            self->seen = agen_error(self);
        } AGEN_END_TRY(self);
        AGEN_RAISE(self, agen_error(self));
    } AGEN_FINALLY(self) {
        AGEN_TRY_IN(self, &self->slot) {
            AGEN_TIMEOUT(self, &self->limit, 5) {
                AGEN_SLEEP(self, 100);
            } AGEN_END_TIMEOUT(self);
        } AGEN_EXCEPT_ANY(self) {
            self->seen_again = agen_error(self);
        } AGEN_END_TRY(self);
        self->error_after = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_t8_in_a_cleanup(void)
{
    struct cleaner c = { AGEN_INIT(cleaner), .seen = 0 };
    int times;

    for (times = 1; times < 5; times++) {
        int i;

        agen_init(&c, cleaner);
        c.seen = c.seen_again = c.error_after = 0;
        begin();
        memset(&event, 0, sizeof event);
        agen_spawn(&loop, &c.task, &c);
        settle();
        for (i = 0; i < times; i++)
            CHECK(agen_cancel(&c.task));
        run_until(4);
        CHECK_INT(c.seen, 0);
        run_until(5);
        CHECK_INT(c.seen, AGEN_E_TIMEOUT);
        CHECK_INT(c.seen_again, 0);
        run_until(10);
        CHECK_INT(c.seen_again, AGEN_E_TIMEOUT);
        CHECK_INT(c.error_after, AGEN_E_CANCELLED);
        CHECK_INT(agen_task_status(&c.task), AGEN_E_CANCELLED);
        end();
    }
}

/* Cancelled from outside in a cleanup that has a timeout: that is none. */
static void test_t8_cancelled_in_a_cleanup(void)
{
    struct cleaner c = { AGEN_INIT(cleaner), .seen = 0 };

    begin();
    memset(&event, 0, sizeof event);
    agen_spawn(&loop, &c.task, &c);
    settle();
    CHECK(agen_cancel(&c.task));
    run_until(3);
    CHECK(agen_cancel(&c.task));
    run_until(4);
    CHECK_INT(c.seen, AGEN_E_CANCELLED);
    CHECK_INT(c.seen_again, 0);
    run_until(7); /* the second one began at 3 */
    CHECK_INT(c.seen_again, 0);
    ticks = 8;
    CHECK(agen_cancel(&c.task));
    settle();
    CHECK_INT(c.seen_again, AGEN_E_CANCELLED);
    CHECK(agen_expired(&c.limit));
    CHECK_INT(agen_task_status(&c.task), AGEN_E_CANCELLED);
    end();
}

/* Many cancellations that were swallowed before do not turn one from outside into a timeout. */
struct hardened {
    AGEN_COROUTINE;
    int survived, seen;
    agen_timeout limit;
    agen_task task;
};

AGEN(hardened, self)
{
    AGEN_BEGIN(self);
    while (self->survived < 100) {
        AGEN_TRY(self) {
            AGEN_WAIT(self, &event);
        } AGEN_EXCEPT_ANY(self) {
            self->survived++;
        } AGEN_END_TRY(self);
    }
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, 10) {
            AGEN_WAIT(self, &event);
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT_ANY(self) {
        self->seen = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static int run_hardened(bool cancelled_too)
{
    struct hardened h = { AGEN_INIT(hardened), .survived = 0 };
    int i;

    begin();
    memset(&event, 0, sizeof event);
    agen_spawn(&loop, &h.task, &h);
    settle();
    for (i = 0; i < 100; i++) {
        CHECK(agen_cancel(&h.task));
        settle();
    }
    CHECK_INT(h.survived, 100);
    if (cancelled_too)
        CHECK(agen_cancel(&h.task));
    ticks = 10;
    settle();
    end();
    return h.seen;
}

static void test_t5_after_many_cancellations(void)
{
    CHECK_INT(run_hardened(false), AGEN_E_TIMEOUT);
    CHECK_INT(run_hardened(true), AGEN_E_CANCELLED);
}

/* --- Where it stands -------------------------------------------------------------------------- */

/* In a generator's body, which a task awaits. The timeout is over before it yields. */
struct reader {
    AGEN_YIELDS(int);
    int n, finallys;
    agen_timeout limit;
};

AGEN(reader, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (; self->n < 6; self->n++) {
            AGEN_TRY(self) {
                AGEN_TIMEOUT(self, &self->limit, 5) {
                    AGEN_SLEEP(self, (agen_ticks)(self->n % 2 ? 50 : 2));
                } AGEN_END_TIMEOUT(self);
                self->value = self->n;
            } AGEN_EXCEPT(self) {
                CHECK_INT(agen_error(self), AGEN_E_TIMEOUT);
                self->value = -self->n;
            } AGEN_END_TRY(self);
            AGEN_YIELD(self, self->value);
        }
    } AGEN_FINALLY(self) {
        self->finallys++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct reads {
    AGEN_COROUTINE;
    struct reader reader;
    agen_timeout limit;
    bool under_a_limit;
    int caught;
    agen_task task;
};

AGEN(reads, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, (agen_ticks)(self->under_a_limit ? 9 : 90)) {
            AGEN_FOR(self, &self->reader)
                trace_int(self->reader.value);
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT(self) {
        self->caught = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_t1_in_a_generator(void)
{
    struct reads r = { AGEN_INIT(reads), .reader = { AGEN_INIT(reader) } };

    CHECK_INT(run_alone((agen_t *)(void *)&r, &r.task, 100), AGEN_DONE);
    CHECK_TRACE("0 -1 2 -3 4 -5");
    CHECK_INT(r.caught, 0);
    CHECK_INT(r.reader.finallys, 1);
    end();
    agen_init(&r, reads);
    agen_init(&r.reader, reader);
    r.reader.n = r.reader.finallys = 0;
    r.under_a_limit = true; /* of the consumer's: passes through the generator, and ends it */
    CHECK_INT(run_alone((agen_t *)(void *)&r, &r.task, 100), AGEN_DONE);
    CHECK_TRACE("0 -1");
    CHECK_INT(r.caught, AGEN_E_TIMEOUT);
    CHECK_INT(r.reader.finallys, 1);
    CHECK(agen_done(&r.reader));
    end();
}

/* One limit after the other in the same member, and one in a loop. */
struct again {
    AGEN_COROUTINE;
    agen_timeout limit;
    int i, expired;
    agen_task task;
};

AGEN(again, self)
{
    AGEN_BEGIN(self);
    for (; self->i < 10; self->i++) {
        AGEN_TRY(self) {
            AGEN_TIMEOUT(self, &self->limit, 5) {
                if (self->i % 3 != 0)
                    AGEN_SLEEP(self, (agen_ticks)self->i);
            } AGEN_END_TIMEOUT(self);
        } AGEN_EXCEPT(self) {
            self->expired++;
        } AGEN_END_TRY(self);
        CHECK_INT(agen_expired(&self->limit), self->i > 4 && self->i % 3 != 0);
    }
    AGEN_END(self);
}

static void test_t9_one_member_for_several(void)
{
    struct again a = { AGEN_INIT(again), .i = 0 };

    CHECK_INT(run_alone((agen_t *)(void *)&a, &a.task, 200), AGEN_DONE);
    CHECK_INT(a.expired, 3); /* 5, 7, 8 */
    end();
}

/* Without a loop. */
/* The same limit inside of itself is refused, with and without a deadline, and stays as it was. */
static struct reenters {
    AGEN_COROUTINE;
    agen_ticks outer, inner;
    int seen, out;
    agen_timeout limit;
    agen_task task;
} reenters;

AGEN(reenters, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, self->outer) {
            AGEN_TRY(self) {
                AGEN_TIMEOUT(self, &self->limit, self->inner) {
                    AGEN_SLEEP(self, 20);
                } AGEN_END_TIMEOUT(self);
            } AGEN_EXCEPT(self) {
                self->seen = agen_error(self);
            } AGEN_END_TRY(self);
            AGEN_SLEEP(self, 20);
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT(self) {
        self->out = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_t9_entered_twice(void)
{
    agen_timeout stray;
    int how;

    memset(&stray, 0, sizeof stray);
    stray.entry_.base_.state_ = AGEN_TIMEOUT_;

    for (how = 0; how < 4; how++) {
        memset(&reenters, 0, sizeof reenters);
        reenters.limit = stray; /* was that of another task */
        agen_init(&reenters, reenters);
        reenters.outer = how & 1 ? AGEN_FOREVER : 10;
        reenters.inner = how & 2 ? AGEN_FOREVER : 5;
        begin();
        CHECK_INT(agen_spawn(&loop, &reenters.task, &reenters), AGEN_DONE);
        CHECK(run_out());
        CHECK_INT(reenters.seen, AGEN_E_RUNNING);
        CHECK_INT(reenters.out, how & 1 ? 0 : AGEN_E_TIMEOUT);
        CHECK_INT(agen_expired(&reenters.limit), !(how & 1));
        CHECK_INT((int)ticks, how & 1 ? 20 : 10);
        end();
    }
}

static void test_t9_needs_a_task(void)
{
    struct brief b = { AGEN_INIT(brief), .limit = 5 };

    CHECK_INT(agen_next(&b), AGEN_E_NO_LOOP);
    CHECK(agen_done(&b));
}

/* A wait that was granted as the deadline passed: given back, and the block is timed out. */
struct locker {
    AGEN_COROUTINE;
    agen_lock *lock;
    int got, seen;
    agen_timeout limit;
    agen_task task;
};

AGEN(locker, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, 10) {
            AGEN_ACQUIRE(self, self->lock);
            self->got++;
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT(self) {
        self->seen = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_t1_granted_too_late(void)
{
    agen_lock lock;
    struct locker first = { AGEN_INIT(locker), .lock = &lock };
    struct locker second = { AGEN_INIT(locker), .lock = &lock };

    memset(&lock, 0, sizeof lock);
    CHECK(agen_try_acquire(&lock));
    begin();
    agen_spawn(&loop, &first.task, &first);
    settle();
    ticks = 5;
    agen_spawn(&loop, &second.task, &second);
    settle();
    CHECK_INT(agen_release(&lock), AGEN_DONE); /* to the first, which is ready now */
    ticks = 10;
    (void)agen_loop_poll(&loop);
    CHECK_INT(first.got, 0);
    CHECK_INT(first.seen, AGEN_E_TIMEOUT);
    CHECK(run_out());
    CHECK_INT(second.got, 1);
    CHECK_INT(second.seen, 0);
    CHECK(!agen_try_acquire(&lock));
    end();
}

int main(void)
{
    test_t1_expires();
    test_t1_in_time();
    test_t1_left_early();
    test_t1_at_the_same_tick();
    test_t1_in_a_generator();
    test_t1_granted_too_late();
    test_t2_zero_ticks();
    test_t2_no_limit();
    test_t2_deadline_in_the_past();
    test_t3_the_outermost_raises();
    test_t3_expired_together();
    test_t4_the_outer_fires_later();
    test_t5_from_outside();
    test_t5_coincides_with_expiry();
    test_t5_after_the_expiry();
    test_t5_after_many_cancellations();
    test_t6_another_error_passes();
    test_t7_swallowed();
    test_t8_in_a_cleanup();
    test_t8_cancelled_in_a_cleanup();
    test_t9_one_member_for_several();
    test_t9_entered_twice();
    test_t9_needs_a_task();
    return check_result();
}
