/* FAIL: incompatible type|no match for|no viable|cannot convert */
/* A struct yielded where the state declares another. */
#include "agen.h"

struct point {
    int x, y;
};

struct size {
    int width, height;
};

struct points {
    AGEN_YIELDS(struct point);
    struct point point;
    struct size size;
};

AGEN(points, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_YIELD(self, self->size);
#else
    AGEN_YIELD(self, self->point);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct points x;

    agen_init(&x, points);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
