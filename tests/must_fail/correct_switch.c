/*
 * A switch of the application's, over an enum and over a number: fine without a suspension in it.
 */
#include "agen.h"

enum mode { IDLE, READ, WRITE };

struct parser {
    AGEN_YIELDS_RECEIVES(int, unsigned char);
    enum mode mode;
    int count;
};

AGEN(parser, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        switch (self->mode) {
        case IDLE:
            self->count = 0;
            break;
        case READ: {
            const int next = self->count + 1;

            self->count = next;
            break;
        }
        case WRITE:
            if (self->count > 100)
                AGEN_RETURN(self); /* leaving is no suspension */
            if (self->count < 0)
                AGEN_RAISE(self, -5);
            break;
        }
        AGEN_YIELD(self, self->count);
        if (!agen_received(self))
            continue;
        switch (self->sent) {
        case 'r':
            self->mode = READ;
            break;
        case 'w':
            self->mode = WRITE;
            break;
        default:
            self->mode = IDLE;
            break;
        }
    }
    AGEN_END(self);
}

int main(void)
{
    static struct parser x;

    agen_init(&x, parser);
    return agen_next(&x) < 0 || agen_send(&x, 'r') < 0;
}

/* SPDX-License-Identifier: 0BSD */
