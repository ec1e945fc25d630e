/* SPDX-License-Identifier: 0BSD */
/* libuv. Callbacks: nothing waits. What wakes one up from outside goes through the kernel. */
#define _GNU_SOURCE
#include "contender.h"
#include "virtual_time.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <uv.h>

static uv_loop_t loop;
static int made; /* the loop is */
static unsigned sum, most, done;
static long long began;

static void close_handle(uv_handle_t *handle, void *unused)
{
    (void)unused;
    uv_close(handle, NULL);
}

static void start(unsigned n)
{
    if (made) {
        uv_walk(&loop, close_handle, NULL);
        uv_run(&loop, UV_RUN_DEFAULT);
        uv_loop_close(&loop);
    }
    made = 1;
    if (uv_loop_init(&loop) != 0)
        abort();
    sum = done = 0;
    most = n;
    began = virtual_time();
}

static uv_async_t asyncs[TASKS];

static void on_async(uv_async_t *self)
{
    sum += (unsigned)(self - asyncs);
}

static void make_wake(unsigned n)
{
    unsigned i;

    start(n);
    for (i = 0; i < TASKS; i++)
        uv_async_init(&loop, &asyncs[i], on_async);
}

static unsigned run_wake(unsigned n)
{
    unsigned i, number = 0;

    for (i = 0; i < n; i++) {
        uv_async_send(&asyncs[number]);
        uv_run(&loop, UV_RUN_NOWAIT);
        number = (number + 991) % TASKS;
    }
    return sum;
}

static uv_timer_t timers[TASKS];
static unsigned turns[TASKS];

static void on_timer(uv_timer_t *self)
{
    unsigned number = (unsigned)(self - timers);

    if (done < most) {
        done++;
        sum += (unsigned)(virtual_time() - began);
    }
    turns[number]++;
    uv_timer_start(self, on_timer, PERIOD(number, turns[number]), 0);
}

static void make_timer(unsigned n)
{
    unsigned i;

    start(n);
    uv_update_time(&loop);
    for (i = 0; i < TASKS; i++) {
        turns[i] = 0;
        uv_timer_init(&loop, &timers[i]);
        uv_timer_start(&timers[i], on_timer, PERIOD(i, 0), 0);
    }
}

static unsigned run_timer(unsigned n)
{
    while (done < n)
        uv_run(&loop, UV_RUN_ONCE);
    return sum;
}

static int ends[2];
static uv_pipe_t input;
static char room[64];

static void on_room(uv_handle_t *handle, size_t size, uv_buf_t *buffer)
{
    (void)handle;
    (void)size;
    *buffer = uv_buf_init(room, sizeof room);
}

static void on_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
    ssize_t i;

    (void)stream;
    for (i = 0; i < n; i++)
        sum += (unsigned char)buffer->base[i];
}

static void make_pipe(unsigned n)
{
    start(n);
    if (ends[1])
        close(ends[1]);
    if (pipe2(ends, O_NONBLOCK) != 0)
        abort();
    uv_pipe_init(&loop, &input, 0);
    uv_pipe_open(&input, ends[0]);
    uv_read_start((uv_stream_t *)&input, on_room, on_bytes);
}

static unsigned run_pipe(unsigned n)
{
    unsigned char byte;
    unsigned i;

    for (i = 0; i < n; i++) {
        byte = (unsigned char)i;
        if (write(ends[1], &byte, 1) != 1)
            abort();
        uv_run(&loop, UV_RUN_NOWAIT);
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
    printf("task %u\n", (unsigned)sizeof(uv_async_t));
}
