/* FAIL: too_many_resume_points_in_one_body__move_some_into_a_coroutine_and_await_it */
/* FLAGS: -DAGEN_USE_LINE */
/*
 * With AGEN_USE_LINE a body has 250 lines at most. To be exact, AGEN_END may stand 251 lines
 * below AGEN_BEGIN, and not 252.
 */
#include "agen.h"

#ifdef FAIL
#define LAST 1252
#else
#define LAST 1251
#endif

struct counter {
    AGEN_YIELDS(int);
    int i;
};

AGEN(counter, self)
{
#line 1000 /* as if there were so many lines between */
    AGEN_BEGIN(self);
AGEN_YIELD(self, 1);
    AGEN_YIELD(self, 2);
#line LAST
    AGEN_END(self);
}

int main(void)
{
    static struct counter x;

    agen_init(&x, counter);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
