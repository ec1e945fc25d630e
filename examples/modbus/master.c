/*
 * A Modbus RTU master on a serial line of a POSIX host. It makes requests, one after the other, and says how each
 * ended.
 *
 *   cc -std=c99 -O2 -I. -Iports/posix examples/modbus/master.c examples/modbus/modbus_line.c \
 *      examples/modbus/modbus_master.c -o master && ./master /dev/ttyUSB0 500 3 17:3:107:3 17:16:1=10,258
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "agen_serial.h"
#include "modbus.h"

#include <stdio.h>
#include <stdlib.h>

enum { MOST = 2000 };

static agen_posix host;
static agen_serial serial;

struct program {
    AGEN_COROUTINE;
    struct modbus_line line;
    struct modbus_request request;
    agen_ticks patience;
    uint8_t attempts;
    char **texts; /* of the requests; the last one is NULL */
    bool failed;
    uint16_t values[MOST];
};

/* SLAVE:FUNCTION:FIRST:COUNT reads, SLAVE:FUNCTION:FIRST=VALUE,VALUE,.. writes. */
static void parse(struct program *self, const char *text)
{
    unsigned slave = 0, function = 0, first = 0, count = 0;
    int end = 0;

    if (sscanf(text, "%u:%u:%u%n", &slave, &function, &first, &end) == 3 && text[end] == ':') {
        count = (unsigned)strtoul(text + end + 1, NULL, 10);
    } else if (end != 0 && text[end] == '=') {
        char *at = (char *)(uintptr_t)text + end;

        while (*at != '\0' && count < MOST)
            self->values[count++] = (uint16_t)strtoul(at + 1, &at, 10);
    }
    AGEN_NEW(&self->request, modbus_request, .line = &self->line, .slave = (uint8_t)slave,
             .function = (uint8_t)function, .first = (uint16_t)first, .count = (uint16_t)count,
             .values = self->values, .patience = self->patience, .attempts = self->attempts);
}

AGEN(program, self)
{
    unsigned i;

    AGEN_BEGIN(self);
    for (; *self->texts != NULL; self->texts++) {
        AGEN_TRY(self) {
            parse(self, *self->texts);
            AGEN_AWAIT(self, &self->request);
            printf("%s ->", *self->texts);
            for (i = 0; i < self->request.count && self->request.function <= MODBUS_READ_INPUT_REGISTERS; i++)
                printf(" %u", self->values[i]);
            printf(" done\n");
        } AGEN_EXCEPT(self) {
            printf("%s -> %s\n", *self->texts, modbus_strerror(agen_error(self)));
            self->failed = true;
        } AGEN_END_TRY(self);
        fflush(stdout);
    }
    AGEN_END(self);
}

int main(int argc, char **argv)
{
    static struct program program = { AGEN_INIT(program), .failed = false };
    static agen_task task;
    int error;

    if (argc < 5) {
        fprintf(stderr, "usage: master DEVICE PATIENCE_MS ATTEMPTS SLAVE:FUNCTION:FIRST:COUNT or =VALUE,.. ..\n");
        return 2;
    }
    error = agen_posix_init(&host);
    if (error == 0)
        error = agen_serial_open(&host, &serial, argv[1], B19200, 'E');
    if (error < 0) {
        fprintf(stderr, "master: %s: %s\n", argv[1], strerror(-error));
        return 1;
    }
    modbus_line_init(&program.line, (agen_pipe *)&serial.in, (agen_pipe *)&serial.out, 20);
    program.patience = (agen_ticks)strtoul(argv[2], NULL, 10);
    program.attempts = (uint8_t)strtoul(argv[3], NULL, 10);
    program.texts = argv + 4;
    if (agen_spawn(&host.loop, &task, &program) == 0)
        error = agen_posix_run(&host, &task);
    (void)agen_loop_shutdown(&host.loop);
    agen_serial_close(&serial);
    agen_posix_end(&host);
    return error != 0 || program.failed;
}
