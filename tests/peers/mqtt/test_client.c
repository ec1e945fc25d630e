/* SPDX-License-Identifier: 0BSD */
/* The client of examples/mqtt in virtual time, over a link that does as the test wants. Prints `N passed, N failed`. */
#include <stdint.h>

static uint32_t clock_ticks; /* idling sets the clock forward */
#define AGEN_IDLE(loop, n) (clock_ticks += (n))
#include "client.h"

#include "check.h"

#include <stdio.h>
#include <string.h>

static agen_ticks now(void)
{
    return clock_ticks;
}

/* ---- A link that refuses, but for the attempts in `accepts`: there it lets the broker accept, and hang up ---- */

enum { E_NO_ROUTE = -7, ATTEMPTS = 20 };

static struct script {
    AGEN_COROUTINE;
    struct mqtt_link link;
    AGEN_PIPE(64) in, out;
    unsigned accepts; /* bit n: the attempt n */
    unsigned count;
    uint32_t at[ATTEMPTS];
} script;

AGEN(script, self)
{
    AGEN_BEGIN(self);
    self->at[self->count % ATTEMPTS] = clock_ticks;
    self->count++;
    if (!(self->accepts >> (self->count - 1) & 1))
        AGEN_RAISE(self, E_NO_ROUTE);
    (void)agen_pipe_write(&self->in, "\x20\2\0\0", 4);
    agen_event_set(&self->link.up);
    AGEN_SLEEP(self, 1000);
    agen_pipe_close(&self->in);
    AGEN_END(self);
}

static agen_t *start(struct mqtt_link *link)
{
    (void)link;
    agen_pipe_init(&script.in);
    agen_pipe_init(&script.out);
    agen_init(&script, script);
    return (agen_t *)&script;
}

static struct mqtt_client *fresh(unsigned accepts)
{
    static struct mqtt_client client;

    memset(&script, 0, sizeof script);
    script.accepts = accepts;
    script.link.start = start;
    script.link.in = (agen_pipe *)&script.in;
    script.link.out = (agen_pipe *)&script.out;
    AGEN_NEW(&client, mqtt_client, .link = &script.link);
    clock_ticks = 0;
    return &client;
}

static bool is_between(uint32_t n, uint32_t least, uint32_t most)
{
    return n >= least && n <= most;
}

/* Waits double up to the longest, each shortened by a quarter at most; a success begins anew. */
static void back_off(void)
{
    struct mqtt_client *client = fresh(1u << 6);
    static agen_loop loop;
    static agen_task task;
    static const uint32_t waits[] = { 100, 200, 400, 800, 1000, 1000, 1100, 200, 400, 800, 1000 };
    unsigned i;

    agen_loop_init(&loop, now);
    client->wait_min = 100;
    client->wait_max = 1000;
    client->attempts = 12;
    CHECK(agen_spawn(&loop, &task, client) == AGEN_DONE);
    CHECK(agen_loop_run_until(&loop, &task) == E_NO_ROUTE && script.count == 18); /* 12 after the one that succeeded */
    for (i = 0; i < 11; i++)
        CHECK(is_between(script.at[i + 1] - script.at[i], i == 6 ? 1075 : waits[i] * 3 / 4, waits[i]));
}

static void attempts(void)
{
    struct mqtt_client *client = fresh(0);
    static agen_loop loop;
    static agen_task task;

    agen_loop_init(&loop, now);
    client->attempts = 3;
    CHECK(agen_spawn(&loop, &task, client) == AGEN_DONE);
    CHECK(agen_loop_run_until(&loop, &task) == E_NO_ROUTE && script.count == 3 && client->error == E_NO_ROUTE);
    CHECK(mqtt_publish(client, "t", "", 0, 0) == MQTT_E_STOPPED);
}

static void bad_about(void)
{
    struct mqtt_client *client = fresh(0);
    static agen_loop loop;
    static agen_task task;
    static char text[MQTT_PACKET_MAX + 1];

    agen_loop_init(&loop, now);
    client->about.password = "alone";
    CHECK(agen_spawn(&loop, &task, client) == AGEN_DONE);
    CHECK(agen_loop_run_until(&loop, &task) == MQTT_E_INVALID && script.count == 0);
    client = fresh(0);
    memset(text, 'x', sizeof text - 1);
    client->about.client_id = text;
    CHECK(agen_spawn(&loop, &task, client) == AGEN_DONE);
    CHECK(agen_loop_run_until(&loop, &task) == MQTT_E_TOO_LARGE && script.count == 0);
}

/* ---- Those who wait for room ---- */

struct writer {
    AGEN_COROUTINE;
    struct mqtt_client *client;
    unsigned n;
};

AGEN(writer, self)
{
    AGEN_BEGIN(self);
    for (;; self->n++)
        MQTT_PUBLISH(self, self->client, "topic", "text", 4, MQTT_AT_LEAST_ONCE);
    AGEN_END(self);
}

struct stopper {
    AGEN_COROUTINE;
    struct mqtt_client *client;
    const agen_task *writing;
};

AGEN(stopper, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, 500);
    mqtt_stop(self->client);
    CHECK(agen_task_status(self->writing) == AGEN_PENDING);
    AGEN_PAUSE(self);
    CHECK(agen_task_status(self->writing) == MQTT_E_STOPPED); /* at once, not when the client has ended */
    AGEN_END(self);
}

static void stops(void)
{
    struct mqtt_client *client = fresh(0);
    static struct writer writer;
    static struct stopper stopper;
    static agen_loop loop;
    static agen_task serving, writing, stopping;

    agen_loop_init(&loop, now);
    AGEN_NEW(&writer, writer, .client = client);
    AGEN_NEW(&stopper, stopper, .client = client, .writing = &writing);
    CHECK(agen_spawn(&loop, &serving, client) == AGEN_DONE && agen_spawn(&loop, &writing, &writer) == AGEN_DONE
          && agen_spawn(&loop, &stopping, &stopper) == AGEN_DONE);
    CHECK(agen_loop_run(&loop) == AGEN_DONE);
    CHECK(agen_task_status(&writing) == MQTT_E_STOPPED && writer.n == MQTT_OUTBOX_SIZE / 18);
    CHECK(agen_task_status(&serving) == MQTT_E_UNSENT && script.count == 4); /* one, and the last three */
}

static void refusals(void)
{
    struct mqtt_client *client = fresh(0);
    static char filter[MQTT_PACKET_MAX];
    static const char *const filters[] = { "a", "b", "c", "d" };
    unsigned i;

    CHECK(mqtt_subscribe(client, "a/#/b", 0) == MQTT_E_INVALID);
    CHECK(mqtt_subscribe(client, "a", 2) == MQTT_E_INVALID);
    memset(filter, 'x', sizeof filter - 1);
    CHECK(mqtt_subscribe(client, filter, 1) == MQTT_E_TOO_LARGE);
    for (i = 0; i < MQTT_SUBSCRIPTIONS; i++)
        CHECK(mqtt_subscribe(client, filters[i], 1) == 0);
    CHECK(mqtt_subscribe(client, "e", 1) == MQTT_E_FULL);
    CHECK(mqtt_subscribe(client, "a", 0) == 0); /* again, with another QoS */
    CHECK(mqtt_publish(client, "a/+", "", 0, 0) == MQTT_E_INVALID);
    CHECK(mqtt_publish(client, "a", "", 0, 4) == MQTT_E_INVALID);
    CHECK(mqtt_publish(client, "a", filter, sizeof filter, 0) == MQTT_E_TOO_LARGE);
    CHECK(mqtt_publish(client, "a", "", 0, MQTT_RETAIN) == 0);
}

int main(void)
{
    back_off();
    attempts();
    bad_about();
    stops();
    refusals();
    printf("%lu passed, %lu failed\n", check_passed_, check_failed_);
    return check_failed_ != 0;
}
