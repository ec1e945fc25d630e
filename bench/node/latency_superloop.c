/* SPDX-License-Identifier: 0BSD */
#include "latency.h"

static volatile bool moved, woken;

void node_button_moved(void)
{
    moved = true;
    woken = true;
}

int main(void)
{
    int i;

    board_init();
    for (;;) {
        woken = false;
        if (moved) {
            answer();
            moved = false;
        }
        for (i = 0; i < BUSY; i++)
            work();
        board_interrupts_off();
        if (!woken && BUSY == 0)
            board_sleep(BOARD_HZ);
        board_interrupts_on();
    }
}
