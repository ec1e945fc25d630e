/* SPDX-License-Identifier: 0BSD */
/* What `make size` measures: a program that spawns, sleeps and waits for an event, and no more. */
#include "agen.h"

extern volatile unsigned char led;
extern agen_ticks clock_now(void);

static agen_loop loop;
static agen_task blinks, waits;
static agen_event button;

struct blink {
    AGEN_COROUTINE;
};

AGEN(blink, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        led ^= 1;
        AGEN_SLEEP(self, 500);
    }
    AGEN_END(self);
}

struct press {
    AGEN_COROUTINE;
};

AGEN(press, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_WAIT(self, &button);
        agen_event_clear(&button);
        led ^= 2;
    }
    AGEN_END(self);
}

static struct blink blink = { AGEN_INIT(blink) };
static struct press press = { AGEN_INIT(press) };

void start(void);
void start(void)
{
    agen_loop_init(&loop, clock_now);
    agen_spawn(&loop, &blinks, &blink);
    agen_spawn(&loop, &waits, &press);
}

agen_ticks turn(bool pressed);
agen_ticks turn(bool pressed)
{
    if (pressed)
        agen_event_set(&button);
    (void)agen_loop_poll(&loop);
    return agen_loop_idle_ticks(&loop);
}
