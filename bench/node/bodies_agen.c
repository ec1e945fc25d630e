/* SPDX-License-Identifier: 0BSD */
#include "bodies.h"

#include "agen.h"

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

struct scale {
    AGEN_YIELDS(int);
    struct filter source;
};
AGEN_DECLARE(scale);

AGEN_EXTERN(scale, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->source)
        AGEN_YIELD(self, 3 * self->source.value + 1);
    AGEN_END(self);
}

struct reader {
    AGEN_YIELDS(uint8_t);
    uint8_t length;
    uint16_t since;
    char line[LINE];
};
AGEN_DECLARE(reader);

AGEN_EXTERN(reader, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (;;) {
            self->length = 0;
            do {
                self->since = clock_ticks;
                AGEN_WAIT_UNTIL(self, (uart_status & BYTE_CAME) || patience_ends(self->since));
                if (!(uart_status & BYTE_CAME))
                    AGEN_RAISE(self, E_NOTHING_COMES);
                self->line[self->length++] = (char)uart_data;
            } while (self->length < LINE && self->line[self->length - 1] != '\n');
            AGEN_YIELD(self, self->length);
        }
    } AGEN_FINALLY(self) {
        AGEN_WAIT_UNTIL(self, uart_status & ALL_IS_SENT);
        uart_power = 0;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

extern struct counter state_counter;
extern struct filter state_filter;
extern struct scale state_scale;
extern struct reader state_reader;
struct counter state_counter;
struct filter state_filter;
struct scale state_scale;
struct reader state_reader;

#ifdef DRIVE
enum { YIELDED = AGEN_YIELDED, WAITING = AGEN_PENDING };

/* The exit that it was asked for is what a wait answers that was aborted so. */
static int as_others_say(int status)
{
    return status == AGEN_E_EXIT ? (int)AGEN_DONE : status;
}

#define STEP(g, x) as_others_say(agen_poll(x))
#define INIT_PIPELINE \
    agen_init(&state_scale, scale); \
    agen_init(&state_scale.source, filter); \
    agen_init(&state_scale.source.source, counter); \
    state_scale.source.source.n = 9
#define INIT_READER agen_init(&state_reader, reader)
#define CLOSE_READER (void)agen_abort(&state_reader, AGEN_E_EXIT)
#include "bodies_drive.h"
#endif
