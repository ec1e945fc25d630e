/* SPDX-License-Identifier: 0BSD */
/*
 * What agen.h is told on a board, for all files: one copy of its functions, how interrupts are
 * masked, and how the loop sleeps. board.h is that of the board, in ports/.
 */
#ifndef AGEN_CONFIG_H
#define AGEN_CONFIG_H

#include "board.h"
#ifdef FIRMWARE_TRACE /* how many bytes the ring has */
#include "agen_trace.h"
#endif

#define AGEN_SHARED
#if defined __ARM_ARCH && __ARM_ARCH >= 7 /* has atomic accesses: no critical sections */
#undef AGEN_CRITICAL_ENTER
#undef AGEN_CRITICAL_EXIT
#endif

/* There is a tick each millisecond: so it need not be told how long it may sleep. */
#define AGEN_IDLE(loop, ticks) \
    do { \
        board_disable_interrupts(); \
        device_before_sleep(); \
        if (ticks) \
            board_wait_for_interrupt(); \
        board_enable_interrupts(); \
    } while (0)

void device_before_sleep(void);

#endif
