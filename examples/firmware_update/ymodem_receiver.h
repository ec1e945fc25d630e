/* SPDX-License-Identifier: 0BSD */
/*
 * Receives one file by YMODEM: a generator of its blocks, in order, each once and verified.
 *
 * A block is acknowledged when the consumer asks for the next one. Until then the sender is
 * silent: so the consumer may take its time, stop the processor to program a flash for instance,
 * and no byte is lost. Closing the generator cancels the transfer: its cleanup tells the
 * sender.
 */
#ifndef YMODEM_RECEIVER_H
#define YMODEM_RECEIVER_H

#include "ymodem_request.h"

struct ymodem_receiver {
    AGEN_YIELDS(struct ymodem_block);
    struct ymodem_file file;
    uint32_t offset;       /* of the next block */
    uint8_t due;           /* its number */
    bool invites_for_ever; /* until a sender answers: for a machine that has nothing else to do */
    bool ended;            /* the last message was an end, not believed yet */
    uint32_t duplicates;   /* so many were heard */
    struct ymodem_request request;
};

AGEN_DECLARE(ymodem_receiver);
void ymodem_receiver_init(struct ymodem_receiver *self, struct serial serial);
/* Other times than the default ones, see ymodem.h. */
void ymodem_receiver_set_times(struct ymodem_receiver *self, agen_ticks patience, agen_ticks gap);

#endif
