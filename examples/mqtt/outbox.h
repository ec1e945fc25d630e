/* SPDX-License-Identifier: 0BSD */
/*
 * What is to be published: packets in the order in which they were put in, one after the other in the memory of the
 * client. A packet of QoS 0 leaves it when it is taken to be sent, one of QoS 1 when the broker has acknowledged it.
 */
#ifndef MQTT_OUTBOX_H
#define MQTT_OUTBOX_H

#include "packet.h"

/* How many bytes of memory it has: a packet takes three more than its own. */
#ifndef MQTT_OUTBOX_SIZE
#define MQTT_OUTBOX_SIZE 1024
#endif

struct mqtt_outbox { /* zeroed memory is an empty one */
    size_t used;     /* bytes */
    size_t next;     /* where the first packet is that was not sent over this connection */
    uint8_t bytes[MQTT_OUTBOX_SIZE];
};

/* MQTT_E_FULL if there is no room now, MQTT_E_TOO_LARGE if there never will be, MQTT_E_INVALID; or 0. */
int mqtt_outbox_put(struct mqtt_outbox *box, const struct mqtt_message *message, uint16_t id);
/* There is a new connection: all that is in it is sent again. */
void mqtt_outbox_rewind(struct mqtt_outbox *box);
/* Copies the next packet, and answers its size: 0 if there is none. */
size_t mqtt_outbox_take(struct mqtt_outbox *box, uint8_t *to);
/* The packet with this id has been acknowledged. False if there is none that was sent. */
bool mqtt_outbox_acknowledged(struct mqtt_outbox *box, uint16_t id);
bool mqtt_outbox_has(const struct mqtt_outbox *box, uint16_t id);

#endif
