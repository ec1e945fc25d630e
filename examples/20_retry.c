/*
 * Retry with exponential back-off. `attempts` is a generator of attempts, and the work is the body of
 * a loop over it. The generator waits 100 ticks after the first failure, then 200, 400 and so on up
 * to a limit. Each wait is shortened by a random part, so that devices that failed at the same time
 * do not try again at the same time. `break` ends the attempts.
 *
 * An error that would come again is not tried again. A cancellation ends an attempt or a wait at
 * once, because AGEN_EXCEPT does not handle it.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include <stdint.h>

static uint32_t clock_ticks; /* simulated: idling sets the clock forward */
#define AGEN_IDLE(loop, n) (clock_ticks += (n))
#include "agen.h"

#include <stdio.h>

enum { E_BUSY = -1, E_DENIED = -2 };

static agen_ticks now(void)
{
    return clock_ticks;
}

static const char *name(int status)
{
    return status == E_BUSY ? "busy" : status == E_DENIED ? "denied" : agen_strerror(status);
}

static unsigned random_below(unsigned below) /* a simple one, but the same on every machine */
{
    static uint16_t state = 1;

    state = (uint16_t)(state * 25173u + 13849u);
    return (state >> 4) % below;
}

/* Yields the numbers of the attempts: 1 at once, and 2 to `most` after a wait each. */
struct attempts {
    AGEN_YIELDS(unsigned);
    unsigned most;
    uint16_t wait, longest;
    unsigned number;
};

AGEN(attempts, self)
{
    AGEN_BEGIN(self);
    for (self->number = 1; self->number < self->most; self->number++) {
        AGEN_YIELD(self, self->number);
        AGEN_SLEEP(self, self->wait - random_below(self->wait / 4u));
        self->wait = (uint16_t)(self->wait < self->longest / 2u ? self->wait * 2u : self->longest);
    }
    AGEN_YIELD(self, self->number); /* there is no wait after the last one */
    AGEN_END(self);
}

/* The work. The answer of the simulated server is a letter: ok, busy, denied, or silence. */
struct request {
    AGEN_COROUTINE;
    char answer;
};

AGEN(request, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, self->answer == 's' ? 5000 : 10);
    if (self->answer == 'b')
        AGEN_RAISE(self, E_BUSY);
    if (self->answer == 'd')
        AGEN_RAISE(self, E_DENIED);
    AGEN_END(self);
}

/* Tries the work until it succeeds or is denied, or there are no more attempts. Raises the error. */
struct upload {
    AGEN_COROUTINE;
    const char *answers;
    struct attempts attempts;
    struct request request;
    agen_timeout limit;
    int error;
};

AGEN(upload, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->attempts) {
        AGEN_TRY(self) {
            self->error = 0;
            AGEN_NEW(&self->request, request, .answer = self->answers[self->attempts.value - 1]);
            AGEN_TIMEOUT(self, &self->limit, 50) {
                AGEN_AWAIT(self, &self->request);
            } AGEN_END_TIMEOUT(self);
        } AGEN_EXCEPT(self) {
            self->error = agen_error(self);
        } AGEN_END_TRY(self);
        printf("%6lu  attempt %u: %s\n", (unsigned long)clock_ticks, self->attempts.value, name(self->error));
        if (self->error == 0 || self->error == E_DENIED)
            break;
    }
    if (self->error != 0)
        AGEN_RAISE(self, self->error);
    AGEN_END(self);
}

#define ATTEMPTS { AGEN_INIT(attempts), .most = 5, .wait = 100, .longest = 500 }

int main(void)
{
    static struct upload uploads[] = {
        { AGEN_INIT(upload), .answers = "bsbo", .attempts = ATTEMPTS },
        { AGEN_INIT(upload), .answers = "bd", .attempts = ATTEMPTS },
        { AGEN_INIT(upload), .answers = "bbbbb", .attempts = ATTEMPTS },
        { AGEN_INIT(upload), .answers = "bbbbb", .attempts = ATTEMPTS },
    };
    static const char *const titles[] = {
        "a server that recovers",
        "one that refuses",
        "one that never recovers",
        "cancelled after 250 ticks",
    };
    static agen_loop loop;
    static agen_task uploading;
    uint32_t end;
    unsigned i;

    agen_loop_init(&loop, now);
    for (i = 0; i < 4; i++) {
        printf("%s:\n", titles[i]);
        clock_ticks = 0;
        if (agen_spawn(&loop, &uploading, &uploads[i]) != AGEN_DONE)
            return 1;
        if (i == 3) {
            for (end = clock_ticks + 250; clock_ticks < end;)
                if (!agen_loop_poll(&loop))
                    clock_ticks++;
            (void)agen_cancel(&uploading);
        }
        if (agen_loop_run(&loop) != AGEN_DONE)
            return 1;
        printf("%6lu  %s\n", (unsigned long)clock_ticks, name(agen_task_status(&uploading)));
    }
    return 0;
}
