/* SPDX-License-Identifier: 0BSD */
/*
 * The node of examples/node as a super-loop by hand, which polls: each millisecond, everything. What agen.h is compared
 * with. The button is a state machine.
 */
#include "common.h"

enum { RESTS, BOUNCES, IS_DOWN };

static ticks sample_due, watchdog_due, button_due;
static uint8_t button;
static bool is_alive = true;

static void poll_sampler(void)
{
    if (has_passed(sample_due)) {
        sample_due = (ticks)(sample_due + SECOND);
        take_sample();
        back_within(SAMPLER, 2);
    }
}

static void poll_console(void)
{
    if (line.complete)
        obey();
}

static void poll_button(void)
{
    switch (button) {
    case RESTS:
        if (moved) {
            button_due = (ticks)(board_now() + BOUNCE);
            button = BOUNCES;
        }
        break;
    case BOUNCES:
        if (has_passed(button_due)) {
            moved = false;
            button = RESTS;
            if (board_button_is_down()) {
                button_due = (ticks)(board_now() + LONG_PRESS);
                back_within(BUTTON, 3);
                button = IS_DOWN;
            }
        }
        break;
    default:
        if (!moved && !has_passed(button_due))
            break;
        if (moved)
            pressed_shortly();
        else
            pressed_long();
        back_within(BUTTON, ANY_TIME);
        button = RESTS;
    }
}

static void poll_watchdog(void)
{
    if (is_alive && has_passed(watchdog_due)) {
        watchdog_due = (ticks)(watchdog_due + SECOND);
        is_alive = all_are_alive();
        if (is_alive)
            board_kick_watchdog();
    }
}

int main(void)
{
    board_init();
    sensor_on();
    back_within(SAMPLER, 2);
    back_within(CONSOLE, ANY_TIME);
    back_within(BUTTON, ANY_TIME);
    sample_due = watchdog_due = (ticks)(board_now() + SECOND);
    while (!stopping) {
        woken = false;
        poll_sampler();
        poll_console();
        poll_button();
        poll_watchdog();
        board_interrupts_off();
        if (!woken)
            board_sleep(BOARD_HZ / 1000);
        board_interrupts_on();
    }
    report();
    sensor_off();
    print("stopped\n");
    board_off();
    return 0;
}
