/* FAIL: AGEN_takes_the_address_of_a_state */
/* FIRST: AGEN_takes_the_address_of_a_state|const volatile void */
/* An await that is handed the state itself. */
#include "agen.h"

struct child {
    AGEN_COROUTINE;
};

AGEN(child, self)
{
    AGEN_BEGIN(self);
    AGEN_END(self);
}

struct parent {
    AGEN_COROUTINE;
    struct child child;
};

AGEN(parent, self)
{
    AGEN_BEGIN(self);
    agen_init(&self->child, child);
#ifdef FAIL
    AGEN_AWAIT(self, self->child);
#else
    AGEN_AWAIT(self, &self->child);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct parent x;

    agen_init(&x, parent);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
