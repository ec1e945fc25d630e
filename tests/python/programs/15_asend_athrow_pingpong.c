/*
 * A conversation: numbers are sent in and their average comes back, an error thrown in begins anew.
 * Both sides wait in between. A plain next, where Python sends None, ends it.
 *
 * SPDX-License-Identifier: 0BSD
 */
enum { RESET = -1 };

#define PYTHON_ERRORS { RESET, "Reset", "now" },
#include "asyncio.h"
#include "python.h"

struct averager {
    AGEN_YIELDS_RECEIVES(const double *, double); /* NULL: there is no average yet */
    double total, average;
    int n;
};

AGEN(averager, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, self->n > 0 ? &self->average : NULL);
            if (!agen_received(self))
                AGEN_RETURN(self);
            AGEN_PAUSE(self);
            self->total += self->sent;
            self->n++;
            self->average = self->total / self->n;
        } AGEN_EXCEPT(self) {
            if (agen_error(self) != RESET)
                AGEN_RAISE(self, agen_error(self));
            printf("reset %s\n", python_str(agen_error(self), PYTHON_ATHROW));
            self->total = 0;
            self->n = 0;
            AGEN_PAUSE(self);
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

static void print_average(const double *average, const char *end)
{
    if (average != NULL)
        printf("%.1f%s", *average, end);
    else
        printf("None%s", end);
}

struct program {
    AGEN_COROUTINE;
    struct averager a;
};

AGEN(program, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, &self->a);
    print_average(self->a.value, " ");
    AGEN_SEND(self, &self->a, 10);
    print_average(self->a.value, " ");
    AGEN_SEND(self, &self->a, 20);
    print_average(self->a.value, "\n");
    AGEN_THROW(self, &self->a, RESET);
    print_average(self->a.value, "\n");
    AGEN_SEND(self, &self->a, 5);
    print_average(self->a.value, "\n");
    AGEN_NEXT(self, &self->a);
    if (agen_status(self) == AGEN_DONE)
        printf("stop ()\n"); /* the end carries nothing */
    AGEN_END(self);
}

int main(void)
{
    struct program program = { AGEN_INIT(program), .a = { AGEN_INIT(averager) } };

    return asyncio_run(&program);
}
