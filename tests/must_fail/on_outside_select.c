/* FAIL: AGEN_ON_EVENT */
#include "agen.h"

struct waits {
    AGEN_COROUTINE;
    agen_event event;
    agen_alternative alternative;
};

AGEN(waits, self)
{
    AGEN_BEGIN(self);
#ifndef FAIL
    AGEN_SELECT(self)
#endif
        AGEN_ON_EVENT(self, &self->alternative, &self->event) {
            AGEN_RETURN(self);
        }
#ifndef FAIL
    AGEN_END_SELECT(self);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct waits x;

    agen_init(&x, waits);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
