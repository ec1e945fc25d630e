/* SPDX-License-Identifier: 0BSD */
/*
 * What agen.h asks of the Cortex-M, in all files: the build names this header with -DAGEN_CONFIG='"cortex_m.h"'.
 */
#ifndef CORTEX_M_H
#define CORTEX_M_H

#include <stdint.h>

/* The clock of the board, 25 MHz: the longest delay is 85 seconds. */
#define TICKS_OF_A_MILLISECOND 25000

/* A Cortex-M3 needs no critical section. It holds up the loop that interrupts, too: it is for both of them. */
#ifdef __ARM_ARCH_6M__
static inline uint32_t cortex_m_mask(void)
{
    uint32_t were_off;

    __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(were_off) : : "memory");
    return were_off;
}
#define AGEN_CRITICAL_ENTER uint32_t cortex_m_were_off = cortex_m_mask()
#define AGEN_CRITICAL_EXIT __asm__ volatile("msr primask, %0" : : "r"(cortex_m_were_off) : "memory")
#endif

void slow_sleep(uint32_t ticks); /* with the interrupts disabled */

/* Only agen_loop_run() sleeps, and that is the slow loop: the urgent one is polled. */
#define AGEN_IDLE(loop, ticks) \
    do { \
        uint32_t idle_ticks; \
        __asm__ volatile("cpsid i" : : : "memory"); \
        idle_ticks = (ticks); \
        if (idle_ticks != 0) \
            slow_sleep(idle_ticks); \
        __asm__ volatile("cpsie i\n\tisb" : : : "memory"); \
    } while (0)

#endif
