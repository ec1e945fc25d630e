/* SPDX-License-Identifier: 0BSD */
#include "modbus.h"

static bool writes(const struct modbus_request *self)
{
    return self->function > MODBUS_READ_INPUT_REGISTERS;
}

static bool bits(const struct modbus_request *self)
{
    return self->function == MODBUS_READ_COILS || self->function == MODBUS_READ_DISCRETE_INPUTS
        || self->function == MODBUS_WRITE_COIL || self->function == MODBUS_WRITE_COILS;
}

static unsigned size_of(const struct modbus_request *self)
{
    return bits(self) ? (self->count + 7u) / 8 : 2u * self->count;
}

/* Makes the frame in .bytes. False: there is no such request. */
static bool make(struct modbus_request *self)
{
    uint8_t *data = self->bytes + 7;
    unsigned most, i;

    switch (self->function) {
    case MODBUS_READ_COILS:
    case MODBUS_READ_DISCRETE_INPUTS: most = 2000; break;
    case MODBUS_READ_HOLDING_REGISTERS:
    case MODBUS_READ_INPUT_REGISTERS: most = 125; break;
    case MODBUS_WRITE_COIL:
    case MODBUS_WRITE_REGISTER: most = 1; break;
    case MODBUS_WRITE_COILS: most = 1968; break;
    case MODBUS_WRITE_REGISTERS: most = 123; break;
    default: return false;
    }
    if (self->count == 0 || self->count > most || self->first + (uint32_t)self->count > 0x10000
        || self->values == NULL || self->slave > 247 || (self->slave == 0 && !writes(self)))
        return false;
    for (i = 0; writes(self) && bits(self) && i < self->count; i++)
        if (self->values[i] > 1)
            return false;

    self->bytes[0] = self->slave;
    self->bytes[1] = self->function;
    modbus_put(self->bytes + 2, self->first);
    modbus_put(self->bytes + 4, self->count);
    self->length = 6;
    if (self->function == MODBUS_WRITE_COIL) {
        modbus_put(self->bytes + 4, self->values[0] != 0 ? 0xFF00 : 0);
    } else if (self->function == MODBUS_WRITE_REGISTER) {
        modbus_put(self->bytes + 4, self->values[0]);
    } else if (writes(self)) {
        self->bytes[6] = (uint8_t)size_of(self);
        self->length = 7 + size_of(self);
        if (bits(self))
            for (i = 0; i < size_of(self); i++)
                data[i] = 0;
        for (i = 0; i < self->count; i++) {
            if (bits(self))
                data[i / 8] = (uint8_t)(data[i / 8] | self->values[i] << i % 8);
            else
                modbus_put(data + 2 * i, self->values[i]);
        }
    }
    self->length = modbus_seal(self->bytes, self->length);
    return true;
}

/* What has been received: 0 if it is the reply, whose values are taken; or the error. */
static int understand(struct modbus_request *self)
{
    const uint8_t *frame = self->line->frame, *data = frame + 3;
    const unsigned length = self->line->length;
    unsigned i;

    if (length == 0)
        return MODBUS_E_DAMAGED;
    if (frame[0] != self->slave || (frame[1] & 0x7F) != self->function)
        return MODBUS_E_REPLY;
    if (frame[1] & 0x80)
        return length == 3 && frame[2] != 0 && frame[2] < 128 ? MODBUS_E_EXCEPTION - frame[2] : (int)MODBUS_E_REPLY;
    if (writes(self)) { /* the reply repeats how the request begins */
        for (i = 2; i < 6 && length == 6; i++)
            if (frame[i] != self->bytes[i])
                return MODBUS_E_REPLY;
        return length == 6 ? 0 : (int)MODBUS_E_REPLY;
    }
    if (length != 3 + size_of(self) || frame[2] != size_of(self))
        return MODBUS_E_REPLY;
    for (i = 0; i < self->count; i++)
        self->values[i] = bits(self) ? (uint16_t)(data[i / 8] >> i % 8 & 1) : modbus_get(data + 2 * i);
    return 0;
}

AGEN_EXTERN(modbus_request, self)
{
    struct modbus_line *line = self->line;

    AGEN_BEGIN(self);
    if (!make(self))
        AGEN_RAISE(self, MODBUS_E_REQUEST);
    AGEN_ACQUIRE(self, &line->turn);
    AGEN_TRY(self) {
        self->answered = false;
        self->error = AGEN_E_TIMEOUT; /* unless something comes, in any attempt */
        for (self->sent = 0; !self->answered; ) {
            /* Nothing that came before is an answer to what is sent now. */
            line->at = line->end = 0;
            self->thrown_away = 0;
            while (agen_pipe_count(line->in) != 0 || line->owed) {
                self->thrown_away += (unsigned)agen_pipe_consume(line->in, MODBUS_LONGEST);
                if (self->thrown_away > 4 * MODBUS_LONGEST)
                    AGEN_RAISE(self, MODBUS_E_BABBLE);
                if (agen_pipe_ended(line->in))
                    AGEN_RAISE(self, AGEN_E_CLOSED);
                AGEN_SELECT(self)
                    AGEN_ON_BYTES(self, &self->on_bytes, line->in, 1) {
                    }
                    AGEN_ON_TIMEOUT(self, line->owed && self->sent == 0 ? self->patience : line->gap) {
                        line->owed = false;
                    }
                AGEN_END_SELECT(self);
            }

            AGEN_TRY(self) {
                AGEN_TIMEOUT(self, &self->limit, self->patience) {
                    line->owed = self->slave != 0;
                    AGEN_WRITE(self, line->out, self->bytes, self->length, &self->written,
                               line->start != NULL ? line->start() : (void)0);
                    while (!self->answered && self->slave != 0) {
                        AGEN_NEW(&self->receive, modbus_receive, .line = self->line);
                        AGEN_AWAIT(self, &self->receive);
                        self->error = understand(self);
                        self->answered = self->error == 0 || self->error < MODBUS_E_EXCEPTION;
                    }
                } AGEN_END_TIMEOUT(self);
            } AGEN_EXCEPT(self) {
                if (agen_error(self) != AGEN_E_TIMEOUT)
                    AGEN_RAISE(self, agen_error(self));
            } AGEN_END_TRY(self);
            self->sent++;
            if (self->slave == 0) {
                self->error = 0;
                self->answered = true;
                AGEN_SLEEP(self, self->patience);
            } else if (self->answered) {
                /* An earlier attempt may be answered, too. */
                line->owed = self->sent > 1;
            } else if (self->sent >= self->attempts) {
                break;
            }
        }
        if (self->error != 0)
            AGEN_RAISE(self, self->error);
    } AGEN_FINALLY(self) {
        AGEN_RELEASE(self, &line->turn);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}
