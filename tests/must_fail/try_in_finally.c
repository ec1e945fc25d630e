/* FAIL: inside_a_handler_this_needs_a_slot__use_its_IN_form_with_an_agen_slot_member */
/* A try inside a finally keeps the error on its way out in a slot. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
    agen_slot slot;
    int tidied;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_RAISE(self, -5);
    } AGEN_FINALLY(self) {
#ifdef FAIL
        AGEN_TRY(self) {
#else
        AGEN_TRY_IN(self, &self->slot) {
#endif
            AGEN_RAISE(self, -6);
        } AGEN_EXCEPT(self) {
            self->tidied++;
        } AGEN_END_TRY(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
