/* FAIL: AGEN_takes_the_address_of_a_queue */
/* FIRST: AGEN_takes_the_address_of_a_queue|const volatile void */
/* A put into the queue itself. */
#include "agen.h"

struct putter {
    AGEN_COROUTINE;
    AGEN_QUEUE(int, 4) queue;
    int item;
};

AGEN(putter, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_PUT(self, self->queue, self->item);
#else
    AGEN_PUT(self, &self->queue, self->item);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct putter x;

    agen_init(&x, putter);
    agen_queue_init(&x.queue);
    return agen_next(&x) != AGEN_DONE;
}

/* SPDX-License-Identifier: 0BSD */
