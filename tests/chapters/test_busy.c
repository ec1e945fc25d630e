/* SPDX-License-Identifier: 0BSD */
/*
 * One operation at a time: a second one on a generator where one is pending or executing answers
 * AGEN_E_RUNNING and changes nothing. And what a body does with a state that it does not know.
 */
#include "agen.h"
#include "check.h"

static bool ready;

struct target {
    AGEN_YIELDS_RECEIVES(int, int);
    void (*meddle)(struct target *self); /* what the body calls while it executes */
    int i, received, caught, cleanups;
};

AGEN(target, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (self->i = 1;; self->i++) {
            AGEN_YIELD(self, self->i);
            if (self->meddle)
                self->meddle(self);
            AGEN_TRY(self) {
                AGEN_WAIT_UNTIL(self, ready);
            } AGEN_EXCEPT(self) {
                self->caught = agen_error(self);
            } AGEN_END_TRY(self);
            self->received = agen_received(self);
        }
    } AGEN_FINALLY(self) {
        self->cleanups++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* Everything that starts an operation is refused, and leaves no trace. */
static void check_refused(struct target *x)
{
    int sent = x->sent, value = x->value, i = x->i, received = x->received;

    CHECK_INT(agen_next(x), AGEN_E_RUNNING);
    CHECK_INT(agen_next_as(target, x), AGEN_E_RUNNING);
    CHECK_INT(agen_send(x, 99), AGEN_E_RUNNING);
    CHECK_INT(agen_throw(x, -5), AGEN_E_RUNNING);
    CHECK_INT(agen_throw(x, AGEN_E_EXIT), AGEN_E_RUNNING);
    CHECK_INT(agen_close(x), AGEN_E_RUNNING);
    CHECK_INT(agen_drop(x), AGEN_E_RUNNING);
    CHECK_INT(x->sent, sent);
    CHECK_INT(x->value, value);
    CHECK_INT(x->i, i);
    CHECK_INT(x->received, received);
    CHECK_INT(x->caught, 0);
    CHECK_INT(x->cleanups, 0);
    CHECK(!agen_done(x));
}

/* Poll and abort too, where it executes, or waits on behalf of a consumer. */
static void check_not_carried_on(struct target *x)
{
    int i = x->i;

    CHECK_INT(agen_poll(x), AGEN_E_RUNNING);
    CHECK_INT(agen_abort(x, -5), AGEN_E_RUNNING);
    CHECK_INT(agen_abort(x, AGEN_E_EXIT), AGEN_E_RUNNING);
    CHECK_INT(agen_abort(x, AGEN_E_CANCELLED), AGEN_E_RUNNING);
    CHECK_INT(agen_poll(x), AGEN_E_RUNNING);
    CHECK_INT(x->i, i);
    CHECK_INT(x->caught, 0);
    CHECK_INT(x->cleanups, 0);
}

static int meddled;

static void meddle(struct target *x)
{
    check_refused(x);
    check_not_carried_on(x);
    check_refused(x);
    meddled++;
}

/*
 * "also from the body itself, from what it calls": while it executes, and it goes on as if nothing
 * was.
 */
static void test_executing(void)
{
    struct target x = { AGEN_INIT(target), .meddle = meddle };

    ready = true;
    meddled = 0;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
    CHECK_INT(x.received, 0);
    CHECK_INT(agen_send(&x, 7), AGEN_YIELDED);
    CHECK_INT(x.value, 3);
    CHECK_INT(x.received, 1);
    CHECK_INT(x.sent, 7);
    CHECK_INT(meddled, 2);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_INT(x.cleanups, 1);
}

/*
 * While a next is pending only poll and abort are not refused; then it answers as if nothing was.
 */
static void test_pending_next(void)
{
    struct target x = { AGEN_INIT(target), .meddle = NULL };
    int turn;

    ready = false;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    for (turn = 0; turn < 3; turn++) {
        check_refused(&x);
        CHECK_INT(agen_poll(&x), AGEN_PENDING);
    }
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
    CHECK_INT(x.received, 0); /* the refused sends were none */
    CHECK_INT(agen_send(&x, 3), AGEN_YIELDED);
    CHECK_INT(x.value, 3);
    CHECK_INT(x.received, 1);
}

/* A pending send stays a send, with the value that came with it. */
static void test_pending_send(void)
{
    struct target x = { AGEN_INIT(target), .meddle = NULL };

    ready = false;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_send(&x, 42), AGEN_PENDING);
    check_refused(&x);
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_YIELDED);
    CHECK_INT(x.received, 1);
    CHECK_INT(x.sent, 42);
}

/* A pending close stays a close. */
struct tidy {
    AGEN_YIELDS(int);
    bool stubborn;
};

AGEN(tidy, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
    } AGEN_FINALLY(self) {
        AGEN_WAIT_UNTIL(self, ready);
        if (self->stubborn)
            AGEN_YIELD(self, 2);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_pending_close(void)
{
    int stubborn;

    for (stubborn = 0; stubborn < 2; stubborn++) {
        struct tidy x = { AGEN_INIT(tidy), .stubborn = stubborn != 0 };

        ready = false;
        CHECK_INT(agen_next(&x), AGEN_YIELDED);
        CHECK_INT(agen_close(&x), AGEN_PENDING);
        CHECK_INT(agen_next(&x), AGEN_E_RUNNING);
        CHECK_INT(agen_throw(&x, -5), AGEN_E_RUNNING);
        CHECK_INT(agen_close(&x), AGEN_E_RUNNING);
        CHECK_INT(agen_drop(&x), AGEN_E_RUNNING);
        ready = true;
        CHECK_INT(agen_poll(&x), stubborn ? AGEN_E_IGNORED_EXIT : AGEN_DONE);
    }
}

/* A consumer of a target: it doubles what it gets. */
struct middle {
    AGEN_YIELDS(int);
    struct target *target;
};

AGEN(middle, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, self->target)
        AGEN_YIELD(self, self->target->value * 2);
    AGEN_END(self);
}

struct outer {
    AGEN_YIELDS(int);
    struct middle middle;
};

AGEN(outer, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD_FROM(self, &self->middle);
    AGEN_END(self);
}

/*
 * "On an inner generator that waits on behalf of its consumer, poll and abort are AGEN_E_RUNNING."
 */
static void test_inner(void)
{
    struct target x = { AGEN_INIT(target), .meddle = NULL };
    struct outer o = {
        AGEN_INIT(outer),
        .middle = { AGEN_INIT(middle), .target = &x },
    };
    int turn;

    ready = false;
    CHECK_INT(agen_next(&o), AGEN_YIELDED);
    CHECK_INT(agen_next(&o), AGEN_PENDING);
    for (turn = 0; turn < 3; turn++) {
        check_refused(&x);
        check_not_carried_on(&x);
        CHECK_INT(agen_poll(&o.middle), AGEN_E_RUNNING);
        CHECK_INT(agen_abort(&o.middle, -5), AGEN_E_RUNNING);
        CHECK_INT(agen_next(&o.middle), AGEN_E_RUNNING);
        CHECK_INT(agen_throw(&o.middle, -5), AGEN_E_RUNNING);
        CHECK_INT(agen_close(&o.middle), AGEN_E_RUNNING);
        CHECK_INT(agen_next(&o), AGEN_E_RUNNING);
        CHECK_INT(agen_close(&o), AGEN_E_RUNNING);
        CHECK_INT(agen_poll(&o), AGEN_PENDING);
    }
    ready = true;
    CHECK_INT(agen_poll(&o), AGEN_YIELDED);
    CHECK_INT(o.value, 4);
    CHECK_INT(agen_next(&o), AGEN_YIELDED);
    CHECK_INT(o.value, 6);
    CHECK_INT(agen_next(&x), AGEN_YIELDED); /* nothing pending in it: free for everybody */
    CHECK_INT(agen_next(&o), AGEN_YIELDED);
    CHECK_INT(o.value, 10);
}

/*
 * While the innermost executes, everybody who waits for it is busy: at the first step as in a poll.
 */
static struct outer *outermost;

static void meddle_with_all(struct target *x)
{
    meddle(x);
    CHECK_INT(agen_next(&outermost->middle), AGEN_E_RUNNING);
    CHECK_INT(agen_poll(&outermost->middle), AGEN_E_RUNNING);
    CHECK_INT(agen_abort(&outermost->middle, -5), AGEN_E_RUNNING);
    CHECK_INT(agen_next(outermost), AGEN_E_RUNNING);
    CHECK_INT(agen_throw(outermost, -5), AGEN_E_RUNNING);
    CHECK_INT(agen_close(outermost), AGEN_E_RUNNING);
    CHECK_INT(agen_poll(outermost), AGEN_E_RUNNING);
    CHECK_INT(agen_abort(outermost, -5), AGEN_E_RUNNING);
}

static void test_executing_within(void)
{
    struct target x = { AGEN_INIT(target), .meddle = meddle_with_all };
    struct outer o = {
        AGEN_INIT(outer),
        .middle = { AGEN_INIT(middle), .target = &x },
    };
    int i;

    outermost = &o;
    meddled = 0;
    CHECK_INT(agen_next(&o), AGEN_YIELDED);
    for (i = 2; i < 6; i++) {
        ready = i % 2 == 0;
        if (!ready) {
            CHECK_INT(agen_next(&o), AGEN_PENDING);
            CHECK_INT(agen_poll(&o), AGEN_PENDING);
            ready = true;
            CHECK_INT(agen_poll(&o), AGEN_YIELDED);
        } else {
            CHECK_INT(agen_next(&o), AGEN_YIELDED);
        }
        CHECK_INT(o.value, 2 * i);
    }
    CHECK_INT(meddled, 4);
}

/* The innermost executes because the root is polled: the condition of its wait looks around. */
struct watcher {
    AGEN_COROUTINE;
    int looks;
};

static struct watched {
    AGEN_COROUTINE;
    struct watcher watcher;
} watched;

static bool look_around(struct watcher *self)
{
    CHECK_INT(agen_next(self), AGEN_E_RUNNING);
    CHECK_INT(agen_poll(self), AGEN_E_RUNNING);
    CHECK_INT(agen_abort(self, -5), AGEN_E_RUNNING);
    CHECK_INT(agen_next(&watched), AGEN_E_RUNNING);
    CHECK_INT(agen_poll(&watched), AGEN_E_RUNNING);
    CHECK_INT(agen_abort(&watched, -5), AGEN_E_RUNNING);
    CHECK_INT(agen_close(&watched), AGEN_E_RUNNING);
    return ++self->looks == 4;
}

AGEN(watcher, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, look_around(self));
    AGEN_END(self);
}

AGEN(watched, self)
{
    AGEN_BEGIN(self);
    AGEN_AWAIT(self, &self->watcher);
    AGEN_END(self);
}

static void test_executing_in_poll(void)
{
    agen_init(&watched, watched);
    agen_init(&watched.watcher, watcher);
    CHECK_INT(agen_poll(&watched), AGEN_PENDING);
    CHECK_INT(agen_poll(&watched), AGEN_PENDING);
    CHECK_INT(agen_poll(&watched), AGEN_PENDING);
    CHECK_INT(agen_poll(&watched), AGEN_DONE);
    CHECK_INT(watched.watcher.looks, 4);
}

/* Somebody else's statement on a busy generator raises AGEN_E_RUNNING there, and can be handled. */
enum statement {
    NEXT, SEND, THROW, CLOSE, FOR, FOR_AS, FOR_CLOSING, FROM, FROM_RECEIVING, STATEMENTS
};

struct second {
    AGEN_YIELDS_RECEIVES(int, int);
    struct target *target;
    enum statement statement;
};

AGEN(second, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->statement == NEXT)
            AGEN_NEXT(self, self->target);
        else if (self->statement == SEND)
            AGEN_SEND(self, self->target, 99);
        else if (self->statement == THROW)
            AGEN_THROW(self, self->target, -5);
        else if (self->statement == CLOSE)
            AGEN_CLOSE(self, self->target);
        else if (self->statement == FOR)
            AGEN_FOR(self, self->target)
                trace("turn");
        else if (self->statement == FOR_AS)
            AGEN_FOR_AS(self, target, self->target)
                trace("turn");
        else if (self->statement == FOR_CLOSING)
            AGEN_FOR_CLOSING(self, self->target) {
                trace("turn");
            } AGEN_END_FOR(self);
        else if (self->statement == FROM)
            AGEN_YIELD_FROM(self, self->target);
        else
            AGEN_YIELD_FROM_RECEIVING(self, self->target);
        trace("went on");
    } AGEN_EXCEPT(self) {
        AGEN_YIELD(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_NEXT(self, self->target); /* it can be tried again: by then the other one is through */
    AGEN_YIELD(self, self->target->value);
    AGEN_END(self);
}

static void test_second_consumer(void)
{
    int statement;

    for (statement = 0; statement < STATEMENTS; statement++) {
        struct target x = { AGEN_INIT(target), .meddle = NULL };
        struct middle first = { AGEN_INIT(middle), .target = &x };
        struct second second = {
            AGEN_INIT(second),
            .target = &x,
            .statement = (enum statement)statement,
        };

        ready = false;
        CHECK_INT(agen_next(&first), AGEN_YIELDED);
        CHECK_INT(agen_next(&first), AGEN_PENDING);
        CHECK_INT(agen_next(&second), AGEN_YIELDED);
        CHECK_INT(second.value, AGEN_E_RUNNING);
        CHECK_INT(x.sent, 0);
        ready = true;
        CHECK_INT(agen_poll(&first), AGEN_YIELDED);
        CHECK_INT(first.value, 4);
        CHECK_INT(x.received, 0);
        CHECK_INT(agen_next(&second), AGEN_YIELDED);
        CHECK_INT(second.value, 3);
        CHECK_INT(x.caught, 0);
    }
    CHECK_TRACE("");
}

/* A coroutine that is awaited twice at once. */
struct sleeper {
    AGEN_COROUTINE;
};

AGEN(sleeper, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, ready);
    AGEN_END(self);
}

struct waiter {
    AGEN_COROUTINE;
    struct sleeper *sleeper;
};

AGEN(waiter, self)
{
    AGEN_BEGIN(self);
    AGEN_AWAIT(self, self->sleeper);
    AGEN_END(self);
}

static void test_awaited_twice(void)
{
    struct sleeper s = { AGEN_INIT(sleeper) };
    struct waiter a = { AGEN_INIT(waiter), .sleeper = &s };
    struct waiter b = { AGEN_INIT(waiter), .sleeper = &s };

    ready = false;
    CHECK_INT(agen_next(&a), AGEN_PENDING);
    CHECK_INT(agen_next(&b), AGEN_E_RUNNING);
    ready = true;
    CHECK_INT(agen_poll(&a), AGEN_DONE);
}

/* A body that steps itself, and two that step each other, get the error and stay usable. */
struct narcissus {
    AGEN_YIELDS(int);
    struct narcissus *other;
};

AGEN(narcissus, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 0);
    AGEN_TRY(self) {
        AGEN_NEXT(self, self->other);
        trace("stepped");
    } AGEN_EXCEPT(self) {
        AGEN_YIELD(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_YIELD(self, 3);
    AGEN_END(self);
}

static void test_cycle(void)
{
    struct narcissus a = { AGEN_INIT(narcissus), .other = NULL };
    struct narcissus b = { AGEN_INIT(narcissus), .other = NULL };

    a.other = &a;
    CHECK_INT(agen_next(&a), AGEN_YIELDED);
    CHECK_INT(agen_next(&a), AGEN_YIELDED);
    CHECK_INT(a.value, AGEN_E_RUNNING);
    CHECK_INT(agen_next(&a), AGEN_YIELDED);
    CHECK_INT(a.value, 3);
    CHECK_INT(agen_next(&a), AGEN_DONE);

    agen_init(&a, narcissus);
    a.other = &b;
    b.other = &a;
    CHECK_INT(agen_next(&b), AGEN_YIELDED);
    CHECK_INT(agen_next(&a), AGEN_YIELDED);
    CHECK_INT(agen_next(&a), AGEN_YIELDED); /* steps b, which steps a */
    CHECK_INT(b.value, AGEN_E_RUNNING);
    CHECK_INT(a.value, 3);
    CHECK_TRACE("stepped");
    CHECK_INT(agen_next(&b), AGEN_YIELDED);
    CHECK_INT(b.value, 3);
}

/* A state that the body does not know answers AGEN_E_BAD_STATE to everything, and is left alone. */
static void test_scribbled(void)
{
    struct target x = { AGEN_INIT(target), .meddle = NULL };
    uint8_t state;

    ready = true;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    state = x.agen_.frame_.base_.state_;
    x.agen_.frame_.base_.state_ = 126;
    CHECK_INT(agen_next(&x), AGEN_E_BAD_STATE);
    CHECK_INT(agen_next_as(target, &x), AGEN_E_BAD_STATE);
    CHECK_INT(agen_send(&x, 1), AGEN_E_BAD_STATE);
    CHECK_INT(agen_throw(&x, -5), AGEN_E_BAD_STATE);
    CHECK_INT(agen_close(&x), AGEN_E_BAD_STATE);
    CHECK_INT(agen_drop(&x), AGEN_E_BAD_STATE);
    CHECK_INT(agen_poll(&x), AGEN_E_BAD_STATE);
    CHECK_INT(agen_abort(&x, -5), AGEN_DONE);
    CHECK(!agen_done(&x));
    CHECK_INT(x.cleanups, 0);
    x.agen_.frame_.base_.state_ = state;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
}

#ifdef AGEN_CHECK_INTERRUPTS
/* Taken before the state is looked at: what interrupts the declarations in front is refused, too. */
static struct early {
    AGEN_YIELDS(int);
} early;

static int early_status[3];

static int interrupt_early(void)
{
    static bool inside;

    if (!inside) {
        inside = true;
        early_status[0] = agen_next(&early);
        early_status[1] = agen_close(&early);
        early_status[2] = agen_poll(&early);
        inside = false;
    }
    return 0;
}

AGEN(early, self)
{
    int interrupted = interrupt_early();

    (void)interrupted;
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_YIELD(self, 2);
    AGEN_WAIT_UNTIL(self, ready);
    AGEN_YIELD(self, 3);
    AGEN_END(self);
}

static struct waits_for_early {
    AGEN_COROUTINE;
} waits_for_early;

AGEN(waits_for_early, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, &early);
    AGEN_END(self);
}

static void check_early(int value)
{
    int i;

    CHECK_INT(early.value, value);
    for (i = 0; i < 3; i++)
        CHECK_INT(early_status[i], AGEN_E_RUNNING);
    memset(early_status, 0, sizeof early_status);
}

static void test_taken_before_it_is_busy(void)
{
    ready = false;
    agen_init(&early, early);
    agen_init(&waits_for_early, waits_for_early);
    CHECK_INT(agen_next(&early), AGEN_YIELDED);
    check_early(1);
    CHECK_INT(agen_next(&early), AGEN_YIELDED);
    check_early(2);
    CHECK_INT(agen_next(&waits_for_early), AGEN_PENDING);
    check_early(2);
    CHECK_INT(agen_poll(&waits_for_early), AGEN_PENDING); /* wakes it up as the leaf */
    check_early(2);
    ready = true;
    CHECK_INT(agen_poll(&waits_for_early), AGEN_DONE);
    check_early(3);
    CHECK_INT(agen_next(&early), AGEN_DONE);
}
#endif

int main(void)
{
    test_executing();
    test_pending_next();
    test_pending_send();
    test_pending_close();
    test_inner();
    test_executing_within();
    test_executing_in_poll();
    test_second_consumer();
    test_awaited_twice();
    test_cycle();
    test_scribbled();
#ifdef AGEN_CHECK_INTERRUPTS
    test_taken_before_it_is_busy();
#endif
    return check_result();
}
