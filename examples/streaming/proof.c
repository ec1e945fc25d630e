/* SPDX-License-Identifier: 0BSD */
#include "proof.h"

#include <string.h>

struct range {
    uint32_t begin, end; /* without end itself */
};

bool proof_begin(struct proof *proof)
{
    memset(proof, 0, sizeof *proof);
    proof->ranges = tmpfile();
    return proof->ranges != NULL;
}

static void keep_range(struct proof *proof)
{
    struct range range = { proof->begin, proof->end };

    if (range.begin < range.end)
        (void)fwrite(&range, sizeof range, 1, proof->ranges); /* see proof_complete */
}

/* Pieces that touch are one range. */
void proof_add(struct proof *proof, const struct piece *written)
{
    if (written->position != proof->end) {
        keep_range(proof);
        proof->begin = written->position;
    }
    proof->end = written->position + (uint32_t)written->bytes.size;
}

bool proof_complete(struct proof *proof)
{
    keep_range(proof);
    return fflush(proof->ranges) == 0 && !ferror(proof->ranges);
}

static bool skip(FILE *file, uint32_t size)
{
    const uint32_t step_max = 0x40000000; /* fits any long */

    for (; size > step_max; size -= step_max)
        if (fseek(file, (long)step_max, SEEK_CUR) != 0)
            return false;
    return fseek(file, (long)size, SEEK_CUR) == 0;
}

/* How many of the next bytes differ, or cannot be read. */
static uint32_t compare(FILE *input, FILE *output, uint32_t size)
{
    uint8_t want[512], have[512];
    uint32_t wrong = 0;
    size_t chunk, i;

    for (; size > 0; size -= (uint32_t)chunk) {
        chunk = size < sizeof want ? size : sizeof want;
        if (fread(want, 1, chunk, input) != chunk || fread(have, 1, chunk, output) != chunk)
            return wrong + size;
        for (i = 0; i < chunk; i++)
            wrong += want[i] != have[i];
    }
    return wrong;
}

uint64_t proof_count_wrong(const struct proof *proof, FILE *input, FILE *output)
{
    struct range range;
    uint32_t position = 0;
    uint64_t wrong = 0;

    rewind(input);
    rewind(output);
    rewind(proof->ranges);
    while (fread(&range, sizeof range, 1, proof->ranges) == 1) {
        if (skip(input, range.begin - position) && skip(output, range.begin - position))
            wrong += compare(input, output, range.end - range.begin);
        else
            wrong += range.end - range.begin;
        position = range.end;
    }
    while (fgetc(output) != EOF)
        wrong++; /* more than was written */
    return wrong;
}

void proof_end(struct proof *proof)
{
    if (proof->ranges != NULL)
        (void)fclose(proof->ranges);
    proof->ranges = NULL;
}
