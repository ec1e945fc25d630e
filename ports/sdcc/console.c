/* SPDX-License-Identifier: 0BSD */
/*
 * Output and end of a program on SDCC's simulators: they watch one address, where 'p' followed
 * by a byte prints that byte, and 's' stops. The program's own main() is compiled under the name
 * program_main.
 */
#include <stdio.h>

#ifdef BOARD
#include "board.h"
#endif

#ifdef __SDCC_mcs51
static volatile unsigned char __xdata __at(0xFFFF) simulator;
#elif defined __SDCC_z80
#define simulator (*(volatile unsigned char *)0xBFFF)
#else
#define simulator (*(volatile unsigned char *)0x7FFF)
#endif

enum { SEPARATOR = 0x1E };

int program_main(void);

int putchar(int c)
{
    simulator = 'p';
    simulator = (unsigned char)c;
    return c;
}

/* The simulators have no exit status: it is printed, after the second separator. */
void main(void)
{
    int status;

    putchar(SEPARATOR);
    status = program_main();
    putchar(SEPARATOR);
    printf("%d\n", status);
    simulator = 's';
    for (;;)
        ;
}
