/* SPDX-License-Identifier: 0BSD */
/*
 * PROVES: a generator with except, finally, delegation and awaits, and one that closes it: whatever
 *         is called, its state is valid, each answer fits it, cleanup and finalizer run exactly
 *         once, and nothing runs after the end
 * BOUND: all sequences of next, send, throw, close, poll and abort, however long, and all ways
 *        through the bodies, with errors of the library, one of the application's and some that
 *        are none
 * RUN: -DBY_COUNTER
 * RUN: -DAGEN_USE_LINE
 * RUN: -DAGEN_USE_COMPUTED_GOTO
 * RUN: -DAGEN_CHECK_INTERRUPTS
 * BREAKS: s/frame->base_.state_ = state;$/frame->base_.state_ = AGEN_NEW_;/
 * BREAKS: s/^        agen_argument_ = AGEN_RETURN_; \\$/        agen_argument_ = 0; \\/
 * BREAKS: s/return AGEN_E_IGNORED_EXIT;/return status;/
 */
#include "agen.h"

#include "explore.h"

struct child {
    AGEN_COROUTINE;
};

struct inner {
    AGEN_YIELDS(int);
    bool entered, cleaned;
};

struct outer {
    AGEN_YIELDS_RECEIVES(int, int);
    struct child child;
    struct inner inner;
    bool entered, cleaned, returned;
};

static struct world {
    struct outer outer;
    bool released;
} world;

static int any_error(void)
{
    static const int errors[] = {
        -1, AGEN_E_EXIT, AGEN_E_CANCELLED, AGEN_E_STOP, AGEN_E_STOP_LEAKED, AGEN_E_RUNNING,
        AGEN_E_IGNORED_EXIT, 0, 1, INT16_MIN, INT16_MIN - 1,
    };

    return errors[any(sizeof errors / sizeof *errors)];
}

/* Waits, then ends or fails; fails or goes on when its wait is aborted. */
AGEN(child, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_WAIT_UNTIL(self, maybe());
        if (maybe())
            AGEN_RAISE(self, -2);
    } AGEN_EXCEPT_ANY(self) {
        if (maybe())
            AGEN_RAISE(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

AGEN(inner, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        self->entered = true;
        do
            AGEN_YIELD(self, 1);
        while (maybe());
    } AGEN_FINALLY(self) {
        ASSERT(!self->cleaned);
        self->cleaned = true;
        AGEN_WAIT_UNTIL(self, maybe());
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void release(struct outer *self)
{
    ASSERT(agen_done(self) && !world.released);
    world.released = true;
}

AGEN(outer, self, release)
{
    AGEN_BEGIN(self);
    ASSERT(!self->entered);
    AGEN_TRY(self) {
        self->entered = true;
        do {
            if (maybe()) {
                agen_init(&self->child, child);
                AGEN_AWAIT(self, &self->child);
            } else if (maybe()) {
                agen_init(&self->inner, inner);
                self->inner.entered = self->inner.cleaned = false;
                AGEN_YIELD_FROM(self, &self->inner);
            } else if (maybe()) {
                agen_init(&self->inner, inner);
                self->inner.entered = self->inner.cleaned = false;
                AGEN_FOR_CLOSING(self, &self->inner) {
                    AGEN_YIELD(self, 2);
                    if (maybe())
                        break;
                } AGEN_END_FOR(self);
                ASSERT(agen_done(&self->inner) && self->inner.cleaned);
            } else if (maybe()) {
                self->returned = true;
                AGEN_RETURN(self);
            }
            AGEN_YIELD(self, 3);
        } while (maybe());
    } AGEN_EXCEPT(self) {
        if (maybe())
            AGEN_YIELD(self, 4);
        else
            AGEN_RAISE(self, any_error());
    } AGEN_FINALLY(self) {
        ASSERT(!self->cleaned);
        self->cleaned = true;
        agen_init(&self->child, child);
        AGEN_AWAIT(self, &self->child);
        if (maybe())
            AGEN_YIELD(self, 5);
    } AGEN_END_TRY(self);
    ASSERT(!self->returned);
    AGEN_END(self);
}

static void start(void)
{
    agen_init(&world.outer, outer);
}

static bool operation(void)
{
    struct outer *x = &world.outer;
    unsigned before = AGEN_BASE_(x).state_, now;
    bool ended = agen_done(x), busy = before >= AGEN_BUSY_;
    int status;

    switch (any(6)) {
    case 0:
        status = agen_next(x);
        ASSERT(!busy || status == AGEN_E_RUNNING);
        ASSERT(!ended || status == AGEN_DONE);
        break;
    case 1:
        status = agen_send(x, 1);
        ASSERT(before != AGEN_NEW_ || status == AGEN_E_JUST_STARTED);
        break;
    case 2: status = agen_throw(x, any_error()); break;
    case 3:
        status = agen_close(x);
        ASSERT(busy || status == AGEN_PENDING || status == AGEN_E_IGNORED_EXIT || agen_done(x));
        ASSERT(status != AGEN_YIELDED && status != AGEN_E_EXIT);
        break;
    case 4: status = agen_poll(x); break;
    default: status = agen_abort(x, any_error()); break;
    }
    now = AGEN_BASE_(x).state_;
    ASSERT(now <= AGEN_CLOSED_ || (now > AGEN_BUSY_ && now < AGEN_BUSY_ + AGEN_CLOSED_));
    ASSERT(status != AGEN_PENDING || now > AGEN_BUSY_);
    ASSERT(status != AGEN_YIELDED || (now > AGEN_NEW_ && now < AGEN_CLOSED_));
    ASSERT(status <= AGEN_PENDING && status > INT16_MIN && status != AGEN_E_STOP);
    ASSERT(!ended || (status <= AGEN_DONE && now == AGEN_CLOSED_));
    ASSERT(((AGEN_BASE_(x).flags_ & AGEN_ROOT_) != 0) == (now > AGEN_BUSY_));
    ASSERT(world.released == (now == AGEN_CLOSED_));
    ASSERT(x->entered || !x->cleaned);
    if (now == AGEN_CLOSED_)
        ASSERT(x->cleaned == x->entered && x->inner.cleaned == x->inner.entered);
    return true;
}

WHOLE_WORLD()

int main(void)
{
    EXPLORE();
    return 0;
}
