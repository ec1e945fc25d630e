/*
 * agen_serial.h: a serial line of a POSIX host (a UART, a USB adapter, a pseudo-terminal), as two byte pipes.
 *
 * Protocols that are written over pipes run on it and on a board alike: there the interrupts of the UART fill and
 * drain the same pipes.
 *
 *   static agen_serial serial;                     the pipes are serial.in, to read from, and serial.out, to write to
 *   agen_serial_open(&host, &serial, "/dev/ttyUSB0", B19200, 'E')
 *                                                  0, or -errno. Eight bits, nothing interpreted. The parity is 'N',
 *                                                  'E' or 'O'; where there is none, as on a pseudo-terminal, it is
 *                                                  ignored. Two tasks on host.loop move the bytes from now on
 *   agen_serial_close(&serial)                     after these tasks have ended: agen_loop_shutdown(&host.loop)
 *
 * When the line has gone, both pipes are closed, and serial.error is -errno (0 if it only ended). A pipe that is full
 * makes the kernel wait, which has its own buffer; nothing is lost before that is full, too.
 *
 * Linux and other hosts with termios. Define _DEFAULT_SOURCE or _GNU_SOURCE before the first include with -std=c99.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef AGEN_SERIAL_H
#define AGEN_SERIAL_H

#include "agen_posix.h"

#include <termios.h>

#ifndef AGEN_SERIAL_PIPE
#define AGEN_SERIAL_PIPE 1024 /* bytes that each of the pipes holds */
#endif

typedef struct agen_serial agen_serial;

struct agen_serial_reader_ {
    AGEN_COROUTINE;
    agen_serial *serial;
    size_t count, written;
    char bytes[256];
};

struct agen_serial_writer_ {
    AGEN_COROUTINE;
    agen_serial *serial;
    agen_chunks chunks;
    size_t count;
};

struct agen_serial {
    agen_fd fd;
    int error;
    AGEN_PIPE(AGEN_SERIAL_PIPE) in;
    AGEN_PIPE(AGEN_SERIAL_PIPE) out;
    struct agen_serial_reader_ reader_;
    struct agen_serial_writer_ writer_;
    agen_task tasks_[2];
};

static inline void agen_serial_gone_(agen_serial *serial, int error)
{
    if (serial->error == 0)
        serial->error = error;
    agen_pipe_close(&serial->in);
    agen_pipe_close(&serial->out);
}

AGEN(agen_serial_reader_, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        do {
            AGEN_FD_READ(self, &self->serial->fd, self->bytes, sizeof self->bytes, &self->count);
            AGEN_WRITE(self, &self->serial->in, self->bytes, self->count, &self->written);
        } while (self->count != 0);
        agen_serial_gone_(self->serial, 0);
    } AGEN_EXCEPT(self) {
        agen_serial_gone_(self->serial, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

AGEN(agen_serial_writer_, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_FOR(self, &self->chunks) {
            AGEN_FD_WRITE(self, &self->serial->fd, self->chunks.value.data, self->chunks.value.size, &self->count);
        }
    } AGEN_EXCEPT(self) {
        agen_serial_gone_(self->serial, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/*
 * Eight bits, nothing interpreted: what cfmakeraw() does, which POSIX does not have. A pseudo-terminal has no parity,
 * and then glibc answers EINVAL if there was nothing else to change. So what counts is what holds afterwards.
 */
static inline int agen_serial_raw_(int number, speed_t speed, char parity)
{
    struct termios mode, is;

    if (tcgetattr(number, &mode) < 0)
        return -errno;
    mode.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | IGNBRK | IGNCR | INLCR | INPCK | ISTRIP | IXON | IXOFF | PARMRK);
    mode.c_oflag &= ~(tcflag_t)OPOST;
    mode.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
    mode.c_cflag &= ~(tcflag_t)(CSIZE | PARENB | PARODD | CSTOPB);
    mode.c_cflag |= (tcflag_t)(CS8 | CREAD | CLOCAL | (parity == 'N' ? 0 : PARENB) | (parity == 'O' ? PARODD : 0));
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    if (cfsetispeed(&mode, speed) < 0 || cfsetospeed(&mode, speed) < 0
        || (tcsetattr(number, TCSANOW, &mode) < 0 && errno != EINVAL) || tcgetattr(number, &is) < 0)
        return -errno;
    return is.c_iflag == mode.c_iflag && is.c_oflag == mode.c_oflag && is.c_lflag == mode.c_lflag
        && (is.c_cflag & CSIZE) == CS8 && cfgetospeed(&is) == speed ? 0 : -EINVAL;
}

static inline int agen_serial_open(agen_posix *host, agen_serial *serial, const char *path, speed_t speed, char parity)
{
    const int number = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    int error;

    if (number < 0)
        return -errno;
    error = agen_serial_raw_(number, speed, parity);
    if (error == 0)
        error = agen_fd_open(host, &serial->fd, number);
    if (error < 0) {
        (void)close(number);
        return error;
    }
    serial->error = 0;
    agen_pipe_init(&serial->in);
    agen_pipe_init(&serial->out);
    agen_init(&serial->reader_, agen_serial_reader_);
    agen_init(&serial->writer_, agen_serial_writer_);
    agen_chunks_init(&serial->writer_.chunks, &serial->out);
    serial->reader_.serial = serial->writer_.serial = serial;
    memset(serial->tasks_, 0, sizeof serial->tasks_);
    (void)agen_spawn(&host->loop, &serial->tasks_[0], &serial->reader_); /* new ones cannot be refused */
    (void)agen_spawn(&host->loop, &serial->tasks_[1], &serial->writer_);
    return 0;
}

static inline void agen_serial_close(agen_serial *serial)
{
    agen_fd_close(&serial->fd);
}

#endif
