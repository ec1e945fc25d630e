/* FAIL: a break or continue would leave the try part, handler, finally, timeout, group or race that ends */
/* OLDEST: clang 14 clang++ 14 */
/* The same in a try that has a slot, where the part is a loop of the header's. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
    int i, tries;
    bool over;
    agen_slot slot;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 5; self->i++) {
        AGEN_TRY(self) {
            AGEN_RAISE(self, -5);
        } AGEN_EXCEPT(self) {
            AGEN_TRY_IN(self, &self->slot) {
                self->tries++;
                if (self->tries == 3)
#ifdef FAIL
                    continue;
#else
                    self->over = true;
#endif
            } AGEN_END_TRY(self);
        } AGEN_END_TRY(self);
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
