/* SPDX-License-Identifier: 0BSD */
/*
 * A chain of a thousand awaits: it runs, waits, is resumed, fails and is aborted like one of two.
 * And "a suspended chain costs the same to resume at any depth": a poll enters the innermost body
 * alone.
 */
#include "agen.h"
#include "check.h"

enum { E_BUS = -5 };

#ifndef DEPTH
#define DEPTH (SIZE_MAX > 65535 ? 1000 : 100)
#endif

static bool ready;
static int raised; /* by the innermost, when it is ready */
static int order;

static struct frame {
    AGEN_COROUTINE;
    struct frame *inner;
    bool started;
    int resumes, finallys, place, error, ends;
} frames[DEPTH];

AGEN(frame, self)
{
    int resumes = self->started ? ++self->resumes : 0;

    (void)resumes;
    AGEN_BEGIN(self);
    self->started = true;
    AGEN_TRY(self) {
        if (self->inner)
            AGEN_AWAIT(self, self->inner);
        else
            AGEN_WAIT_UNTIL(self, ready);
        if (!self->inner && raised)
            AGEN_RAISE(self, raised);
    } AGEN_EXCEPT_ANY(self) {
        self->error = agen_error(self);
        AGEN_RAISE(self, agen_error(self));
    } AGEN_FINALLY(self) {
        self->finallys++;
        self->place = order++;
    } AGEN_END_TRY(self);
    self->ends++;
    AGEN_END(self);
}

static void make_frames(void)
{
    int i;

    memset(frames, 0, sizeof frames);
    for (i = 0; i < DEPTH; i++) {
        agen_init(&frames[i], frame);
        frames[i].inner = i + 1 < DEPTH ? &frames[i + 1] : NULL;
    }
    order = 0;
}

static void check_frames(int resumes, int error)
{
    int i;

    for (i = 0; i < DEPTH; i++) {
        CHECK_INT(frames[i].resumes, i + 1 < DEPTH ? resumes > 0 : resumes);
        CHECK_INT(frames[i].finallys, 1);
        CHECK_INT(frames[i].place, DEPTH - 1 - i); /* innermost first */
        CHECK_INT(frames[i].error, error);
        CHECK_INT(frames[i].ends, error == 0);
        CHECK(agen_done(&frames[i]));
    }
}

/* It never waits: down and up in one step. */
static void test_at_once(void)
{
    make_frames();
    ready = true;
    raised = 0;
    CHECK_INT(agen_next(&frames[0]), AGEN_DONE);
    check_frames(0, 0);
    make_frames();
    raised = E_BUS;
    CHECK_INT(agen_next(&frames[0]), E_BUS);
    check_frames(0, E_BUS);
}

/* It waits, and is polled ten times before it is ready: only the innermost looks. */
static void test_pending(void)
{
    int i, error;

    for (error = 0; error < 2; error++) {
        make_frames();
        ready = false;
        raised = error ? E_BUS : 0;
        CHECK_INT(agen_next(&frames[0]), AGEN_PENDING);
        for (i = 0; i < 10; i++)
            CHECK_INT(agen_poll(&frames[0]), AGEN_PENDING);
        for (i = 0; i < DEPTH; i++)
            CHECK_INT(frames[i].resumes, i + 1 < DEPTH ? 0 : 10);
        for (i = 1; i < DEPTH; i++)
            CHECK_INT(agen_poll(&frames[i]), AGEN_E_RUNNING);
        for (i = 0; i < DEPTH; i++)
            frames[i].resumes = i + 1 < DEPTH ? 0 : 10; /* a refusal is one, too */
        ready = true;
        CHECK_INT(agen_poll(&frames[0]), raised);
        check_frames(11, raised);
    }
}

/* Aborted: the error travels all the way. */
static void test_aborted(void)
{
    static const int errors[] = { E_BUS, AGEN_E_CANCELLED, AGEN_E_EXIT };
    int e;

    for (e = 0; e < 3; e++) {
        make_frames();
        ready = false;
        CHECK_INT(agen_next(&frames[0]), AGEN_PENDING);
        CHECK_INT(agen_abort(&frames[0], errors[e]), errors[e]);
        check_frames(1, errors[e]);
    }
}

/* Delegation as deep: each value comes up through all of it, an exit cleans up from within. */
static struct stage {
    AGEN_YIELDS(int);
    struct stage *inner;
    int i, place;
} stages[DEPTH];

AGEN(stage, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->inner)
            AGEN_YIELD_FROM(self, self->inner);
        else
            for (self->i = 1; self->i <= 3; self->i++)
                AGEN_YIELD(self, self->i);
    } AGEN_FINALLY(self) {
        if (!ready)
            AGEN_WAIT_UNTIL(self, ready);
        self->place = order++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void make_stages(void)
{
    int i;

    memset(stages, 0, sizeof stages);
    for (i = 0; i < DEPTH; i++) {
        agen_init(&stages[i], stage);
        stages[i].inner = i + 1 < DEPTH ? &stages[i + 1] : NULL;
    }
    order = 0;
}

static void test_delegation(void)
{
    int i;

    make_stages();
    ready = true;
    for (i = 1; i <= 3; i++) {
        CHECK_INT(agen_next(&stages[0]), AGEN_YIELDED);
        CHECK_INT(stages[0].value, i);
    }
    CHECK_INT(agen_next(&stages[0]), AGEN_DONE);
    CHECK_INT(stages[0].place, DEPTH - 1);

    make_stages();
    ready = false;
    CHECK_INT(agen_next(&stages[0]), AGEN_YIELDED);
    CHECK_INT(agen_close(&stages[0]), AGEN_PENDING);
    CHECK_INT(agen_poll(&stages[0]), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&stages[0]), AGEN_DONE);
    for (i = 0; i < DEPTH; i++) {
        CHECK_INT(stages[i].place, DEPTH - 1 - i);
        CHECK(agen_done(&stages[i]));
    }
}

int main(void)
{
    test_at_once();
    test_pending();
    test_aborted();
    test_delegation();
    return check_result();
}
