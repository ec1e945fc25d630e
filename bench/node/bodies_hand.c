/* SPDX-License-Identifier: 0BSD */
#include "bodies.h"

enum { ENDED, YIELDED, WAITING };

struct counter {
    int (*step)(struct counter *);
    uint8_t state;
    int value, n;
};
int counter_step(struct counter *self);

int counter_step(struct counter *self) /* value is -1 at first */
{
    return ++self->value < self->n ? YIELDED : ENDED;
}

struct filter {
    int (*step)(struct filter *);
    int value;
    struct counter source;
};
int filter_step(struct filter *self);

int filter_step(struct filter *self)
{
    int status;

    do
        status = self->source.step(&self->source);
    while (status == YIELDED && self->source.value % 2 != 0);
    self->value = self->source.value;
    return status;
}

struct scale {
    int (*step)(struct scale *);
    int value;
    struct filter source;
};
int scale_step(struct scale *self);

int scale_step(struct scale *self)
{
    int status = self->source.step(&self->source);

    self->value = 3 * self->source.value + 1;
    return status;
}

enum { STARTS, READS, POWERS_DOWN, IS_OVER };

struct reader {
    int (*step)(struct reader *);
    uint8_t state;
    bool closing;
    int8_t error;
    uint8_t length;
    uint16_t since;
    char line[LINE];
};
int reader_step(struct reader *self);

int reader_step(struct reader *self)
{
    if (self->closing && self->state < POWERS_DOWN)
        self->state = POWERS_DOWN;
    for (;;)
        switch (self->state) {
        case STARTS:
            self->length = 0;
            self->since = clock_ticks;
            self->state = READS;
            break;
        case READS:
            if (uart_status & BYTE_CAME) {
                self->line[self->length++] = (char)uart_data;
                self->since = clock_ticks;
                if (self->length == LINE || self->line[self->length - 1] == '\n') {
                    self->state = STARTS;
                    return YIELDED;
                }
            } else if (patience_ends(self->since)) {
                self->error = E_NOTHING_COMES;
                self->state = POWERS_DOWN;
            } else {
                return WAITING;
            }
            break;
        case POWERS_DOWN:
            if (!(uart_status & ALL_IS_SENT))
                return WAITING;
            uart_power = 0;
            self->state = IS_OVER;
            break;
        default:
            return self->error;
        }
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
#define STEP(g, x) g##_step(x)
#define INIT_PIPELINE \
    state_scale.source.step = filter_step; \
    state_scale.source.source.step = counter_step; \
    state_scale.source.source.value = -1; \
    state_scale.source.source.n = 9
#define INIT_READER state_reader = (struct reader){ .step = reader_step }
#define CLOSE_READER state_reader.closing = true
#include "bodies_drive.h"
#endif
