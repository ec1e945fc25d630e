/* SPDX-License-Identifier: 0BSD */
/*
 * What the firmware wants of its board. Each board has a file with these functions.
 */
#ifndef DEVICE_H
#define DEVICE_H

#include "flash.h"
#include "serial.h"

#define DEVICE_CLOCK 25000000ul /* in Hz, of the Cortex-M3 */

/* Texts for the console: on an AVR, what is constant takes RAM unless it is told not to. */
#ifdef __AVR__
#include <avr/pgmspace.h>
#define DEVICE_TEXT(text) PSTR(text)
#define DEVICE_TEXT_AT(place) ((char)pgm_read_byte(place))
#else
#define DEVICE_TEXT(text) (text)
#define DEVICE_TEXT_AT(place) (*(place))
#endif

/* Between the interrupts of the UART and the tasks. */
extern serial_pipe device_received, device_to_send;
extern agen_event device_button; /* set by the interrupt of the button */
extern struct flash device_flash; /* for images */

void device_start(void); /* everything, and the interrupts in the end */
agen_ticks device_now(void); /* in milliseconds */
uint32_t device_cycles(void); /* of DEVICE_CLOCK; only on the Cortex-M3, for traces */
void device_put(char c); /* to the console, which is not the UART */
void device_led(bool on);
void device_watchdog_start(void); /* resets the board if it is not kicked for two seconds */
void device_watchdog_kick(void);

/* Of what the linker knows: the RAM of the part, and what static objects take of it. */
uint32_t device_ram(void);
uint32_t device_ram_of_variables(void);
/* The stack, as it was marked at the start: how much of it has been used by now, at the most. */
void device_stack_mark(void);
uint32_t device_stack_used(void);

/* --- Between device.c and the file of the board, with interrupts off --- */

void device_send(uint8_t byte); /* by the UART */
void device_sent(void); /* device.c's: to be called when it is out */
void device_receive_again(void); /* there is room in the pipe again */

#endif
