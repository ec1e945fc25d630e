/* SPDX-License-Identifier: 0BSD */
/*
 * Start-up of a Cortex-M without a C library: the vectors, the variables, and the two functions
 * that compilers call by themselves. The linker script is ports/microbit/microbit.ld.
 */
#include <stddef.h>
#include <stdint.h>

extern uint32_t data_image[], data_start[], data_end[], bss_start[], bss_end[], stack_top[];

int main(void);
void Reset_Handler(void);
void Default_Handler(void);
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memset(void *to, int byte, size_t size);

void Reset_Handler(void)
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

/* An interrupt without a handler, or a fault: the watchdog resets the part. */
void Default_Handler(void)
{
    for (;;)
        ;
}

/* A board defines the handlers that it needs: interrupt n is IRQn_Handler. */
#define HANDLER(name) __attribute__((weak, alias("Default_Handler"))) void name(void)

HANDLER(NMI_Handler);
HANDLER(HardFault_Handler);
HANDLER(SVC_Handler);
HANDLER(PendSV_Handler);
HANDLER(SysTick_Handler);
HANDLER(IRQ0_Handler);
HANDLER(IRQ1_Handler);
HANDLER(IRQ2_Handler);
HANDLER(IRQ3_Handler);
HANDLER(IRQ4_Handler);
HANDLER(IRQ5_Handler);
HANDLER(IRQ6_Handler);
HANDLER(IRQ7_Handler);
HANDLER(IRQ8_Handler);
HANDLER(IRQ9_Handler);

struct vectors {
    const void *stack;
    void (*handlers[15 + 10])(void);
};

__attribute__((section(".vectors"), used)) static const struct vectors vectors = {
    stack_top,
    {
        Reset_Handler,
        NMI_Handler,
        HardFault_Handler,
        Default_Handler,
        Default_Handler,
        Default_Handler,
        NULL, NULL, NULL, NULL,
        SVC_Handler,
        Default_Handler,
        NULL,
        PendSV_Handler,
        SysTick_Handler,
        IRQ0_Handler, IRQ1_Handler, IRQ2_Handler, IRQ3_Handler, IRQ4_Handler,
        IRQ5_Handler, IRQ6_Handler, IRQ7_Handler, IRQ8_Handler, IRQ9_Handler,
    },
};

/* The compiler must not make calls of these two out of their own loops. */
#define A_LOOP __asm__ volatile("" : : : "memory")

__attribute__((used)) void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    uint8_t *t = to;
    const uint8_t *f = from;

    for (; size > 0; size--) {
        *t++ = *f++;
        A_LOOP;
    }
    return to;
}

__attribute__((used)) void *memset(void *to, int byte, size_t size)
{
    uint8_t *t = to;

    for (; size > 0; size--) {
        *t++ = (uint8_t)byte;
        A_LOOP;
    }
    return to;
}
