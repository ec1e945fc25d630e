/* SPDX-License-Identifier: 0BSD */
/*
 * Packets: how the parts of a stream travel, and how the receiver knows what is right and what is
 * missing.
 *
 *     offset  size
 *          0     4  sequence number: 0, 1, 2 ...
 *          4     4  origin: where the block begins in the plain data (see block.h)
 *          8     2  length of the payload; the top bit is set in the first packet of a block
 *         10     n  payload
 *     10 + n     4  CRC-32 of all before
 *
 * Numbers are big-endian. A packet is carried by a frame, which tells its size: the length must
 * agree.
 */
#ifndef PACKET_H
#define PACKET_H

#include "block.h"

#ifndef PACKET_PAYLOAD_MAX
#define PACKET_PAYLOAD_MAX 256
#endif

#if PACKET_PAYLOAD_MAX < 1 || PACKET_PAYLOAD_MAX > 0x7FFF
#error "PACKET_PAYLOAD_MAX is 1 to 32767 bytes"
#endif

enum {
    PACKET_SEQUENCE = 0,
    PACKET_ORIGIN = 4,
    PACKET_LENGTH = 8,
    PACKET_HEADER_SIZE = 10,
    PACKET_CRC_SIZE = 4,
    PACKET_SIZE_MIN = PACKET_HEADER_SIZE + PACKET_CRC_SIZE,
    PACKET_SIZE_MAX = PACKET_SIZE_MIN + PACKET_PAYLOAD_MAX
};

#define PACKET_FIRST 0x8000u /* in the length */

static inline void packet_put16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)(value >> 8);
    at[1] = (uint8_t)value;
}

static inline void packet_put32(uint8_t *at, uint32_t value)
{
    packet_put16(at, (unsigned)(value >> 16));
    packet_put16(at + 2, (unsigned)(value & 0xFFFF));
}

static inline unsigned packet_get16(const uint8_t *at)
{
    return (unsigned)at[0] << 8 | at[1];
}

static inline uint32_t packet_get32(const uint8_t *at)
{
    return (uint32_t)packet_get16(at) << 16 | packet_get16(at + 2);
}

#endif
