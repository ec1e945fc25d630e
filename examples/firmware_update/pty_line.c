/* SPDX-License-Identifier: 0BSD */
#define _XOPEN_SOURCE 700
#include "pty_line.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

enum { GOOD_BYE_MILLISECONDS = 1000 };

/* Eight bits, nothing interpreted: what cfmakeraw() does, which POSIX does not have. */
static bool make_raw(int terminal)
{
    struct termios mode;

    if (tcgetattr(terminal, &mode) != 0)
        return false;
    mode.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | IGNBRK | IGNCR | INLCR | INPCK | ISTRIP | IXON
                                | PARMRK);
    mode.c_oflag &= ~(tcflag_t)OPOST;
    mode.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
    mode.c_cflag = (mode.c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
    return tcsetattr(terminal, TCSANOW, &mode) == 0;
}

/* Of the child: does not return. If there is no such program, errno goes into the pipe. */
static void become(char *const arguments[], int terminal, int failure)
{
    int null = open("/dev/null", O_WRONLY);

    (void)setsid();
    if (dup2(terminal, 0) >= 0 && dup2(terminal, 1) >= 0 && null >= 0 && dup2(null, 2) >= 0)
        (void)execvp(arguments[0], arguments);
    (void)!write(failure, &errno, sizeof errno);
    _exit(127);
}

/* The pipe closes by itself when the program starts. */
static bool start(struct pty_line *line, char *const arguments[], int terminal)
{
    int failure[2], error = 0;

    if (pipe(failure) != 0)
        return false;
    (void)fcntl(failure[1], F_SETFD, FD_CLOEXEC);
    line->program = fork();
    if (line->program == 0)
        become(arguments, terminal, failure[1]);
    (void)close(failure[1]);
    if (line->program < 0) {
        error = errno;
    } else if (read(failure[0], &error, sizeof error) == (ssize_t)sizeof error) {
        (void)waitpid(line->program, NULL, 0);
        line->program = -1;
    }
    (void)close(failure[0]);
    errno = error;
    return line->program > 0;
}

bool pty_line_start(struct pty_line *line, struct serial serial, char *const arguments[])
{
    int terminal = -1, error;
    bool ok = false;

    memset(line, 0, sizeof *line);
    line->serial = serial;
    line->master = posix_openpt(O_RDWR | O_NOCTTY);
    if (line->master >= 0 && grantpt(line->master) == 0 && unlockpt(line->master) == 0)
        terminal = open(ptsname(line->master), O_RDWR | O_NOCTTY);
    if (terminal >= 0)
        ok = make_raw(terminal) && fcntl(line->master, F_SETFD, FD_CLOEXEC) == 0
          && fcntl(line->master, F_SETFL, O_NONBLOCK) == 0 && start(line, arguments, terminal);
    error = errno;
    if (terminal >= 0)
        (void)close(terminal);
    if (!ok && line->master >= 0)
        (void)close(line->master);
    errno = error;
    return ok;
}

static void hang_up(struct pty_line *line)
{
    (void)close(line->master);
    line->master = -1;
    agen_pipe_close_isr(line->serial.in);
}

/* What the program does not take is lost, as on any line. */
static void move_out(struct pty_line *line)
{
    uint8_t byte, bytes[2];
    unsigned count;

    while (agen_pipe_read_isr(line->serial.out, &byte, 1) == 1) {
        count = noise_pass(&line->to_program, byte, bytes);
        if (line->master >= 0 && count > 0)
            (void)!write(line->master, bytes, count);
    }
}

/* Noise may make two bytes of one. */
static size_t room(const struct pty_line *line)
{
    return agen_pipe_room(line->serial.in) / 2;
}

static void move_in(struct pty_line *line)
{
    uint8_t arrived[64], bytes[2];
    size_t most = room(line) < sizeof arrived ? room(line) : sizeof arrived;
    ssize_t i, count = read(line->master, arrived, most);

    if (count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN))
        hang_up(line);
    for (i = 0; i < count; i++)
        agen_pipe_write_isr(line->serial.in, bytes, noise_pass(&line->to_us, arrived[i], bytes));
}

void pty_line_wait(struct pty_line *line, agen_ticks milliseconds)
{
    struct pollfd master = { room(line) > 0 ? line->master : -1, POLLIN, 0 };
    int timeout = milliseconds > INT_MAX ? -1 : (int)milliseconds;

    move_out(line);
    if (poll(&master, 1, timeout) > 0)
        move_in(line);
}

void pty_line_kill(struct pty_line *line)
{
    (void)kill(line->program, SIGKILL);
}

void pty_line_end(struct pty_line *line)
{
    struct pollfd master = { line->master, POLLIN, 0 };
    uint8_t unread[64];

    move_out(line);
    while (line->master >= 0 && poll(&master, 1, GOOD_BYE_MILLISECONDS) > 0)
        if (read(line->master, unread, sizeof unread) <= 0)
            break;
    if (line->master >= 0)
        hang_up(line);
    pty_line_kill(line);
    (void)waitpid(line->program, NULL, 0);
}
