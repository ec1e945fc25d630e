/* SPDX-License-Identifier: 0BSD */
/*
 * What a program with interrupts needs of the micro:bit. The other boards have the same.
 *
 * BOARD_ON_TIMER { } is the handler of TIMER0, which interrupts once, that many ticks of 16 MHz
 * after board_timer_next(ticks). BOARD_ON_URGENT { } is that of TIMER1, which interrupts the former, too.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

static inline uint32_t board_mask_interrupts(void)
{
    uint32_t primask;

    __asm__ volatile("mrs %0, primask\n\t"
                     "cpsid i"
                     : "=r"(primask)
                     :
                     : "memory");
    return primask;
}

static inline void board_unmask_interrupts(uint32_t primask)
{
    __asm__ volatile("msr primask, %0" : : "r"(primask) : "memory");
}

/* They nest, since each restores what it found. */
#define AGEN_CRITICAL_ENTER uint32_t board_mask = board_mask_interrupts()
#define AGEN_CRITICAL_EXIT board_unmask_interrupts(board_mask)

static inline void board_disable_interrupts(void)
{
    __asm__ volatile("cpsid i" : : : "memory");
}

static inline void board_enable_interrupts(void)
{
    __asm__ volatile("cpsie i\n\t"
                     "isb" /* what is pending is taken here */
                     :
                     :
                     : "memory");
}

/* With the interrupts disabled: a pending one ends the wait all the same, and is taken later. */
static inline void board_wait_for_interrupt(void)
{
    __asm__ volatile("wfi" : : : "memory");
}

#define BOARD_REGISTER(address) (*(volatile uint32_t *)(address))
#define BOARD_TIMER_START       BOARD_REGISTER(0x40008000u)
#define BOARD_TIMER_CLEAR       BOARD_REGISTER(0x4000800Cu)
#define BOARD_TIMER_COMPARE0    BOARD_REGISTER(0x40008140u)
#define BOARD_TIMER_INTENSET    BOARD_REGISTER(0x40008304u)
#define BOARD_TIMER_PRESCALER   BOARD_REGISTER(0x40008510u)
#define BOARD_TIMER_CC0         BOARD_REGISTER(0x40008540u)
#define BOARD_NVIC_ENABLE       BOARD_REGISTER(0xE000E100u)
#define BOARD_NVIC_PRIORITIES_8 BOARD_REGISTER(0xE000E408u) /* of the interrupts from 8 on, a byte each */

/* Those of TIMER1 are 4 KiB further on. */
#define BOARD_OF_TIMER(n, place) ((&(place))[(n) * 0x400u])

void TIMER0_IRQHandler(void);
void TIMER1_IRQHandler(void);
#define BOARD_ON_TIMER  void TIMER0_IRQHandler(void)
#define BOARD_ON_URGENT void TIMER1_IRQHandler(void)

static inline void board_start(unsigned timer)
{
    BOARD_OF_TIMER(timer, BOARD_TIMER_PRESCALER) = 0;
    BOARD_OF_TIMER(timer, BOARD_TIMER_INTENSET) = 1u << 16; /* of COMPARE0 */
    BOARD_OF_TIMER(timer, BOARD_TIMER_START) = 1;
}

/* The number comes last: so a short time is not over before what it brings is cleared. */
static inline void board_next(unsigned timer, uint16_t ticks)
{
    BOARD_OF_TIMER(timer, BOARD_TIMER_CC0) = UINT16_MAX;
    BOARD_OF_TIMER(timer, BOARD_TIMER_CLEAR) = 1;
    BOARD_OF_TIMER(timer, BOARD_TIMER_COMPARE0) = 0;
    BOARD_OF_TIMER(timer, BOARD_TIMER_CC0) = ticks;
}

/* A lower priority is more urgent. TIMER1 starts with the first board_urgent_next(). */
static inline void board_timer_start(void)
{
    BOARD_NVIC_PRIORITIES_8 = 0x4080;
    BOARD_NVIC_ENABLE = 1u << 8;
    board_start(0);
}

static inline void board_timer_next(uint16_t ticks)
{
    board_next(0, ticks);
}

static inline void board_urgent_next(uint16_t ticks)
{
    BOARD_NVIC_ENABLE = 1u << 9;
    board_start(1);
    board_next(1, ticks);
}

#endif
