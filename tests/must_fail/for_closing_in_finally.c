/* FAIL: inside_a_handler_this_needs_a_slot__use_its_IN_form_with_an_agen_slot_member */
/* A closing loop inside a finally keeps the outer error in a slot. */
#include "agen.h"

struct source {
    AGEN_YIELDS(int);
};

AGEN(source, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_END(self);
}

struct job {
    AGEN_COROUTINE;
    struct source source;
    agen_slot slot;
    int sum;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_RAISE(self, -5);
    } AGEN_FINALLY(self) {
#ifdef FAIL
        AGEN_FOR_CLOSING(self, &self->source) {
#else
        AGEN_FOR_CLOSING_IN(self, &self->slot, &self->source) {
#endif
            self->sum += self->source.value;
        } AGEN_END_FOR(self);
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
