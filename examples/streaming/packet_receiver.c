/* SPDX-License-Identifier: 0BSD */
#include "packet_receiver.h"

#include "crc32.h"

#include <string.h>

void packet_receiver_init(struct packet_receiver *self, struct frame_source source)
{
    AGEN_NEW(self, packet_receiver, .source = source);
}

const char *packet_verdict_name(enum packet_verdict verdict)
{
    static const char *const names[PACKET_VERDICTS] = {
        "good", "bad frame", "bad length", "bad CRC", "duplicate or late",
    };

    return verdict < PACKET_VERDICTS ? names[verdict] : "unknown";
}

static size_t payload_length(const uint8_t *packet)
{
    return packet_get16(packet + PACKET_LENGTH) & ~PACKET_FIRST;
}

static enum packet_verdict check_frame(const struct frame *frame)
{
    const uint8_t *packet = frame->bytes.data;
    size_t size = frame->bytes.size;

    if (frame->fault != SLIP_NO_FAULT)
        return PACKET_BAD_FRAME;
    if (size < PACKET_SIZE_MIN || size != PACKET_SIZE_MIN + payload_length(packet))
        return PACKET_BAD_LENGTH;
    if (crc32(0, packet, size - PACKET_CRC_SIZE) != packet_get32(packet + size - PACKET_CRC_SIZE))
        return PACKET_BAD_CRC;
    return PACKET_GOOD;
}

static struct part part_of(const uint8_t *packet)
{
    struct part part = {
        packet_get32(packet + PACKET_ORIGIN),
        (packet_get16(packet + PACKET_LENGTH) & PACKET_FIRST) != 0,
        { packet + PACKET_HEADER_SIZE, payload_length(packet) },
    };

    return part;
}

/* Keeps account of a good packet: its number is the one that is due, or a later one. */
static void put_in_order(struct packet_receiver *self, struct packet *packet)
{
    packet->missing = packet->sequence - self->expected;
    self->missing += packet->missing;
    self->expected = packet->sequence + 1;
    if (part_ends_stream(&packet->part))
        self->complete = true;
}

static struct packet next_packet(struct packet_receiver *self)
{
    const struct frame *frame = self->source.value;
    struct packet packet = { check_frame(frame), 0, 0, { 0, false, { NULL, 0 } } };

    if (packet.verdict == PACKET_GOOD) {
        packet.sequence = packet_get32(frame->bytes.data + PACKET_SEQUENCE);
        if (packet.sequence < self->expected)
            packet.verdict = PACKET_STALE;
    }
    if (packet.verdict == PACKET_GOOD) {
        packet.part = part_of(frame->bytes.data);
        put_in_order(self, &packet);
    }
    self->count[packet.verdict]++;
    return packet;
}

AGEN_EXTERN(packet_receiver, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR_CLOSING(self, self->source.generator) {
        AGEN_YIELD(self, next_packet(self));
    } AGEN_END_FOR(self);
    AGEN_END(self);
}
