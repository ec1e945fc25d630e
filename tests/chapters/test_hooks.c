/* SPDX-License-Identifier: 0BSD */
/*
 * The loop's hooks, dropping, tracking and shutdown, in the order of Python's rules for them
 * (docs/PYTHON.md, H1 to H11 and D1 to D12).
 */
static void idle(unsigned long how_long);
#define AGEN_IDLE(loop, ticks) idle(((void)(loop), (unsigned long)(ticks)))
#include "loop.h"

#include <string.h>

enum { E_OWN = -5, E_THROWN = -6, MOST = 8 };

static void idle(unsigned long how_long)
{
    CHECK(how_long != AGEN_FOREVER); /* else nothing would ever end */
    ticks = (agen_ticks)(ticks + how_long);
}

/* A generator that says what happens to it, and whose cleanup does what `cleanup` says. */
enum cleanup { AT_ONCE, PAUSES, SLEEPS, FAILS, CANCELLED, REFUSES, WAITS_THEN_FAILS };

struct source {
    AGEN_YIELDS_RECEIVES(int, int);
    int name; /* a digit */
    enum cleanup cleanup;
    agen_event *waits_for; /* or NULL: yields at once */
    int n;
};

static void say(const char *what, int name)
{
    trace(what);
    trace_int(name);
}

AGEN(source, self)
{
    AGEN_BEGIN(self);
    say("start", self->name);
    AGEN_TRY(self) {
        for (;; self->n++) {
            if (self->waits_for)
                AGEN_WAIT(self, self->waits_for);
            AGEN_YIELD(self, self->n);
        }
    } AGEN_FINALLY(self) {
        say("cleanup", self->name);
        if (self->cleanup == PAUSES)
            AGEN_PAUSE(self);
        if (self->cleanup == SLEEPS || self->cleanup == WAITS_THEN_FAILS)
            AGEN_SLEEP(self, 10);
        if (self->cleanup == FAILS || self->cleanup == WAITS_THEN_FAILS)
            AGEN_RAISE(self, E_OWN);
        if (self->cleanup == CANCELLED)
            AGEN_RAISE(self, AGEN_E_CANCELLED);
        if (self->cleanup == REFUSES) {
            self->cleanup = AT_ONCE;
            AGEN_YIELD(self, -1);
        }
        say("clean", self->name);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* What ends in its first step and has a finalizer, which frees it. */
struct brief {
    AGEN_YIELDS(int);
    int error;
    bool yields, freed;
};

static void free_brief(struct brief *brief)
{
    CHECK(!brief->freed);
    brief->freed = true;
    brief->agen_.frame_.base_.state_ = 0x55; /* code that looks at it now is confused */
}

AGEN(brief, self, free_brief)
{
    AGEN_BEGIN(self);
    if (self->yields)
        AGEN_YIELD(self, 7);
    if (self->error)
        AGEN_RAISE(self, self->error);
    AGEN_END(self);
}

/* A task that makes one operation. */
enum operation { NEXT, SEND, THROW, CLOSE, DROP };

struct user {
    AGEN_COROUTINE;
    enum operation operation;
    struct source *source;
    struct brief *brief;
    int status;
    int result; /* how the operation ended */
};

AGEN(user, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->brief) {
            AGEN_NEXT(self, self->brief);
            self->result = agen_status(self);
        } else if (self->operation == NEXT) {
            AGEN_NEXT(self, self->source);
            self->result = agen_status(self);
        } else if (self->operation == SEND) {
            AGEN_SEND(self, self->source, 1);
            self->result = agen_status(self);
        } else if (self->operation == THROW) {
            AGEN_THROW(self, self->source, E_THROWN);
            self->result = agen_status(self);
        } else if (self->operation == CLOSE) {
            AGEN_CLOSE(self, self->source);
            self->result = AGEN_DONE;
        } else {
            self->result = agen_drop(self->source);
        }
    } AGEN_EXCEPT(self) {
        self->result = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static agen_task user_task;
static struct user user;

static int use(enum operation operation, struct source *source)
{
    agen_init(&user, user);
    user.operation = operation;
    user.source = source;
    user.brief = NULL;
    CHECK_INT(agen_spawn(&loop, &user_task, &user), AGEN_DONE);
    CHECK(run_out());
    CHECK_INT(agen_task_status(&user_task), AGEN_DONE);
    return user.result;
}

static int use_brief(struct brief *brief)
{
    agen_init(&user, user);
    user.brief = brief;
    CHECK_INT(agen_spawn(&loop, &user_task, &user), AGEN_DONE);
    CHECK(run_out());
    return user.result;
}

static struct source sources[MOST];
static agen_task closers[MOST];

static struct source *make(int name, enum cleanup cleanup)
{
    struct source *source = &sources[name];

    agen_init(source, source);
    source->name = name;
    source->cleanup = cleanup;
    source->waits_for = NULL;
    source->n = 0;
    return source;
}

/* --- Hooks ------------------------------------------------------------------------------------ */

static agen_t *firsts[MOST], *finals[MOST];
static int first_count, final_count;

static void note_first(agen_t *generator)
{
    CHECK_INT(agen_next(generator), AGEN_E_RUNNING); /* it is about to run */
    if (first_count < MOST)
        firsts[first_count] = generator;
    first_count++;
}

static void note_final(agen_t *generator)
{
    if (final_count < MOST)
        finals[final_count] = generator;
    final_count++;
}

static void begin_hooks(void)
{
    begin();
    CHECK(loop.first_iteration == NULL);
    CHECK(loop.finalizer == NULL);
    loop.first_iteration = note_first;
    loop.finalizer = note_final;
    first_count = final_count = 0;
}

/* H1, H2: with the first operation, whichever it is, before anything runs, and once. */
static void test_first_iteration(void)
{
    static const struct {
        enum operation operation;
        int result;
        const char *trace;
    } cases[] = {
        { NEXT, AGEN_YIELDED, "start 1" },
        { THROW, E_THROWN, "" },
        { CLOSE, AGEN_DONE, "" },
    };
    unsigned i;

    for (i = 0; i < sizeof cases / sizeof *cases; i++) {
        begin_hooks();
        CHECK_INT(use(cases[i].operation, make(1, AT_ONCE)), cases[i].result);
        CHECK_INT(first_count, 1);
        CHECK(firsts[0] == (agen_t *)(void *)&sources[1]);
        CHECK_TRACE(cases[i].trace);
        CHECK_INT(use(NEXT, &sources[1]), i == 0 ? AGEN_YIELDED : AGEN_DONE);
        CHECK_INT(use(CLOSE, &sources[1]), AGEN_DONE);
        CHECK_INT(use(CLOSE, &sources[1]), AGEN_DONE);
        CHECK_INT(first_count, 1);
        CHECK_TRACE(i == 0 ? "cleanup 1 clean 1" : "");
        end();
    }
}

/* A refused send is no operation: the hook comes with the one that is done. */
static void test_first_iteration_refused(void)
{
    begin_hooks();
    CHECK_INT(use(SEND, make(1, AT_ONCE)), AGEN_E_JUST_STARTED);
    CHECK_INT(first_count, 0);
    CHECK_INT(use(NEXT, &sources[1]), AGEN_YIELDED);
    CHECK_INT(first_count, 1);
    CHECK_INT(use(CLOSE, &sources[1]), AGEN_DONE);
    CHECK_TRACE("start 1 cleanup 1 clean 1");
    end();
}

/* From plain C there is no loop; so a generator that started there is nobody's. */
static void test_first_iteration_elsewhere(void)
{
    begin_hooks();
    CHECK_INT(agen_next(make(1, AT_ONCE)), AGEN_YIELDED);
    CHECK_INT(first_count, 0);
    CHECK_INT(use(NEXT, &sources[1]), AGEN_YIELDED);
    CHECK_INT(first_count, 0);
    CHECK_INT(agen_drop(&sources[1]), AGEN_DONE);
    CHECK_INT(final_count, 0);
    CHECK_TRACE("start 1 cleanup 1 clean 1");
    end();
}

/* Coroutines and queues are no generators in the sense of the hooks. */
struct drain {
    AGEN_COROUTINE;
    AGEN_QUEUE(int, 2) queue;
    int sum;
};

AGEN(drain, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->queue)
        self->sum += self->queue.value;
    AGEN_END(self);
}

static void test_first_iteration_of_others(void)
{
    static agen_task task;
    static struct drain drain;

    begin_hooks();
    agen_init(&drain, drain);
    drain.sum = 0;
    agen_queue_init(&drain.queue);
    CHECK(agen_try_put(&drain.queue, 3));
    CHECK(agen_try_put(&drain.queue, 4));
    agen_queue_close(&drain.queue);
    CHECK_INT(agen_spawn(&loop, &task, &drain), AGEN_DONE);
    CHECK(run_out());
    CHECK_INT(drain.sum, 7);
    CHECK_INT(first_count, 0);
    end();
}

/* One that frees itself in its first step is stepped once and freed once, with hooks or without. */
static void test_first_iteration_of_brief(void)
{
    struct brief brief = { .error = 0 };
    int hooked, error;

    for (hooked = 0; hooked < 2; hooked++)
        for (error = 0; error >= E_OWN; error += E_OWN) {
            begin_hooks();
            if (!hooked)
                loop.first_iteration = NULL;
            agen_init(&brief, brief);
            brief.error = error;
            brief.freed = false;
            CHECK_INT(use_brief(&brief), error);
            CHECK(brief.freed);
            CHECK_INT(first_count, hooked);
            agen_init(&brief, brief);
            brief.freed = false;
            CHECK_INT(error ? agen_next(&brief) : agen_next_as(brief, &brief), error);
            CHECK(brief.freed);
            CHECK_INT(first_count, hooked);
            agen_init(&brief, brief);
            brief.freed = false;
            brief.yields = true;
            CHECK_INT(use_brief(&brief), AGEN_YIELDED);
            CHECK(!brief.freed);
            CHECK_INT(use_brief(&brief), error);
            CHECK(brief.freed);
            CHECK_INT(first_count, 2 * hooked);
            brief.yields = false;
            end();
        }
}

/* H4, H5, H6: a drop hands a suspended generator over, untouched, once. */
static void test_finalizer(void)
{
    begin_hooks();
    CHECK_INT(use(NEXT, make(1, AT_ONCE)), AGEN_YIELDED);
    CHECK_INT(agen_drop(&sources[1]), AGEN_DONE);
    CHECK_INT(final_count, 1);
    CHECK(finals[0] == (agen_t *)(void *)&sources[1]);
    CHECK_TRACE("start 1");
    CHECK(!agen_done(&sources[1]));
    CHECK_INT(agen_drop(&sources[1]), AGEN_DONE); /* resurrected: now it is closed */
    CHECK_INT(final_count, 1);
    CHECK_TRACE("cleanup 1 clean 1");
    CHECK(agen_done(&sources[1]));
    CHECK_INT(agen_drop(&sources[1]), AGEN_DONE);
    CHECK_INT(final_count, 1);
    end();
}

/* The task itself may drop what it used. A wait in between changes nothing. */
static void test_finalizer_after_waits(void)
{
    agen_event go;
    struct source *source = make(1, AT_ONCE);

    begin_hooks();
    agen_event_clear(memset(&go, 0, sizeof go));
    source->waits_for = &go;
    agen_init(&user, user);
    user.operation = NEXT;
    user.source = source;
    user.brief = NULL;
    CHECK_INT(agen_spawn(&loop, &user_task, &user), AGEN_DONE);
    (void)settle();
    CHECK_INT(agen_drop(source), AGEN_E_RUNNING); /* pending */
    CHECK_INT(final_count, 0);
    agen_event_set(&go);
    CHECK(run_out());
    CHECK_INT(user.result, AGEN_YIELDED);
    CHECK_INT(use(DROP, source), AGEN_DONE);
    CHECK_INT(final_count, 1);
    CHECK_TRACE("start 1");
    CHECK_INT(agen_close(source), AGEN_DONE);
    CHECK_TRACE("cleanup 1 clean 1");
    end();
}

/* Where plain C has waited for it, a generator is no loop's any more. */
static void test_finalizer_after_plain_wait(void)
{
    bool moved;

    for (moved = false;; moved = true) {
        struct source copy;
        agen_event go;

        begin_hooks();
        memset(&go, 0, sizeof go);
        CHECK_INT(use(NEXT, make(1, AT_ONCE)), AGEN_YIELDED);
        copy = sources[1];
        if (moved) { /* nothing is pending: it may move */
            memset(&sources[1], 0x55, sizeof sources[1]);
            CHECK_INT(agen_drop(&copy), AGEN_DONE);
            CHECK_INT(final_count, 1);
            CHECK(finals[0] == (agen_t *)(void *)&copy);
            CHECK_INT(agen_close(&copy), AGEN_DONE);
        } else {
            copy.cleanup = REFUSES;
            CHECK_INT(agen_close(&copy), AGEN_E_IGNORED_EXIT);
            CHECK_INT(agen_close(&copy), AGEN_DONE);
            CHECK_INT(final_count, 0);
        }
        CHECK_TRACE(moved ? "start 1 cleanup 1 clean 1" : "start 1 cleanup 1");
        end();
        if (moved)
            break;
    }
}

struct turns {
    AGEN_YIELDS(int);
    bool ready;
};

AGEN(turns, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_WAIT_UNTIL(self, self->ready);
        AGEN_YIELD(self, 1);
    }
    AGEN_END(self);
}

struct relay {
    AGEN_YIELDS(int);
    struct turns *turns;
};

AGEN(relay, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, self->turns)
        AGEN_YIELD(self, self->turns->value);
    AGEN_END(self);
}

/* An inner generator that has waited for plain C: its parent is not taken for a loop. */
static void test_drop_after_plain_wait(void)
{
    struct turns turns;
    struct relay relay;

    agen_init(&turns, turns);
    turns.ready = false;
    agen_init(&relay, relay);
    relay.turns = &turns;
    CHECK_INT(agen_next(&relay), AGEN_PENDING);
    turns.ready = true;
    CHECK_INT(agen_poll(&relay), AGEN_YIELDED);
    CHECK(turns.agen_.frame_.base_.link_ == NULL);
    CHECK(relay.agen_.frame_.base_.link_ == NULL);
    memset(&relay, 0x55, sizeof relay);
    CHECK_INT(agen_drop(&turns), AGEN_DONE);
    CHECK(agen_done(&turns));
}

/* H8: without a finalizer a drop closes there and then; new ones just end. */
static void test_drop_without_finalizer(void)
{
    struct brief brief;

    begin_hooks();
    loop.finalizer = NULL;
    CHECK_INT(use(NEXT, make(1, AT_ONCE)), AGEN_YIELDED);
    CHECK_INT(agen_drop(&sources[1]), AGEN_DONE);
    CHECK_TRACE("start 1 cleanup 1 clean 1");
    loop.finalizer = note_final;
    CHECK_INT(agen_drop(make(1, AT_ONCE)), AGEN_DONE);
    CHECK(agen_done(&sources[1]));
    CHECK_TRACE("");
    agen_init(&brief, brief);
    brief.freed = false;
    CHECK_INT(agen_drop(&brief), AGEN_DONE);
    CHECK(brief.freed);
    CHECK_INT(final_count, 0);
    end();
}

/* H9: each loop has its own. */
static void test_hooks_of_two_loops(void)
{
    static agen_loop other;
    static agen_task task;

    begin_hooks();
    agen_loop_init(&other, read_clock);
    agen_init(&user, user);
    user.operation = NEXT;
    user.source = make(1, AT_ONCE);
    user.brief = NULL;
    CHECK_INT(agen_spawn(&other, &task, &user), AGEN_DONE);
    CHECK_INT(agen_loop_run(&other), AGEN_DONE);
    CHECK_INT(first_count, 0);
    CHECK_INT(agen_drop(&sources[1]), AGEN_DONE);
    CHECK_INT(final_count, 0);
    CHECK_TRACE("start 1 cleanup 1 clean 1");
    end();
}

/* --- Closing in a task, tracking, shutdown ---------------------------------------------------- */

static void close_in_task(agen_t *generator)
{
    int name = ((struct source *)(void *)generator)->name;

    (void)agen_untrack(&closers[name]);
    CHECK_INT(agen_spawn_close(&loop, &closers[name], generator), AGEN_DONE);
}

/* D2, D3: the finalizer closes in a task, from the next pass on; a pause costs one pass more. */
static void test_close_in_task(void)
{
    begin();
    loop.finalizer = close_in_task;
    CHECK_INT(use(NEXT, make(1, PAUSES)), AGEN_YIELDED);
    CHECK_INT(agen_drop(&sources[1]), AGEN_DONE);
    CHECK_TRACE("start 1");
    CHECK(agen_loop_poll(&loop));
    CHECK_TRACE("cleanup 1");
    CHECK_INT(agen_task_status(&closers[1]), AGEN_PENDING);
    CHECK(!agen_loop_poll(&loop));
    CHECK_TRACE("clean 1");
    CHECK_INT(agen_task_status(&closers[1]), AGEN_DONE);
    CHECK(agen_done(&sources[1]));
    CHECK_INT(failures, 0);
    end();
}

/* How a close in a task ends: as AGEN_CLOSE would. */
static void test_close_in_task_ends(void)
{
    static const struct {
        enum cleanup cleanup;
        int status, failures;
    } cases[] = {
        { AT_ONCE, AGEN_DONE, 0 },
        { FAILS, E_OWN, 1 },
        { CANCELLED, AGEN_E_CANCELLED, 0 },
        { REFUSES, AGEN_E_IGNORED_EXIT, 1 },
        { WAITS_THEN_FAILS, E_OWN, 1 },
    };
    unsigned i;
    int waited;

    for (i = 0; i < sizeof cases / sizeof *cases; i++)
        for (waited = 0; waited < 2; waited++) {
            agen_event set;

            begin();
            memset(&set, 0, sizeof set);
            agen_event_set(&set);
            make(1, cases[i].cleanup)->waits_for = waited ? &set : NULL;
            CHECK_INT(use(NEXT, &sources[1]), AGEN_YIELDED);
            CHECK_INT(agen_spawn_close(&loop, &closers[1], &sources[1]), AGEN_DONE);
            CHECK_INT(agen_spawn_close(&loop, &closers[1], make(2, AT_ONCE)), AGEN_E_RUNNING);
            CHECK(run_out());
            CHECK_INT(agen_task_status(&closers[1]), cases[i].status);
            CHECK_INT(failures, cases[i].failures);
            if (cases[i].cleanup == REFUSES) {
                CHECK_INT(sources[1].value, -1);
                CHECK_INT(use(CLOSE, &sources[1]), AGEN_DONE);
            }
            CHECK(agen_done(&sources[1]));
            CHECK_INT(agen_spawn_close(&loop, &closers[1], &sources[1]), AGEN_DONE);
            CHECK(run_out()); /* again, which is harmless */
            CHECK_INT(agen_task_status(&closers[1]), AGEN_DONE);
            end();
        }
    CHECK(check_trace_[0] != '\0');
    check_trace_[0] = '\0';
}

/* Cancelled before it began: the generator is closed by the cancellation instead, silently. */
static void test_cancelled_close(void)
{
    begin();
    CHECK_INT(use(NEXT, make(1, SLEEPS)), AGEN_YIELDED);
    CHECK_INT(agen_spawn_close(&loop, &closers[1], &sources[1]), AGEN_DONE);
    CHECK(agen_cancel(&closers[1]));
    CHECK(run_out());
    CHECK_INT(agen_task_status(&closers[1]), AGEN_E_CANCELLED);
    CHECK(agen_done(&sources[1]));
    CHECK_INT(failures, 0);
    CHECK_TRACE("start 1 cleanup 1 clean 1");
    end();
}

/* Nothing is reserved: what counts is how the generator is when the turn of the task comes. */
static void test_close_when_its_turn_comes(void)
{
    struct turns turns;

    begin();
    CHECK_INT(use(NEXT, make(1, PAUSES)), AGEN_YIELDED);
    CHECK_INT(agen_spawn_close(&loop, &closers[1], &sources[1]), AGEN_DONE);
    CHECK_INT(agen_spawn_close(&loop, &closers[2], &sources[1]), AGEN_DONE); /* and another */
    CHECK_INT(agen_next(&sources[1]), AGEN_YIELDED);
    CHECK(run_out());
    CHECK_INT(agen_task_status(&closers[1]), AGEN_DONE);
    CHECK_INT(agen_task_status(&closers[2]), AGEN_DONE);
    CHECK_INT(failures, 0);
    CHECK_TRACE("start 1 cleanup 1 clean 1");

    agen_init(&turns, turns);
    turns.ready = false;
    CHECK_INT(agen_spawn_close(&loop, &closers[1], &turns), AGEN_DONE);
    CHECK_INT(agen_next(&turns), AGEN_PENDING);
    CHECK_INT(agen_spawn_close(&loop, &closers[2], &turns), AGEN_E_RUNNING);
    CHECK(run_out());
    CHECK_INT(agen_task_status(&closers[1]), AGEN_E_RUNNING);
    CHECK_INT(failures, 1);
    turns.ready = true;
    CHECK_INT(agen_poll(&turns), AGEN_YIELDED); /* it was left alone */
    CHECK_INT(agen_close(&turns), AGEN_DONE);

    agen_init(&user, user); /* a task meanwhile, which has not begun */
    user.operation = NEXT;
    user.source = make(1, PAUSES);
    CHECK_INT(agen_spawn_close(&loop, &closers[1], &user), AGEN_DONE);
    CHECK_INT(agen_spawn(&loop, &user_task, &user), AGEN_DONE);
    CHECK(run_out());
    CHECK_INT(agen_task_status(&closers[1]), AGEN_E_RUNNING);
    CHECK_INT(agen_task_status(&user_task), AGEN_DONE);
    CHECK_INT(user.result, AGEN_YIELDED);
    CHECK_INT(failures, 2);
    CHECK_INT(agen_close(&sources[1]), AGEN_PENDING);
    CHECK_INT(agen_poll(&sources[1]), AGEN_DONE);
    CHECK_TRACE("start 1 cleanup 1 clean 1");
    end();
}

/* Taken back before it begins, and no longer then. */
static void test_untrack_before_close(void)
{
    begin();
    CHECK_INT(use(NEXT, make(1, PAUSES)), AGEN_YIELDED);
    CHECK_INT(agen_spawn_close(&loop, &closers[1], &sources[1]), AGEN_DONE);
    CHECK(agen_untrack(&closers[1]));
    CHECK(!agen_untrack(&closers[1]));
    CHECK(loop.ready_ == NULL && loop.tasks_ == NULL); /* nobody has the task any more */
    CHECK_INT(agen_task_status(&closers[1]), AGEN_DONE);
    CHECK(run_out());
    CHECK_TRACE("start 1");
    CHECK_INT(agen_spawn_close(&loop, &closers[1], &sources[1]), AGEN_DONE);
    (void)agen_loop_poll(&loop);
    CHECK_TRACE("cleanup 1");
    CHECK(!agen_untrack(&closers[1]));
    CHECK(run_out());
    CHECK_TRACE("clean 1");
    CHECK(!agen_untrack(&user_task)); /* one that closes nothing */
    end();
}

/* In its finalizer, which frees the task, too. */
struct owns {
    AGEN_YIELDS(int);
    agen_task closer;
};

static void free_owns(struct owns *owns)
{
    trace_int(agen_untrack(&owns->closer));
    memset(owns, 0x55, sizeof *owns);
}

AGEN(owns, self, free_owns)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_END(self);
}

/* Closes another while it runs: in the pass that was to run that one's closer, too. */
struct closes {
    AGEN_COROUTINE;
    struct owns *owns;
    agen_task task;
};

AGEN(closes, self)
{
    AGEN_BEGIN(self);
    if (self->owns)
        AGEN_CLOSE(self, self->owns);
    trace("ran");
    AGEN_END(self);
}

/* Wherever among those that are ready: first, in the middle, last, alone. */
static void test_untrack_in_a_finalizer(void)
{
    enum { OTHERS = 3 };
    static struct owns owns;
    static struct closes closes[OTHERS];
    int count, place, in_pass, i;

    for (in_pass = 0; in_pass < 2; in_pass++)
        for (count = in_pass; count < OTHERS; count++)
            for (place = in_pass; place <= count; place++) {
                begin();
                agen_init(&owns, owns);
                memset(&owns.closer, 0, sizeof owns.closer);
                CHECK_INT(agen_next(&owns), AGEN_YIELDED);
                memset(closes, 0, sizeof closes);
                for (i = 0; i <= count; i++) {
                    if (i == place)
                        CHECK_INT(agen_spawn_close(&loop, &owns.closer, &owns), AGEN_DONE);
                    if (i == count)
                        break;
                    agen_init(&closes[i], closes);
                    closes[i].owns = in_pass && i == 0 ? &owns : NULL;
                    CHECK_INT(agen_spawn(&loop, &closes[i].task, &closes[i]), AGEN_DONE);
                }
                if (!in_pass)
                    CHECK_INT(agen_close(&owns), AGEN_DONE);
                CHECK_TRACE(in_pass ? "" : "1");
                CHECK(!agen_loop_poll(&loop));
                CHECK(loop.tasks_ == NULL);
                CHECK_TRACE(count == 0  ? ""
                            : count > 1 ? in_pass ? "1 ran ran" : "ran ran"
                            : in_pass   ? "1 ran"
                                        : "ran");
                agen_init(&closes[0], closes); /* the queue is still one */
                closes[0].owns = NULL;
                CHECK_INT(agen_spawn(&loop, &closes[0].task, &closes[0]), AGEN_DONE);
                CHECK(run_out());
                CHECK_TRACE("ran");
                CHECK_INT(failures, 0);
                end();
            }
}

/* A cancellation goes with the close that is taken back, silently. */
static void test_untrack_cancelled(void)
{
    begin();
    CHECK_INT(use(NEXT, make(1, PAUSES)), AGEN_YIELDED);
    CHECK_INT(agen_spawn_close(&loop, &closers[1], &sources[1]), AGEN_DONE);
    CHECK(agen_cancel(&closers[1]));
    CHECK(agen_untrack(&closers[1]));
    CHECK(run_out());
    CHECK_INT(failures, 0);
    CHECK_TRACE("start 1");
    end();
}

#ifdef AGEN_HAVE_ISR_
/* What an interrupt has set when the loop ends is taken: on the next loop the event works. */
struct hears {
    AGEN_COROUTINE;
    agen_event *event;
    agen_task task;
};

AGEN(hears, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT(self, self->event);
    AGEN_END(self);
}

static void test_shutdown_takes_notices(void)
{
    static agen_event event;
    struct hears hears;
    int round;

    memset(&event, 0, sizeof event);
    for (round = 0; round < 3; round++) {
        begin();
        memset(&hears, 0, sizeof hears);
        agen_init(&hears, hears);
        hears.event = &event;
        CHECK_INT(agen_spawn(&loop, &hears.task, &hears), AGEN_DONE);
        (void)agen_loop_poll(&loop);
        CHECK_INT(agen_task_status(&hears.task), AGEN_PENDING);
        agen_event_set_isr(&event);
        CHECK(run_out());
        CHECK_INT(agen_task_status(&hears.task), AGEN_DONE);
        agen_event_clear(&event);
        agen_event_set_isr(&event); /* when nobody waits any more */
        agen_event_clear(&event);
        CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
        CHECK(loop.wakeups_ == NULL); /* no further pass: the next round has a new loop */
    }
}
#endif

/* Hooks get any generator: agen_is() tells which it is. */
static void test_which_it_is(void)
{
    static struct brief a_brief;
    agen_t *x = (agen_t *)(void *)make(1, AT_ONCE), *y = (agen_t *)(void *)&a_brief;

    agen_init(&a_brief, brief);
    CHECK(agen_is(x, source) && !agen_is(x, brief));
    CHECK(agen_is(y, brief) && !agen_is(y, source));
    CHECK(agen_is(&a_brief, brief));
}

/* A generator that is spawned behind the compiler's back. */
static void test_spawn_generator(void)
{
    begin();
    make(1, AT_ONCE);
    CHECK_INT(agen_spawn(&loop, &user_task, (agen_t *)(void *)&sources[1]), AGEN_DONE);
    CHECK(run_out());
    CHECK_INT(agen_task_status(&user_task), AGEN_E_BAD_STATE);
    CHECK_INT(failures, 1);
    CHECK_INT(agen_close(&sources[1]), AGEN_DONE);
    CHECK_TRACE("start 1 cleanup 1 clean 1");
    end();
}

static void track(int name)
{
    memset(&closers[name], 0, sizeof closers[name]);
    CHECK_INT(agen_track(&loop, &closers[name], &sources[name]), AGEN_DONE);
}

/* D4: all start before any ends, in the order in which they are tracked. */
static void test_shutdown(void)
{
    begin();
    CHECK_INT(use(NEXT, make(1, SLEEPS)), AGEN_YIELDED);
    CHECK_INT(use(NEXT, make(2, PAUSES)), AGEN_YIELDED);
    CHECK_INT(use(NEXT, make(3, AT_ONCE)), AGEN_YIELDED);
    CHECK_INT(use(NEXT, make(4, AT_ONCE)), AGEN_YIELDED);
    track(1);
    track(2);
    track(3); /* not 4 */
    CHECK_TRACE("start 1 start 2 start 3 start 4");
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK_TRACE("cleanup 1 cleanup 2 cleanup 3 clean 3 clean 2 clean 1");
    CHECK(agen_done(&sources[1]) && agen_done(&sources[2]) && agen_done(&sources[3]));
    CHECK(!agen_done(&sources[4]));
    CHECK(loop.tracked_ == NULL);
    CHECK_INT(failures, 0);
    CHECK_INT(agen_close(&sources[4]), AGEN_DONE);
    CHECK_TRACE("cleanup 4 clean 4");
    end();
}

/* D5, D6, D7: failures are reported, one by one, and stop nobody; cancellations are not. */
static void test_shutdown_failures(void)
{
    int i;
    static const enum cleanup cleanups[] = { FAILS, AT_ONCE, CANCELLED, REFUSES,
                                             WAITS_THEN_FAILS, SLEEPS };
    static const int status[] = { E_OWN, 0, AGEN_E_CANCELLED, AGEN_E_IGNORED_EXIT, E_OWN, 0 };

    begin();
    for (i = 0; i < 6; i++) {
        CHECK_INT(use(NEXT, make(i, cleanups[i])), AGEN_YIELDED);
        track(i);
    }
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK_INT(failures, 3);
    for (i = 0; i < 6; i++) {
        CHECK_INT(agen_task_status(&closers[i]), status[i]);
        CHECK(agen_done(&sources[i]) == (i != 3));
    }
    CHECK_INT(agen_next(&sources[3]), AGEN_E_EXIT); /* its finally goes on */
    CHECK_TRACE("start 0 start 1 start 2 start 3 start 4 start 5 cleanup 0 cleanup 1 clean 1 "
                "cleanup 2 cleanup 3 cleanup 4 cleanup 5 clean 5 clean 3");
    end();
}

/* D8: one that is busy elsewhere is reported and left alone. */
static void test_shutdown_busy(void)
{
    struct turns turns;

    begin();
    agen_init(&turns, turns);
    turns.ready = false;
    CHECK_INT(agen_next(&turns), AGEN_PENDING);
    memset(&closers[1], 0, sizeof closers[1]);
    CHECK_INT(agen_track(&loop, &closers[1], &turns), AGEN_DONE);
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK_INT(failures, 1);
    CHECK_INT(last_failure, AGEN_E_RUNNING);
    loop.error = NULL;
    CHECK_INT(agen_track(&loop, &closers[1], &turns), AGEN_DONE);
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    turns.ready = true;
    CHECK_INT(agen_poll(&turns), AGEN_YIELDED);
    CHECK_INT(agen_close(&turns), AGEN_DONE);
    end();
}

/* Generators that close others, all of them tracked: each is closed once, the inner ones first. */
struct outer {
    AGEN_YIELDS(int);
    struct source *inner;
    bool delegates;
};

AGEN(outer, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->delegates)
            AGEN_YIELD_FROM(self, self->inner);
        else
            AGEN_FOR_CLOSING(self, self->inner) {
                AGEN_YIELD(self, self->inner->value);
            } AGEN_END_FOR(self);
    } AGEN_FINALLY(self) {
        trace("outer");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct consumer {
    AGEN_COROUTINE;
    struct outer *outer;
};

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, self->outer);
    AGEN_END(self);
}

static void test_shutdown_nested(void)
{
    static const enum cleanup cleanups[] = { AT_ONCE, PAUSES, SLEEPS };
    static struct outer outer;
    static struct consumer consumer;
    static agen_task outer_task;
    int i, delegates, inner_first;

    for (i = 0; i < 3; i++)
        for (delegates = 0; delegates < 2; delegates++)
            for (inner_first = 0; inner_first < 2; inner_first++) {
                begin();
                agen_init(&outer, outer);
                outer.inner = make(1, cleanups[i]);
                outer.delegates = delegates != 0;
                agen_init(&consumer, consumer);
                consumer.outer = &outer;
                CHECK_INT(agen_spawn(&loop, &user_task, &consumer), AGEN_DONE);
                CHECK(run_out());
                if (inner_first)
                    track(1);
                CHECK_INT(agen_track(&loop, &outer_task, &outer), AGEN_DONE);
                if (!inner_first)
                    track(1);
                CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
                CHECK(agen_done(&outer) && agen_done(&sources[1]));
                if (inner_first && i > 0) { /* it was begun in a task of its own: not the outer's */
                    CHECK_INT(failures, 1);
                    CHECK_INT(last_failure, AGEN_E_RUNNING);
                    CHECK_TRACE("start 1 cleanup 1 outer clean 1");
                } else {
                    CHECK_INT(failures, 0);
                    CHECK_INT(agen_task_status(&closers[1]), AGEN_DONE);
                    CHECK_TRACE("start 1 cleanup 1 clean 1 outer");
                }
                end();
            }
}

/* Of those that are busy, the one that another closer awaits is in good hands, and no other. */
struct naps {
    AGEN_COROUTINE;
};

AGEN(naps, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, 50);
    AGEN_END(self);
}

struct holder {
    AGEN_YIELDS(int);
    struct naps naps;
};

AGEN(holder, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 1);
    } AGEN_FINALLY(self) {
        AGEN_AWAIT(self, &self->naps);
        trace("holder");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct outermost {
    AGEN_YIELDS(int);
    struct holder *holder;
};

AGEN(outermost, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD_FROM(self, self->holder);
    AGEN_END(self);
}

static void test_shutdown_busy_among_others(void)
{
    static struct naps naps;
    static struct holder holder;
    static struct outermost outermost;
    static struct turns turns;
    static agen_task napping, outermost_task, holder_task, turns_task;

    begin();
    agen_init(&holder, holder);
    agen_init(&holder.naps, naps);
    agen_init(&outermost, outermost);
    outermost.holder = &holder;
    agen_init(&turns, turns);
    turns.ready = false;
    agen_init(&naps, naps);
    CHECK_INT(agen_next(&outermost), AGEN_YIELDED);
    CHECK_INT(agen_spawn(&loop, &napping, &naps), AGEN_DONE);
    (void)settle();
    CHECK(!agen_untrack(&napping)); /* alive, but it closes nothing */
    CHECK_INT(agen_spawn_close(&loop, &outermost_task, &outermost), AGEN_DONE);
    CHECK_INT(agen_spawn_close(&loop, &holder_task, &holder), AGEN_DONE);
    CHECK_INT(agen_spawn_close(&loop, &turns_task, &turns), AGEN_DONE);
    CHECK_INT(agen_next(&turns), AGEN_PENDING);
    (void)settle();
    CHECK_INT(agen_task_status(&outermost_task), AGEN_PENDING);
    CHECK_INT(agen_task_status(&holder_task), AGEN_DONE);
    CHECK_INT(agen_task_status(&turns_task), AGEN_E_RUNNING);
    CHECK_INT(failures, 1);
    CHECK_TRACE("");
    CHECK(run_out());
    CHECK_TRACE("holder");
    CHECK(agen_done(&outermost) && agen_done(&holder));
    turns.ready = true;
    CHECK_INT(agen_poll(&turns), AGEN_YIELDED);
    CHECK_INT(agen_close(&turns), AGEN_DONE);
    end();
}

/* D9, D10: new ones end without running; ended ones are no trouble. */
static void test_shutdown_new_and_ended(void)
{
    begin();
    make(1, AT_ONCE);
    track(1);
    CHECK_INT(use(NEXT, make(2, AT_ONCE)), AGEN_YIELDED);
    track(2);
    CHECK_INT(use(CLOSE, &sources[2]), AGEN_DONE);
    CHECK_TRACE("start 2 cleanup 2 clean 2");
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK(agen_done(&sources[1]) && agen_done(&sources[2]));
    CHECK_INT(failures, 0);
    CHECK_TRACE("");
    end();
}

/* D1, D11: the loop can be used again, and shut down again. */
static void test_shutdown_twice(void)
{
    begin();
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK_INT(use(NEXT, make(1, SLEEPS)), AGEN_YIELDED);
    track(1);
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK_TRACE("start 1 cleanup 1 clean 1");
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK_TRACE("");
    end();
}

/* D12: first the tasks, with their cleanups, then the generators. */
struct worker {
    AGEN_COROUTINE;
    struct source *source;
    agen_task *spawns; /* in its cleanup */
    struct user *helper;
    int refused;
};

AGEN(worker, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->source)
            AGEN_FOR(self, self->source)
                AGEN_SLEEP(self, 1000);
        self->refused = agen_loop_shutdown(&loop);
        AGEN_SLEEP(self, 1000);
    } AGEN_FINALLY(self) {
        say("task", self->source ? 1 : 2);
        AGEN_SLEEP(self, 5);
        if (self->spawns)
            (void)agen_spawn(&loop, self->spawns, self->helper);
        say("task ends", self->source ? 1 : 2);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_shutdown_tasks_first(void)
{
    static agen_task tasks[2];
    static struct worker workers[2];

    begin();
    agen_init(&workers[0], worker);
    workers[0].source = make(1, SLEEPS);
    workers[0].spawns = NULL;
    agen_init(&workers[1], worker);
    workers[1].source = NULL;
    workers[1].spawns = &user_task;
    workers[1].helper = &user;
    agen_init(&user, user); /* takes up the other's generator behind the shutdown's back */
    user.operation = NEXT;
    user.source = make(2, AT_ONCE);
    user.brief = NULL;
    track(1);
    track(2);
    CHECK_INT(agen_spawn(&loop, &tasks[0], &workers[0]), AGEN_DONE);
    CHECK_INT(agen_spawn(&loop, &tasks[1], &workers[1]), AGEN_DONE);
    (void)settle();
    CHECK_INT(workers[1].refused, AGEN_E_RUNNING);
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK_TRACE("start 1 task 1 task 2 task ends 1 task ends 2 start 2 cleanup 1 cleanup 2 "
                "clean 2 clean 1");
    CHECK(loop.tasks_ == NULL && loop.tracked_ == NULL && loop.timers_ == NULL);
    CHECK_INT(agen_task_status(&tasks[0]), AGEN_E_CANCELLED);
    CHECK_INT(agen_task_status(&user_task), AGEN_DONE);
    end();
}

/* What a cleanup tracks is closed as well. */
static void track_third(agen_loop *of, agen_task *task, int error) CHECK_REENTRANT
{
    (void)task;
    CHECK(of == &loop);
    if (error == E_OWN)
        track(3);
}

static void test_shutdown_tracked_meanwhile(void)
{
    begin();
    loop.error = track_third;
    CHECK_INT(use(NEXT, make(1, FAILS)), AGEN_YIELDED);
    CHECK_INT(use(NEXT, make(3, AT_ONCE)), AGEN_YIELDED);
    track(1);
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK_TRACE("start 1 start 3 cleanup 1 cleanup 3 clean 3");
    end();
}

static void test_track_and_untrack(void)
{
    int i;

    begin();
    for (i = 1; i < 4; i++) {
        CHECK_INT(use(NEXT, make(i, AT_ONCE)), AGEN_YIELDED);
        track(i);
        CHECK_INT(agen_task_status(&closers[i]), AGEN_DONE);
        CHECK(!agen_cancel(&closers[i]));
        CHECK_INT(agen_track(&loop, &closers[i], make(7, AT_ONCE)), AGEN_E_RUNNING);
        CHECK_INT(agen_spawn_close(&loop, &closers[i], &sources[7]), AGEN_E_RUNNING);
    }
    CHECK(agen_untrack(&closers[1])); /* the first of the ring, then the middle, then the last */
    CHECK(!agen_untrack(&closers[1]));
    CHECK_INT(agen_loop_shutdown(&loop), AGEN_DONE);
    CHECK_TRACE("start 1 start 2 start 3 cleanup 2 clean 2 cleanup 3 clean 3");
    track(1);
    CHECK(agen_untrack(&closers[1]));
    CHECK(loop.tracked_ == NULL);
    CHECK_INT(agen_close(&sources[1]), AGEN_DONE);
    CHECK_TRACE("cleanup 1 clean 1");
    memset(&closers[1], 0, sizeof closers[1]);
    CHECK(!agen_untrack(&closers[1]));
    end();
}

int main(void)
{
    test_first_iteration();
    test_first_iteration_refused();
    test_first_iteration_elsewhere();
    test_first_iteration_of_others();
    test_first_iteration_of_brief();
    test_finalizer();
    test_finalizer_after_waits();
    test_finalizer_after_plain_wait();
    test_drop_after_plain_wait();
    test_drop_without_finalizer();
    test_hooks_of_two_loops();
    test_close_in_task();
    test_close_in_task_ends();
    test_cancelled_close();
    test_close_when_its_turn_comes();
    test_untrack_before_close();
    test_untrack_in_a_finalizer();
    test_untrack_cancelled();
#ifdef AGEN_HAVE_ISR_
    test_shutdown_takes_notices();
#endif
    test_which_it_is();
    test_spawn_generator();
    test_shutdown();
    test_shutdown_failures();
    test_shutdown_busy();
    test_shutdown_nested();
    test_shutdown_busy_among_others();
    test_shutdown_new_and_ended();
    test_shutdown_twice();
    test_shutdown_tasks_first();
    test_shutdown_tracked_meanwhile();
    test_track_and_untrack();
    return check_result();
}
