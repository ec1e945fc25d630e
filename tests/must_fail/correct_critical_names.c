/* The variable of a critical section may have any name that does not end in an underscore. */
#ifndef __AVR__
#define __AVR__ 1 /* where two bytes are two accesses, a pipe of more than 255 bytes has sections of its own */
#endif
#undef AGEN_CRITICAL_ENTER /* of a target */
#undef AGEN_CRITICAL_EXIT
#define AGEN_CRITICAL_ENTER \
    int value = 0, index = 0, pipe = 0, core = 0, loop = 0, notice = 0, place = 0, queue = 0, condition = 0, \
        count = 0, permits = 0, was = 0, changed = 0, flags = 0, root = 0, base = 0, event = 0, task = 0, n = 0, \
        state = 0, status = 0, signal = 0, number = 0, saved = 0
#define AGEN_CRITICAL_EXIT \
    ((void)(value + index + pipe + core + loop + notice + place + queue + condition + count + permits + was + changed \
            + flags + root + base + event + task + n + state + status + signal + number + saved))
#include "agen.h"

struct reader {
    AGEN_COROUTINE;
    AGEN_PIPE(300) pipe;
    AGEN_QUEUE(int, 3) queue;
    agen_event event;
    agen_condition condition;
    uint8_t byte;
    size_t count;
    int item;
};

AGEN(reader, self)
{
    AGEN_BEGIN(self);
    AGEN_READ(self, &self->pipe, &self->byte, 1, &self->count);
    AGEN_GET(self, &self->queue, self->item);
    AGEN_WAIT(self, &self->event);
    AGEN_CONDITION_WAIT(self, &self->condition);
    AGEN_END(self);
}

int main(void)
{
    static struct reader x;
    static const uint8_t byte = 7;
    uint8_t got = 0;

    agen_init(&x, reader);
    agen_pipe_init(&x.pipe);
    agen_queue_init(&x.queue);
    agen_event_set_isr(&x.event);
    agen_notify_isr(&x.condition, 1);
    return agen_next(&x) != AGEN_E_NO_LOOP || !agen_queue_put_isr(&x.queue, 1)
           || agen_pipe_write_isr(&x.pipe, &byte, 1) != 1 || agen_pipe_read(&x.pipe, &got, 1) != 1 || got != byte;
}

/* SPDX-License-Identifier: 0BSD */
