/*
 * Leaving a loop early, but leaving nothing behind: the first fault in a log that is kept in flash.
 *
 * AGEN_FOR leaves a generator as it is, to be consumed further. AGEN_FOR_CLOSING closes it, on
 * break, return and error alike, and waits for its cleanup. Only then does the body go on.
 */
#include "agen.h"

#include <stdbool.h>
#include <stdio.h>

static const char *const flash[] = { "boot", "link up", "FAULT 7", "reset", "boot" };

static bool flash_asleep(void) /* takes a while */
{
    static int looks;

    return ++looks == 3;
}

/* All entries of the log. The flash is awake for as long as the generator lives. */
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

    while (agen_poll(&report) == AGEN_PENDING)
        printf("    (other work)\n");
    return 0;
}

/* SPDX-License-Identifier: 0BSD */
