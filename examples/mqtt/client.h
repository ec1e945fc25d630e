/* SPDX-License-Identifier: 0BSD */
/*
 * An MQTT 3.1.1 client: QoS 0 and 1, in the memory of one struct. It is a task that connects, connects again when the
 * connection breaks, and carries the messages of other tasks meanwhile:
 *
 *     static struct mqtt_client client = { AGEN_INIT(mqtt_client), .link = &tcp.link, .about.client_id = "lamp" };
 *
 *     mqtt_subscribe(&client, "lamp/+/set", 1);
 *     agen_spawn(&loop, &task, &client);
 *
 *     struct lamp { AGEN_COROUTINE; struct mqtt_messages messages; };
 *
 *     AGEN(lamp, self)
 *     {
 *         AGEN_BEGIN(self);
 *         AGEN_FOR(self, &self->messages) { // made by AGEN_INIT(mqtt_messages), .client = &client
 *             lamp_set(self->messages.value.topic, self->messages.value.payload, self->messages.value.size);
 *             MQTT_PUBLISH(self, &client, "lamp/state", "on", 2, MQTT_AT_LEAST_ONCE | MQTT_RETAIN);
 *         }
 *         AGEN_END(self);
 *     }
 *
 * QoS 1 is at least once: what the broker has not acknowledged is sent again after a reconnection, with the flag that
 * says so. A message of QoS 0 is sent once at most. Both wait in the outbox while there is no connection.
 */
#ifndef MQTT_CLIENT_H
#define MQTT_CLIENT_H

#include "agen.h"
#include "outbox.h"

/* Sizes, the same for all files: -DMQTT_PACKET_MAX=2048. */
#ifndef MQTT_PACKET_MAX
#define MQTT_PACKET_MAX 512 /* bytes of the largest packet. There are two such buffers, one each way */
#endif
#ifndef MQTT_SUBSCRIPTIONS
#define MQTT_SUBSCRIPTIONS 4
#endif
#ifndef MQTT_SECOND
#define MQTT_SECOND 1000 /* ticks of the loop's clock */
#endif

/*
 * What carries the bytes: tcp.h has one for POSIX, and board.c one for a UART. `start` makes the coroutine of a new
 * connection. The coroutine connects, with both pipes empty and open, and then sets `up`. It moves bytes until the
 * connection ends, and raises what went wrong. When the peer hangs up, it closes `in`, so that what came before is
 * read. When the client has closed `out`, it sends what is in there, hangs up and ends.
 */
struct mqtt_link {
    agen_pipe *in, *out;
    agen_event up;
    int error; /* why it has closed `in`, or 0 */
    agen_t *(*start)(struct mqtt_link *);
};

struct mqtt_subscription {
    const char *filter;
    uint16_t id;
    uint8_t qos, state;
};

struct mqtt_receiver {
    AGEN_COROUTINE;
    struct mqtt_client *client;
    uint8_t head[4]; /* the body of a short packet */
    uint8_t first, byte;
    uint8_t shift;
    size_t length, filled, kept, count;
    uint16_t id;
};

struct mqtt_sender {
    AGEN_COROUTINE;
    struct mqtt_client *client;
    agen_timeout limit;
    agen_alternative on_work;
    size_t size, count;
    bool gives_up;
};

struct mqtt_pulse {
    AGEN_COROUTINE;
    struct mqtt_client *client;
    agen_alternative on_heard;
};

struct mqtt_client {
    AGEN_COROUTINE;
    /* Set these, and keep what they point to. Ticks of 0 mean the value in parentheses. */
    struct mqtt_link *link;
    struct mqtt_connect about;     /* who the client is, its will, its keep-alive */
    agen_ticks patience;           /* how long the broker may take for an answer (10 s) */
    agen_ticks wait_min, wait_max; /* before the first and the longest wait for a new connection (1 s, 60 s) */
    uint16_t attempts;             /* after how many in vain the client ends, with the last error; 0: never */
    /* Or NULL. Is told 0 at each connection, and each error that is survived. */
    void (*report)(struct mqtt_client *, int);

    /* To be looked at. */
    agen_event online; /* set while the broker is connected */
    int error;         /* why the last connection ended */
    int publish_error; /* of the last publish */

    /* The rest is the client's own. */
    agen_event stop, heard;
    agen_condition work, room, arrived, returned;
    struct mqtt_outbox outbox;
    struct mqtt_subscription subscriptions[MQTT_SUBSCRIPTIONS];
    struct mqtt_message message;
    agen_task *holder; /* whose task has the message */
    uint8_t last_attempts;
    uint8_t slot;      /* what the buffer of received messages is in use for */
    bool ended, said, ping, holds_back, farewell;
    uint16_t last_id, message_id, acknowledge, failed;
    unsigned connection, message_connection;
    agen_ticks wait;
    uint32_t chance;
    agen_alternative on_stop;
    agen_group group;
    agen_t *carrier;
    agen_task carrying, receiving, sending, beating;
    struct mqtt_receiver receiver;
    struct mqtt_sender sender;
    struct mqtt_pulse pulse;
    uint8_t in[MQTT_PACKET_MAX], out[MQTT_PACKET_MAX];
};

/* The client, for agen_spawn(). Ends after mqtt_stop(). Cancelled, it hangs up, and the broker publishes its will. */
AGEN_DECLARE(mqtt_client);

/*
 * The messages that come, one at a time: topic, payload and flags in `.value`. They are valid until the next one is
 * asked for, which also acknowledges a message of QoS 1. Ends with the client. Someone must consume it if anything is
 * subscribed to: the client receives nothing more while a message waits.
 */
struct mqtt_messages {
    AGEN_YIELDS(struct mqtt_message);
    struct mqtt_client *client;
};
AGEN_DECLARE(mqtt_messages);

/*
 * Subscribes now, and after each reconnection: 0, MQTT_E_INVALID, MQTT_E_TOO_LARGE, or MQTT_E_FULL if there are
 * MQTT_SUBSCRIPTIONS already. The filter must stay. A refusal of the broker goes to `report`.
 */
int mqtt_subscribe(struct mqtt_client *client, const char *filter, unsigned qos);

/*
 * Puts a message into the outbox, from where it is sent as soon as there is a connection: 0, MQTT_E_INVALID,
 * MQTT_E_TOO_LARGE, MQTT_E_STOPPED, or MQTT_E_FULL if there is no room now. Never waits, and copies all.
 */
int mqtt_publish(struct mqtt_client *client, const char *topic, const void *payload, size_t size, unsigned flags);

/*
 * The same in a body: waits for room, and raises the other errors. The task that holds a message does not wait but
 * raises MQTT_E_FULL, because the acknowledgement that would make room may come after the message that waits for it.
 * The arguments are evaluated again after each wait.
 */
#define MQTT_PUBLISH(self, client, topic, payload, size, flags) \
    do { \
        while (mqtt_publish_waits_(client, agen_current_task(self), \
                                   mqtt_publish(client, topic, payload, size, flags))) \
            AGEN_CONDITION_WAIT(self, &(client)->room); \
        if ((client)->publish_error < 0) \
            AGEN_RAISE(self, (client)->publish_error); \
    } while (0)
bool mqtt_publish_waits_(struct mqtt_client *client, const agen_task *task, int error);

/*
 * Ends the client: what is in the outbox is sent, acknowledged, and the connection closed, so that there is no will.
 * The client ends with AGEN_DONE; or with MQTT_E_UNSENT and messages in its outbox, if there is no progress for
 * `patience`. If there is no connection, or it breaks, three more are attempted, with wait_min after each.
 */
void mqtt_stop(struct mqtt_client *client);

#endif
