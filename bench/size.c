/* SPDX-License-Identifier: 0BSD */
/* What `make size` measures: three generators, and each helper used once. */
#include "agen.h"

#include <stdbool.h>

struct counter {
    AGEN_YIELDS(int);
    int i, n;
};
AGEN_DECLARE(counter);

AGEN_EXTERN(counter, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < self->n; self->i++)
        AGEN_YIELD(self, self->i);
    AGEN_END(self);
}

struct filter {
    AGEN_YIELDS(int);
    struct counter source;
};
AGEN_DECLARE(filter);

AGEN_EXTERN(filter, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->source)
        if (self->source.value % 2 == 0)
            AGEN_YIELD(self, self->source.value);
    AGEN_END(self);
}

/* A line reader on a UART that is powered down at the end, however that comes. */
extern volatile unsigned char uart_status, uart_data, uart_power;

struct reader {
    AGEN_YIELDS(int);
    char line[32];
    unsigned char length;
};
AGEN_DECLARE(reader);

AGEN_EXTERN(reader, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (;;) {
            self->length = 0;
            do {
                AGEN_WAIT_UNTIL(self, uart_status & 1);
                self->line[self->length++] = (char)uart_data;
            } while (self->length < sizeof self->line && self->line[self->length - 1] != '\n');
            AGEN_YIELD(self, self->length);
        }
    } AGEN_FINALLY(self) {
        AGEN_WAIT_UNTIL(self, uart_status & 2);
        uart_power = 0;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct task {
    AGEN_COROUTINE;
    struct reader reader;
};
AGEN_DECLARE(task);

AGEN_EXTERN(task, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->reader)
        if (self->reader.value == 1)
            AGEN_RETURN(self);
    AGEN_END(self);
}

int use(struct filter *f, int e);
int use(struct filter *f, int e)
{
    return agen_next(f) + agen_poll(f) + agen_throw(f, e) + agen_abort(f, e) + agen_close(f)
           + *agen_strerror(e);
}
