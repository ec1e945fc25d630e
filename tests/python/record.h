/*
 * SPDX-License-Identifier: 0BSD
 *
 * For the tests that are named after CPython's. What happens is recorded in words, and
 * CHECK_TRACE() compares them. A generator is either driven by hand, where CPython's test does so:
 *
 *   drive(&g)           polls to the end, recording each answer
 *
 * or by a task of a loop under a fake clock:
 *
 *   run(&g, "nnc")      a task that does one operation a letter and records each answer
 *
 *   n  next     d  next with a default     a  a loop over all that is left
 *   c  close    t  throw E_OWN             x  throw AGEN_E_EXIT
 *   o  drop     s  sleep 100 ticks
 */
#ifndef RECORD_H
#define RECORD_H

#include "loop.h"

enum { E_OWN = -5, E_OTHER = -6 };

static inline void record_error(int error)
{
    static const struct {
        int error;
        const char *word;
    } names[] = {
        { AGEN_E_EXIT, "exit" },           { AGEN_E_CANCELLED, "cancelled" },
        { AGEN_E_RUNNING, "running" },     { AGEN_E_JUST_STARTED, "just-started" },
        { AGEN_E_STOP, "stop-error" },     { AGEN_E_STOP_LEAKED, "stop-leaked" },
        { AGEN_E_TIMEOUT, "timeout" },     { AGEN_E_IGNORED_EXIT, "ignored-exit" },
        { AGEN_E_BAD_STATE, "bad-state" }, { AGEN_E_NO_LOOP, "no-loop" },
    };
    size_t i;

    for (i = 0; i < sizeof names / sizeof *names; i++) {
        if (names[i].error == error) {
            trace(names[i].word);
            return;
        }
    }
    trace_int(error);
}

/* What an operation answered: the value, or one word. */
static inline void record(int status, int value)
{
    if (status == AGEN_YIELDED)
        trace_int(value);
    else if (status < 0)
        record_error(status);
    else
        trace(status == AGEN_DONE ? "stop" : "pending");
}

static inline void drive_(agen_t *g, const int *value)
{
    int status, steps = 0;

    do {
        status = agen_poll(g);
        record(status, *value);
    } while (status != AGEN_DONE && ++steps < 100);
}

struct consumer {
    AGEN_COROUTINE;
    agen_t *g;
    const int *value; /* of g */
    const char *script;
};

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    for (; *self->script; self->script++) {
        AGEN_TRY(self) {
            if (*self->script == 'a') {
                AGEN_FOR(self, self->g)
                    trace_int(*self->value);
                trace("end");
            } else if (*self->script == 'c') {
                AGEN_CLOSE(self, self->g);
                trace("closed");
            } else if (*self->script == 'o') {
                CHECK_INT(agen_drop(self->g), AGEN_DONE);
                trace("dropped");
            } else if (*self->script == 's') {
                AGEN_SLEEP(self, 100);
                trace("slept");
            } else {
                if (*self->script == 't')
                    AGEN_THROW(self, self->g, E_OWN);
                else if (*self->script == 'x')
                    AGEN_THROW(self, self->g, AGEN_E_EXIT);
                else
                    AGEN_NEXT(self, self->g);
                if (*self->script == 'd' && agen_status(self) == AGEN_DONE)
                    trace("default");
                else
                    record(agen_status(self), *self->value);
            }
        } AGEN_EXCEPT_ANY(self) {
            record_error(agen_error(self));
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

/* In the loop as it is. */
static inline void go_on_(agen_t *g, const int *value, const char *script)
{
    struct consumer c = { AGEN_INIT(consumer), .g = g, .value = value, .script = script };
    agen_task task = { 0 };

    CHECK_INT(agen_spawn(&loop, &task, &c), AGEN_DONE);
    CHECK(run_out());
    CHECK_INT(agen_task_status(&task), AGEN_DONE);
}

static inline void run_(agen_t *g, const int *value, const char *script)
{
    begin();
    go_on_(g, value, script);
    end();
    CHECK_INT(failures, 0);
}

/* Runs one coroutine as a task of a new loop. Answers how it ended. */
static inline int run_task_(agen_t *c)
{
    agen_task task = { 0 };

    begin();
    CHECK_INT(agen_spawn(&loop, &task, c), AGEN_DONE);
    end();
    return agen_task_status(&task);
}

#define drive(g) drive_((agen_t *)(g), &(g)->value)
#define run(g, script) run_((agen_t *)(g), &(g)->value, script)
#define go_on(g, script) go_on_((agen_t *)(g), &(g)->value, script)
#define run_task(c) run_task_((agen_t *)(c))

#endif
