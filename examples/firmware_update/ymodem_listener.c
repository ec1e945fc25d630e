/* SPDX-License-Identifier: 0BSD */
#include "ymodem_listener.h"

#include "crc16.h"

/* A sender that babbles without end is not waited for: so many packets of noise are enough. */
enum { PURGE_MAX = 4 };

void ymodem_listener_init(struct ymodem_listener *self, struct serial serial, agen_ticks patience,
                          agen_ticks gap)
{
    self->serial = serial;
    self->patience = patience;
    self->gap = gap;
    ymodem_listen(self);
}

void ymodem_listen(struct ymodem_listener *self)
{
    agen_init(self, ymodem_listener);
    self->heard = YMODEM_HEARD_NOTHING;
    self->purged = 0;
}

uint8_t ymodem_heard_number(const struct ymodem_listener *self)
{
    return self->packet[1];
}

const uint8_t *ymodem_heard_data(const struct ymodem_listener *self)
{
    return self->packet + YMODEM_HEAD_SIZE;
}

uint16_t ymodem_heard_size(const struct ymodem_listener *self)
{
    return self->packet[0] == YMODEM_SOH ? YMODEM_SMALL : YMODEM_LARGE;
}

/* How much to read behind the first byte. Behind an EOT nothing may come: that is why one looks. */
static size_t rest_size(uint8_t first)
{
    if (first == YMODEM_SOH)
        return YMODEM_HEAD_SIZE - 1 + YMODEM_SMALL + YMODEM_CRC_SIZE;
    if (first == YMODEM_STX)
        return YMODEM_HEAD_SIZE - 1 + YMODEM_LARGE + YMODEM_CRC_SIZE;
    return first == YMODEM_CAN || first == YMODEM_EOT ? 1 : 0;
}

static bool block_is_good(const struct ymodem_listener *self)
{
    const uint8_t *packet = self->packet;

    /* Over data and CRC, which comes with the high byte first, it is 0. */
    return (packet[1] ^ packet[2]) == 0xFF
        && crc16(0, packet + YMODEM_HEAD_SIZE,
                 ymodem_heard_size(self) + (size_t)YMODEM_CRC_SIZE) == 0;
}

static enum ymodem_message judge(const struct ymodem_listener *self)
{
    uint8_t first = self->packet[0];
    bool complete = self->reader.count == self->reader.size;

    if (first == YMODEM_EOT)
        return complete ? YMODEM_HEARD_NOISE : YMODEM_HEARD_END;
    if (first == YMODEM_CAN)
        return complete && self->packet[1] == YMODEM_CAN ? YMODEM_HEARD_CANCEL : YMODEM_HEARD_NOISE;
    if (first != YMODEM_SOH && first != YMODEM_STX)
        return YMODEM_HEARD_NOISE;
    return complete && block_is_good(self) ? YMODEM_HEARD_BLOCK : YMODEM_HEARD_NOISE;
}

AGEN_EXTERN(ymodem_listener, self)
{
    AGEN_BEGIN(self);
    serial_read(&self->reader, self->serial, self->packet, 1, self->patience);
    AGEN_AWAIT(self, &self->reader);
    if (self->reader.count == 0)
        AGEN_RETURN(self);
    serial_read(&self->reader, self->serial, self->packet + 1, rest_size(self->packet[0]),
                self->gap);
    AGEN_AWAIT(self, &self->reader);
    self->heard = judge(self);
    if (self->heard != YMODEM_HEARD_NOISE)
        AGEN_RETURN(self);
    do {
        serial_read(&self->reader, self->serial, self->packet, sizeof self->packet, self->gap);
        AGEN_AWAIT(self, &self->reader);
    } while (self->reader.count == self->reader.size && ++self->purged < PURGE_MAX);
    AGEN_END(self);
}
