/*
 * A console for a modem on a serial line of a POSIX host. Each line of the standard input is a command; `AT.. > TEXT`
 * sends the text when the modem asks for it. Lines of answers begin with `<`, results with `=`, what the modem says
 * unasked with `!`.
 *
 *   cc -std=c99 -O2 -I. -Iports/posix examples/modem/console.c examples/modem/modem.c -o console \
 *      && ./console /dev/ttyUSB0 2000
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "agen_serial.h"
#include "modem.h"

#include <stdio.h>
#include <stdlib.h>

enum { SETTLE = 500, TYPED = 512 };

static agen_posix host;
static agen_serial serial;
static struct modem modem;
static agen_fd typed_fd;
static AGEN_PIPE(TYPED) typed;

/* Carries the standard input into a pipe, of which lines can be read. */
struct input {
    AGEN_COROUTINE;
    size_t count, written;
    char bytes[64];
};

AGEN(input, self)
{
    AGEN_BEGIN(self);
    do {
        AGEN_FD_READ(self, &typed_fd, self->bytes, sizeof self->bytes, &self->count);
        AGEN_WRITE(self, &typed, self->bytes, self->count, &self->written);
    } while (self->count != 0);
    agen_pipe_close(&typed);
    AGEN_END(self);
}

/* What the modem says unasked. */
struct unasked {
    AGEN_COROUTINE;
};

AGEN(unasked, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &modem.unasked) {
        printf("! %s\n", modem.unasked.value.text);
        fflush(stdout);
    }
    AGEN_END(self);
}

struct console {
    AGEN_COROUTINE;
    struct modem_command command;
    agen_ticks patience;
    size_t count;
    char line[TYPED + 1], prefix[32];
};

/* The lines of the answer to AT+NAME.. begin with +NAME:, those to others may be any. */
static void make_command(struct console *self)
{
    char *data = strstr(self->line, " > ");
    size_t n = strspn(self->line + 2, "+ABCDEFGHIJKLMNOPQRSTUVWXYZ");

    self->prefix[0] = '\0';
    if (strncmp(self->line, "AT+", 3) == 0 && n + 2 < sizeof self->prefix) {
        memcpy(self->prefix, self->line + 2, n);
        memcpy(self->prefix + n, ":", 2);
    }
    if (data != NULL) {
        *data = '\0';
        data += 3;
    }
    AGEN_NEW(&self->command, modem_command, .modem = &modem, .text = self->line, .prefix = self->prefix, .data = data,
             .patience = self->patience);
}

AGEN(console, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_WAIT_BYTES(self, &typed, 1);
        if (agen_status(self) == AGEN_DONE)
            AGEN_RETURN(self);
        AGEN_READ_UNTIL(self, &typed, '\n', self->line, TYPED, &self->count);
        self->line[self->count - 1] = '\0';
        if (self->count < 3)
            continue;
        AGEN_TRY(self) {
            make_command(self);
            AGEN_FOR(self, &self->command) {
                printf("< %s\n", self->command.value);
                fflush(stdout);
            }
            printf("= OK\n");
        } AGEN_EXCEPT(self) {
            printf("= %s%s%s\n", modem_strerror(agen_error(self)),
                   self->command.line.kind == MODEM_FINAL ? ": " : "",
                   self->command.line.kind == MODEM_FINAL ? self->command.line.text : "");
        } AGEN_END_TRY(self);
        fflush(stdout);
    }
    AGEN_END(self);
}

int main(int argc, char **argv)
{
    static struct input input = { AGEN_INIT(input), .count = 0 };
    static struct unasked unasked = { AGEN_INIT(unasked) };
    static struct console console = { AGEN_INIT(console), .count = 0 };
    static agen_task tasks[4];
    int error;

    if (argc != 3) {
        fprintf(stderr, "usage: console DEVICE PATIENCE_MS\n");
        return 2;
    }
    error = agen_posix_init(&host);
    if (error == 0)
        error = agen_serial_open(&host, &serial, argv[1], B115200, 'N');
    if (error < 0) {
        fprintf(stderr, "console: %s: %s\n", argv[1], strerror(-error));
        return 1;
    }
    error = agen_fd_open(&host, &typed_fd, 0);
    if (error < 0) {
        fprintf(stderr, "console: the standard input: %s\n", strerror(-error));
        return 1;
    }
    agen_pipe_init(&typed);
    modem_init(&modem, (agen_pipe *)&serial.in, (agen_pipe *)&serial.out, agen_posix_now, SETTLE);
    console.patience = (agen_ticks)strtoul(argv[2], NULL, 10);
    if (agen_spawn(&host.loop, &tasks[0], &modem.reader) < 0 || agen_spawn(&host.loop, &tasks[1], &input) < 0
        || agen_spawn(&host.loop, &tasks[2], &unasked) < 0 || agen_spawn(&host.loop, &tasks[3], &console) < 0)
        return 1;
    error = agen_posix_run(&host, &tasks[3]);
    printf("%lu lost, %lu damaged\n", modem.lost, modem.damaged);
    (void)agen_loop_shutdown(&host.loop);
    agen_serial_close(&serial);
    agen_posix_end(&host);
    return error != 0;
}
