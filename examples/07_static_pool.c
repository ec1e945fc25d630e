/*
 * Generators that come and go, without a heap. Each download lives in a slot of a static pool, and
 * its finalizer gives the slot back: exactly once, however the download ends.
 */
#include "agen.h"

#include <stdbool.h>
#include <stdio.h>

enum { DOWNLOADS = 2, E_BAD_BLOCK = -1 };

struct download {
    AGEN_YIELDS(int); /* the number of the block to send next */
    int block, blocks;
};

static struct download pool[DOWNLOADS];
static bool taken[DOWNLOADS];

static void download_release(struct download *self)
{
    taken[self - pool] = false;
    printf("  slot %d is free\n", (int)(self - pool));
}

AGEN(download, self, download_release) /* the third argument makes it the finalizer */
{
    AGEN_BEGIN(self);
    for (; self->block < self->blocks; self->block++) {
        if (self->block == 13)
            AGEN_RAISE(self, E_BAD_BLOCK);
        AGEN_YIELD(self, self->block);
    }
    AGEN_END(self);
}

/* Returns a new download, or NULL while all slots are taken. */
static struct download *download_new(int first, int blocks)
{
    int i;

    for (i = 0; i < DOWNLOADS; i++) {
        if (!taken[i]) {
            taken[i] = true;
            AGEN_NEW(&pool[i], download, .block = first, .blocks = first + blocks);
            return &pool[i];
        }
    }
    return NULL;
}

int main(void)
{
    struct download *a, *b;
    int status;

    a = download_new(0, 2);
    b = download_new(10, 100);
    printf("a third one: %s\n", download_new(0, 1) == NULL ? "not now" : "?");
    if (a == NULL || b == NULL)
        return 1;

    /* Do not look into a download that has ended: another one may be in its slot already. */
    printf("one that is complete:\n");
    while ((status = agen_next(a)) == AGEN_YIELDED)
        printf("  block %d\n", a->value);

    printf("one that fails:\n");
    while ((status = agen_next(b)) == AGEN_YIELDED)
        printf("  block %d\n", b->value);
    printf("  error %d\n", status);

    a = download_new(0, 5);
    b = download_new(0, 5);
    if (a == NULL || b == NULL)
        return 1;
    printf("one that is closed half way:\n");
    if (agen_next(a) != AGEN_YIELDED || agen_close(a) != AGEN_DONE)
        return 1;

    printf("one that never started:\n");
    return agen_close(b) != AGEN_DONE;
}

/* SPDX-License-Identifier: 0BSD */
