/* SPDX-License-Identifier: 0BSD */
/* libev. Callbacks: nothing waits. */
#define _GNU_SOURCE
#include "contender.h"
#include "virtual_time.h"

#include <ev.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct ev_loop *loop;
static unsigned sum, most, done;
static long long began;

static void start(unsigned n)
{
    if (loop)
        ev_loop_destroy(loop);
    loop = ev_loop_new(EVBACKEND_EPOLL);
    if (!loop)
        abort();
    sum = done = 0;
    most = n;
    began = virtual_time();
}

static struct ev_prepare watchers[TASKS]; /* of some kind: they are fed by hand */

static void on_feed(struct ev_loop *of, struct ev_prepare *self, int events)
{
    (void)of;
    (void)events;
    sum += (unsigned)(self - watchers);
}

static void make_wake(unsigned n)
{
    unsigned i;

    start(n);
    for (i = 0; i < TASKS; i++)
        ev_prepare_init(&watchers[i], on_feed);
}

static unsigned run_wake(unsigned n)
{
    unsigned i, number = 0;

    for (i = 0; i < n; i++) {
        ev_feed_event(loop, &watchers[number], EV_CUSTOM);
        ev_run(loop, EVRUN_NOWAIT);
        number = (number + 991) % TASKS;
    }
    return sum;
}

static struct ev_timer timers[TASKS];
static unsigned turns[TASKS];

static void on_timer(struct ev_loop *of, struct ev_timer *self, int events)
{
    unsigned number = (unsigned)(self - timers);

    (void)events;
    if (done < most) {
        done++;
        sum += (unsigned)(virtual_time() - began);
    }
    turns[number]++;
    ev_timer_set(self, PERIOD(number, turns[number]) * 1e-3, 0.);
    ev_timer_start(of, self);
}

static void make_timer(unsigned n)
{
    unsigned i;

    start(n);
    for (i = 0; i < TASKS; i++) {
        turns[i] = 0;
        ev_timer_init(&timers[i], on_timer, PERIOD(i, 0) * 1e-3, 0.);
        ev_timer_start(loop, &timers[i]);
    }
}

static unsigned run_timer(unsigned n)
{
    while (done < n)
        ev_run(loop, EVRUN_ONCE);
    return sum;
}

static int ends[2];
static struct ev_io input;

static void on_bytes(struct ev_loop *of, struct ev_io *self, int events)
{
    unsigned char bytes[64];
    ssize_t n = read(self->fd, bytes, sizeof bytes), i;

    (void)of;
    (void)events;
    for (i = 0; i < n; i++)
        sum += bytes[i];
}

static void make_pipe(unsigned n)
{
    start(n);
    if (ends[1]) {
        close(ends[0]);
        close(ends[1]);
    }
    if (pipe2(ends, O_NONBLOCK) != 0)
        abort();
    ev_io_init(&input, on_bytes, ends[0], EV_READ);
    ev_io_start(loop, &input);
}

static unsigned run_pipe(unsigned n)
{
    unsigned char byte;
    unsigned i;

    for (i = 0; i < n; i++) {
        byte = (unsigned char)i;
        if (write(ends[1], &byte, 1) != 1)
            abort();
        ev_run(loop, EVRUN_NOWAIT);
    }
    return sum;
}

const struct row rows[] = {
    { "wake", make_wake, run_wake, 1 },
    { "timer", make_timer, run_timer, 1 },
    { "pipe", make_pipe, run_pipe, 1 },
    { NULL, NULL, NULL, 0 },
};

void print_bytes(void)
{
    printf("task %u\n", (unsigned)sizeof(struct ev_prepare));
}
