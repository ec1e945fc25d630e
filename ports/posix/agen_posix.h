/*
 * agen_posix.h: agen.h on Linux and other POSIX hosts. The loop sleeps in epoll_wait(), or in poll() where that is
 * missing or AGEN_POSIX_POLL is defined. File descriptors, signals and other threads wake it.
 *
 * Include this file instead of agen.h. With -std=c99 or -std=c11, define _POSIX_C_SOURCE as 200809L, or _GNU_SOURCE
 * (which saves two system calls for each connection that is accepted), before the first include of anything. In a
 * program with AGEN_SHARED, the file with AGEN_IMPLEMENTATION includes this file, too. There is no heap: a host and
 * an agen_fd are objects of yours.
 *
 *   static agen_posix host;                        the loop is host.loop: agen_spawn(&host.loop, ..)
 *   agen_posix_init(&host)                         0, or -errno
 *   agen_posix_run(&host, &task)                   runs until the task has ended, and answers its status; with NULL
 *                                                  until no task is left. It looks at the file descriptors in each
 *                                                  pass. agen_loop_run(), agen_loop_run_until() and
 *                                                  agen_loop_shutdown() can be used, too; they look only when no task
 *                                                  is ready. Every loop of the program must be the one of a host
 *   agen_posix_end(&host)                          closes what init has opened, after all tasks have ended
 *   agen_posix_now()                               the clock of the loop: monotonic, in milliseconds
 *
 * Beside an epoll loop of your own: watch agen_posix_fd(&host) for EPOLLIN, and call
 *   int ms = agen_posix_turn(&host);
 * when it is ready, after `ms` milliseconds at the latest (-1: no limit), and after you have spawned, cancelled or
 * woken something. It never waits. (With poll() there is no such file descriptor.)
 *
 * Other threads and signal handlers:
 *   agen_posix_wake(&host)                         ends the sleep of the loop at once. Call it after each
 *                                                  agen_event_set_isr(), agen_queue_put_isr(), .. of such a thread
 *   agen_posix_signal(&host, SIGTERM, &event)      from now on the signal sets the event: 0, or -errno. Signals that
 *                                                  come before the task has cleared the event are one. With a NULL
 *                                                  for the event, the signal does again what it does by default
 *
 * agen_fd: a file descriptor and its two events, `readable` and `writable`, which AGEN_WAIT and AGEN_ON_EVENT take.
 * Waiting for an event is right only after the operation below has answered AGEN_PENDING, which clears it.
 *   agen_fd_open(&host, &fd, number)               takes over a descriptor that is open, and makes it non-blocking
 *   agen_fd_listen(&host, &fd, address, length, backlog)
 *   agen_fd_close(&fd)                             no task may wait for its events. Closing it twice does nothing
 * The first two answer 0, or -errno, and then the agen_fd is closed; a `number` is still open then. An agen_fd that was
 * never opened is not to be closed: set its member `number` to -1 before, if that can happen.
 *
 * In a body. Each raises -errno, and each can stand in an AGEN_TIMEOUT, after which the same can be tried again:
 *   AGEN_FD_READ(self, &self->fd, buffer, n, &self->count);
 *                                                  waits for a byte, then takes what is there; a count of 0 is the end
 *   AGEN_FD_WRITE(self, &self->fd, data, n, &self->count);
 *                                                  writes n bytes, and waits whenever the peer takes no more. `count`
 *                                                  tells how many were written, also after an error or a time-out
 *   AGEN_FD_ACCEPT(self, &self->listener, &self->fd);
 *                                                  the next connection. -EMFILE means that none can be taken now: sleep
 *   AGEN_FD_CONNECT(self, &host, &self->fd, address, length);
 *                                                  a stream connection. After an error, a time-out or a cancellation,
 *                                                  agen_fd_close() the agen_fd
 *   AGEN_FD_TRY(self, &self->fd, readable, call);  waits until `call`, which does something else with the descriptor,
 *                                                  answers something else than AGEN_PENDING, and raises it if that
 *                                                  is negative: agen_fd_answer() makes such an answer
 * One task at a time reads (or accepts), and one writes (or connects). Arguments are evaluated again after each resume.
 * What is always ready lets other tasks run after each 32 operations. Without waiting, from anywhere:
 *   agen_fd_read(&fd, buffer, n, &count)           AGEN_DONE, AGEN_PENDING, AGEN_YIELDED (others shall run first) or
 *   agen_fd_write(&fd, data, n, &count)            -errno. agen_fd_write() goes on at data + count
 *
 * A write into a pipe that nobody reads raises SIGPIPE, unless you ignore it: signal(SIGPIPE, SIG_IGN). One to a socket
 * does not. Regular files are always ready. Names are not resolved here: getaddrinfo() blocks, so it is for a thread.
 *
 * SPDX-License-Identifier: 0BSD
 */
#ifndef AGEN_POSIX_H
#define AGEN_POSIX_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#if !defined MSG_NOSIGNAL || !defined CLOCK_MONOTONIC
#error "define _POSIX_C_SOURCE as 200809L, or _GNU_SOURCE, before the first include"
#endif
#if defined __linux__ && !defined AGEN_POSIX_POLL
#include <sys/epoll.h>
#include <sys/eventfd.h>
#define AGEN_POSIX_EPOLL_
#else
#include <poll.h>
#endif

static inline void agen_posix_idle_(void *host);
#ifndef AGEN_IDLE
#define AGEN_IDLE(loop, ticks) agen_posix_idle_(loop) /* the loop is the first member of its host */
#endif
#include "agen.h"

/* With poll(): how many descriptors a host can watch. */
#ifndef AGEN_POSIX_FDS
#define AGEN_POSIX_FDS 64
#endif

typedef struct agen_posix {
    agen_loop loop;
    int wake_; /* what ends a sleep: an eventfd, or one end of a pipe */
#ifdef AGEN_POSIX_EPOLL_
    int epoll_;
#else
    int woken_, used_;
    struct pollfd polled_[AGEN_POSIX_FDS + 1]; /* the first one is woken_ */
    struct agen_fd *watched_[AGEN_POSIX_FDS + 1];
#endif
} agen_posix;

typedef struct agen_fd {
    int number;
    agen_event readable, writable;
    agen_posix *host_;
    int status_;
    uint8_t turns_; /* since something was not ready */
    bool no_socket_;
} agen_fd;

enum { AGEN_POSIX_TURNS_ = 32 };

static inline agen_ticks agen_posix_now(void)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (agen_ticks)((unsigned long long)now.tv_sec * 1000u + (unsigned long long)now.tv_nsec / 1000000u);
}

/* Async-signal-safe. That the pipe is full is as good. */
static inline void agen_posix_wake(const agen_posix *host)
{
    const uint64_t one = 1;
    const int was = errno;

    while (write(host->wake_, &one, sizeof one) < 0 && errno == EINTR)
        ;
    errno = was;
}

static inline void agen_posix_drain_(int number)
{
    uint64_t bytes[8];

    while (read(number, bytes, sizeof bytes) == (ssize_t)sizeof bytes)
        ;
}

static inline int agen_posix_nonblocking_(int number)
{
    const int flags = fcntl(number, F_GETFL), own = fcntl(number, F_GETFD);

    return flags < 0 || own < 0 || fcntl(number, F_SETFL, flags | O_NONBLOCK) < 0
                   || fcntl(number, F_SETFD, own | FD_CLOEXEC) < 0
               ? -errno
               : 0;
}

/* Waits for at most so many milliseconds, and sets the events of what is ready. No task runs meanwhile. */
static inline void agen_posix_wait_(agen_posix *host, int ms)
{
#ifdef AGEN_POSIX_EPOLL_
    struct epoll_event ready[64];
    const int n = epoll_wait(host->epoll_, ready, 64, ms);
    int i;

    for (i = 0; i < n; i++) {
        agen_fd *fd = (agen_fd *)ready[i].data.ptr;
        if (!fd)
            agen_posix_drain_(host->wake_);
        if (fd && (ready[i].events & ~(unsigned)EPOLLOUT))
            agen_event_set(&fd->readable);
        if (fd && (ready[i].events & ~(unsigned)(EPOLLIN | EPOLLRDHUP)))
            agen_event_set(&fd->writable);
    }
#else
    int i;

    for (i = 1; i < host->used_; i++) { /* only what an operation has found not ready */
        const bool reads = !agen_event_is_set(&host->watched_[i]->readable);
        const bool writes = !agen_event_is_set(&host->watched_[i]->writable);
        host->polled_[i].fd = reads || writes ? host->watched_[i]->number : -1;
        host->polled_[i].events = (short)((reads ? POLLIN : 0) | (writes ? POLLOUT : 0));
    }
    if (poll(host->polled_, (nfds_t)host->used_, ms) <= 0)
        return;
    if (host->polled_[0].revents)
        agen_posix_drain_(host->woken_);
    for (i = 1; i < host->used_; i++) {
        if (host->polled_[i].fd >= 0 && (host->polled_[i].revents & ~POLLOUT))
            agen_event_set(&host->watched_[i]->readable);
        if (host->polled_[i].fd >= 0 && (host->polled_[i].revents & ~POLLIN))
            agen_event_set(&host->watched_[i]->writable);
    }
#endif
}

static inline int agen_posix_ms_(agen_posix *host)
{
    const agen_ticks ticks = agen_loop_idle_ticks(&host->loop);

    return ticks == AGEN_FOREVER ? -1 : ticks < 30000 ? (int)ticks : 30000;
}

static inline void agen_posix_idle_(void *host)
{
    agen_posix_wait_((agen_posix *)host, agen_posix_ms_((agen_posix *)host));
}

static inline int agen_posix_turn(agen_posix *host)
{
    agen_posix_wait_(host, 0);
    (void)agen_loop_poll(&host->loop);
    return agen_posix_ms_(host);
}

static inline int agen_posix_run(agen_posix *host, const agen_task *task)
{
    if (host->loop.polling_)
        return AGEN_E_RUNNING;
    while (task ? agen_task_status(task) == AGEN_PENDING : host->loop.tasks_ != NULL) {
        agen_posix_idle_(host);
        (void)agen_loop_poll(&host->loop);
    }
    return task ? agen_task_status(task) : (int)AGEN_DONE;
}

static inline int agen_posix_init(agen_posix *host)
{
    agen_loop_init(&host->loop, agen_posix_now);
#ifdef AGEN_POSIX_EPOLL_
    {
        struct epoll_event wakes;

        wakes.events = EPOLLIN;
        wakes.data.ptr = NULL;
        host->epoll_ = epoll_create1(EPOLL_CLOEXEC);
        if (host->epoll_ < 0)
            return -errno;
        host->wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        if (host->wake_ < 0 || epoll_ctl(host->epoll_, EPOLL_CTL_ADD, host->wake_, &wakes) < 0) {
            const int error = -errno;
            (void)close(host->epoll_);
            if (host->wake_ >= 0)
                (void)close(host->wake_);
            return error;
        }
    }
#else
    {
        int ends[2];

        if (pipe(ends) < 0)
            return -errno;
        (void)agen_posix_nonblocking_(ends[0]);
        (void)agen_posix_nonblocking_(ends[1]);
        host->woken_ = ends[0];
        host->wake_ = ends[1];
        host->used_ = 1;
        host->polled_[0].fd = ends[0];
        host->polled_[0].events = POLLIN;
    }
#endif
    return 0;
}

static inline void agen_posix_end(agen_posix *host)
{
#ifdef AGEN_POSIX_EPOLL_
    (void)close(host->epoll_);
#else
    (void)close(host->woken_);
#endif
    (void)close(host->wake_);
}

#ifdef AGEN_POSIX_EPOLL_
static inline int agen_posix_fd(const agen_posix *host)
{
    return host->epoll_;
}
#endif

/* Two tables for each file that includes this: a signal belongs to the one that asked last. */
enum { AGEN_POSIX_SIGNALS_ = 65 };

static inline void agen_posix_signalled_(int number);
static inline void agen_posix_handle_(int number, agen_posix *host, agen_event *event)
{
    static agen_posix *hosts[AGEN_POSIX_SIGNALS_];
    static agen_event *events[AGEN_POSIX_SIGNALS_];

    if (host) {
        hosts[number] = host;
        events[number] = event;
    } else if (events[number]) {
        agen_event_set_isr(events[number]);
        agen_posix_wake(hosts[number]);
    }
}

static inline void agen_posix_signalled_(int number)
{
    agen_posix_handle_(number, NULL, NULL);
}

static inline int agen_posix_signal(agen_posix *host, int number, agen_event *event)
{
    struct sigaction action;

    if (number <= 0 || number >= AGEN_POSIX_SIGNALS_)
        return -EINVAL;
    action.sa_flags = SA_RESTART;
    action.sa_handler = event ? agen_posix_signalled_ : SIG_DFL;
    (void)sigfillset(&action.sa_mask);
    if (event)
        agen_posix_handle_(number, host, event); /* before the first one can come */
    if (sigaction(number, &action, NULL) < 0)
        return -errno;
    if (!event)
        agen_posix_handle_(number, host, NULL);
    return 0;
}

/* ---- File descriptors ---- */

/* What is not blocking yet becomes so; `fresh` is so already. */
static inline int agen_fd_watch_(agen_posix *host, agen_fd *fd, int number, bool fresh)
{
    const int error = fresh ? 0 : agen_posix_nonblocking_(number);

    memset(fd, 0, sizeof *fd);
    fd->number = -1;
    if (error < 0)
        return error;
#ifdef AGEN_POSIX_EPOLL_
    {
        struct epoll_event all; /* each edge once: no system call for a wait */

        all.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | (unsigned)EPOLLET;
        all.data.ptr = fd;
        if (epoll_ctl(host->epoll_, EPOLL_CTL_ADD, number, &all) < 0 && errno != EPERM) /* EPERM: a regular file */
            return -errno;
    }
#else
    if (host->used_ > AGEN_POSIX_FDS)
        return -EMFILE;
    host->watched_[host->used_++] = fd;
#endif
    fd->host_ = host;
    fd->number = number;
    return 0;
}

static inline int agen_fd_open(agen_posix *host, agen_fd *fd, int number)
{
    return agen_fd_watch_(host, fd, number, false);
}

static inline void agen_fd_close(agen_fd *fd)
{
    if (fd->number < 0)
        return;
#ifdef AGEN_POSIX_EPOLL_
    (void)epoll_ctl(fd->host_->epoll_, EPOLL_CTL_DEL, fd->number, NULL); /* a child may have it, too */
#else
    {
        agen_posix *host = fd->host_;
        int i = 1;

        while (host->watched_[i] != fd)
            i++;
        host->watched_[i] = host->watched_[--host->used_];
    }
#endif
    (void)close(fd->number);
    fd->number = -1;
}

/* For what a system call has said: it is done, something else, or `event` has to come first. */
static inline int agen_fd_answer(agen_fd *fd, agen_event *event, bool done)
{
    if (done)
        return AGEN_DONE;
    if (errno != EAGAIN && errno != EWOULDBLOCK)
        return -errno;
    fd->turns_ = 0;
    agen_event_clear(event); /* what comes from here on sets it again: only this thread does */
    return AGEN_PENDING;
}

static inline bool agen_fd_others_first_(agen_fd *fd)
{
    if (fd->turns_++ < AGEN_POSIX_TURNS_)
        return false;
    fd->turns_ = 0;
    return true;
}

static inline int agen_fd_read(agen_fd *fd, void *buffer, size_t n, size_t *count)
{
    ssize_t got;

    *count = 0;
    if (agen_fd_others_first_(fd))
        return AGEN_YIELDED;
    do
        got = read(fd->number, buffer, n);
    while (got < 0 && errno == EINTR);
    if (got > 0)
        *count = (size_t)got;
    return agen_fd_answer(fd, &fd->readable, got >= 0);
}

static inline int agen_fd_write(agen_fd *fd, const void *data, size_t n, size_t *count)
{
    while (*count < n) {
        const char *rest = (const char *)data + *count;
        ssize_t put;

        if (agen_fd_others_first_(fd))
            return AGEN_YIELDED;
        put = fd->no_socket_ ? write(fd->number, rest, n - *count)
                             : send(fd->number, rest, n - *count, MSG_NOSIGNAL);
        if (put >= 0)
            *count += (size_t)put;
        else if (errno == ENOTSOCK && !fd->no_socket_)
            fd->no_socket_ = true;
        else if (errno != EINTR)
            return agen_fd_answer(fd, &fd->writable, false);
    }
    return AGEN_DONE;
}

static inline int agen_fd_listen(agen_posix *host, agen_fd *fd, const struct sockaddr *address, socklen_t length,
                                 int backlog)
{
    const int number = socket(address->sa_family, SOCK_STREAM, 0), yes = 1;
    int error = 0;

    fd->number = -1;
    if (number < 0)
        return -errno;
    (void)setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(number, address, length) < 0 || listen(number, backlog) < 0)
        error = -errno;
    if (error == 0)
        error = agen_fd_open(host, fd, number);
    if (error < 0)
        (void)close(number);
    return error;
}

static inline int agen_fd_accept(agen_fd *listener, agen_fd *fd)
{
    int number, error;

    if (agen_fd_others_first_(listener))
        return AGEN_YIELDED;
    do /* a connection that has gone before it was taken is not an error of the listener */
#if defined _GNU_SOURCE && defined __linux__
        number = accept4(listener->number, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    while (number < 0 && (errno == EINTR || errno == ECONNABORTED || errno == EPROTO));
    error = number < 0 ? 0 : agen_fd_watch_(listener->host_, fd, number, true);
#else
        number = accept(listener->number, NULL, NULL);
    while (number < 0 && (errno == EINTR || errno == ECONNABORTED || errno == EPROTO));
    error = number < 0 ? 0 : agen_fd_watch_(listener->host_, fd, number, false);
#endif
    if (error < 0)
        (void)close(number);
    return error < 0 ? error : agen_fd_answer(listener, &listener->readable, number >= 0);
}

/* Called again while it answers AGEN_PENDING: the first call makes the socket. */
static inline int agen_fd_connect(agen_posix *host, agen_fd *fd, const struct sockaddr *address, socklen_t length)
{
    int error = 0;
    socklen_t size = sizeof error;

    if (fd->number < 0) {
        const int number = socket(address->sa_family, SOCK_STREAM, 0);
        if (number < 0)
            return -errno;
        error = agen_fd_open(host, fd, number);
        if (error < 0) {
            (void)close(number);
            return error;
        }
        if (connect(number, address, length) == 0)
            return AGEN_DONE;
        if (errno != EINPROGRESS && errno != EINTR)
            return -errno;
    } else if (agen_event_is_set(&fd->writable)) {
        return getsockopt(fd->number, SOL_SOCKET, SO_ERROR, &error, &size) < 0 ? -errno : -error;
    }
    return AGEN_PENDING;
}

#define AGEN_FD_TRY(self, fd, event, call) \
    do { \
        while (((fd)->status_ = (call)) > 0) { \
            if ((fd)->status_ == AGEN_PENDING) \
                AGEN_WAIT(self, &(fd)->event); \
            else \
                AGEN_PAUSE(self); \
        } \
        if ((fd)->status_ < 0) \
            AGEN_RAISE(self, (fd)->status_); \
    } while (0)
#define AGEN_FD_READ(self, fd, buffer, n, count) \
    AGEN_FD_TRY(self, fd, readable, agen_fd_read(fd, buffer, n, count))
#define AGEN_FD_WRITE(self, fd, data, n, count) \
    do { \
        *(count) = 0; \
        AGEN_FD_TRY(self, fd, writable, agen_fd_write(fd, data, n, count)); \
    } while (0)
#define AGEN_FD_ACCEPT(self, listener, fd) \
    AGEN_FD_TRY(self, listener, readable, agen_fd_accept(listener, fd))
#define AGEN_FD_CONNECT(self, host, fd, address, length) \
    do { \
        (fd)->number = -1; \
        AGEN_FD_TRY(self, fd, writable, agen_fd_connect(host, fd, address, length)); \
    } while (0)

#endif
