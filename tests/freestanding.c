/* Uses every macro and function of the library, and no other header. Linked without any library. */
#include "agen.h"

struct all {
    AGEN_YIELDS_RECEIVES(int, int);
    struct all *inner;
    agen_slot slot;
    int turn;
};

static int released;
static void release(struct all *self)
{
    (void)self;
    released++;
}

struct wait {
    AGEN_COROUTINE;
    volatile int *flag;
};

AGEN(wait, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, *self->flag);
    AGEN_END(self);
}

AGEN_DECLARE(all);
AGEN_EXTERN(all, self, release)
{
    static volatile int flag;
    static struct wait wait = { AGEN_INIT(wait), &flag };

    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_AWAIT(self, &wait);
        AGEN_NEXT(self, self->inner);
        AGEN_SEND(self, self->inner, self->turn);
        AGEN_THROW(self, self->inner, -1);
        AGEN_CLOSE(self, self->inner);
        AGEN_FOR(self, self->inner)
            self->turn += agen_status(self);
        AGEN_FOR_CLOSING(self, self->inner) {
            AGEN_YIELD(self, self->inner->value);
        } AGEN_END_FOR(self);
        AGEN_YIELD_FROM(self, self->inner);
        AGEN_YIELD_FROM_RECEIVING(self, self->inner);
        if (agen_received(self))
            AGEN_RETURN(self);
    } AGEN_EXCEPT_ANY(self) {
        AGEN_TRY_IN(self, &self->slot) {
            AGEN_RAISE(self, agen_error(self));
        } AGEN_EXCEPT(self) {
            self->turn++;
        } AGEN_END_TRY(self);
        AGEN_FOR_CLOSING_IN(self, &self->slot, self->inner) {
            AGEN_YIELD(self, self->inner->value);
        } AGEN_END_FOR(self);
    } AGEN_FINALLY(self) {
        self->turn++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

int use_all(void);
int use_all(void)
{
    static struct all x = { AGEN_INIT(all), 0, 0, 0, { 0 }, 0 };

    agen_init(&x, all);
    return agen_next(&x) + agen_next_as(all, &x) + agen_send(&x, 1) + agen_throw(&x, -1)
           + agen_poll(&x) + agen_abort(&x, -1) + agen_close(&x) + agen_drop(&x) + agen_done(&x)
           + *agen_strerror(released);
}
