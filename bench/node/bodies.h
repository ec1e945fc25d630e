/* SPDX-License-Identifier: 0BSD */
/*
 * Standard bodies, written three times: with agen.h, as protothreads, and by hand. The consumer steps them.
 * The reader takes lines from a UART. It gives up when no byte comes for a while, and powers the UART down at its end,
 * also if the consumer wants no more. In the pipeline three stages follow each other.
 */
#ifndef BODIES_H
#define BODIES_H

#include <stdbool.h>
#include <stdint.h>

extern volatile uint8_t uart_status, uart_power;
extern volatile uint16_t clock_ticks;

enum { BYTE_CAME = 1, ALL_IS_SENT = 2 };

extern volatile uint8_t uart_byte;
#ifdef DRIVE /* the byte that came has been read then */
#define uart_data (uart_status &= (uint8_t)~BYTE_CAME, uart_byte)
#else
#define uart_data uart_byte
#endif
enum { LINE = 32, PATIENCE = 500, E_NOTHING_COMES = -1 };

static inline bool patience_ends(uint16_t since)
{
    return (uint16_t)(clock_ticks - since) >= PATIENCE;
}

#endif
