/*
 * A loop that is left early, and a generator that cleans up then: a search for the first fault in a
 * log in flash memory.
 *
 * AGEN_FOR leaves a generator as it is, so that it can be consumed further. AGEN_FOR_CLOSING closes
 * it when the loop ends, also by break, AGEN_RETURN or an error. It waits for the cleanup of the
 * generator, and only then does the body continue.
 */
#include "agen.h"

#include <stdbool.h>
#include <stdio.h>

static const char *const flash[] = { "boot", "link up", "FAULT 7", "reset", "boot" };

static bool flash_asleep(void) /* true after a while */
{
    static int looks;

    return ++looks == 3;
}

/* Yields all entries of the log. The flash memory is awake from its first step to its cleanup. */
struct entries {
    AGEN_YIELDS(const char *);
    unsigned i;
};

AGEN(entries, self)
{
    AGEN_BEGIN(self);
    printf("wake the flash\n");
    AGEN_TRY(self) {
        for (self->i = 0; self->i < sizeof flash / sizeof *flash; self->i++)
            AGEN_YIELD(self, flash[self->i]);
    } AGEN_FINALLY(self) {
        printf("send the flash to sleep\n");
        AGEN_WAIT_UNTIL(self, flash_asleep()); /* a cleanup may wait */
        printf("the flash sleeps\n");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct report {
    AGEN_COROUTINE;
    struct entries entries;
    const char *fault;
};

AGEN(report, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR_CLOSING(self, &self->entries) {
        printf("read: %s\n", self->entries.value);
        if (self->entries.value[0] == 'F') {
            self->fault = self->entries.value;
            break;
        }
    } AGEN_END_FOR(self);
    printf("report: %s\n", self->fault != NULL ? self->fault : "no fault");
    AGEN_END(self);
}

int main(void)
{
    static struct report report = { AGEN_INIT(report), .entries = { AGEN_INIT(entries), .i = 0 } };
    int status;

    while ((status = agen_poll(&report)) == AGEN_PENDING)
        printf("    (other work)\n");
    return status != AGEN_DONE;
}

/* SPDX-License-Identifier: 0BSD */
