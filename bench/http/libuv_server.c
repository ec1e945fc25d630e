/* SPDX-License-Identifier: 0BSD */
/*
 * The files of a folder over HTTP/1.1 with libuv, as far as bench/http/load asks: no limits, no ranges, no time-outs.
 * usage: libuv_server FOLDER    prints its port
 */
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <uv.h>

enum { HEAD = 4096 };

struct connection {
    uv_tcp_t tcp;
    size_t have;
    char in[HEAD + 1];
};

struct answer {
    uv_write_t write;
    char *bytes;
};

static const char *folder;

static void closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void written(uv_write_t *write, int status)
{
    struct answer *a = (struct answer *)write;

    (void)status;
    free(a->bytes);
    free(a);
}

static void answer(struct connection *c, const char *path)
{
    struct answer *a = malloc(sizeof *a);
    char name[HEAD];
    struct stat about;
    uv_buf_t out;
    int file, n;

    snprintf(name, sizeof name, "%s%s", folder, path);
    file = open(name, O_RDONLY);
    if (file < 0 || fstat(file, &about) < 0)
        about.st_size = 0;
    a->bytes = malloc(200 + (size_t)about.st_size);
    n = sprintf(a->bytes, "HTTP/1.1 %s\r\nContent-Type: application/octet-stream\r\nContent-Length: %lld\r\n"
                "Accept-Ranges: bytes\r\n\r\n", file < 0 ? "404 Not Found" : "200 OK", (long long)about.st_size);
    if (file >= 0) {
        if (read(file, a->bytes + n, (size_t)about.st_size) != about.st_size)
            abort();
        close(file);
    }
    out = uv_buf_init(a->bytes, (unsigned)(n + about.st_size));
    uv_write(&a->write, (uv_stream_t *)&c->tcp, &out, 1, written);
}

static void room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
    struct connection *c = handle->data;

    (void)wanted;
    *buffer = uv_buf_init(c->in + c->have, (unsigned)(HEAD - c->have));
}

static void came(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
    struct connection *c = stream->data;
    char *end, *path, *rest;

    (void)buffer;
    if (n < 0) {
        uv_close((uv_handle_t *)stream, closed);
        return;
    }
    c->have += (size_t)n;
    c->in[c->have] = '\0';
    while ((end = strstr(c->in, "\r\n\r\n")) != NULL) {
        *end = '\0';
        path = strchr(c->in, ' ') + 1;
        *strchr(path, ' ') = '\0';
        answer(c, path);
        rest = end + 4;
        c->have -= (size_t)(rest - c->in);
        memmove(c->in, rest, c->have + 1);
    }
}

static void connected(uv_stream_t *listener, int status)
{
    struct connection *c = malloc(sizeof *c);

    (void)status;
    c->have = 0;
    uv_tcp_init(listener->loop, &c->tcp);
    c->tcp.data = c;
    if (uv_accept(listener, (uv_stream_t *)&c->tcp) == 0) {
        uv_tcp_nodelay(&c->tcp, 1);
        uv_read_start((uv_stream_t *)&c->tcp, room, came);
    } else {
        uv_close((uv_handle_t *)&c->tcp, closed);
    }
}

int main(int argc, char **argv)
{
    struct sockaddr_in at;
    int length = sizeof at;
    uv_tcp_t listener;

    folder = argv[argc - 1];
    uv_ip4_addr("127.0.0.1", 0, &at);
    uv_tcp_init(uv_default_loop(), &listener);
    uv_tcp_bind(&listener, (struct sockaddr *)&at, 0);
    if (uv_listen((uv_stream_t *)&listener, 4096, connected) != 0)
        return 1;
    uv_tcp_getsockname(&listener, (struct sockaddr *)&at, &length);
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
