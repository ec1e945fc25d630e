/*
 * A rate limiter, the token bucket: on the average one message in 20 ticks, but up to 3 at once
 * after a rest. A token comes every 20 ticks as long as the bucket is not full; a message takes
 * one, or waits for it.
 *
 * Nothing runs to fill the bucket: whoever wants a token counts how many have come since the last
 * look, and the part of one that is left over counts next time. A lock makes it fair. A sender that
 * gives up waiting has taken nothing, and the next one in the line goes on.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include <stdint.h>

static uint32_t clock_ticks; /* simulated: idling sets the clock forward */
#define AGEN_IDLE(loop, n) (clock_ticks += (n))
#include "agen.h"

#include <stdio.h>

static agen_ticks now(void)
{
    return clock_ticks;
}

struct bucket {
    agen_ticks period; /* of one token */
    unsigned most;
    unsigned tokens;
    agen_ticks counted; /* tokens that came until then are in */
    agen_lock line;
};

static void bucket_count(struct bucket *bucket)
{
    agen_ticks came = (agen_ticks)(now() - bucket->counted) / bucket->period;

    if (came >= bucket->most - bucket->tokens) { /* full: the next one begins to come now */
        bucket->tokens = bucket->most;
        bucket->counted = now();
    } else {
        bucket->tokens += (unsigned)came;
        bucket->counted = (agen_ticks)(bucket->counted + came * bucket->period);
    }
}

static bool bucket_try_take(struct bucket *bucket) /* without waiting */
{
    bucket_count(bucket);
    if (bucket->tokens == 0)
        return false;
    bucket->tokens--;
    return true;
}

struct take {
    AGEN_COROUTINE;
    struct bucket *bucket;
};

AGEN(take, self)
{
    AGEN_BEGIN(self);
    AGEN_ACQUIRE(self, &self->bucket->line);
    AGEN_TRY(self) {
        while (!bucket_try_take(self->bucket))
            AGEN_SLEEP_UNTIL(self, (agen_ticks)(self->bucket->counted + self->bucket->period));
    } AGEN_FINALLY(self) {
        AGEN_RELEASE(self, &self->bucket->line);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* Sends `count` messages as fast as it may, from a time on; waits for each `patience` at most. */
struct sender {
    AGEN_COROUTINE;
    char name;
    agen_ticks from;
    int count;
    agen_ticks patience;
    struct take take;
    agen_timeout limit;
    int i;
};

AGEN(sender, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, self->from);
    for (self->i = 1; self->i <= self->count; self->i++) {
        AGEN_TRY(self) {
            agen_init(&self->take, take);
            AGEN_TIMEOUT(self, &self->limit, self->patience) {
                AGEN_AWAIT(self, &self->take);
            } AGEN_END_TIMEOUT(self);
            printf("%4lu  %c sends %d\n", (unsigned long)clock_ticks, self->name, self->i);
        } AGEN_EXCEPT(self) {
            printf("%4lu  %c gives up %d\n", (unsigned long)clock_ticks, self->name, self->i);
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

static struct bucket bucket = { .period = 20, .most = 3, .tokens = 3 };

#define SENDER(n, f, c, p) \
    { AGEN_INIT(sender), .name = n, .from = f, .count = c, .patience = p, \
      .take = { AGEN_INIT(take), .bucket = &bucket } }

int main(void)
{
    static struct sender senders[] = {
        SENDER('a', 0, 5, AGEN_FOREVER),
        SENDER('b', 5, 2, AGEN_FOREVER),
        SENDER('c', 6, 1, 30),
        SENDER('d', 155, 4, AGEN_FOREVER), /* after a rest */
    };
    static agen_loop loop;
    static agen_task tasks[4];
    int i;

    agen_loop_init(&loop, now);
    for (i = 0; i < 4; i++)
        if (agen_spawn(&loop, &tasks[i], &senders[i]) != AGEN_DONE)
            return 1;
    agen_loop_run(&loop);
    return 0;
}
