/* FAIL: no_yield_inside_a_timeout_group_or_race__it_would_reach_into_the_consumer__PEP_789 */
/* In a branch of a select a yield is as legal as around it: not inside a timeout. */
#include "agen.h"

struct readings {
    AGEN_YIELDS(int);
    agen_event event;
    agen_timeout limit;
    agen_alternative alternative;
};

AGEN(readings, self)
{
    AGEN_BEGIN(self);
    AGEN_TIMEOUT(self, &self->limit, 10) {
        AGEN_SELECT(self)
            AGEN_ON_EVENT(self, &self->alternative, &self->event) {
#ifdef FAIL
                AGEN_YIELD(self, 1);
#endif
            }
        AGEN_END_SELECT(self);
    } AGEN_END_TIMEOUT(self);
    AGEN_SELECT(self)
        AGEN_ON_EVENT(self, &self->alternative, &self->event) {
            AGEN_YIELD(self, 1);
        }
    AGEN_END_SELECT(self);
    AGEN_END(self);
}

int main(void)
{
    static struct readings x;

    agen_init(&x, readings);
    return agen_next(&x) == AGEN_YIELDED;
}

/* SPDX-License-Identifier: 0BSD */
