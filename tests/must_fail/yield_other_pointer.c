/* FAIL: incompatible.pointer.type|cannot convert|incompatible type */
/* A pointer to something else than what the state declares. */
#include "agen.h"

struct texts {
    AGEN_YIELDS(const char *);
    int number;
};

AGEN(texts, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_YIELD(self, &self->number);
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
