/* FAIL: pointer from integer|integer to pointer|invalid conversion|incompatible type|cannot init */
/* OLDEST: gcc 12 */
/* From plain C: a number sent where the state receives a pointer. */
#include "agen.h"

struct echo {
    AGEN_YIELDS_RECEIVES(int, const char *);
    int count;
};

AGEN(echo, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_YIELD(self, self->count);
        if (agen_received(self) && self->sent[0] != 0)
            self->count++;
    }
    AGEN_END(self);
}

int main(void)
{
    static struct echo x;

    agen_init(&x, echo);
    agen_next(&x);
#ifdef FAIL
    return agen_send(&x, x.count) < 0;
#else
    return agen_send(&x, "one") < 0;
#endif
}

/* SPDX-License-Identifier: 0BSD */
