/* SPDX-License-Identifier: 0BSD */
/* agen.h: the consumers. */
#include "agen_bodies.h"

#include "contender.h"

#include <stdio.h>

static unsigned run_generator(unsigned n)
{
    struct numbers x = { AGEN_INIT(numbers), .n = n };
    unsigned sum = 0;

    while (agen_next(&x) == AGEN_YIELDED)
        sum ^= x.value;
    return sum;
}

struct near {
    AGEN_YIELDS(unsigned);
    unsigned i, n;
};

AGEN(near, self)
{
    AGEN_BEGIN(self);
    for (; self->i < self->n; self->i++)
        AGEN_YIELD(self, self->i);
    AGEN_END(self);
}

static unsigned run_sight(unsigned n)
{
    struct near x = { AGEN_INIT(near), .n = n };
    unsigned sum = 0;

    while (agen_next_as(near, &x) == AGEN_YIELDED)
        sum ^= x.value;
    return sum;
}

static struct numbers live[MILLION];

static void make_live(unsigned n)
{
    unsigned i;

    (void)n;
    for (i = 0; i < MILLION; i++)
        AGEN_NEW(&live[i], numbers, .n = ~0u);
}

static unsigned run_live(unsigned n)
{
    unsigned sum = 0, i, k;

    for (i = 0; i < n; i++) {
        k = 991 * i % MILLION;
        if (agen_next(&live[k]) == AGEN_YIELDED)
            sum += live[k].value + k;
    }
    return sum;
}

static unsigned run_from(int depth, unsigned n)
{
    struct from levels[50];
    unsigned sum = 0;
    int i;

    for (i = 0; i < depth; i++)
        AGEN_NEW(&levels[i], from, .inner = i + 1 < depth ? &levels[i + 1] : NULL, .n = n);
    while (agen_next(&levels[0]) == AGEN_YIELDED)
        sum ^= levels[0].value;
    return sum;
}

static unsigned run_from_5(unsigned n) { return run_from(5, n); }
static unsigned run_from_50(unsigned n) { return run_from(50, n); }

static unsigned run_stages(unsigned n)
{
    struct sum x = { AGEN_INIT(sum), .result = 0 };

    agen_init(&x.source, map);
    agen_init(&x.source.source, odd);
    AGEN_NEW(&x.source.source.source, numbers, .n = n);
    return agen_poll(&x) == AGEN_DONE ? x.result : 0;
}

static struct link links[100];

static void make_chain(int depth, unsigned turns)
{
    int i;

    for (i = 0; i < depth; i++) {
        agen_init(&links[i], link);
        links[i].inner = i + 1 < depth ? &links[i + 1] : NULL;
        links[i].turns = turns;
    }
}

static unsigned run_chain(int depth, unsigned n)
{
    unsigned sum = 0;

    for (; n > 0; n--) {
        make_chain(depth, 1);
        while (agen_poll(&links[0]) == AGEN_PENDING)
            ;
        sum += links[0].result;
    }
    return sum;
}

static unsigned run_resumes(int depth, unsigned n)
{
    unsigned resumes = 0;

    make_chain(depth, n);
    while (agen_poll(&links[0]) == AGEN_PENDING)
        resumes++;
    return resumes + links[0].result;
}

static unsigned run_chain_1(unsigned n) { return run_chain(1, n); }
static unsigned run_chain_10(unsigned n) { return run_chain(10, n); }
static unsigned run_chain_100(unsigned n) { return run_chain(100, n); }
static unsigned run_resume_1(unsigned n) { return run_resumes(1, n); }
static unsigned run_resume_10(unsigned n) { return run_resumes(10, n); }
static unsigned run_resume_100(unsigned n) { return run_resumes(100, n); }

static unsigned run_throw(unsigned n)
{
    struct handler x = { AGEN_INIT(handler), .caught = 0 };
    unsigned sum = 0;

    (void)agen_next(&x);
    for (; n > 0; n--)
        if (agen_throw(&x, -5) == AGEN_YIELDED)
            sum ^= x.value;
    return sum;
}

static unsigned run_close(unsigned n)
{
    unsigned log = 0;

    for (; n > 0; n--) {
        struct guarded x = { AGEN_INIT(guarded), .log = &log };

        (void)agen_next(&x);
        (void)agen_close(&x);
    }
    return log;
}

const struct row rows[] = {
    { "generator", NULL, run_generator, 1 },
    { "generator-open", NULL, run_generator, 1 }, /* each of them is */
    { "sight", NULL, run_sight, 1 },
    { "live", make_live, run_live, 1 },
    { "from-5", NULL, run_from_5, 1 },
    { "from-50", NULL, run_from_50, 10 },
    { "stages", NULL, run_stages, 1 },
    { "chain-1", NULL, run_chain_1, 10 },
    { "chain-10", NULL, run_chain_10, 10 },
    { "chain-100", NULL, run_chain_100, 100 },
    { "resume-1", NULL, run_resume_1, 1 },
    { "resume-10", NULL, run_resume_10, 1 },
    { "resume-100", NULL, run_resume_100, 1 },
    { "throw", NULL, run_throw, 10 },
    { "close", NULL, run_close, 10 },
    { NULL, NULL, NULL, 0 },
};

void print_bytes(void)
{
    printf("generator %u\n", (unsigned)sizeof(struct numbers));
}
