/* FAIL: too_many_resume_points_in_one_body__move_some_into_a_coroutine_and_await_it */
/* NOT: -DAGEN_USE_LINE */
/*
 * A body has 126 resume points: a suspension takes one, a handler one, a loop one, a closing loop
 * three.
 */
#include "agen.h"

#define FIVE_YIELDS \
    AGEN_YIELD(self, 1); AGEN_YIELD(self, 2); AGEN_YIELD(self, 3); AGEN_YIELD(self, 4); \
    AGEN_YIELD(self, 5)
#define FORTY_YIELDS \
    FIVE_YIELDS; FIVE_YIELDS; FIVE_YIELDS; FIVE_YIELDS; FIVE_YIELDS; FIVE_YIELDS; FIVE_YIELDS; \
    FIVE_YIELDS

struct counter {
    AGEN_YIELDS(int);
    int i;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
    FORTY_YIELDS;
    FORTY_YIELDS;
    FORTY_YIELDS;
    FIVE_YIELDS;
    AGEN_YIELD(self, 126);
#ifdef FAIL
    AGEN_YIELD(self, 127);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct counter x;

    agen_init(&x, counter);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
