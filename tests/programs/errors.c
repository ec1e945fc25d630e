/*
 * Throw, raise, except: errors are negative codes, and the application's own are those above
 * AGEN_E_LAST.
 */
#include "agen.h"

#include <stdio.h>

enum { E_NOISE = -5, E_PARITY = -6, E_FATAL = -7 };

struct sampler {
    AGEN_YIELDS(int);
    int i;
};

AGEN(sampler, self)
{
    AGEN_BEGIN(self);
    for (self->i = 1;; self->i++) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, self->i);
            if (self->i == 3)
                AGEN_RAISE(self, E_PARITY);
        } AGEN_EXCEPT(self) {
            if (agen_error(self) == E_FATAL)
                AGEN_RAISE(self, agen_error(self));
            AGEN_YIELD(self, agen_error(self)); /* a handler may yield */
            printf("handled %d\n", agen_error(self));
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

struct outer {
    AGEN_COROUTINE;
    struct sampler sampler;
};

AGEN(outer, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_NEXT(self, &self->sampler);
        AGEN_THROW(self, &self->sampler, E_NOISE);
        printf("answer %d\n", self->sampler.value);
        AGEN_THROW(self, &self->sampler, E_FATAL);
        printf("not reached\n");
    } AGEN_EXCEPT(self) {
        printf("outer caught %d\n", agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_NEXT(self, &self->sampler);
    printf("sampler finished %d\n", agen_done(&self->sampler));
    AGEN_RAISE(self, E_PARITY);
    AGEN_END(self);
}

int main(void)
{
    struct sampler s = { AGEN_INIT(sampler), .i = 0 };
    struct sampler fresh = { AGEN_INIT(sampler), .i = 0 };
    struct outer o = { AGEN_INIT(outer), .sampler = { AGEN_INIT(sampler), .i = 0 } };
    int status;

    agen_next(&s);
    agen_next(&s);
    status = agen_throw(&s, E_NOISE);
    printf("thrown in: %s %d\n", status == AGEN_YIELDED ? "yielded" : "?", s.value);
    agen_next(&s);
    printf("value %d\n", s.value);
    agen_next(&s);
    printf("raised inside: %d\n", s.value);
    agen_next(&s);
    status = agen_throw(&s, E_FATAL);
    printf("fatal: %d finished %d\n", status, agen_done(&s));
    printf("then %s\n", agen_next(&s) == AGEN_DONE ? "done" : "?");

    /* Thrown into a generator that never started: its body never runs. */
    printf("fresh: %d finished %d\n", agen_throw(&fresh, E_NOISE), 1);
    printf("then %s\n", agen_next(&fresh) == AGEN_DONE ? "done" : "?");

    printf("outer: %d\n", agen_next(&o));
    return 0;
}

/* SPDX-License-Identifier: 0BSD */
