/*
 * A generator made of generators: a Morse beacon delegates to its letters with AGEN_YIELD_FROM.
 *
 * What the letter yields goes straight to the consumer. What the consumer does to the beacon reaches
 * the letter: here, closing the beacon in the middle of a dash switches the lamp off.
 */
#include "agen.h"

#include <stdio.h>

/* One letter. It yields for how many units of time the lamp is on (positive) or off (negative). */
struct letter {
    AGEN_YIELDS(int);
    const char *code; /* like "-.-." */
};

AGEN(letter, self)
{
    AGEN_BEGIN(self);
    for (; *self->code != '\0'; self->code++) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, *self->code == '-' ? 3 : 1);
        } AGEN_FINALLY(self) {
            putchar('|'); /* the lamp goes off, also when the letter is closed at this yield */
        } AGEN_END_TRY(self);
        AGEN_YIELD(self, -1);
    }
    AGEN_END(self);
}

static const char *morse(char c)
{
    return c == 'S' ? "..." : c == 'O' ? "---" : "";
}

/* Repeats the message for ever. */
struct beacon {
    AGEN_YIELDS(int);
    const char *message;
    const char *at;
    struct letter letter; /* there is one letter at a time, so all of them use this memory */
};

AGEN(beacon, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        for (self->at = self->message; *self->at != '\0'; self->at++) {
            AGEN_NEW(&self->letter, letter, .code = morse(*self->at));
            AGEN_YIELD_FROM(self, &self->letter);
            AGEN_YIELD(self, -2); /* together with the last -1: three units between letters */
        }
        AGEN_YIELD(self, -4); /* seven between words */
    }
    AGEN_END(self);
}

int main(void)
{
    struct beacon beacon = { AGEN_INIT(beacon), .message = "SOS" };
    int time = 0, units, status;

    while (time < 43 && agen_next(&beacon) == AGEN_YIELDED) {
        for (units = beacon.value; units > 0; units--, time++)
            putchar('#');
        for (; units < 0; units++, time++)
            putchar(' ');
    }

    printf("\nclosed in the middle of a dash: ");
    status = agen_close(&beacon);
    printf("\nthe letter has ended too: %s\n", agen_done(&beacon.letter) ? "yes" : "no");
    return status != AGEN_DONE;
}

/* SPDX-License-Identifier: 0BSD */
