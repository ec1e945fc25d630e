/* SPDX-License-Identifier: 0BSD */
/* The packets and the outbox of examples/mqtt, by their bytes. Prints `N passed, N failed`. */
#include "client.h"

#include "check.h"

#include <stdio.h>
#include <string.h>

#define CHECK_BYTES(size, bytes) \
    (void)check_true_((size) == (int)sizeof bytes - 1 && memcmp(to, bytes, sizeof bytes - 1) == 0, #bytes, \
                      __FILE__, __LINE__)

static uint8_t to[300];

static void connect_packet(void)
{
    struct mqtt_connect about = { .client_id = "id", .keep_alive = 258 };
    int n;

    CHECK_BYTES(mqtt_pack_connect(to, sizeof to, &about), "\x10\x0e\0\4MQTT\4\2\1\2\0\2id");
    about.user = "u";
    about.password = "pw";
    about.persistent = true;
    about.will.topic = "w";
    about.will.payload = "x";
    about.will.size = 1;
    about.will.flags = MQTT_RETAIN | MQTT_AT_LEAST_ONCE;
    n = mqtt_pack_connect(to, sizeof to, &about);
    CHECK_BYTES(n, "\x10\x1b\0\4MQTT\4\xec\1\2\0\2id\0\1w\0\1x\0\1u\0\2pw");
    CHECK(mqtt_pack_connect(to, (size_t)n, &about) == n);
    CHECK(mqtt_pack_connect(to, (size_t)n - 1, &about) == MQTT_E_TOO_LARGE);
    about.user = NULL;
    CHECK(mqtt_pack_connect(to, sizeof to, &about) == MQTT_E_INVALID); /* a password alone */
    about.password = NULL;
    about.client_id = NULL;
    CHECK(mqtt_pack_connect(to, sizeof to, &about) == MQTT_E_INVALID); /* whose session? */
    about.persistent = false;
    about.will.topic = "w/#";
    CHECK(mqtt_pack_connect(to, sizeof to, &about) == MQTT_E_INVALID);
}

static void other_packets(void)
{
    struct mqtt_message message = { "a/b", "hi", 2, MQTT_AT_LEAST_ONCE | MQTT_RETAIN, false };
    uint8_t body[] = "\0\3a/b\1\2hi";
    uint16_t id;

    CHECK_BYTES(mqtt_pack_publish(to, sizeof to, &message, 0x102), "\x33\x9\0\3a/b\1\2hi");
    CHECK(mqtt_publish_size(&message) == 11);
    message.flags = 0;
    CHECK_BYTES(mqtt_pack_publish(to, sizeof to, &message, 0), "\x30\7\0\3a/bhi");
    message.size = 123;
    message.payload = "a payload of 123 bytes, of which nothing matters but how many there are: "
                      "0123456789 0123456789 0123456789 0123456789 012345";
    CHECK(mqtt_pack_publish(to, 131, &message, 0) == 131 && to[1] == 0x80 && to[2] == 1);
    CHECK(mqtt_publish_size(&message) == 131);
    message.size = 122;
    CHECK(mqtt_pack_publish(to, 129, &message, 0) == 129 && to[1] == 0x7F);
    CHECK(mqtt_publish_size(&message) == 129);
    CHECK_BYTES(mqtt_pack_subscribe(to, sizeof to, "a/+", 1, 0x304), "\x82\x8\3\4\0\3a/+\1");
    CHECK_BYTES(mqtt_pack_puback(to, sizeof to, 0x102), "\x40\2\1\2");
    CHECK_BYTES(mqtt_pack_empty(to, sizeof to, MQTT_PINGREQ), "\xc0\0");
    CHECK_BYTES(mqtt_pack_empty(to, sizeof to, MQTT_DISCONNECT), "\xe0\0");

    CHECK(mqtt_unpack_publish(0x3B, body, sizeof body - 1, &message, &id) == 0);
    CHECK(strcmp(message.topic, "a/b") == 0 && message.size == 2 && memcmp(message.payload, "hi", 2) == 0);
    CHECK(id == 0x102 && message.duplicate && message.flags == (MQTT_AT_LEAST_ONCE | MQTT_RETAIN));
    CHECK(mqtt_unpack_publish(0x32, (uint8_t[]){ 0, 1, 'a', 0, 0 }, 5, &message, &id) == MQTT_E_MALFORMED);
    CHECK(mqtt_unpack_publish(0x32, (uint8_t[]){ 0, 1, 'a', 0 }, 4, &message, &id) == MQTT_E_MALFORMED);
    CHECK(mqtt_unpack_publish(0x36, (uint8_t[]){ 0, 1, 'a', 0, 1 }, 5, &message, &id) == MQTT_E_MALFORMED);
    CHECK(mqtt_unpack_publish(0x38, (uint8_t[]){ 0, 1, 'a' }, 3, &message, &id) == MQTT_E_MALFORMED);
    CHECK(mqtt_unpack_publish(0x30, (uint8_t[]){ 0, 1, '+' }, 3, &message, &id) == MQTT_E_MALFORMED);
    CHECK(mqtt_unpack_publish(0x30, (uint8_t[]){ 0, 1, 0 }, 3, &message, &id) == MQTT_E_MALFORMED);
    CHECK(mqtt_unpack_publish(0x30, (uint8_t[]){ 0, 2, 'a' }, 3, &message, &id) == MQTT_E_MALFORMED);
    CHECK(mqtt_unpack_publish(0x30, (uint8_t[]){ 0 }, 1, &message, &id) == MQTT_E_MALFORMED);
}

static void texts(void)
{
    static const char *const good[] = { "a", "/", "a//b", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80" };
    static const char *const bad[] = { "\xc3", "\xc0\x80", "\xed\xa0\x80", "\xe0\x80\x80", "\xf4\x90\x80\x80", "\xff",
                                       "\xf0\x80\x80\x80", "a\x80", "", "a+", "#" };
    static const char *const filters[] = { "#", "+", "a/#", "+/a/+", "a/+/b/#", "/", "+/" };
    static const char *const no_filters[] = { "", "a#", "#/a", "a+", "+a", "a/#/b", "a/b+/c", "\xff" };
    static const char *const yes[][2] = { { "a", "a" }, { "a/#", "a" }, { "a/#", "a/b/c" }, { "#", "a/b" },
                                          { "+", "a" },
                                          { "a/+/c", "a/b/c" }, { "a/+", "a/" }, { "+/+", "/a" }, { "/+", "/a" },
                                          { "+/#", "a" }, { "a//b", "a//b" }, { "$SYS/#", "$SYS/x" }, { "+/", "a/" } };
    static const char *const no[][2] = { { "a", "b" }, { "a", "ab" }, { "ab", "a" }, { "+", "a/b" }, { "+", "/a" },
                                         { "a/+", "a" }, { "a/+/c", "a/b/d" }, { "#", "$SYS/x" }, { "+/x", "$SYS/x" },
                                         { "a/#", "ab" }, { "a/b", "a" }, { "a", "a/b" }, { "a/", "a" } };
    size_t i;

#define COUNT(list) (sizeof(list) / sizeof *(list))
    for (i = 0; i < COUNT(good); i++)
        (void)check_true_(mqtt_topic_is_valid(good[i]), good[i], __FILE__, __LINE__);
    for (i = 0; i < COUNT(bad); i++)
        (void)check_true_(!mqtt_topic_is_valid(bad[i]), bad[i], __FILE__, __LINE__);
    for (i = 0; i < COUNT(filters); i++)
        (void)check_true_(mqtt_filter_is_valid(filters[i]), filters[i], __FILE__, __LINE__);
    for (i = 0; i < COUNT(no_filters); i++)
        (void)check_true_(!mqtt_filter_is_valid(no_filters[i]), no_filters[i], __FILE__, __LINE__);
    for (i = 0; i < COUNT(yes); i++)
        (void)check_true_(mqtt_matches(yes[i][0], yes[i][1]), yes[i][0], __FILE__, __LINE__);
    for (i = 0; i < COUNT(no); i++)
        (void)check_true_(!mqtt_matches(no[i][0], no[i][1]), no[i][0], __FILE__, __LINE__);
}

static void outbox(void)
{
    static struct mqtt_outbox box;
    struct mqtt_message message = { "t", "123", 3, MQTT_AT_LEAST_ONCE, false };
    static const uint8_t large[MQTT_PACKET_MAX];
    uint16_t i;

    for (i = 1; mqtt_outbox_put(&box, &message, i) == 0; i++)
        ;
    CHECK(i - 1 == MQTT_OUTBOX_SIZE / 13); /* 10 and 3 of a record */
    CHECK(mqtt_outbox_put(&box, &message, i) == MQTT_E_FULL);
    CHECK(!mqtt_outbox_acknowledged(&box, 1)); /* it was not sent */
    CHECK(mqtt_outbox_take(&box, to) == 10 && to[0] == 0x32 && to[6] == 1);
    CHECK(mqtt_outbox_take(&box, to) == 10 && to[0] == 0x32 && to[6] == 2);
    CHECK(mqtt_outbox_acknowledged(&box, 2) && !mqtt_outbox_acknowledged(&box, 2) && mqtt_outbox_has(&box, 1));
    message.flags = MQTT_AT_MOST_ONCE;
    CHECK(mqtt_outbox_put(&box, &message, 0) == 0);
    mqtt_outbox_rewind(&box);
    CHECK(mqtt_outbox_take(&box, to) == 10 && to[0] == 0x3A && to[6] == 1); /* a duplicate */
    for (i = 3; mqtt_outbox_take(&box, to) == 10; i++)
        CHECK(to[0] == 0x32 && to[6] == i);
    CHECK(to[0] == 0x30 && mqtt_outbox_take(&box, to) == 0);
    for (i = 1; box.used > 0 && i < 1000; i++)
        (void)mqtt_outbox_acknowledged(&box, i);
    CHECK(box.used == 0 && box.next == 0);
    message.payload = large;
    message.size = MQTT_PACKET_MAX - 6;
    CHECK(mqtt_outbox_put(&box, &message, 0) == 0);
    message.size++;
    CHECK(mqtt_outbox_put(&box, &message, 0) == MQTT_E_TOO_LARGE);
}

int main(void)
{
    connect_packet();
    other_packets();
    texts();
    outbox();
    printf("%lu passed, %lu failed\n", check_passed_, check_failed_);
    return check_failed_ != 0;
}
