/* FAIL: agen_this_end_has_no_beginning__and_AGEN_FOR_has_no_end_ */
/* NOT: -DAGEN_USE_COMPUTED_GOTO */
/* AGEN_FOR is a loop of one statement; only AGEN_FOR_CLOSING has an end. */
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

struct job {
    AGEN_COROUTINE;
    struct source source;
    int sum;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
#ifdef FAIL
    AGEN_FOR(self, &self->source) {
        self->sum += self->source.value;
    } AGEN_END_FOR(self);
#else
    AGEN_FOR_CLOSING(self, &self->source) {
        self->sum += self->source.value;
    } AGEN_END_FOR(self);
#endif
    AGEN_END(self);
}

int main(void)
{
    static struct job x;

    agen_init(&x, job);
    agen_init(&x.source, source);
    return agen_next(&x) < 0;
}

/* SPDX-License-Identifier: 0BSD */
