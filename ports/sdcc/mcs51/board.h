/* SPDX-License-Identifier: 0BSD */
/*
 * What a program with interrupts needs of an 8052 in SDCC's simulator. The other boards have the same.
 *
 * BOARD_ON_TIMER { } is the handler of timer 0, which interrupts once, that many machine cycles after
 * board_timer_next(ticks).
 */
#ifndef BOARD_H
#define BOARD_H

#include "critical.h"

#include <8052.h>
#include <stdint.h>

#define fprintf(stream, ...) ((void)0) /* SDCC's library has no standard error */

#define board_disable_interrupts() (EA = 0)
#define board_enable_interrupts() (EA = 1)
/* An interrupt that comes before the sleep would be slept through: so this one does not sleep, and waits a moment. */
#define board_wait_for_interrupt() __asm__("setb ea\n nop\n nop\n nop\n nop\n nop\n nop\n nop\n nop\n clr ea")

void board_on_timer(void) __interrupt(1);
#define BOARD_ON_TIMER void board_on_timer(void) __interrupt(1)

static void board_timer_start(void)
{
    TMOD = TMOD & 0xF0 | 1; /* 16 bits */
    ET0 = 1;
}

/* It counts up to 65,536. */
static void board_timer_next(uint16_t ticks)
{
    TR0 = 0;
    TH0 = (uint8_t)((0u - ticks) >> 8);
    TL0 = (uint8_t)(0u - ticks);
    TF0 = 0;
    TR0 = 1;
}

#endif
