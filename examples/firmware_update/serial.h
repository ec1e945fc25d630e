/* SPDX-License-Identifier: 0BSD */
/*
 * A serial line, as the two pipes at one of its ends. On a microcontroller the interrupts of the
 * UART are the other sides of them: one fills `in` with agen_pipe_write_isr(), one empties `out`
 * with agen_pipe_read_isr(). On the host a pseudo-terminal does (pty_line.h), or a simulated line
 * (line.h).
 */
#ifndef SERIAL_H
#define SERIAL_H

#include "port.h"

#include <string.h>

/* How much a pipe holds: a small machine has less, and one byte of count for up to 255. */
#ifndef SERIAL_PIPE_SIZE
#define SERIAL_PIPE_SIZE 256
#endif
typedef AGEN_PIPE(SERIAL_PIPE_SIZE) serial_pipe;

struct serial {
    serial_pipe *in, *out;
};

/*
 * Writes a few bytes without waiting, so that a cleanup may use it whatever became of the line.
 * What finds no room is lost, as it may be on any line.
 */
static inline void serial_say(struct serial serial, const char *bytes)
{
    (void)agen_pipe_write(serial.out, bytes, strlen(bytes));
}

#endif
