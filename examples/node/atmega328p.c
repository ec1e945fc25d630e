/* SPDX-License-Identifier: 0BSD */
/* ATmega328P at 16 MHz, the chip of the Arduino Uno. The button is between PD2 and ground. */
#include "board.h"

#include <avr/io.h>
#include <avr/sleep.h>
#include <avr/wdt.h>

void board_init(void)
{
    TIMSK1 = (uint8_t)(1u << OCIE1A);
    TCCR1B = (uint8_t)(1u << CS12 | 1u << CS10); /* 16 MHz / 1024 = 15,625 Hz */

    UBRR0 = 16; /* 115200, with U2X0 */
    UCSR0A = (uint8_t)(1u << U2X0);
    UCSR0B = (uint8_t)(1u << RXCIE0 | 1u << RXEN0 | 1u << TXEN0);

    PORTD = (uint8_t)(1u << PORTD2); /* pulled up */
    EICRA = (uint8_t)(1u << ISC00);  /* both edges */
    EIMSK = (uint8_t)(1u << INT0);

    MCUSR = 0; /* or a watchdog that has reset the chip could not be stopped */
    wdt_enable(WDTO_4S);
    SMCR = 0; /* to sleep is to idle: the timer goes on */
    board_interrupts_on();
}

AGEN_TICKS board_now(void)
{
    return TCNT1; /* no interrupt touches a 16-bit register, so both bytes are of one time */
}

/*
 * One tick from now is too near: it may come before the comparison is set, and the sleep would last
 * until the counter has been round. The second one is late by a tick, and always comes.
 */
void board_sleep(AGEN_TICKS ticks)
{
    OCR1A = (uint16_t)(TCNT1 + (ticks < 2 ? 2 : ticks));
    sleep_enable();
    sei(); /* takes effect after the next instruction */
    sleep_cpu();
    sleep_disable();
}

void board_put(char byte)
{
    while (!(UCSR0A & 1u << UDRE0))
        ;
    UDR0 = (uint8_t)byte;
}

bool board_button_is_down(void)
{
    return !(PIND & 1u << PIND2);
}

void board_kick_watchdog(void)
{
    wdt_reset();
}

void board_off(void)
{
    while (!(UCSR0A & 1u << UDRE0)) /* the last bytes are on their way */
        ;
    cli();
    wdt_disable();
    sleep_enable();
    for (;;)
        sleep_cpu();
}

ISR(USART_RX_vect)
{
    node_received((char)UDR0);
}

ISR(INT0_vect)
{
    node_button_moved();
}

/* The end of a sleep: the loop looks at its deadlines. */
EMPTY_INTERRUPT(TIMER1_COMPA_vect)
