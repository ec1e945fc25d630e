/* FAIL: no_yield_inside_a_timeout_group_or_race__it_would_reach_into_the_consumer__PEP_789 */
/* Nor what another yields: each value would leave the block with the timeout still running. */
#include "agen.h"

struct source {
    AGEN_YIELDS(int);
};

AGEN(source, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_END(self);
}

struct readings {
    AGEN_YIELDS(int);
    struct source source;
    agen_timeout limit;
};

AGEN(readings, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_TIMEOUT(self, &self->limit, 10) {
        AGEN_YIELD_FROM(self, &self->source);
    } AGEN_END_TIMEOUT(self);
#else
    for (;;) {
        AGEN_TIMEOUT(self, &self->limit, 10) {
            AGEN_NEXT(self, &self->source);
        } AGEN_END_TIMEOUT(self);
        if (agen_done(&self->source))
            break;
        AGEN_YIELD(self, self->source.value);
    }
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct readings x;

    agen_init(&x, readings);
    agen_init(&x.source, source);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
