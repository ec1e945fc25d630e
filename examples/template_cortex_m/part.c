/* SPDX-License-Identifier: 0BSD */
/*
 * The part: its clock, its UART, its LED, its vectors and its start-up. It is written for the Cortex-M3 of Arm's
 * MPS2 board (AN385), which QEMU emulates as mps2-an385. For another part change
 *
 *   1. CLOCK_HZ, the frequency of the processor, and set up the oscillator in part_start() if it needs that;
 *   2. the registers of the UART and of the LED, and the functions that use them;
 *   3. the vectors at the end: which interrupt is that of the UART;
 *   4. CPU in the Makefile and MEMORY in part.ld.
 *
 * The clock of this file is SysTick, which each Cortex-M has: it needs no change but CLOCK_HZ.
 */
#include "agen_config.h"
#include "part.h"

#include <stddef.h>

#define REGISTER(address) (*(volatile uint32_t *)(address))

enum { CLOCK_HZ = 25000000, CYCLES = CLOCK_HZ / 1000 }; /* CYCLES: in a millisecond */

/* --- The clock: SysTick ---------------------------------------------------------------------- */

#define SYSTICK_CONTROL REGISTER(0xE000E010u)
#define SYSTICK_RELOAD  REGISTER(0xE000E014u)
#define SYSTICK_VALUE   REGISTER(0xE000E018u)
#define INTERRUPT_STATE REGISTER(0xE000ED04u)

enum { STOPPED = 4, RUNS = 1 | 2 | 4 }; /* 1: counts, 2: interrupts at the end, 4: counts processor cycles */
enum { LONGEST = 0x1000000 / CYCLES };  /* SysTick counts 24 bits */
enum { SHORTEST = 100 };                /* cycles: enough to set the counter up before it ends */

#define SYSTICK_PENDING (1u << 26)

static volatile uint32_t milliseconds;

uint32_t part_now(void)
{
    return milliseconds;
}

static void systick_interrupt(void)
{
    milliseconds++;
}

/* The first interrupt comes after that many cycles, SHORTEST at least, and then one comes every millisecond. */
static void count_down(uint32_t cycles)
{
    SYSTICK_RELOAD = cycles - 1;
    SYSTICK_VALUE = 0; /* any write takes the value of the line above */
    SYSTICK_CONTROL = RUNS;
    while (SYSTICK_VALUE == 0)
        ; /* it is taken at the next cycle */
    SYSTICK_RELOAD = CYCLES - 1;
}

/*
 * While the processor works, SysTick interrupts every millisecond. For a sleep it counts down to the end of the sleep
 * instead. Each sleep loses the few cycles for which the counter stands. A free-running timer of the part loses none.
 */
void part_sleep(uint32_t ticks)
{
    uint32_t left, slept;

    SYSTICK_CONTROL = STOPPED;
    left = SYSTICK_VALUE; /* to the end of this millisecond */
    if (INTERRUPT_STATE & SYSTICK_PENDING || left < SHORTEST) {
        SYSTICK_CONTROL = RUNS; /* it ends now, or has ended: the loop asks again after the interrupt */
        return;
    }
    if (ticks > LONGEST)
        ticks = LONGEST; /* waking too early does no harm: the loop asks again */
    slept = left + (ticks - 1) * CYCLES;
    count_down(slept);
    __asm__ volatile("dsb\n\twfi" : : : "memory"); /* an interrupt ends it, although it is masked */
    SYSTICK_CONTROL = STOPPED;
    if (INTERRUPT_STATE & SYSTICK_PENDING) {
        milliseconds += ticks - 1; /* systick_interrupt() adds the last one */
        SYSTICK_CONTROL = RUNS;
        return;
    }
    /* Another interrupt ended it. The counter has what remained of the sleep. */
    left = SYSTICK_VALUE;
    milliseconds += ticks - 1 - (left - 1) / CYCLES;
    left = (left - 1) % CYCLES + 1; /* to the end of this millisecond */
    if (left < SHORTEST) {
        milliseconds++;
        left += CYCLES;
    }
    count_down(left);
}

/* --- The UART and the LED -------------------------------------------------------------------- */

#define INTERRUPT_ENABLE REGISTER(0xE000E100u) /* NVIC: one bit for each interrupt of the part */

#define UART_DATA    REGISTER(0x40004000u)
#define UART_STATE   REGISTER(0x40004004u)
#define UART_CONTROL REGISTER(0x40004008u)
#define UART_CLEAR   REGISTER(0x4000400Cu)
#define UART_DIVIDER REGISTER(0x40004010u)

#define LEDS REGISTER(0x40028000u)

enum { UART_INTERRUPT = 0, BAUD = 115200 };

void part_start(void)
{
    count_down(CYCLES);
    UART_DIVIDER = CLOCK_HZ / BAUD;
    UART_CONTROL = 1 | 2 | 8; /* transmits, receives, interrupts for each byte received */
    INTERRUPT_ENABLE = 1u << UART_INTERRUPT;
}

void part_led(bool on)
{
    LEDS = on;
}

void part_print(const char *text)
{
    for (; *text != '\0'; text++) {
        while (UART_STATE & 1)
            ; /* full: the byte before is on its way */
        UART_DATA = (uint8_t)*text;
    }
}

static void uart_interrupt(void)
{
    UART_CLEAR = 2;
    received((char)UART_DATA);
}

/* --- Start-up -------------------------------------------------------------------------------- */

extern uint32_t data_image[], data_start[], data_end[], bss_start[], bss_end[], stack_top[]; /* of part.ld */

int main(void);
void reset(void);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int byte, size_t size);

/* What runs first: it gives the variables their initial values. */
void reset(void)
{
    const uint32_t *from = data_image;
    uint32_t *to;

    for (to = data_start; to < data_end; to++)
        *to = *from++;
    for (to = bss_start; to < bss_end; to++)
        *to = 0;
    (void)main();
    for (;;)
        ;
}

/* A fault, or an interrupt without a handler. A debugger finds it here. A watchdog would start the part again. */
static void stop(void)
{
    for (;;)
        ;
}

__attribute__((section(".vectors"), used)) static const struct {
    const void *stack;
    void (*handlers[16])(void);
} vectors = {
    stack_top,
    {
        reset,
        stop, /* NMI */
        stop, /* HardFault */
        stop, stop, stop, NULL, NULL, NULL, NULL, stop, stop, NULL, stop,
        systick_interrupt,
        uart_interrupt, /* interrupt 0 of the part; those with higher numbers follow */
    },
};

/* The compiler may call these two by itself. The asm keeps it from making their loops into calls of themselves. */
__attribute__((used)) void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    uint8_t *t = to;
    const uint8_t *f = from;

    for (; size > 0; size--) {
        *t++ = *f++;
        __asm__ volatile("" : : : "memory");
    }
    return to;
}

__attribute__((used)) void *memset(void *to, int byte, size_t size)
{
    uint8_t *t = to;

    for (; size > 0; size--) {
        *t++ = (uint8_t)byte;
        __asm__ volatile("" : : : "memory");
    }
    return to;
}
