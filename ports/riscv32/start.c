/* SPDX-License-Identifier: 0BSD */
/*
 * What a program needs around main() on a 32-bit RISC-V in QEMU: picolibc starts it, reads files and ends by
 * semihosting; here are the standard output, which is the UART, the standard error, which goes to the emulator, and
 * the traps: the timer's interrupt goes to the program, each other one ends it and says where it was.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define UART (*(volatile uint8_t *)0x10000000u)

enum { SEMIHOSTING_WRITEC = 0x03, TIMER_INTERRUPT = 7, EXIT_UNEXPECTED_INTERRUPT = 97, EXIT_FAULT = 98 };

void _exit(int code);
void board_on_timer(void);
void trap(void);

static int uart_put(char c, FILE *stream)
{
    (void)stream;
    UART = (uint8_t)c;
    return 0;
}

/* These three instructions, none of them compressed, are the sign for the emulator. */
static int error_put(char c, FILE *stream)
{
    register uint32_t a0 __asm__("a0") = SEMIHOSTING_WRITEC;
    register const char *a1 __asm__("a1") = &c;

    (void)stream;
    __asm__ volatile(".balign 16\n\t"
                     ".option push\n\t"
                     ".option norvc\n\t"
                     "slli zero, zero, 0x1f\n\t"
                     "ebreak\n\t"
                     "srai zero, zero, 7\n\t"
                     ".option pop"
                     : "+r"(a0)
                     : "r"(a1)
                     : "memory");
    return 0;
}

static FILE uart = FDEV_SETUP_STREAM(uart_put, NULL, NULL, _FDEV_SETUP_WRITE);
static FILE errors = FDEV_SETUP_STREAM(error_put, NULL, NULL, _FDEV_SETUP_WRITE);

FILE *const stdin = &uart; /* which has nothing to read */
FILE *const stdout = &uart;
FILE *const stderr = &errors;

static void complain(const char *text)
{
    for (; *text; text++)
        (void)error_put(*text, NULL);
}

__attribute__((weak)) void board_on_timer(void)
{
    complain("board: an interrupt nobody handles\n");
    _exit(EXIT_UNEXPECTED_INTERRUPT);
}

__attribute__((interrupt("machine"), aligned(4))) void trap(void)
{
    static const char digits[] = "0123456789abcdef";
    char number[] = "0x00000000\n";
    uint32_t cause, at;
    int i;

    __asm__ volatile("csrr %0, mcause" : "=r"(cause));
    if (cause == (1u << 31 | TIMER_INTERRUPT)) {
        board_on_timer();
        return;
    }
    __asm__ volatile("csrr %0, mepc" : "=r"(at));
    for (i = 9; i >= 2; i--, at >>= 4)
        number[i] = digits[at & 15u];
    complain("board: trap (bad address or instruction) at ");
    complain(number);
    _exit(EXIT_FAULT);
}

__attribute__((constructor)) static void catch_traps(void)
{
    __asm__ volatile("csrw mtvec, %0" : : "r"(trap));
}
