/* SPDX-License-Identifier: 0BSD */
/*
 * A line to a program that believes to have a terminal, on POSIX systems: its standard input and
 * output are one end of a pseudo-terminal, and at the other this plays the interrupts of a
 * UART, at the pipes of a struct serial. Both directions may have noise.
 */
#ifndef PTY_LINE_H
#define PTY_LINE_H

#include "noise.h"
#include "serial.h"

#include <sys/types.h>

struct pty_line {
    struct serial serial; /* our end */
    struct noise to_us, to_program;
    int master; /* -1: hung up */
    pid_t program;
};

/* Starts the program. False, with the reason in errno, if there is none, or no pseudo-terminal. */
bool pty_line_start(struct pty_line *line, struct serial serial, char *const arguments[]);

/*
 * What a loop does when it is idle: moves bytes, and if there are none, waits for some, so many
 * milliseconds at most (AGEN_FOREVER: without a limit). When the program has ended, `in` is closed.
 */
void pty_line_wait(struct pty_line *line, agen_ticks milliseconds);

void pty_line_kill(struct pty_line *line);
/* Gives the program a second to read what was said, and ends it. */
void pty_line_end(struct pty_line *line);

#endif
