/*
 * A TCP echo server under libuv: cc -std=gnu99 -I. -Iports/libuv ports/libuv/echo.c -luv -o echo && ./echo PORT
 * A line at the start says the port, which is any free one for 0. SIGTERM ends it, with all connections closed.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "agen_uv_op.h"

#include <stdio.h>
#include <stdlib.h>

static agen_uv host;

struct echo { /* one connection */
    AGEN_COROUTINE;
    uv_tcp_t peer;
    uv_buf_t answer;
    agen_uv_op reading, writing, closing;
    agen_timeout limit;
    char data[1024];
};

static struct {
    struct echo echo;
    agen_task task;
} connections[8];

AGEN(echo, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        do {
            AGEN_TIMEOUT(self, &self->limit, 10000) {
                AGEN_UV_READ(self, &self->reading, &self->peer, self->data, sizeof self->data);
                self->answer = uv_buf_init(self->data, (unsigned)self->reading.result);
                AGEN_UV(self, &self->writing, uv_write(&self->writing.request.write, (uv_stream_t *)&self->peer,
                                                       &self->answer, 1, agen_uv_on_write));
            } AGEN_END_TIMEOUT(self);
        } while (self->answer.len > 0);
    } AGEN_FINALLY(self) {
        AGEN_UV_CLOSE(self, &self->closing, &self->peer);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void on_error(agen_loop *loop, agen_task *task, int error)
{
    (void)loop;
    (void)task;
    if (error != AGEN_E_CANCELLED) /* not at the end of the server */
        fprintf(stderr, "echo: %s\n", error <= AGEN_E_LAST ? agen_strerror(error) : uv_strerror(error));
}

static void refused(uv_handle_t *handle)
{
    free(handle);
}

static void on_connection(uv_stream_t *listener, int status)
{
    uv_tcp_t *too_many;
    int i;

    for (i = 0; status == 0 && i < 8; i++) {
        struct echo *echo = &connections[i].echo;

        if (agen_task_status(&connections[i].task) == AGEN_PENDING)
            continue;
        AGEN_NEW(echo, echo);
        if (uv_tcp_init(host.uv, &echo->peer) == 0 && uv_accept(listener, (uv_stream_t *)&echo->peer) == 0)
            (void)agen_uv_spawn(&host, &connections[i].task, echo);
        return;
    }
    too_many = status == 0 ? (uv_tcp_t *)malloc(sizeof *too_many) : NULL;
    if (too_many && uv_tcp_init(host.uv, too_many) == 0 && uv_accept(listener, (uv_stream_t *)too_many) == 0)
        uv_close((uv_handle_t *)too_many, refused);
}

static uv_tcp_t listener;
static uv_signal_t terminated;

static void on_terminated(uv_signal_t *handle, int number)
{
    (void)number;
    uv_close((uv_handle_t *)handle, NULL);
    uv_close((uv_handle_t *)&listener, NULL);
    agen_uv_stop(&host, NULL);
}

int main(int argc, char **argv)
{
    struct sockaddr_in address;
    int length = sizeof address, error;

    if ((error = agen_uv_start(&host, uv_default_loop())) < 0
        || (error = uv_ip4_addr("127.0.0.1", argc > 1 ? atoi(argv[1]) : 0, &address)) < 0
        || (error = uv_tcp_init(host.uv, &listener)) < 0
        || (error = uv_tcp_bind(&listener, (const struct sockaddr *)&address, 0)) < 0
        || (error = uv_listen((uv_stream_t *)&listener, 64, on_connection)) < 0
        || (error = uv_tcp_getsockname(&listener, (struct sockaddr *)&address, &length)) < 0
        || (error = uv_signal_init(host.uv, &terminated)) < 0
        || (error = uv_signal_start(&terminated, on_terminated, SIGTERM)) < 0) {
        fprintf(stderr, "echo: %s\n", uv_strerror(error));
        return 1;
    }
    host.loop.error = on_error;
    printf("port %d\n", ntohs(address.sin_port));
    fflush(stdout);
    (void)uv_run(host.uv, UV_RUN_DEFAULT);
    return uv_loop_close(host.uv) != 0;
}
