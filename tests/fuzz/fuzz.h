/* SPDX-License-Identifier: 0BSD */
/*
 * What the harnesses share: the input as a source of decisions, and a check that ends the run.
 * Where the input is over all decisions are 0, which in every harness leads to an end.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const uint8_t *input;
static size_t input_size;

static inline unsigned draw(unsigned below)
{
    if (input_size == 0)
        return 0;
    input_size--;
    return *input++ % below;
}

/* libFuzzer keeps the input of a run that aborts. */
static inline void must(bool holds, const char *what, const char *file, int line)
{
    if (holds)
        return;
    fflush(stdout);
    fprintf(stderr, "%s:%d: %s: does not hold\n", file, line, what);
    abort();
}

#define MUST(condition) must((condition), #condition, __FILE__, __LINE__)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
