/*
 * The event loop in virtual time: sleeps, a queue between two tasks, timeouts, groups, and a
 * cancellation whose cleanup waits. Idling sets the clock forward, and the clock wraps on the way.
 */
#define AGEN_IDLE(loop, ticks) pass_time(ticks)
static void pass_time(unsigned long ticks);
#include "agen.h"

#include <stdio.h>

enum { E_SENSOR = -5 };

#define START ((agen_ticks)-45) /* it wraps at 45 */

static agen_ticks clock_ticks = START;

static agen_ticks now(void)
{
    return clock_ticks;
}

static void pass_time(unsigned long ticks)
{
    clock_ticks = (agen_ticks)(clock_ticks + ticks);
}

static void say(const char *what, int number)
{
    printf("%3u %s %d\n", (unsigned)(agen_ticks)(clock_ticks - START), what, number);
}

static agen_loop loop;
static AGEN_QUEUE(int, 2) queue;

/* Faster than the consumer: it waits for room. Slower at the end: the consumer waits for that. */
struct producer {
    AGEN_COROUTINE;
    int i;
};

AGEN(producer, self)
{
    AGEN_BEGIN(self);
    for (self->i = 1; self->i <= 5; self->i++) {
        AGEN_PUT(self, &queue, self->i);
        say("put", self->i);
        AGEN_SLEEP(self, 1);
    }
    AGEN_SLEEP(self, 40);
    agen_queue_close(&queue);
    AGEN_END(self);
}

struct consumer {
    AGEN_COROUTINE;
    int item;
};

AGEN(consumer, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_GET(self, &queue, self->item);
        if (agen_status(self) == AGEN_DONE)
            AGEN_RETURN(self);
        say("got", self->item);
        AGEN_SLEEP(self, 10);
    }
    AGEN_END(self);
}

/* Fails after a while. */
struct sensor {
    AGEN_COROUTINE;
};

AGEN(sensor, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, 5);
    say("sensor raises", E_SENSOR);
    AGEN_RAISE(self, E_SENSOR);
    AGEN_END(self);
}

/* Works until it is cancelled, and cleans up slowly. */
struct motor {
    AGEN_COROUTINE;
    int turns;
};

AGEN(motor, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (self->turns = 1;; self->turns++)
            AGEN_SLEEP(self, 2);
    } AGEN_FINALLY(self) {
        say("motor brakes in turn", self->turns);
        AGEN_SLEEP(self, 7);
        say("motor stands", agen_error(self) == AGEN_E_CANCELLED);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* Starts the others and waits for them, part by part. */
struct director {
    AGEN_COROUTINE;
    agen_group group;
    agen_timeout limit;
    agen_task first_task, second_task;
    struct producer producer;
    struct consumer consumer;
    struct sensor sensor;
    struct motor motor;
};

AGEN(director, self)
{
    AGEN_BEGIN(self);
    AGEN_GROUP(self, &self->group) {
        if (agen_group_spawn(&self->group, &self->first_task, &self->consumer) != AGEN_DONE)
            AGEN_RAISE(self, AGEN_E_RUNNING);
        if (agen_group_spawn(&self->group, &self->second_task, &self->producer) != AGEN_DONE)
            AGEN_RAISE(self, AGEN_E_RUNNING);
    } AGEN_END_GROUP(self);
    say("closed and empty", agen_done(&self->consumer));

    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, 20) {
            AGEN_SLEEP(self, 19);
        } AGEN_END_TIMEOUT(self);
        say("in time", agen_expired(&self->limit));
        AGEN_TIMEOUT(self, &self->limit, 20) {
            AGEN_SLEEP(self, 21);
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT(self) {
        say("timeout", agen_error(self) == AGEN_E_TIMEOUT);
    } AGEN_END_TRY(self);

    AGEN_TRY(self) {
        AGEN_GROUP(self, &self->group) {
            if (agen_group_spawn(&self->group, &self->first_task, &self->sensor) != AGEN_DONE)
                AGEN_RAISE(self, AGEN_E_RUNNING);
            if (agen_group_spawn(&self->group, &self->second_task, &self->motor) != AGEN_DONE)
                AGEN_RAISE(self, AGEN_E_RUNNING);
        } AGEN_END_GROUP(self);
    } AGEN_EXCEPT(self) {
        say("group failed with", agen_error(self));
    } AGEN_END_TRY(self);

    agen_init(&self->motor, motor);
    agen_spawn(&loop, &self->second_task, &self->motor);
    AGEN_SLEEP(self, 3);
    AGEN_TRY(self) {
        say("cancel", agen_cancel(&self->second_task));
        AGEN_JOIN(self, &self->second_task);
    } AGEN_EXCEPT_ANY(self) {
        say("joined, cancelled", agen_error(self) == AGEN_E_CANCELLED);
    } AGEN_END_TRY(self);
    say("cancel again", agen_cancel(&self->second_task));
    AGEN_END(self);
}

int main(void)
{
    static agen_task task;
    static struct director director;

    agen_loop_init(&loop, now);
    agen_queue_init(&queue);
    agen_init(&director, director);
    agen_init(&director.producer, producer);
    agen_init(&director.consumer, consumer);
    agen_init(&director.sensor, sensor);
    agen_init(&director.motor, motor);
    agen_spawn(&loop, &task, &director);
    agen_loop_run(&loop);
    say("the end", agen_task_status(&task));
    return 0;
}

/* SPDX-License-Identifier: 0BSD */
