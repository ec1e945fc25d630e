/*
 * A deadlock: two tasks wait for each other. agen_loop_dump() prints where each task waits. In a
 * firmware it prints over a UART, so that no debugger is needed.
 *
 * SPDX-License-Identifier: 0BSD
 */
#define AGEN_DUMP
#include "agen.h"

#include <stdio.h>
#include <string.h>

static agen_ticks now(void)
{
    return 0;
}

static agen_lock bus, display;

/* Acquires the display while its caller holds the bus. */
struct draw {
    AGEN_COROUTINE;
};

AGEN(draw, self)
{
    AGEN_BEGIN(self);
    AGEN_ACQUIRE(self, &display);
    AGEN_RELEASE(self, &display);
    AGEN_END(self);
}

struct plotter {
    AGEN_COROUTINE;
    struct draw draw;
};

AGEN(plotter, self)
{
    AGEN_BEGIN(self);
    AGEN_ACQUIRE(self, &bus);
    AGEN_PAUSE(self);
    AGEN_AWAIT(self, &self->draw);
    AGEN_RELEASE(self, &bus);
    AGEN_END(self);
}

/* Acquires the bus while it holds the display. */
struct clock_face {
    AGEN_COROUTINE;
};

AGEN(clock_face, self)
{
    AGEN_BEGIN(self);
    AGEN_ACQUIRE(self, &display);
    AGEN_PAUSE(self);
    AGEN_ACQUIRE(self, &bus);
    AGEN_RELEASE(self, &bus);
    AGEN_RELEASE(self, &display);
    AGEN_END(self);
}

/* Addresses and folders differ from machine to machine, so they are left out here. */
static void print(void *context, const char *text, size_t length)
{
    const char *slash = strrchr(text, '/');

    (void)context;
    (void)length;
    printf("%s", strncmp(text, "0x", 2) == 0 ? "(address)" : slash ? slash + 1 : text);
}

int main(void)
{
    static agen_loop loop;
    static agen_task plotting, showing;
    static struct plotter plotter;
    static struct clock_face clock_face;

    agen_loop_init(&loop, now);
    AGEN_NEW(&plotter, plotter);
    AGEN_NEW(&plotter.draw, draw);
    AGEN_NEW(&clock_face, clock_face);
    if (agen_spawn(&loop, &plotting, &plotter) != AGEN_DONE || agen_spawn(&loop, &showing, &clock_face) != AGEN_DONE)
        return 1; /* a task or a coroutine is in use already */
    while (agen_loop_poll(&loop))
        ;
    if (agen_loop_idle_ticks(&loop) == AGEN_FOREVER)
        printf("Nothing will ever happen again:\n");
    agen_loop_dump(&loop, print, NULL);
    return 0;
}
