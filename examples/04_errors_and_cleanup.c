/*
 * Errors, retries, and a cleanup that cannot be forgotten: a thermometer on a bad bus.
 *
 * An error is a negative int. It is raised where it happens, travels outwards through everything
 * that waits for it, and stops at the first handler. On every way out the finallys run.
 */
#include "agen.h"

#include <stdio.h>

enum { E_NO_ANSWER = -1, E_CHECKSUM = -2 }; /* -1 down to AGEN_E_LAST + 1 are yours */

/* The simulated bus: what each transfer brings, a reading or an error. */
static const int bus[] = { 21, E_NO_ANSWER, 22, E_CHECKSUM, E_NO_ANSWER, E_NO_ANSWER, 23 };
static unsigned transfer;

/* A coroutine awaits, or computes, and yields nothing: here, one measurement. */
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

/* All readings, for ever. Gives up after three failures in a row. */
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
                AGEN_NEW(&self->measurement, measurement); /* from the beginning, each time */
                AGEN_AWAIT(self, &self->measurement);      /* its error is raised here */
                self->failures = 0;
                AGEN_YIELD(self, self->measurement.celsius);
            } AGEN_EXCEPT(self) {
                printf("  failed with %d\n", agen_error(self));
                if (++self->failures == 3)
                    AGEN_RAISE(self, agen_error(self)); /* out of this loop, to the consumer */
            } AGEN_END_TRY(self);
        }
    } AGEN_FINALLY(self) {
        printf("  power off\n"); /* exactly once, however this ends */
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

int main(void)
{
    struct thermometer steady = { AGEN_INIT(thermometer), .failures = 0 };
    struct thermometer hasty = { AGEN_INIT(thermometer), .failures = 0 };
    int status;

    printf("one reading is enough:\n");
    agen_next(&hasty);
    printf("%d degrees\n", hasty.value);
    agen_close(&hasty); /* goes on at the yield, as an error that AGEN_EXCEPT lets pass */

    printf("as many as there are:\n");
    while ((status = agen_next(&steady)) == AGEN_YIELDED)
        printf("%d degrees\n", steady.value);
    printf("ended with %d, %s\n", status, agen_strerror(status));
    return 0;
}

/* SPDX-License-Identifier: 0BSD */
