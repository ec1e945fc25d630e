/*
 * Values that go in: a thermostat. Each reading is sent to it; what it yields is whether to heat.
 *
 * It is a loop that does nothing but control. Where the readings come from, and how often, is the
 * business of whoever sends them.
 */
#include "agen.h"

#include <stdbool.h>
#include <stdio.h>

struct thermostat {
    AGEN_YIELDS_RECEIVES(bool, int); /* `bool value` goes out, `int sent` comes in */
    int target;                      /* in tenths of a degree */
    bool heat;
};

AGEN(thermostat, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_YIELD(self, self->heat);
        if (!agen_received(self)) /* resumed by agen_next: there was no reading */
            self->heat = false;   /* an oven that nobody watches is switched off */
        else if (self->sent < self->target - 10)
            self->heat = true;
        else if (self->sent > self->target + 10)
            self->heat = false;
    }
    AGEN_END(self);
}

int main(void)
{
    struct thermostat t = { AGEN_INIT(thermostat), .target = 1800, .heat = false };
    int oven = 1775; /* the simulated oven: 0.8 degrees up or 0.7 down in each step */
    int step;

    /* Only a yield can receive, so the first step is a next. Sending earlier is refused. */
    if (agen_send(&t, oven) == AGEN_E_JUST_STARTED)
        printf("not started yet\n");
    agen_next(&t);

    for (step = 0; step < 14; step++) {
        if (step == 11) {
            printf("no reading ");
            agen_next(&t);
        } else {
            printf("%d.%d ", oven / 10, oven % 10);
            agen_send(&t, oven);
        }
        printf("%s\n", t.value ? "heat" : "off");
        oven += t.value ? 8 : -7;
    }
    agen_close(&t);
    return 0;
}

/* SPDX-License-Identifier: 0BSD */
