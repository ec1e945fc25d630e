/* SPDX-License-Identifier: 0BSD */
/* What main.c asks of the part, and what the part calls in main.c. */
#ifndef PART_H
#define PART_H

#include <stdbool.h>
#include <stdint.h>

void part_start(void);         /* starts the clock and the UART, and enables the interrupts */
uint32_t part_now(void);       /* milliseconds since the start */
void part_led(bool on);
void part_print(const char *text); /* waits until the UART has taken it */

/* main.c has this one. The receive interrupt of the UART calls it. */
void received(char byte);

#endif
