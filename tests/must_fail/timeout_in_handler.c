/* FAIL: inside_a_handler_this_needs_a_slot__use_its_IN_form_with_an_agen_slot_member */
/* A timeout inside a handler takes a slot, as all blocks there do. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
    agen_slot slot;
    agen_timeout limit;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_RAISE(self, -5);
    } AGEN_EXCEPT(self) {
#ifdef FAIL
        AGEN_TIMEOUT(self, &self->limit, 10) {
#else
        AGEN_TIMEOUT_IN(self, &self->slot, &self->limit, 10) {
#endif
            AGEN_SLEEP(self, 5);
        } AGEN_END_TIMEOUT(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    return agen_next(&x) < 0;
}
