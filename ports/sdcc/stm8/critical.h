/* SPDX-License-Identifier: 0BSD */
/* The critical section of an STM8: for a program, or with -include for one that does not know where it runs. */
#ifndef CRITICAL_H
#define CRITICAL_H

#include <stdint.h>

/* SDCC hands a byte over in the accumulator, and gives it back there. */
static uint8_t board_mask_interrupts(void) __naked
{
    __asm__("push cc\n pop a\n sim\n ret");
}

static void board_unmask_interrupts(uint8_t condition_codes) __naked
{
    (void)condition_codes;
    __asm__("push a\n pop cc\n ret");
}

#define AGEN_CRITICAL_ENTER uint8_t board_mask = board_mask_interrupts()
#define AGEN_CRITICAL_EXIT board_unmask_interrupts(board_mask)

#endif
