/* SPDX-License-Identifier: 0BSD */
/*
 * A program for a POSIX host to start from. One task prints a line each second. Another one answers the lines of the
 * standard input. The end of the input or control-C stops both, and each cleans up.
 *
 * For sockets and for more than one file, take ports/posix/agen_posix.h, which waits for any number of them.
 */
#define _POSIX_C_SOURCE 200112L
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

/* The loop calls this when no task is ready: it sleeps for that many milliseconds, or until something happens. */
#define AGEN_IDLE(loop, ticks) idle(ticks)
static void idle(unsigned long milliseconds);
#include "agen.h"

static agen_event input_is_readable; /* idle() sets it */
static agen_event interrupted;       /* the signal handler sets it */
static sigset_t signals_of_sleep;    /* what is blocked while the program sleeps: not SIGINT */

static agen_ticks now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (agen_ticks)time.tv_sec * 1000u + (agen_ticks)(time.tv_nsec / 1000000);
}

/*
 * SIGINT is blocked while tasks run, and pselect() unblocks it only while it sleeps. So no signal comes after the loop
 * has found nothing to do and before the sleep begins.
 */
static void idle(unsigned long milliseconds)
{
    const struct timespec limit = { (time_t)(milliseconds / 1000), (long)(milliseconds % 1000) * 1000000 };
    fd_set readable;
    int count;

    FD_ZERO(&readable);
    if (!agen_event_is_set(&input_is_readable)) /* the console has not read yet what it was told of */
        FD_SET(STDIN_FILENO, &readable);
    count = pselect(STDIN_FILENO + 1, &readable, NULL, NULL, milliseconds == AGEN_FOREVER ? NULL : &limit,
                    &signals_of_sleep);
    if (count > 0)
        agen_event_set(&input_is_readable);
    if (count < 0 && errno != EINTR) {
        perror("pselect");
        exit(1);
    }
}

static void interrupt(int number)
{
    (void)number;
    agen_event_set_isr(&interrupted); /* the calls that end in _isr are those for interrupts and signal handlers */
}

struct ticker {
    AGEN_COROUTINE;
    agen_ticks next; /* what must survive a wait is a member */
    int seconds;
};

AGEN(ticker, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        self->next = now();
        for (self->seconds = 0;; self->seconds++) {
            printf("%d s\n", self->seconds);
            AGEN_SLEEP_UNTIL(self, self->next += 1000);
        }
    } AGEN_FINALLY(self) { /* runs when the task is cancelled, too */
        printf("the ticker cleans up\n");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct console {
    AGEN_COROUTINE;
    agen_alternative on_input, on_interrupt;
    bool stops;
};

/* Answers what can be read now. Returns whether there may be more later. */
static bool answer(void)
{
    char text[256];
    const ssize_t count = read(STDIN_FILENO, text, sizeof text);

    if (count > 0)
        printf("received: %.*s%s", (int)count, text, text[count - 1] == '\n' ? "" : "\n");
    return count > 0 || (count < 0 && errno == EINTR);
}

AGEN(console, self)
{
    AGEN_BEGIN(self);
    while (!self->stops) {
        AGEN_SELECT(self)
            AGEN_ON_EVENT(self, &self->on_interrupt, &interrupted) {
                printf("interrupted\n");
                self->stops = true;
            }
            AGEN_ON_EVENT(self, &self->on_input, &input_is_readable) {
                agen_event_clear(&input_is_readable);
                self->stops = !answer();
            }
        AGEN_END_SELECT(self);
    }
    AGEN_END(self);
}

/* The loop calls this when a task fails that no other task joins. */
static void failed(agen_loop *loop, agen_task *task, int error)
{
    (void)loop;
    (void)task;
    fprintf(stderr, "a task failed: %s\n", agen_strerror(error));
}

int main(void)
{
    static struct ticker ticker;
    static struct console console;
    static agen_task ticking, listening;
    static agen_loop loop;
    struct sigaction action;
    sigset_t blocked;
    int status;

    memset(&action, 0, sizeof action);
    action.sa_handler = interrupt;
    sigemptyset(&action.sa_mask);
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGINT);
    if (sigprocmask(SIG_BLOCK, &blocked, &signals_of_sleep) != 0 || sigaction(SIGINT, &action, NULL) != 0) {
        perror("signals");
        return 1;
    }
    sigdelset(&signals_of_sleep, SIGINT);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);

    agen_loop_init(&loop, now);
    loop.error = failed; /* before the first spawn */
    AGEN_NEW(&ticker, ticker);
    AGEN_NEW(&console, console);
    if (agen_spawn(&loop, &ticking, &ticker) != AGEN_DONE || agen_spawn(&loop, &listening, &console) != AGEN_DONE) {
        fprintf(stderr, "a task was not spawned: it, or its coroutine, is in use already\n");
        return 1;
    }
    status = agen_loop_run_until(&loop, &listening);
    if (agen_loop_shutdown(&loop) != AGEN_DONE) /* cancels the ticker, and waits until it has cleaned up */
        return 1;
    return status != AGEN_DONE;
}
