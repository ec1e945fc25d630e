/* SPDX-License-Identifier: 0BSD */
#include "ymodem_request.h"

#include "update_error.h"

void ymodem_ask(struct ymodem_request *self, const char *first, const char *again)
{
    agen_init(self, ymodem_request);
    self->first = first;
    self->again = again;
}

static int why_in_vain(enum ymodem_message heard)
{
    if (heard == YMODEM_HEARD_NOTHING)
        return YMODEM_E_SILENT;
    return heard == YMODEM_HEARD_END ? YMODEM_E_SHORT : YMODEM_E_NOISE;
}

AGEN_EXTERN(ymodem_request, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        if (self->tries == 0)
            AGEN_RAISE(self, why_in_vain(self->listener.heard));
        if (self->tries != YMODEM_FOR_EVER)
            self->tries--;
        serial_say(self->listener.serial, self->first);
        ymodem_listen(&self->listener);
        AGEN_AWAIT(self, &self->listener);
        if (self->listener.heard == YMODEM_HEARD_CANCEL)
            AGEN_RAISE(self, YMODEM_E_CANCELLED);
        if (self->listener.heard >= YMODEM_HEARD_BLOCK)
            AGEN_RETURN(self);
        self->first = self->again;
        self->repeated++;
    }
    AGEN_END(self);
}
