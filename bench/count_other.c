/* SPDX-License-Identifier: 0BSD */
/* The alternatives, each in the way its users write it. */
#include "count.h"

int machine_step(struct machine *self)
{
    switch (self->state) {
    case 0:
        self->i = 0;
        break;
    case 1:
        self->i++;
        break;
    default:
        return 0;
    }
    if (self->i < self->n) {
        self->value = self->i;
        self->state = 1;
        return 1;
    }
    self->state = 2;
    return 0;
}

int protothread_step(struct protothread *self)
{
    char yielded = 1;

    switch (self->line) {
    case 0:
        for (; self->i < self->n; self->i++) {
            self->value = self->i;
            yielded = 0;
            self->line = __LINE__; /* fall through */ case __LINE__:
            if (!yielded)
                return 1;
        }
    }
    self->line = 0;
    return 0;
}
