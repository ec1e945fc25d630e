/*
 * Generators that consume generators: adc -> average -> alarm.
 *
 * The consumer drives them. main() asks the alarm for its next change. The alarm asks the average
 * for values until the alarm has to change, and the average asks the converter for four samples for
 * each value. No stage works ahead, so nothing has to be buffered.
 */
#include "agen.h"

#include <stdbool.h>
#include <stdio.h>

static const int samples[] = {
    510, 514, 508, 512, /* quiet */
    640, 900, 650, 630, /* with a spike; the average rises, too */
    611, 608, 612, 609, /* still high */
    560, 558, 561, 557, /* falling, but not yet below the lower limit */
    505, 512, 509, 510, /* quiet again */
    511, 509,           /* too few for an average */
};

/* Stage 1: the samples, one at a time. */
struct adc {
    AGEN_YIELDS(int);
    unsigned i;
};

AGEN(adc, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < sizeof samples / sizeof *samples; self->i++)
        AGEN_YIELD(self, samples[self->i]);
    AGEN_END(self);
}

/* Stage 2: the mean of each four samples. */
struct average {
    AGEN_YIELDS(int);
    struct adc adc; /* the generator that it consumes is a member, so it needs no heap */
    int sum, count;
};

AGEN(average, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->adc) {
        self->sum += self->adc.value;
        if (++self->count < 4)
            continue; /* break and continue work as in any loop */
        AGEN_YIELD(self, self->sum / 4);
        self->sum = 0;
        self->count = 0;
    }
    AGEN_END(self);
}

/* Stage 3: true when the level rises above 600, false when it is below 550 again. */
struct alarm {
    AGEN_YIELDS(bool);
    struct average average;
    bool on;
};

AGEN(alarm, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->average) {
        printf("  average %d\n", self->average.value);
        if (self->on ? self->average.value < 550 : self->average.value > 600) {
            self->on = !self->on;
            AGEN_YIELD(self, self->on);
        }
    }
    AGEN_END(self);
}

int main(void)
{
    /* The whole pipeline is one object. It could be static: the initialiser is a constant. */
    struct alarm alarm = {
        AGEN_INIT(alarm),
        .average = { AGEN_INIT(average), .adc = { AGEN_INIT(adc), .i = 0 }, .sum = 0, .count = 0 },
        .on = false,
    };
    int status;

    while ((status = agen_next(&alarm)) == AGEN_YIELDED)
        printf("alarm %s\n", alarm.value ? "on" : "off");
    return status != AGEN_DONE;
}

/* SPDX-License-Identifier: 0BSD */
