/* SPDX-License-Identifier: 0BSD */
#include "client.h"

#include <string.h>

enum { SUBSCRIBE_NOW = 1, SUBSCRIBING = 2, SUBSCRIBED = 3, REFUSED = 4 }; /* the states of a subscription */
enum { EMPTY = 0, FILLING = 1, READY = 2, HELD = 3 };                    /* those of the slot */

enum { LAST_ATTEMPTS = 3 };                                               /* to send what is left */

typedef char mqtt_sizes_are_right[MQTT_PACKET_MAX >= 64 && MQTT_PACKET_MAX <= 65535 && MQTT_OUTBOX_SIZE <= 65535
                                          && MQTT_SUBSCRIPTIONS >= 1
                                      ? 1
                                      : -1];

static void report(struct mqtt_client *client, int status)
{
    if (client->report)
        client->report(client, status);
}

static uint16_t new_id(struct mqtt_client *client)
{
    int i;

    do {
        if (++client->last_id == 0)
            client->last_id = 1;
        for (i = 0; i < MQTT_SUBSCRIPTIONS && client->subscriptions[i].id != client->last_id; i++)
            ;
    } while (i < MQTT_SUBSCRIPTIONS || mqtt_outbox_has(&client->outbox, client->last_id));
    return client->last_id;
}

/* ---- What other tasks call ---- */

int mqtt_subscribe(struct mqtt_client *client, const char *filter, unsigned qos)
{
    int i;

    if (!mqtt_filter_is_valid(filter) || qos > 1)
        return MQTT_E_INVALID;
    if (strlen(filter) > MQTT_PACKET_MAX - 10)
        return MQTT_E_TOO_LARGE;
    for (i = 0; i < MQTT_SUBSCRIPTIONS; i++) {
        struct mqtt_subscription *one = &client->subscriptions[i];
        if (!one->filter || strcmp(one->filter, filter) == 0) {
            one->filter = filter;
            one->qos = (uint8_t)qos;
            one->state = SUBSCRIBE_NOW;
            agen_notify_all(&client->work);
            return 0;
        }
    }
    return MQTT_E_FULL;
}

int mqtt_publish(struct mqtt_client *client, const char *topic, const void *payload, size_t size, unsigned flags)
{
    const struct mqtt_message message = { topic, payload, size, (uint8_t)flags, false };
    int error;

    if (agen_event_is_set(&client->stop) || client->ended)
        return MQTT_E_STOPPED;
    error = flags & ~3u ? (int)MQTT_E_INVALID
                        : mqtt_outbox_put(&client->outbox, &message, flags & MQTT_AT_LEAST_ONCE ? new_id(client) : 0);
    if (error == 0)
        agen_notify_all(&client->work);
    return error;
}

bool mqtt_publish_waits_(struct mqtt_client *client, const agen_task *task, int error)
{
    client->publish_error = error;
    return error == MQTT_E_FULL && (client->slot != HELD || client->holder != task);
}

void mqtt_stop(struct mqtt_client *client)
{
    agen_event_set(&client->stop);
    agen_notify_all(&client->work);
    agen_notify_all(&client->room); /* those who wait there are refused */
}

/* ---- Messages ---- */

static void give_back(struct mqtt_client *client)
{
    client->slot = EMPTY;
    client->holder = NULL;
    if (client->message_id && client->message_connection == client->connection) {
        client->acknowledge = client->message_id;
        agen_notify_all(&client->work);
    }
    agen_notify_all(&client->returned);
}

AGEN_EXTERN(mqtt_messages, self)
{
    struct mqtt_client *client = self->client;

    AGEN_BEGIN(self);
    for (;;) {
        while (client->slot != READY && !client->ended)
            AGEN_CONDITION_WAIT(self, &client->arrived);
        if (client->slot != READY)
            AGEN_RETURN(self);
        client->slot = HELD;
        client->holder = agen_current_task(self);
        AGEN_TRY(self) {
            AGEN_YIELD(self, client->message);
        } AGEN_FINALLY(self) {
            give_back(client);
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

/* ---- What the broker says ---- */

static void accepted(struct mqtt_client *client, bool knows_us)
{
    int i;

    for (i = 0; i < MQTT_SUBSCRIPTIONS; i++)
        if (client->subscriptions[i].filter && !(knows_us && client->subscriptions[i].state == SUBSCRIBED))
            client->subscriptions[i].state = SUBSCRIBE_NOW;
    client->wait = client->wait_min;
    client->failed = 0;
    agen_event_set(&client->online);
    report(client, 0);
}

static int subscribed(struct mqtt_client *client, uint16_t id, uint8_t code)
{
    int i;

    if (code > 2 && code != 0x80)
        return MQTT_E_MALFORMED;
    for (i = 0; i < MQTT_SUBSCRIPTIONS; i++)
        if (client->subscriptions[i].id == id && client->subscriptions[i].state == SUBSCRIBING) {
            client->subscriptions[i].id = 0;
            client->subscriptions[i].state = code == 0x80 ? REFUSED : SUBSCRIBED;
            if (code == 0x80)
                report(client, MQTT_E_SUBSCRIPTION_REFUSED);
            return 0;
        }
    return MQTT_E_UNEXPECTED;
}

/* A whole packet that is no PUBLISH: 0, or the error that ends the connection. */
static int handle(struct mqtt_client *client, uint8_t first, const uint8_t *body, size_t length)
{
    const bool online = agen_event_is_set(&client->online);

    if (first == MQTT_CONNACK << 4 && length == 2 && !online) {
        if (body[0] > 1 || body[1] > 5)
            return MQTT_E_MALFORMED;
        if (body[1])
            return MQTT_E_REFUSED - body[1];
        accepted(client, body[0]);
        return 0;
    }
    if (!online)
        return first == MQTT_CONNACK << 4 ? MQTT_E_MALFORMED : MQTT_E_UNEXPECTED;
    if (first == MQTT_PUBACK << 4 && length == 2) {
        if (mqtt_outbox_acknowledged(&client->outbox, mqtt_number(body))) {
            agen_notify_all(&client->room);
            agen_notify_all(&client->work); /* a client that stops waits for the last one */
        }
        return 0; /* of a packet that nobody knows: it was sent twice, and this is the second answer */
    }
    if (first == MQTT_SUBACK << 4 && length == 3)
        return subscribed(client, mqtt_number(body), body[2]);
    if (first == MQTT_PINGRESP << 4 && length == 0)
        return 0;
    switch (first >> 4) {
    case MQTT_PUBACK:
    case MQTT_SUBACK:
    case MQTT_PINGRESP: return MQTT_E_MALFORMED;
    default: return MQTT_E_UNEXPECTED;
    }
}

static int take_publish(struct mqtt_client *client, struct mqtt_receiver *self)
{
    const bool whole = self->kept == self->length;
    int error = self->kept >= 2 && mqtt_publish_head(self->first, client->in) > self->length ? MQTT_E_MALFORMED
                : self->kept >= 2 && mqtt_publish_head(self->first, client->in) > self->kept ? MQTT_E_TOO_LARGE
                : mqtt_unpack_publish(self->first, client->in, self->length, &client->message, &self->id);

    if (error < 0)
        return error;
    if ((self->first >> 1 & 3) == 2) /* nothing was subscribed to with this QoS */
        return MQTT_E_UNEXPECTED;
    client->message_id = self->id;
    client->message_connection = client->connection;
    if (whole) {
        client->slot = READY;
        agen_notify_all(&client->arrived);
    } else { /* acknowledged all the same, or it would come again for ever */
        give_back(client);
        report(client, MQTT_E_TOO_LARGE);
    }
    return 0;
}

/* Waits for a byte of the link, then takes what is there, at most n. What there was before is read before its end. */
#define RECEIVE(self, to, n) \
    do { \
        AGEN_READ(self, (self)->client->link->in, to, n, &(self)->count); \
        if (agen_status(self) == AGEN_DONE && (self)->client->farewell) \
            AGEN_RETURN(self); \
        if (agen_status(self) == AGEN_DONE) \
            AGEN_RAISE(self, (self)->client->link->error ? (self)->client->link->error : (int)MQTT_E_HUNG_UP); \
        agen_event_set(&(self)->client->heard); \
    } while (0)

AGEN(mqtt_receiver, self)
{
    struct mqtt_client *client = self->client;
    int error;

    AGEN_BEGIN(self);
    for (;;) {
        RECEIVE(self, &self->first, 1);
        self->length = 0;
        self->shift = 0;
        do {
            if (self->shift > 21)
                AGEN_RAISE(self, MQTT_E_MALFORMED);
            RECEIVE(self, &self->byte, 1);
            self->length |= (size_t)(self->byte & 0x7F) << self->shift;
            self->shift = (uint8_t)(self->shift + 7);
        } while (self->byte & 0x80);

        if (self->first >> 4 != MQTT_PUBLISH || !agen_event_is_set(&client->online)) {
            /* What a broker may send is short, and needs no buffer: so it comes through while a message is held. */
            if (self->length > 3)
                AGEN_RAISE(self, MQTT_E_UNEXPECTED);
            for (self->filled = 0; self->filled < self->length; self->filled += self->count)
                RECEIVE(self, self->head + self->filled, self->length - self->filled);
            error = handle(client, self->first, self->head, self->length);
        } else {
            client->holds_back = true;
            while (client->slot != EMPTY || client->acknowledge)
                AGEN_CONDITION_WAIT(self, &client->returned);
            client->holds_back = false;
            client->slot = FILLING;
            self->kept = self->length < sizeof client->in ? self->length : sizeof client->in;
            for (self->filled = 0; self->filled < self->kept; self->filled += self->count)
                RECEIVE(self, client->in + self->filled, self->kept - self->filled);
            for (; self->filled < self->length; self->filled += self->count) /* what has no room is not kept */
                RECEIVE(self, self->head,
                        self->length - self->filled < sizeof self->head ? self->length - self->filled
                                                                        : sizeof self->head);
            error = take_publish(client, self);
        }
        if (error < 0)
            AGEN_RAISE(self, error);
    }
    AGEN_END(self);
}

/* ---- What the client says ---- */

/* The next packet to be sent, in client->out: its size, or 0 if there is none. */
static size_t next_packet(struct mqtt_client *client)
{
    int i, size = 0;

    if (client->acknowledge) {
        size = mqtt_pack_puback(client->out, sizeof client->out, client->acknowledge);
        client->acknowledge = 0;
        agen_notify_all(&client->returned);
    } else if (client->ping) {
        size = mqtt_pack_empty(client->out, sizeof client->out, MQTT_PINGREQ);
        client->ping = false;
    }
    for (i = 0; size == 0 && i < MQTT_SUBSCRIPTIONS; i++) {
        struct mqtt_subscription *one = &client->subscriptions[i];
        if (one->state == SUBSCRIBE_NOW) {
            one->id = new_id(client);
            one->state = SUBSCRIBING;
            size = mqtt_pack_subscribe(client->out, sizeof client->out, one->filter, one->qos, one->id);
        }
    }
    if (size == 0) {
        size = (int)mqtt_outbox_take(&client->outbox, client->out);
        agen_notify_all(&client->room);
    }
    return size > 0 ? (size_t)size : 0;
}

/* Until the link has taken all of it. A time-out is one of the broker, which takes nothing. */
#define SEND(self) \
    do { \
        AGEN_TIMEOUT(self, &(self)->limit, (self)->client->patience) { \
            AGEN_WRITE(self, (self)->client->link->out, (self)->client->out, (self)->size, &(self)->count); \
        } AGEN_END_TIMEOUT(self); \
        (self)->client->said = true; \
    } while (0)

AGEN(mqtt_sender, self)
{
    struct mqtt_client *client = self->client;

    AGEN_BEGIN(self);
    AGEN_TIMEOUT(self, &self->limit, client->patience) {
        AGEN_WAIT(self, &client->link->up);
    } AGEN_END_TIMEOUT(self);
    self->size = (size_t)mqtt_pack_connect(client->out, sizeof client->out, &client->about);
    SEND(self);
    AGEN_TIMEOUT(self, &self->limit, client->patience) {
        AGEN_WAIT(self, &client->online);
    } AGEN_END_TIMEOUT(self);

    while (!(agen_event_is_set(&client->stop) && (client->outbox.used == 0 || self->gives_up))) {
        self->size = next_packet(client);
        if (self->size > 0) {
            SEND(self);
            continue;
        }
        AGEN_SELECT(self)
            AGEN_ON_CONDITION(self, &self->on_work, &client->work) {}
            AGEN_ON_TIMEOUT(self, agen_event_is_set(&client->stop) ? client->patience : AGEN_FOREVER) {
                self->gives_up = true;
            }
        AGEN_END_SELECT(self);
    }
    self->size = (size_t)mqtt_pack_empty(client->out, sizeof client->out, MQTT_DISCONNECT);
    SEND(self);
    client->farewell = true; /* the broker hangs up now */
    agen_pipe_close(client->link->out);
    AGEN_TIMEOUT(self, &self->limit, client->patience) {
        AGEN_JOIN(self, &client->carrying);
    } AGEN_END_TIMEOUT(self);
    AGEN_RAISE(self, MQTT_E_STOPPED); /* ends the group */
    AGEN_END(self);
}

/* In each half of the keep-alive interval something goes each way, or a ping and its answer do. */
AGEN(mqtt_pulse, self)
{
    struct mqtt_client *client = self->client;

    AGEN_BEGIN(self);
    AGEN_WAIT(self, &client->online);
    while (client->about.keep_alive) {
        client->said = false;
        agen_event_clear(&client->heard);
        AGEN_SLEEP(self, (agen_ticks)client->about.keep_alive * MQTT_SECOND / 2);
        if (client->said && agen_event_is_set(&client->heard))
            continue;
        client->ping = true;
        agen_event_clear(&client->heard);
        agen_notify_all(&client->work);
        AGEN_SELECT(self)
            AGEN_ON_EVENT(self, &self->on_heard, &client->heard) {}
            AGEN_ON_TIMEOUT(self, client->patience) {
                if (!client->holds_back) /* else it is a message that keeps the answer */
                    AGEN_RAISE(self, MQTT_E_NO_ANSWER);
            }
        AGEN_END_SELECT(self);
    }
    AGEN_END(self);
}

/* ---- The client ---- */

static void begin_connection(struct mqtt_client *client)
{
    client->connection++;
    client->acknowledge = 0;
    client->ping = client->holds_back = client->farewell = false;
    client->link->error = 0;
    agen_event_clear(&client->link->up);
    mqtt_outbox_rewind(&client->outbox);
    client->carrier = client->link->start(client->link);
    AGEN_NEW(&client->receiver, mqtt_receiver, .client = client);
    AGEN_NEW(&client->sender, mqtt_sender, .client = client);
    AGEN_NEW(&client->pulse, mqtt_pulse, .client = client);
}

static void end_connection(struct mqtt_client *client, int error)
{
    client->error = error == AGEN_E_TIMEOUT ? (int)MQTT_E_NO_ANSWER : error;
    agen_event_clear(&client->online);
    if (client->slot == FILLING)
        client->slot = EMPTY;
}

/* The next wait is twice as long, up to the longest. This one is shortened by chance, by up to a quarter. */
static agen_ticks next_wait(struct mqtt_client *client)
{
    const agen_ticks wait = client->wait;

    client->wait = wait > client->wait_max / 2 ? client->wait_max : wait * 2;
    client->chance = client->chance * 1664525u + 1013904223u;
    return wait - (agen_ticks)(client->chance >> 16) % (wait / 4 + 1);
}

static void set_defaults(struct mqtt_client *client)
{
    const char *id = client->about.client_id;

    for (; id && *id; id++) /* so that clients that lost the same broker do not come back together */
        client->chance = client->chance * 31u + (unsigned char)*id;
    if (client->patience == 0)
        client->patience = 10 * (agen_ticks)MQTT_SECOND;
    if (client->wait_min == 0)
        client->wait_min = MQTT_SECOND;
    if (client->wait_max == 0)
        client->wait_max = 60 * (agen_ticks)MQTT_SECOND;
    client->wait = client->wait_min;
}

static void ended(struct mqtt_client *client)
{
    end_connection(client, client->error);
    client->ended = true;
    agen_notify_all(&client->arrived);
    agen_notify_all(&client->room);
}

AGEN_EXTERN(mqtt_client, self)
{
    int size;

    AGEN_BEGIN(self);
    set_defaults(self);
    AGEN_TRY(self) {
        size = mqtt_pack_connect(self->out, sizeof self->out, &self->about);
        if (size < 0)
            AGEN_RAISE(self, size); /* that will not get better */
        while (!agen_event_is_set(&self->stop) || (self->outbox.used > 0 && self->last_attempts++ < LAST_ATTEMPTS)) {
            AGEN_TRY(self) {
                begin_connection(self);
                AGEN_GROUP(self, &self->group) {
                    if (agen_group_spawn(&self->group, &self->carrying, self->carrier) != AGEN_DONE
                        || agen_group_spawn(&self->group, &self->receiving, &self->receiver) != AGEN_DONE
                        || agen_group_spawn(&self->group, &self->sending, &self->sender) != AGEN_DONE
                        || agen_group_spawn(&self->group, &self->beating, &self->pulse) != AGEN_DONE)
                        AGEN_RAISE(self, AGEN_E_BAD_STATE);
                } AGEN_END_GROUP(self);
            } AGEN_EXCEPT(self) {
                end_connection(self, agen_error(self));
            } AGEN_END_TRY(self);
            if (self->error == MQTT_E_STOPPED)
                break;
            report(self, self->error);
            if (self->attempts && ++self->failed >= self->attempts)
                AGEN_RAISE(self, self->error);
            if (self->last_attempts > 0)
                AGEN_SLEEP(self, self->wait_min);
            else
                AGEN_SELECT(self)
                    AGEN_ON_EVENT(self, &self->on_stop, &self->stop) {}
                    AGEN_ON_TIMEOUT(self, next_wait(self)) {}
                AGEN_END_SELECT(self);
        }
        if (self->outbox.used > 0)
            AGEN_RAISE(self, MQTT_E_UNSENT);
    } AGEN_FINALLY(self) {
        ended(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}
