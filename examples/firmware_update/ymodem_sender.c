/* SPDX-License-Identifier: 0BSD */
#include "ymodem_sender.h"

#include "crc16.h"
#include "update_error.h"

#include <string.h>

void ymodem_sender_init(struct ymodem_sender *self, struct serial serial, const char *name,
                        const uint8_t *data, uint32_t size)
{
    AGEN_NEW(self, ymodem_sender, .name = name, .data = data, .size = size, .sized = true,
             .block_size = YMODEM_LARGE);
    self->delivery.serial = serial;
}

size_t ymodem_pack(uint8_t *packet, uint8_t number, const uint8_t *data, size_t size,
                   uint8_t padding)
{
    size_t block = size <= YMODEM_SMALL ? YMODEM_SMALL : YMODEM_LARGE;
    uint8_t *to = packet + YMODEM_HEAD_SIZE;
    uint16_t crc;

    packet[0] = block == YMODEM_SMALL ? YMODEM_SOH : YMODEM_STX;
    packet[1] = number;
    packet[2] = (uint8_t)~number;
    if (size > 0)
        memcpy(to, data, size);
    memset(to + size, padding, block - size);
    crc = crc16(0, to, block);
    to[block] = (uint8_t)(crc >> 8);
    to[block + 1] = (uint8_t)crc;
    return YMODEM_HEAD_SIZE + block + YMODEM_CRC_SIZE;
}

size_t ymodem_pack_header(uint8_t *packet, const char *name, bool sized, uint32_t size)
{
    char header[YMODEM_SMALL] = "", digits[10];
    size_t length = 0, count = 0;

    while (length < YMODEM_NAME_SIZE - 1 && name[length] != '\0') {
        header[length] = name[length];
        length++;
    }
    length++; /* the NUL */
    if (sized) {
        do
            digits[count++] = (char)('0' + size % 10);
        while ((size /= 10) > 0);
        while (count > 0)
            header[length++] = digits[--count];
    }
    return ymodem_pack(packet, 0, (const uint8_t *)header, sizeof header, 0);
}

static void deliver(struct ymodem_sender *self, size_t size, enum ymodem_byte wanted)
{
    agen_init(&self->delivery, ymodem_delivery);
    self->delivery.size = size;
    self->delivery.wanted = wanted;
    self->delivery.tries = 0;
    self->delivery.cancels = 0;
}

/* Takes an answer into account. True if the receiver cancelled. */
static bool is_cancelled(struct ymodem_delivery *self)
{
    self->cancels = self->answer == YMODEM_CAN ? (uint8_t)(self->cancels + 1) : 0;
    return self->cancels == 2;
}

/* What came before the packet is no answer to it, unless it is the end of all. */
static bool was_cancelled_before(struct ymodem_delivery *self)
{
    while (agen_pipe_read(self->serial.in, &self->answer, 1) == 1)
        if (is_cancelled(self))
            return true;
    return false;
}

static bool is_repeat_request(const struct ymodem_delivery *self)
{
    return self->answer == YMODEM_NAK || self->answer == YMODEM_INVITE;
}

AGEN_EXTERN(ymodem_delivery, self)
{
    AGEN_BEGIN(self);
    while (self->tries++ < YMODEM_TRIES) {
        if (self->size > 0 && was_cancelled_before(self))
            AGEN_RAISE(self, YMODEM_E_CANCELLED);
        AGEN_TRY(self) {
            AGEN_TIMEOUT(self, &self->limit, YMODEM_SENDER_PATIENCE) {
                AGEN_WRITE(self, self->serial.out, self->packet, self->size, &self->count);
            } AGEN_END_TIMEOUT(self);
            do {
                AGEN_TIMEOUT(self, &self->limit, YMODEM_SENDER_PATIENCE) {
                    AGEN_READ_EXACTLY(self, self->serial.in, &self->answer, 1, &self->count);
                } AGEN_END_TIMEOUT(self);
                if (self->answer == self->wanted)
                    AGEN_RETURN(self);
                if (is_cancelled(self))
                    AGEN_RAISE(self, YMODEM_E_CANCELLED);
            } while (!is_repeat_request(self));
        } AGEN_EXCEPT(self) {
            if (agen_error(self) == AGEN_E_CLOSED || agen_error(self) == AGEN_E_INCOMPLETE)
                AGEN_RAISE(self, SERIAL_E_HUNG_UP);
            if (agen_error(self) != AGEN_E_TIMEOUT) /* the answer is lost, or the packet was */
                AGEN_RAISE(self, agen_error(self));
        } AGEN_END_TRY(self);
    }
    AGEN_RAISE(self, agen_expired(&self->limit) ? YMODEM_E_SILENT : YMODEM_E_NOISE);
    AGEN_END(self);
}

static size_t next_size(const struct ymodem_sender *self)
{
    uint32_t rest = self->size - self->offset;

    return rest < self->block_size ? rest : self->block_size;
}

AGEN_EXTERN(ymodem_sender, self)
{
    uint8_t *packet = self->delivery.packet;

    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        deliver(self, 0, YMODEM_INVITE);
        AGEN_AWAIT(self, &self->delivery);
        deliver(self, ymodem_pack_header(packet, self->name, self->sized, self->size), YMODEM_ACK);
        AGEN_AWAIT(self, &self->delivery);
        deliver(self, 0, YMODEM_INVITE);
        AGEN_AWAIT(self, &self->delivery);
        while (self->offset < self->size) {
            deliver(self, ymodem_pack(packet, ++self->number, self->data + self->offset,
                                      next_size(self), YMODEM_PADDING), YMODEM_ACK);
            AGEN_AWAIT(self, &self->delivery);
            self->offset += (uint32_t)next_size(self);
            AGEN_YIELD(self, self->offset);
        }
        packet[0] = YMODEM_EOT;
        deliver(self, 1, YMODEM_ACK);
        AGEN_AWAIT(self, &self->delivery);
        deliver(self, 0, YMODEM_INVITE);
        AGEN_AWAIT(self, &self->delivery);
        deliver(self, ymodem_pack_header(packet, "", false, 0), YMODEM_ACK);
        AGEN_AWAIT(self, &self->delivery);
    } AGEN_FINALLY(self) {
        if (agen_error(self) != 0 && agen_error(self) != YMODEM_E_CANCELLED)
            serial_say(self->delivery.serial, YMODEM_SAY_CANCEL);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}
