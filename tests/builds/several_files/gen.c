/* SPDX-License-Identifier: 0BSD */
/* The bodies of the shared generators, and a private one whose name is taken elsewhere, too. */
#ifdef TEST_FOR_SIZE /* as if with -Os, the others not: the shared functions start these bodies */
#define __OPTIMIZE_SIZE__ 1
#endif
#include "gen.h"

bool gen_ready = true;

AGEN_EXTERN(gen, self)
{
    AGEN_BEGIN(self);
    for (; self->n > 0; self->n--) {
        if (self->waits)
            AGEN_WAIT_UNTIL(self, gen_ready);
        AGEN_YIELD(self, self->n);
        if (agen_received(self))
            self->n = self->sent + 1;
    }
    AGEN_END(self);
}

static void gen_count(struct gen_counted *self)
{
    self->released++;
}

AGEN_EXTERN(gen_counted, self, gen_count)
{
    AGEN_BEGIN(self);
    AGEN_FOR_AS(self, gen, &self->gen)
        AGEN_YIELD(self, self->gen.value * 10);
    AGEN_END(self);
}

AGEN_EXTERN(gen_sum, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->gen)
        self->sum += self->gen.value;
    AGEN_END(self);
}

struct local {
    AGEN_YIELDS(int);
};

AGEN(local, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_YIELD(self, 2);
    AGEN_END(self);
}

int gen_sum_of_locals(void)
{
    struct local x;
    int sum = 0;

    agen_init(&x, local);
    while (agen_next(&x) == AGEN_YIELDED)
        sum += x.value;
    return sum;
}

int gen_drop(struct gen *x)
{
    return agen_drop(x);
}

int gen_size(void)
{
    return (int)sizeof(struct gen);
}

gen_body gen_address(void)
{
    return gen_agen_;
}
