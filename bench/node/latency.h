/* SPDX-License-Identifier: 0BSD */
/*
 * How long is it from an interrupt of the button to the first statement of what waits for it? Each of latency_*.c has
 * one waiter, and with -DBUSY=n also n tasks that always have something to do. bench/node/measure counts the
 * instructions of a run, from the first of the interrupt handler to the first of answer().
 */
#ifndef LATENCY_H
#define LATENCY_H

#include "board.h"

#ifndef BUSY
#define BUSY 0
#endif

extern volatile uint32_t world_port;

static volatile uint32_t answers;

__attribute__((noinline)) static void answer(void)
{
    answers++;
}

/* What a busy task does at a time: some 200 instructions. */
__attribute__((noinline)) static void work(void)
{
    uint8_t i;

    for (i = 0; i < 50; i++)
        __asm__ volatile("nop");
}

void node_received(char byte)
{
    (void)byte;
}

#endif
