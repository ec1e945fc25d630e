/* SPDX-License-Identifier: 0BSD */
/*
 * What the node asks of a board, and what agen.h asks of it: the build names this header with
 * -DAGEN_CONFIG='"board.h"', so that all files agree. Each board is one file beside it.
 */
#ifndef BOARD_H
#define BOARD_H

#include <stdbool.h>
#include <stdint.h>

/* --- By architecture: the clock, interrupts, texts ------------------------------------------- */

#ifdef __AVR__

#include <avr/interrupt.h>
#include <avr/pgmspace.h>

#define BOARD_HZ 15625u     /* ticks of the clock in a second */
#define AGEN_TICKS uint16_t /* so that two seconds are the longest delay */

#define board_interrupts_off() cli()
#define board_interrupts_on() sei()

/* A text that stays in flash, and the byte at a place of it. */
#define BOARD_TEXT(text) PSTR(text)
#define board_text_at(place) ((char)pgm_read_byte(place))

/* The `_isr` calls need a critical section. It restores what it found, so that it nests. */
#define AGEN_CRITICAL_ENTER \
    uint8_t board_status = SREG; \
    cli()
#define AGEN_CRITICAL_EXIT \
    __asm__ volatile("" : : : "memory"); \
    SREG = board_status

#else /* Cortex-M */

#define BOARD_HZ 1000000u /* 35 minutes are the longest delay */
#define AGEN_TICKS uint32_t

#define board_interrupts_off() __asm__ volatile("cpsid i" : : : "memory")
#define board_interrupts_on() __asm__ volatile("cpsie i\n\tisb" : : : "memory")

#define BOARD_TEXT(text) (text)
#define board_text_at(place) (*(place))

/* A Cortex-M0 cannot do without. A Cortex-M3 can, with LDREX and STREX, but this is shorter. */
static inline uint32_t board_interrupts_mask(void)
{
    uint32_t were_off;

    __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(were_off) : : "memory");
    return were_off;
}

#define AGEN_CRITICAL_ENTER uint32_t board_were_off = board_interrupts_mask()
#define AGEN_CRITICAL_EXIT __asm__ volatile("msr primask, %0" : : "r"(board_were_off) : "memory")

#endif

/* --- By board -------------------------------------------------------------------------------- */

void board_init(void);           /* starts the clock, console, button and watchdog */
AGEN_TICKS board_now(void);      /* the clock; it wraps */
void board_put(char byte);       /* to the console; waits until there is room */
bool board_button_is_down(void);
void board_kick_watchdog(void);  /* at least once in four seconds */
void board_off(void);            /* for ever */

/*
 * Sleeps for that many ticks or until an interrupt. It is called with the interrupts off, so that
 * none comes between the question to the loop and the sleep; one that comes then ends the sleep.
 */
void board_sleep(AGEN_TICKS ticks);

#define AGEN_IDLE(loop, ticks) \
    do { \
        AGEN_TICKS board_idle; \
        board_interrupts_off(); \
        board_idle = (ticks); \
        if (board_idle != 0) \
            board_sleep(board_idle); \
        board_interrupts_on(); \
    } while (0)

/* --- What the board calls, from its interrupts ----------------------------------------------- */

void node_received(char byte);
void node_button_moved(void);

#endif
