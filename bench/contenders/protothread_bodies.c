/* SPDX-License-Identifier: 0BSD */
#include "protothread_bodies.h"

int numbers_step(struct numbers *self)
{
    PT_BEGIN(self);
    for (; self->i < self->n; self->i++) {
        self->value = self->i;
        PT_YIELD(self);
    }
    PT_END(self);
}

int from_step(struct from *self)
{
    PT_BEGIN(self);
    if (self->inner) {
        while (self->inner->step(self->inner) == PT_YIELDED) {
            self->value = self->inner->value;
            PT_YIELD(self);
        }
    } else {
        for (; self->i < self->n; self->i++) {
            self->value = self->i;
            PT_YIELD(self);
        }
    }
    PT_END(self);
}

int odd_step(struct odd *self)
{
    PT_BEGIN(self);
    while (self->source.step(&self->source) == PT_YIELDED)
        if (self->source.value % 2 == 1) {
            self->value = self->source.value;
            PT_YIELD(self);
        }
    PT_END(self);
}

int map_step(struct map *self)
{
    PT_BEGIN(self);
    while (self->source.step(&self->source) == PT_YIELDED) {
        self->value = 3 * self->source.value + 1;
        PT_YIELD(self);
    }
    PT_END(self);
}

unsigned map_sum(struct map *source)
{
    unsigned sum = 0;

    while (source->step(source) == PT_YIELDED)
        sum ^= source->value;
    return sum;
}

/* PT_WAIT_THREAD of the original: the child is stepped from here, each time. */
int link_step(struct link *self)
{
    PT_BEGIN(self);
    if (self->inner) {
        PT_WAIT_UNTIL(self, self->inner->step(self->inner) != PT_WAITING);
        self->result = self->inner->result + 1;
    } else {
        PT_WAIT_UNTIL(self, self->turns-- == 0);
        self->result = 1;
    }
    PT_END(self);
}
