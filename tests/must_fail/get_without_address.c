/* FAIL: AGEN_takes_the_address_of_a_queue */
/* FIRST: AGEN_takes_the_address_of_a_queue|const volatile void */
/* A get from the queue itself. */
#include "agen.h"

struct getter {
    AGEN_COROUTINE;
    AGEN_QUEUE(int, 4) queue;
    int item;
};

AGEN(getter, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_GET(self, self->queue, self->item);
#else
    AGEN_GET(self, &self->queue, self->item);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct getter x;

    agen_init(&x, getter);
    agen_queue_init(&x.queue);
    return agen_next(&x) != AGEN_E_NO_LOOP;
}

/* SPDX-License-Identifier: 0BSD */
