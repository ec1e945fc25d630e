/* SPDX-License-Identifier: 0BSD */
#include "client.h" /* how large a packet may be */

#include <string.h>

/* A record: two bytes of size, one that says whether it has ever been sent, the packet. */
enum { HEAD = 3, FLAGS = 2, SENT = 1, DUPLICATE = 8 };

static size_t size_at(const struct mqtt_outbox *box, size_t at)
{
    return mqtt_number(box->bytes + at);
}

/* 0 if it has none. */
static uint16_t id_at(const struct mqtt_outbox *box, size_t at)
{
    const uint8_t *packet = box->bytes + at + HEAD, *body = packet + 1;

    if (!(packet[0] & 6))
        return 0;
    while (*body++ & 0x80)
        ;
    return mqtt_number(body + mqtt_publish_head(packet[0], body) - 2);
}

static void remove_at(struct mqtt_outbox *box, size_t at)
{
    const size_t end = at + HEAD + size_at(box, at);

    memmove(box->bytes + at, box->bytes + end, box->used - end);
    box->used -= end - at;
    if (box->next > at)
        box->next -= end - at;
}

int mqtt_outbox_put(struct mqtt_outbox *box, const struct mqtt_message *message, uint16_t id)
{
    const size_t size = mqtt_publish_size(message);
    uint8_t *record = box->bytes + box->used;
    int packed;

    if (!mqtt_topic_is_valid(message->topic))
        return MQTT_E_INVALID;
    if (size > MQTT_PACKET_MAX || size + HEAD > sizeof box->bytes)
        return MQTT_E_TOO_LARGE;
    if (size + HEAD > sizeof box->bytes - box->used)
        return MQTT_E_FULL;
    packed = mqtt_pack_publish(record + HEAD, size, message, id);
    if (packed < 0)
        return packed;
    record[0] = (uint8_t)(size >> 8);
    record[1] = (uint8_t)size;
    record[FLAGS] = 0;
    box->used += HEAD + size;
    return 0;
}

void mqtt_outbox_rewind(struct mqtt_outbox *box)
{
    box->next = 0;
}

size_t mqtt_outbox_take(struct mqtt_outbox *box, uint8_t *to)
{
    uint8_t *record = box->bytes + box->next;
    size_t size;

    if (box->next == box->used)
        return 0;
    size = size_at(box, box->next);
    memcpy(to, record + HEAD, size);
    if (!(to[0] & 6)) {
        remove_at(box, box->next);
        return size;
    }
    if (record[FLAGS] & SENT)
        to[0] |= DUPLICATE;
    record[FLAGS] |= SENT;
    box->next += HEAD + size;
    return size;
}

bool mqtt_outbox_acknowledged(struct mqtt_outbox *box, uint16_t id)
{
    size_t at;

    for (at = 0; at < box->next; at += HEAD + size_at(box, at))
        if (id_at(box, at) == id && id != 0) {
            remove_at(box, at);
            return true;
        }
    return false;
}

bool mqtt_outbox_has(const struct mqtt_outbox *box, uint16_t id)
{
    size_t at;

    for (at = 0; at < box->used; at += HEAD + size_at(box, at))
        if (id_at(box, at) == id)
            return true;
    return false;
}
