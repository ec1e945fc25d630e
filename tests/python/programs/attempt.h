/*
 * ATTEMPT(self, label, operation, argument): one operation on self->g, a `struct g` that yields and
 * receives ints; what comes out is printed after the label. Before the include: struct g, and how
 * the program prints an error,
 *
 *     void print_raised(const char *label, int error, enum python_operation operation)
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef ATTEMPT_H
#define ATTEMPT_H

#include "python.h"

struct attempt {
    AGEN_COROUTINE;
    struct g *g;
    const char *label;
    enum python_operation operation;
    int argument; /* what is sent or thrown */
};

AGEN(attempt, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        if (self->operation == PYTHON_ACLOSE) {
            AGEN_CLOSE(self, self->g);
            printf("%s -> None\n", self->label);
            AGEN_RETURN(self);
        }
        if (self->operation == PYTHON_ANEXT)
            AGEN_NEXT(self, self->g);
        else if (self->operation == PYTHON_ASEND)
            AGEN_SEND(self, self->g, self->argument);
        else
            AGEN_THROW(self, self->g, self->argument);
        if (agen_status(self) == AGEN_YIELDED)
            printf("%s -> %d\n", self->label, self->g->value);
        else
            print_raised(self->label, agen_status(self), self->operation);
    } AGEN_EXCEPT_ANY(self) {
        print_raised(self->label, agen_error(self), self->operation);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

#define ATTEMPT(self, what, by, with) \
    do { \
        agen_init(&(self)->attempt, attempt); \
        (self)->attempt.g = &(self)->g; \
        (self)->attempt.label = (what); \
        (self)->attempt.operation = (by); \
        (self)->attempt.argument = (with); \
        AGEN_AWAIT(self, &(self)->attempt); \
    } while (0)

#endif
