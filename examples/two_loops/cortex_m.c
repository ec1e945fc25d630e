/* SPDX-License-Identifier: 0BSD */
/*
 * Two loops on one Cortex-M. The slow one is what agen_loop_run() in main() runs. The urgent one is polled by PendSV,
 * the interrupt that software asks for: so it interrupts the slow loop anywhere, and is itself interrupted by the
 * devices, which are more urgent still. One stack is enough, since the urgent loop has finished its pass when the slow
 * one goes on. From the project's folder, on an emulated Cortex-M3:
 *   ports/run cortex-m3 -DAGEN_CONFIG='"cortex_m.h"' -Iexamples/two_loops examples/two_loops/two_loops.c \
 *       examples/two_loops/cortex_m.c
 * with -DONE_LOOP all tasks are in one loop, to compare; with -mcpu=cortex-m0 it is the code of a smaller processor.
 */
#include "two_loops.h"

#include "board.h"

#define PEND_SV  BOARD_REGISTER(0xE000ED04u) /* ICSR */
#define PRIORITY BOARD_REGISTER(0xE000ED20u) /* SHPR3: SysTick, PendSV */

#define SYSTICK_CONTROL BOARD_REGISTER(0xE000E010u)
#define SYSTICK_RELOAD  BOARD_REGISTER(0xE000E014u)
#define SYSTICK_VALUE   BOARD_REGISTER(0xE000E018u)

#define COUNTER         BOARD_REGISTER(0x40028018u)
#define COUNTER_DIVIDER BOARD_REGISTER(0x4002801Cu)

void PendSV_Handler(void);
void SysTick_Handler(void);

static agen_loop slow_loop;
agen_loop *const slow = &slow_loop;
#ifdef ONE_LOOP
agen_loop *const urgent = &slow_loop;
#else
static agen_loop urgent_loop;
agen_loop *const urgent = &urgent_loop;
#endif

uint32_t clock_now(void)
{
    return COUNTER;
}

/* --- The slow loop: thread mode ----------------------------------------------------------------- */

/* Whatever interrupts ends the sleep, and PendSV among it: so the urgent loop wakes this one by its _isr call alone. */
void wake_slow(void)
{
}

void slow_sleep(uint32_t ticks)
{
    SYSTICK_RELOAD = ticks < 0xFFFFFFu ? ticks : 0xFFFFFFu;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 1u | 2u | 4u; /* counts the processor's clock down, and interrupts */
    board_wait_for_interrupt();
}

void SysTick_Handler(void)
{
    SYSTICK_CONTROL = 0; /* once */
}

/* --- The urgent loop: PendSV -------------------------------------------------------------------- */

void wake_urgent(void)
{
#ifndef ONE_LOOP
    PEND_SV = 1u << 28;
    __asm__ volatile("dsb\n\tisb" : : : "memory"); /* in thread mode the urgent loop runs here */
#endif
}

/* One pass, as the tasks of one loop are equals; the deadlines of this loop have a timer of their own. */
void PendSV_Handler(void)
{
    agen_ticks ticks;

    (void)agen_loop_poll(urgent);
    ticks = agen_loop_idle_ticks(urgent);
    if (ticks == 0)
        wake_urgent();
    else if (ticks != AGEN_FOREVER)
        board_timer_next((uint16_t)(ticks < 60000u ? ticks : 60000u)); /* if it is early, it sets the rest */
}

BOARD_ON_TIMER
{
    BOARD_TIMER(0, BOARD_CLEAR) = 1;
    wake_urgent();
}

/* --- The device: TIMER1 ------------------------------------------------------------------------- */

void next_edge(uint32_t n)
{
    board_urgent_next((uint16_t)(800u + n % 5000u));
}

BOARD_ON_URGENT
{
    edge_isr();
    BOARD_TIMER(1, BOARD_CLEAR) = 1;
    wake_urgent();
}

int main(void)
{
    COUNTER_DIVIDER = 0;
    PRIORITY = 0xFFFF0000u; /* the least urgent interrupts, and still more urgent than thread mode */
    board_timer_start();
    agen_loop_init(slow, clock_now);
    if (urgent != slow)
        agen_loop_init(urgent, clock_now);
    tasks_start();
    board_enable_interrupts();
    wake_urgent(); /* its first pass */
    (void)agen_loop_run(slow);
    return tasks_result();
}
