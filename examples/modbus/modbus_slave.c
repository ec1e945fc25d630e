/* SPDX-License-Identifier: 0BSD */
#include "modbus.h"

#include <string.h>

/* The items of one request: where they are, and how they are written in a frame. */
struct items {
    enum modbus_table table;
    bool bits;
    unsigned first, count;
};

/* Does one thing with each item; its value is in `data`. Answers an exception, or 0. */
static uint8_t access_all(const struct modbus_slave *self, enum modbus_operation operation, const struct items *items,
                          uint8_t *data)
{
    uint8_t exception = 0;
    unsigned i;

    for (i = 0; i < items->count && exception == 0; i++) {
        const unsigned mask = 1u << i % 8;
        uint16_t value = 0;

        if (operation != MODBUS_READ)
            value = items->bits ? (uint16_t)((data[i / 8] & mask) != 0) : modbus_get(data + 2 * i);
        exception = self->access(self->context, operation, items->table, (uint16_t)(items->first + i), &value);
        if (operation == MODBUS_READ && items->bits)
            data[i / 8] = (uint8_t)(data[i / 8] | (value != 0 ? mask : 0));
        else if (operation == MODBUS_READ)
            modbus_put(data + 2 * i, value);
    }
    return exception;
}

static uint8_t write_all(const struct modbus_slave *self, const struct items *items, uint8_t *data)
{
    const uint8_t exception = access_all(self, MODBUS_CHECK, items, data);

    return exception != 0 ? exception : access_all(self, MODBUS_WRITE, items, data);
}

/*
 * Carries out the request of `length` bytes in .reply, and makes its reply there. Answers an exception, or 0. A request
 * and its reply begin with the same bytes: address, function; and for the writes also the first item, and the count
 * or the value.
 */
static uint8_t carry_out(struct modbus_slave *self, unsigned length)
{
    uint8_t *reply = self->reply, one[1];
    const unsigned function = reply[1], value = length >= 6 ? modbus_get(reply + 4) : 0;
    const bool writes = function > MODBUS_READ_INPUT_REGISTERS;
    const bool several = function == MODBUS_WRITE_COILS || function == MODBUS_WRITE_REGISTERS;
    struct items items;
    unsigned size, most;

    items.bits = function == MODBUS_READ_COILS || function == MODBUS_READ_DISCRETE_INPUTS
              || function == MODBUS_WRITE_COIL || function == MODBUS_WRITE_COILS;
    switch (function) {
    case MODBUS_READ_DISCRETE_INPUTS: items.table = MODBUS_DISCRETE_INPUTS; break;
    case MODBUS_READ_INPUT_REGISTERS: items.table = MODBUS_INPUT_REGISTERS; break;
    case MODBUS_READ_COILS:
    case MODBUS_WRITE_COIL:
    case MODBUS_WRITE_COILS: items.table = MODBUS_COILS; break;
    case MODBUS_READ_HOLDING_REGISTERS:
    case MODBUS_WRITE_REGISTER:
    case MODBUS_WRITE_REGISTERS: items.table = MODBUS_HOLDING_REGISTERS; break;
    default: return MODBUS_ILLEGAL_FUNCTION;
    }
    if (length < (several ? 7u : 6u))
        return MODBUS_ILLEGAL_VALUE;
    items.first = modbus_get(reply + 2);
    items.count = writes && !several ? 1 : value;
    most = writes ? (items.bits ? 1968 : 123) : items.bits ? 2000 : 125;
    size = items.bits ? (items.count + 7) / 8 : 2 * items.count;
    if (items.count == 0 || items.count > most || length != (several ? 7 + size : 6)
        || (several && reply[6] != size) || (function == MODBUS_WRITE_COIL && value != 0 && value != 0xFF00))
        return MODBUS_ILLEGAL_VALUE;
    if (items.first + items.count > 0x10000)
        return MODBUS_ILLEGAL_ADDRESS;

    self->length = 6;
    if (several)
        return write_all(self, &items, reply + 7);
    one[0] = value != 0;
    if (writes)
        return write_all(self, &items, items.bits ? one : reply + 4);
    self->length = 3 + size;
    reply[2] = (uint8_t)size;
    memset(reply + 3, 0, size);
    return access_all(self, MODBUS_READ, &items, reply + 3);
}

AGEN_EXTERN(modbus_slave, self)
{
    struct modbus_line *line = self->line;
    uint8_t exception;

    AGEN_BEGIN(self);
    for (;;) {
        AGEN_NEW(&self->receive, modbus_receive, .line = self->line);
        AGEN_AWAIT(self, &self->receive);
        if (line->length == 0 || (line->frame[0] != self->address && line->frame[0] != 0))
            continue;
        memcpy(self->reply, line->frame, line->length);
        if (self->reply[0] == 0 && self->reply[1] <= MODBUS_READ_INPUT_REGISTERS)
            continue;
        exception = carry_out(self, line->length);
        if (exception != 0) {
            self->reply[1] |= 0x80;
            self->reply[2] = exception;
            self->length = 3;
        }
        if (self->reply[0] == 0) /* nobody answers a broadcast */
            continue;
        self->length = modbus_seal(self->reply, self->length);
        AGEN_WRITE(self, line->out, self->reply, self->length, &self->count,
                   line->start != NULL ? line->start() : (void)0);
    }
    AGEN_END(self);
}
