/* SPDX-License-Identifier: 0BSD */
/* A link of an MQTT client over TCP, on a POSIX host. */
#ifndef MQTT_TCP_H
#define MQTT_TCP_H

#include "agen_posix.h"
#include "client.h"

#ifndef MQTT_TCP_PIPE
#define MQTT_TCP_PIPE 1024
#endif

struct mqtt_tcp_reader {
    AGEN_COROUTINE;
    struct mqtt_tcp *tcp;
    size_t count, written;
    uint8_t bytes[MQTT_TCP_PIPE];
};

struct mqtt_tcp_writer {
    AGEN_COROUTINE;
    struct mqtt_tcp *tcp;
    agen_chunks chunks;
    size_t written;
};

struct mqtt_tcp {
    AGEN_COROUTINE;
    struct mqtt_link link; /* what the client wants */
    agen_posix *host;
    const struct sockaddr *address;
    socklen_t length;
    agen_fd fd;
    AGEN_PIPE(MQTT_TCP_PIPE) in, out;
    agen_group group;
    agen_task reading, writing;
    struct mqtt_tcp_reader reader;
    struct mqtt_tcp_writer writer;
};

/* The address must stay. */
void mqtt_tcp_init(struct mqtt_tcp *tcp, agen_posix *host, const struct sockaddr *address, socklen_t length);

#endif
