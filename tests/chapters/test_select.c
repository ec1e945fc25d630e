/* SPDX-License-Identifier: 0BSD */
/*
 * AGEN_SELECT: exactly one of several things is taken, and nothing of the others, whatever comes in
 * the same pass and whatever is cancelled meanwhile. And conditions.
 */
#include "loop.h"

enum { C = AGEN_E_CANCELLED, P = AGEN_PENDING, E_OWN = -5 };

typedef AGEN_QUEUE(int, 2) queue_of_int;

static agen_event event, second_event;
static agen_lock lock;
static agen_semaphore semaphore;
static agen_condition condition;
static queue_of_int queue, outlet;
static agen_task *watched;

/* Waits for ever, so that others can wait for its end. */
struct sleeper {
    AGEN_COROUTINE;
    int error;
    agen_ticks ticks;
    agen_task task;
};
static struct sleeper sleepers[3];

AGEN(sleeper, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, self->ticks);
    if (self->error)
        AGEN_RAISE(self, self->error);
    AGEN_END(self);
}

/* --- A task that selects among everything ----------------------------------------------------- */

enum { EVENT = 1, ITEM, ROOM, LOCK, PERMIT, ENDED, NOTIFIED, TIME, UNTIL };

static struct chooser {
    AGEN_COROUTINE;
    bool wanted[UNTIL + 1]; /* which alternatives are there */
    agen_ticks ticks;       /* of TIME and UNTIL */
    agen_ticks within;      /* a timeout around it, or 0 */
    int times;
    int taken, item, status, seen, error_in_handler;
    agen_ticks when;
    agen_event never;
    queue_of_int empty, full;
    agen_lock held;
    agen_condition silent;
    agen_alternative a[8];
    agen_timeout limit;
    agen_task task;
} choosers[2];

#define IF(kind, object, other) (self->wanted[kind] ? &(object) : &(other))

AGEN(chooser, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, self->within ? self->within : AGEN_FOREVER) {
            for (; self->times > 0; self->times--) {
                self->taken = 0;
                AGEN_SELECT(self)
                    AGEN_ON_EVENT(self, &self->a[0], IF(EVENT, event, self->never)) {
                        self->taken = EVENT;
                    }
                    AGEN_ON_GET(self, &self->a[1], IF(ITEM, queue, self->empty), self->item) {
                        self->taken = ITEM;
                        self->status = agen_status(self);
                    }
                    AGEN_ON_PUT(self, &self->a[2], IF(ROOM, outlet, self->full), 7) {
                        self->taken = ROOM;
                    }
                    AGEN_ON_ACQUIRE(self, &self->a[3], IF(LOCK, lock, self->held)) {
                        self->taken = LOCK;
                    }
                    AGEN_ON_END(self, &self->a[4],
                                self->wanted[ENDED] ? watched : &sleepers[1].task) {
                        self->taken = ENDED;
                    }
                    AGEN_ON_CONDITION(self, &self->a[5], IF(NOTIFIED, condition, self->silent)) {
                        self->taken = NOTIFIED;
                    }
                    AGEN_ON_TIMEOUT(self, self->wanted[TIME] ? self->ticks : AGEN_FOREVER) {
                        self->taken = TIME;
                    }
                AGEN_END_SELECT(self);
                self->when = ticks;
                trace_int(self->taken);
            }
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT_ANY(self) {
        self->seen = agen_error(self);
        AGEN_RAISE(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void spawn_sleeper(int i, agen_ticks time, int error)
{
    memset(&sleepers[i], 0, sizeof sleepers[i]);
    agen_init(&sleepers[i], sleeper);
    sleepers[i].ticks = time;
    sleepers[i].error = error;
    CHECK_INT(agen_spawn(&loop, &sleepers[i].task, &sleepers[i]), AGEN_DONE);
}

static void begin_select(void)
{
    int value;

    begin();
    memset(&event, 0, sizeof event);
    memset(&second_event, 0, sizeof second_event);
    memset(&lock, 0, sizeof lock);
    memset(&condition, 0, sizeof condition);
    agen_queue_init(&queue);
    agen_queue_init(&outlet);
    CHECK(agen_try_acquire(&lock));
    for (value = 1; value <= 2; value++)
        CHECK(agen_try_put(&outlet, value));
    spawn_sleeper(0, 1000, 0);
    watched = &sleepers[0].task;
    spawn_sleeper(1, 2000, 0);
}

static struct chooser *make_chooser(int i, int kind, int other)
{
    struct chooser *chooser = &choosers[i];
    int value;

    memset(chooser, 0, sizeof *chooser);
    memset(chooser->a, 0x5A, sizeof chooser->a); /* "of any content before" */
    agen_init(chooser, chooser);
    agen_queue_init(&chooser->empty);
    agen_queue_init(&chooser->full);
    for (value = 1; value <= 2; value++)
        CHECK(agen_try_put(&chooser->full, value));
    CHECK(agen_try_acquire(&chooser->held));
    chooser->wanted[kind] = chooser->wanted[other] = true;
    chooser->ticks = 10;
    chooser->times = 1;
    return chooser;
}

static struct chooser *spawn_chooser(int i, int kind, int other)
{
    struct chooser *chooser = make_chooser(i, kind, other);

    CHECK_INT(agen_spawn(&loop, &chooser->task, chooser), AGEN_DONE);
    return chooser;
}

/* Nobody waits for anything any more. */
static void check_nobody_waits(const struct chooser *chooser)
{
    CHECK(event.list_.first_ == NULL);
    CHECK(queue.queue_.items_.list_.first_ == NULL);
    CHECK(outlet.queue_.room_.list_.first_ == NULL);
    CHECK(lock.permits_.list_.first_ == NULL);
    CHECK(condition.permits_.list_.first_ == NULL);
    CHECK(watched->joiners_.first_ == NULL);
    CHECK(chooser->never.list_.first_ == NULL);
    CHECK(chooser->empty.queue_.items_.list_.first_ == NULL);
    CHECK(chooser->full.queue_.room_.list_.first_ == NULL);
    CHECK(chooser->held.permits_.list_.first_ == NULL);
    CHECK(chooser->silent.permits_.list_.first_ == NULL);
    CHECK(sleepers[1].task.joiners_.first_ == NULL);
}

static void end_select(void)
{
    agen_loop_cancel_all(&loop);
    end();
    check_trace_[0] = '\0';
}

/* Makes an alternative one that can be taken. */
static void provide(int kind)
{
    int got = 0;

    switch (kind) {
    case EVENT: agen_event_set(&event); break;
    case ITEM: CHECK(agen_try_put(&queue, 42)); break;
    case ROOM: CHECK(agen_try_get(&outlet, got)); CHECK_INT(got, 1); break;
    case LOCK: CHECK_INT(agen_release(&lock), AGEN_DONE); break;
    case ENDED: CHECK(agen_cancel(watched)); settle(); break;
    case NOTIFIED: agen_notify(&condition, 1); break;
    default: ticks += 10;
    }
}

/* Whether what `provide` gave is still there for somebody else. Takes it. */
static bool still_there(int kind)
{
    int got = 0;

    switch (kind) {
    case EVENT: return agen_event_is_set(&event);
    case ITEM: return agen_try_get(&queue, got) && got == 42;
    case ROOM: return agen_try_put(&outlet, 3);
    case LOCK: return agen_try_acquire(&lock);
    case ENDED: return agen_task_status(watched) != P;
    default: return false;
    }
}

/* --- One alternative -------------------------------------------------------------------------- */

static bool is_kind(int kind)
{
    return kind != PERMIT && kind != UNTIL;
}

static void test_one_is_waited_for(void)
{
    int kind;

    for (kind = EVENT; kind <= TIME; kind++) {
        struct chooser *chooser;

        if (!is_kind(kind))
            continue;
        begin_select();
        chooser = spawn_chooser(0, kind, kind);
        settle();
        CHECK_INT(chooser->taken, 0);
        provide(kind);
        settle();
        CHECK_INT(chooser->taken, kind);
        CHECK_INT(agen_task_status(&chooser->task), AGEN_DONE);
        check_nobody_waits(chooser);
        if (kind == ITEM) {
            CHECK_INT(chooser->item, 42);
            CHECK_INT(chooser->status, AGEN_YIELDED);
        }
        if (kind == ITEM || kind == LOCK || kind == ROOM)
            CHECK(!still_there(kind)); /* it was taken */
        if (kind == ROOM) {
            int got = 0;

            CHECK(agen_try_get(&outlet, got) && got == 2);
            CHECK(agen_try_get(&outlet, got) && got == 7);
        }
        end_select();
    }
}

static void test_one_is_there_already(void)
{
    int kind;

    for (kind = EVENT; kind <= TIME; kind++) {
        struct chooser *chooser;

        if (!is_kind(kind) || kind == NOTIFIED)
            continue;
        begin_select();
        settle();
        provide(kind);
        chooser = make_chooser(0, kind, kind);
        chooser->ticks = 0;
        CHECK_INT(agen_spawn(&loop, &chooser->task, chooser), AGEN_DONE);
        (void)agen_loop_poll(&loop); /* without giving up the turn */
        CHECK_INT(chooser->taken, kind);
        CHECK_INT(agen_task_status(&chooser->task), AGEN_DONE);
        check_nobody_waits(chooser);
        end_select();
    }
}

/* --- Two alternatives ------------------------------------------------------------------------- */

/* The first in the text is taken, of the other nothing. */
static void test_two_are_there_already(void)
{
    int first, second;

    for (first = EVENT; first <= TIME; first++)
        for (second = first + 1; second <= TIME; second++) {
            struct chooser *chooser;

            if (!is_kind(first) || !is_kind(second) || first == NOTIFIED || second == NOTIFIED)
                continue;
            begin_select();
            settle();
            provide(first);
            provide(second);
            chooser = make_chooser(0, first, second);
            chooser->ticks = 0;
            CHECK_INT(agen_spawn(&loop, &chooser->task, chooser), AGEN_DONE);
            (void)agen_loop_poll(&loop);
            CHECK_INT(chooser->taken, first);
            check_nobody_waits(chooser);
            CHECK(second == TIME || still_there(second));
            end_select();
        }
}

/* Both come in one pass: the one that came first is taken, and the other one is not lost. */
static void test_two_come_in_one_pass(void)
{
    int first, second;

    for (first = EVENT; first <= NOTIFIED; first++)
        for (second = EVENT; second <= NOTIFIED; second++) {
            struct chooser *chooser;

            if (first == second || !is_kind(first) || !is_kind(second) || first == ENDED
                || second == ENDED)
                continue;
            begin_select();
            chooser = spawn_chooser(0, first, second);
            settle();
            provide(first);
            provide(second);
            settle();
            CHECK_INT(chooser->taken, first);
            check_nobody_waits(chooser);
            CHECK(second == NOTIFIED || still_there(second));
            end_select();
        }
}

/* What comes second goes to the next waiter, past the select that has taken another one. */
static void test_the_next_waiter_gets_it(void)
{
    int kind;

    for (kind = ITEM; kind <= NOTIFIED; kind++) {
        struct chooser *chooser, *next;

        if (!is_kind(kind) || kind == ENDED)
            continue;
        begin_select();
        chooser = spawn_chooser(0, EVENT, kind);
        next = spawn_chooser(1, kind, kind);
        settle();
        agen_event_set(&event);
        provide(kind);
        settle();
        CHECK_INT(chooser->taken, EVENT);
        CHECK_INT(next->taken, kind);
        check_nobody_waits(chooser);
        end_select();
    }
}

/* --- Deadlines -------------------------------------------------------------------------------- */

static void test_time_and_another(void)
{
    struct chooser *chooser;

    begin_select();
    chooser = spawn_chooser(0, EVENT, TIME);
    run_until(9);
    agen_event_set(&event);
    settle();
    CHECK_INT(chooser->taken, EVENT); /* and the deadline is gone */
    CHECK_INT((int)agen_loop_idle_ticks(&loop), 1000 - 9);
    end_select();

    begin_select();
    chooser = spawn_chooser(0, EVENT, TIME);
    run_until(10);
    settle();
    CHECK_INT(chooser->taken, TIME);
    CHECK_INT((int)chooser->when, 10);
    check_nobody_waits(chooser);
    end_select();

    begin_select(); /* both in one pass: the deadline is looked at first, the event stays set */
    chooser = spawn_chooser(0, EVENT, TIME);
    settle();
    ticks = 10;
    (void)agen_loop_poll(&loop);
    agen_event_set(&event);
    settle();
    CHECK_INT(chooser->taken, TIME);
    CHECK(agen_event_is_set(&event));
    end_select();
}

/* An event that is there after a deadline was entered: the deadline is taken back. */
struct late {
    AGEN_COROUTINE;
    agen_ticks deadline;
    int taken, seen;
    agen_alternative a;
    agen_task task;
};

AGEN(late, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_SELECT(self)
            AGEN_ON_DEADLINE(self, self->deadline) {
                self->taken = UNTIL;
            }
            AGEN_ON_EVENT(self, &self->a, &event) {
                self->taken = EVENT;
            }
        AGEN_END_SELECT(self);
    } AGEN_EXCEPT_ANY(self) {
        self->seen = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_deadlines(void)
{
    static const struct {
        agen_ticks start, deadline;
        bool set;
        int taken;
        agen_ticks when;
    } rows[] = {
        { 0, 20, true, EVENT, 0 },  { 0, 20, false, UNTIL, 20 },
        { 50, 50, true, UNTIL, 50 }, { 50, 20, false, UNTIL, 50 }, /* now, and past */
        { AGEN_FOREVER - 4, 5, false, UNTIL, 5 },                  /* the clock wraps */
        { 0, AGEN_FOREVER / 2, false, UNTIL, AGEN_FOREVER / 2 },
        { 0, AGEN_FOREVER / 2 + 1, false, UNTIL, 0 },              /* taken for past */
    };
    unsigned i;

    for (i = 0; i < sizeof rows / sizeof *rows; i++) {
        static struct late late;

        memset(&late, 0, sizeof late);
        memset(&event, 0, sizeof event);
        agen_init(&late, late);
        late.deadline = rows[i].deadline;
        begin_at(rows[i].start);
        if (rows[i].set)
            agen_event_set(&event);
        CHECK_INT(agen_spawn(&loop, &late.task, &late), AGEN_DONE);
        settle();
        if (ticks != rows[i].when) {
            CHECK_INT(late.taken, 0);
            CHECK_INT(agen_loop_idle_ticks(&loop), (agen_ticks)(rows[i].when - ticks));
            ticks = rows[i].when;
            settle();
        }
        CHECK_INT(late.taken, rows[i].taken);
        CHECK(event.list_.first_ == NULL);
        end();
    }
}

struct odd {
    AGEN_COROUTINE;
    int how;
    int seen, taken;
    agen_ticks ticks;
    agen_alternative a, b;
    agen_task task;
};

AGEN(odd, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->how == 0) {
            AGEN_SELECT(self) /* two deadlines */
                AGEN_ON_EVENT(self, &self->a, &event) {
                    self->taken = EVENT;
                }
                AGEN_ON_TIMEOUT(self, 10) {
                    self->taken = TIME;
                }
                AGEN_ON_DEADLINE(self, 10) {
                    self->taken = UNTIL;
                }
            AGEN_END_SELECT(self);
        } else if (self->how == 1) {
            AGEN_SELECT(self) /* too long */
                AGEN_ON_EVENT(self, &self->a, &event) {
                    self->taken = EVENT;
                }
                AGEN_ON_TIMEOUT(self, self->ticks) {
                    self->taken = TIME;
                }
            AGEN_END_SELECT(self);
        } else {
            AGEN_SELECT(self) /* the task itself */
                AGEN_ON_EVENT(self, &self->a, &event) {
                    self->taken = EVENT;
                }
                AGEN_ON_END(self, &self->b, &self->task) {
                    self->taken = ENDED;
                }
            AGEN_END_SELECT(self);
        }
    } AGEN_EXCEPT(self) {
        self->seen = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_refused(void)
{
    int how;

    for (how = 0; how < 3; how++) {
        static struct odd odd;

        memset(&odd, 0, sizeof odd);
        memset(&event, 0, sizeof event);
        agen_init(&odd, odd);
        odd.how = how;
        odd.ticks = AGEN_FOREVER / 2 + 1;
        begin();
        CHECK_INT(agen_spawn(&loop, &odd.task, &odd), AGEN_DONE);
        settle();
        CHECK_INT(odd.taken, 0);
        CHECK_INT(odd.seen, how == 2 ? AGEN_E_RUNNING : AGEN_E_BAD_STATE);
        CHECK_INT(agen_task_status(&odd.task), AGEN_DONE);
        CHECK(event.list_.first_ == NULL); /* what had been entered is left */
        end();
    }
}

/* --- Cancellation ----------------------------------------------------------------------------- */

static void test_cancelled_while_it_waits(void)
{
    struct chooser *chooser;
    int timed;

    for (timed = 0; timed < 3; timed++) {
        begin_select();
        chooser = make_chooser(0, ITEM, timed == 1 ? TIME : LOCK);
        chooser->within = timed == 2 ? 5 : 0;
        CHECK_INT(agen_spawn(&loop, &chooser->task, chooser), AGEN_DONE);
        settle();
        if (timed == 2)
            run_until(5);
        else
            CHECK(agen_cancel(&chooser->task));
        settle();
        CHECK_INT(chooser->taken, 0);
        CHECK_INT(chooser->seen, timed == 2 ? AGEN_E_TIMEOUT : C);
        check_nobody_waits(chooser);
        CHECK_INT((int)agen_loop_idle_ticks(&loop), 1000 - (int)ticks);
        end_select();
    }
}

/* Cancelled after it has been given something: that goes to the next waiter, or stays. */
static void test_cancelled_when_it_has_been_given(void)
{
    int kind, others;

    for (kind = EVENT; kind <= TIME; kind++)
        for (others = 0; others < 2; others++) {
            struct chooser *chooser, *next = NULL;

            if (!is_kind(kind) || kind == ENDED)
                continue;
            begin_select();
            chooser = spawn_chooser(0, kind, TIME);
            if (others)
                next = spawn_chooser(1, kind, kind);
            settle();
            if (kind == TIME) {
                ticks = 10;
                (void)agen_loop_poll(&loop); /* it ran already: nothing to take back */
                CHECK_INT(chooser->taken, TIME);
                end_select();
                continue;
            }
            provide(kind);
            CHECK(agen_cancel(&chooser->task));
            settle();
            CHECK_INT(chooser->taken, 0);
            CHECK_INT(chooser->seen, C);
            check_nobody_waits(chooser);
            if (next)
                CHECK_INT(next->taken, kind);
            else
                CHECK(kind == NOTIFIED || still_there(kind));
            end_select();
        }
}

/* --- Closed queues, ended tasks --------------------------------------------------------------- */

static void test_closed_queues(void)
{
    int waits, kind;

    for (waits = 0; waits < 2; waits++)
        for (kind = ITEM; kind <= ROOM; kind++) {
            struct chooser *chooser;

            begin_select();
            chooser = make_chooser(0, kind, EVENT);
            CHECK_INT(agen_spawn(&loop, &chooser->task, chooser), AGEN_DONE);
            if (waits)
                settle();
            if (kind == ITEM)
                agen_queue_close(&queue);
            else
                agen_queue_close(&outlet);
            settle();
            CHECK_INT(chooser->taken, kind == ITEM ? ITEM : 0);
            CHECK_INT(chooser->seen, kind == ITEM ? 0 : AGEN_E_CLOSED);
            CHECK_INT(chooser->status, AGEN_DONE);
            CHECK_INT(chooser->item, 0);
            check_nobody_waits(chooser);
            failures = 0;
            end_select();
        }
}

/* How the task ended does not matter: it is not raised. */
static void test_end_of_a_task_that_fails(void)
{
    struct chooser *chooser;

    begin_select();
    spawn_sleeper(2, 5, E_OWN);
    watched = &sleepers[2].task;
    chooser = spawn_chooser(0, ENDED, TIME);
    run_until(6);
    CHECK_INT(chooser->taken, ENDED);
    CHECK_INT((int)chooser->when, 5);
    CHECK_INT(chooser->seen, 0);
    CHECK_INT(agen_task_status(watched), E_OWN);
    end_select();
}

/* --- What a branch may do --------------------------------------------------------------------- */

enum branch { BREAKS, CONTINUES, RETURNS, RAISES, AWAITS, SELECTS, FALLS };

struct branches {
    AGEN_YIELDS(int);
    enum branch branch;
    int turns, seen, cleaned;
    agen_alternative a, b, c;
    agen_event inner;
};

AGEN(branches, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (self->turns = 0; self->turns < 3; self->turns++) {
            AGEN_SELECT(self)
                AGEN_ON_EVENT(self, &self->a, &event) {
                    agen_event_clear(&event);
                    if (self->branch == BREAKS)
                        break;
                    if (self->branch == CONTINUES)
                        continue;
                    if (self->branch == RETURNS)
                        AGEN_RETURN(self);
                    if (self->branch == RAISES)
                        AGEN_RAISE(self, E_OWN);
                    if (self->branch == AWAITS)
                        AGEN_SLEEP(self, 5);
                    if (self->branch == SELECTS) {
                        AGEN_SELECT(self)
                            AGEN_ON_EVENT(self, &self->b, &self->inner) {
                                trace("inner");
                            }
                            AGEN_ON_TIMEOUT(self, 3) {
                                trace("late");
                                agen_event_set(&self->inner);
                            }
                        AGEN_END_SELECT(self);
                    }
                    AGEN_YIELD(self, self->turns);
                }
                AGEN_ON_EVENT(self, &self->c, &second_event) {
                    trace("second");
                }
            AGEN_END_SELECT(self);
            trace("end");
        }
        trace("past");
    } AGEN_EXCEPT(self) {
        self->seen = agen_error(self);
    } AGEN_FINALLY(self) {
        self->cleaned++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static struct drives {
    AGEN_COROUTINE;
    struct branches branches;
    agen_task task;
} drives;

AGEN(drives, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->branches) {
        trace_int(self->branches.value);
        agen_event_set(&event);
    }
    AGEN_END(self);
}

static void run_branches(enum branch branch, const char *expected)
{
    memset(&drives, 0, sizeof drives);
    memset(&event, 0, sizeof event);
    memset(&second_event, 0, sizeof second_event);
    agen_init(&drives, drives);
    agen_init(&drives.branches, branches);
    drives.branches.branch = branch;
    begin();
    CHECK_INT(agen_spawn(&loop, &drives.task, &drives), AGEN_DONE);
    settle();
    agen_event_set(&event);
    CHECK_INT(drives.branches.turns, 0);
    run_until(20);
    if (branch == CONTINUES) { /* each turn waits anew */
        agen_event_set(&event);
        settle();
        CHECK_INT(drives.branches.turns, 2);
        agen_event_set(&second_event);
        settle();
    }
    CHECK_TRACE(expected);
    CHECK_INT(agen_task_status(&drives.task), AGEN_DONE);
    CHECK_INT(drives.branches.cleaned, 1);
    CHECK_INT(drives.branches.seen, branch == RAISES ? E_OWN : 0);
    CHECK(event.list_.first_ == NULL && second_event.list_.first_ == NULL);
    end();
}

static void test_branches(void)
{
    run_branches(BREAKS, "past");
    run_branches(CONTINUES, "second end past");
    run_branches(RETURNS, "");
    run_branches(RAISES, "");
    run_branches(AWAITS, "0 end 1 end 2 end past");
    run_branches(SELECTS, "late 0 end inner 1 end inner 2 end past");
    run_branches(FALLS, "0 end 1 end 2 end past");
}

/* In a handler, which keeps its error. */
static struct handles {
    AGEN_COROUTINE;
    int before, after;
    agen_alternative a;
    agen_task task;
} handles;

AGEN(handles, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_RAISE(self, E_OWN);
    } AGEN_EXCEPT(self) {
        self->before = agen_error(self);
        AGEN_SELECT(self)
            AGEN_ON_EVENT(self, &self->a, &event) {
                self->before = agen_error(self);
            }
        AGEN_END_SELECT(self);
        self->after = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_in_a_handler(void)
{
    memset(&handles, 0, sizeof handles);
    memset(&event, 0, sizeof event);
    agen_init(&handles, handles);
    begin();
    CHECK_INT(agen_spawn(&loop, &handles.task, &handles), AGEN_DONE);
    settle();
    agen_event_set(&event);
    settle();
    CHECK_INT(handles.before, E_OWN);
    CHECK_INT(handles.after, E_OWN);
    end();
}

/* --- Without a loop --------------------------------------------------------------------------- */

struct alone {
    AGEN_COROUTINE;
    bool first, timed;
    int taken, seen;
    agen_event here;
    agen_alternative a, b;
};

AGEN(alone, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->timed) {
            AGEN_SELECT(self)
                AGEN_ON_TIMEOUT(self, 1) {
                    self->taken = TIME;
                }
            AGEN_END_SELECT(self);
        } else {
            AGEN_SELECT(self)
                AGEN_ON_EVENT(self, &self->a, self->first ? &event : &self->here) {
                    self->taken = 1;
                }
                AGEN_ON_EVENT(self, &self->b, self->first ? &self->here : &event) {
                    self->taken = 2;
                }
            AGEN_END_SELECT(self);
        }
    } AGEN_EXCEPT(self) {
        self->seen = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_without_a_loop(void)
{
    int how;

    memset(&event, 0, sizeof event);
    agen_event_set(&event);
    for (how = 0; how < 3; how++) {
        struct alone alone;

        memset(&alone, 0, sizeof alone);
        agen_init(&alone, alone);
        alone.first = how == 0;
        alone.timed = how == 2;
        CHECK_INT(agen_next(&alone), AGEN_DONE);
        CHECK_INT(alone.taken, how == 0 ? 1 : 0);
        CHECK_INT(alone.seen, how == 0 ? 0 : AGEN_E_NO_LOOP);
    }
}

/* --- Conditions ------------------------------------------------------------------------------- */

struct listener {
    AGEN_COROUTINE;
    int id, wakes, seen;
    agen_task task;
};
static struct listener listeners[4];
static bool ready;

AGEN(listener, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        while (!ready) {
            AGEN_CONDITION_WAIT(self, &condition);
            self->wakes++;
            trace_int(self->id);
        }
    } AGEN_EXCEPT_ANY(self) {
        self->seen = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void begin_condition(void)
{
    int i;

    begin();
    memset(&condition, 0, sizeof condition);
    memset(listeners, 0, sizeof listeners);
    ready = false;
    for (i = 0; i < 4; i++) {
        agen_init(&listeners[i], listener);
        listeners[i].id = i;
        CHECK_INT(agen_spawn(&loop, &listeners[i].task, &listeners[i]), AGEN_DONE);
    }
    settle();
}

static void end_condition(void)
{
    ready = true;
    agen_notify_all(&condition);
    end();
    CHECK(condition.permits_.list_.first_ == NULL);
    check_trace_[0] = '\0';
}

/* N2: the first n, in the order in which they came; those who wait again are the last. */
static void test_n2_notify(void)
{
    begin_condition();
    agen_notify(&condition, 0);
    settle();
    CHECK_TRACE("");
    agen_notify(&condition, 1);
    settle();
    CHECK_TRACE("0");
    agen_notify(&condition, 2);
    settle();
    CHECK_TRACE("1 2");
    agen_notify_all(&condition);
    settle();
    CHECK_TRACE("3 0 1 2");
    end_condition();
    begin_condition();
    ready = true;
    agen_notify(&condition, 9); /* more than there are: the rest is gone */
    settle();
    CHECK_TRACE("0 1 2 3");
    ready = false;
    agen_init(&listeners[0], listener);
    CHECK_INT(agen_spawn(&loop, &listeners[0].task, &listeners[0]), AGEN_DONE);
    settle();
    CHECK_TRACE("");
    end_condition();
}

/* N3: a waiter that was notified and is cancelled hands the notification on. */
static void test_n3_cancelled_when_notified(void)
{
    begin_condition();
    agen_notify(&condition, 1);
    CHECK(agen_cancel(&listeners[0].task));
    settle();
    CHECK_INT(listeners[0].seen, C);
    CHECK_INT(listeners[0].wakes, 0);
    CHECK_TRACE("1");
    end_condition();
    begin_condition();
    CHECK(agen_cancel(&listeners[0].task)); /* before: it is not there any more */
    agen_notify(&condition, 1);
    settle();
    CHECK_TRACE("1");
    end_condition();
    begin_condition();
    agen_notify(&condition, 4); /* nobody is left to hand it to */
    CHECK(agen_cancel(&listeners[3].task));
    settle();
    CHECK_TRACE("0 1 2");
    CHECK_INT(condition.permits_.free_, 0);
    end_condition();
}

static void test_condition_without_a_loop(void)
{
    struct listener l = { AGEN_INIT(listener), .id = 0 };

    memset(&condition, 0, sizeof condition);
    ready = false;
    CHECK_INT(agen_next(&l), AGEN_DONE);
    CHECK_INT(l.seen, AGEN_E_NO_LOOP);
    ready = true;
    agen_init(&l, listener);
    l.seen = 0;
    CHECK_INT(agen_next(&l), AGEN_DONE);
    CHECK_INT(l.seen, 0);
}

#ifdef AGEN_HAVE_ISR_
static void test_notify_from_an_interrupt(void)
{
    int i;

    begin_condition();
    agen_notify_isr(&condition, 1);
    agen_notify_isr(&condition, 2);
    CHECK_TRACE("");
    CHECK_INT(agen_loop_idle_ticks(&loop), 0);
    settle();
    CHECK_TRACE("0 1 2");
    agen_notify_isr(&condition, (unsigned)-1);
    settle();
    CHECK_TRACE("3 0 1 2");
    for (i = 0; i < 40; i++) /* they add up to all, and no further */
        agen_notify_isr(&condition, 1000);
    CHECK_INT(condition.wakeup_.of_.raised_, INT16_MAX);
    settle();
    CHECK_TRACE("3 0 1 2");
    CHECK_INT(condition.wakeup_.of_.raised_, 0);
    agen_notify_isr(&condition, 32000);
    agen_notify_isr(&condition, 33536); /* their sum, 65536, is not 0 */
    CHECK_INT(condition.wakeup_.of_.raised_, INT16_MAX);
    settle();
    CHECK_TRACE("3 0 1 2");
    end_condition();

    /* Before anybody waits no loop is known: the first who waits is woken. */
    begin();
    memset(&condition, 0, sizeof condition);
    ready = false;
    agen_notify_isr(&condition, 1);
    agen_init(&listeners[0], listener);
    CHECK_INT(agen_spawn(&loop, &listeners[0].task, &listeners[0]), AGEN_DONE);
    settle();
    CHECK_TRACE("0");
    CHECK_INT(agen_task_status(&listeners[0].task), P);
    end_condition();
}

/* An alternative is taken while the others are entered: by what an interrupt has left. */
struct twice {
    AGEN_COROUTINE;
    int taken;
    agen_alternative a, b, c;
    agen_task task;
};

AGEN(twice, self)
{
    AGEN_BEGIN(self);
    AGEN_SELECT(self)
        AGEN_ON_CONDITION(self, &self->a, &condition) {
            self->taken = NOTIFIED;
        }
        AGEN_ON_EVENT(self, &self->b, &event) {
            self->taken = EVENT;
        }
        AGEN_ON_DEADLINE(self, 0) {
            self->taken = UNTIL;
        }
    AGEN_END_SELECT(self);
    AGEN_END(self);
}

static void test_taken_while_it_enters(void)
{
    static struct twice twice;

    memset(&twice, 0x5A, sizeof twice);
    memset(&twice.task, 0, sizeof twice.task);
    agen_init(&twice, twice);
    twice.taken = 0;
    memset(&condition, 0, sizeof condition);
    memset(&event, 0, sizeof event);
    agen_event_set(&event);
    begin();
    agen_notify_isr(&condition, 1); /* no loop is known yet */
    CHECK_INT(agen_spawn(&loop, &twice.task, &twice), AGEN_DONE);
    settle();
    CHECK_INT(twice.taken, NOTIFIED);
    CHECK_INT(agen_task_status(&twice.task), AGEN_DONE);
    CHECK(agen_event_is_set(&event));
    CHECK(event.list_.first_ == NULL && condition.permits_.list_.first_ == NULL);
    end();
}
#endif

/* --- At random: nothing is lost, nothing is taken twice --------------------------------------- */

enum { CROWD = 6 };

static uint32_t random_state;
static int permits_held, items_put, items_got, rooms_put;

static unsigned random_below(unsigned n)
{
    random_state = random_state * 1664525u + 1013904223u;
    return (random_state >> 16) % n;
}

static struct member {
    AGEN_COROUTINE;
    int item, seen;
    bool holds;
    agen_alternative a[3];
    agen_timeout limit;
    agen_task task;
} crowd[CROWD];

AGEN(member, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_TRY(self) {
            AGEN_TIMEOUT(self, &self->limit, 1 + random_below(6)) {
                AGEN_SELECT(self)
                    AGEN_ON_GET(self, &self->a[0], &queue, self->item) {
                        if (agen_status(self) == AGEN_YIELDED)
                            items_got++;
                    }
                    AGEN_ON_ACQUIRE(self, &self->a[1], &semaphore) {
                        permits_held++;
                        self->holds = true;
                    }
                    AGEN_ON_PUT(self, &self->a[2], &outlet, 1) {
                        rooms_put++;
                    }
                    AGEN_ON_TIMEOUT(self, random_below(5)) {
                        self->seen++;
                    }
                AGEN_END_SELECT(self);
                if (random_below(2))
                    AGEN_SLEEP(self, random_below(3));
            } AGEN_END_TIMEOUT(self);
        } AGEN_EXCEPT(self) {
            self->seen = agen_error(self);
        } AGEN_FINALLY(self) {
            if (self->holds) {
                self->holds = false;
                permits_held--;
                CHECK_INT(agen_release(&semaphore), AGEN_DONE);
            }
        } AGEN_END_TRY(self);
        AGEN_PAUSE(self);
    }
    AGEN_END(self);
}

static void test_at_random(void)
{
    int run, i, turn, got = 0, taken;

    for (run = 0; run < CHECK_ROUNDS(60, 15); run++) {
        random_state = (uint32_t)run * 2654435761u + 1;
        begin();
        memset(crowd, 0, sizeof crowd);
        agen_queue_init(&queue);
        agen_queue_init(&outlet);
        agen_semaphore_init(&semaphore, 2);
        permits_held = items_put = items_got = rooms_put = taken = 0;
        for (i = 0; i < CROWD; i++) {
            agen_init(&crowd[i], member);
            CHECK_INT(agen_spawn(&loop, &crowd[i].task, &crowd[i]), AGEN_DONE);
        }
        for (turn = 0; turn < 200; turn++) {
            switch (random_below(5)) {
            case 0: items_put += agen_try_put(&queue, 1); break;
            case 1: taken += agen_try_get(&outlet, got) && got == 1; break;
            case 2:
                i = (int)random_below(CROWD);
                if (agen_cancel(&crowd[i].task) && random_below(2))
                    (void)agen_loop_poll(&loop);
                break;
            case 3: ticks++; break;
            default: (void)agen_loop_poll(&loop);
            }
            CHECK(permits_held >= 0 && permits_held <= 2);
            for (i = 0; i < CROWD; i++)
                if (agen_task_status(&crowd[i].task) != P) {
                    agen_init(&crowd[i], member);
                    CHECK_INT(agen_spawn(&loop, &crowd[i].task, &crowd[i]), AGEN_DONE);
                }
        }
        agen_loop_cancel_all(&loop);
        end();
        CHECK_INT(items_put - items_got, agen_queue_count(&queue));
        CHECK_INT(rooms_put - taken, agen_queue_count(&outlet));
        CHECK_INT(permits_held, 0);
        for (i = 0; i < 2; i++)
            CHECK(agen_try_acquire(&semaphore));
        CHECK(!agen_try_acquire(&semaphore));
        CHECK(queue.queue_.items_.list_.first_ == NULL && outlet.queue_.room_.list_.first_ == NULL
              && semaphore.permits_.list_.first_ == NULL);
    }
}

int main(void)
{
    test_one_is_waited_for();
    test_one_is_there_already();
    test_two_are_there_already();
    test_two_come_in_one_pass();
    test_the_next_waiter_gets_it();
    test_time_and_another();
    test_deadlines();
    test_refused();
    test_cancelled_while_it_waits();
    test_cancelled_when_it_has_been_given();
    test_closed_queues();
    test_end_of_a_task_that_fails();
    test_branches();
    test_in_a_handler();
    test_without_a_loop();
    test_n2_notify();
    test_n3_cancelled_when_notified();
    test_condition_without_a_loop();
#ifdef AGEN_HAVE_ISR_
    test_notify_from_an_interrupt();
    test_taken_while_it_enters();
#endif
    test_at_random();
    return check_result();
}
