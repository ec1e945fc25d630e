/* SPDX-License-Identifier: 0BSD */
/* The critical section of an 8052: for a program, or with -include for one that does not know where it runs. */
#ifndef CRITICAL_H
#define CRITICAL_H

__sbit __at(0xAF) board_interrupts; /* EA; <8052.h> would give short names to much else */

#define AGEN_CRITICAL_ENTER __bit board_mask = board_interrupts; board_interrupts = 0
#define AGEN_CRITICAL_EXIT board_interrupts = board_mask

#endif
