/* FAIL: warning: .*(pointer from integer|integer to pointer) */
/* FAIL: an error code must be negative and fit int16_t */
/* OLDEST: clang 14 clang++ 14 */
/* COMPILERS: gcc clang */
/* FLAGS: -Wno-error=int-conversion */
/* What is an error in a sent value is the application's own affair after it: a warning.
   (New compilers make it an error unless told.) */
#include "agen.h"

struct echo {
    AGEN_YIELDS_RECEIVES(int, int);
};

AGEN(echo, self)
{
    AGEN_BEGIN(self);
    for (;;)
        AGEN_YIELD(self, agen_received(self) ? self->sent : 0);
    AGEN_END(self);
}

static AGEN_QUEUE(int, 2) queue;
static int *pointer;

int main(void)
{
    static struct echo x;

    agen_init(&x, echo);
    agen_queue_init(&queue);
    (void)agen_send(&x, 1);
    (void)agen_try_put(&queue, 1);
#ifdef FAIL
    pointer = 5;
    return agen_throw(&x, 5);
#else
    pointer = &x.value;
    return *pointer;
#endif
}

/* SPDX-License-Identifier: 0BSD */
