/* FAIL: AGEN_takes_the_tag_of_a_struct_|typedef */
/* FIRST: incomplete type.*struct counter|typedef.name|cannot be referenced with (a struct|the .struct.) specifier */
/* A state whose struct has a typedef, but no tag. */
#include "agen.h"

#ifdef FAIL
typedef struct {
#else
typedef struct counter {
#endif
    AGEN_YIELDS(int);
    int i;
} counter;

AGEN(counter, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, self->i);
    AGEN_END(self);
}

int main(void)
{
    static counter x;

    agen_init(&x, counter);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
