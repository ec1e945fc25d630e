/* SPDX-License-Identifier: 0BSD */
/* What the two nodes that agen.h is compared with have in common with each other, and with examples/node/node.c. */
#ifndef COMMON_H
#define COMMON_H

#include "board.h"
#include "sensor.h"

typedef AGEN_TICKS ticks;

#define SECOND ((ticks)BOARD_HZ)
#define BOUNCE ((ticks)(BOARD_HZ / 50))
#define LONG_PRESS ((ticks)BOARD_HZ)

#define print(text) print_text(BOARD_TEXT(text))

static void print_text(const char *text)
{
    char byte;

    while ((byte = board_text_at(text++)) != '\0')
        board_put(byte);
}

static void print_number(uint16_t n)
{
    char digits[5];
    uint8_t i = 0;

    do
        digits[i++] = (char)('0' + n % 10);
    while ((n /= 10) != 0);
    while (i > 0)
        board_put(digits[--i]);
}

static bool has_passed(ticks time)
{
    return (ticks)(board_now() - time) < (ticks)-1 / 2;
}

/* --- The watchdog ------------------------------------------------------------------------------------------------- */

enum task { SAMPLER, CONSOLE, BUTTON, TASKS };
enum { ANY_TIME = UINT8_MAX };

static uint8_t seconds_left[TASKS];

static void back_within(enum task task, uint8_t seconds)
{
    seconds_left[task] = seconds;
}

static bool all_are_alive(void)
{
    uint8_t i;

    for (i = 0; i < TASKS; i++) {
        if (seconds_left[i] == 0)
            return false;
        if (seconds_left[i] != ANY_TIME)
            seconds_left[i]--;
    }
    return true;
}

/* --- The samples -------------------------------------------------------------------------------------------------- */

static uint16_t sum;
static uint8_t samples;

static void report(void)
{
    print_number(samples);
    print(" samples");
    if (samples != 0) {
        print(", mean ");
        print_number(sum / samples);
    }
    print("\n");
}

static void begin_anew(void)
{
    sum = 0;
    samples = 0;
}

static void take_sample(void)
{
    sum = (uint16_t)(sum + sensor_read());
    if (++samples == 10) {
        report();
        begin_anew();
    }
}

/* --- A line ------------------------------------------------------------------------------------------------------- */

static volatile bool woken; /* by an interrupt that has something for the node */

static struct {
    volatile bool complete;
    volatile uint8_t length;
    char text[8];
} line;

void node_received(char byte)
{
    if (line.complete)
        return;
    if (byte != '\r' && byte != '\n') {
        if (line.length < sizeof line.text)
            line.text[line.length++] = byte;
    } else if (line.length != 0) {
        line.complete = true;
        woken = true;
    }
}

#define line_is(command) line_is_text(BOARD_TEXT(command))

static bool line_is_text(const char *command)
{
    uint8_t i;

    for (i = 0; i < line.length; i++)
        if (line.text[i] != board_text_at(command + i))
            return false;
    return board_text_at(command + i) == '\0';
}

static bool stopping;

static void obey(void)
{
    if (line_is("status"))
        report();
    else if (line_is("stop"))
        stopping = true;
    else
        print("status or stop?\n");
    line.length = 0;
    line.complete = false;
}

/* --- The button --------------------------------------------------------------------------------------------------- */

static volatile bool moved;

void node_button_moved(void)
{
    moved = true;
    woken = true;
}

static void pressed_shortly(void)
{
    print("now: ");
    report();
}

static void pressed_long(void)
{
    print("anew\n");
    begin_anew();
}

#endif
