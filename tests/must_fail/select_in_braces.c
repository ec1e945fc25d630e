/* FAIL: else|expected */
/* Braces around the branches of a select: it is a chain of if and else. */
#include "agen.h"

struct waiter {
    AGEN_COROUTINE;
    agen_event event;
    agen_alternative alternative;
};

AGEN(waiter, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_SELECT(self) {
        AGEN_ON_EVENT(self, &self->alternative, &self->event) {}
    } AGEN_END_SELECT(self);
#else
    AGEN_SELECT(self)
        AGEN_ON_EVENT(self, &self->alternative, &self->event) {}
    AGEN_END_SELECT(self);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct waiter x;

    agen_init(&x, waiter);
    return agen_next(&x) != AGEN_E_NO_LOOP;
}

/* SPDX-License-Identifier: 0BSD */
