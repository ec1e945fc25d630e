/* SPDX-License-Identifier: 0BSD */
#include "ymodem_listener.h"

#include "crc16.h"
#include "update_error.h"

/* A sender that babbles without end is not waited for: so many gaps full of noise are enough. */
enum { PURGE_MAX = 16 };

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
    self->size = 0;
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

static bool begins_block(uint8_t first)
{
    return first == YMODEM_SOH || (first == YMODEM_STX && YMODEM_BLOCK_MAX >= YMODEM_LARGE);
}

/*
 * As far as the bytes so far tell. An EOT stands alone: the listener asks for a second byte all the
 * same, because only silence proves that it was an EOT, and not the beginning of noise.
 */
static size_t whole_size(const struct ymodem_listener *self)
{
    uint8_t first = self->size > 0 ? self->packet[0] : 0;

    if (begins_block(first))
        return YMODEM_HEAD_SIZE + ymodem_heard_size(self) + (size_t)YMODEM_CRC_SIZE;
    return first == YMODEM_CAN || first == YMODEM_EOT ? 2 : 1;
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
    bool complete = self->size == whole_size(self);

    if (first == YMODEM_EOT)
        return complete ? YMODEM_HEARD_NOISE : YMODEM_HEARD_END;
    if (first == YMODEM_CAN)
        return complete && self->packet[1] == YMODEM_CAN ? YMODEM_HEARD_CANCEL : YMODEM_HEARD_NOISE;
    if (!begins_block(first))
        return YMODEM_HEARD_NOISE;
    return complete && block_is_good(self) ? YMODEM_HEARD_BLOCK : YMODEM_HEARD_NOISE;
}

/* Each portion has a time-out of its own: silence ends a message, and a slow line does not. */
AGEN_EXTERN(ymodem_listener, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (; self->size < whole_size(self); self->size += self->count) {
            AGEN_TIMEOUT(self, &self->limit, self->size == 0 ? self->patience : self->gap) {
                AGEN_READ(self, self->serial.in, self->packet + self->size,
                          whole_size(self) - self->size, &self->count);
                if (agen_status(self) == AGEN_DONE)
                    AGEN_RAISE(self, SERIAL_E_HUNG_UP);
            } AGEN_END_TIMEOUT(self);
        }
    } AGEN_EXCEPT(self) {
        if (agen_error(self) != AGEN_E_TIMEOUT)
            AGEN_RAISE(self, agen_error(self));
    } AGEN_END_TRY(self);
    if (self->size > 0)
        self->heard = judge(self);
    if (self->heard != YMODEM_HEARD_NOISE)
        AGEN_RETURN(self);
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->purge_limit, PURGE_MAX * self->gap) {
            do {
                (void)agen_pipe_consume(self->serial.in, SIZE_MAX);
                AGEN_TIMEOUT(self, &self->limit, self->gap) {
                    AGEN_WAIT_BYTES(self, self->serial.in, 1);
                } AGEN_END_TIMEOUT(self);
            } while (agen_status(self) == AGEN_YIELDED);
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT(self) {
        if (agen_error(self) != AGEN_E_TIMEOUT) /* that of the silence, or of all */
            AGEN_RAISE(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}
