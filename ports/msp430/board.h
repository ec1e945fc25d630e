/* SPDX-License-Identifier: 0BSD */
/*
 * What a program with interrupts needs of an MSP430 in mspdebug's simulator. The other boards have the same.
 *
 * BOARD_ON_TIMER { } is the handler of timer A, which interrupts once, that many ticks of the processor's clock after
 * board_timer_next(ticks).
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* After a change of GIE one more instruction comes before it counts. */
static inline uint16_t board_mask_interrupts(void)
{
    uint16_t status;

    __asm__ volatile("mov r2, %0\n\t"
                     "dint\n\t"
                     "nop"
                     : "=r"(status)
                     :
                     : "memory");
    return status & 8u; /* GIE */
}

static inline void board_unmask_interrupts(uint16_t status)
{
    __asm__ volatile("bis %0, r2" : : "r"(status) : "memory");
}

/* They nest, since each leaves what it found. */
#define AGEN_CRITICAL_ENTER uint16_t board_mask = board_mask_interrupts()
#define AGEN_CRITICAL_EXIT board_unmask_interrupts(board_mask)

static inline void board_disable_interrupts(void)
{
    (void)board_mask_interrupts();
}

static inline void board_enable_interrupts(void)
{
    __asm__ volatile("eint\n\tnop" : : : "memory");
}

/* With the interrupts disabled. One instruction allows them and sleeps; each interrupt ends the sleep, see start.c. */
static inline void board_wait_for_interrupt(void)
{
    __asm__ volatile("bis #0x18, r2\n\tnop" : : : "memory"); /* GIE, CPUOFF */
}

#define BOARD_REGISTER(address) (*(volatile uint16_t *)(address))
#define BOARD_TIMER_CONTROL     BOARD_REGISTER(0x0160u)
#define BOARD_TIMER_COMPARES    BOARD_REGISTER(0x0162u)
#define BOARD_TIMER_VALUE       BOARD_REGISTER(0x0170u)
#define BOARD_TIMER_COMPARE     BOARD_REGISTER(0x0172u)

void board_on_timer(void);
#define BOARD_ON_TIMER void board_on_timer(void)

static inline void board_timer_start(void)
{
    BOARD_TIMER_CONTROL = 0x0204u; /* the processor's clock, stopped at 0 */
}

static inline void board_timer_next(uint16_t ticks)
{
    BOARD_TIMER_CONTROL = 0x0204u;
    BOARD_TIMER_COMPARE = ticks;
    BOARD_TIMER_COMPARES = 0x0010u; /* interrupts; and takes one back that waits */
    BOARD_TIMER_CONTROL = 0x0220u; /* counts up */
}

#endif
