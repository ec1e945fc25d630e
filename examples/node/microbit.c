/* SPDX-License-Identifier: 0BSD */
/* BBC micro:bit: an nRF51822, a Cortex-M0 at 16 MHz. The button is its A, the console its USB. */
#include "board.h"

#define REGISTER(address) (*(volatile uint32_t *)(address))

#define NVIC_ENABLE  REGISTER(0xE000E100u)
#define NVIC_DISABLE REGISTER(0xE000E180u)

#define UART_START_RX  REGISTER(0x40002000u)
#define UART_START_TX  REGISTER(0x40002008u)
#define UART_RX_READY  REGISTER(0x40002108u)
#define UART_TX_READY  REGISTER(0x4000211Cu)
#define UART_INTERRUPT REGISTER(0x40002304u)
#define UART_ENABLE    REGISTER(0x40002500u)
#define UART_TX_PIN    REGISTER(0x4000250Cu)
#define UART_RX_PIN    REGISTER(0x40002514u)
#define UART_RX        REGISTER(0x40002518u)
#define UART_TX        REGISTER(0x4000251Cu)
#define UART_BAUD      REGISTER(0x40002524u)

#define EDGE_CAME      REGISTER(0x40006100u)
#define EDGE_INTERRUPT REGISTER(0x40006304u)
#define EDGE_OF        REGISTER(0x40006510u)

/* The real-time counter would take less current, but QEMU has none. */
#define TIMER_START     REGISTER(0x40008000u)
#define TIMER_CAPTURE   REGISTER(0x40008044u)
#define TIMER_CAME      REGISTER(0x40008140u)
#define TIMER_INTERRUPT REGISTER(0x40008304u)
#define TIMER_WIDTH     REGISTER(0x40008508u)
#define TIMER_DIVIDER   REGISTER(0x40008510u)
#define TIMER_COMPARE   REGISTER(0x40008540u)
#define TIMER_CAPTURED  REGISTER(0x40008544u)

#define WATCHDOG_START  REGISTER(0x40010000u)
#define WATCHDOG_TICKS  REGISTER(0x40010504u)
#define WATCHDOG_RELOAD REGISTER(0x40010600u)

#define PINS         REGISTER(0x50000510u)
#define PIN_SETUP(n) REGISTER(0x50000700u + 4u * (n))

enum { UART_IRQ = 1u << 2, EDGE_IRQ = 1u << 6, TIMER_IRQ = 1u << 8 };
enum { BUTTON = 17, TX_PIN = 24, RX_PIN = 25 };
enum { NEAREST = 20 };

void IRQ2_Handler(void);
void IRQ6_Handler(void);
void IRQ8_Handler(void);

void board_init(void)
{
    TIMER_WIDTH = 3;   /* 32 bits */
    TIMER_DIVIDER = 4; /* 16 MHz / 2^4 */
    TIMER_COMPARE = BOARD_HZ;
    TIMER_INTERRUPT = 1u << 16;
    TIMER_START = 1;

    UART_ENABLE = 4;
    UART_TX_PIN = TX_PIN;
    UART_RX_PIN = RX_PIN;
    UART_BAUD = 0x01D7E000u; /* 115200 */
    UART_INTERRUPT = 1u << 2; /* when a byte came */
    UART_START_RX = 1;
    UART_START_TX = 1;

    PIN_SETUP(BUTTON) = 3u << 2;                 /* an input, pulled up */
    EDGE_OF = 1u | BUTTON << 8 | 3u << 16; /* an event at both edges */
    EDGE_INTERRUPT = 1;

    WATCHDOG_TICKS = 4u * 32768u - 1u;
    WATCHDOG_START = 1;

    NVIC_ENABLE = UART_IRQ | EDGE_IRQ | TIMER_IRQ;
    board_interrupts_on();
}

AGEN_TICKS board_now(void)
{
    TIMER_CAPTURE = 1;
    return TIMER_CAPTURED;
}

/*
 * A time that is too near may pass before the comparison is set, and the sleep would then last
 * until the counter has been round.
 */
void board_sleep(AGEN_TICKS ticks)
{
    TIMER_COMPARE = board_now() + (ticks < NEAREST ? NEAREST : ticks);
    __asm__ volatile("wfi" : : : "memory"); /* ended by an interrupt that is masked, too */
}

void board_put(char byte)
{
    UART_TX_READY = 0;
    UART_TX = (uint8_t)byte;
    while (!UART_TX_READY)
        ;
}

bool board_button_is_down(void)
{
    return !(PINS & 1u << BUTTON);
}

void board_kick_watchdog(void)
{
    WATCHDOG_RELOAD = 0x6E524635u;
}

/* The watchdog of this chip cannot be stopped: it starts the board again. */
void board_off(void)
{
    NVIC_DISABLE = UART_IRQ | EDGE_IRQ | TIMER_IRQ;
    for (;;)
        __asm__ volatile("wfi");
}

void IRQ2_Handler(void)
{
    UART_RX_READY = 0;
    node_received((char)UART_RX);
}

void IRQ6_Handler(void)
{
    EDGE_CAME = 0;
    node_button_moved();
}

/* The end of a sleep: the loop looks at its deadlines. */
void IRQ8_Handler(void)
{
    TIMER_CAME = 0;
}
