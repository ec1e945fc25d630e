/* FAIL: inside_a_handler_this_needs_a_slot__use_its_IN_form_with_an_agen_slot_member */
/* A group inside a handler takes a slot, as all blocks there do. */
#include "agen.h"

struct job {
    AGEN_COROUTINE;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_PAUSE(self);
    AGEN_END(self);
}

struct parent {
    AGEN_COROUTINE;
    agen_slot slot;
    agen_group group;
    struct job job;
    agen_task task;
};

AGEN(parent, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_RAISE(self, -5);
    } AGEN_EXCEPT(self) {
#ifdef FAIL
        AGEN_GROUP(self, &self->group) {
#else
        AGEN_GROUP_IN(self, &self->slot, &self->group) {
#endif
            if (agen_group_spawn(&self->group, &self->task, &self->job) != AGEN_DONE)
                AGEN_RAISE(self, AGEN_E_RUNNING);
        } AGEN_END_GROUP(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

int main(void)
{
    static struct parent x;

    agen_init(&x, parent);
    agen_init(&x.job, job);
    return agen_next(&x) < 0;
}
