/* SPDX-License-Identifier: 0BSD */
/*
 * The packets of MQTT 3.1.1, from and to memory. No function here waits, and none keeps anything. Those that write
 * answer how many bytes they have written, MQTT_E_TOO_LARGE if there are not that many, or MQTT_E_INVALID.
 */
#ifndef MQTT_PACKET_H
#define MQTT_PACKET_H

#include "mqtt_error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The first four bits of a packet. */
enum mqtt_type {
    MQTT_CONNECT = 1,
    MQTT_CONNACK = 2,
    MQTT_PUBLISH = 3,
    MQTT_PUBACK = 4,
    MQTT_SUBSCRIBE = 8,
    MQTT_SUBACK = 9,
    MQTT_PINGREQ = 12,
    MQTT_PINGRESP = 13,
    MQTT_DISCONNECT = 14
};

/* How a message is published: one of the first two, and perhaps the third. */
enum mqtt_flag {
    MQTT_AT_MOST_ONCE = 0,  /* QoS 0 */
    MQTT_AT_LEAST_ONCE = 1, /* QoS 1 */
    MQTT_RETAIN = 2         /* the broker keeps it for those who subscribe later */
};

/* A message. What it points to is not its own. */
struct mqtt_message {
    const char *topic;
    const void *payload;
    size_t size;
    uint8_t flags;  /* enum mqtt_flag */
    bool duplicate; /* of one received: the broker has sent it before, and does not know whether it came */
};

/* What a CONNECT tells. A NULL is left out. */
struct mqtt_connect {
    const char *client_id;
    const char *user, *password;
    struct mqtt_message will; /* what the broker publishes if the connection breaks; no topic: nothing */
    uint16_t keep_alive;      /* seconds; 0: none */
    bool persistent;          /* the broker keeps subscriptions and messages while the client is away */
};

int mqtt_pack_connect(uint8_t *to, size_t size, const struct mqtt_connect *about);
int mqtt_pack_publish(uint8_t *to, size_t size, const struct mqtt_message *message, uint16_t id);
size_t mqtt_publish_size(const struct mqtt_message *message); /* that of its packet */
int mqtt_pack_subscribe(uint8_t *to, size_t size, const char *filter, unsigned qos, uint16_t id);
int mqtt_pack_puback(uint8_t *to, size_t size, uint16_t id);
int mqtt_pack_empty(uint8_t *to, size_t size, enum mqtt_type type);

/* The size of the topic, its length and the id at the start of the PUBLISH of this first byte, given its two bytes. */
size_t mqtt_publish_head(uint8_t first, const uint8_t *bytes);

/*
 * Takes a PUBLISH apart, whose body is `size` bytes long: makes the topic a C string, in its place. The head of it must
 * be there, the payload need not. 0, or MQTT_E_MALFORMED.
 */
int mqtt_unpack_publish(uint8_t first, uint8_t *bytes, size_t size, struct mqtt_message *message, uint16_t *id);

/* A two-byte number. */
uint16_t mqtt_number(const uint8_t *bytes);

/* Whether it may stand in a packet: UTF-8 as the standard wants it, of 65535 bytes at most. */
bool mqtt_text_is_valid(const char *text);
bool mqtt_topic_is_valid(const char *topic);
bool mqtt_filter_is_valid(const char *filter);

/* Whether a filter, in which + stands for a level and # for all that follow, means the topic. */
bool mqtt_matches(const char *filter, const char *topic);

#endif
