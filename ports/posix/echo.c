/*
 * An echo server: cc -std=c99 -D_GNU_SOURCE -I. -Iports/posix ports/posix/echo.c -o echo && ./echo PORT
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "agen_posix.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

static agen_posix host;

struct echo { /* one connection */
    AGEN_COROUTINE;
    agen_fd peer;
    agen_timeout limit;
    char data[1024];
    size_t got, put;
};

AGEN(echo, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        do {
            AGEN_TIMEOUT(self, &self->limit, 10000) {
                AGEN_FD_READ(self, &self->peer, self->data, sizeof self->data, &self->got);
                AGEN_FD_WRITE(self, &self->peer, self->data, self->got, &self->put);
            } AGEN_END_TIMEOUT(self);
        } while (self->got > 0);
    } AGEN_FINALLY(self) {
        agen_fd_close(&self->peer);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct server { /* one of several that accept: it serves one connection at a time */
    AGEN_COROUTINE;
    agen_fd *listener;
    struct echo echo;
    agen_task task;
};

AGEN(server, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_TRY(self) {
            AGEN_FD_ACCEPT(self, self->listener, &self->echo.peer);
            agen_init(&self->echo, echo);
            AGEN_AWAIT(self, &self->echo);
        } AGEN_EXCEPT(self) { /* a connection that broke or was too slow, or no descriptor is left */
            AGEN_SLEEP(self, 1);
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

int main(int argc, char **argv)
{
    static struct server servers[8];
    static agen_fd listener;
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int i, error;

    address.sin_port = htons((uint16_t)(argc > 1 ? atoi(argv[1]) : 0));
    if ((error = agen_posix_init(&host)) < 0
        || (error = agen_fd_listen(&host, &listener, (struct sockaddr *)&address, sizeof address, 64)) < 0) {
        fprintf(stderr, "echo: %s\n", strerror(-error));
        return 1;
    }
    for (i = 0; i < 8; i++) {
        AGEN_NEW(&servers[i], server, .listener = &listener);
        if (agen_spawn(&host.loop, &servers[i].task, &servers[i]) != AGEN_DONE)
            return 1;
    }
    return agen_posix_run(&host, NULL) != AGEN_DONE;
}
