/*
 * Values of many types, converted as by assignment: no warning that an assignment would not give.
 */
#include "agen.h"

struct point {
    int x, y;
};

enum colour { RED, GREEN };

struct points {
    AGEN_YIELDS_RECEIVES(struct point, const char *);
    struct point at;
};

AGEN(points, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, self->at);
    if (agen_received(self) && self->sent != NULL)
        self->at.x = self->sent[0];
    AGEN_YIELD(self, self->at);
    AGEN_END(self);
}

struct bytes {
    AGEN_YIELDS_RECEIVES(unsigned char, double);
    long total;
};

AGEN(bytes, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 255);
    AGEN_YIELD(self, 'c');
    AGEN_YIELD(self, (unsigned char)self->total);
    AGEN_YIELD(self, self->sent > 0.5 ? 1 : 0);
    AGEN_END(self);
}

struct pointers {
    AGEN_YIELDS(const void *);
    int number;
};

AGEN(pointers, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, &self->number);
    AGEN_YIELD(self, "text");
    AGEN_YIELD(self, NULL);
    AGEN_YIELD(self, self);
    AGEN_END(self);
}

struct colours {
    AGEN_YIELDS_RECEIVES(enum colour, bool);
};

AGEN(colours, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, RED);
    AGEN_YIELD(self, self->sent ? GREEN : RED);
    AGEN_END(self);
}

/* What does not stand in front of a name gets one, and an array is wrapped. */
typedef int (*handler)(int);
typedef const char (*line)[4];
struct block {
    unsigned char bytes[4];
};

struct named {
    AGEN_YIELDS_RECEIVES(handler, struct block);
    AGEN_QUEUE(handler, 2) handlers;
    AGEN_QUEUE(line, 2) lines;
    AGEN_QUEUE(struct block, 2) blocks;
};

static int twice(int n)
{
    return 2 * n;
}

AGEN(named, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, twice);
    AGEN_YIELD(self, self->sent.bytes[0] ? twice : NULL);
    AGEN_PUT(self, &self->handlers, self->value);
    AGEN_GET(self, &self->handlers, self->value);
    AGEN_PUT(self, &self->lines, &"abc");
    AGEN_PUT(self, &self->blocks, self->sent);
    AGEN_GET(self, &self->blocks, self->sent);
    AGEN_END(self);
}

struct all {
    AGEN_COROUTINE;
    struct points points;
    struct bytes bytes;
    struct colours colours;
    int error;
};

AGEN(all, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, &self->points);
    AGEN_SEND(self, &self->points, "text");
    AGEN_NEXT(self, &self->bytes);
    AGEN_SEND(self, &self->bytes, 3);
    AGEN_SEND(self, &self->bytes, 3.5);
    AGEN_NEXT(self, &self->colours);
    AGEN_SEND(self, &self->colours, self->bytes.value > 3);
    AGEN_THROW(self, &self->colours, self->error);
    AGEN_THROW(self, &self->colours, AGEN_E_TIMEOUT);
    AGEN_RAISE(self, self->error);
    AGEN_END(self);
}

int main(void)
{
    static struct all x;
    static struct pointers y;
    static struct named z;

    agen_init(&z, named);
    if (agen_next(&z) < 0 || agen_close(&z) < 0)
        return 1;
    agen_init(&x, all);
    agen_init(&x.points, points);
    agen_init(&x.bytes, bytes);
    agen_init(&x.colours, colours);
    agen_init(&y, pointers);
    return agen_next_as(all, &x) > 0 || agen_next(&y) < 0 || agen_send(&x.bytes, 1) < 0
        || agen_send(&x.points, NULL) < 0 || agen_drop(&x.colours) < 0 || agen_abort(&x, -1) < 0;
}

/* SPDX-License-Identifier: 0BSD */
