/* SPDX-License-Identifier: 0BSD */
#include "packet_sender.h"

#include "crc32.h"

#include <string.h>

void packet_sender_init(struct packet_sender *self, struct part_source source)
{
    AGEN_NEW(self, packet_sender, .source = source);
}

/* The next packet, with as much of the rest as fits: at most once empty. */
static struct agen_chunk next_packet(struct packet_sender *self)
{
    struct part *rest = &self->rest;
    size_t length = rest->bytes.size < PACKET_PAYLOAD_MAX ? rest->bytes.size : PACKET_PAYLOAD_MAX;
    size_t crc_at = PACKET_HEADER_SIZE + length;
    struct agen_chunk packet = { self->packet, crc_at + PACKET_CRC_SIZE };

    packet_put32(self->packet + PACKET_SEQUENCE, self->sequence++);
    packet_put32(self->packet + PACKET_ORIGIN, rest->origin);
    packet_put16(self->packet + PACKET_LENGTH,
                 (unsigned)length | (rest->first ? PACKET_FIRST : 0u));
    if (length > 0) {
        memcpy(self->packet + PACKET_HEADER_SIZE, rest->bytes.data, length);
        rest->bytes.data += length;
        rest->bytes.size -= length;
    }
    packet_put32(self->packet + crc_at, crc32(0, self->packet, crc_at));
    rest->first = false;
    return packet;
}

AGEN_EXTERN(packet_sender, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR_CLOSING(self, self->source.generator) {
        self->rest = *self->source.value;
        do
            AGEN_YIELD(self, next_packet(self));
        while (self->rest.bytes.size > 0);
    } AGEN_END_FOR(self);
    AGEN_END(self);
}
