/* SPDX-License-Identifier: 0BSD */
/*
 * What a program with interrupts needs of the ATmega328P. The other boards have the same.
 *
 * BOARD_ON_TIMER { } is the handler of timer 1, which interrupts once, that many ticks of 16 MHz
 * after board_timer_next(ticks).
 */
#ifndef BOARD_H
#define BOARD_H

#include <avr/interrupt.h>
#include <avr/io.h>
#include <stdint.h>

/* cli() and sei() keep the compiler from moving accesses across; a write of SREG does not. */
static inline uint8_t board_mask_interrupts(void)
{
    uint8_t status = SREG;

    cli();
    return status;
}

static inline void board_unmask_interrupts(uint8_t status)
{
    __asm__ volatile("" : : : "memory");
    SREG = status;
}

/* They nest, since each restores what it found. */
#define AGEN_CRITICAL_ENTER uint8_t board_mask = board_mask_interrupts()
#define AGEN_CRITICAL_EXIT board_unmask_interrupts(board_mask)

static inline void board_disable_interrupts(void)
{
    cli();
}

static inline void board_enable_interrupts(void)
{
    sei();
}

/* With the interrupts disabled. After a sei one more instruction comes before any interrupt. */
static inline void board_wait_for_interrupt(void)
{
#ifdef SMCR
    SMCR = (uint8_t)(1u << SE);
#else
    MCUCR = (uint8_t)(1u << SE);
#endif
    __asm__ volatile("sei\n\t"
                     "sleep"
                     :
                     :
                     : "memory");
}

#ifdef TIMSK1 /* timer 1 has 16 bits */

#define BOARD_ON_TIMER ISR(TIMER1_COMPA_vect)

static inline void board_timer_start(void)
{
    TIMSK1 = (uint8_t)(1u << OCIE1A);
    TCCR1B = (uint8_t)(1u << CS10); /* counts up, not divided */
}

static inline void board_timer_next(uint16_t ticks)
{
    TCNT1 = 0;
    OCR1A = ticks;
    TIFR1 = (uint8_t)(1u << OCF1A); /* cleared by writing it as one */
}

#endif

#endif
