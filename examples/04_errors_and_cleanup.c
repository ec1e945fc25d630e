/*
 * Errors, retries and cleanup: a thermometer on an unreliable bus.
 *
 * An error is a negative int. AGEN_RAISE raises it where it happens. From there it goes outwards to
 * the first handler: through the body, and then through the bodies that await or consume it. Each
 * finally that it passes runs.
 */
#include "agen.h"

#include <stdio.h>

enum { E_NO_ANSWER = -1, E_CHECKSUM = -2 }; /* -1 down to AGEN_E_LAST + 1 are yours */

/* The simulated bus: the result of each transfer, a reading or an error. */
static const int bus[] = { 21, E_NO_ANSWER, 22, E_CHECKSUM, E_NO_ANSWER, E_NO_ANSWER, 23 };
static unsigned transfer;

/* A coroutine yields nothing. It may await, and it may raise an error: here, one measurement. */
struct measurement {
    AGEN_COROUTINE;
    int celsius;
};

AGEN(measurement, self)
{
    AGEN_BEGIN(self);
    self->celsius = bus[transfer++ % 7];
    if (self->celsius < 0)
        AGEN_RAISE(self, self->celsius);
    AGEN_END(self);
}

/* Yields readings for ever, but gives up after three failures in a row. */
struct thermometer {
    AGEN_YIELDS(int);
    struct measurement measurement;
    int failures;
};

AGEN(thermometer, self)
{
    AGEN_BEGIN(self);
    printf("  power on\n");
    AGEN_TRY(self) {
        for (;;) {
            AGEN_TRY(self) {
                AGEN_NEW(&self->measurement, measurement); /* made new for each turn */
                AGEN_AWAIT(self, &self->measurement);      /* its error is raised here */
                self->failures = 0;
                AGEN_YIELD(self, self->measurement.celsius);
            } AGEN_EXCEPT(self) {
                printf("  failed with %d\n", agen_error(self));
                if (++self->failures == 3)
                    AGEN_RAISE(self, agen_error(self)); /* it leaves the loop, and goes to the consumer */
            } AGEN_END_TRY(self);
        }
    } AGEN_FINALLY(self) {
        printf("  power off\n"); /* runs once, however the generator ends */
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

int main(void)
{
    struct thermometer steady = { AGEN_INIT(thermometer), .failures = 0 };
    struct thermometer hasty = { AGEN_INIT(thermometer), .failures = 0 };
    int status;

    printf("one reading is enough:\n");
    if (agen_next(&hasty) == AGEN_YIELDED)
        printf("%d degrees\n", hasty.value);
    status = agen_close(&hasty); /* raises AGEN_E_EXIT at the yield; AGEN_EXCEPT does not catch that */
    if (status != AGEN_DONE)
        return 1;

    printf("as many as there are:\n");
    while ((status = agen_next(&steady)) == AGEN_YIELDED)
        printf("%d degrees\n", steady.value);
    printf("ended with %d, %s\n", status, agen_strerror(status));
    return 0;
}

/* SPDX-License-Identifier: 0BSD */
