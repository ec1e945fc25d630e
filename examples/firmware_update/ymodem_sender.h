/* SPDX-License-Identifier: 0BSD */
/*
 * Sends one file by YMODEM: a generator that yields, after each block that was acknowledged, how
 * many bytes of the file have been. Closing it cancels the transfer: its cleanup tells the receiver.
 */
#ifndef YMODEM_SENDER_H
#define YMODEM_SENDER_H

#include "serial.h"
#include "ymodem.h"

/*
 * Sends a packet, nothing if it is empty, until the receiver answers with what is wanted: an ACK or
 * an invitation.
 */
struct ymodem_delivery {
    AGEN_COROUTINE;
    struct serial serial;
    enum ymodem_byte wanted;
    size_t size, count;
    uint8_t answer, cancels, tries;
    agen_timeout limit;
    uint8_t packet[YMODEM_PACKET_MAX];
};

struct ymodem_sender {
    AGEN_YIELDS(uint32_t);
    const char *name;
    const uint8_t *data;
    uint32_t size;
    bool sized;          /* tell the size */
    uint16_t block_size; /* YMODEM_SMALL or YMODEM_LARGE */
    uint32_t offset;
    uint8_t number;
    struct ymodem_delivery delivery;
};

AGEN_DECLARE(ymodem_delivery);
AGEN_DECLARE(ymodem_sender);
void ymodem_sender_init(struct ymodem_sender *self, struct serial serial, const char *name,
                        const uint8_t *data, uint32_t size);

/*
 * Makes a packet of up to YMODEM_LARGE bytes, padded to the next block size. Answers its size.
 */
size_t ymodem_pack(uint8_t *packet, uint8_t number, const uint8_t *data, size_t size,
                   uint8_t padding);
/* The same for a header. Without a name it ends the batch. */
size_t ymodem_pack_header(uint8_t *packet, const char *name, bool sized, uint32_t size);

#endif
