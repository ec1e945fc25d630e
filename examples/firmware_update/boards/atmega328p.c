/* SPDX-License-Identifier: 0BSD */
/*
 * ATmega328P at 16 MHz: UART0 at 115200, timer 0 for the clock, the button at INT0 (PD2), the LED
 * of the Arduino (PB5). The console is GPIOR2, to which the front end of the simulator listens.
 * Images are in the part's own flash, and the function that programs it in its boot section.
 */
#include "device.h"

#include <avr/boot.h>
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/wdt.h>

enum { RAM_SIZE = 2048, MARK = 0xA5 };

/* The linker knows where the program ends, and the script that links it says where images begin. */
#define IMAGES_END 0x7E00u /* the boot section, the smallest that there is */
#define BAUD       115200UL

extern uint8_t __data_start, __heap_start;

static volatile agen_ticks milliseconds;

struct flash device_flash = {
    IMAGES_START, (IMAGES_END - IMAGES_START) / FLASH_PAGE_SIZE, 0, 0, 0
};

/*
 * --- Time, console, LED, button, watchdog --------------------------------------------------------
 */
ISR(TIMER0_COMPA_vect)
{
    milliseconds++;
}

agen_ticks device_now(void)
{
    agen_ticks now;

    AGEN_CRITICAL_ENTER;
    now = milliseconds;
    AGEN_CRITICAL_EXIT;
    return now;
}

void device_put(char c)
{
    GPIOR2 = (uint8_t)c;
}

void device_led(bool on)
{
    PORTB = on ? PORTB | 1u << PB5 : PORTB & ~(1u << PB5);
}

ISR(INT0_vect)
{
    agen_event_set_isr(&device_button);
}

void device_watchdog_start(void)
{
    wdt_enable(WDTO_2S);
}

void device_watchdog_kick(void)
{
    wdt_reset();
}

/*
 * --- UART ----------------------------------------------------------------------------------------
 */
ISR(USART_RX_vect)
{
    uint8_t byte = UDR0;

    (void)agen_pipe_write_isr(&device_received, &byte, 1);
}

ISR(USART_TX_vect)
{
    device_sent();
}

void device_send(uint8_t byte)
{
    UDR0 = byte;
}

/* Never stopped: 64 bytes take 5 milliseconds, and the firmware is there in less. */
void device_receive_again(void)
{
}

void device_start(void)
{
    DDRB = 1u << PB5;
    PORTD = 1u << PD2;   /* pulled up; pressed is low */
    EICRA = 1u << ISC01; /* at the falling edge */
    EIMSK = 1u << INT0;
    TCCR0A = 1u << WGM01;
    OCR0A = F_CPU / 64 / 1000 - 1;
    TIMSK0 = 1u << OCIE0A;
    TCCR0B = 1u << CS01 | 1u << CS00; /* divided by 64 */
    UBRR0 = (F_CPU / 4 / BAUD - 1) / 2;
    UCSR0A = 1u << U2X0;
    UCSR0C = 1u << UCSZ01 | 1u << UCSZ00;
    UCSR0B = 1u << RXEN0 | 1u << TXEN0 | 1u << RXCIE0 | 1u << TXCIE0;
    sei();
}

/*
 * --- RAM -----------------------------------------------------------------------------------------
 */
uint32_t device_ram(void)
{
    return RAM_SIZE;
}

uint32_t device_ram_of_variables(void)
{
    return (uint32_t)(&__heap_start - &__data_start);
}

/* Not by memset(), into which a compiler may turn the loop: that has a frame of its own. */
void device_stack_mark(void)
{
    volatile uint8_t *place;

    for (place = &__heap_start; place < (uint8_t *)SP; place++)
        *place = MARK;
}

uint32_t device_stack_used(void)
{
    const uint8_t *place = &__heap_start;

    while (*place == MARK)
        place++;
    return (uint32_t)((const uint8_t *)RAMEND + 1 - place);
}

/*
 * --- Flash ---------------------------------------------------------------------------------------
 */

/*
 * One page: erased, or programmed with `size` bytes from `offset` on. All other bytes are
 * programmed with what they are, since simavr remembers what was filled in for a page before. The
 * rest of the flash cannot be read meanwhile, not even by an interrupt.
 */
BOOTLOADER_SECTION __attribute__((noinline)) static void change_page(uint16_t page,
                                                                     const uint8_t *data,
                                                                     uint8_t offset, uint8_t size)
{
    uint8_t status = SREG, i;

    cli();
    boot_spm_busy_wait();
    if (data == NULL) {
        boot_page_erase(page);
    } else {
        for (i = 0; i < FLASH_PAGE_SIZE; i = (uint8_t)(i + 2)) {
            uint16_t word = pgm_read_word(page + i);

            if ((uint8_t)(i - offset) < size)
                word &= (uint16_t)(0xFF00 | data[(uint8_t)(i - offset)]);
            if ((uint8_t)(i + 1 - offset) < size)
                word &= (uint16_t)(0xFF | data[(uint8_t)(i + 1 - offset)] << 8);
            boot_page_fill(page + i, word);
        }
        boot_page_write(page);
    }
    boot_spm_busy_wait();
    boot_rww_enable();
    SREG = status;
}

bool flash_change(struct flash *flash, uint32_t address, const uint8_t *data, uint32_t size)
{
    uint32_t end = address + size;

    flash->operations++;
    while (address < end) {
        uint8_t offset = (uint8_t)(address % FLASH_PAGE_SIZE), count = FLASH_PAGE_SIZE - offset;

        if (count > end - address)
            count = (uint8_t)(end - address);
        change_page((uint16_t)(flash->start + address - offset), data, offset, count);
        address += count;
        if (data != NULL)
            data += count;
    }
    return true;
}

void flash_read(const struct flash *flash, uint32_t address, void *to, uint32_t size)
{
    memcpy_P(to, (const void *)(uint16_t)(flash->start + address), (size_t)size);
}
