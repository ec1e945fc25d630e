/* SPDX-License-Identifier: 0BSD */
/*
 * What agen.h has to know about the part. The Makefile names this header in AGEN_CONFIG, so that all files agree.
 * The time unit of the loop is the millisecond here. Nothing below is particular to one Cortex-M.
 */
#ifndef AGEN_CONFIG_H
#define AGEN_CONFIG_H

#include <stdint.h>

/* In part.c. It is called with the interrupts off, and an interrupt that comes then ends the sleep. */
void part_sleep(uint32_t milliseconds);

/*
 * The loop calls this when no task is ready. The interrupts are off from the question for the time until the sleep.
 * Otherwise an interrupt in between could make a task ready, and the loop would sleep all the same.
 */
#define AGEN_IDLE(loop, ticks) \
    do { \
        uint32_t idle_ticks; \
        __asm__ volatile("cpsid i" : : : "memory"); \
        idle_ticks = (ticks); \
        if (idle_ticks != 0) \
            part_sleep(idle_ticks); \
        __asm__ volatile("cpsie i\n\tisb" : : : "memory"); \
    } while (0)

/*
 * The critical section of the calls that end in _isr. It restores the mask that it has found, so it nests. A
 * Cortex-M0 needs it. A Cortex-M3 and larger ones have lock-free atomics and do without: delete it there if you like.
 */
static inline uint32_t mask_interrupts(void)
{
    uint32_t were_masked;

    __asm__ volatile("mrs %0, primask\n\tcpsid i" : "=r"(were_masked) : : "memory");
    return were_masked;
}

#define AGEN_CRITICAL_ENTER uint32_t were_masked_ = mask_interrupts()
#define AGEN_CRITICAL_EXIT __asm__ volatile("msr primask, %0" : : "r"(were_masked_) : "memory")

#endif
