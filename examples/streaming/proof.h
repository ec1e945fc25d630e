/* SPDX-License-Identifier: 0BSD */
/*
 * Proves that what was written is right: remembers which ranges of the output were, and compares
 * each with the input when all is over. Plain C, apart from what it checks. The list is in a
 * temporary file, because there may be any number of ranges.
 */
#ifndef PROOF_H
#define PROOF_H

#include "piece.h"

#include <stdio.h>

struct proof {
    FILE *ranges;
    uint32_t begin, end; /* the last range so far */
};

bool proof_begin(struct proof *proof);                            /* false: no temporary file */
void proof_add(struct proof *proof, const struct piece *written); /* in order */
bool proof_complete(struct proof *proof);                         /* false: cannot keep the list */
uint64_t proof_count_wrong(const struct proof *proof, FILE *input, FILE *output);
void proof_end(struct proof *proof);

#endif
