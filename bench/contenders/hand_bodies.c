/* SPDX-License-Identifier: 0BSD */
#include "hand_bodies.h"

#include "contender.h"

int numbers_step(struct numbers *self)
{
    return numbers_in_sight(self);
}

int open_numbers_step(struct open_numbers *self, int error)
{
    if (error) {
        self->state = 2;
        return error;
    }
    switch (self->state) {
    case 0:
        self->i = 0;
        break;
    case 1:
        self->i++;
        break;
    default:
        return HAND_DONE;
    }
    if (self->i < self->n) {
        self->value = self->i;
        self->state = 1;
        return HAND_VALUE;
    }
    self->state = 2;
    return HAND_DONE;
}

/* These three are the same after each value: they need no state. */
int from_step(struct from *self)
{
    if (self->inner) {
        if (self->inner->step(self->inner) != HAND_VALUE)
            return HAND_DONE;
        self->value = self->inner->value;
        return HAND_VALUE;
    }
    if (self->i >= self->n)
        return HAND_DONE;
    self->value = self->i++;
    return HAND_VALUE;
}

int odd_step(struct odd *self)
{
    while (self->source.step(&self->source) == HAND_VALUE)
        if (self->source.value % 2 == 1) {
            self->value = self->source.value;
            return HAND_VALUE;
        }
    return HAND_DONE;
}

int map_step(struct map *self)
{
    if (self->source.step(&self->source) != HAND_VALUE)
        return HAND_DONE;
    self->value = 3 * self->source.value + 1;
    return HAND_VALUE;
}

unsigned map_sum(struct map *source)
{
    unsigned sum = 0;

    while (source->step(source) == HAND_VALUE)
        sum ^= source->value;
    return sum;
}

/* Each resume walks through all levels to the one that waits. */
int link_step(struct link *self)
{
    switch (self->state) {
    case 0:
        if (self->inner) {
            if (self->inner->step(self->inner) == HAND_WAITS)
                return HAND_WAITS;
            self->result = self->inner->result + 1;
        } else {
            if (self->turns-- != 0)
                return HAND_WAITS;
            self->result = 1;
        }
        self->state = 1; /* fall through */
    default:
        return HAND_DONE;
    }
}

int handler_step(struct handler *self, int error)
{
    if (error)
        self->caught += (unsigned)-error;
    self->value = self->caught;
    return HAND_VALUE;
}

int guarded_step(struct guarded *self)
{
    if (self->state != 0) {
        self->close(self);
        return HAND_DONE;
    }
    self->state = 1;
    return HAND_VALUE;
}

void guarded_close(struct guarded *self)
{
    if (self->state == 1) {
        LOG(*self->log, 1);
        LOG(*self->log, 2);
        LOG(*self->log, 3);
    }
    self->state = 2;
}
