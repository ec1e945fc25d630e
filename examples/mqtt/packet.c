/* SPDX-License-Identifier: 0BSD */
#include "packet.h"

#include <string.h>

const char *mqtt_strerror(int code)
{
    switch (code) {
    case MQTT_E_FULL: return "no room for it now";
    case MQTT_E_TOO_LARGE: return "larger than the buffers";
    case MQTT_E_INVALID: return "a topic or text that MQTT forbids";
    case MQTT_E_STOPPED: return "the client is stopping";
    case MQTT_E_UNSENT: return "stopped with unacknowledged messages";
    case MQTT_E_NO_ANSWER: return "the broker does not answer";
    case MQTT_E_HUNG_UP: return "the broker closed the connection";
    case MQTT_E_MALFORMED: return "malformed packet";
    case MQTT_E_UNEXPECTED: return "unexpected packet";
    case MQTT_E_SUBSCRIPTION_REFUSED: return "the broker refused a subscription";
    case MQTT_E_REFUSED_VERSION: return "the broker does not speak MQTT 3.1.1";
    case MQTT_E_REFUSED_CLIENT_ID: return "the broker refused the client identifier";
    case MQTT_E_REFUSED_UNAVAILABLE: return "the broker is unavailable";
    case MQTT_E_REFUSED_LOGIN: return "bad user name or password";
    case MQTT_E_REFUSED_RIGHTS: return "not authorised";
    default: return NULL;
    }
}

/* ---- Texts ---- */

/* How many bytes the character takes, or 0 if it is none, or one that the standard forbids. */
static size_t character(const unsigned char *at, size_t left)
{
    const size_t n = at[0] < 0x80 ? 1 : at[0] < 0xC2 ? 0 : at[0] < 0xE0 ? 2 : at[0] < 0xF0 ? 3 : at[0] < 0xF5 ? 4 : 0;
    size_t i;

    if (n == 0 || n > left || at[0] == 0)
        return 0;
    for (i = 1; i < n; i++)
        if ((at[i] & 0xC0) != 0x80)
            return 0;
    if ((at[0] == 0xE0 && at[1] < 0xA0) || (at[0] == 0xED && at[1] > 0x9F) /* too long a form; a surrogate */
        || (at[0] == 0xF0 && at[1] < 0x90) || (at[0] == 0xF4 && at[1] > 0x8F))
        return 0;
    return n;
}

static bool is_text(const char *text, size_t size)
{
    size_t at = 0, n;

    if (size > 65535)
        return false;
    for (; at < size; at += n) {
        n = character((const unsigned char *)text + at, size - at);
        if (n == 0)
            return false;
    }
    return true;
}

bool mqtt_text_is_valid(const char *text)
{
    return is_text(text, strlen(text));
}

bool mqtt_topic_is_valid(const char *topic)
{
    return topic[0] && mqtt_text_is_valid(topic) && !strpbrk(topic, "+#");
}

bool mqtt_filter_is_valid(const char *filter)
{
    const char *at;

    if (!filter[0] || !mqtt_text_is_valid(filter))
        return false;
    for (at = filter; *at; at++) /* a wildcard is a level of its own, and # the last one */
        if ((*at == '+' || *at == '#')
            && ((at > filter && at[-1] != '/') || (at[1] && (*at == '#' || at[1] != '/'))))
            return false;
    return true;
}

bool mqtt_matches(const char *filter, const char *topic)
{
    if (topic[0] == '$' && filter[0] != '$') /* a wildcard does not mean what belongs to the broker */
        return false;
    for (;;) {
        if (filter[0] == '#')
            return true;
        if (filter[0] == '+') {
            topic += strcspn(topic, "/");
            filter++;
        } else {
            for (; *filter == *topic && *filter && *filter != '/'; filter++, topic++)
                ;
        }
        if (!*topic && (!*filter || strcmp(filter, "/#") == 0)) /* a/# means a, too */
            return true;
        if (*filter != '/' || *topic != '/')
            return false;
        filter++;
        topic++;
    }
}

/* ---- To memory ---- */

struct packing {
    uint8_t *to;
    size_t size, used;
    bool full;
};

static void pack_byte(struct packing *p, unsigned byte)
{
    if (p->used < p->size)
        p->to[p->used++] = (uint8_t)byte;
    else
        p->full = true;
}

static void pack_number(struct packing *p, size_t number)
{
    pack_byte(p, (unsigned)(number >> 8 & 0xFF));
    pack_byte(p, (unsigned)(number & 0xFF));
}

static void pack_bytes(struct packing *p, const void *bytes, size_t n)
{
    if (n > p->size - p->used) {
        p->full = true;
    } else if (n > 0) {
        memcpy(p->to + p->used, bytes, n);
        p->used += n;
    }
}

static void pack_data(struct packing *p, const void *bytes, size_t n)
{
    pack_number(p, n);
    pack_bytes(p, bytes, n);
}

static void pack_text(struct packing *p, const char *text)
{
    pack_data(p, text, strlen(text));
}

static struct packing pack_head(uint8_t *to, size_t size, unsigned first, size_t length)
{
    struct packing p = { to, size, 0, false };

    pack_byte(&p, first);
    if (length > 268435455) /* four times seven bits */
        p.full = true;
    do {
        pack_byte(&p, (unsigned)(length & 0x7F) | (length > 0x7F ? 0x80u : 0));
        length >>= 7;
    } while (length > 0);
    return p;
}

static int packed(const struct packing *p)
{
    return p->full ? (int)MQTT_E_TOO_LARGE : (int)p->used;
}

static size_t text_size(const char *text)
{
    return text ? 2 + strlen(text) : 0;
}

int mqtt_pack_connect(uint8_t *to, size_t size, const struct mqtt_connect *about)
{
    const struct mqtt_message *will = &about->will;
    const char *id = about->client_id ? about->client_id : "";
    const size_t will_size = will->topic ? text_size(will->topic) + 2 + will->size : 0;
    struct packing p;

    if (!mqtt_text_is_valid(id) || (!*id && about->persistent) || (about->user && !mqtt_text_is_valid(about->user))
        || (about->password && (!about->user || strlen(about->password) > 65535))
        || (will->topic && (!mqtt_topic_is_valid(will->topic) || will->size > 65535)))
        return MQTT_E_INVALID;
    p = pack_head(to, size, MQTT_CONNECT << 4,
                  10 + text_size(id) + will_size + text_size(about->user) + text_size(about->password));
    pack_text(&p, "MQTT");
    pack_byte(&p, 4);
    pack_byte(&p, (about->user ? 0x80u : 0) | (about->password ? 0x40u : 0)
                      | (will->topic ? 4u | (will->flags & MQTT_RETAIN ? 0x20u : 0)
                                           | (will->flags & MQTT_AT_LEAST_ONCE ? 8u : 0)
                                     : 0)
                      | (about->persistent ? 0 : 2u));
    pack_number(&p, about->keep_alive);
    pack_text(&p, id);
    if (will->topic) {
        pack_text(&p, will->topic);
        pack_data(&p, will->payload, will->size);
    }
    if (about->user)
        pack_text(&p, about->user);
    if (about->password)
        pack_text(&p, about->password);
    return packed(&p);
}

static size_t publish_length(const struct mqtt_message *message)
{
    return text_size(message->topic) + (message->flags & MQTT_AT_LEAST_ONCE ? 2 : 0) + message->size;
}

size_t mqtt_publish_size(const struct mqtt_message *message)
{
    const size_t length = publish_length(message);

    return length + (length < 128 ? 2 : length < 16384 ? 3 : length < 2097152 ? 4 : 5);
}

int mqtt_pack_publish(uint8_t *to, size_t size, const struct mqtt_message *message, uint16_t id)
{
    const bool numbered = message->flags & MQTT_AT_LEAST_ONCE;
    struct packing p;

    if (!mqtt_topic_is_valid(message->topic))
        return MQTT_E_INVALID;
    p = pack_head(to, size, MQTT_PUBLISH << 4 | (numbered ? 2u : 0) | (message->flags & MQTT_RETAIN ? 1u : 0),
                  publish_length(message));
    pack_text(&p, message->topic);
    if (numbered)
        pack_number(&p, id);
    pack_bytes(&p, message->payload, message->size);
    return packed(&p);
}

int mqtt_pack_subscribe(uint8_t *to, size_t size, const char *filter, unsigned qos, uint16_t id)
{
    struct packing p = pack_head(to, size, MQTT_SUBSCRIBE << 4 | 2, 2 + text_size(filter) + 1);

    pack_number(&p, id);
    pack_text(&p, filter);
    pack_byte(&p, qos);
    return packed(&p);
}

int mqtt_pack_puback(uint8_t *to, size_t size, uint16_t id)
{
    struct packing p = pack_head(to, size, MQTT_PUBACK << 4, 2);

    pack_number(&p, id);
    return packed(&p);
}

int mqtt_pack_empty(uint8_t *to, size_t size, enum mqtt_type type)
{
    const struct packing p = pack_head(to, size, (unsigned)type << 4, 0);

    return packed(&p);
}

/* ---- From memory ---- */

uint16_t mqtt_number(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

size_t mqtt_publish_head(uint8_t first, const uint8_t *bytes)
{
    return 2 + (size_t)mqtt_number(bytes) + (first & 6 ? 2 : 0);
}

int mqtt_unpack_publish(uint8_t first, uint8_t *bytes, size_t size, struct mqtt_message *message, uint16_t *id)
{
    const unsigned qos = first >> 1 & 3;
    size_t head, topic;

    if (size < 2 || mqtt_publish_head(first, bytes) > size || qos > 2 || (qos == 0 && first & 8))
        return MQTT_E_MALFORMED;
    head = mqtt_publish_head(first, bytes);
    topic = mqtt_number(bytes);
    *id = qos ? mqtt_number(bytes + head - 2) : 0;
    if (qos && *id == 0)
        return MQTT_E_MALFORMED;
    memmove(bytes, bytes + 2, topic); /* which makes room for the end of the string */
    bytes[topic] = '\0';
    message->topic = (const char *)bytes;
    message->payload = bytes + head;
    message->size = size - head;
    message->flags = (uint8_t)((qos ? MQTT_AT_LEAST_ONCE : MQTT_AT_MOST_ONCE) | (first & 1 ? MQTT_RETAIN : 0));
    message->duplicate = first & 8;
    return is_text(message->topic, topic) && mqtt_topic_is_valid(message->topic) ? 0 : (int)MQTT_E_MALFORMED;
}
