/* SPDX-License-Identifier: 0BSD */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "tcp.h"

/* What came before the peer hung up is still to be read: so the receiver, which gets to the end, raises the error. */
AGEN(mqtt_tcp_reader, self)
{
    struct mqtt_tcp *tcp = self->tcp;

    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        do {
            AGEN_FD_READ(self, &tcp->fd, self->bytes, sizeof self->bytes, &self->count);
            AGEN_WRITE(self, &tcp->in, self->bytes, self->count, &self->written);
        } while (self->count > 0);
    } AGEN_EXCEPT(self) {
        tcp->link.error = agen_error(self);
    } AGEN_END_TRY(self);
    agen_pipe_close(&tcp->in);
    AGEN_END(self);
}

AGEN(mqtt_tcp_writer, self)
{
    struct mqtt_tcp *tcp = self->tcp;

    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->chunks)
        AGEN_FD_WRITE(self, &tcp->fd, self->chunks.value.data, self->chunks.value.size, &self->written);
    (void)shutdown(tcp->fd.number, SHUT_WR); /* the broker reads all of it, and then hangs up */
    AGEN_END(self);
}

AGEN(mqtt_tcp, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_FD_CONNECT(self, self->host, &self->fd, self->address, self->length);
        agen_event_set(&self->link.up);
        AGEN_GROUP(self, &self->group) {
            if (agen_group_spawn(&self->group, &self->reading, &self->reader) != AGEN_DONE
                || agen_group_spawn(&self->group, &self->writing, &self->writer) != AGEN_DONE)
                AGEN_RAISE(self, AGEN_E_BAD_STATE);
        } AGEN_END_GROUP(self);
    } AGEN_FINALLY(self) {
        agen_fd_close(&self->fd);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static agen_t *start(struct mqtt_link *link)
{
    struct mqtt_tcp *tcp = (struct mqtt_tcp *)(void *)((char *)link - offsetof(struct mqtt_tcp, link));

    agen_pipe_init(&tcp->in);
    agen_pipe_init(&tcp->out);
    agen_chunks_init(&tcp->writer.chunks, &tcp->out);
    tcp->fd.number = -1;
    agen_init(tcp, mqtt_tcp);
    agen_init(&tcp->reader, mqtt_tcp_reader);
    agen_init(&tcp->writer, mqtt_tcp_writer);
    return (agen_t *)tcp;
}

void mqtt_tcp_init(struct mqtt_tcp *tcp, agen_posix *host, const struct sockaddr *address, socklen_t length)
{
    memset(tcp, 0, sizeof *tcp);
    tcp->host = host;
    tcp->address = address;
    tcp->length = length;
    tcp->link.start = start;
    tcp->link.in = (agen_pipe *)&tcp->in;
    tcp->link.out = (agen_pipe *)&tcp->out;
    tcp->reader.tcp = tcp->writer.tcp = tcp;
}
