/* SPDX-License-Identifier: 0BSD */
/*
 * YMODEM: how files travel over a serial line, block by block, each acknowledged.
 *
 *     receiver      sender
 *     C          ->
 *                <- block 0: name and size of the file
 *     ACK C      ->
 *                <- block 1               blocks are 128 bytes, or 1024, and a CRC-16
 *     ACK        ->
 *                <- block 2, and so on; after 255 comes 0
 *     ACK        ->
 *                <- EOT
 *     ACK C      ->
 *                <- block 0 without a name: that was all
 *     ACK        ->
 *
 * A NAK asks for the same again. Two CANs in a row, from whichever side, cancel.
 */
#ifndef YMODEM_H
#define YMODEM_H

#include "port.h"

#include <stdbool.h>
#include <stdint.h>

enum ymodem_byte {
    YMODEM_SOH = 0x01, /* a block of 128 bytes follows */
    YMODEM_STX = 0x02, /* one of 1024 */
    YMODEM_EOT = 0x04,
    YMODEM_ACK = 0x06,
    YMODEM_NAK = 0x15,
    YMODEM_CAN = 0x18,
    YMODEM_PADDING = 0x1A,
    YMODEM_INVITE = 'C' /* to send, with CRC-16 */
};

/* The same as strings, for serial_say(). Two CANs would do; noise may take some. */
#define YMODEM_SAY_INVITE "C"
#define YMODEM_SAY_ACK "\x06"
#define YMODEM_SAY_ACK_INVITE YMODEM_SAY_ACK YMODEM_SAY_INVITE
#define YMODEM_SAY_NAK "\x15"
#define YMODEM_SAY_CANCEL "\x18\x18\x18\x18\x18"

/*
 * The largest block that buffers are made for, YMODEM_SMALL or YMODEM_LARGE, and what is kept of a
 * name. A machine with little RAM chooses less, and takes larger blocks for noise.
 */
#ifndef YMODEM_BLOCK_MAX
#define YMODEM_BLOCK_MAX 1024
#endif
#ifndef YMODEM_NAME_SIZE
#define YMODEM_NAME_SIZE 64 /* a longer name is cut */
#endif

enum {
    YMODEM_SMALL = 128,
    YMODEM_LARGE = 1024,
    YMODEM_HEAD_SIZE = 3, /* SOH or STX, the number, its complement */
    YMODEM_CRC_SIZE = 2,
    YMODEM_PACKET_MAX = YMODEM_HEAD_SIZE + YMODEM_BLOCK_MAX + YMODEM_CRC_SIZE,
    YMODEM_TRIES = 10,     /* for one and the same thing */
    YMODEM_FOR_EVER = 255  /* as often as it takes */
};

/* Milliseconds, if those are the ticks. */
enum {
    YMODEM_PATIENCE = 3000,         /* how long a receiver waits for a block */
    YMODEM_SENDER_PATIENCE = 10000, /* a sender for the answer: longer, so that one of them asks */
    YMODEM_GAP = 200                /* silence inside a block: the rest does not come */
};

struct ymodem_file {
    char name[YMODEM_NAME_SIZE];
    bool sized; /* whether the sender told the size */
    uint32_t size;
};

/* What a receiver yields. It is valid until the receiver goes on. */
struct ymodem_block {
    const struct ymodem_file *file;
    uint32_t offset;
    const uint8_t *data;
    uint16_t size; /* without the padding, as far as the size of the file is known */
};

/*
 * A generator that yields blocks, whatever its type: the receiver, or what looks at the blocks and
 * hands them on.
 */
struct ymodem_source {
    agen_t *generator;
    const struct ymodem_block *value;
};

#define YMODEM_SOURCE(g) ((struct ymodem_source){ (agen_t *)(g), &(g)->value })

#endif
