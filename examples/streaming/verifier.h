/* SPDX-License-Identifier: 0BSD */
/*
 * Verifies the output: it notes which ranges of the output were written, and at the end it compares
 * each of them with the input. It is plain C and shares no code with the stages that it checks. The
 * list of ranges is in a temporary file, because there may be any number of them.
 */
#ifndef VERIFIER_H
#define VERIFIER_H

#include "extent.h"

#include <stdio.h>

struct verifier {
    FILE *ranges;
    uint32_t begin, end; /* the last range so far */
};

bool verifier_begin(struct verifier *verifier);    /* false: no temporary file */
void verifier_add(struct verifier *verifier, const struct extent *written); /* in order */
bool verifier_complete(struct verifier *verifier); /* false: cannot keep the list */
uint64_t verifier_count_wrong(const struct verifier *verifier, FILE *input, FILE *output);
void verifier_end(struct verifier *verifier);

#endif
