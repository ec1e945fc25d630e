/* FAIL: inside_a_switch_of_your_own */
/* ONLY: 64-bit */
/* NOT: -DAGEN_USE_COMPUTED_GOTO */
/* The end of a timeout is a label, which would belong to a switch of your own. */
#include "agen.h"

enum mode { IDLE, BUSY };

struct job {
    AGEN_COROUTINE;
    enum mode mode;
    agen_timeout limit;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    switch (self->mode) {
    case BUSY:
        AGEN_TIMEOUT(self, &self->limit, 10) {
            self->mode = IDLE;
        } AGEN_END_TIMEOUT(self);
        break;
    case IDLE:
        break;
    }
#else
    if (self->mode == BUSY) {
        AGEN_TIMEOUT(self, &self->limit, 10) {
            self->mode = IDLE;
        } AGEN_END_TIMEOUT(self);
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
