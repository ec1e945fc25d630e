/* SPDX-License-Identifier: 0BSD */
#include "latency.h"
#include "protothread.h"

static volatile bool moved, woken;

void node_button_moved(void)
{
    moved = true;
    woken = true;
}

struct thread {
    uint16_t at_line;
};

static void run_waiter(struct thread *self)
{
    PT_BEGIN(self);
    for (;;) {
        PT_WAIT_UNTIL(self, moved);
        answer();
        moved = false;
    }
    PT_END(self);
}

static void run_busy(struct thread *self)
{
    PT_BEGIN(self);
    for (;;) {
        work();
        PT_YIELD(self);
    }
    PT_END(self);
}

int main(void)
{
    static struct thread waiter, busy[BUSY + 1];
    int i;

    board_init();
    for (;;) {
        woken = false;
        run_waiter(&waiter);
        for (i = 0; i < BUSY; i++)
            run_busy(&busy[i]);
        board_interrupts_off();
        if (!woken && BUSY == 0)
            board_sleep(BOARD_HZ);
        board_interrupts_on();
    }
}
