/* FAIL: inside_a_switch_of_your_own */
/* ONLY: 64-bit */
/* NOT: -DAGEN_USE_COMPUTED_GOTO */
/* A try inside a switch of your own: its handler is a label, which would belong to that switch. */
#include "agen.h"

enum mode { IDLE, BUSY };

struct job {
    AGEN_COROUTINE;
    enum mode mode;
    int error;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    switch (self->mode) {
    case BUSY:
        AGEN_TRY(self) {
            AGEN_RAISE(self, -5);
        } AGEN_EXCEPT(self) {
            self->error = agen_error(self);
        } AGEN_END_TRY(self);
        break;
    case IDLE:
        break;
    }
#else
    if (self->mode == BUSY) {
        AGEN_TRY(self) {
            AGEN_RAISE(self, -5);
        } AGEN_EXCEPT(self) {
            self->error = agen_error(self);
        } AGEN_END_TRY(self);
    }
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
