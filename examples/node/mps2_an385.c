/* SPDX-License-Identifier: 0BSD */
/* Arm's MPS2+ with a Cortex-M3 (AN385, 25 MHz), as QEMU's mps2-an385 has it. */
#include "board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define NVIC_ENABLE  REGISTER(0xE000E100u)
#define NVIC_DISABLE REGISTER(0xE000E180u)

#define TIMER_CONTROL REGISTER(0x40000000u)
#define TIMER_VALUE   REGISTER(0x40000004u)
#define TIMER_CLEAR   REGISTER(0x4000000Cu)

#define UART_DATA    REGISTER(0x40004000u)
#define UART_STATE   REGISTER(0x40004004u)
#define UART_CONTROL REGISTER(0x40004008u)
#define UART_CLEAR   REGISTER(0x4000400Cu)
#define UART_DIVIDER REGISTER(0x40004010u)

#define WATCHDOG_LOAD    REGISTER(0x40008000u)
#define WATCHDOG_CONTROL REGISTER(0x40008008u)
#define WATCHDOG_CLEAR   REGISTER(0x4000800Cu)

#ifndef PORT_DATA /* a test has another: QEMU has no such port */
#define PORT_DATA REGISTER(0x40010000u)
#endif
#define PORT_INTERRUPT REGISTER(0x40010020u)
#define PORT_ON_EDGE   REGISTER(0x40010028u)
#define PORT_RISING    REGISTER(0x40010030u)
#define PORT_FALLING   REGISTER(0x40010034u)
#define PORT_CLEAR     REGISTER(0x40010038u)

#define COUNTER         REGISTER(0x40028018u)
#define COUNTER_DIVIDER REGISTER(0x4002801Cu)

enum { CLOCK = 25000000, DIVIDER = CLOCK / BOARD_HZ };
enum { UART_IRQ = 1u << 0, PORT_IRQ = 1u << 6, TIMER_IRQ = 1u << 8 };
enum { BUTTON = 1u << 0 };

void IRQ0_Handler(void);
void IRQ6_Handler(void);
void IRQ8_Handler(void);

void board_init(void)
{
    COUNTER_DIVIDER = DIVIDER - 1;
    PORT_ON_EDGE = BUTTON;
    PORT_RISING = BUTTON;
    PORT_INTERRUPT = BUTTON;
    UART_DIVIDER = CLOCK / 115200;
    UART_CONTROL = 1u | 2u | 8u; /* transmits, receives, and interrupts when a byte came */
    WATCHDOG_LOAD = CLOCK * 2u;  /* interrupts after two seconds, resets after four */
    WATCHDOG_CONTROL = 1u | 2u;
    NVIC_ENABLE = UART_IRQ | PORT_IRQ | TIMER_IRQ;
    board_interrupts_on();
}

AGEN_TICKS board_now(void)
{
    return COUNTER;
}

void board_sleep(AGEN_TICKS ticks)
{
    if (ticks > UINT32_MAX / DIVIDER)
        ticks = UINT32_MAX / DIVIDER; /* it may be woken early */
    TIMER_VALUE = ticks * DIVIDER;
    TIMER_CONTROL = 1u | 8u; /* counts down, and interrupts at the end */
    __asm__ volatile("wfi" : : : "memory"); /* ended by an interrupt that is masked, too */
}

void board_put(char byte)
{
    while (UART_STATE & 1u)
        ;
    UART_DATA = (uint8_t)byte;
}

bool board_button_is_down(void)
{
    return PORT_DATA & BUTTON;
}

void board_kick_watchdog(void)
{
    WATCHDOG_CLEAR = 1;
}

void board_off(void)
{
    WATCHDOG_CONTROL = 0;
    NVIC_DISABLE = UART_IRQ | PORT_IRQ | TIMER_IRQ;
    for (;;)
        __asm__ volatile("wfi");
}

void IRQ0_Handler(void)
{
    UART_CLEAR = 2u;
    node_received((char)UART_DATA);
}

void IRQ6_Handler(void)
{
    PORT_CLEAR = BUTTON;
    if (board_button_is_down())
        PORT_FALLING = BUTTON; /* it is one edge or the other, so the next one */
    else
        PORT_RISING = BUTTON;
    node_button_moved();
}

/* The end of a sleep: the loop looks at its deadlines. */
void IRQ8_Handler(void)
{
    TIMER_CONTROL = 0;
    TIMER_CLEAR = 1;
}
