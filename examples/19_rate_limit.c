/*
 * A rate limiter, the token bucket: one message in 20 ticks on average, but up to 3 at once after a
 * rest. A token comes every 20 ticks as long as the bucket is not full. A message takes one token,
 * and waits until there is one.
 *
 * No task fills the bucket. A sender that wants a token first adds those that have come since the
 * last time. A lock makes the senders wait in order. A sender that gives up waiting has taken
 * nothing, and then the next one gets its turn.
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
    agen_ticks counted; /* the time until which .tokens was counted */
    agen_lock line;
};

static void bucket_count(struct bucket *bucket)
{
    agen_ticks came = (agen_ticks)(now() - bucket->counted) / bucket->period;

    if (came >= bucket->most - bucket->tokens) { /* full: the time of the next token begins now */
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

/* Sends `count` messages from a time on, as fast as it may. Gives each up after `patience` ticks. */
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
            if (agen_error(self) != AGEN_E_TIMEOUT)
                AGEN_RAISE(self, agen_error(self));
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
        SENDER('a', 0, 5, AGEN_FOREVER), SENDER('b', 5, 2, AGEN_FOREVER), SENDER('c', 6, 1, 30),
        SENDER('d', 155, 4, AGEN_FOREVER), /* after a rest */
    };
    static agen_loop loop;
    static agen_task tasks[4];
    int i;

    agen_loop_init(&loop, now);
    for (i = 0; i < 4; i++)
        if (agen_spawn(&loop, &tasks[i], &senders[i]) != AGEN_DONE)
            return 1;
    return agen_loop_run(&loop) != AGEN_DONE;
}
