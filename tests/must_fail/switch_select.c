/* FAIL: none_is_inside_a_switch_of_your_own */
#include "agen.h"

struct waits {
    AGEN_COROUTINE;
    int mode;
    agen_event event;
    agen_alternative alternative;
};

AGEN(waits, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    switch (self->mode) {
    case 1:
#else
    if (self->mode == 1) {
#endif
        AGEN_SELECT(self)
            AGEN_ON_EVENT(self, &self->alternative, &self->event) {
                self->mode = 2;
            }
        AGEN_END_SELECT(self);
    }
    AGEN_END(self);
}

int main(void)
{
    static struct waits x;

    agen_init(&x, waits);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
