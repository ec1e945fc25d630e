/* FAIL: a break or continue would leave the try part, handler, finally, timeout, group or race that ends */
/* OLDEST: clang 14 clang++ 14 */
/* A break would leave the block of a timeout alone, not the loop around it. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
    int i, tries;
    bool over;
    agen_timeout limit;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 5; self->i++) {
        AGEN_TIMEOUT(self, &self->limit, 10) {
            AGEN_SLEEP(self, 3);
            self->tries++;
            if (self->tries == 3)
#ifdef FAIL
                break;
#else
                self->over = true;
#endif
        } AGEN_END_TIMEOUT(self);
        if (self->over)
            break;
    }
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    return agen_next(&x) < -100;
}

/* SPDX-License-Identifier: 0BSD */
