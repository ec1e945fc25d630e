/*
 * A Modbus RTU slave on a serial line of a POSIX host.
 *
 *   cc -std=c99 -O2 -I. -Iports/posix examples/modbus/slave.c examples/modbus/modbus_line.c \
 *      examples/modbus/modbus_slave.c -o slave && ./slave /dev/ttyUSB0 17
 *   mbpoll -m rtu -a 17 -t 4 -c 5 /dev/ttyUSB1
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

enum { ITEMS = 200, LIMIT_ADDRESS = 50, LIMIT = 1000 };

static struct {
    uint16_t values[4][ITEMS]; /* of each table */
} device;

/* Addresses from ITEMS on do not exist, and holding register 50 takes no more than 1000. */
static uint8_t access_device(void *context, enum modbus_operation operation, enum modbus_table table, uint16_t address,
                             uint16_t *value)
{
    (void)context;
    if (address >= ITEMS)
        return MODBUS_ILLEGAL_ADDRESS;
    if (operation == MODBUS_CHECK)
        return table == MODBUS_HOLDING_REGISTERS && address == LIMIT_ADDRESS && *value > LIMIT
                   ? MODBUS_ILLEGAL_VALUE : 0;
    if (operation == MODBUS_WRITE)
        device.values[table][address] = *value;
    else
        *value = device.values[table][address];
    return 0;
}

static agen_posix host;
static agen_serial serial;
static agen_event stop;

/* Ends when it is told to, or when the line has gone. */
struct program {
    AGEN_COROUTINE;
    struct modbus_line line;
    struct modbus_slave slave;
    agen_task task;
    agen_alternative on_stop, on_end;
};

AGEN(program, self)
{
    AGEN_BEGIN(self);
    if (agen_spawn(agen_current_loop(self), &self->task, &self->slave) < 0)
        AGEN_RAISE(self, AGEN_E_RUNNING);
    AGEN_SELECT(self)
        AGEN_ON_EVENT(self, &self->on_stop, &stop) {
        }
        AGEN_ON_END(self, &self->on_end, &self->task) {
        }
    AGEN_END_SELECT(self);
    printf("%lu frames, %lu dropped\n", self->line.frames, self->line.dropped);
    AGEN_END(self);
}

int main(int argc, char **argv)
{
    static struct program program = { AGEN_INIT(program), .slave = { AGEN_INIT(modbus_slave) } };
    static agen_task task;
    const long address = argc == 3 ? strtol(argv[2], NULL, 10) : 0;
    unsigned i;
    int error;

    if (address < 1 || address > 247) {
        fprintf(stderr, "usage: slave DEVICE ADDRESS    (1 to 247)\n");
        return 2;
    }
    for (i = 0; i < ITEMS; i++) { /* what can only be read is not all 0 */
        device.values[MODBUS_DISCRETE_INPUTS][i] = (uint16_t)(i % 3 == 0);
        device.values[MODBUS_INPUT_REGISTERS][i] = (uint16_t)(1000 + i);
    }
    error = agen_posix_init(&host);
    if (error == 0)
        error = agen_posix_signal(&host, SIGTERM, &stop);
    if (error == 0)
        error = agen_serial_open(&host, &serial, argv[1], B19200, 'E');
    if (error < 0) {
        fprintf(stderr, "slave: %s: %s\n", argv[1], strerror(-error));
        return 1;
    }
    modbus_line_init(&program.line, (agen_pipe *)&serial.in, (agen_pipe *)&serial.out, 20);
    program.slave.line = &program.line;
    program.slave.address = (uint8_t)address;
    program.slave.access = access_device;
    if (agen_spawn(&host.loop, &task, &program) == 0)
        error = agen_posix_run(&host, &task);
    (void)agen_loop_shutdown(&host.loop);
    agen_serial_close(&serial);
    agen_posix_end(&host);
    return error != 0;
}
