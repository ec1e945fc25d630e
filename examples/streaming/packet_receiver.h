/* SPDX-License-Identifier: 0BSD */
/*
 * Checks frames: see packet.h. Everything that arrives is yielded, in order, each with a verdict. A
 * packet that is not good has an empty part, so that a stage which is after data need not look at
 * the verdict. Sequence numbers tell what did not arrive, or only damaged.
 */
#ifndef PACKET_RECEIVER_H
#define PACKET_RECEIVER_H

#include "packet.h"
#include "slip_decoder.h"

enum packet_verdict {
    PACKET_GOOD,
    PACKET_BAD_FRAME,  /* not what SLIP allows */
    PACKET_BAD_LENGTH, /* too short for a packet, or not what its header says */
    PACKET_BAD_CRC,
    PACKET_STALE, /* its number was passed: a duplicate, or too late */
    PACKET_VERDICTS
};

struct packet {
    enum packet_verdict verdict;
    uint32_t sequence; /* also of a stale one */
    uint32_t missing;  /* so many numbers just before this one did not arrive */
    struct part part;
};

/* A generator that yields `struct packet`: see stream.h. */
struct packet_source {
    agen_t *generator;
    const struct packet *value;
};

#define PACKET_SOURCE(g) ((struct packet_source){ (agen_t *)(g), &(g)->value })

struct packet_receiver {
    AGEN_YIELDS(struct packet);
    struct frame_source source;
    uint32_t expected; /* the next sequence number */
    uint32_t missing;
    uint32_t count[PACKET_VERDICTS];
    bool complete; /* the end of the stream was received */
};

AGEN_DECLARE(packet_receiver);
void packet_receiver_init(struct packet_receiver *self, struct frame_source source);
const char *packet_verdict_name(enum packet_verdict verdict);

#endif
