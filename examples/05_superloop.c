/*
 * Waiting without an operating system: a debounced button and a line reader share a super-loop.
 *
 * Each is written as if it were alone on the machine. AGEN_WAIT_UNTIL returns to the super-loop
 * while its condition is false, and agen_poll() tests the condition again. On a board, main() is the
 * same loop with a WFI at its end.
 */
#include "agen.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* The simulated hardware, one character a millisecond: '#' is a pin that is low, '.' is silence. */
static const char pin_trace[] = "....#.#.##########..#.......#....";
static const char uart_trace[] = "le.d on;.....ledoff;.much too long;ok;";
static unsigned now;

static bool pin_low(void)
{
    return now < sizeof pin_trace - 1 && pin_trace[now] == '#';
}

static bool uart_read(char *byte) /* false if there is none */
{
    static unsigned next;

    if (next > now || uart_trace[now] == '.')
        return false;
    *byte = uart_trace[now];
    next = now + 1;
    return true;
}

/*
 * Yields true when the button is pressed, and false when it is released. The pin must have been
 * stable for 3 milliseconds.
 */
struct button {
    AGEN_YIELDS(bool);
    bool pressed;
    unsigned since;
};

AGEN(button, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_WAIT_UNTIL(self, pin_low() != self->pressed);
        self->since = now;
        AGEN_WAIT_UNTIL(self, pin_low() == self->pressed || now - self->since >= 3);
        if (pin_low() == self->pressed)
            continue; /* it was only a bounce */
        self->pressed = !self->pressed;
        AGEN_YIELD(self, self->pressed);
    }
    AGEN_END(self);
}

/* Yields each line without its end, which is a semicolon here. A line that is too long is cut. */
struct lines {
    AGEN_YIELDS(const char *);
    char byte;
    unsigned char length;
    char text[9];
};

AGEN(lines, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_WAIT_UNTIL(self, uart_read(&self->byte));
        if (self->byte == ';') {
            self->text[self->length] = '\0';
            self->length = 0;
            AGEN_YIELD(self, self->text);
        } else if (self->length < sizeof self->text - 1) {
            self->text[self->length++] = self->byte;
        }
    }
    AGEN_END(self);
}

int main(void)
{
    static struct button button = { AGEN_INIT(button), .pressed = false };
    static struct lines lines = { AGEN_INIT(lines), .length = 0 };

    for (now = 0; now < sizeof uart_trace - 1; now++) {
        if (agen_poll(&button) == AGEN_YIELDED)
            printf("%2u ms: button %s\n", now, button.value ? "pressed" : "released");
        if (agen_poll(&lines) == AGEN_YIELDED)
            printf("%2u ms: line \"%s\"%s\n", now, lines.value,
                   strcmp(lines.value, "ledoff") == 0 ? ", a known command" : "");
    }
    return 0;
}

/* SPDX-License-Identifier: 0BSD */
