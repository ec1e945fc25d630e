/* FAIL: pointer from integer|integer to pointer|invalid conversion|incompatible type|cannot init */
/* A number yielded where the state declares a pointer. */
#include "agen.h"

struct texts {
    AGEN_YIELDS(const char *);
    int number;
};

AGEN(texts, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_YIELD(self, self->number);
#else
    AGEN_YIELD(self, "one");
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct texts x;

    agen_init(&x, texts);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
