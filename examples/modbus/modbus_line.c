/* SPDX-License-Identifier: 0BSD */
#include "modbus.h"

#include <string.h>

uint16_t modbus_crc(const uint8_t *bytes, unsigned length)
{
    uint16_t crc = 0xFFFF;
    unsigned bit;

    for (; length != 0; length--)
        for (crc = (uint16_t)(crc ^ *bytes++), bit = 0; bit < 8; bit++)
            crc = (uint16_t)(crc >> 1 ^ (crc & 1 ? 0xA001 : 0));
    return crc;
}

unsigned modbus_seal(uint8_t *bytes, unsigned length)
{
    const uint16_t crc = modbus_crc(bytes, length);

    bytes[length] = (uint8_t)crc;
    bytes[length + 1] = (uint8_t)(crc >> 8);
    return length + 2;
}

void modbus_line_init(struct modbus_line *line, agen_pipe *in, agen_pipe *out, agen_ticks gap)
{
    memset(line, 0, sizeof *line); /* which makes the lock a free one */
    line->in = in;
    line->out = out;
    line->gap = gap;
}

static bool is_frame(const uint8_t *bytes, unsigned length)
{
    return length >= 4 && length <= MODBUS_LONGEST && modbus_crc(bytes, length) == 0;
}

/* How long the frame is that begins here, if it is a request; or a reply. 0: that cannot be said. */
static unsigned length_of(const uint8_t *bytes, unsigned left, bool reply)
{
    const unsigned function = left < 4 ? 0 : bytes[1];

    if (function == MODBUS_WRITE_COIL || function == MODBUS_WRITE_REGISTER)
        return 8;
    if (function == MODBUS_WRITE_COILS || function == MODBUS_WRITE_REGISTERS)
        return reply ? 8 : left >= 7 ? 9u + bytes[6] : 0;
    if (function >= MODBUS_READ_COILS && function <= MODBUS_READ_INPUT_REGISTERS)
        return reply ? 5u + bytes[2] : 8;
    return reply && function >= 0x80 ? 5 : 0;
}

/* Takes the next frame of what silence has ended. What is whole is one frame; all else may be several. */
static void cut(struct modbus_line *line)
{
    const uint8_t *bytes = line->bytes + line->at;
    const unsigned left = line->end - line->at;
    unsigned length = is_frame(bytes, left) ? left : 0, reply;

    for (reply = 0; length == 0 && reply < 2; reply++) {
        length = length_of(bytes, left, reply != 0);
        if (length >= left || !is_frame(bytes, length))
            length = 0;
    }
    line->frame = bytes;
    line->length = length == 0 ? 0 : length - 2;
    line->at = length == 0 ? line->end : line->at + length;
    if (length != 0)
        line->frames++;
    else
        line->dropped++;
}

/* Of what is too long, only that it is too long is kept. */
static void take(struct modbus_receive *self)
{
    uint8_t *bytes = self->line->bytes;

    if (self->count == MODBUS_LONGEST)
        self->too_long = agen_pipe_consume(self->line->in, MODBUS_LONGEST) != 0;
    else
        self->count += (unsigned)agen_pipe_read(self->line->in, bytes + self->count, MODBUS_LONGEST - self->count);
}

AGEN_EXTERN(modbus_receive, self)
{
    struct modbus_line *line = self->line;
    bool ended;

    AGEN_BEGIN(self);
    if (line->at == line->end) {
        line->at = line->end = 0; /* if this is cancelled, what has come of the frame is lost, as noise would be */
        self->count = 0;
        self->too_long = false;
        AGEN_WAIT_BYTES(self, line->in, 1);
        if (agen_status(self) == AGEN_DONE)
            AGEN_RAISE(self, AGEN_E_CLOSED);
        for (;;) {
            take(self);
            ended = agen_pipe_ended(line->in);
            if (ended)
                break;
            AGEN_SELECT(self)
                AGEN_ON_BYTES(self, &self->on_bytes, line->in, 1) {
                    continue;
                }
                AGEN_ON_TIMEOUT(self, line->gap) {
                }
            AGEN_END_SELECT(self);
            break;
        }
        line->end = self->too_long ? 0 : self->count;
    }
    cut(line);
    AGEN_END(self);
}

const char *modbus_strerror(int error)
{
    static const char *const exceptions[] = {
        "the slave answers: illegal function",
        "the slave answers: illegal address",
        "the slave answers: illegal value",
        "the slave answers: device failure",
    };

    switch (error) {
    case MODBUS_E_REQUEST: return "no such request";
    case MODBUS_E_DAMAGED: return "no whole frame came";
    case MODBUS_E_REPLY: return "another reply came";
    case MODBUS_E_BABBLE: return "the line is never silent";
    case AGEN_E_TIMEOUT: return "no reply";
    case AGEN_E_CLOSED: return "the line has gone";
    default: break;
    }
    if (error < MODBUS_E_EXCEPTION && error >= MODBUS_E_EXCEPTION - 127)
        return error >= MODBUS_E_EXCEPTION - 4 ? exceptions[MODBUS_E_EXCEPTION - 1 - error]
                                               : "the slave answers: another exception";
    return agen_strerror(error);
}
