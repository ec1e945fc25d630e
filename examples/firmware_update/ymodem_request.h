/* SPDX-License-Identifier: 0BSD */
/*
 * Says something to a sender, and listens until it has heard a block or an end; says something else
 * as often as it hears nothing or noise. Each time uses up one of `tries`, which whoever asks fills
 * up when there is progress: so nothing goes on for ever, unless they are YMODEM_FOR_EVER.
 */
#ifndef YMODEM_REQUEST_H
#define YMODEM_REQUEST_H

#include "ymodem_listener.h"

struct ymodem_request {
    AGEN_COROUTINE;
    const char *first, *again; /* what to say */
    uint8_t tries;
    uint32_t repeated; /* how often it had to ask again, in all */
    struct ymodem_listener listener;
};

AGEN_DECLARE(ymodem_request);
/* To be awaited. */
void ymodem_ask(struct ymodem_request *self, const char *first, const char *again);

#endif
