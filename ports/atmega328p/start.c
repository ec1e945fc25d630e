/* SPDX-License-Identifier: 0BSD */
/*
 * What a program needs around main() on an ATmega328P: avr-libc starts it and sets up the
 * memory; here the standard output becomes UART0, and what main() returned reaches the simulator.
 * On a chip without UART0 the standard output is GPIOR1, a spare register.
 */
#include <avr/io.h>
#include <stdio.h>

#define BAUD 500000UL

#ifdef SMCR
#define SLEEP_REGISTER SMCR
#else
#define SLEEP_REGISTER MCUCR
#endif

static int uart_put(char c, FILE *stream)
{
    (void)stream;
#ifndef UDR0
    GPIOR1 = (uint8_t)c;
#else
    UCSR0A = (uint8_t)(1u << U2X0 | 1u << TXC0); /* TXC0 is cleared by writing it as one */
    UDR0 = (uint8_t)c;
    /* Until the byte is out, not only taken: the program may end after any of them. */
    while (!(UCSR0A & (1u << TXC0)))
        ;
#endif
    return 0;
}

/* The standard error: GPIOR2 is a spare register, which the simulator's front end listens to. */
static int error_put(char c, FILE *stream)
{
    (void)stream;
    GPIOR2 = (uint8_t)c;
    return 0;
}

static FILE uart = FDEV_SETUP_STREAM(uart_put, NULL, _FDEV_SETUP_WRITE);
static FILE errors = FDEV_SETUP_STREAM(error_put, NULL, _FDEV_SETUP_WRITE);

__attribute__((constructor)) static void open_console(void)
{
#ifdef UDR0
    UBRR0 = (uint16_t)(F_CPU / 8 / BAUD - 1);
    UCSR0C = (uint8_t)(1u << UCSZ01 | 1u << UCSZ00); /* 8 data bits, no parity, one stop bit */
    UCSR0B = (uint8_t)(1u << TXEN0);
#endif
    stdout = &uart;
    stderr = &errors;
}

/*
 * exit(), and so the end of main(), falls through the .fini sections from 9 to 0 with the exit
 * code in r24. Sleeping with the interrupts off is an end that the simulator recognises.
 */
void report_exit_code(void);
__attribute__((naked, used, section(".fini8"))) void report_exit_code(void)
{
    __asm__ volatile("out %0, r24" : : "I"(_SFR_IO_ADDR(GPIOR0)));
}

void sleep_for_ever(void);
__attribute__((naked, used, section(".fini1"))) void sleep_for_ever(void)
{
    __asm__ volatile("cli\n\t"
                     "ldi r24, %0\n\t"
                     "out %1, r24\n\t"
                     "sleep"
                     :
                     : "M"(1u << SE), "I"(_SFR_IO_ADDR(SLEEP_REGISTER)));
}
