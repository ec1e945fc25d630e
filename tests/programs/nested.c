/* Suspensions inside nested loops: what is resumed are the loops in the middle of their turns. */
#include "agen.h"

#include <stdio.h>

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
    static struct table t = { AGEN_INIT(table), .factors = { 3, 4, 5, 6 } };
    static struct even e = {
        AGEN_INIT(even), .source = { AGEN_INIT(table), .factors = { 1, 2, 3, 8 } },
    };

    while (agen_next(&t) == AGEN_YIELDED)
        printf("%d\n", t.value);
    printf("even:\n");
    while (agen_next(&e) == AGEN_YIELDED)
        printf("%d\n", e.value);
    return 0;
}
