/* SPDX-License-Identifier: 0BSD */
/*
 * The MPS2 board with the image AN385 (Cortex-M3): its UART 0, SysTick for the clock, GPIO 0 for
 * the button, a LED. The console is UART 1. Images are in a simulated flash, in RAM that is not
 * counted.
 */
#include "cortex_m.h"

#define SYSTICK_CONTROL BOARD_REGISTER(0xE000E010u)
#define SYSTICK_RELOAD  BOARD_REGISTER(0xE000E014u)
#define SYSTICK_VALUE   BOARD_REGISTER(0xE000E018u)

#define UART0_DATA      BOARD_REGISTER(0x40004000u)
#define UART0_CONTROL   BOARD_REGISTER(0x40004008u)
#define UART0_INTERRUPT BOARD_REGISTER(0x4000400Cu)
#define UART0_DIVIDER   BOARD_REGISTER(0x40004010u)
#define UART1_DATA      BOARD_REGISTER(0x40005000u)
#define UART1_STATE     BOARD_REGISTER(0x40005004u)
#define UART1_CONTROL   BOARD_REGISTER(0x40005008u)
#define UART1_DIVIDER   BOARD_REGISTER(0x40005010u)

#define WATCHDOG_LOAD    BOARD_REGISTER(0x40008000u)
#define WATCHDOG_CONTROL BOARD_REGISTER(0x40008008u)
#define WATCHDOG_CLEAR   BOARD_REGISTER(0x4000800Cu)
#define WATCHDOG_LOCK    BOARD_REGISTER(0x40008C00u)

#define GPIO0_INTERRUPT BOARD_REGISTER(0x40010038u)

#define LEDS BOARD_REGISTER(0x40028000u)

/* start.c names the vectors as the nRF51822 does; its GPIOTE is where GPIO 0 is here. */
#define UART0_receives POWER_CLOCK_IRQHandler
#define UART0_sends    RADIO_IRQHandler

enum { CLOCK = DEVICE_CLOCK, INTERRUPT_RECEIVES = 0, INTERRUPT_SENDS = 1 };
enum { PAGES = 2 * (1 + 128), ERASE_TIME = 5, PROGRAM_TIME = 1 };

static volatile agen_ticks milliseconds;
static uint8_t memory[PAGES * FLASH_PAGE_SIZE];
struct flash device_flash;
const uint32_t cortex_m_ram_for_flash = sizeof memory;

void SysTick_Handler(void);
void UART0_receives(void);
void UART0_sends(void);
void NMI_Handler(void);

/*
 * --- Time, console, LED, watchdog ----------------------------------------------------------------
 */
void SysTick_Handler(void)
{
    milliseconds++;
}

agen_ticks device_now(void)
{
    return milliseconds;
}

uint32_t device_cycles(void)
{
    uint32_t now, left;

    do {
        now = milliseconds;
        left = SYSTICK_VALUE;
    } while (milliseconds != now);
    return now * (CLOCK / 1000) + (CLOCK / 1000 - 1 - left);
}

void device_put(char c)
{
    while (UART1_STATE & 1)
        ;
    UART1_DATA = (uint8_t)c;
}

void device_led(bool on)
{
    LEDS = on;
}

void GPIOTE_IRQHandler(void)
{
    GPIO0_INTERRUPT = 0xFFFF;
    agen_event_set_isr(&device_button);
}

void device_watchdog_start(void)
{
    WATCHDOG_LOCK = 0x1ACCE551u;
    WATCHDOG_LOAD = CLOCK; /* a second until it warns, and one more */
    WATCHDOG_CONTROL = 3;
}

/* The warning. Only a kick can help. */
void NMI_Handler(void)
{
}

void device_watchdog_kick(void)
{
    WATCHDOG_CLEAR = 1;
}

/*
 * --- UART ----------------------------------------------------------------------------------------
 */
void UART0_receives(void)
{
    uint8_t byte;

    if (agen_pipe_room(&device_received) == 0) {
        NVIC_DISABLE = 1u << INTERRUPT_RECEIVES; /* the UART holds the sender back */
        return;
    }
    UART0_INTERRUPT = 2;
    byte = (uint8_t)UART0_DATA;
    (void)agen_pipe_write_isr(&device_received, &byte, 1);
}

void UART0_sends(void)
{
    UART0_INTERRUPT = 1;
    device_sent();
}

void device_send(uint8_t byte)
{
    UART0_DATA = byte;
}

void device_receive_again(void)
{
    NVIC_ENABLE = 1u << INTERRUPT_RECEIVES;
}

void device_start(void)
{
    uint32_t i;

    for (i = 0; i < sizeof memory; i++)
        memory[i] = 0xFF;
    flash_init(&device_flash, memory, PAGES, ERASE_TIME, PROGRAM_TIME);
    UART0_DIVIDER = UART1_DIVIDER = CLOCK / 115200;
    UART0_CONTROL = 1 | 2 | 4 | 8; /* sends, receives, both with interrupts */
    UART1_CONTROL = 1;
    SYSTICK_RELOAD = CLOCK / 1000 - 1;
    SYSTICK_VALUE = 0;
    SYSTICK_CONTROL = 7;
    NVIC_ENABLE = 1u << INTERRUPT_RECEIVES | 1u << INTERRUPT_SENDS | 1u << INTERRUPT_OF_BUTTON;
    board_enable_interrupts();
}
