/* SPDX-License-Identifier: 0BSD */
/*
 * Puts each span of its source into a SLIP frame. What it yields points into the source's span or
 * to constants: it has no buffer. As RFC 1055 suggests, END also stands in front of each frame: if
 * the END after a frame is damaged on its way, the next frame is not drawn into the loss.
 */
#ifndef SLIP_ENCODER_H
#define SLIP_ENCODER_H

#include "stream.h"

struct slip_encoder {
    AGEN_YIELDS(struct agen_chunk);
    struct byte_source source;
    struct agen_chunk rest; /* what is to be sent of the source's span */
};

AGEN_DECLARE(slip_encoder);
void slip_encoder_init(struct slip_encoder *self, struct byte_source source);

#endif
