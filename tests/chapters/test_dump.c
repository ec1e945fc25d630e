/*
 * agen_loop_dump: each task, what it does, and its chain of awaits by name, file and line.
 */
#ifndef AGEN_DUMP
#define AGEN_DUMP
#endif
#include "loop.h"

#include <stdio.h>
#include <string.h>

/* What is printed, with addresses replaced by the names of what is there. */
static char dump[2000];
static size_t dump_length;
static struct {
    const void *address;
    const char *name;
} known[8];

static void name(const void *address, const char *text)
{
    unsigned i;

    for (i = 0; known[i].address && known[i].address != address; i++)
        ;
    known[i].address = address;
    known[i].name = text;
}

static void collect(void *context, const char *text, size_t length)
{
    CHECK(context == dump);
    CHECK(strlen(text) == length);
    if (dump_length + length < sizeof dump) {
        memcpy(dump + dump_length, text, length + 1);
        dump_length += length;
    }
}

static const char *dumped(void)
{
    char *at, *end;
    unsigned i;

    dump_length = 0;
    dump[0] = '\0';
    agen_loop_dump(&loop, collect, dump);
    for (at = dump; (at = strstr(at, "0x")) != NULL; at++) {
        const char *text = "?";
        static const char digits[] = "0123456789abcdef";
        uintptr_t address = 0;

        for (end = at + 2; *end && strchr(digits, *end); end++)
            address = address << 4 | (uintptr_t)(strchr(digits, *end) - digits);
        for (i = 0; known[i].address; i++)
            if ((uintptr_t)known[i].address == address)
                text = known[i].name;
        memmove(at + strlen(text), end, strlen(end) + 1);
        memcpy(at, text, strlen(text));
    }
    return dump;
}

static char expected[2000];

static void begin_expected(void)
{
    expected[0] = '\0';
}

static void expect(const char *text, int line, const char *rest)
{
    size_t length = strlen(expected);

    if (line)
        (void)sprintf(expected + length, "%s at %s:%d: %s\n", text, __FILE__, line, rest);
    else
        (void)sprintf(expected + length, "%s%s\n", text, rest);
}

#define CHECK_DUMP() CHECK_STR(dumped(), expected)

/* One line for each kind of wait. */
enum wait {
    YIELD, UNTIL, PAUSE, SLEEP, SLEEP_UNTIL, WAIT, ACQUIRE, PUT, GET, JOIN, GROUP, RACE,
    NEXT, SEND, THROW, CLOSE, AWAIT, FOR, FOR_CLOSING, FROM, QUEUE, WAITS, DUMP
};
static const char *const words[WAITS] = {
    "AGEN_YIELD", "AGEN_WAIT_UNTIL", "AGEN_PAUSE", "AGEN_SLEEP", "AGEN_SLEEP_UNTIL", "AGEN_WAIT",
    "AGEN_ACQUIRE", "AGEN_PUT", "AGEN_GET", "AGEN_JOIN", "end of AGEN_GROUP", "end of AGEN_RACE",
    "AGEN_NEXT", "AGEN_SEND", "AGEN_THROW", "AGEN_CLOSE", "AGEN_AWAIT", "AGEN_FOR",
    "AGEN_FOR_CLOSING", "AGEN_YIELD_FROM", "AGEN_FOR"
};
static int lines[WAITS];
static bool go;
static agen_event event;
static agen_lock lock;
static struct {
    AGEN_QUEUE(int, 1) queue;
} full, empty;

/* Waits in every operation but the first, until `go`. */
struct slow {
    AGEN_YIELDS_RECEIVES(int, int);
};
static int slow_line;

AGEN(slow, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_YIELD(self, 0);
        slow_line = __LINE__ + 1;
        AGEN_WAIT_UNTIL(self, go);
    } AGEN_EXCEPT_ANY(self) {
        slow_line = __LINE__ + 1;
        AGEN_WAIT_UNTIL(self, go);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct endless {
    AGEN_COROUTINE;
};

AGEN(endless, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, false);
    AGEN_END(self);
}

static agen_task task, child_task;

struct waiter {
    AGEN_YIELDS(int);
    enum wait wait;
    struct slow slow;
    struct endless endless, child;
    agen_group group;
};

#define SET(which) lines[which] = __LINE__ + 1

AGEN(waiter, self)
{
    AGEN_BEGIN(self);
    if (self->wait == YIELD) {
        SET(YIELD);
        AGEN_YIELD(self, 1);
    } else if (self->wait == DUMP) {
        (void)dumped();
    } else if (self->wait == UNTIL) {
        SET(UNTIL);
        AGEN_WAIT_UNTIL(self, go);
    } else if (self->wait == PAUSE) {
        SET(PAUSE);
        AGEN_PAUSE(self);
    } else if (self->wait == SLEEP) {
        SET(SLEEP);
        AGEN_SLEEP(self, 100);
    } else if (self->wait == SLEEP_UNTIL) {
        SET(SLEEP_UNTIL);
        AGEN_SLEEP_UNTIL(self, 200);
    } else if (self->wait == WAIT) {
        SET(WAIT);
        AGEN_WAIT(self, &event);
    } else if (self->wait == ACQUIRE) {
        SET(ACQUIRE);
        AGEN_ACQUIRE(self, &lock);
    } else if (self->wait == PUT) {
        SET(PUT);
        AGEN_PUT(self, &full.queue, 1);
    } else if (self->wait == GET) {
        SET(GET);
        AGEN_GET(self, &empty.queue, empty.queue.value);
    } else if (self->wait == JOIN) {
        SET(JOIN);
        AGEN_JOIN(self, &child_task);
    } else if (self->wait == GROUP) {
        SET(GROUP);
        AGEN_GROUP(self, &self->group) {
            CHECK_INT(agen_group_spawn(&self->group, &child_task, &self->child), AGEN_DONE);
        } AGEN_END_GROUP(self);
    } else if (self->wait == RACE) {
        SET(RACE);
        AGEN_RACE(self, &self->group) {
            CHECK_INT(agen_group_spawn(&self->group, &child_task, &self->child), AGEN_DONE);
        } AGEN_END_RACE(self);
    } else if (self->wait == AWAIT) {
        SET(AWAIT);
        AGEN_AWAIT(self, &self->endless);
    } else if (self->wait == QUEUE) {
        SET(QUEUE);
        AGEN_FOR(self, &empty.queue)
            go = true;
    } else {
        AGEN_NEXT(self, &self->slow);
        if (self->wait == NEXT) {
            SET(NEXT);
            AGEN_NEXT(self, &self->slow);
        } else if (self->wait == SEND) {
            SET(SEND);
            AGEN_SEND(self, &self->slow, 1);
        } else if (self->wait == FOR) {
            SET(FOR);
            AGEN_FOR(self, &self->slow)
                go = true;
        } else if (self->wait == FOR_CLOSING) {
            SET(FOR_CLOSING);
            AGEN_FOR_CLOSING(self, &self->slow) {
                go = true;
            } AGEN_END_FOR(self);
        } else if (self->wait == FROM) {
            SET(FROM);
            AGEN_YIELD_FROM(self, &self->slow);
        } else if (self->wait == THROW) {
            SET(THROW);
            AGEN_THROW(self, &self->slow, -1);
        } else {
            SET(CLOSE);
            AGEN_CLOSE(self, &self->slow);
        }
    }
    AGEN_END(self);
}

struct top {
    AGEN_COROUTINE;
    struct waiter waiter;
};
static int top_line;

AGEN(top, self)
{
    AGEN_BEGIN(self);
    top_line = __LINE__ + 1;
    AGEN_NEXT(self, &self->waiter);
    AGEN_END(self);
}

static void make_top(struct top *top, enum wait wait)
{
    agen_init(top, top);
    agen_init(&top->waiter, waiter);
    agen_init(&top->waiter.slow, slow);
    agen_init(&top->waiter.endless, endless);
    agen_init(&top->waiter.child, endless);
    top->waiter.wait = wait;
}

static void test_each_wait(void)
{
    static struct top top;
    static struct endless other;
    const char *after, *rest;
    unsigned wait;

    for (wait = UNTIL; wait < WAITS; wait++) {
        begin_at(50);
        memset(&event, 0, sizeof event);
        memset(&lock, 0, sizeof lock);
        CHECK(agen_try_acquire(&lock));
        agen_queue_init(&full.queue);
        CHECK(agen_try_put(&full.queue, 1));
        agen_queue_init(&empty.queue);
        go = false;
        make_top(&top, (enum wait)wait);
        name(&task, "T");
        name(&child_task, "C");
        CHECK_INT(agen_spawn(&loop, &task, &top), AGEN_DONE);
        if (wait == JOIN) {
            agen_init(&other, endless);
            CHECK_INT(agen_spawn(&loop, &child_task, &other), AGEN_DONE);
        }
        (void)agen_loop_poll(&loop);

        begin_expected();
        if (wait == SLEEP)
            expect("task T: sleeping, ticks left 100", 0, "");
        else if (wait == SLEEP_UNTIL)
            expect("task T: sleeping, ticks left 150", 0, "");
        else if ((wait >= WAIT && wait <= RACE) || wait == QUEUE)
            expect("task T: waiting", 0, "");
        else
            expect("task T: ready", 0, "");
        expect("    top", top_line, "AGEN_NEXT");
        expect("    waiter", lines[wait], words[wait]);
        after = wait == AWAIT   ? "    endless at "
                 : wait == QUEUE ? "    agen_queue at "
                 : wait == JOIN || wait == GROUP || wait == RACE
                     ? "task C: ready\n    endless"
                     : NULL;
        if (after) { /* whose line is checked elsewhere, or is the header's */
            rest = strstr(dumped(), after);
            CHECK(rest != NULL);
            if (rest)
                dump[rest - dump] = '\0';
            CHECK_STR(dump, expected);
        } else {
            if (wait >= NEXT)
                expect("    slow", slow_line, "AGEN_WAIT_UNTIL");
            CHECK_DUMP();
        }
        go = true;
        agen_loop_cancel_all(&loop);
        CHECK(run_out());
    }
}

/* A dump changes nothing: not even flags, and what runs goes on as without. */
static void test_changes_nothing(void)
{
    static struct top top;
    struct top before;
    unsigned wait;

    for (wait = UNTIL; wait < WAITS; wait++) {
        begin_at(50);
        memset(&lock, 0, sizeof lock);
        CHECK(agen_try_acquire(&lock));
        memset(&event, 0, sizeof event);
        agen_queue_init(&full.queue);
        CHECK(agen_try_put(&full.queue, 1));
        agen_queue_init(&empty.queue);
        go = false;
        make_top(&top, (enum wait)(wait == JOIN ? SLEEP : wait));
        CHECK_INT(agen_spawn(&loop, &task, &top), AGEN_DONE);
        (void)agen_loop_poll(&loop);
        before = top;
        (void)dumped();
        CHECK(memcmp(&before, &top, sizeof top) == 0);
        go = true;
        agen_loop_cancel_all(&loop);
        while (loop.tasks_) { /* in the middle of its end, too */
            (void)dumped();
            (void)agen_loop_poll(&loop);
        }
    }
}

/* Tasks that have not begun, that are about to be cancelled, that dump themselves. */
struct dumps {
    AGEN_COROUTINE;
};

AGEN(dumps, self)
{
    AGEN_BEGIN(self);
    (void)dumped();
    AGEN_END(self);
}

static void test_states(void)
{
    static struct top top;
    static struct dumps dumps;
    static agen_task dumping;

    begin();
    name(&dumping, "D");
    make_top(&top, SLEEP);
    agen_init(&dumps, dumps);
    CHECK_INT(agen_spawn(&loop, &task, &top), AGEN_DONE);
    CHECK_INT(agen_spawn(&loop, &dumping, &dumps), AGEN_DONE);
    CHECK(agen_cancel(&dumping));
    begin_expected();
    expect("task T: ready\n    top, new\ntask D: ready, cancelled\n    dumps, new", 0, "");
    CHECK_DUMP();
    (void)agen_loop_poll(&loop);
    agen_init(&dumps, dumps);
    CHECK_INT(agen_spawn(&loop, &dumping, &dumps), AGEN_DONE);
    ticks = 30;
    (void)agen_loop_poll(&loop);
    begin_expected();
    expect("task T: sleeping, ticks left 70", 0, "");
    expect("    top", top_line, "AGEN_NEXT");
    expect("    waiter", lines[SLEEP], "AGEN_SLEEP");
    expect("task D: running", 0, "");
    CHECK_STR(dump, expected);
    ticks = 1000; /* late: due since long */
    begin_expected();
    expect("task T: sleeping, ticks left 0", 0, "");
    expect("    top", top_line, "AGEN_NEXT");
    expect("    waiter", lines[SLEEP], "AGEN_SLEEP");
    CHECK_DUMP();
    end();
    begin_expected();
    CHECK_DUMP();
}

/* What a loop tracks; one that is compiled without AGEN_DUMP has no name. */
static int refuses(struct agen_frame_ *core, int signal, struct agen_base_ *driver)
{
    (void)signal;
    (void)driver;
    CHECK_INT(core->base_.state_, AGEN_BUSY_);
    return AGEN_E_RUNNING;
}

static void test_tracked(void)
{
    static struct waiter suspended, fresh, ended, foreign;
    static agen_task tasks[4];

    begin();
    memset(known, 0, sizeof known);
    agen_init(&fresh, waiter);
    agen_init(&ended, waiter);
    CHECK_INT(agen_close(&ended), AGEN_DONE);
    agen_init(&suspended, waiter);
    suspended.wait = YIELD;
    CHECK_INT(agen_next(&suspended), AGEN_YIELDED);
    agen_init(&foreign, waiter);
    foreign.agen_.frame_.step_ = refuses;
    name(&suspended, "S");
    name(&fresh, "N");
    name(&ended, "E");
    name(&foreign, "F");
    CHECK_INT(agen_track(&loop, &tasks[0], &suspended), AGEN_DONE);
    CHECK_INT(agen_track(&loop, &tasks[1], &fresh), AGEN_DONE);
    CHECK_INT(agen_track(&loop, &tasks[2], &ended), AGEN_DONE);
    CHECK_INT(agen_track(&loop, &tasks[3], &foreign), AGEN_DONE);
    begin_expected();
    expect("tracked S: waiter", lines[YIELD], "AGEN_YIELD");
    expect("tracked N: waiter, new\ntracked E: waiter, ended\ntracked F: body at ?, new", 0, "");
    CHECK_DUMP();

    /* A task that is to close one, before it begins; one that is asked while it runs. */
    begin();
    memset(tasks, 0, sizeof tasks);
    name(&tasks[0], "T");
    CHECK_INT(agen_spawn_close(&loop, &tasks[0], &suspended), AGEN_DONE);
    agen_init(&foreign, waiter);
    foreign.wait = DUMP;
    CHECK_INT(agen_track(&loop, &tasks[3], &foreign), AGEN_DONE);
    CHECK_INT(agen_next(&foreign), AGEN_DONE);
    begin_expected();
    expect("task T: ready", 0, "");
    expect("    waiter", lines[YIELD], "AGEN_YIELD");
    expect("tracked F: waiter, running", 0, "");
    CHECK_STR(dump, expected);
}

/* One with a finalizer that has ended: it is not called again, and not with one that is spawned. */
struct released {
    AGEN_COROUTINE;
    agen_task task;
};
static int releases;

static void release(struct released *released)
{
    (void)released;
    releases++;
}

AGEN(released, self, release)
{
    AGEN_BEGIN(self);
    AGEN_END(self);
}

static void test_released(void)
{
    static struct released released;

    begin();
    releases = 0;
    name(&task, "T");
    name(&released, "R");
    agen_init(&released, released);
    CHECK_INT(agen_track(&loop, &task, &released), AGEN_DONE);
    begin_expected();
    expect("tracked R: released, new", 0, "");
    CHECK_DUMP();
    CHECK_INT(agen_next(&released), AGEN_DONE);
    CHECK_INT(releases, 1);
    begin_expected();
    expect("tracked R: released, ended", 0, "");
    CHECK_DUMP();
    CHECK_DUMP();
    CHECK(agen_untrack(&task));
    CHECK_INT(agen_spawn(&loop, &task, &released), AGEN_DONE);
    begin_expected();
    expect("task T: ready\n    released, ended", 0, "");
    CHECK_DUMP();
    CHECK(run_out());
    CHECK_INT(agen_task_status(&task), AGEN_DONE);
    CHECK(agen_done(&released));
    CHECK_INT(releases, 1);
    end();
}

/* A select waits, and with a deadline it says how long. */
struct selects {
    AGEN_COROUTINE;
    agen_ticks within;
    agen_event event;
    agen_alternative a;
};

AGEN(selects, self)
{
    AGEN_BEGIN(self);
    AGEN_SELECT(self)
        AGEN_ON_EVENT(self, &self->a, &self->event) {
            AGEN_RETURN(self);
        }
        AGEN_ON_TIMEOUT(self, self->within) {
            AGEN_RETURN(self);
        }
    AGEN_END_SELECT(self);
    AGEN_END(self);
}

static void test_select(void)
{
    static struct selects s;
    int timed;

    for (timed = 0; timed < 2; timed++) {
        begin();
        memset(&task, 0, sizeof task);
        memset(&s, 0, sizeof s);
        agen_init(&s, selects);
        s.within = timed ? 30 : AGEN_FOREVER;
        CHECK_INT(agen_spawn(&loop, &task, &s), AGEN_DONE);
        settle();
        CHECK(strstr(dumped(), timed ? ": waiting, ticks left 30\n    selects at "
                                     : ": waiting\n    selects at ") != NULL);
        CHECK(strstr(dump, ": AGEN_SELECT\n") != NULL);
        agen_event_set(&s.event);
        end();
    }
}

/* A task that is ready when it is cancelled stays ready, and is cancelled in its next step. */
struct pauses {
    AGEN_COROUTINE;
};

AGEN(pauses, self)
{
    AGEN_BEGIN(self);
    AGEN_PAUSE(self);
    AGEN_END(self);
}

static void test_ready_and_cancelled(void)
{
    struct pauses p = { AGEN_INIT(pauses) };

    begin();
    memset(&task, 0, sizeof task);
    CHECK_INT(agen_spawn(&loop, &task, &p), AGEN_DONE);
    (void)agen_loop_poll(&loop);
    CHECK(agen_cancel(&task));
    CHECK(strstr(dumped(), ": ready, cancelled\n    pauses at ") != NULL);
    CHECK(strstr(dump, "AGEN_PAUSE") != NULL);
    CHECK(run_out());
    CHECK_INT(agen_task_status(&task), AGEN_E_CANCELLED);
    end();
}

/* Deep chains: innermost last, all of them. */
struct deep {
    AGEN_COROUTINE;
    struct deep *inner;
};
static int deep_line, deep_leaf_line;

AGEN(deep, self)
{
    AGEN_BEGIN(self);
    if (self->inner) {
        deep_line = __LINE__ + 1;
        AGEN_AWAIT(self, self->inner);
    } else {
        deep_leaf_line = __LINE__ + 1;
        AGEN_SLEEP(self, 1);
    }
    AGEN_END(self);
}

static void test_deep(void)
{
    static struct deep chain[20];
    unsigned i;

    begin();
    name(&task, "T");
    for (i = 0; i < 20; i++) {
        agen_init(&chain[i], deep);
        chain[i].inner = i < 19 ? &chain[i + 1] : NULL;
    }
    CHECK_INT(agen_spawn(&loop, &task, &chain[0]), AGEN_DONE);
    (void)agen_loop_poll(&loop);
    begin_expected();
    expect("task T: sleeping, ticks left 1", 0, "");
    for (i = 0; i < 19; i++)
        expect("    deep", deep_line, "AGEN_AWAIT");
    expect("    deep", deep_leaf_line, "AGEN_SLEEP");
    CHECK_DUMP();
    end();
}

int main(void)
{
    test_each_wait();
    test_changes_nothing();
    test_states();
    test_tracked();
    test_released();
    test_select();
    test_ready_and_cancelled();
    test_deep();
    return check_result();
}

/* SPDX-License-Identifier: 0BSD */
