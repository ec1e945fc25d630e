/* SPDX-License-Identifier: 0BSD */
#include "ymodem_receiver.h"

#include "update_error.h"

#include <string.h>

/* At the end the file is there: the sender's good-bye is not worth a long wait. */
enum { TRIES_AT_THE_END = 3 };

void ymodem_receiver_init(struct ymodem_receiver *self, struct serial serial)
{
    AGEN_NEW(self, ymodem_receiver);
    ymodem_listener_init(&self->request.listener, serial, YMODEM_PATIENCE, YMODEM_GAP);
}

void ymodem_receiver_set_times(struct ymodem_receiver *self, agen_ticks patience, agen_ticks gap)
{
    self->request.listener.patience = patience;
    self->request.listener.gap = gap;
}

static void progress(struct ymodem_receiver *self)
{
    self->request.tries = YMODEM_TRIES;
}

static bool heard_block(const struct ymodem_receiver *self, unsigned number)
{
    const struct ymodem_listener *listener = &self->request.listener;

    return listener->heard == YMODEM_HEARD_BLOCK
        && ymodem_heard_number(listener) == (uint8_t)number;
}

static bool heard_end(const struct ymodem_receiver *self)
{
    return self->request.listener.heard == YMODEM_HEARD_END;
}

/* Decimal digits up to a space or the end, or nothing at all. */
static bool parse_size(struct ymodem_file *file, const uint8_t *text, const uint8_t *end)
{
    uint32_t digit;

    file->size = 0;
    file->sized = text < end && *text != '\0' && *text != ' ';
    for (; text < end && *text != '\0' && *text != ' '; text++) {
        if (*text < '0' || *text > '9')
            return false;
        digit = (uint32_t)(*text - '0');
        if (file->size > (UINT32_MAX - digit) / 10)
            return false;
        file->size = file->size * 10 + digit;
    }
    return true;
}

/* The name, a NUL, the size, more that we do not need. The name may end up on a terminal. */
static bool parse_header(struct ymodem_receiver *self)
{
    const uint8_t *text = ymodem_heard_data(&self->request.listener);
    const uint8_t *end = text + ymodem_heard_size(&self->request.listener);
    size_t length = 0;

    memset(&self->file, 0, sizeof self->file);
    for (; text < end && *text != '\0'; text++)
        if (length + 1 < sizeof self->file.name)
            self->file.name[length++] = (char)(*text >= ' ' && *text <= '~' ? *text : '?');
    return text < end && parse_size(&self->file, text + 1, end);
}

/*
 * Noise can look like an end. It is believed if all bytes are there, or, where the sender did not
 * tell how many there are, when it comes twice in a row.
 */
static bool end_is_credible(const struct ymodem_receiver *self)
{
    return self->file.sized ? self->offset == self->file.size : self->ended;
}

static struct ymodem_block next_block(struct ymodem_receiver *self)
{
    struct ymodem_block block = { &self->file, self->offset, NULL, 0 };

    block.data = ymodem_heard_data(&self->request.listener);
    block.size = ymodem_heard_size(&self->request.listener);
    if (self->file.sized && block.size > self->file.size - self->offset)
        block.size = (uint16_t)(self->file.size - self->offset);
    self->offset += block.size;
    self->due++;
    return block;
}

/* Before the first block the sender waits for an invitation, too: it may have missed ours. */
static void ask_for_block(struct ymodem_receiver *self)
{
    if (self->offset == 0)
        ymodem_ask(&self->request, YMODEM_SAY_ACK_INVITE, YMODEM_SAY_INVITE);
    else
        ymodem_ask(&self->request, YMODEM_SAY_ACK, YMODEM_SAY_NAK);
}

/* After the end of the file: all that matters is there. */
static bool only_good_bye_is_missing(int error)
{
    return error == YMODEM_E_SILENT || error == YMODEM_E_NOISE || error == YMODEM_E_SHORT
        || error == SERIAL_E_HUNG_UP;
}

AGEN_EXTERN(ymodem_receiver, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        progress(self);
        if (self->invites_for_ever)
            self->request.tries = YMODEM_FOR_EVER;
        do {
            ymodem_ask(&self->request, YMODEM_SAY_INVITE, YMODEM_SAY_INVITE);
            AGEN_AWAIT(self, &self->request);
        } while (!heard_block(self, 0));
        if (!parse_header(self))
            AGEN_RAISE(self, YMODEM_E_HEADER);
        if (self->file.name[0] == '\0')
            AGEN_RAISE(self, YMODEM_E_NO_FILE);
        progress(self);
        self->due = 1;
        ask_for_block(self);
        for (;;) {
            AGEN_AWAIT(self, &self->request);
            if (heard_end(self)) {
                if (end_is_credible(self))
                    break;
                self->ended = true;
                ymodem_ask(&self->request, YMODEM_SAY_NAK, YMODEM_SAY_NAK);
                continue;
            }
            self->ended = false;
            if (heard_block(self, self->due)) {
                if (self->file.sized && self->offset == self->file.size)
                    AGEN_RAISE(self, YMODEM_E_LONG);
                AGEN_YIELD(self, next_block(self));
                progress(self);
            } else if (heard_block(self, self->due - 1u)) {
                self->duplicates++; /* our answer to it was lost */
            } else {
                AGEN_RAISE(self, YMODEM_E_ORDER);
            }
            ask_for_block(self);
        }
        self->request.tries = TRIES_AT_THE_END;
        AGEN_TRY(self) {
            do {
                ymodem_ask(&self->request, YMODEM_SAY_ACK_INVITE, YMODEM_SAY_INVITE);
                AGEN_AWAIT(self, &self->request);
            } while (!heard_block(self, 0));
            if (*ymodem_heard_data(&self->request.listener) != '\0')
                AGEN_RAISE(self, YMODEM_E_MORE_FILES);
        } AGEN_EXCEPT(self) {
            if (!only_good_bye_is_missing(agen_error(self)))
                AGEN_RAISE(self, agen_error(self));
        } AGEN_END_TRY(self);
        serial_say(self->request.listener.serial, YMODEM_SAY_ACK);
    } AGEN_FINALLY(self) {
        if (agen_error(self) != 0 && agen_error(self) != YMODEM_E_CANCELLED)
            serial_say(self->request.listener.serial, YMODEM_SAY_CANCEL);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}
