/* SPDX-License-Identifier: 0BSD */
/* Watches the packets that pass, and writes notes that name those which did not arrive, and why. */
#ifndef PACKET_LOG_H
#define PACKET_LOG_H

#include "packet_receiver.h"

#include <stdio.h>

struct packet_log {
    AGEN_YIELDS(struct packet);
    struct packet_source source;
    FILE *notes;
    uint32_t expected;                  /* the number after that of the last good packet */
    uint32_t rejected[PACKET_VERDICTS]; /* since then */
};

AGEN_DECLARE(packet_log);
void packet_log_init(struct packet_log *self, struct packet_source source, FILE *notes);

#endif
