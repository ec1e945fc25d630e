/* SPDX-License-Identifier: 0BSD */
/*
 * A finalizer is called exactly once when the generator ends, however it ends; it may free the
 * state, give it back to a pool, or initialise it anew: nothing touches it afterwards.
 */
#include "agen.h"
#include "check.h"

#include <stdlib.h>

enum { E_BUS = -5, E_LATE = -6 };

static bool ready;
static int releases;

/* --- Every way to end ------------------------------------------------------------------------- */

enum way { FALLS_OFF, RETURNS, RAISES, RAISES_STOP, WAITS, YIELDS_AT_EXIT };

struct page {
    AGEN_YIELDS_RECEIVES(int, int);
    enum way way;
};

/* Frees the state, and spoils it before, so that a look at it is seen also without a sanitizer. */
static void page_free(struct page *self)
{
    trace("release");
    releases++;
    CHECK(agen_done(self)); /* "To the finalizer the generator has ended already" */
    memset(self, 0xA5, sizeof *self);
    free(self);
}

AGEN(page, self, page_free)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
        if (self->way == RETURNS)
            AGEN_RETURN(self);
        if (self->way == RAISES)
            AGEN_RAISE(self, E_BUS);
        if (self->way == RAISES_STOP)
            AGEN_RAISE(self, AGEN_E_STOP);
        if (self->way == WAITS)
            AGEN_WAIT_UNTIL(self, ready);
    } AGEN_FINALLY(self) {
        trace("finally");
        if (self->way == YIELDS_AT_EXIT)
            AGEN_YIELD(self, 2);
        if (self->way == WAITS)
            AGEN_WAIT_UNTIL(self, ready);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static struct page *page_new(enum way way)
{
    struct page *page = malloc(sizeof *page);

    if (!page)
        abort();
    *page = (struct page){ AGEN_INIT(page), .way = way };
    releases = 0;
    return page;
}

static struct page *page_begun(enum way way)
{
    struct page *page = page_new(way);

    CHECK_INT(agen_next(page), AGEN_YIELDED);
    CHECK_INT(releases, 0);
    return page;
}

static void check_released(const char *expected)
{
    CHECK_INT(releases, 1);
    CHECK_TRACE(expected);
}

/* "Exactly once, however it ends": after the finallys. */
static void test_ends_by_itself(void)
{
    CHECK_INT(agen_next(page_begun(FALLS_OFF)), AGEN_DONE);
    check_released("finally release");
    CHECK_INT(agen_next(page_begun(RETURNS)), AGEN_DONE);
    check_released("finally release");
    CHECK_INT(agen_next(page_begun(RAISES)), E_BUS);
    check_released("finally release");
    CHECK_INT(agen_next(page_begun(RAISES_STOP)), AGEN_E_STOP_LEAKED);
    check_released("finally release");
    CHECK_INT(agen_send(page_begun(FALLS_OFF), 1), AGEN_DONE);
    check_released("finally release");
    CHECK_INT(agen_poll(page_begun(FALLS_OFF)), AGEN_DONE);
    check_released("finally release");
    CHECK_INT(agen_next_as(page, page_begun(FALLS_OFF)), AGEN_DONE);
    check_released("finally release");
}

static void test_ended_by_others(void)
{
    CHECK_INT(agen_close(page_begun(FALLS_OFF)), AGEN_DONE);
    check_released("finally release");
    CHECK_INT(agen_drop(page_begun(FALLS_OFF)), AGEN_DONE);
    check_released("finally release");
    CHECK_INT(agen_throw(page_begun(FALLS_OFF), E_BUS), E_BUS);
    check_released("finally release");
    CHECK_INT(agen_throw(page_begun(FALLS_OFF), AGEN_E_EXIT), AGEN_E_EXIT);
    check_released("finally release");
}

/* "Also when it is closed before its first step." */
static void test_ended_before_start(void)
{
    CHECK_INT(agen_close(page_new(FALLS_OFF)), AGEN_DONE);
    check_released("release");
    CHECK_INT(agen_drop(page_new(FALLS_OFF)), AGEN_DONE);
    check_released("release");
    CHECK_INT(agen_throw(page_new(FALLS_OFF), E_BUS), E_BUS);
    check_released("release");
}

static void test_ended_by_poll_and_abort(void)
{
    struct page *page = page_begun(WAITS);

    ready = false;
    CHECK_INT(agen_next(page), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(page), AGEN_DONE);
    check_released("finally release");

    page = page_begun(WAITS);
    ready = false;
    CHECK_INT(agen_next(page), AGEN_PENDING);
    CHECK_INT(agen_abort(page, E_BUS), AGEN_PENDING);
    CHECK_INT(releases, 0);
    CHECK_INT(agen_abort(page, E_LATE), E_LATE);
    check_released("finally release");

    page = page_begun(WAITS);
    CHECK_INT(agen_close(page), AGEN_PENDING);
    CHECK_INT(releases, 0);
    CHECK_INT(agen_abort(page, AGEN_E_EXIT), AGEN_DONE);
    check_released("finally release");
}

/* What is refused, and what does not end it, calls no finalizer. */
static void test_not_ended(void)
{
    struct page *page = page_new(YIELDS_AT_EXIT);

    CHECK_INT(agen_send(page, 1), AGEN_E_JUST_STARTED);
    CHECK_INT(agen_abort(page, E_BUS), AGEN_DONE);
    CHECK_INT(agen_next(page), AGEN_YIELDED);
    CHECK_INT(agen_close(page), AGEN_E_IGNORED_EXIT);
    CHECK_INT(releases, 0);
    CHECK_INT(agen_close(page), AGEN_DONE);
    check_released("finally release");

    page = page_begun(WAITS);
    ready = false;
    CHECK_INT(agen_next(page), AGEN_PENDING);
    CHECK_INT(agen_close(page), AGEN_E_RUNNING);
    CHECK_INT(agen_drop(page), AGEN_E_RUNNING);
    CHECK_INT(releases, 0);
    ready = true;
    CHECK_INT(agen_poll(page), AGEN_DONE);
    check_released("finally release");
}

/* --- One that stays: once means once ---------------------------------------------------------- */

struct stays {
    AGEN_YIELDS(int);
    int released;
};

static void stays_release(struct stays *self)
{
    self->released++;
}

AGEN(stays, self, stays_release)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_END(self);
}

static void test_once(void)
{
    struct stays x = { AGEN_INIT(stays), .released = 0 };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.released, 0);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_INT(x.released, 1);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_INT(agen_poll(&x), AGEN_DONE);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_INT(agen_drop(&x), AGEN_DONE); /* "on a finished one nothing" */
    CHECK_INT(agen_throw(&x, E_BUS), E_BUS);
    CHECK_INT(agen_abort(&x, E_BUS), AGEN_DONE);
    CHECK_INT(x.released, 1);
    agen_init(&x, stays); /* new: it ends once more */
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_INT(x.released, 2);
}

/*
 * Operations from the finalizer on its own generator do not run the body, nor the finalizer again.
 */
struct fumbles {
    AGEN_YIELDS(int);
    int starts, released;
};

static int fumble(struct fumbles *self);

static void fumbles_release(struct fumbles *self)
{
    self->released++;
    CHECK(fumble(self) != AGEN_YIELDED);
}

AGEN(fumbles, self, fumbles_release)
{
    AGEN_BEGIN(self);
    self->starts++;
    AGEN_YIELD(self, 1);
    AGEN_END(self);
}

static int fumble(struct fumbles *self)
{
    (void)agen_close(self);
    return agen_next(self);
}

static void test_from_finalizer(void)
{
    struct fumbles x = { AGEN_INIT(fumbles), .starts = 0 };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_INT(x.starts, 1);
    CHECK_INT(x.released, 1);
    CHECK(agen_done(&x));
}

/* --- "It may initialise it anew" -------------------------------------------------------------- */

struct phoenix {
    AGEN_YIELDS(int);
    int life;
};

static void phoenix_release(struct phoenix *self);

AGEN(phoenix, self, phoenix_release)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, self->life);
    AGEN_END(self);
}

static void phoenix_release(struct phoenix *self)
{
    self->life++;
    agen_init(self, phoenix);
}

struct watches_phoenix {
    AGEN_COROUTINE;
    struct phoenix *phoenix;
};

AGEN(watches_phoenix, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, self->phoenix)
        trace_int(self->phoenix->value);
    AGEN_FOR_CLOSING(self, self->phoenix) {
        trace_int(self->phoenix->value);
    } AGEN_END_FOR(self);
    AGEN_END(self);
}

static void test_anew(void)
{
    struct phoenix x = { AGEN_INIT(phoenix), .life = 0 };
    struct watches_phoenix w = { AGEN_INIT(watches_phoenix), .phoenix = &x };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK(!agen_done(&x));
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 1);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_INT(agen_close(&x), AGEN_DONE); /* a new one again, closed before its first step */
    CHECK_INT(agen_throw(&x, E_BUS), E_BUS);
    CHECK_INT(x.life, 4);
    CHECK_INT(agen_next(&w), AGEN_DONE);
    CHECK_INT(x.life, 6);
    CHECK_TRACE("4 5");
}

/* --- A pool ----------------------------------------------------------------------------------- */

struct job {
    AGEN_YIELDS(int);
    struct job *next; /* in the list of those that are free */
    int n;
};

static struct job pool[3], *free_jobs;

static void job_release(struct job *self)
{
    self->next = free_jobs;
    free_jobs = self;
}

AGEN(job, self, job_release)
{
    AGEN_BEGIN(self);
    while (self->n-- > 0)
        AGEN_YIELD(self, self->n);
    AGEN_END(self);
}

static struct job *job_get(int n)
{
    struct job *job = free_jobs;

    if (job) {
        free_jobs = job->next;
        agen_init(job, job);
        job->n = n;
    }
    return job;
}

static void test_pool(void)
{
    struct job *a, *b, *c;
    int i;

    for (i = 0; i < 3; i++)
        job_release(&pool[i]);
    for (i = 0; i < 10; i++) {
        a = job_get(1);
        b = job_get(2);
        c = job_get(0);
        CHECK(a && b && c && !job_get(1));
        CHECK_INT(agen_next(a), AGEN_YIELDED);
        CHECK_INT(agen_next(b), AGEN_YIELDED);
        CHECK_INT(b->value, 1);
        CHECK_INT(agen_next(c), AGEN_DONE);
        CHECK(free_jobs == c && c->next == NULL);
        CHECK_INT(agen_next(a), AGEN_DONE);
        CHECK_INT(agen_close(b), AGEN_DONE);
        CHECK(free_jobs == b && b->next == a && a->next == c);
    }
}

/* --- Driven by a body ------------------------------------------------------------------------- */

/* "agen_status: the way to ask about a generator that freed itself." */
enum step { NEXT, SEND, THROW, CLOSE, FROM, FOR, FOR_CLOSING, STEPS };

struct reader {
    AGEN_YIELDS(int);
    struct page *page;
    enum step step;
};

AGEN(reader, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->step < FROM) {
            AGEN_NEXT(self, self->page);
            trace_int(agen_status(self));
        }
        if (self->step == NEXT)
            AGEN_NEXT(self, self->page);
        else if (self->step == SEND)
            AGEN_SEND(self, self->page, 1);
        else if (self->step == THROW)
            AGEN_THROW(self, self->page, E_LATE);
        else if (self->step == CLOSE)
            AGEN_CLOSE(self, self->page);
        else if (self->step == FROM)
            AGEN_YIELD_FROM(self, self->page);
        else if (self->step == FOR)
            AGEN_FOR(self, self->page)
                trace("turn");
        else
            AGEN_FOR_CLOSING(self, self->page) {
                trace("turn");
            } AGEN_END_FOR(self);
        if (self->step <= SEND)
            trace_int(agen_status(self));
        trace("after");
    } AGEN_EXCEPT(self) {
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void run_reader(enum step step, enum way way, const char *expected)
{
    struct reader x = { AGEN_INIT(reader), .page = page_new(way), .step = step };

    ready = false;
    while (agen_poll(&x) > AGEN_DONE)
        ready = true;
    check_released(expected);
}

static void test_in_bodies(void)
{
    run_reader(NEXT, FALLS_OFF, "1 finally release 0 after");
    run_reader(NEXT, RAISES, "1 finally release -5");
    run_reader(NEXT, WAITS, "1 finally release 0 after");
    run_reader(SEND, FALLS_OFF, "1 finally release 0 after");
    run_reader(SEND, RAISES, "1 finally release -5");
    run_reader(THROW, FALLS_OFF, "1 finally release -6");
    run_reader(CLOSE, FALLS_OFF, "1 finally release after");
    run_reader(CLOSE, WAITS, "1 finally release after");
    run_reader(FROM, FALLS_OFF, "finally release after");
    run_reader(FROM, RAISES, "finally release -5");
    run_reader(FROM, WAITS, "finally release after");
    run_reader(FOR, FALLS_OFF, "turn finally release after");
    run_reader(FOR, RAISES, "turn finally release -5");
    run_reader(FOR_CLOSING, FALLS_OFF, "turn finally release after");
    run_reader(FOR_CLOSING, RAISES, "turn finally release -5");
    run_reader(FOR_CLOSING, WAITS, "turn finally release after");
}

/* A delegation whose inner one frees itself in answer to a throw or a close. */
static void test_delegation(void)
{
    struct reader x = { AGEN_INIT(reader), .page = page_new(FALLS_OFF), .step = FROM };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, E_BUS), AGEN_DONE);
    check_released("finally release -5");
    agen_init(&x, reader);
    x.page = page_new(WAITS);
    ready = false;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_close(&x), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_DONE);
    check_released("finally release");
}

/* A coroutine has one, too: it frees itself while its awaiter is resumed. */
struct errand {
    AGEN_COROUTINE;
    int error;
};

static void errand_free(struct errand *self)
{
    trace("release");
    memset(self, 0xA5, sizeof *self);
    free(self);
}

AGEN(errand, self, errand_free)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, ready);
    if (self->error)
        AGEN_RAISE(self, self->error);
    AGEN_END(self);
}

struct sends_out {
    AGEN_COROUTINE;
    struct errand *errand;
};

AGEN(sends_out, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_AWAIT(self, self->errand);
        trace("after");
    } AGEN_EXCEPT(self) {
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_coroutine(void)
{
    int error, waits;

    for (error = 0; error < 2; error++) {
        for (waits = 0; waits < 2; waits++) {
            struct sends_out x = { AGEN_INIT(sends_out), .errand = malloc(sizeof(struct errand)) };

            if (!x.errand)
                abort();
            agen_init(x.errand, errand);
            x.errand->error = error ? E_BUS : 0;
            ready = !waits;
            if (waits)
                CHECK_INT(agen_next(&x), AGEN_PENDING);
            ready = true;
            CHECK_INT(agen_poll(&x), AGEN_DONE);
            CHECK_TRACE(error ? "release -5" : "release after");
        }
    }
}

int main(void)
{
    test_ends_by_itself();
    test_ended_by_others();
    test_ended_before_start();
    test_ended_by_poll_and_abort();
    test_not_ended();
    test_once();
    test_from_finalizer();
    test_anew();
    test_pool();
    test_in_bodies();
    test_delegation();
    test_coroutine();
    return check_result();
}
