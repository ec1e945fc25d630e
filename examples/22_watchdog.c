/*
 * A watchdog that is kicked only while every task makes progress. Each task reports its progress: a
 * turn of its loop, a line, a sample. One task looks at all reports, and kicks the hardware only if
 * none of them is overdue. So a single task that hangs leads to a reset, even if all others run. A
 * task that never suspends leads to a reset, too, because the task that kicks does not run then.
 *
 * A task that waits for something that may never come, such as a command, signs off meanwhile.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "agen.h"

#include <stdio.h>

static agen_ticks clock_ticks; /* simulated: main sets it forward */

static agen_ticks now(void)
{
    return clock_ticks;
}

static void say(const char *who, const char *what)
{
    printf("%4lu  %s: %s\n", (unsigned long)clock_ticks, who, what);
}

/* The simulated hardware: it resets the machine at a time, unless a kick puts that time off. */
static agen_ticks resets_at = 150;

static void hardware_kick(void)
{
    resets_at = clock_ticks + 150;
}

/* There is one for each task that is watched. */
struct report {
    const char *name;
    agen_ticks most; /* that may pass between two reports */
    agen_ticks last;
    bool on;
};

enum { SAMPLER, CONSOLE, REPORTS };
static struct report reports[REPORTS] = {
    { "sampler", 60, 0, false },
    { "console", 200, 0, false },
};

static void progress(int i)
{
    reports[i].last = now();
    reports[i].on = true;
}

static void sign_off(int i)
{
    reports[i].on = false;
}

static const struct report *overdue(void) /* the first one that is overdue, or NULL */
{
    int i;

    for (i = 0; i < REPORTS; i++)
        if (reports[i].on && (agen_ticks)(now() - reports[i].last) > reports[i].most)
            return &reports[i];
    return NULL;
}

/* It looks more often than the hardware demands, so that it is never late itself. */
struct watchdog {
    AGEN_COROUTINE;
    const struct report *late;
};

AGEN(watchdog, self)
{
    AGEN_BEGIN(self);
    while ((self->late = overdue()) == NULL) {
        hardware_kick();
        AGEN_SLEEP(self, 50);
    }
    printf("%4lu  watchdog: no kick any more, %s hangs\n", (unsigned long)clock_ticks,
           self->late->name); /* a firmware stores the name where it finds it after the reset */
    AGEN_END(self);
}

static agen_event converted; /* set by the interrupt of the converter */

struct sampler {
    AGEN_COROUTINE;
};

AGEN(sampler, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_WAIT(self, &converted); /* the mistake: there is no time-out, so it may hang here */
        agen_event_clear(&converted);
        progress(SAMPLER);
    }
    AGEN_END(self);
}

static agen_event command;

struct console {
    AGEN_COROUTINE;
    int i;
};

AGEN(console, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        sign_off(CONSOLE); /* a command may never come */
        AGEN_WAIT(self, &command);
        agen_event_clear(&command);
        say("console", "a command that takes a while");
        for (self->i = 0; self->i < 3; self->i++) {
            progress(CONSOLE);
            AGEN_SLEEP(self, 90);
        }
        say("console", "done");
    }
    AGEN_END(self);
}

int main(void)
{
    static agen_loop loop;
    static agen_task tasks[3];
    static struct watchdog watchdog = { AGEN_INIT(watchdog), .late = NULL };
    static struct sampler sampler = { AGEN_INIT(sampler) };
    static struct console console = { AGEN_INIT(console), .i = 0 };

    agen_loop_init(&loop, now);
    progress(SAMPLER);
    if (agen_spawn(&loop, &tasks[0], &watchdog) != AGEN_DONE || agen_spawn(&loop, &tasks[1], &sampler) != AGEN_DONE
        || agen_spawn(&loop, &tasks[2], &console) != AGEN_DONE)
        return 1;
    for (;;) { /* the simulation, tick by tick */
        while (agen_loop_poll(&loop))
            ;
        if (clock_ticks == resets_at)
            break;
        clock_ticks++;
        if (clock_ticks % 20 == 0 && clock_ticks <= 1000)
            agen_event_set(&converted);
        if (clock_ticks == 1000)
            say("converter", "broken, no samples any more");
        if (clock_ticks == 500)
            agen_event_set(&command);
    }
    say("hardware", "reset");
    return 0;
}
