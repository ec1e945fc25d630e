/* SPDX-License-Identifier: 0BSD */
#include "bodies.h"
#include "protothread.h"

enum { ENDED, YIELDED, WAITING };

#undef PT_WAIT_UNTIL
#undef PT_YIELD
#define PT_WAIT_UNTIL(self, condition) \
    do { \
        (self)->at_line = __LINE__; /* fall through */ case __LINE__: \
        if (!(condition)) \
            return WAITING; \
    } while (0)
#define PT_YIELD(self) \
    do { \
        (self)->at_line = __LINE__; \
        return YIELDED; \
    case __LINE__:; \
    } while (0)
#define PT_STOP(self) \
    do { \
        (self)->at_line = UINT16_MAX; \
        return ENDED; \
    } while (0)

struct counter {
    int (*step)(struct counter *);
    uint16_t at_line;
    int value, i, n;
};
int counter_step(struct counter *self);

int counter_step(struct counter *self)
{
    PT_BEGIN(self);
    for (self->i = 0; self->i < self->n; self->i++) {
        self->value = self->i;
        PT_YIELD(self);
    }
    self->at_line = UINT16_MAX;
    PT_END(self);
    return ENDED;
}

struct filter {
    int (*step)(struct filter *);
    uint16_t at_line;
    int value, status;
    struct counter source;
};
int filter_step(struct filter *self);

int filter_step(struct filter *self)
{
    PT_BEGIN(self);
    for (;;) {
        PT_WAIT_UNTIL(self, (self->status = self->source.step(&self->source)) != WAITING);
        if (self->status == ENDED)
            PT_STOP(self);
        if (self->source.value % 2 == 0) {
            self->value = self->source.value;
            PT_YIELD(self);
        }
    }
    PT_END(self);
    return ENDED;
}

struct scale {
    int (*step)(struct scale *);
    uint16_t at_line;
    int value, status;
    struct filter source;
};
int scale_step(struct scale *self);

int scale_step(struct scale *self)
{
    PT_BEGIN(self);
    for (;;) {
        PT_WAIT_UNTIL(self, (self->status = self->source.step(&self->source)) != WAITING);
        if (self->status == ENDED)
            PT_STOP(self);
        self->value = 3 * self->source.value + 1;
        PT_YIELD(self);
    }
    PT_END(self);
    return ENDED;
}

/* What the consumer wants is in `closing`: there is no other way to a body that waits. */
struct reader {
    int (*step)(struct reader *);
    uint16_t at_line;
    bool closing;
    int8_t error;
    uint8_t length;
    uint16_t since;
    char line[LINE];
};
int reader_step(struct reader *self);

int reader_step(struct reader *self)
{
    PT_BEGIN(self);
    while (!self->closing) {
        self->length = 0;
        do {
            self->since = clock_ticks;
            PT_WAIT_UNTIL(self, self->closing || (uart_status & BYTE_CAME) || patience_ends(self->since));
            if (self->closing)
                break;
            if (!(uart_status & BYTE_CAME)) {
                self->error = E_NOTHING_COMES;
                self->closing = true;
                break;
            }
            self->line[self->length++] = (char)uart_data;
        } while (self->length < LINE && self->line[self->length - 1] != '\n');
        if (!self->closing)
            PT_YIELD(self);
    }
    PT_WAIT_UNTIL(self, uart_status & ALL_IS_SENT);
    uart_power = 0;
    self->at_line = UINT16_MAX;
    PT_END(self);
    return self->error;
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
    state_scale.source.source.n = 9
#define INIT_READER state_reader = (struct reader){ .step = reader_step }
#define CLOSE_READER state_reader.closing = true
#include "bodies_drive.h"
#endif
