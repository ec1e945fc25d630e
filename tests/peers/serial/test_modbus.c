/*
 * examples/modbus in virtual time: a character takes a tick, and four ticks of silence end a frame.
 * SPDX-License-Identifier: 0BSD
 */
#include <stdint.h>

static uint32_t clock_ticks;
#define AGEN_IDLE(loop, ticks) (clock_ticks += (uint32_t)(ticks))
#include "modbus.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GAP = 4, ITEMS = 100 };

static agen_loop loop;
static AGEN_PIPE(1024) to_slave;
static AGEN_PIPE(1024) to_master;
static struct modbus_line slave_line, master_line;
static struct modbus_slave slave;
static struct modbus_request request;
static agen_task slave_task, request_task;
static uint16_t items[4][ITEMS];
static unsigned long passed, failed, starts;

static agen_ticks now(void)
{
    return clock_ticks;
}

static void start(void)
{
    starts++;
}

static void check(bool condition, const char *what, unsigned i, unsigned j)
{
    if (condition) {
        passed++;
    } else if (failed++ < 20) {
        printf("FAIL %s (%u, %u)\n", what, i, j);
    }
}

static uint8_t access_items(void *context, enum modbus_operation operation, enum modbus_table table, uint16_t address,
                            uint16_t *value)
{
    (void)context;
    if (address >= ITEMS)
        return MODBUS_ILLEGAL_ADDRESS;
    if (operation == MODBUS_READ)
        *value = items[table][address];
    if (operation == MODBUS_WRITE)
        items[table][address] = *value;
    return operation == MODBUS_CHECK && *value == 9999 ? MODBUS_ILLEGAL_VALUE : 0;
}

/* Time passes, and the loop runs. */
static void pass(unsigned ticks)
{
    for (; ticks != 0; ticks--) {
        (void)agen_loop_poll(&loop);
        clock_ticks++;
    }
    while (agen_loop_poll(&loop) && agen_loop_idle_ticks(&loop) == 0)
        ;
}

static void restart(void)
{
    (void)agen_loop_shutdown(&loop);
    agen_loop_init(&loop, now);
    agen_pipe_init(&to_slave);
    agen_pipe_init(&to_master);
    modbus_line_init(&slave_line, (agen_pipe *)&to_slave, (agen_pipe *)&to_master, GAP);
    modbus_line_init(&master_line, (agen_pipe *)&to_master, (agen_pipe *)&to_slave, GAP);
    slave_line.start = start;
    memset(items, 0, sizeof items);
    AGEN_NEW(&slave, modbus_slave, .line = &slave_line, .address = 17, .access = access_items);
    if (agen_spawn(&loop, &slave_task, &slave) < 0)
        abort();
    pass(1);
}

static void send(const uint8_t *bytes, unsigned length)
{
    if (agen_pipe_write(&to_slave, bytes, length) != length)
        abort();
}

/* Is this what the slave answers, within a long time? With a length of 0: nothing. */
static bool answers(const uint8_t *reply, unsigned length)
{
    uint8_t got[600];

    pass(3 * GAP);
    return agen_pipe_read(&to_master, got, sizeof got) == length && memcmp(got, reply, length) == 0;
}

struct exchange {
    unsigned length, reply_length;
    uint8_t bytes[MODBUS_LONGEST], reply[MODBUS_LONGEST];
};

/* Two of each frame but the CRC, without the first byte. */
static const struct {
    unsigned length;
    const char *request;
    unsigned reply_length;
    const char *reply;
} table[] = {
    { 5, "\1\0\0\0\12", 4, "\1\2\0\0" },
    { 5, "\2\0\0\0\1", 3, "\2\1\0" },
    { 5, "\3\0\0\0\2", 6, "\3\4\0\0\0\0" },
    { 5, "\4\0\1\0\1", 4, "\4\2\0\0" },
    { 5, "\5\0\12\0\0", 5, "\5\0\12\0\0" },
    { 5, "\6\0\5\0\0", 5, "\6\0\5\0\0" },
    { 8, "\17\0\0\0\12\2\0\0", 5, "\17\0\0\0\12" },
    { 10, "\20\0\1\0\2\4\0\0\0\0", 5, "\20\0\1\0\2" },
    { 5, "\3\0\x63\0\2", 2, "\x83\2" },
    { 5, "\5\0\0\0\1", 2, "\x85\3" },
    { 5, "\6\0\0\x27\x0f", 2, "\x86\3" },
    { 1, "\7", 2, "\x87\1" },
};
enum { EXCHANGES = sizeof table / sizeof *table };
static struct exchange exchanges[EXCHANGES];

static void make_exchanges(void)
{
    unsigned i;

    for (i = 0; i < EXCHANGES; i++) {
        struct exchange *x = &exchanges[i];

        x->bytes[0] = x->reply[0] = 17;
        memcpy(x->bytes + 1, table[i].request, table[i].length);
        memcpy(x->reply + 1, table[i].reply, table[i].reply_length);
        x->length = modbus_seal(x->bytes, 1 + table[i].length);
        x->reply_length = modbus_seal(x->reply, 1 + table[i].reply_length);
    }
}

static void test_slave(void)
{
    unsigned i, j, cut, silence;

    check(modbus_crc((const uint8_t *)"123456789", 9) == 0x4B37, "the CRC that all publish", 0, 0);
    restart();
    for (i = 0; i < EXCHANGES; i++) {
        const struct exchange *x = &exchanges[i];

        for (cut = 0; cut < x->length; cut++) {
            for (silence = 1; silence <= GAP + 1; silence++) {
                send(x->bytes, cut);
                pass(silence);
                send(x->bytes + cut, x->length - cut);
                check(answers(x->reply, cut == 0 || silence < GAP ? x->reply_length : 0), "a cut", i, cut);
                send(x->bytes, x->length);
                check(answers(x->reply, x->reply_length), "after a cut", i, cut);
            }
        }
        for (j = 0; j < 8 * x->length; j++) {
            struct exchange damaged = *x;

            damaged.bytes[j / 8] = (uint8_t)(damaged.bytes[j / 8] ^ 1u << j % 8);
            send(damaged.bytes, x->length);
            check(answers(x->reply, 0), "another bit", i, j);
        }
        send((const uint8_t *)"\xff", 1);
        send(x->bytes, x->length);
        check(answers(x->reply, 0), "noise run into a frame", i, 0);
        send((const uint8_t *)"\xff", 1);
        pass(GAP + 1);
        send(x->bytes, x->length);
        check(answers(x->reply, x->reply_length), "noise before a frame", i, 0);
        for (j = 0; j + 1 < EXCHANGES; j++) { /* the length of the last one, an unknown function, cannot be known */
            uint8_t both[2 * MODBUS_LONGEST];

            if (i == EXCHANGES - 1)
                break;
            memcpy(both, x->reply, x->reply_length);
            memcpy(both + x->reply_length, exchanges[j].reply, exchanges[j].reply_length);
            send(x->bytes, x->length);
            send(exchanges[j].bytes, exchanges[j].length);
            check(answers(both, x->reply_length + exchanges[j].reply_length), "two run together", i, j);
        }
    }
    for (i = MODBUS_LONGEST - 10; i < MODBUS_LONGEST + 300; i++) { /* of good frames, until there are too many bytes */
        for (j = 0; j < i; j++)
            send(exchanges[0].bytes + j % 8, 1);
        pass(3 * GAP);
        check((agen_pipe_count(&to_master) != 0) == (i <= MODBUS_LONGEST), "too long", i, 0);
        (void)agen_pipe_consume(&to_master, 1024);
    }
    check(starts != 0, "the transmit interrupt is started", 0, 0);
}

static void test_random(void)
{
    unsigned i, j;

    srand(1);
    for (i = 0; i < 20000; i++) {
        uint8_t bytes[MODBUS_LONGEST];
        unsigned length = 2 + (unsigned)rand() % (rand() % 8 ? 12 : MODBUS_LONGEST - 3);

        for (j = 0; j < length; j++)
            bytes[j] = (uint8_t)(rand() % 3 ? rand() % 20 : rand());
        bytes[0] = rand() % 4 ? 17 : 0;
        length = modbus_seal(bytes, length); /* a good frame, with anything in it */
        if (rand() % 3 == 0)
            length = (unsigned)rand() % length;
        send(bytes, length);
        pass(GAP + 1);
        j = (unsigned)agen_pipe_read(&to_master, bytes, sizeof bytes);
        check(j == 0 || (modbus_crc(bytes, j) == 0 && bytes[0] == 17), "a random request", i, j);
    }
    send(exchanges[3].bytes, exchanges[3].length);
    check(answers(exchanges[3].reply, exchanges[3].reply_length), "after random requests", 0, 0);
}

static uint16_t values[8];

static int ask(uint8_t function, uint16_t first, uint16_t count, uint8_t attempts)
{
    AGEN_NEW(&request, modbus_request, .line = &master_line, .slave = 17, .function = function, .first = first,
             .count = count, .values = values, .patience = 50, .attempts = attempts);
    if (agen_spawn(&loop, &request_task, &request) < 0)
        abort();
    return agen_loop_run_until(&loop, &request_task);
}

static void test_master(void)
{
    uint32_t began;
    uint8_t *late = exchanges[2].reply;

    restart();
    values[0] = 5, values[1] = 6;
    check(ask(MODBUS_WRITE_REGISTERS, 3, 2, 1) == 0 && items[MODBUS_HOLDING_REGISTERS][4] == 6, "writes", 0, 0);
    values[0] = values[1] = 0;
    check(ask(MODBUS_READ_HOLDING_REGISTERS, 3, 2, 1) == 0 && values[0] == 5 && values[1] == 6, "reads", 0, 0);
    check(ask(MODBUS_READ_HOLDING_REGISTERS, 99, 2, 3) == MODBUS_E_EXCEPTION - 2 && request.sent == 1,
          "an exception is an answer", 0, 0);

    /* The slave sleeps. Its reply to what was given up comes while the next request is about to be sent. */
    (void)agen_cancel(&slave_task);
    began = clock_ticks;
    check(ask(MODBUS_READ_HOLDING_REGISTERS, 3, 2, 3) == AGEN_E_TIMEOUT && request.sent == 3, "gives up", 0, 0);
    check(clock_ticks - began >= 150, "after three times its patience", 0, 0);
    check(master_line.owed, "a reply may still come", 0, 0);
    (void)agen_pipe_consume(&to_slave, 1024);
    agen_init(&slave, modbus_slave);
    if (agen_spawn(&loop, &slave_task, &slave) < 0)
        abort();
    AGEN_NEW(&request, modbus_request, .line = &master_line, .slave = 17,
             .function = MODBUS_READ_HOLDING_REGISTERS, .first = 3, .count = 2, .values = values, .patience = 50);
    if (agen_spawn(&loop, &request_task, &request) < 0)
        abort();
    pass(GAP + 2); /* it would have been sent by now */
    (void)agen_pipe_write(&to_master, late, exchanges[2].reply_length);
    values[0] = 1;
    check(agen_loop_run_until(&loop, &request_task) == 0 && values[0] == 5, "the late reply is not taken", 0, 0);
    check(!master_line.owed, "nothing is owed", 0, 0);

    check(ask(MODBUS_READ_HOLDING_REGISTERS, 0, 0, 1) == MODBUS_E_REQUEST, "no such request", 0, 0);
    agen_pipe_close(&to_master);
    check(ask(MODBUS_READ_HOLDING_REGISTERS, 0, 1, 3) == AGEN_E_CLOSED, "the line has gone", 0, 0);
    agen_pipe_close(&to_slave);
    check(agen_loop_run_until(&loop, &slave_task) == AGEN_E_CLOSED, "for the slave, too", 0, 0);
}

int main(void)
{
    agen_loop_init(&loop, now);
    make_exchanges();
    test_slave();
    test_random();
    test_master();
    (void)agen_loop_shutdown(&loop);
    printf("%lu passed, %lu failed\n", passed, failed);
    return failed != 0 || passed == 0;
}
