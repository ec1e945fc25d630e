/* SPDX-License-Identifier: 0BSD */
/*
 * Puts the parts of a stream into packets: see packet.h. Each span that it yields is one packet. A
 * part that is too long for a packet is sent in several.
 */
#ifndef PACKET_SENDER_H
#define PACKET_SENDER_H

#include "packet.h"

struct packet_sender {
    AGEN_YIELDS(struct agen_chunk);
    struct part_source source;
    struct part rest; /* what is to be sent of the source's part */
    uint32_t sequence;
    uint8_t packet[PACKET_SIZE_MAX];
};

AGEN_DECLARE(packet_sender);
void packet_sender_init(struct packet_sender *self, struct part_source source);

#endif
