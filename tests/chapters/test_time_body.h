/* SPDX-License-Identifier: 0BSD */
/*
 * Time: who sleeps wakes in the order of the deadlines, whatever the clock does. For a clock of any
 * width: test_time.c, test_time_16.c and test_time_64.c define AGEN_TICKS and include this.
 */
#include "loop.h"

enum { C = AGEN_E_CANCELLED };
enum { MOST = SIZE_MAX > 65535 ? 1000 : 100 };

/* The farthest that anybody may sleep. */
#define HALF ((agen_ticks)(AGEN_FOREVER / 2))
#define TICKS(x) ((agen_ticks)(x))

/* --- Sleepers, and the order in which they woke ----------------------------------------------- */

static struct sleeper {
    AGEN_COROUTINE;
    int id;
    bool until; /* a time, not a delay */
    agen_ticks time, woke;
    agen_task task;
} sleepers[MOST];

static int woken[MOST], woken_count;

AGEN(sleeper, self)
{
    AGEN_BEGIN(self);
    if (self->until)
        AGEN_SLEEP_UNTIL(self, self->time);
    else
        AGEN_SLEEP(self, self->time);
    self->woke = ticks;
    woken[woken_count++] = self->id;
    AGEN_END(self);
}

static void spawn_sleeper(int id, bool until, agen_ticks time)
{
    struct sleeper *s = &sleepers[id];

    agen_init(s, sleeper);
    s->id = id;
    s->until = until;
    s->time = time;
    CHECK_INT(agen_spawn(&loop, &s->task, s), AGEN_DONE);
}

static void begin_sleepers(agen_ticks time)
{
    begin_at(time);
    woken_count = 0;
}

/* So many woke, in the order of their ids: from `first` on, by `step`. */
static void check_woken(int count, int first, int step)
{
    int i, wrong = 0;

    CHECK_INT(woken_count, count);
    for (i = 0; i < woken_count; i++)
        wrong += woken[i] != first + i * step;
    CHECK_INT(wrong, 0);
    woken_count = 0;
}

/* Times at which a clock is begun: it wraps early, late, or not at all. */
static agen_ticks start_time(int which)
{
    static const int before[] = { 0, 1, 2, 50, 99, 100, 101, 500, 1000 };

    return which == 0 ? 0 : which < 9 ? TICKS(0 - before[which]) : TICKS(HALF - 50);
}

enum { STARTS = 10 };

/* --- L4: the order of deadlines --------------------------------------------------------------- */

static void test_l4_order(void)
{
    int which, i;

    for (which = 0; which < STARTS; which++) {
        agen_ticks start = start_time(which);

        begin_sleepers(start);
        for (i = 0; i < MOST; i++) /* the last one is due first */
            spawn_sleeper(i, false, TICKS(MOST - i));
        (void)agen_loop_poll(&loop);
        CHECK_INT(agen_loop_idle_ticks(&loop), 1);
        CHECK(run_out());
        check_woken(MOST, MOST - 1, -1);
        for (i = 0; i < MOST; i++)
            CHECK(sleepers[i].woke == TICKS(start + (agen_ticks)(MOST - i)));
        end();
    }
}

/* One late poll for all of them: the same order. */
static void test_l4_late_poll(void)
{
    int which, until, i;

    for (until = 0; until < 2; until++) {
        for (which = 0; which < STARTS; which++) {
            agen_ticks start = start_time(which);

            begin_sleepers(start);
            for (i = 0; i < MOST; i++)
                spawn_sleeper(i, until, TICKS((until ? start : 0) + (agen_ticks)(MOST - i)));
            (void)agen_loop_poll(&loop);
            ticks = TICKS(start + MOST / 2); /* half of them, */
            CHECK_INT(agen_loop_idle_ticks(&loop), 0);
            (void)agen_loop_poll(&loop);
            CHECK_INT(woken[0], MOST - 1);
            check_woken(MOST / 2, MOST - 1, -1);
            CHECK_INT(agen_loop_idle_ticks(&loop), 1);
            ticks = TICKS(ticks + 20000); /* and long after, the others */
            (void)agen_loop_poll(&loop);
            check_woken(MOST / 2, MOST / 2 - 1, -1);
            end();
        }
    }
}

/* --- L5: equal deadlines, first registered, first fired --------------------------------------- */

static void test_l5_equal_deadlines(void)
{
    int which, until, i;

    for (until = 0; until < 2; until++) {
        for (which = 0; which < STARTS; which++) {
            agen_ticks start = start_time(which);

            begin_sleepers(start);
            for (i = 0; i < MOST; i++)
                spawn_sleeper(i, until, TICKS((until ? start : 0) + 100));
            (void)agen_loop_poll(&loop);
            ticks = TICKS(start + 99);
            (void)agen_loop_poll(&loop);
            check_woken(0, 0, 1);
            ticks = TICKS(start + 100);
            CHECK(!agen_loop_poll(&loop)); /* all of them in this pass */
            check_woken(MOST, 0, 1);
            end();
        }
    }
}

/* Registered at different times, for the same one. */
static void test_l5_registered_at_different_times(void)
{
    int i;

    begin_sleepers(TICKS(0 - 50));
    for (i = 0; i < 100; i++) {
        ticks = TICKS(i - 50);
        spawn_sleeper(i, i % 3 == 0, i % 3 == 0 ? TICKS(70) : TICKS(120 - i));
        (void)agen_loop_poll(&loop);
    }
    check_woken(0, 0, 1);
    CHECK(run_out());
    check_woken(100, 0, 1);
    CHECK(ticks == 70);
    end();
}

/* Every third is cancelled: the others keep their order. */
static void test_l5_with_cancellations(void)
{
    int i, expected = 0;

    begin_sleepers(0);
    for (i = 0; i < MOST; i++)
        spawn_sleeper(i, false, 100);
    (void)agen_loop_poll(&loop);
    for (i = 0; i < MOST; i += 3)
        CHECK(agen_cancel(&sleepers[i].task));
    CHECK(run_out());
    CHECK_INT(woken_count, MOST - (MOST + 2) / 3);
    for (i = 0; i < woken_count; i++, expected++) {
        if (expected % 3 == 0)
            expected++;
        CHECK_INT(woken[i], expected);
    }
    end();
}

/* --- L6: deadlines that are past -------------------------------------------------------------- */

static void test_l6_past_deadlines(void)
{
    int which, i;

    for (which = 0; which < STARTS; which++) {
        agen_ticks start = start_time(which);

        begin_sleepers(start);
        spawn_sleeper(0, true, start);
        spawn_sleeper(1, true, TICKS(start - 1));
        spawn_sleeper(2, true, TICKS(start - 100));
        spawn_sleeper(3, true, TICKS(start - HALF));
        spawn_sleeper(4, false, 0);
        (void)agen_loop_poll(&loop);
        check_woken(0, 0, 1); /* none in the pass that registered it */
        CHECK_INT(agen_loop_idle_ticks(&loop), 0);
        CHECK(!agen_loop_poll(&loop)); /* one pass, and no more */
        CHECK_INT(woken_count, 5);
        for (i = 0; i < 5; i++)
            CHECK(sleepers[i].woke == start);
        end();
    }
}

/* --- The clock goes on within a pass ---------------------------------------------------------- */

struct worker {
    AGEN_COROUTINE;
    agen_ticks works, sleeps, woke;
    agen_task task;
};

AGEN(worker, self)
{
    AGEN_BEGIN(self);
    ticks = TICKS(ticks + self->works);
    AGEN_SLEEP(self, self->sleeps);
    self->woke = ticks;
    AGEN_END(self);
}

static void test_l6_busy_pass(void)
{
    struct worker a = { AGEN_INIT(worker), .works = 20, .sleeps = 5 };
    struct worker b = { AGEN_INIT(worker), .works = 100, .sleeps = HALF };
    int which;

    for (which = 0; which < STARTS; which++) {
        agen_ticks start = start_time(which);

        begin_sleepers(start);
        agen_init(&a, worker);
        agen_init(&b, worker);
        spawn_sleeper(0, false, 10);
        agen_spawn(&loop, &a.task, &a); /* is at 20 when it begins to sleep */
        agen_spawn(&loop, &b.task, &b); /* at 120, and then as long as can be */
        (void)agen_loop_poll(&loop);
        CHECK(ticks == TICKS(start + 120));
        CHECK_INT(agen_loop_idle_ticks(&loop), 0);
        (void)agen_loop_poll(&loop); /* the first two, late */
        check_woken(1, 0, 1);
        CHECK(a.woke == TICKS(start + 120));
        CHECK(agen_loop_idle_ticks(&loop) == HALF);
        ticks = TICKS(ticks + HALF - 1);
        (void)agen_loop_poll(&loop);
        CHECK_INT(agen_task_status(&b.task), AGEN_PENDING);
        CHECK_INT(agen_loop_idle_ticks(&loop), 1);
        ticks = TICKS(ticks + 1);
        (void)agen_loop_poll(&loop);
        CHECK_INT(agen_task_status(&b.task), AGEN_DONE);
        end();
    }
}

/* --- The farthest deadlines and the latest polls ---------------------------------------------- */

static void test_l4_half_the_range(void)
{
    int which;

    for (which = 0; which < STARTS; which++) {
        agen_ticks start = start_time(which);

        begin_sleepers(start);
        spawn_sleeper(2, false, HALF);
        spawn_sleeper(1, false, TICKS(HALF - 1));
        spawn_sleeper(0, false, 1);
        spawn_sleeper(3, true, TICKS(start + HALF));
        (void)agen_loop_poll(&loop);
        ticks = TICKS(start + HALF); /* the first poll in half the range */
        CHECK(!agen_loop_poll(&loop));
        check_woken(4, 0, 1);
        end();
        begin_sleepers(start);
        spawn_sleeper(0, false, HALF);
        (void)agen_loop_poll(&loop);
        CHECK(agen_loop_idle_ticks(&loop) == HALF);
        ticks = TICKS(start + 10);
        spawn_sleeper(1, false, HALF);
        (void)agen_loop_poll(&loop);
        CHECK(agen_loop_idle_ticks(&loop) == TICKS(HALF - 10));
        ticks = TICKS(start + HALF);
        (void)agen_loop_poll(&loop);
        CHECK_INT(agen_loop_idle_ticks(&loop), 10);
        ticks = TICKS(ticks + HALF); /* late */
        (void)agen_loop_poll(&loop);
        check_woken(2, 0, 1);
        end();
    }
}

/* Once around the clock, and again, always with somebody who sleeps. */
static void test_l4_around_the_clock(void)
{
    agen_ticks step = TICKS(HALF / 3 + 1);
    int i;

    begin_sleepers(7);
    for (i = 0; i < 50; i++, ticks = TICKS(ticks + step)) {
        settle();
        check_woken(i < 2 ? 0 : 1, i - 2, 1);
        spawn_sleeper(i, false, TICKS(2 * step));
        settle();
        CHECK(agen_loop_idle_ticks(&loop) == TICKS(i == 0 ? 2 * step : step));
    }
    settle();
    check_woken(1, 48, 1);
    CHECK(run_out());
    check_woken(1, 49, 1);
    end();
}

/* --- The tree against a list ------------------------------------------------------------------ */

static unsigned long random_state;

static unsigned random_below(unsigned n)
{
    random_state ^= random_state << 13 & 0xFFFFFFFFu;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5 & 0xFFFFFFFFu;
    return (unsigned)(random_state % n);
}

/* Those who sleep, in the order in which they will wake. Times are counted from the start. */
static struct model {
    int id;
    long deadline;
} model[MOST];

static int model_count;

static void model_insert(int id, long deadline)
{
    int i;

    for (i = model_count++; i > 0 && model[i - 1].deadline > deadline; i--)
        model[i] = model[i - 1];
    model[i].id = id;
    model[i].deadline = deadline;
}

static void model_remove(int at, int count)
{
    model_count -= count;
    memmove(model + at, model + at + count, sizeof *model * (size_t)(model_count - at));
}

static int free_ids[MOST], free_count;

static void model_spawn(long now)
{
    int id = free_ids[--free_count];
    unsigned range = random_below(4) ? 50 : 3000;
    long delay = 1 + (long)random_below(range);

    spawn_sleeper(id, random_below(2), TICKS(delay));
    if (sleepers[id].until)
        sleepers[id].time = TICKS(ticks + sleepers[id].time);
    (void)agen_loop_poll(&loop);
    model_insert(id, now + delay);
}

static void model_cancel(void)
{
    int at = (int)random_below((unsigned)model_count);

    CHECK(agen_cancel(&sleepers[model[at].id].task));
    (void)agen_loop_poll(&loop);
    CHECK_INT(agen_task_status(&sleepers[model[at].id].task), C);
    free_ids[free_count++] = model[at].id;
    model_remove(at, 1);
}

static void model_pass(long now)
{
    int due, i;

    (void)agen_loop_poll(&loop);
    for (due = 0; due < model_count && model[due].deadline <= now; due++)
        ;
    CHECK_INT(woken_count, due);
    for (i = 0; i < woken_count && i < due; i++) {
        CHECK_INT(woken[i], model[i].id);
        free_ids[free_count++] = model[i].id;
    }
    woken_count = 0;
    model_remove(0, due);
}

static void run_model(unsigned seed, agen_ticks start)
{
    long now = 0;
    int spawned = 0, i;

    random_state = seed;
    begin_sleepers(start);
    model_count = 0;
    free_count = MOST;
    for (i = 0; i < MOST; i++)
        free_ids[i] = i;
    while (spawned < 10000) {
        unsigned what = random_below(10);

        if (what < 6 && free_count > 0) {
            model_spawn(now);
            spawned++;
        } else if (what < 8 && model_count > 0) {
            model_cancel();
        } else {
            now += (long)random_below(what == 9 ? 20 : 2);
            ticks = TICKS(start + (agen_ticks)now);
            model_pass(now);
        }
        if (model_count == 0)
            CHECK(agen_loop_idle_ticks(&loop) == AGEN_FOREVER);
        else
            CHECK_INT(agen_loop_idle_ticks(&loop), model[0].deadline - now);
    }
    agen_loop_cancel_all(&loop);
    end();
}

static void test_l4_random(void)
{
    run_model(1, 0);
    run_model(2, TICKS(0 - 1000));
    run_model(3, TICKS(HALF - 2000));
}

/* "O(log n) of those who sleep": registered in order, in reverse, and all at once. */
static int depth_below(const struct agen_entry_ *sleeper)
{
    int left, right;

    if (!sleeper)
        return 0;
    left = depth_below(sleeper->place_.timer_.left_);
    right = depth_below(sleeper->place_.timer_.right_);
    return 1 + (left > right ? left : right);
}

static void test_l7_shallow(void)
{
    int order, i;

    for (order = 0; order < 3; order++) {
        begin_sleepers(0);
        for (i = 0; i < MOST; i++)
            spawn_sleeper(i, false, TICKS(order == 0 ? 1 + i : order == 1 ? MOST - i : 5));
        (void)agen_loop_poll(&loop);
        CHECK(depth_below(loop.timers_) < 50); /* of 1000: about 25 */
        for (i = 0; i < MOST; i++)
            CHECK(agen_cancel(&sleepers[i].task));
        CHECK(loop.timers_ == NULL); /* nothing is left of those who were cancelled */
        end();
    }
}

/* --- More than half the range of the clock is no delay ---------------------------------------- */

static struct delayed {
    AGEN_COROUTINE;
    bool limits, wide; /* a timeout, not a sleep; of the widest type, not of agen_ticks */
    uintmax_t delay;
    agen_timeout limit;
} delayed;

AGEN(delayed, self)
{
    AGEN_BEGIN(self);
    if (!self->limits && self->wide)
        AGEN_SLEEP(self, self->delay);
    else if (!self->limits)
        AGEN_SLEEP(self, TICKS(self->delay));
    else if (self->wide)
        AGEN_TIMEOUT(self, &self->limit, self->delay) {
            AGEN_SLEEP(self, HALF);
        } AGEN_END_TIMEOUT(self);
    else
        AGEN_TIMEOUT(self, &self->limit, TICKS(self->delay)) {
            AGEN_SLEEP(self, HALF);
        } AGEN_END_TIMEOUT(self);
    AGEN_END(self);
}

/* How a task that sleeps so long, or has that limit, is `passed` ticks later. */
static int run_delay(bool limits, bool wide, uintmax_t delay, agen_ticks passed)
{
    agen_task task;
    int status;

    begin_at(5);
    loop.error = NULL;
    memset(&task, 0, sizeof task);
    memset(&delayed, 0, sizeof delayed);
    agen_init(&delayed, delayed);
    delayed.limits = limits;
    delayed.wide = wide;
    delayed.delay = delay;
    CHECK_INT(agen_spawn(&loop, &task, &delayed), AGEN_DONE);
    settle();
    ticks = TICKS(ticks + passed);
    settle();
    status = agen_task_status(&task);
    agen_loop_cancel_all(&loop);
    end();
    return status;
}

static void check_delay(bool wide, uintmax_t delay, agen_ticks ends)
{
    CHECK_INT(run_delay(false, wide, delay, ends), AGEN_DONE);
    CHECK_INT(run_delay(true, wide, delay, ends), AGEN_E_TIMEOUT);
    if (ends > 0) {
        CHECK_INT(run_delay(false, wide, delay, TICKS(ends - 1)), AGEN_PENDING);
        CHECK_INT(run_delay(true, wide, delay, TICKS(ends - 1)), AGEN_PENDING);
    }
}

static void check_too_long(bool wide, uintmax_t delay)
{
    CHECK_INT(run_delay(false, wide, delay, 0), AGEN_E_BAD_STATE);
    CHECK_INT(run_delay(true, wide, delay, 0), AGEN_E_BAD_STATE);
}

static void test_too_long(void)
{
    int wide;

    for (wide = 0; wide < 2; wide++) {
        check_delay(wide, 0, 0);
        check_delay(wide, 1, 1);
        check_delay(wide, HALF, HALF);
        check_too_long(wide, (uintmax_t)HALF + 1);
        check_too_long(wide, (uintmax_t)AGEN_FOREVER - 1);
        CHECK_INT(run_delay(false, wide, AGEN_FOREVER, 0), AGEN_E_BAD_STATE);
        CHECK_INT(run_delay(true, wide, AGEN_FOREVER, HALF), AGEN_DONE); /* no limit */
    }
    if (sizeof(agen_ticks) == sizeof(uintmax_t))
        return;
    /* What does not fit must not be cut down to something that does. */
    check_too_long(true, (uintmax_t)AGEN_FOREVER + 1);
    check_too_long(true, (uintmax_t)AGEN_FOREVER + 11);
    check_too_long(true, UINTMAX_MAX / 2);
    /* The difference of two times that were promoted to int, as uint16_t is, wraps. */
    check_delay(true, (uintmax_t)0 - AGEN_FOREVER, 1);
    check_delay(true, (uintmax_t)0 - HALF - 2, HALF);
    check_too_long(true, (uintmax_t)0 - HALF - 1);
    check_too_long(true, (uintmax_t)0 - 2);
}

static void run_time_tests(void)
{
    test_too_long();
    test_l4_order();
    test_l4_late_poll();
    test_l4_half_the_range();
    test_l4_around_the_clock();
    test_l4_random();
    test_l5_equal_deadlines();
    test_l5_registered_at_different_times();
    test_l5_with_cancellations();
    test_l6_past_deadlines();
    test_l6_busy_pass();
    test_l7_shallow();
}
