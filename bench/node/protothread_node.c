/* SPDX-License-Identifier: 0BSD */
/*
 * The node of examples/node as protothreads: what agen.h is compared with. It does the same, tickless, too. What it
 * lacks: a thread that fails, that is cancelled where it waits, or that cleans up by itself. So the stop is a flag, and
 * who cleans up what is known by main().
 */
#include "common.h"
#include "protothread.h"

/* Until a time, or a condition before. */
#define PT_SLEEP_UNTIL(self, time) PT_WAIT_UNTIL_OR(self, false, time)
#define PT_WAIT_UNTIL_OR(self, condition, time) \
    do { \
        (self)->due = (time); \
        (self)->is_timed = true; \
        PT_WAIT_UNTIL(self, (condition) || has_passed((self)->due)); \
        (self)->is_timed = false; \
    } while (0)

struct thread {
    uint16_t at_line;
    bool is_timed;
    ticks due;
};

static struct thread watchdog, sampler, console, button;
static struct thread *const threads[] = { &watchdog, &sampler, &button };

static void run_watchdog(struct thread *self)
{
    PT_BEGIN(self);
    while (all_are_alive()) {
        board_kick_watchdog();
        PT_SLEEP_UNTIL(self, (ticks)(self->due + SECOND));
    }
    PT_WAIT_UNTIL(self, false);
    PT_END(self);
}

static void run_sampler(struct thread *self)
{
    PT_BEGIN(self);
    sensor_on();
    for (;;) {
        back_within(SAMPLER, 2);
        PT_SLEEP_UNTIL(self, (ticks)(self->due + SECOND));
        take_sample();
    }
    PT_END(self);
}

static void run_console(struct thread *self)
{
    PT_BEGIN(self);
    for (;;) {
        back_within(CONSOLE, ANY_TIME);
        PT_WAIT_UNTIL(self, line.complete);
        obey();
    }
    PT_END(self);
}

static void run_button(struct thread *self)
{
    PT_BEGIN(self);
    for (;;) {
        back_within(BUTTON, ANY_TIME);
        PT_WAIT_UNTIL(self, moved);
        PT_SLEEP_UNTIL(self, (ticks)(board_now() + BOUNCE));
        moved = false;
        if (!board_button_is_down())
            continue;
        back_within(BUTTON, 3);
        PT_WAIT_UNTIL_OR(self, moved, (ticks)(board_now() + LONG_PRESS));
        if (moved)
            pressed_shortly();
        else
            pressed_long();
    }
    PT_END(self);
}

/* 0 if there is something to do now. */
static ticks time_to_sleep(void)
{
    ticks now = board_now(), least = (ticks)-1;
    uint8_t i;

    if (woken)
        return 0;
    for (i = 0; i < sizeof threads / sizeof *threads; i++)
        if (threads[i]->is_timed) {
            if (has_passed(threads[i]->due))
                return 0;
            if ((ticks)(threads[i]->due - now) < least)
                least = (ticks)(threads[i]->due - now);
        }
    return least;
}

int main(void)
{
    ticks idle;

    board_init();
    sampler.due = watchdog.due = board_now();
    while (!stopping) {
        woken = false;
        run_sampler(&sampler);
        run_console(&console);
        run_button(&button);
        run_watchdog(&watchdog);
        board_interrupts_off();
        idle = time_to_sleep();
        if (idle != 0 && !stopping)
            board_sleep(idle);
        board_interrupts_on();
    }
    report();
    sensor_off();
    print("stopped\n");
    board_off();
    return 0;
}
