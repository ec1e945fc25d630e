/*
 * A graceful stop while items are still queued, in three steps. First the queue is closed: it accepts
 * no new items, and a producer that waits for room gets an error at once. Then the worker may finish
 * the items in the queue, but only for a limited time. After that it is cancelled, and the remaining
 * items are saved.
 *
 * A worker that is cancelled saves the item that it works on. So each item that was accepted is
 * done or saved: none is lost, and none is there twice.
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

static void say(const char *who, const char *what, unsigned n)
{
    printf("%4lu  %s: %s %u\n", (unsigned long)clock_ticks, who, what, n);
}

static void save(unsigned job) /* for the next start: in flash, for example */
{
    say("save", "job", job);
}

typedef AGEN_QUEUE(unsigned, 2) job_queue;

/* Makes a job every 10 ticks, until the queue is closed. */
struct producer {
    AGEN_COROUTINE;
    job_queue *jobs;
    unsigned job;
};

AGEN(producer, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (self->job = 1;; self->job++) {
            AGEN_PUT(self, self->jobs, self->job);
            AGEN_SLEEP(self, 10);
        }
    } AGEN_EXCEPT(self) {
        if (agen_error(self) != AGEN_E_CLOSED)
            AGEN_RAISE(self, agen_error(self));
        say("producer", "not accepted:", self->job);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* Works on each job for a while. Ends when the queue is closed and nothing is left in it. */
struct worker {
    AGEN_COROUTINE;
    job_queue *jobs;
    agen_ticks takes;
    unsigned job; /* the one that it works on, or 0 */
};

AGEN(worker, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (;;) {
            AGEN_GET(self, self->jobs, self->job);
            if (agen_status(self) == AGEN_DONE)
                AGEN_RETURN(self);
            AGEN_SLEEP(self, self->takes);
            say("worker", "done", self->job);
            self->job = 0;
        }
    } AGEN_FINALLY(self) {
        if (self->job != 0)
            save(self->job);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* Starts both tasks, lets them run for 35 ticks, and stops them within 40 ticks. */
struct service {
    AGEN_COROUTINE;
    agen_ticks takes;
    job_queue jobs;
    struct producer producer;
    struct worker worker;
    agen_task producing, working;
    agen_group group;
    agen_alternative on_end;
    unsigned job;
};

AGEN(service, self)
{
    AGEN_BEGIN(self);
    agen_queue_init(&self->jobs);
    self->producer.jobs = self->worker.jobs = &self->jobs;
    self->worker.takes = self->takes;
    AGEN_GROUP(self, &self->group) {
        if (agen_group_spawn(&self->group, &self->producing, &self->producer) != AGEN_DONE
            || agen_group_spawn(&self->group, &self->working, &self->worker) != AGEN_DONE)
            AGEN_RAISE(self, AGEN_E_RUNNING);
        AGEN_SLEEP(self, 35);
        say("service", "stop, queued:", agen_queue_count(&self->jobs));
        agen_queue_close(&self->jobs);
        AGEN_SELECT(self)
            AGEN_ON_END(self, &self->on_end, &self->working) {
                say("service", "in time, queued:", agen_queue_count(&self->jobs));
            }
            AGEN_ON_TIMEOUT(self, 40) {
                say("service", "out of time, queued:", agen_queue_count(&self->jobs));
                (void)agen_cancel(&self->working);
            }
        AGEN_END_SELECT(self);
    } AGEN_END_GROUP(self); /* both have ended */
    while (agen_try_get(&self->jobs, self->job))
        save(self->job);
    AGEN_END(self);
}

#define SERVICE(t) \
    { AGEN_INIT(service), .takes = t, .producer = { AGEN_INIT(producer), .job = 0 }, \
      .worker = { AGEN_INIT(worker), .job = 0 } }

int main(void)
{
    static struct service services[] = { SERVICE(15), SERVICE(50) };
    static agen_loop loop;
    static agen_task serving;
    int i;

    agen_loop_init(&loop, now);
    for (i = 0; i < 2; i++) {
        printf(i == 0 ? "enough time:\n" : "not enough time:\n");
        clock_ticks = 0;
        if (agen_spawn(&loop, &serving, &services[i]) != AGEN_DONE)
            return 1;
        if (agen_loop_run(&loop) != AGEN_DONE || agen_task_status(&serving) != AGEN_DONE)
            return 1;
    }
    return 0;
}
