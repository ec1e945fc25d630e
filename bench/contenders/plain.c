/* SPDX-License-Identifier: 0BSD */
/* The floor: loops that cannot stop in the middle. */
#include "contender.h"

#include <stddef.h>

static unsigned run_generator(unsigned n)
{
    unsigned sum = 0, i;

    for (i = 0; i < n; i++)
        sum ^= i;
    return sum;
}

static unsigned run_stages(unsigned n)
{
    unsigned sum = 0, i;

    for (i = 0; i < n; i++)
        if (i % 2 == 1)
            sum ^= 3 * i + 1;
    return sum;
}

const struct row rows[] = {
    { "generator", NULL, run_generator, 1 },
    { "sight", NULL, run_generator, 1 },
    { "stages", NULL, run_stages, 1 },
    { NULL, NULL, NULL, 0 },
};

void print_bytes(void)
{
}
