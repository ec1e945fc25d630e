/* SPDX-License-Identifier: 0BSD */
#include "latency.h"

#include "agen.h"

static agen_loop loop;
static agen_event moved;

void node_button_moved(void)
{
    agen_event_set_isr(&moved);
}

struct waiter {
    AGEN_COROUTINE;
};

AGEN(waiter, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_WAIT(self, &moved);
        answer();
        agen_event_clear(&moved);
    }
    AGEN_END(self);
}

struct busy {
    AGEN_COROUTINE;
};

AGEN(busy, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        work();
        AGEN_PAUSE(self);
    }
    AGEN_END(self);
}

int main(void)
{
    static agen_task waiting, tasks[BUSY + 1];
    static struct waiter waiter = { AGEN_INIT(waiter) };
    static struct busy busy[BUSY + 1];
    int i;

    board_init();
    agen_loop_init(&loop, board_now);
    agen_spawn(&loop, &waiting, &waiter);
    for (i = 0; i < BUSY; i++) {
        agen_init(&busy[i], busy);
        agen_spawn(&loop, &tasks[i], &busy[i]);
    }
    agen_loop_run(&loop);
    return 0;
}
