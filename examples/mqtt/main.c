/*
 * An MQTT client for the shell: publishes the lines of its input, `TOPIC TEXT`, and prints the messages that come.
 *
 *   cc -std=c99 -O2 -I. -Iports/posix examples/mqtt/[mpoct]*.c -o mqtt && ./mqtt localhost 1883 -s 'lamp/#' -q 1
 *
 *   -s FILTER         subscribe, up to MQTT_SUBSCRIPTIONS times       -q 0|1  QoS of all (0)
 *   -i ID  -c         client identifier; the broker keeps the session -r      publish retained
 *   -u USER -p PASSWORD                                               -k N    keep-alive in seconds (30)
 *   -w TOPIC -W TEXT  last will                                       -n      when the outbox is full, do not wait
 *   -e TOPIC          publish each message that comes on TOPIC, too
 *   -t N -b N -B N    milliseconds: patience, first and longest wait before a new connection
 *
 * At the end of the input, and at SIGTERM, it sends what is left and says good-bye. With the input /dev/null it would
 * end at once: give it one that stays open.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "tcp.h"

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>

static agen_posix host;
static struct mqtt_tcp tcp;
static struct mqtt_client client = { AGEN_INIT(mqtt_client), .link = &tcp.link, .about.keep_alive = 30 };
static unsigned flags;
static bool waits = true;
static const char *echo;

static const char *text(int error)
{
    const char *known = mqtt_strerror(error);

    return known ? known : error > AGEN_E_LAST && error < 0 ? strerror(-error) : agen_strerror(error);
}

static void report(struct mqtt_client *about, int status)
{
    (void)about;
    fprintf(stderr, "%s\n", status == 0 ? "connected" : text(status));
}

static void failed(agen_loop *loop, agen_task *task, int error)
{
    (void)loop;
    (void)task;
    fprintf(stderr, "mqtt: %s\n", text(error));
}

/* ---- Messages ---- */

static void print(const struct mqtt_message *message)
{
    printf("%s %d%s %u ", message->topic, message->flags & MQTT_AT_LEAST_ONCE,
           message->flags & MQTT_RETAIN ? " retained" : "", (unsigned)message->size);
    (void)fwrite(message->payload, 1, message->size, stdout);
    (void)putchar('\n');
    (void)fflush(stdout);
}

struct printer {
    AGEN_COROUTINE;
    struct mqtt_messages messages;
};

AGEN(printer, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->messages) {
        print(&self->messages.value);
        if (echo) {
            AGEN_TRY(self) {
                MQTT_PUBLISH(self, &client, echo, self->messages.value.payload, self->messages.value.size, flags);
            } AGEN_EXCEPT(self) {
                report(&client, agen_error(self));
            } AGEN_END_TRY(self);
        }
    }
    AGEN_END(self);
}

/* ---- Lines ---- */

struct reader {
    AGEN_COROUTINE;
    agen_fd input;
    size_t used, line, count;
    char *payload, *end;
    char bytes[MQTT_PACKET_MAX + 1];
};

AGEN(reader, self)
{
    AGEN_BEGIN(self);
    do {
        AGEN_FD_READ(self, &self->input, self->bytes + self->used, sizeof self->bytes - self->used, &self->count);
        self->used += self->count;
        for (self->line = 0;; self->line = (size_t)(self->end + 1 - self->bytes)) {
            self->end = memchr(self->bytes + self->line, '\n', self->used - self->line);
            if (!self->end)
                break;
            *self->end = '\0';
            self->payload = strchr(self->bytes + self->line, ' ');
            if (self->payload)
                *self->payload++ = '\0';
            else
                self->payload = self->end;
            AGEN_TRY(self) {
                if (waits)
                    MQTT_PUBLISH(self, &client, self->bytes + self->line, self->payload,
                                 (size_t)(self->end - self->payload), flags);
                else
                    report(&client, mqtt_publish(&client, self->bytes + self->line, self->payload,
                                                 (size_t)(self->end - self->payload), flags));
            } AGEN_EXCEPT(self) {
                fprintf(stderr, "%s: %s\n", self->bytes + self->line, text(agen_error(self)));
            } AGEN_END_TRY(self);
        }
        self->used -= self->line;
        memmove(self->bytes, self->bytes + self->line, self->used);
        if (self->used == sizeof self->bytes) {
            fprintf(stderr, "a line of more than %u bytes\n", (unsigned)MQTT_PACKET_MAX);
            self->used = 0;
        }
    } while (self->count > 0);
    mqtt_stop(&client);
    AGEN_END(self);
}

/* ---- The end ---- */

struct terminator {
    AGEN_COROUTINE;
    agen_event told;
};

AGEN(terminator, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT(self, &self->told);
    mqtt_stop(&client);
    AGEN_END(self);
}

static int usage(void)
{
    fprintf(stderr, "usage: mqtt HOST PORT [-s FILTER] [-q 0|1] ..    (main.c lists the options)\n");
    return 2;
}

int main(int argc, char **argv)
{
    static struct printer printer = { AGEN_INIT(printer), .messages = { AGEN_INIT(mqtt_messages), .client = &client } };
    static struct reader reader = { AGEN_INIT(reader), .used = 0 };
    static struct terminator terminator = { AGEN_INIT(terminator) };
    static agen_task serving, printing, reading, terminating;
    const char *filters[MQTT_SUBSCRIPTIONS];
    const struct addrinfo hints = { .ai_socktype = SOCK_STREAM };
    struct addrinfo *found;
    int option, error, count = 0, status;
    bool retain = false;

    while ((option = getopt(argc, argv, "s:q:i:cru:p:k:w:W:ne:t:b:B:")) != -1) {
        switch (option) {
        case 's':
            if (count == MQTT_SUBSCRIPTIONS)
                return usage();
            filters[count++] = optarg;
            break;
        case 'q': flags = optarg[0] == '1' ? MQTT_AT_LEAST_ONCE : MQTT_AT_MOST_ONCE; break;
        case 'i': client.about.client_id = optarg; break;
        case 'c': client.about.persistent = true; break;
        case 'r': retain = true; break;
        case 'u': client.about.user = optarg; break;
        case 'p': client.about.password = optarg; break;
        case 'k': client.about.keep_alive = (uint16_t)atoi(optarg); break;
        case 'w': client.about.will.topic = optarg; break;
        case 'W': client.about.will.payload = optarg; break;
        case 'n': waits = false; break;
        case 'e': echo = optarg; break;
        case 't': client.patience = (agen_ticks)atol(optarg); break;
        case 'b': client.wait_min = (agen_ticks)atol(optarg); break;
        case 'B': client.wait_max = (agen_ticks)atol(optarg); break;
        default: return usage();
        }
    }
    if (argc - optind != 2)
        return usage();
    error = getaddrinfo(argv[optind], argv[optind + 1], &hints, &found);
    if (error != 0) {
        fprintf(stderr, "mqtt: %s: %s\n", argv[optind], gai_strerror(error));
        return 1;
    }
    client.about.will.size = client.about.will.payload ? strlen(client.about.will.payload) : 0;
    client.about.will.flags = (uint8_t)flags;
    client.report = report;
    while (count > 0)
        if ((error = mqtt_subscribe(&client, filters[--count], flags)) < 0) {
            fprintf(stderr, "mqtt: %s: %s\n", filters[count], text(error));
            return 1;
        }
    flags |= retain ? MQTT_RETAIN : 0;
    (void)signal(SIGPIPE, SIG_IGN);
    if ((error = agen_posix_init(&host)) < 0 || (error = agen_fd_open(&host, &reader.input, 0)) < 0
        || (error = agen_posix_signal(&host, SIGTERM, &terminator.told)) < 0
        || (error = agen_posix_signal(&host, SIGINT, &terminator.told)) < 0) {
        fprintf(stderr, "mqtt: %s\n", strerror(-error));
        return 1;
    }
    host.loop.error = failed;
    mqtt_tcp_init(&tcp, &host, found->ai_addr, found->ai_addrlen);
    if (agen_spawn(&host.loop, &serving, &client) < 0 || agen_spawn(&host.loop, &printing, &printer) < 0
        || agen_spawn(&host.loop, &reading, &reader) < 0 || agen_spawn(&host.loop, &terminating, &terminator) < 0)
        return 1;
    status = agen_posix_run(&host, &serving);
    (void)agen_cancel(&reading);
    (void)agen_cancel(&terminating);
    (void)agen_posix_run(&host, NULL);
    agen_posix_end(&host);
    freeaddrinfo(found);
    return status == AGEN_DONE ? 0 : 1;
}
