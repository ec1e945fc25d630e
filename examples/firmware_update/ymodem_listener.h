/* SPDX-License-Identifier: 0BSD */
/*
 * Listens to a sender: a coroutine that waits for one message and judges it. After damage, it waits
 * until the line is silent, so that the answer does not meet the rest of what was damaged.
 */
#ifndef YMODEM_LISTENER_H
#define YMODEM_LISTENER_H

#include "serial.h"
#include "ymodem.h"

enum ymodem_message {
    YMODEM_HEARD_NOTHING,
    YMODEM_HEARD_NOISE,
    YMODEM_HEARD_BLOCK,
    YMODEM_HEARD_END,
    YMODEM_HEARD_CANCEL
};

struct ymodem_listener {
    AGEN_COROUTINE;
    struct serial serial;
    agen_ticks patience, gap;
    agen_timeout limit, purge_limit;
    enum ymodem_message heard;
    size_t size, count; /* of what was read of the packet, and of its last portion */
    uint8_t packet[YMODEM_PACKET_MAX];
};

AGEN_DECLARE(ymodem_listener);
void ymodem_listener_init(struct ymodem_listener *self, struct serial serial, agen_ticks patience,
                          agen_ticks gap);
/* To be awaited again. */
void ymodem_listen(struct ymodem_listener *self);

/* Of the block that was heard. */
uint8_t ymodem_heard_number(const struct ymodem_listener *self);
const uint8_t *ymodem_heard_data(const struct ymodem_listener *self);
uint16_t ymodem_heard_size(const struct ymodem_listener *self);

#endif
