/* FAIL: error: .*agen_items_must_be_trivially_copyable_here__use_AGEN_GET_ */
/* COMPILERS: g++ clang++ */
/* A queue as a generator copies bytes: two objects would then own the same memory. */
#include "agen.h"

#include <string>

struct user {
    AGEN_COROUTINE;
    AGEN_QUEUE(std::string, 2) queue;
    std::string item;
    size_t length;
};

AGEN(user, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_FOR(self, &self->queue)
        self->length += self->queue.value.size();
#else
    AGEN_GET(self, &self->queue, self->item);
    while (agen_status(self) == AGEN_YIELDED) {
        self->length += self->item.size();
        AGEN_GET(self, &self->queue, self->item);
    }
#endif
    AGEN_END(self);
}

int main()
{
    static struct user x;

    agen_init(&x, user);
    agen_queue_init(&x.queue);
    agen_queue_close(&x.queue);
    return agen_next(&x);
}

/* SPDX-License-Identifier: 0BSD */
