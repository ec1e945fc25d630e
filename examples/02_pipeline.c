/*
 * Generators that consume generators: adc -> average -> alarm.
 *
 * Nothing is buffered and nothing runs ahead: main asks the alarm for an event, the alarm asks for
 * averages until there is one, and the average asks the converter for four samples each time.
 */
#include "agen.h"

#include <stdbool.h>
#include <stdio.h>

static const int samples[] = {
    510, 514, 508, 512, /* quiet */
    640, 900, 650, 630, /* a spike in it, but the average rises */
    611, 608, 612, 609, /* still high */
    560, 558, 561, 557, /* falling, not yet below the lower limit */
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
    struct adc adc; /* the generator it consumes is a member: no heap */
    int sum, count;
};

AGEN(average, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->adc) {
        self->sum += self->adc.value;
        if (++self->count < 4)
            continue; /* break and continue mean what they always mean */
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

    while (agen_next(&alarm) == AGEN_YIELDED)
        printf("alarm %s\n", alarm.value ? "on" : "off");
    return 0;
}

/* SPDX-License-Identifier: 0BSD */
