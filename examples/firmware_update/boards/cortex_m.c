/* SPDX-License-Identifier: 0BSD */
#include "cortex_m.h"

#define MARK 0xA5A5A5A5u

extern uint32_t data_start[], bss_end[], stack_bottom[], stack_top[];
extern uint8_t heap_end[];

/* The stack is at the bottom of the RAM, in front of the variables. */
uint32_t device_ram(void)
{
    return (uint32_t)(heap_end - (uint8_t *)stack_bottom) - cortex_m_ram_for_flash;
}

uint32_t device_ram_of_variables(void)
{
    return (uint32_t)(bss_end - data_start) * (uint32_t)sizeof *bss_end - cortex_m_ram_for_flash;
}

/* Not by memset(), into which a compiler may turn the loop: that has a frame of its own. */
void device_stack_mark(void)
{
    volatile uint32_t *place;
    uint32_t *end;

    __asm__ volatile("mov %0, sp" : "=r"(end));
    for (place = stack_bottom; place < end; place++)
        *place = MARK;
}

uint32_t device_stack_used(void)
{
    const uint32_t *place = stack_bottom;

    while (*place == MARK)
        place++;
    return (uint32_t)(stack_top - place) * (uint32_t)sizeof *place;
}
