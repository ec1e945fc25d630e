/* SPDX-License-Identifier: 0BSD */
/*
 * A loop by hand with the features of a task's wake-up in agen.h: a task waits for an event in a list that it can be
 * taken out of at once, which cancels it; it knows its loop, and is marked while it runs; each pass reads the clock,
 * looks for timers that are due and for notices of interrupts. Its bodies are switches over a state. Other rows would
 * each need their own, and are not written.
 */
#include "contender.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { NEW, WAITS, READY, RUNS, ENDED };

struct loop;
struct event;
struct task {
    struct task *next, *previous; /* in the ready queue, or a ring of waiters */
    struct event *event;          /* whose ring it is in */
    struct loop *loop;
    int (*step)(struct task *self, int signal); /* whether it goes on */
    uint8_t state, point, cancelled;
};
struct event {
    struct task *first;
    bool set;
    volatile bool raised; /* by an interrupt */
};
struct loop {
    struct task *ready, **ready_end;
    struct event *volatile notices;
    struct task *timers;
    unsigned (*now)(void);
    unsigned last;
};

static unsigned sum, ended, ticks;

static unsigned now(void)
{
    return ticks;
}

static void make_ready(struct task *task)
{
    task->state = READY;
    task->next = NULL;
    *task->loop->ready_end = task;
    task->loop->ready_end = &task->next;
}

static void wait_for(struct event *event, struct task *task)
{
    struct task *first = event->first;

    task->state = WAITS;
    task->event = event;
    if (!first) {
        event->first = task->next = task->previous = task;
        return;
    }
    task->next = first;
    task->previous = first->previous;
    first->previous->next = task;
    first->previous = task;
}

static void set(struct event *event)
{
    struct task *first = event->first, *task = first, *next;

    event->set = true;
    if (!first)
        return;
    event->first = NULL;
    do {
        next = task->next;
        make_ready(task);
    } while ((task = next) != first);
}

static void cancel(struct task *task)
{
    if (task->state == WAITS) {
        task->next->previous = task->previous;
        task->previous->next = task->next;
        if (task->event->first == task)
            task->event->first = task->next == task ? NULL : task->next;
        make_ready(task);
    }
    task->cancelled = 1;
}

static void look_at_notices(struct loop *loop)
{
    struct event *event = loop->notices;

    loop->notices = NULL;
    set(event);
}

static void pass(struct loop *loop)
{
    struct task *task, *next;

    if (loop->notices)
        look_at_notices(loop);
    loop->last = loop->now();
    if (loop->timers)
        make_ready(loop->timers); /* there are none here */
    task = loop->ready;
    loop->ready = NULL;
    loop->ready_end = &loop->ready;
    for (; task; task = next) {
        int signal = task->cancelled ? -1 : 0;

        next = task->next;
        task->state = RUNS;
        if (!task->step(task, signal))
            task->state = ENDED;
        else if (task->state == RUNS)
            make_ready(task);
    }
}

struct waiter {
    struct task task;
    struct event *event;
    unsigned number;
};
static struct loop loop;
static struct event events[MILLION];
static struct waiter waiters[MILLION];

static int waiter_step(struct task *task, int signal)
{
    struct waiter *self = (struct waiter *)(void *)task;

    switch (task->point) {
    case 0:
        for (;;) {
            if (!self->event->set && !self->event->raised) {
                wait_for(self->event, task);
                task->point = 1;
                return 1;
            }
    case 1:
            if (signal < 0)
                break;
            self->event->set = self->event->raised = false;
            sum += self->number;
        }
    }
    ended++;
    return 0;
}

static void start(unsigned tasks)
{
    unsigned i;

    loop = (struct loop){ .now = now };
    loop.ready_end = &loop.ready;
    for (i = 0; i < tasks; i++) {
        events[i] = (struct event){ NULL, false, false };
        waiters[i] = (struct waiter){ .event = &events[i], .number = i };
        waiters[i].task.loop = &loop;
        waiters[i].task.step = waiter_step;
        make_ready(&waiters[i].task);
    }
    pass(&loop);
}

static void make_wake(unsigned n)
{
    unsigned i;

    (void)n;
    sum = ended = 0;
    start(TASKS);
    for (i = 0; i < TASKS; i++) /* it can do what it says */
        cancel(&waiters[i].task);
    pass(&loop);
    if (ended != TASKS)
        printf("%u ended\n", ended);
    start(TASKS);
}

static void make_wake_million(unsigned n)
{
    (void)n;
    sum = 0;
    start(MILLION);
}

CONTENDER_INLINE unsigned wake(unsigned n, unsigned tasks)
{
    unsigned i, number = 0;

    for (i = 0; i < n; i++) {
        set(&events[number]);
        pass(&loop);
        number = (number + 991) % tasks;
    }
    return sum;
}

static unsigned run_wake(unsigned n) { return wake(n, TASKS); }
static unsigned run_wake_million(unsigned n) { return wake(n, MILLION); }

const struct row rows[] = {
    { "wake", make_wake, run_wake, 1 },
    { "wake-million", make_wake_million, run_wake_million, 1 },
    { NULL, NULL, NULL, 0 },
};

void print_bytes(void)
{
    printf("task %u\n", (unsigned)sizeof(struct task));
}
