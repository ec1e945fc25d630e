/* SPDX-License-Identifier: 0BSD */
#include "slip_decoder.h"

#include "slip.h"

void slip_decoder_init(struct slip_decoder *self, struct byte_source source)
{
    AGEN_NEW(self, slip_decoder);
    byte_reader_init(&self->input, source);
}

/* Of several faults the first is the one to tell. */
static void blame(struct slip_decoder *self, enum slip_fault fault)
{
    if (self->fault == SLIP_NO_FAULT)
        self->fault = fault;
}

static void put_byte(struct slip_decoder *self, uint8_t byte)
{
    if (self->size < sizeof self->frame)
        self->frame[self->size++] = byte;
    else
        blame(self, SLIP_TOO_LONG);
}

static void put_escaped(struct slip_decoder *self, uint8_t byte)
{
    if (byte == SLIP_ESC_END)
        put_byte(self, SLIP_END);
    else if (byte == SLIP_ESC_ESC)
        put_byte(self, SLIP_ESC);
    else
        blame(self, SLIP_BAD_ESCAPE);
}

static bool frame_begun(const struct slip_decoder *self)
{
    return self->size > 0 || self->fault != SLIP_NO_FAULT;
}

static struct frame take_frame(struct slip_decoder *self)
{
    struct frame frame = { { self->frame, self->size }, self->fault };

    self->size = 0;
    self->fault = SLIP_NO_FAULT;
    return frame;
}

AGEN_EXTERN(slip_decoder, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR_CLOSING(self, &self->input) {
        if (self->input.value == SLIP_ESC) {
            AGEN_NEXT(self, &self->input);
            if (agen_done(&self->input)) {
                blame(self, SLIP_UNFINISHED);
                break;
            }
            put_escaped(self, self->input.value);
        } else if (self->input.value != SLIP_END) {
            put_byte(self, self->input.value);
        }
        if (self->input.value == SLIP_END && frame_begun(self))
            AGEN_YIELD(self, take_frame(self));
    } AGEN_END_FOR(self);
    if (frame_begun(self)) {
        blame(self, SLIP_UNFINISHED);
        AGEN_YIELD(self, take_frame(self));
    }
    AGEN_END(self);
}
