/* Locals that do not cross a suspension: none of them is anybody's mistake. */
#include "agen.h"

struct frames {
    AGEN_YIELDS(int);
    int i, length, sum;
    const int *lengths;
    unsigned char bytes[8];
};

static volatile bool ready;

AGEN(frames, self)
{
    /* Set again at each resume: a short name, and a constant. */
    const int *lengths = self->lengths;
    unsigned char *const bytes = self->bytes;
    const int most = (int)sizeof self->bytes;

    AGEN_BEGIN(self);
    /* In a block, with an initialiser, and no suspension in the block. */
    {
        const int first = lengths[0];
        int j;

        for (j = 0; j < most; j++)
            bytes[j] = (unsigned char)(first + j);
    }
    for (self->i = 0; lengths[self->i] != 0; self->i++) {
        {
            const int length = lengths[self->i];

            self->length = length < most ? length : most;
        }
        AGEN_WAIT_UNTIL(self, ready);
        for (int j = 0; j < self->length; j++) {
            int byte = bytes[j];

            if (byte == 0)
                continue;
            self->sum += byte;
        }
        AGEN_YIELD(self, self->sum);
        if (self->sum > most) {
            int excess = self->sum - most;

            while (excess > most)
                excess -= most;
            self->sum = excess;
        } else {
            AGEN_YIELD(self, 0);
        }
    }
    AGEN_END(self);
}

/* Declared outside, but set after the last suspension in front of each use. */
struct readings {
    AGEN_YIELDS(int);
    int i, last;
};

static int measure(int channel)
{
    return channel * 3;
}

AGEN(readings, self)
{
    int level, other;

    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 4; self->i++) {
        level = measure(self->i);
        if (level > 6)
            other = level;
        else
            other = 6;
        self->last = level + other;
        AGEN_YIELD(self, self->last);
        level = measure(-self->i);
        self->last = level;
    }
    AGEN_END(self);
}

/* Set by a get, which tells clang nothing about the item that was not there. */
struct adder {
    AGEN_COROUTINE;
    AGEN_QUEUE(int, 4) *items;
    AGEN_QUEUE(struct readings, 1) *others;
    int sum;
    AGEN_QUEUE(bool, 1) *answers;
    bool last : 1;
};

AGEN(adder, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        int item;

        AGEN_GET(self, self->items, item);
        if (agen_status(self) != AGEN_YIELDED)
            break;
        self->sum += item;
        if (agen_try_get(self->items, item))
            self->sum -= item;
        while (agen_try_get(self->items, item))
            self->sum += item;
    }
    for (;;) {
        struct readings item;

        AGEN_GET(self, self->others, item);
        if (agen_status(self) == AGEN_DONE)
            AGEN_RETURN(self);
        self->sum += item.last;
        AGEN_GET(self, self->answers, self->last); /* a bit-field */
    }
    AGEN_END(self);
}

int main(void)
{
    static struct adder z;
    static const int lengths[] = { 3, 5, 0 };
    static struct frames x;
    static struct readings y;

    agen_init(&x, frames);
    x.lengths = lengths;
    agen_init(&y, readings);
    agen_init(&z, adder);
    return agen_poll(&x) < 0 || agen_poll(&z) < 0 || agen_next(&y) < 0;
}

/* SPDX-License-Identifier: 0BSD */
