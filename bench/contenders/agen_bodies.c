/* SPDX-License-Identifier: 0BSD */
#include "agen_bodies.h"

#include "contender.h"

AGEN_EXTERN(numbers, self)
{
    AGEN_BEGIN(self);
    for (; self->i < self->n; self->i++)
        AGEN_YIELD(self, self->i);
    AGEN_END(self);
}

AGEN_EXTERN(from, self)
{
    AGEN_BEGIN(self);
    if (self->inner)
        AGEN_YIELD_FROM(self, self->inner);
    else
        for (; self->i < self->n; self->i++)
            AGEN_YIELD(self, self->i);
    AGEN_END(self);
}

AGEN_EXTERN(odd, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->source)
        if (self->source.value % 2 == 1)
            AGEN_YIELD(self, self->source.value);
    AGEN_END(self);
}

AGEN_EXTERN(map, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->source)
        AGEN_YIELD(self, 3 * self->source.value + 1);
    AGEN_END(self);
}

AGEN_EXTERN(sum, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->source)
        self->result ^= self->source.value;
    AGEN_END(self);
}

AGEN_EXTERN(link, self)
{
    AGEN_BEGIN(self);
    if (self->inner) {
        AGEN_AWAIT(self, self->inner);
        self->result = self->inner->result + 1;
    } else {
        AGEN_WAIT_UNTIL(self, self->turns-- == 0);
        self->result = 1;
    }
    AGEN_END(self);
}

AGEN_EXTERN(handler, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, self->caught);
        } AGEN_EXCEPT(self) {
            self->caught += (unsigned)-agen_error(self);
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

AGEN_EXTERN(guarded, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TRY(self) {
            AGEN_TRY(self) {
                AGEN_YIELD(self, 0);
            } AGEN_FINALLY(self) {
                LOG(*self->log, 1);
            } AGEN_END_TRY(self);
        } AGEN_FINALLY(self) {
            LOG(*self->log, 2);
        } AGEN_END_TRY(self);
    } AGEN_FINALLY(self) {
        LOG(*self->log, 3);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}
