/* SPDX-License-Identifier: 0BSD */
#include "serial.h"

#include "update_error.h"

void serial_read(struct serial_reader *reader, struct serial serial, uint8_t *to, size_t size,
                 agen_ticks gap)
{
    AGEN_NEW(reader, serial_reader, .from = serial.in, .to = to, .size = size, .gap = gap);
}

void serial_write(struct serial_writer *writer, struct serial serial, const uint8_t *from,
                  size_t size, agen_ticks gap)
{
    AGEN_NEW(writer, serial_writer, .to = serial.out, .from = from, .size = size, .gap = gap);
}

void serial_say(struct serial serial, const char *bytes)
{
    for (; *bytes != '\0'; bytes++)
        (void)agen_try_put(serial.out, (uint8_t)*bytes);
}

AGEN_EXTERN(serial_reader, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (; self->count < self->size; self->count++) {
            if (agen_try_get(self->from, self->to[self->count]))
                continue; /* most are there already: no timer for them */
            AGEN_TIMEOUT(self, &self->limit, self->gap) {
                AGEN_GET(self, self->from, self->to[self->count]);
                if (agen_status(self) == AGEN_DONE)
                    AGEN_RAISE(self, SERIAL_E_HUNG_UP);
            } AGEN_END_TIMEOUT(self);
        }
    } AGEN_EXCEPT(self) {
        if (agen_error(self) != AGEN_E_TIMEOUT)
            AGEN_RAISE(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

AGEN_EXTERN(serial_writer, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (; self->count < self->size; self->count++) {
            if (agen_try_put(self->to, self->from[self->count]))
                continue;
            AGEN_TIMEOUT(self, &self->limit, self->gap) {
                AGEN_PUT(self, self->to, self->from[self->count]);
            } AGEN_END_TIMEOUT(self);
        }
    } AGEN_EXCEPT(self) {
        if (agen_error(self) == AGEN_E_CLOSED)
            AGEN_RAISE(self, SERIAL_E_HUNG_UP);
        if (agen_error(self) != AGEN_E_TIMEOUT)
            AGEN_RAISE(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}
