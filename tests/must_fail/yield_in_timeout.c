/* FAIL: no_yield_inside_a_timeout_group_or_race__it_would_reach_into_the_consumer__PEP_789 */
/* While the generator is suspended there, the timeout would cancel whoever consumes it. */
#include "agen.h"

struct readings {
    AGEN_YIELDS(int);
    agen_event event;
    agen_timeout limit;
};

AGEN(readings, self)
{
    AGEN_BEGIN(self);
    AGEN_TIMEOUT(self, &self->limit, 10) {
        AGEN_WAIT(self, &self->event);
#ifdef FAIL
        AGEN_YIELD(self, 1);
#endif
    } AGEN_END_TIMEOUT(self);
#ifndef FAIL
    AGEN_YIELD(self, 1);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct readings x;

    agen_init(&x, readings);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
