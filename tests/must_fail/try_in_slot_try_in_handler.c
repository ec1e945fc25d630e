/* FAIL: inside_a_handler_this_needs_a_slot__use_its_IN_form_with_an_agen_slot_member */
/*
 * In the part of a try with a slot it is still the handler: a further try needs a slot of its own.
 */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
    agen_slot slot, inner;
    int tidied;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_RAISE(self, -5);
    } AGEN_EXCEPT(self) {
        AGEN_TRY_IN(self, &self->slot) {
#ifdef FAIL
            AGEN_TRY(self) {
#else
            AGEN_TRY_IN(self, &self->inner) {
#endif
                AGEN_RAISE(self, -6);
            } AGEN_EXCEPT(self) {
                self->tidied++;
            } AGEN_END_TRY(self);
        } AGEN_FINALLY(self) {
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
