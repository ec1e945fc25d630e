/* SPDX-License-Identifier: 0BSD */
/*
 * For libuv and libev: their clock, in virtual time, and their wait, which ends at once and moves that clock on
 * instead. The kernel is asked all the same: what they spend on that is part of what they cost.
 */
#define _GNU_SOURCE
#include "virtual_time.h"

#include <sys/epoll.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static long long nanoseconds = 1000000000000;

long long virtual_time(void)
{
    return nanoseconds / 1000000;
}

int clock_gettime(clockid_t clock, struct timespec *t)
{
    if (clock == CLOCK_PROCESS_CPUTIME_ID)
        return (int)syscall(SYS_clock_gettime, clock, t);
    t->tv_sec = (time_t)(nanoseconds / 1000000000);
    t->tv_nsec = (long)(nanoseconds % 1000000000);
    return 0;
}

int epoll_pwait(int fd, struct epoll_event *events, int most, int timeout, const sigset_t *mask)
{
    int n = (int)syscall(SYS_epoll_pwait, fd, events, most, 0, mask, sizeof(unsigned long));

    nanoseconds++; /* a wait takes time: libev makes one of 0 for what rounding leaves of a deadline */
    if (n == 0 && timeout > 0)
        nanoseconds += timeout * 1000000LL;
    return n;
}

int epoll_wait(int fd, struct epoll_event *events, int most, int timeout)
{
    return epoll_pwait(fd, events, most, timeout, NULL);
}
