/* SPDX-License-Identifier: 0BSD */
/*
 * Events, locks, semaphores and queues: which tasks wait for what, and in which order they get it. The
 * tests are named after asyncio's guarantees: E event, K lock, M semaphore, Q queue.
 */
#include "loop.h"

enum { C = AGEN_E_CANCELLED, P = AGEN_PENDING };

static agen_event event;
static agen_lock lock;
static agen_semaphore semaphore;

static void begin_sync(int permits)
{
    begin();
    memset(&event, 0, sizeof event);
    memset(&lock, 0, sizeof lock);
    agen_semaphore_init(&semaphore, permits);
}

/* --- Tasks that take what they can ------------------------------------------------------------ */

enum what { AN_EVENT, A_LOCK, A_SEMAPHORE };

struct user {
    AGEN_COROUTINE;
    enum what what;
    int id;
    agen_ticks uses; /* how long; then it gives it back */
    int times, seen;
    agen_task task;
};

static int using, most_using;

AGEN(user, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (; self->times > 0; self->times--) {
            if (self->what == AN_EVENT)
                AGEN_WAIT(self, &event);
            else if (self->what == A_LOCK)
                AGEN_ACQUIRE(self, &lock);
            else
                AGEN_ACQUIRE(self, &semaphore);
            trace_int(self->id);
            if (++using > most_using)
                most_using = using;
            if (self->uses)
                AGEN_SLEEP(self, self->uses);
            using--;
            if (self->what == A_LOCK && self->uses)
                CHECK_INT(agen_release(&lock), AGEN_DONE);
            if (self->what == A_SEMAPHORE && self->uses)
                CHECK_INT(agen_release(&semaphore), AGEN_DONE);
        }
    } AGEN_EXCEPT_ANY(self) {
        self->seen = agen_error(self);
        AGEN_RAISE(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

enum { USERS = 6 };
static struct user users[USERS];

/* With no time of use, it takes and keeps. */
static void spawn_user(int id, enum what what, int uses)
{
    struct user *u = &users[id];

    memset(u, 0, sizeof *u);
    agen_init(u, user);
    u->what = what;
    u->id = id;
    u->uses = (agen_ticks)uses;
    u->times = 1;
    CHECK_INT(agen_spawn(&loop, &u->task, u), AGEN_DONE);
}

static void spawn_users(int count, enum what what, int uses)
{
    int i;

    using = most_using = 0;
    for (i = 0; i < count; i++)
        spawn_user(i, what, uses);
    (void)agen_loop_poll(&loop);
}

static int status_of(int id)
{
    return agen_task_status(&users[id].task);
}

/* --- E1: events ------------------------------------------------------------------------------- */

static void test_e1_wakes_all_in_order(void)
{
    begin_sync(0);
    spawn_users(5, AN_EVENT, 0);
    CHECK_TRACE("");
    CHECK(!loop.ready_);
    agen_event_set(&event);
    CHECK(agen_event_is_set(&event));
    CHECK_TRACE(""); /* in the next pass */
    (void)agen_loop_poll(&loop);
    CHECK_TRACE("0 1 2 3 4");
    end();
}

static void test_e1_clear_takes_nothing_back(void)
{
    begin_sync(0);
    spawn_users(3, AN_EVENT, 0);
    agen_event_set(&event);
    agen_event_clear(&event);
    CHECK(!agen_event_is_set(&event));
    spawn_user(3, AN_EVENT, 0); /* comes after: it waits for the next time */
    settle();
    CHECK_TRACE("0 1 2");
    CHECK_INT(status_of(3), P);
    agen_event_set(&event);
    settle();
    CHECK_TRACE("3");
    end();
}

static void test_e1_set_twice(void)
{
    begin_sync(0);
    agen_event_set(&event);
    agen_event_set(&event);
    spawn_users(2, AN_EVENT, 0); /* set: they go on at once */
    CHECK_TRACE("0 1");
    CHECK_INT(status_of(1), AGEN_DONE);
    agen_event_clear(&event);
    agen_event_clear(&event);
    spawn_users(2, AN_EVENT, 0);
    agen_event_set(&event);
    agen_event_set(&event);
    settle();
    CHECK_TRACE("0 1");
    end();
}

static void test_e1_cancelled_waiters(void)
{
    int set, i;

    for (set = 0; set < 32; set++) { /* of the five, these are cancelled */
        begin_sync(0);
        spawn_users(5, AN_EVENT, 0);
        for (i = 0; i < 5; i++)
            if (set >> i & 1)
                CHECK(agen_cancel(&users[i].task));
        agen_event_set(&event);
        settle();
        for (i = 0; i < 5; i++) {
            CHECK_INT(status_of(i), set >> i & 1 ? C : AGEN_DONE);
            if (!(set >> i & 1))
                trace("end");
        }
        check_trace_[0] = '\0';
        end();
    }
}

/* Waits again and again: each set is one round. */
static void test_e1_again(void)
{
    int i;

    begin_sync(0);
    for (i = 0; i < 3; i++) {
        spawn_user(i, AN_EVENT, 0);
        users[i].times = 3;
    }
    settle();
    for (i = 0; i < 3; i++) {
        agen_event_set(&event);
        agen_event_clear(&event);
        settle();
        CHECK_TRACE("0 1 2");
    }
    end();
}

/* --- K1 to K3: locks -------------------------------------------------------------------------- */

static void test_k1_first_come(void)
{
    begin_sync(0);
    spawn_users(5, A_LOCK, 10);
    CHECK_TRACE("0"); /* a free one does not give up the turn */
    run_until(9);
    CHECK_TRACE("");
    run_until(10);
    CHECK_TRACE("1");
    run_until(50);
    CHECK_TRACE("2 3 4");
    CHECK_INT(most_using, 1);
    CHECK(agen_try_acquire(&lock));
    end();
}

/* Nobody passes between the release and the run of the one who got it. */
static void test_k1_no_barging(void)
{
    begin_sync(0);
    CHECK(agen_try_acquire(&lock));
    spawn_users(2, A_LOCK, 10);
    CHECK_INT(agen_release(&lock), AGEN_DONE);
    CHECK(!agen_try_acquire(&lock));
    spawn_user(2, A_LOCK, 10);
    (void)agen_loop_poll(&loop);
    CHECK_TRACE("0");
    CHECK(!agen_try_acquire(&lock));
    run_until(30);
    CHECK_TRACE("1 2");
    CHECK_INT(most_using, 1);
    end();
}

/* One that releases and wants it again at once goes to the back. */
static void test_k1_again_at_once(void)
{
    int i;

    begin_sync(0);
    for (i = 0; i < 3; i++) {
        spawn_user(i, A_LOCK, 10);
        users[i].times = 3;
    }
    CHECK(run_out());
    CHECK_TRACE("0 1 2 0 1 2 0 1 2");
    CHECK_INT(ticks, 90);
    end();
}

static void test_k2_cancelled_waiters(void)
{
    int set, released_first, i, expected;

    for (released_first = 0; released_first < 2; released_first++) {
        for (set = 0; set < 32; set++) {
            begin_sync(0);
            CHECK(agen_try_acquire(&lock));
            spawn_users(5, A_LOCK, 0); /* whoever gets it keeps it */
            if (released_first)
                CHECK_INT(agen_release(&lock), AGEN_DONE);
            for (i = 0; i < 5; i++)
                if (set >> i & 1)
                    CHECK(agen_cancel(&users[i].task));
            if (!released_first)
                CHECK_INT(agen_release(&lock), AGEN_DONE);
            settle();
            for (expected = 0; expected < 5 && (set >> expected & 1); expected++)
                ;
            for (i = 0; i < 5; i++)
                CHECK_INT(status_of(i), set >> i & 1 ? C : i == expected ? AGEN_DONE : P);
            CHECK_INT(agen_try_acquire(&lock), expected == 5);
            for (i = 0; i < 5; i++)
                (void)agen_cancel(&users[i].task);
            end();
            CHECK_INT(agen_release(&lock), AGEN_DONE); /* it was held once */
            CHECK_INT(agen_release(&lock), AGEN_E_BAD_STATE);
            check_trace_[0] = '\0';
        }
    }
}

/* The owner is cancelled: the cleanup gives it to the next. */
struct careful {
    AGEN_COROUTINE;
    agen_task task;
    int got;
};

AGEN(careful, self)
{
    AGEN_BEGIN(self);
    AGEN_ACQUIRE(self, &lock);
    self->got++;
    AGEN_TRY(self) {
        AGEN_SLEEP(self, 100);
    } AGEN_FINALLY(self) {
        CHECK_INT(agen_release(&lock), AGEN_DONE);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_k2_the_owner_is_cancelled(void)
{
    struct careful a = { AGEN_INIT(careful), .got = 0 }, b = { AGEN_INIT(careful), .got = 0 };

    begin_sync(0);
    agen_spawn(&loop, &a.task, &a);
    agen_spawn(&loop, &b.task, &b);
    settle();
    CHECK_INT(a.got, 1);
    CHECK_INT(b.got, 0);
    CHECK(agen_cancel(&a.task));
    settle();
    CHECK_INT(b.got, 1);
    CHECK(agen_cancel(&b.task));
    settle();
    CHECK(agen_try_acquire(&lock));
    end();
}

/* In a body it is raised. */
struct releases {
    AGEN_COROUTINE;
    int caught;
    agen_task task;
};

AGEN(releases, self)
{
    AGEN_BEGIN(self);
    AGEN_ACQUIRE(self, &lock);
    AGEN_TRY(self) {
        if (agen_try_acquire(&lock))
            trace("twice");
        else
            AGEN_RELEASE(self, &lock);
        CHECK(agen_try_acquire(&lock));
        AGEN_RELEASE(self, &lock);
        trace("released");
        AGEN_RELEASE(self, &lock);
        trace("and again");
    } AGEN_EXCEPT(self) {
        self->caught = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_k3_release_raises(void)
{
    struct releases r = { AGEN_INIT(releases), .caught = 0 };

    begin();
    memset(&lock, 0, sizeof lock);
    CHECK_INT(agen_spawn(&loop, &r.task, &r), AGEN_DONE);
    CHECK(run_out());
    CHECK_TRACE("released");
    CHECK_INT(r.caught, AGEN_E_BAD_STATE);
    CHECK_INT(agen_task_status(&r.task), AGEN_DONE);
    CHECK(agen_try_acquire(&lock));
    CHECK_INT(agen_release(&lock), AGEN_DONE);
    end();
}

static void test_k3_release_of_a_free_one(void)
{
    begin_sync(0);
    CHECK_INT(agen_release(&lock), AGEN_E_BAD_STATE);
    CHECK(agen_try_acquire(&lock));
    CHECK(!agen_try_acquire(&lock));
    CHECK_INT(agen_release(&lock), AGEN_DONE); /* by anybody: there are no owners */
    CHECK_INT(agen_release(&lock), AGEN_E_BAD_STATE);
    CHECK_INT(agen_release(&lock), AGEN_E_BAD_STATE);
    CHECK(agen_try_acquire(&lock));
    CHECK(!agen_try_acquire(&lock));
    end();
}

/* Not reentrant: it waits for itself. */
static void test_k3_not_reentrant(void)
{
    begin_sync(0);
    spawn_user(0, A_LOCK, 0);
    users[0].times = 2;
    CHECK(!run_out());
    CHECK_TRACE("0");
    CHECK_INT(status_of(0), P);
    CHECK(agen_cancel(&users[0].task));
    end();
}

/* --- M1 to M3: semaphores --------------------------------------------------------------------- */

static void test_m1_as_many_as_permits(void)
{
    int permits;

    for (permits = 1; permits <= USERS; permits++) {
        begin_sync(permits);
        spawn_users(USERS, A_SEMAPHORE, 10);
        CHECK_INT(using, permits);
        CHECK(run_out());
        CHECK_INT(most_using, permits);
        CHECK_TRACE("0 1 2 3 4 5");
        CHECK_INT(ticks, 10 * ((USERS + permits - 1) / permits));
        end();
    }
}

static void test_m1_several_releases(void)
{
    begin_sync(0);
    spawn_users(5, A_SEMAPHORE, 0);
    CHECK_INT(agen_release(&semaphore), AGEN_DONE);
    CHECK_INT(agen_release(&semaphore), AGEN_DONE);
    CHECK_INT(agen_release(&semaphore), AGEN_DONE);
    CHECK(!agen_try_acquire(&semaphore)); /* all three are taken already */
    spawn_user(5, A_SEMAPHORE, 0);
    settle();
    CHECK_TRACE("0 1 2");
    CHECK_INT(agen_release(&semaphore), AGEN_DONE);
    settle();
    CHECK_TRACE("3");
    CHECK_INT(agen_release(&semaphore), AGEN_DONE);
    CHECK_INT(agen_release(&semaphore), AGEN_DONE);
    CHECK_INT(agen_release(&semaphore), AGEN_DONE);
    CHECK(agen_try_acquire(&semaphore)); /* one more than waited */
    CHECK(!agen_try_acquire(&semaphore));
    settle();
    CHECK_TRACE("4 5");
    end();
}

/* Every set of waiters cancelled, every number of releases, before and after. */
static void test_m2_no_permit_is_lost(void)
{
    int set, releases, first, i, left;

    for (first = 0; first < 2; first++) {
        for (releases = 0; releases <= 5; releases++) {
            for (set = 0; set < 16; set++) {
                begin_sync(0);
                spawn_users(4, A_SEMAPHORE, 0);
                for (i = 0; first && i < releases; i++)
                    CHECK_INT(agen_release(&semaphore), AGEN_DONE);
                for (i = 0; i < 4; i++)
                    if (set >> i & 1)
                        CHECK(agen_cancel(&users[i].task));
                for (i = 0; !first && i < releases; i++)
                    CHECK_INT(agen_release(&semaphore), AGEN_DONE);
                settle();
                left = releases;
                for (i = 0; i < 4; i++)
                    CHECK_INT(status_of(i), set >> i & 1 ? C : left-- > 0 ? AGEN_DONE : P);
                for (i = left; i > 0; i--)
                    CHECK(agen_try_acquire(&semaphore));
                CHECK(!agen_try_acquire(&semaphore));
                agen_loop_cancel_all(&loop);
                end();
                check_trace_[0] = '\0';
            }
        }
    }
}

/* There is no bound: a release without an acquire is a permit more, as with asyncio.Semaphore. */
static void test_m3_no_bound(void)
{
    int i;

    begin_sync(2);
    CHECK(agen_try_acquire(&semaphore));
    CHECK_INT(agen_release(&semaphore), AGEN_DONE);
    CHECK_INT(agen_release(&semaphore), AGEN_DONE);
    for (i = 0; i < 3; i++)
        CHECK(agen_try_acquire(&semaphore));
    CHECK(!agen_try_acquire(&semaphore));
    end();
}

/* --- Q: queues -------------------------------------------------------------------------------- */

typedef AGEN_QUEUE(int, 3) queue_of_ints;
static queue_of_ints queue;
static AGEN_QUEUE(int, 1) single;

struct putter {
    AGEN_COROUTINE;
    int first, count;
    int done, seen;
    agen_task task;
};

AGEN(putter, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (; self->done < self->count; self->done++)
            AGEN_PUT(self, &queue, self->first + self->done);
    } AGEN_EXCEPT_ANY(self) {
        self->seen = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct getter {
    AGEN_COROUTINE;
    int id, count;
    int done, item, seen, answer;
    agen_task task;
};

AGEN(getter, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (; self->done < self->count; self->done++) {
            self->item = -1;
            AGEN_GET(self, &queue, self->item);
            self->answer = agen_status(self);
            if (self->answer != AGEN_YIELDED)
                break;
            if (self->id)
                trace_int(self->id);
            trace_int(self->item);
        }
    } AGEN_EXCEPT_ANY(self) {
        self->seen = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

enum { ACTORS = 4 };
static struct putter putters[ACTORS];
static struct getter getters[ACTORS];

static void begin_queue(int items)
{
    int i;

    begin();
    agen_queue_init(&queue);
    for (i = 0; i < items; i++)
        CHECK(agen_try_put(&queue, i));
}

static void spawn_putter(int index, int first, int count)
{
    memset(&putters[index], 0, sizeof putters[index]);
    agen_init(&putters[index], putter);
    putters[index].first = first;
    putters[index].count = count;
    CHECK_INT(agen_spawn(&loop, &putters[index].task, &putters[index]), AGEN_DONE);
}

static void spawn_getter(int index, int id, int count)
{
    memset(&getters[index], 0, sizeof getters[index]);
    agen_init(&getters[index], getter);
    getters[index].id = id;
    getters[index].count = count;
    CHECK_INT(agen_spawn(&loop, &getters[index].task, &getters[index]), AGEN_DONE);
}

/* From plain C: an item, or -1. */
static int get_now(void)
{
    int item = -1;

    return agen_try_get(&queue, item) ? item : -1;
}

static void trace_queue(void)
{
    int item = 0;

    while (agen_try_get(&queue, item))
        trace_int(item);
    CHECK_INT(agen_queue_count(&queue), 0);
}

static void test_q1_first_in_first_out(void)
{
    begin_queue(0);
    spawn_putter(0, 1, 20);
    spawn_getter(0, 0, 20);
    CHECK(run_out());
    CHECK_TRACE("1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20");
    CHECK_INT(agen_queue_count(&queue), 0);
    end();
}

/* A put with room and a get with an item do not give up the turn. */
static void test_q1_no_turn_given_up(void)
{
    begin_queue(0);
    spawn_putter(0, 1, 3);
    (void)agen_loop_poll(&loop);
    CHECK_INT(agen_task_status(&putters[0].task), AGEN_DONE);
    CHECK_INT(agen_queue_count(&queue), 3);
    spawn_getter(0, 0, 3);
    (void)agen_loop_poll(&loop);
    CHECK_INT(agen_task_status(&getters[0].task), AGEN_DONE);
    CHECK_TRACE("1 2 3");
    end();
}

static void test_q1_try_forms(void)
{
    int item = -7, puts = 0, turn;

    begin_queue(0);
    CHECK(!agen_try_get(&queue, item));
    CHECK_INT(item, -7); /* not touched */
    for (turn = 0; turn < 5; turn++) { /* around the end of the array, too */
        CHECK(agen_try_put(&queue, ++puts));
        CHECK(agen_try_put(&queue, ++puts));
        CHECK_INT(agen_queue_count(&queue), 2);
        CHECK(agen_try_get(&queue, item));
        CHECK_INT(item, puts - 1);
        CHECK(agen_try_get(&queue, item));
        CHECK_INT(item, puts);
    }
    CHECK_INT(puts, 10);
    for (turn = 0; turn < 3; turn++)
        CHECK(agen_try_put(&queue, turn));
    CHECK(!agen_try_put(&queue, ++puts)); /* full: not even evaluated */
    CHECK_INT(puts, 10);
    CHECK_INT(agen_queue_count(&queue), 3);
    trace_queue();
    CHECK_TRACE("0 1 2");
    end();
}

#ifdef __GNUC__
/* What is put puts into the same queue first, or closes it. */
static AGEN_QUEUE(int, 4) busy;

static int puts_more(int value, bool closes)
{
    if (closes)
        agen_queue_close(&busy);
    else
        CHECK(agen_try_put(&busy, value - 1));
    return value;
}

struct puts {
    AGEN_COROUTINE;
    bool closes;
    agen_task task;
};

AGEN(puts, self)
{
    AGEN_BEGIN(self);
    AGEN_PUT(self, &busy, puts_more(20, self->closes));
    AGEN_END(self);
}

static void test_q1_a_put_in_a_put(void)
{
    static const int expected[] = { 9, 10, 19, 20 };
    struct puts puts;
    int i, value = 0;

    begin();
    memset(&puts, 0, sizeof puts);
    agen_init(&puts, puts);
    agen_queue_init(&busy);
    CHECK(agen_try_put(&busy, puts_more(10, false)));
    CHECK_INT(agen_spawn(&loop, &puts.task, &puts), AGEN_DONE);
    CHECK(run_out());
    for (i = 0; i < 4; i++) {
        CHECK(agen_try_get(&busy, value));
        CHECK_INT(value, expected[i]);
    }
    agen_init(&puts, puts);
    puts.closes = true;
    CHECK_INT(agen_spawn(&loop, &puts.task, &puts), AGEN_DONE);
    CHECK(run_out());
    CHECK_INT(agen_task_status(&puts.task), AGEN_E_CLOSED);
    agen_queue_init(&busy);
    CHECK(!agen_try_put(&busy, puts_more(10, true)));
    CHECK(!agen_try_put(&busy, puts_more(10, false))); /* not evaluated */
    CHECK_INT(agen_queue_count(&busy), 0);
    failures = 0;
    end();
}
#endif

static void test_q1_getters_in_order(void)
{
    int i;

    begin_queue(0);
    for (i = 0; i < 3; i++)
        spawn_getter(i, 100 + i, 2);
    settle();
    for (i = 0; i < 3; i++)
        CHECK(agen_try_put(&queue, i));
    settle();
    CHECK_TRACE("100 0 101 1 102 2"); /* and who comes again is last again */
    for (i = 0; i < 3; i++)
        CHECK(agen_try_put(&queue, i));
    settle();
    CHECK_TRACE("100 0 101 1 102 2");
    end();
}

static void test_q1_putters_in_order(void)
{
    int i, item = 0;

    begin_queue(3);
    for (i = 0; i < 4; i++)
        spawn_putter(i, 10 * i + 10, 2);
    settle();
    for (i = 0; i < 11; i++) {
        CHECK(agen_try_get(&queue, item));
        trace_int(item);
        settle();
    }
    CHECK_TRACE("0 1 2 10 20 30 40 11 21 31 41");
    CHECK_INT(agen_queue_count(&queue), 0);
    end();
}

static void test_q1_capacity_one(void)
{
    int item = 0, i;

    begin();
    agen_queue_init(&single);
    for (i = 0; i < 5; i++) {
        CHECK(agen_try_put(&single, i));
        CHECK(!agen_try_put(&single, 99));
        CHECK_INT(agen_queue_count(&single), 1);
        CHECK(agen_try_get(&single, item));
        CHECK_INT(item, i);
        CHECK(!agen_try_get(&single, item));
    }
    end();
}

#ifndef __SDCC /* which has neither compound literals nor structures by value */
/* --- Q1: items of any type -------------------------------------------------------------------- */

struct point {
    char tag;
    double x, y;
    const char *name;
};

static AGEN_QUEUE(struct point, 2) points;
static AGEN_QUEUE(char, 5) letters;
static AGEN_QUEUE(const char *, 1) words;

struct mixed {
    AGEN_COROUTINE;
    int i;
    bool gets;
    struct point point;
    char letter;
    const char *word;
    agen_task task;
};

static int evaluations;

static struct point make_point(int n)
{
    struct point p = { 'p', 0.0, 0.0, "made" };

    evaluations++;
    p.x = n;
    p.y = -n;
    return p;
}

AGEN(mixed, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 10; self->i++) {
        if (!self->gets) {
            AGEN_PUT(self, &points, make_point(self->i));
            AGEN_PUT(self, &points, (struct point){ 'q', 1.5, 2.5, "literal" });
            AGEN_PUT(self, &letters, (char)('a' + self->i));
            AGEN_PUT(self, &words, self->i % 2 ? "odd" : "even");
        } else {
            AGEN_GET(self, &points, self->point);
            CHECK(self->point.tag == 'p' && self->point.x == self->i);
            CHECK(self->point.y == -self->i);
            AGEN_GET(self, &points, self->point);
            CHECK(self->point.tag == 'q' && self->point.y == 2.5);
            CHECK_STR(self->point.name, "literal");
            AGEN_GET(self, &letters, self->letter);
            CHECK_INT(self->letter, 'a' + self->i);
            AGEN_NEXT(self, &words);
            CHECK_STR(words.value, self->i % 2 ? "odd" : "even");
        }
    }
    AGEN_END(self);
}

static void test_q1_types(void)
{
    struct mixed puts = { AGEN_INIT(mixed), .gets = false };
    struct mixed gets = { AGEN_INIT(mixed), .gets = true };

    begin();
    evaluations = 0;
    agen_queue_init(&points);
    agen_queue_init(&letters);
    agen_queue_init(&words);
    agen_spawn(&loop, &gets.task, &gets);
    agen_spawn(&loop, &puts.task, &puts);
    CHECK(run_out());
    CHECK_INT(agen_task_status(&puts.task), AGEN_DONE);
    CHECK_INT(agen_task_status(&gets.task), AGEN_DONE);
    CHECK_INT(evaluations, 10); /* once each */
    end();
}
#endif

/* --- Q2, Q3: cancelled waiters ---------------------------------------------------------------- */

static void test_q2_no_item_is_lost(void)
{
    int set, puts, first, i, left;

    for (first = 0; first < 2; first++) {
        for (puts = 0; puts <= 3; puts++) {
            for (set = 0; set < 16; set++) {
                begin_queue(0);
                for (i = 0; i < 4; i++)
                    spawn_getter(i, 0, 1);
                settle();
                for (i = 0; first && i < puts; i++)
                    CHECK(agen_try_put(&queue, i));
                for (i = 0; i < 4; i++)
                    if (set >> i & 1)
                        CHECK(agen_cancel(&getters[i].task));
                for (i = 0; !first && i < puts; i++)
                    CHECK(agen_try_put(&queue, i));
                settle();
                left = puts;
                for (i = 0; i < 4; i++) {
                    bool gets = !(set >> i & 1) && left > 0;

                    CHECK_INT(getters[i].seen, set >> i & 1 ? C : 0);
                    CHECK_INT(getters[i].done, gets);
                    if (gets)
                        left--;
                }
                CHECK_INT(agen_queue_count(&queue), left);
                trace_queue();
                CHECK_TRACE(puts == 0 ? "" : puts == 1 ? "0" : puts == 2 ? "0 1" : "0 1 2");
                agen_loop_cancel_all(&loop);
                end();
            }
        }
    }
}

static void test_q3_no_room_is_lost(void)
{
    int set, gets, first, i, left;

    for (first = 0; first < 2; first++) {
        for (gets = 0; gets <= 3; gets++) {
            for (set = 0; set < 16; set++) {
                begin_queue(3);
                for (i = 0; i < 4; i++)
                    spawn_putter(i, 10 + i, 1);
                settle();
                for (i = 0; first && i < gets; i++)
                    CHECK_INT(get_now(), i);
                for (i = 0; i < 4; i++)
                    if (set >> i & 1)
                        CHECK(agen_cancel(&putters[i].task));
                for (i = 0; !first && i < gets; i++)
                    CHECK_INT(get_now(), i);
                settle();
                left = gets;
                for (i = 0; i < 4; i++) {
                    bool puts = !(set >> i & 1) && left > 0;

                    CHECK_INT(putters[i].seen, set >> i & 1 ? C : 0);
                    CHECK_INT(putters[i].done, puts);
                    if (puts)
                        left--;
                }
                CHECK_INT(agen_queue_count(&queue), 3 - left);
                for (i = 0; i < 4; i++) { /* nobody waits any more, but for those left over */
                    (void)agen_cancel(&putters[i].task);
                    settle();
                }
                for (i = left; i > 0; i--)
                    CHECK(agen_try_put(&queue, 99));
                CHECK(!agen_try_put(&queue, 99));
                end();
            }
        }
    }
}

/* --- Q4: here nobody passes ------------------------------------------------------------------- */

/* Asyncio's get_nowait() may take the item before the getter that was woken for it runs. */
static void test_q4_no_barging(void)
{
    int item = -1;

    begin_queue(0);
    spawn_getter(0, 0, 1);
    settle();
    CHECK(agen_try_put(&queue, 1));
    CHECK(!agen_try_get(&queue, item));
    CHECK_INT(item, -1);
    spawn_getter(1, 0, 1);
    settle();
    CHECK_TRACE("1");
    CHECK_INT(getters[0].done, 1);
    CHECK_INT(getters[1].done, 0);
    agen_loop_cancel_all(&loop);
    end();
    begin_queue(3);
    spawn_putter(0, 10, 1);
    settle();
    CHECK(agen_try_get(&queue, item));
    CHECK(!agen_try_put(&queue, 99));
    settle();
    trace_queue();
    CHECK_TRACE("1 2 10");
    end();
}

/* --- Q6: close -------------------------------------------------------------------------------- */

static void test_q6_drains(void)
{
    begin_queue(2);
    agen_queue_close(&queue);
    agen_queue_close(&queue); /* twice is once */
    CHECK(!agen_try_put(&queue, 9));
    spawn_putter(0, 9, 1);
    spawn_getter(0, 0, 5);
    settle();
    CHECK_INT(putters[0].seen, AGEN_E_CLOSED);
    CHECK_TRACE("0 1");
    CHECK_INT(getters[0].answer, AGEN_DONE);
    CHECK_INT(getters[0].item, -1); /* not touched */
    CHECK_INT(get_now(), -1);
    spawn_getter(1, 0, 1);
    settle();
    CHECK_INT(getters[1].answer, AGEN_DONE); /* and so for ever */
    end();
}

static void test_q6_wakes_those_who_wait(void)
{
    int i;

    begin_queue(0);
    for (i = 0; i < 3; i++)
        spawn_getter(i, 0, 1);
    settle();
    agen_queue_close(&queue);
    settle();
    for (i = 0; i < 3; i++) {
        CHECK_INT(getters[i].answer, AGEN_DONE);
        CHECK_INT(agen_task_status(&getters[i].task), AGEN_DONE);
    }
    end();
    begin_queue(3);
    for (i = 0; i < 3; i++)
        spawn_putter(i, 9, 1);
    settle();
    agen_queue_close(&queue);
    settle();
    for (i = 0; i < 3; i++)
        CHECK_INT(putters[i].seen, AGEN_E_CLOSED);
    trace_queue();
    CHECK_TRACE("0 1 2");
    end();
}

/* A getter that was granted an item has it; a putter that was granted room comes too late. */
static void test_q6_those_who_were_granted(void)
{
    begin_queue(0);
    spawn_getter(0, 0, 2);
    spawn_getter(1, 0, 1);
    settle();
    CHECK(agen_try_put(&queue, 1));
    agen_queue_close(&queue);
    settle();
    CHECK_TRACE("1");
    CHECK_INT(getters[0].answer, AGEN_DONE);
    CHECK_INT(getters[0].done, 1);
    CHECK_INT(getters[1].done, 0);
    end();
    begin_queue(3);
    spawn_putter(0, 9, 1);
    settle();
    while (get_now() >= 0)
        ;
    agen_queue_close(&queue);
    spawn_getter(0, 0, 1); /* closed and drained: */
    settle();
    CHECK_INT(getters[0].answer, AGEN_DONE);
    CHECK_INT(putters[0].seen, AGEN_E_CLOSED); /* so that nothing may come after that */
    CHECK_INT(agen_queue_count(&queue), 0);
    end();
}

/* After the close, a task that was granted an item is cancelled: the item goes to another waiter. */
static void test_q6_granted_and_cancelled(void)
{
    begin_queue(0);
    spawn_getter(0, 100, 1);
    spawn_getter(1, 101, 2);
    settle();
    CHECK(agen_try_put(&queue, 1));
    agen_queue_close(&queue);
    CHECK(agen_cancel(&getters[0].task));
    settle();
    CHECK_INT(getters[0].seen, C);
    CHECK_TRACE("101 1");
    CHECK_INT(getters[1].answer, AGEN_DONE);
    CHECK_INT(agen_queue_count(&queue), 0);
    end();
}

/* --- A queue as a generator ------------------------------------------------------------------- */

struct consumer {
    AGEN_COROUTINE;
    int stop_at; /* leaves the loop at this item */
    int seen, ended, patience;
    agen_timeout limit;
    agen_task task;
};

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (!self->patience) {
            AGEN_FOR(self, &queue) {
                trace_int(queue.value);
                if (queue.value == self->stop_at)
                    break;
            }
        } else {
            AGEN_TIMEOUT(self, &self->limit, (agen_ticks)self->patience) {
                AGEN_FOR(self, &queue)
                    trace_int(queue.value);
            } AGEN_END_TIMEOUT(self);
        }
        self->ended++;
    } AGEN_EXCEPT_ANY(self) {
        self->seen = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static struct consumer consumers[2];

static void spawn_consumer(int index, int stop_at, int patience)
{
    memset(&consumers[index], 0, sizeof consumers[index]);
    agen_init(&consumers[index], consumer);
    consumers[index].stop_at = stop_at;
    consumers[index].patience = patience;
    CHECK_INT(agen_spawn(&loop, &consumers[index].task, &consumers[index]), AGEN_DONE);
}

static void test_q1_for(void)
{
    begin_queue(0);
    spawn_consumer(0, -1, 0);
    spawn_putter(0, 1, 10);
    settle();
    CHECK_TRACE("1 2 3 4 5 6 7 8 9 10");
    CHECK_INT(consumers[0].ended, 0);
    agen_queue_close(&queue);
    settle();
    CHECK_INT(consumers[0].ended, 1);
    end();
}

static void test_q1_for_left_early(void)
{
    begin_queue(3);
    spawn_consumer(0, 1, 0);
    settle();
    CHECK_TRACE("0 1");
    CHECK_INT(consumers[0].ended, 1);
    CHECK_INT(agen_queue_count(&queue), 1);
    spawn_consumer(0, 7, 0); /* another goes on with the rest */
    spawn_putter(0, 5, 3);
    settle();
    CHECK_TRACE("2 5 6 7");
    end();
}

static void test_q6_for_drains(void)
{
    begin_queue(3);
    agen_queue_close(&queue);
    spawn_consumer(0, -1, 0);
    settle();
    CHECK_TRACE("0 1 2");
    CHECK_INT(consumers[0].ended, 1);
    end();
}

/* "For one consumer at a time." The other is refused, and the first not disturbed. */
static void test_q1_for_two_consumers(void)
{
    begin_queue(0);
    spawn_consumer(0, 3, 0);
    spawn_consumer(1, 3, 0);
    settle();
    CHECK_INT(consumers[1].seen, AGEN_E_RUNNING);
    spawn_putter(0, 1, 3);
    settle();
    CHECK_TRACE("1 2 3");
    CHECK_INT(consumers[0].ended, 1);
    end();
}

/* Beside getters: one list of waiters, first come, first served. */
static void test_q1_for_beside_getters(void)
{
    begin_queue(0);
    spawn_getter(0, 100, 1);
    spawn_consumer(0, 2, 0);
    spawn_getter(1, 101, 1);
    settle();
    spawn_putter(0, 1, 3);
    settle();
    CHECK_TRACE("100 1 2 101 3");
    end();
}

/* A consumer that is cancelled, also with an item granted, loses no item. */
static void test_q2_for_cancelled(void)
{
    int granted;

    for (granted = 0; granted < 2; granted++) {
        begin_queue(0);
        spawn_consumer(0, -1, 0);
        settle();
        if (granted)
            CHECK(agen_try_put(&queue, 1));
        CHECK(agen_cancel(&consumers[0].task));
        settle();
        CHECK_INT(consumers[0].seen, C);
        if (!granted)
            CHECK(agen_try_put(&queue, 1));
        spawn_getter(0, 0, 1);
        settle();
        CHECK_TRACE("1");
        end();
    }
}

/* "Ends when the queue is closed and drained": not when somebody who consumed it was cancelled. */
static void test_q2_for_goes_on_after_a_cancelled(void)
{
    begin_queue(0);
    spawn_consumer(0, -1, 0);
    settle();
    CHECK(agen_cancel(&consumers[0].task));
    settle();
    CHECK_INT(consumers[0].seen, C);
    spawn_consumer(1, 1, 0);
    settle();
    CHECK_INT(consumers[1].ended, 0);
    CHECK(agen_try_put(&queue, 1));
    settle();
    CHECK_TRACE("1");
    end();
}

/* The same with a timeout around the loop, twice. */
static void test_q2_for_goes_on_after_a_timeout(void)
{
    int turn;

    begin_queue(0);
    for (turn = 1; turn < 4; turn++) {
        spawn_consumer(0, -1, 10);
        settle();
        CHECK(agen_try_put(&queue, turn));
        CHECK(run_out());
        CHECK_INT(consumers[0].seen, AGEN_E_TIMEOUT);
        CHECK_INT(ticks, 10 * turn);
    }
    CHECK_TRACE("1 2 3");
    end();
}

#ifdef AGEN_HAVE_ISR_
/* --- Items that an interrupt has put, and the loop has not seen, when something ends -------------- */

/*
 * Every way to consume, against every order of a few events; and then every way again, which must
 * see what the first one has not seen: each item once, in order, none lost.
 */
enum way { GETS, LOOPS, NEXTS, CLOSES, TRIES, STEPS, WAYS }; /* the last two from plain C */
enum happens { PUT, CLOSE, CANCEL, EXPIRE, PASS, EVENTS };
enum { IN_A_ROW = 4, PATIENT = 1000 };

struct taker {
    AGEN_COROUTINE;
    enum way way;
    bool stops;      /* after an item */
    bool interferes; /* then, as an interrupt and the code after it may */
    int item;
    agen_timeout limit;
    agen_task task;
};

static struct taker taker;
static int came, put;

static bool took(const struct taker *self, int item)
{
    CHECK_INT(item, came);
    came++;
    if (self->interferes) {
        put += agen_queue_put_isr(&queue, put);
        agen_queue_close(&queue);
    }
    return self->stops;
}

/* What is told once, that the queue is closed and drained, stays so. */
static void check_drained(void)
{
    CHECK_INT(came, put);
    CHECK_INT(agen_queue_count(&queue), 0);
    CHECK_INT(get_now(), -1);
}

AGEN(taker, self)
{
    AGEN_BEGIN(self);
    AGEN_TIMEOUT(self, &self->limit, PATIENT) {
        if (self->way == GETS) {
            for (;;) {
                AGEN_GET(self, &queue, self->item);
                if (agen_status(self) == AGEN_DONE)
                    check_drained();
                if (agen_status(self) == AGEN_DONE || took(self, self->item))
                    AGEN_RETURN(self);
            }
        } else if (self->way == LOOPS) {
            AGEN_FOR(self, &queue)
                if (took(self, queue.value))
                    AGEN_RETURN(self);
            check_drained();
        } else if (self->way == NEXTS) {
            for (;;) {
                AGEN_NEXT(self, &queue);
                CHECK_INT(agen_done(&queue), agen_status(self) == AGEN_DONE);
                if (agen_done(&queue))
                    check_drained();
                if (agen_done(&queue) || took(self, queue.value))
                    AGEN_RETURN(self);
            }
        } else {
            AGEN_FOR_CLOSING(self, &queue) {
                if (took(self, queue.value))
                    AGEN_RETURN(self);
            } AGEN_END_FOR(self);
            check_drained();
        }
    } AGEN_END_TIMEOUT(self);
    AGEN_END(self);
}

/* Begins to consume, or does so at once. */
static void take(enum way way, bool stops, bool interferes)
{
    int item = -1, status;

    memset(&taker, 0, sizeof taker);
    agen_init(&taker, taker);
    taker.way = way;
    taker.stops = stops;
    taker.interferes = interferes;
    if (way == TRIES) {
        while (agen_try_get(&queue, item) && !took(&taker, item))
            ;
    } else if (way == STEPS) {
        while ((status = agen_next(&queue)) == AGEN_YIELDED && !took(&taker, queue.value))
            ;
        if (status == AGEN_DONE)
            check_drained();
        CHECK(status >= AGEN_DONE || status == AGEN_E_NO_LOOP);
        if (stops)
            CHECK_INT(agen_close(&queue), AGEN_DONE);
    } else {
        CHECK_INT(agen_spawn(&loop, &taker.task, &taker), AGEN_DONE);
    }
}

static void happen(enum happens what)
{
    switch (what) {
    case PUT: put += agen_queue_put_isr(&queue, put); break;
    case CLOSE: agen_queue_close(&queue); break;
    case CANCEL: (void)agen_cancel(&taker.task); break;
    case EXPIRE: ticks += PATIENT; break;
    case PASS: case EVENTS: default: (void)agen_loop_poll(&loop); break;
    }
}

/* The events are the digits of `order`. */
static void check_no_item_is_lost(enum way first, enum way second, int variant, int order)
{
    bool stops = (variant & 1) != 0, interferes = (variant & 2) != 0;
    int i;

    begin_queue(0);
    came = put = 0;
    if (variant & 4)
        happen(PUT);
    take(first, stops, interferes);
    if (variant & 8)
        settle();
    for (i = 0; i < IN_A_ROW; i++, order /= EVENTS)
        happen((enum happens)(order % EVENTS));
    settle();
    if (agen_cancel(&taker.task))
        settle();
    CHECK_INT(agen_queue_count(&queue), put - came);
    agen_queue_close(&queue);
    take(second, false, false);
    settle();
    check_drained();
    take(second, false, false); /* once more: there is no more */
    settle();
    check_drained();
    end();
}

static void test_q6_no_item_from_an_interrupt_is_lost(void)
{
    int first, second, variant, order, orders = 1, i;

    for (i = 0; i < IN_A_ROW; i++)
        orders *= EVENTS;
    for (first = 0; first < WAYS; first++)
        for (variant = 0; variant < 16; variant++)
            for (order = 0; order < orders; order++) {
                second = (order + variant) % WAYS; /* all of them, with each */
                check_no_item_is_lost((enum way)first, (enum way)second, variant, order);
            }
}

/* Who waited already comes before who asks later, also for what the close has found. */
static void test_q6_first_come_at_a_close(void)
{
    begin_queue(0);
    spawn_getter(0, 100, 2);
    settle();
    spawn_getter(1, 101, 1); /* runs first, since it is ready already */
    CHECK(agen_queue_put_isr(&queue, 1));
    agen_queue_close(&queue);
    settle();
    CHECK_TRACE("100 1");
    CHECK_INT(getters[0].answer, AGEN_DONE);
    CHECK_INT(getters[1].answer, AGEN_DONE);
    end();
}

/*
 * A queue that is drained, but for an item that was granted to another, has ended for its consumer;
 * given back, the item is there for the next.
 */
static void test_q6_ended_and_given_back(void)
{
    begin_queue(0);
    spawn_getter(0, 100, 1);
    spawn_consumer(0, -1, 0);
    settle();
    CHECK(agen_try_put(&queue, 1));
    agen_queue_close(&queue);
    CHECK_INT(agen_next(&queue), AGEN_E_RUNNING); /* the consumer waits */
    (void)agen_loop_poll(&loop);
    CHECK_TRACE("100 1");
    CHECK(agen_done(&queue));
    end();
    begin_queue(0);
    spawn_getter(0, 100, 1);
    settle();
    CHECK(agen_try_put(&queue, 1));
    agen_queue_close(&queue);
    CHECK_INT(agen_next(&queue), AGEN_DONE);
    CHECK(agen_done(&queue)); /* so that nobody takes the value for one */
    CHECK(agen_cancel(&getters[0].task));
    settle();
    CHECK_INT(agen_next(&queue), AGEN_YIELDED);
    CHECK_INT(queue.value, 1);
    CHECK_INT(agen_next(&queue), AGEN_DONE);
    CHECK(agen_done(&queue));
    end();
}

/* What another thread was putting at the close is there for who looks again. */
static void test_q6_under_way_at_the_close(void)
{
    int place;

    begin_queue(0);
    place = agen_queue_reserve_isr_(&queue.queue_);
    CHECK_INT(place, 0);
    agen_queue_close(&queue);
    CHECK_INT(agen_next(&queue), AGEN_DONE);
    queue.items_[place] = 7;
    agen_queue_commit_isr_(&queue.queue_, (unsigned)place);
    CHECK_INT(agen_next(&queue), AGEN_YIELDED);
    CHECK_INT(queue.value, 7);
    end();
}
#endif

/* --- Stress: several of each, at all capacities ----------------------------------------------- */

static unsigned long random_state;

static unsigned random_below(unsigned n)
{
    random_state ^= random_state << 13 & 0xFFFFFFFFu;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5 & 0xFFFFFFFFu;
    return (unsigned)(random_state % n);
}

enum { SOURCES = 3, SINKS = 3, EACH = 60 };

static struct source {
    AGEN_COROUTINE;
    int id, i;
    agen_task task;
} sources[SOURCES];

static int next_of[SINKS][SOURCES], got;

AGEN(source, self)
{
    AGEN_BEGIN(self);
    for (; self->i < EACH; self->i++) {
        if (random_below(3) == 0)
            AGEN_PAUSE(self);
        if (random_below(9) == 0)
            AGEN_SLEEP(self, 1);
        AGEN_PUT(self, &queue, self->id * 1000 + self->i);
    }
    AGEN_END(self);
}

static struct sink {
    AGEN_COROUTINE;
    int id, item;
    agen_task task;
} sinks[SINKS];

AGEN(sink, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_GET(self, &queue, self->item);
        if (agen_status(self) == AGEN_DONE)
            AGEN_RETURN(self);
        got++;
        CHECK(self->item % 1000 >= next_of[self->id][self->item / 1000]);
        next_of[self->id][self->item / 1000] = self->item % 1000 + 1;
        if (random_below(3) == 0)
            AGEN_PAUSE(self);
        if (random_below(9) == 0)
            AGEN_SLEEP(self, 2);
    }
    AGEN_END(self);
}

static void stress(unsigned seed)
{
    int i;

    random_state = seed;
    begin_queue(0);
    memset(next_of, 0, sizeof next_of);
    got = 0;
    for (i = 0; i < SOURCES; i++) {
        agen_init(&sources[i], source);
        sources[i].id = i;
        sources[i].i = 0;
        CHECK(!agen_spawn(&loop, &sources[i].task, &sources[i]));
    }
    for (i = 0; i < SINKS; i++) {
        agen_init(&sinks[i], sink);
        sinks[i].id = i;
        CHECK(!agen_spawn(&loop, &sinks[i].task, &sinks[i]));
    }
    CHECK(!run_out()); /* the sinks wait for more */
    CHECK_INT(got, SOURCES * EACH);
    agen_queue_close(&queue);
    end();
    CHECK_INT(agen_queue_count(&queue), 0);
}

static void test_q1_stress(void)
{
    unsigned seed;

    for (seed = 1; seed <= 50; seed++)
        stress(seed);
}

/* --- Without a loop --------------------------------------------------------------------------- */

struct alone {
    AGEN_COROUTINE;
    int what, item;
};

AGEN(alone, self)
{
    AGEN_BEGIN(self);
    if (self->what == 0)
        AGEN_WAIT(self, &event);
    else if (self->what == 1)
        AGEN_ACQUIRE(self, &lock);
    else if (self->what == 2)
        AGEN_ACQUIRE(self, &semaphore);
    else if (self->what == 3)
        AGEN_PUT(self, &queue, 5);
    else
        AGEN_GET(self, &queue, self->item);
    AGEN_END(self);
}

static int run_without_loop(int what)
{
    struct alone a = { AGEN_INIT(alone), .item = 0 };

    a.what = what;
    return agen_next(&a);
}

/* What is to be had at once needs none; what would wait raises AGEN_E_NO_LOOP and takes nothing. */
static void test_e1_without_a_loop(void)
{
    int what;

    begin_sync(1);
    begin_queue(1);
    agen_event_set(&event);
    for (what = 0; what < 5; what++)
        CHECK_INT(run_without_loop(what), AGEN_DONE);
    agen_event_clear(&event);
    for (what = 0; what < 3; what++)
        CHECK_INT(run_without_loop(what), AGEN_E_NO_LOOP);
    begin_queue(3);
    CHECK_INT(run_without_loop(3), AGEN_E_NO_LOOP);
    begin_queue(0);
    CHECK_INT(run_without_loop(4), AGEN_E_NO_LOOP);
    CHECK_INT(agen_release(&lock), AGEN_DONE);
    CHECK_INT(agen_release(&semaphore), AGEN_DONE);
    for (what = 0; what < 3; what++)
        CHECK(agen_try_put(&queue, what));
    trace_queue();
    CHECK_TRACE("0 1 2");
    end();
}

static void run_queues(void)
{
    test_q1_first_in_first_out();
    test_q1_no_turn_given_up();
    test_q1_try_forms();
#ifdef __GNUC__
    test_q1_a_put_in_a_put();
#endif
    test_q1_getters_in_order();
    test_q1_putters_in_order();
    test_q1_capacity_one();
#ifndef __SDCC
    test_q1_types();
#endif
    test_q1_for();
    test_q1_for_left_early();
    test_q1_for_two_consumers();
    test_q1_for_beside_getters();
    test_q1_stress();
    test_q2_no_item_is_lost();
    test_q2_for_cancelled();
    test_q2_for_goes_on_after_a_cancelled();
    test_q2_for_goes_on_after_a_timeout();
    test_q3_no_room_is_lost();
    test_q4_no_barging();
    test_q6_drains();
    test_q6_wakes_those_who_wait();
    test_q6_those_who_were_granted();
    test_q6_granted_and_cancelled();
    test_q6_for_drains();
#ifdef AGEN_HAVE_ISR_
    test_q6_no_item_from_an_interrupt_is_lost();
    test_q6_first_come_at_a_close();
    test_q6_ended_and_given_back();
    test_q6_under_way_at_the_close();
#endif
}

int main(void)
{
    test_e1_wakes_all_in_order();
    test_e1_clear_takes_nothing_back();
    test_e1_set_twice();
    test_e1_cancelled_waiters();
    test_e1_again();
    test_e1_without_a_loop();
    test_k1_first_come();
    test_k1_no_barging();
    test_k1_again_at_once();
    test_k2_cancelled_waiters();
    test_k2_the_owner_is_cancelled();
    test_k3_release_of_a_free_one();
    test_k3_release_raises();
    test_k3_not_reentrant();
    test_m1_as_many_as_permits();
    test_m1_several_releases();
    test_m2_no_permit_is_lost();
    test_m3_no_bound();
    run_queues();
    return check_result();
}
