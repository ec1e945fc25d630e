/* Tries in tries, loops in tries, tries in loops; all parts suspend; slots in handlers. */
#include "agen.h"

struct source {
    AGEN_YIELDS(int);
    int i;
};

AGEN(source, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 4; self->i++)
        AGEN_YIELD(self, self->i);
    AGEN_END(self);
}

struct job {
    AGEN_YIELDS(int);
    struct source source;
    agen_slot slot, inner;
    int i, state;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (self->i = 0; self->i < 5; self->i++) {
            const bool odd = self->i % 2 != 0;

            if (odd)
                continue;
            self->state += 2;
        }
        for (self->i = 0; self->i < 3; self->i++) {
            AGEN_TRY(self) {
                do {
                    if (self->i == 1)
                        continue;
                    AGEN_YIELD(self, self->i);
                } while (self->i < 1);
            } AGEN_EXCEPT(self) {
                int error = agen_error(self);

                while (error < -7) {
                    if (error++ == -9)
                        break;
                }
                self->state = error;
            } AGEN_FINALLY(self) {
                AGEN_YIELD(self, 100 + self->i);
            } AGEN_END_TRY(self);
        }
    } AGEN_EXCEPT_ANY(self) {
        AGEN_TRY_IN(self, &self->slot) {
            AGEN_FOR_CLOSING_IN(self, &self->inner, &self->source) {
                if (self->source.value == 2)
                    AGEN_RAISE(self, agen_error(self));
                AGEN_YIELD(self, self->source.value);
            } AGEN_END_FOR(self);
        } AGEN_FINALLY(self) {
            AGEN_TRY_IN(self, &self->inner) {
                AGEN_NEXT(self, &self->source);
                if (agen_status(self) == AGEN_YIELDED && !agen_done(&self->source))
                    AGEN_RETURN(self);
            } AGEN_EXCEPT(self) {
                self->state = agen_error(self);
            } AGEN_END_TRY(self);
        } AGEN_END_TRY(self);
    } AGEN_FINALLY(self) {
        self->state++;
    } AGEN_END_TRY(self);
    AGEN_TRY(self) {
        AGEN_YIELD_FROM(self, &self->source);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* Ends in a raise, or in a return: what stands after is out of reach, and nobody minds. */
struct failing {
    AGEN_COROUTINE;
};

AGEN(failing, self)
{
    AGEN_BEGIN(self);
    AGEN_RAISE(self, -5);
    AGEN_END(self);
}

struct empty {
    AGEN_COROUTINE;
};

AGEN(empty, self)
{
    AGEN_BEGIN(self);
    AGEN_END(self);
}

int main(void)
{
    static struct job x;
    static struct failing y;
    static struct empty z;

    agen_init(&x, job);
    agen_init(&x.source, source);
    agen_init(&y, failing);
    agen_init(&z, empty);
    return agen_next(&x) < 0 || agen_next(&y) > 0 || agen_next(&z) > 0 || agen_throw(&x, -5) < 0;
}

/* SPDX-License-Identifier: 0BSD */
