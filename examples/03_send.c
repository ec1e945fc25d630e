/*
 * Values that are sent in: a thermostat. It receives readings, and yields whether to heat.
 *
 * The generator contains the control loop and nothing else. Its consumer decides where the readings
 * come from, and how often.
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
        if (!agen_received(self)) /* it was resumed by agen_next(), without a reading */
            self->heat = false;   /* without a reading it is not safe to heat */
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
    int step, status;

    /* A value is received at a yield. So agen_next() takes the generator to its first yield; an
       agen_send() before that is refused, and changes nothing. */
    if (agen_send(&t, oven) == AGEN_E_JUST_STARTED)
        printf("not started yet\n");
    status = agen_next(&t);

    for (step = 0; step < 14 && status == AGEN_YIELDED; step++) {
        if (step == 11) {
            printf("no reading ");
            status = agen_next(&t);
        } else {
            printf("%d.%d ", oven / 10, oven % 10);
            status = agen_send(&t, oven);
        }
        printf("%s\n", t.value ? "heat" : "off");
        oven += t.value ? 8 : -7;
    }
    if (status != AGEN_YIELDED)
        return 1;
    return agen_close(&t) != AGEN_DONE;
}

/* SPDX-License-Identifier: 0BSD */
