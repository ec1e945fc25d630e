/* SPDX-License-Identifier: 0BSD */
/*
 * The micro:bit (nRF51822, Cortex-M0): its UART, TIMER0 for the clock, button A, a LED of the
 * matrix. The console is semihosting. Images are in the part's own flash, after the firmware.
 */
#include "cortex_m.h"

#include <string.h>

#define UART_STARTRX  BOARD_REGISTER(0x40002000u)
#define UART_STARTTX  BOARD_REGISTER(0x40002008u)
#define UART_RXDRDY   BOARD_REGISTER(0x40002108u)
#define UART_TXDRDY   BOARD_REGISTER(0x4000211Cu)
#define UART_INTENSET BOARD_REGISTER(0x40002304u)
#define UART_INTENCLR BOARD_REGISTER(0x40002308u)
#define UART_ENABLE   BOARD_REGISTER(0x40002500u)
#define UART_PSELTXD  BOARD_REGISTER(0x4000250Cu)
#define UART_PSELRXD  BOARD_REGISTER(0x40002514u)
#define UART_RXD      BOARD_REGISTER(0x40002518u)
#define UART_TXD      BOARD_REGISTER(0x4000251Cu)
#define UART_BAUDRATE BOARD_REGISTER(0x40002524u)

#define TIMER_SHORTS  BOARD_REGISTER(0x40008200u)
#define TIMER_BITMODE BOARD_REGISTER(0x40008508u)

#define GPIOTE_IN0      BOARD_REGISTER(0x40006100u)
#define GPIOTE_INTENSET BOARD_REGISTER(0x40006304u)
#define GPIOTE_CONFIG0  BOARD_REGISTER(0x40006510u)

#define WDT_START BOARD_REGISTER(0x40010000u)
#define WDT_CRV   BOARD_REGISTER(0x40010504u)
#define WDT_RREN  BOARD_REGISTER(0x40010508u)
#define WDT_RR0   BOARD_REGISTER(0x40010600u)

#define NVMC_READY     BOARD_REGISTER(0x4001E400u)
#define NVMC_CONFIG    BOARD_REGISTER(0x4001E504u)
#define NVMC_ERASEPAGE BOARD_REGISTER(0x4001E508u)

#define GPIO_OUTSET BOARD_REGISTER(0x50000508u)
#define GPIO_OUTCLR BOARD_REGISTER(0x5000050Cu)
#define GPIO_DIRSET BOARD_REGISTER(0x50000518u)
#define GPIO_PIN_CNF(pin) BOARD_REGISTER(0x50000700u + 4u * (pin))

enum { UART_RXDRDY_BIT = 1 << 2, UART_TXDRDY_BIT = 1 << 7 };
enum { INTERRUPT_OF_UART = 2, INTERRUPT_OF_TIMER = 8 };
enum { PIN_OF_LED = 13, PIN_OF_BUTTON = 17, PIN_TXD = 24, PIN_RXD = 25 };
enum { NVMC_READS = 0, NVMC_WRITES = 1, NVMC_ERASES = 2 };

#define IMAGES_START 0x10000u
#define IMAGES_END   0x40000u

const uint32_t cortex_m_ram_for_flash = 0;

static volatile agen_ticks milliseconds;

struct flash device_flash = {
    IMAGES_START, (IMAGES_END - IMAGES_START) / FLASH_PAGE_SIZE, 0, 0, 0
};

/*
 * --- Time, console, LED, button, watchdog --------------------------------------------------------
 */
BOARD_ON_TIMER
{
    BOARD_TIMER_COMPARE0 = 0;
    milliseconds++;
}

agen_ticks device_now(void)
{
    return milliseconds;
}

void device_put(char c)
{
    register uint32_t write_character __asm__("r0") = 3;
    register const char *where __asm__("r1") = &c;

    __asm__ volatile("bkpt 0xAB" : "+r"(write_character) : "r"(where) : "memory");
}

void device_led(bool on)
{
    if (on)
        GPIO_OUTSET = 1u << PIN_OF_LED;
    else
        GPIO_OUTCLR = 1u << PIN_OF_LED;
}

void GPIOTE_IRQHandler(void)
{
    GPIOTE_IN0 = 0;
    agen_event_set_isr(&device_button);
}

void device_watchdog_start(void)
{
    WDT_CRV = 2 * 32768;
    WDT_RREN = 1;
    WDT_START = 1;
}

void device_watchdog_kick(void)
{
    WDT_RR0 = 0x6E524635u;
}

/*
 * --- UART ----------------------------------------------------------------------------------------
 */
void UART0_IRQHandler(void);
void UART0_IRQHandler(void)
{
    uint8_t byte;

    if (UART_RXDRDY && agen_pipe_room(&device_received) > 0) {
        UART_RXDRDY = 0;
        byte = (uint8_t)UART_RXD;
        (void)agen_pipe_write_isr(&device_received, &byte, 1);
    } else if (UART_RXDRDY) {
        UART_INTENCLR = UART_RXDRDY_BIT; /* the UART holds the sender back */
    }
    if (UART_TXDRDY) {
        UART_TXDRDY = 0;
        device_sent();
    }
}

void device_send(uint8_t byte)
{
    UART_TXD = byte;
}

void device_receive_again(void)
{
    UART_INTENSET = UART_RXDRDY_BIT;
}

void device_start(void)
{
    GPIO_DIRSET = 1u << PIN_OF_LED;
    GPIO_PIN_CNF(PIN_OF_BUTTON) = 0; /* an input that is connected; the board pulls it up */
    GPIOTE_CONFIG0 = 2u << 16 | PIN_OF_BUTTON << 8 | 1u; /* an event at the falling edge */
    GPIOTE_INTENSET = 1;
    BOARD_TIMER_PRESCALER = 4; /* 1 MHz */
    TIMER_BITMODE = 3;
    TIMER_SHORTS = 1; /* starts anew at CC0 */
    BOARD_TIMER_CC0 = 1000;
    BOARD_TIMER_INTENSET = 1u << 16;
    BOARD_TIMER_START = 1;
    UART_PSELTXD = PIN_TXD;
    UART_PSELRXD = PIN_RXD;
    UART_BAUDRATE = 0x01D7E000; /* 115200 */
    UART_ENABLE = 4;
    UART_INTENSET = UART_RXDRDY_BIT | UART_TXDRDY_BIT;
    UART_STARTTX = 1;
    UART_STARTRX = 1;
    NVIC_ENABLE = 1u << INTERRUPT_OF_UART | 1u << INTERRUPT_OF_TIMER | 1u << INTERRUPT_OF_BUTTON;
    board_enable_interrupts();
}

/*
 * --- Flash ---------------------------------------------------------------------------------------
 */
static void set_mode(uint32_t mode)
{
    while (!NVMC_READY)
        ;
    NVMC_CONFIG = mode;
}

/* Words are programmed as a whole: bits that are 1 stay what they are. */
static void program(uint32_t address, const uint8_t *data, uint32_t size)
{
    uint32_t end = address + size, at, i;

    for (at = address & ~3u; at < end; at += 4) {
        uint32_t word = 0xFFFFFFFFu;

        for (i = 0; i < 4; i++)
            if (at + i >= address && at + i < end)
                word &= ~(0xFFu << 8 * i) | (uint32_t)data[at + i - address] << 8 * i;
        while (!NVMC_READY)
            ;
        BOARD_REGISTER(at) = word;
    }
}

bool flash_change(struct flash *flash, uint32_t address, const uint8_t *data, uint32_t size)
{
    flash->operations++;
    set_mode(data == NULL ? NVMC_ERASES : NVMC_WRITES);
    if (data == NULL)
        NVMC_ERASEPAGE = flash->start + address;
    else
        program(flash->start + address, data, size);
    set_mode(NVMC_READS);
    return true;
}

void flash_read(const struct flash *flash, uint32_t address, void *to, uint32_t size)
{
    memcpy(to, (const uint8_t *)(uintptr_t)(flash->start + address), size);
}
