/* SPDX-License-Identifier: 0BSD */
/*
 * What a program with interrupts needs of a Cortex-M3, the machine mps2-an385. The other boards have the same. It needs
 * no critical section: the processor has atomic accesses.
 *
 * BOARD_ON_TIMER { } is the handler of TIMER0, which interrupts once, that many ticks of 25 MHz after
 * board_timer_next(ticks). BOARD_ON_URGENT { } is that of TIMER1, which interrupts the former, too.
 * BOARD_ON_RECEIVE { } is the one of UART0, the least urgent: that has room for one byte, and interrupts while there is
 * one.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stdint.h>

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
#define BOARD_TIMER(n, offset)  BOARD_REGISTER(0x40000000u + (n) * 0x1000u + (offset))
#define BOARD_NVIC_ENABLE       BOARD_REGISTER(0xE000E100u)
#define BOARD_NVIC_PRIORITY(n)  (((volatile uint8_t *)0xE000E400u)[n])

void TIMER0_IRQHandler(void);
void TIMER1_IRQHandler(void);
#define BOARD_ON_TIMER  void TIMER0_IRQHandler(void)
#define BOARD_ON_URGENT void TIMER1_IRQHandler(void)

enum { BOARD_CONTROL = 0, BOARD_VALUE = 4, BOARD_RELOAD = 8, BOARD_CLEAR = 12 };

/* Those of TIMER0 and TIMER1 have the numbers 8 and 9; a lower priority is more urgent. */
static inline void board_timer_start(void)
{
    BOARD_NVIC_PRIORITY(8) = 0x80;
    BOARD_NVIC_PRIORITY(9) = 0x40;
    BOARD_NVIC_ENABLE = 3u << 8;
}

static inline void board_next(unsigned timer, uint16_t ticks)
{
    BOARD_TIMER(timer, BOARD_CONTROL) = 0;
    BOARD_TIMER(timer, BOARD_RELOAD) = 0; /* once */
    BOARD_TIMER(timer, BOARD_VALUE) = ticks;
    BOARD_TIMER(timer, BOARD_CLEAR) = 1;
    BOARD_TIMER(timer, BOARD_CONTROL) = 9; /* on, and interrupts */
}

static inline void board_timer_next(uint16_t ticks)
{
    board_next(0, ticks);
}

static inline void board_urgent_next(uint16_t ticks)
{
    board_next(1, ticks);
}

#define BOARD_UART(offset) BOARD_REGISTER(0x40004000u + (offset))

enum { BOARD_UART_DATA = 0, BOARD_UART_STATE = 4, BOARD_UART_CONTROL = 8, BOARD_UART_CLEAR = 12 };
enum { BOARD_UART_DIVIDER = 16 };

/* Its number is 0, which has this name in the start-up code. */
void POWER_CLOCK_IRQHandler(void);
#define BOARD_ON_RECEIVE void POWER_CLOCK_IRQHandler(void)

static inline bool board_has_received(void)
{
    return (BOARD_UART(BOARD_UART_STATE) & 2u) != 0;
}

static inline uint8_t board_received(void)
{
    BOARD_UART(BOARD_UART_CLEAR) = 2; /* the interrupt; the next byte, which comes after this one, makes it anew */
    return (uint8_t)BOARD_UART(BOARD_UART_DATA);
}

/* Whether a byte may interrupt, also one that has come already. */
static inline void board_receive(bool on)
{
    if (on)
        BOARD_REGISTER(0xE000E100u) = 1; /* NVIC: enable number 0 */
    else
        BOARD_REGISTER(0xE000E180u) = 1; /* and disable it */
}

static inline void board_receive_start(void)
{
    BOARD_NVIC_PRIORITY(0) = 0xC0;
    BOARD_UART(BOARD_UART_DIVIDER) = 16;
    BOARD_UART(BOARD_UART_CONTROL) = 2 | 8; /* receives, and interrupts */
    board_receive(true);
}

#endif
