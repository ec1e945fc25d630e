/* SPDX-License-Identifier: 0BSD */
/* State machines by hand: the consumers. */
#include "hand_bodies.h"

#include "contender.h"

#include <stdio.h>

static unsigned run_generator(unsigned n)
{
    struct numbers x = { .step = numbers_step, .n = n };
    unsigned sum = 0;

    while (x.step(&x) == HAND_VALUE)
        sum ^= x.value;
    return sum;
}

static unsigned run_generator_open(unsigned n)
{
    struct open_numbers x = { .step = open_numbers_step, .n = n };
    unsigned sum = 0;

    while (x.step(&x, 0) == HAND_VALUE)
        sum ^= x.value;
    return sum;
}

static unsigned run_sight(unsigned n)
{
    struct numbers x = { .n = n };
    unsigned sum = 0;

    while (numbers_in_sight(&x) == HAND_VALUE)
        sum ^= x.value;
    return sum;
}

static struct numbers live[MILLION];

static void make_live(unsigned n)
{
    unsigned i;

    (void)n;
    for (i = 0; i < MILLION; i++)
        live[i] = (struct numbers){ .step = numbers_step, .n = ~0u };
}

static unsigned run_live(unsigned n)
{
    unsigned sum = 0, i, k;

    for (i = 0; i < n; i++) {
        k = 991 * i % MILLION;
        if (live[k].step(&live[k]) == HAND_VALUE)
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
        levels[i] = (struct from){ .step = from_step, .inner = i + 1 < depth ? &levels[i + 1] : NULL, .n = n };
    while (levels[0].step(&levels[0]) == HAND_VALUE)
        sum ^= levels[0].value;
    return sum;
}

static unsigned run_from_5(unsigned n) { return run_from(5, n); }
static unsigned run_from_50(unsigned n) { return run_from(50, n); }

static unsigned run_stages(unsigned n)
{
    struct map x = { .step = map_step };

    x.source.step = odd_step;
    x.source.source.step = numbers_step;
    x.source.source.n = n;
    return map_sum(&x);
}

static struct link links[100];

static void make_chain(int depth, unsigned turns)
{
    int i;

    for (i = 0; i < depth; i++) {
        links[i].step = link_step;
        links[i].inner = i + 1 < depth ? &links[i + 1] : NULL;
        links[i].turns = turns;
        links[i].state = 0;
    }
}

static unsigned run_chain(int depth, unsigned n)
{
    unsigned sum = 0;

    for (; n > 0; n--) {
        make_chain(depth, 1);
        while (links[0].step(&links[0]) == HAND_WAITS)
            ;
        sum += links[0].result;
    }
    return sum;
}

static unsigned run_resumes(int depth, unsigned n)
{
    unsigned resumes = 0;

    make_chain(depth, n);
    while (links[0].step(&links[0]) == HAND_WAITS)
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
    struct handler x = { .step = handler_step };
    unsigned sum = 0;

    (void)x.step(&x, 0);
    for (; n > 0; n--)
        if (x.step(&x, -5) == HAND_VALUE)
            sum ^= x.value;
    return sum;
}

static unsigned run_close(unsigned n)
{
    unsigned log = 0;

    for (; n > 0; n--) {
        struct guarded x = { .step = guarded_step, .close = guarded_close, .log = &log };

        (void)x.step(&x);
        x.close(&x);
    }
    return log;
}

const struct row rows[] = {
    { "generator", NULL, run_generator, 1 },
    { "generator-open", NULL, run_generator_open, 1 },
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
    { "resume-100", NULL, run_resume_100, 10 },
    { "throw", NULL, run_throw, 10 },
    { "close", NULL, run_close, 10 },
    { NULL, NULL, NULL, 0 },
};

void print_bytes(void)
{
    printf("generator %u\n", (unsigned)sizeof(struct numbers));
}
