/*
 * Modbus RTU: a slave and a master, each a coroutine over two byte pipes. What fills and drains the pipes is a UART
 * interrupt on a board, and ports/posix/agen_serial.h on a POSIX host. No heap; any number of lines.
 *
 * slave.c and master.c are programs of a host, board.c is a firmware.
 * Copy modbus.h and modbus_line.c, and modbus_slave.c, modbus_master.c or both.
 *
 * Silence ends a frame. A frame with a wrong CRC, with silence inside, with noise run into it, or of an impossible
 * length is dropped, and the next one is received as if nothing had been. Frames that run together, because a busy
 * processor or a PC did not see the silence between them, are cut apart by their lengths and CRCs.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef MODBUS_H
#define MODBUS_H

#include "agen.h"

enum {
    MODBUS_READ_COILS = 1,
    MODBUS_READ_DISCRETE_INPUTS = 2,
    MODBUS_READ_HOLDING_REGISTERS = 3,
    MODBUS_READ_INPUT_REGISTERS = 4,
    MODBUS_WRITE_COIL = 5,
    MODBUS_WRITE_REGISTER = 6,
    MODBUS_WRITE_COILS = 15,
    MODBUS_WRITE_REGISTERS = 16,

    MODBUS_ILLEGAL_FUNCTION = 1, /* exceptions: what a slave answers */
    MODBUS_ILLEGAL_ADDRESS = 2,
    MODBUS_ILLEGAL_VALUE = 3,
    MODBUS_DEVICE_FAILURE = 4,

    MODBUS_LONGEST = 256 /* bytes of a frame, address and CRC included */
};

/* Errors that a request raises, beside AGEN_E_TIMEOUT (nothing came) and AGEN_E_CLOSED (the line has gone). */
enum {
    MODBUS_E_REQUEST = -1000,  /* there is no such request: nothing was sent */
    MODBUS_E_DAMAGED = -1001,  /* something came, but no whole frame */
    MODBUS_E_REPLY = -1002,    /* a whole frame came, but it does not answer this request */
    MODBUS_E_BABBLE = -1003,   /* the line is never silent: nothing was sent */
    MODBUS_E_EXCEPTION = -1100 /* MODBUS_E_EXCEPTION - n: the slave answered with the exception n, 1 to 127 */
};

/* The meaning of such an error, or of one of agen.h. Never NULL. */
const char *modbus_strerror(int error);

/* ---- The line ---- */

struct modbus_line {
    agen_pipe *in, *out;
    agen_ticks gap;           /* this much silence ends a frame */
    void (*start)(void);      /* NULL, or what starts the transmit interrupt after bytes have been put into `out` */
    unsigned long frames, dropped; /* good frames, and all else that silence ended */

    const uint8_t *frame;     /* the last one that was received, address first, without its CRC */
    unsigned length;          /* 0: it was dropped */
    agen_lock turn;           /* one request of a master at a time */
    bool owed;                /* a reply that the master no longer waits for may still come */
    unsigned at, end;         /* what has come, and is not cut into frames yet */
    uint8_t bytes[MODBUS_LONGEST];
};

/*
 * `gap` is 3.5 characters in ticks of your clock, rounded up: 4 ms at 9600 baud, 2 ms from 19,200 on. On a PC take at
 * least 20 ms: its drivers and USB adapters hand bytes over late and in portions. The pipes hold what comes while the
 * task is kept from running. An adapter must not echo what it sends.
 */
void modbus_line_init(struct modbus_line *line, agen_pipe *in, agen_pipe *out, agen_ticks gap);

/*
 * Waits until silence has ended something, which line->frame and line->length are then. Raises AGEN_E_CLOSED when `in`
 * is closed and drained.
 */
struct modbus_receive {
    AGEN_COROUTINE;
    struct modbus_line *line;
    unsigned count;
    bool too_long;
    size_t got;
    agen_alternative on_bytes;
};
AGEN_DECLARE(modbus_receive);

/* CRC-16/MODBUS. Of a whole frame with its CRC it is 0. */
uint16_t modbus_crc(const uint8_t *bytes, unsigned length);

/* Puts the CRC after a frame, and answers the length with it. */
unsigned modbus_seal(uint8_t *bytes, unsigned length);

static inline uint16_t modbus_get(const uint8_t *bytes)
{
    return (uint16_t)((unsigned)bytes[0] << 8 | bytes[1]);
}
static inline void modbus_put(uint8_t *bytes, unsigned value)
{
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

/* ---- The slave ---- */

enum modbus_table { MODBUS_COILS, MODBUS_DISCRETE_INPUTS, MODBUS_HOLDING_REGISTERS, MODBUS_INPUT_REGISTERS };
enum modbus_operation {
    MODBUS_READ,  /* set *value; that of a coil or a discrete input is 0 or not 0 */
    MODBUS_CHECK, /* could *value be written? Change nothing */
    MODBUS_WRITE  /* write *value; that of a coil is 0 or 1 */
};

/*
 * Yours: one item of one table. Answers 0 or an exception. Before anything is written, the items of a request are all
 * checked, so that a request is carried out as a whole or not at all. `address` counts from 0.
 */
typedef uint8_t modbus_access(void *context, enum modbus_operation operation, enum modbus_table table,
                              uint16_t address, uint16_t *value);

/*
 * A task that answers the requests to `address`, 1 to 247, and carries out broadcasts. Ends with AGEN_E_CLOSED when
 * the line has gone.
 *
 *   AGEN_NEW(&slave, modbus_slave, .line = &line, .address = 17, .access = my_access);
 */
struct modbus_slave {
    AGEN_COROUTINE;
    struct modbus_line *line;
    uint8_t address;
    modbus_access *access;
    void *context; /* for access() */

    struct modbus_receive receive;
    unsigned length;
    size_t count;
    uint8_t reply[MODBUS_LONGEST];
};
AGEN_DECLARE(modbus_slave);

/* ---- The master ---- */

/*
 * One request, to be awaited; raises an error as listed above.
 *
 *   AGEN_NEW(&self->request, modbus_request, .line = &line, .slave = 17, .function = MODBUS_READ_HOLDING_REGISTERS,
 *            .first = 107, .count = 3, .values = self->values, .patience = 500, .attempts = 3);
 *   AGEN_AWAIT(self, &self->request);
 *
 * `values` are read or written: one for each register, coil or discrete input, that of a coil 0 or 1. They are changed
 * by a whole reply only. An exception is an answer; after any other error of the line the request is sent again, until
 * that has been done `attempts` times. `patience` is for one attempt, from the first byte that is sent to the silence
 * after the reply. It should be longer than the slowest reply takes. Nothing in a reply says which registers it is
 * about: so after an attempt without a reply, the next request is sent after a silence of `patience`, and what comes
 * meanwhile is thrown away.
 *
 * A write to slave 0 is for all slaves, and none answers. It ends after `patience`, for them to carry it out.
 */
struct modbus_request {
    AGEN_COROUTINE;
    struct modbus_line *line;
    uint8_t slave, function;
    uint16_t first, count;
    uint16_t *values;
    agen_ticks patience;
    uint8_t attempts; /* 0 is as 1 */

    uint8_t sent;
    bool answered;
    int error;
    unsigned length, thrown_away;
    size_t written;
    agen_timeout limit;
    agen_alternative on_bytes;
    struct modbus_receive receive;
    uint8_t bytes[MODBUS_LONGEST];
};
AGEN_DECLARE(modbus_request);

#endif
