/* FAIL: too_many_resume_points_in_one_body__move_some_into_a_coroutine_and_await_it */
/* FLAGS: -DAGEN_USE_LINE */
/* With AGEN_USE_LINE a body has 250 lines at most. */
#include "agen.h"

struct counter {
    AGEN_YIELDS(int);
    int i;
};

AGEN(counter, self)
{
    AGEN_BEGIN(self);
AGEN_YIELD(self, 1);
#ifdef FAIL
#line 500 /* as if there were so many lines between */
#endif
    AGEN_YIELD(self, 2);
    AGEN_END(self);
}

int main(void)
{
    static struct counter x;

    agen_init(&x, counter);
    return agen_next(&x) < 0;
}
