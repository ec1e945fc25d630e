/* SPDX-License-Identifier: 0BSD */
/*
 * What a program with interrupts needs of an STM8S208 in SDCC's simulator. The other boards have the same.
 *
 * BOARD_ON_TIMER { } is the handler of TIM2, which interrupts once, that many ticks of the processor's clock after
 * board_timer_next(ticks).
 */
#ifndef BOARD_H
#define BOARD_H

#include "critical.h"

#include <stdint.h>

#define fprintf(stream, ...) ((void)0) /* SDCC's library has no standard error */

#define board_disable_interrupts() __asm__("sim")
#define board_enable_interrupts() __asm__("rim")
/* The simulator does not know the instruction wfi: this one does not sleep, and waits no longer than a moment. */
#define board_wait_for_interrupt() __asm__("rim\n nop\n nop\n nop\n nop\n nop\n nop\n nop\n nop\n sim")

#define BOARD_REGISTER(address) (*(volatile uint8_t *)(address))
#define BOARD_TIM2_CONTROL      BOARD_REGISTER(0x5300)
#define BOARD_TIM2_INTERRUPTS   BOARD_REGISTER(0x5301)
#define BOARD_TIM2_STATUS       BOARD_REGISTER(0x5302)
#define BOARD_TIM2_EVENTS       BOARD_REGISTER(0x5304)
#define BOARD_TIM2_RELOAD_HIGH  BOARD_REGISTER(0x530D)
#define BOARD_TIM2_RELOAD_LOW   BOARD_REGISTER(0x530E)

void board_on_timer(void) __interrupt(13);
#define BOARD_ON_TIMER void board_on_timer(void) __interrupt(13)

static void board_timer_start(void)
{
    BOARD_TIM2_INTERRUPTS = 1; /* when it overflows */
}

/* It counts from 0 up to that number. */
static void board_timer_next(uint16_t ticks)
{
    BOARD_TIM2_CONTROL = 0;
    BOARD_TIM2_RELOAD_HIGH = (uint8_t)(ticks >> 8);
    BOARD_TIM2_RELOAD_LOW = (uint8_t)ticks;
    BOARD_TIM2_EVENTS = 1;
    BOARD_TIM2_STATUS = 0;
    BOARD_TIM2_CONTROL = 1;
}

#endif
