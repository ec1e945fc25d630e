/* SPDX-License-Identifier: 0BSD */
#include "verifier.h"

#include <string.h>

struct range {
    uint32_t begin, end; /* without end itself */
};

bool verifier_begin(struct verifier *verifier)
{
    memset(verifier, 0, sizeof *verifier);
    verifier->ranges = tmpfile();
    return verifier->ranges != NULL;
}

static void keep_range(struct verifier *verifier)
{
    struct range range = { verifier->begin, verifier->end };

    if (range.begin < range.end)
        (void)fwrite(&range, sizeof range, 1, verifier->ranges); /* see verifier_complete */
}

/* Extents that touch are one range. */
void verifier_add(struct verifier *verifier, const struct extent *written)
{
    if (written->position != verifier->end) {
        keep_range(verifier);
        verifier->begin = written->position;
    }
    verifier->end = written->position + (uint32_t)written->bytes.size;
}

bool verifier_complete(struct verifier *verifier)
{
    keep_range(verifier);
    return fflush(verifier->ranges) == 0 && !ferror(verifier->ranges);
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

uint64_t verifier_count_wrong(const struct verifier *verifier, FILE *input, FILE *output)
{
    struct range range;
    uint32_t position = 0;
    uint64_t wrong = 0;

    rewind(input);
    rewind(output);
    rewind(verifier->ranges);
    while (fread(&range, sizeof range, 1, verifier->ranges) == 1) {
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

void verifier_end(struct verifier *verifier)
{
    if (verifier->ranges != NULL)
        (void)fclose(verifier->ranges);
    verifier->ranges = NULL;
}
