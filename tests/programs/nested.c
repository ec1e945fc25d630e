/*
 * Suspensions inside nested loops: a resume lands in the middle of their turns. A compiler that
 * keeps the address of a member, or a product that does not change in a loop, in a register from
 * before the suspension gets these wrong.
 */
#include "agen.h"

#include <stdio.h>

struct grid {
    AGEN_YIELDS(int);
    unsigned char row, column;
    int out;
};

AGEN(grid, self)
{
    AGEN_BEGIN(self);
    for (self->row = 0; self->row < 3; self->row++) {
        for (self->column = 0; self->column < 2; self->column++) {
            self->out = self->row;
            AGEN_YIELD(self, self->out);
        }
    }
    AGEN_END(self);
}

struct tally {
    AGEN_YIELDS(int);
    unsigned char i, j, k;
    unsigned char count[4];
};

AGEN(tally, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 3; self->i++) {
        for (self->j = 0; self->j < 2; self->j++) {
            self->count[self->i]++;
            AGEN_YIELD(self, self->i * 16 + self->j);
            self->count[self->i] = (unsigned char)(self->count[self->i] + self->i);
            for (self->k = 0; self->k < 2; self->k++)
                AGEN_YIELD(self, self->count[self->i] + self->i * 16);
        }
    }
    AGEN_END(self);
}

struct table {
    AGEN_YIELDS(int);
    int row, column, product;
    int factors[4];
};

AGEN(table, self)
{
    AGEN_BEGIN(self);
    for (self->row = 0; self->row < 4; self->row++) {
        for (self->column = 0; self->column <= self->row; self->column++) {
            self->product = self->factors[self->row] * self->factors[self->column];
            AGEN_YIELD(self, self->product);
            if (self->product % 2 != 0)
                continue;
            do {
                self->product /= 2;
                AGEN_YIELD(self, -self->product);
            } while (self->product > 2);
        }
        AGEN_YIELD(self, 1000 + self->row);
    }
    AGEN_END(self);
}

/* The same seen through a second generator, whose own loop is suspended along with those. */
struct even {
    AGEN_YIELDS(int);
    struct table source;
    int sum;
};

AGEN(even, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->source) {
        self->sum += self->source.value;
        if (self->source.value % 2 == 0)
            AGEN_YIELD(self, self->source.value);
    }
    AGEN_YIELD(self, self->sum);
    AGEN_END(self);
}

int main(void)
{
    static struct grid grid = { AGEN_INIT(grid), .row = 0 };
    static struct tally tally = { AGEN_INIT(tally), .i = 0 };
    static struct even even = {
        AGEN_INIT(even),
        .source = { AGEN_INIT(table), .factors = { 1, 2, 3, 8 } },
    };
    int left; /* what is miscompiled may never end */

    for (left = 100; left > 0 && agen_next(&grid) == AGEN_YIELDED; left--)
        printf("%d ", grid.value);
    printf("\n");
    for (left = 100; left > 0 && agen_next(&tally) == AGEN_YIELDED; left--)
        printf("%d ", tally.value);
    printf("\n");
    for (left = 100; left > 0 && agen_next(&even) == AGEN_YIELDED; left--)
        printf("%d ", even.value);
    printf("\n");
    return 0;
}

/* SPDX-License-Identifier: 0BSD */
