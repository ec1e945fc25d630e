/* SPDX-License-Identifier: 0BSD */
/*
 * What a program with interrupts needs of a 32-bit RISC-V in QEMU. The other boards have the same.
 *
 * BOARD_ON_TIMER { } is the handler of the machine timer, which interrupts once, that many ticks of 10 MHz after
 * board_timer_next(ticks).
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

enum { BOARD_MIE = 8, BOARD_MTIE = 0x80 }; /* bits of mstatus and of mie */

static inline uint32_t board_mask_interrupts(void)
{
    uint32_t status;

    __asm__ volatile("csrrci %0, mstatus, %1" : "=r"(status) : "i"(BOARD_MIE) : "memory");
    return status & BOARD_MIE;
}

static inline void board_unmask_interrupts(uint32_t status)
{
    __asm__ volatile("csrs mstatus, %0" : : "r"(status) : "memory");
}

/* They nest, since each leaves what it found. gcc 12 has no atomic access to a byte here, not even with the extension A. */
#define AGEN_CRITICAL_ENTER uint32_t board_mask = board_mask_interrupts()
#define AGEN_CRITICAL_EXIT board_unmask_interrupts(board_mask)

static inline void board_disable_interrupts(void)
{
    (void)board_mask_interrupts();
}

static inline void board_enable_interrupts(void)
{
    board_unmask_interrupts(BOARD_MIE);
}

/* With the interrupts disabled: a pending one ends the wait all the same, and is taken later. */
static inline void board_wait_for_interrupt(void)
{
    __asm__ volatile("wfi" : : : "memory");
}

#define BOARD_REGISTER(address) (*(volatile uint32_t *)(address))
#define BOARD_TIME_LOW          BOARD_REGISTER(0x0200BFF8u)
#define BOARD_TIME_HIGH         BOARD_REGISTER(0x0200BFFCu)
#define BOARD_COMPARE_LOW       BOARD_REGISTER(0x02004000u)
#define BOARD_COMPARE_HIGH      BOARD_REGISTER(0x02004004u)

void board_on_timer(void);
#define BOARD_ON_TIMER void board_on_timer(void)

static inline void board_timer_start(void)
{
    BOARD_COMPARE_HIGH = UINT32_MAX; /* never */
    __asm__ volatile("csrs mie, %0" : : "r"(BOARD_MTIE) : "memory");
}

/* This takes the interrupt back, too. */
static inline void board_timer_next(uint16_t ticks)
{
    uint32_t high, low;

    do {
        high = BOARD_TIME_HIGH;
        low = BOARD_TIME_LOW;
    } while (high != BOARD_TIME_HIGH);
    low += ticks;
    BOARD_COMPARE_HIGH = UINT32_MAX; /* not too early, while the two halves are written */
    BOARD_COMPARE_LOW = low;
    BOARD_COMPARE_HIGH = high + (low < ticks);
}

#endif
