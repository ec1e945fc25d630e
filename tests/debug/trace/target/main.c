/* SPDX-License-Identifier: 0BSD */
/*
 * A program for tests/debug/trace/run, in virtual time, of which each step takes what it says by work().
 * usage: main RING     records into a ring of RING bytes, and dumps it
 *        main slow     reports steps of more than 50 ticks, without a ring
 *        main many     more tasks, one after the other, than there are places in the table
 *        main early    tasks that were spawned before the start, and one to which nothing happens
 */
#include "other.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static agen_ticks ticks;
static agen_loop loop;
static uint8_t ring[4000];

static agen_ticks read_clock(void)
{
    return ticks;
}

static void work(agen_ticks n)
{
    ticks += n;
}

static agen_event event;
static struct {
    AGEN_QUEUE(int, 1) queue;
} q;

struct heartbeat {
    AGEN_COROUTINE;
    int beats;
};

AGEN(heartbeat, self)
{
    AGEN_BEGIN(self);
    for (self->beats = 0; self->beats < 3; self->beats++) {
        work(5);
#line 101
        AGEN_SLEEP(self, 100);
    }
    AGEN_END(self);
}

struct producer {
    AGEN_COROUTINE;
    int i;
};

AGEN(producer, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 3; self->i++) {
        work(10);
#line 201
        AGEN_PUT(self, &q.queue, self->i);
    }
    agen_queue_close(&q.queue);
    AGEN_END(self);
}

struct consumer {
    AGEN_COROUTINE;
};

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
#line 301
    AGEN_FOR(self, &q.queue)
        work(q.queue.value == 1 ? 70 : 20);
    AGEN_PAUSE(self);
    AGEN_END(self);
}

struct impatient {
    AGEN_COROUTINE;
    agen_timeout limit;
    struct patience patience;
};

AGEN(impatient, self)
{
    AGEN_BEGIN(self);
    AGEN_TIMEOUT(self, &self->limit, 150) {
        AGEN_AWAIT(self, &self->patience);
    } AGEN_END_TIMEOUT(self);
    AGEN_END(self);
}

/* Cancels another task. */
struct killer {
    AGEN_COROUTINE;
    agen_task *victim;
};

AGEN(killer, self)
{
    AGEN_BEGIN(self);
#line 401
    AGEN_SLEEP(self, 250);
    (void)agen_cancel(self->victim);
    AGEN_END(self);
}

static struct heartbeat heartbeat;
static struct producer producer;
static struct consumer consumer;
static struct impatient impatient;
static struct patience victim;
static struct killer killer;
static agen_task tasks[6];

static void spawn(agen_task *task, agen_t *x)
{
    if (agen_spawn(&loop, task, x) != AGEN_DONE)
        abort();
}

static void spawn_victim(agen_task *task)
{
    agen_init(&victim, patience);
    victim.event = &event;
    spawn(task, (agen_t *)&victim);
}

static void spawn_all(void)
{
    agen_queue_init(&q.queue);
    agen_init(&heartbeat, heartbeat);
    agen_init(&producer, producer);
    agen_init(&consumer, consumer);
    agen_init(&impatient, impatient);
    agen_init(&impatient.patience, patience);
    impatient.patience.event = &event;
    agen_init(&killer, killer);
    killer.victim = &tasks[4];
    spawn(&tasks[0], (agen_t *)&heartbeat);
    spawn(&tasks[1], (agen_t *)&consumer);
    spawn(&tasks[2], (agen_t *)&producer);
    spawn(&tasks[3], (agen_t *)&impatient);
    spawn_victim(&tasks[4]);
    spawn(&tasks[5], (agen_t *)&killer);
}

static void run(void)
{
    while (agen_loop_poll(&loop) || agen_loop_idle_ticks(&loop) != AGEN_FOREVER)
        ticks += agen_loop_idle_ticks(&loop);
}

static void write_text(void *context, const char *text, size_t length)
{
    if (strlen(text) != length)
        abort();
    (void)fwrite(text, 1, length, (FILE *)context);
}

static void put_place(const struct agen_place *place)
{
    if (place)
        printf("%s %s:%d", place->statement, place->body, place->line);
    else
        printf("-");
}

static void report(const struct agen_trace_step *step)
{
    printf("%s from ", step->task);
    put_place(step->from);
    printf(" to ");
    put_place(step->to);
    printf(": %lu\n", (unsigned long)step->ticks);
}

/* Each of the tasks has a name of its own, so that it is another one; two of them live on. */
static void many(void)
{
    static const char *const names[] = { "zero", "one", "two", "three", "four", "five", "six" };
    static struct patience stays;
    unsigned i;

    agen_init(&stays, patience);
    stays.event = &event;
    spawn(&tasks[0], (agen_t *)&stays);
    for (i = 0; i < 7; i++) {
        agen_trace_name(&tasks[1 + i % 4], names[i]);
        spawn_victim(&tasks[1 + i % 4]);
        run();
        (void)agen_cancel(&tasks[1 + i % 4]);
        ticks += 10;
        run();
    }
    agen_init(&heartbeat, heartbeat); /* not by name: so it is another one, too */
    spawn(&tasks[5], (agen_t *)&heartbeat);
    run();
    agen_init(&producer, producer);
    spawn(&tasks[5], (agen_t *)&producer);
    agen_queue_init(&q.queue);
    run();
    agen_loop_cancel_all(&loop);
    run();
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "";

    agen_loop_init(&loop, read_clock);
    if (strcmp(how, "early") == 0) {
        spawn_victim(&tasks[4]);
        agen_init(&heartbeat, heartbeat);
        spawn(&tasks[0], (agen_t *)&heartbeat);
        (void)agen_loop_poll(&loop);
        agen_trace_start(ring, sizeof ring, read_clock, 1000000);
        agen_trace_name(&tasks[4], "quiet");
        run();
        printf("a console says other things, too\r\n");
    } else if (strcmp(how, "slow") == 0) {
        agen_trace_start(NULL, 0, read_clock, 1000000);
        agen_trace_slow(50, report);
        spawn_all();
        run();
        return 0;
    } else if (strcmp(how, "many") == 0) {
        agen_trace_start(ring, sizeof ring, read_clock, 1000000);
        many();
    } else {
        size_t size = (size_t)atoi(how);

        if (size > sizeof ring)
            return 2;
        agen_trace_start(ring, size, read_clock, 1000000);
        agen_trace_name(&tasks[0], "LED");
        spawn_all();
        run();
        agen_trace_stop();
        spawn_victim(&tasks[4]); /* is not recorded any more */
    }
    agen_trace_dump(write_text, stdout);
    printf("and goes on\n");
    return 0;
}
