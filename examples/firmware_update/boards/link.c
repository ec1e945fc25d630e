/* SPDX-License-Identifier: 0BSD */
/*
 * A serial line, on the host, between an emulated board and senders that believe to have a
 * terminal.
 *
 *     link BOARD [-k N | -b N | -n N] SENDER [[-k N | -b N | -n N] SENDER ...]
 *
 * BOARD and SENDER are commands for the shell. The standard input and output of BOARD, which has to
 * be an `exec ...`, are its UART. Each SENDER gets a pseudo-terminal, when the board invites, one
 * after the other.
 *   -k N    kills the sender when N bytes of it have gone to the board
 *   -b N    presses the button then: by the command in BUTTON, which knows the board as BOARD_PID
 *   -n N    flips a bit in about one of N bytes that go to the board
 * Ctrl-C presses the button, too. When the board invites after the last sender, it is ended.
 *
 * exit status: 0 the board has invited again after each of them; 1 it ended, or time did
 */
#define _XOPEN_SOURCE 700
#include "pty_line.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INVITATION = 'C', PATIENCE = 60000 /* milliseconds */, LIMIT = 300 /* seconds, for all */ };

static struct {
    pid_t program;
    int to, from;
} board;

struct sender {
    char *command;
    unsigned long killed_after, pressed_after, noise, bytes; /* 0: never */
};

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    (void)signal;
    interrupted = 1;
}

static void end_at_once(int signal)
{
    (void)signal;
    if (board.program > 0)
        (void)kill(board.program, SIGKILL);
    _exit(1);
}

static void fail(const char *why)
{
    fprintf(stderr, "link: %s\n", why);
    if (board.program > 0)
        (void)kill(board.program, SIGKILL);
    exit(1);
}

/* In a session of its own: Ctrl-C is for us. */
static void start_board(const char *command)
{
    int to[2], from[2];
    char pid[24];

    if (pipe(to) != 0 || pipe(from) != 0)
        fail("no pipes");
    board.program = fork();
    if (board.program == 0) {
        (void)setsid();
        if (dup2(to[0], 0) == 0 && dup2(from[1], 1) == 1) {
            (void)close(to[1]);
            (void)close(from[0]);
            (void)execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        }
        _exit(127);
    }
    (void)close(to[0]);
    (void)close(from[1]);
    board.to = to[1];
    board.from = from[0];
    (void)fcntl(board.to, F_SETFD, FD_CLOEXEC);
    (void)fcntl(board.from, F_SETFD, FD_CLOEXEC);
    (void)fcntl(board.to, F_SETFL, O_NONBLOCK);
    (void)snprintf(pid, sizeof pid, "%ld", (long)board.program);
    (void)setenv("BOARD_PID", pid, 1);
}

static void press_button(void)
{
    const char *command = getenv("BUTTON");

    if (command == NULL || system(command) != 0)
        fail("the button cannot be pressed");
}

static void press_if_interrupted(void)
{
    if (!interrupted)
        return;
    interrupted = 0;
    press_button();
}

/* What the board says goes to a sender, or nowhere. */
static void hear_board(struct serial *serial, bool *invites)
{
    char heard[64];
    ssize_t i, count;

    if (serial != NULL && agen_pipe_room(serial->out) < sizeof heard)
        return; /* the sender does not read */
    count = read(board.from, heard, sizeof heard);
    if (count == 0 || (count < 0 && errno != EINTR))
        fail("the board is gone");
    for (i = 0; i < count; i++)
        *invites = *invites || heard[i] == INVITATION;
    if (serial != NULL && count > 0)
        (void)agen_pipe_write(serial->out, heard, (size_t)count);
}

static void await_invitation(void)
{
    struct pollfd from = { board.from, POLLIN, 0 };
    bool invites = false;
    int ready;

    while (!invites) {
        press_if_interrupted();
        ready = poll(&from, 1, PATIENCE);
        if (ready == 0)
            fail("the board does not invite");
        if (ready > 0)
            hear_board(NULL, &invites);
    }
}

/* True if something moved. */
static bool move_to_board(struct serial serial, struct sender *sender, struct pty_line *line)
{
    size_t size;
    ssize_t written;
    const uint8_t *bytes = agen_pipe_borrow(serial.in, &size);
    unsigned long until = sender->killed_after + sender->pressed_after; /* one of them is 0 */

    if (until > sender->bytes && size > until - sender->bytes)
        size = (size_t)(until - sender->bytes);
    written = size > 0 ? write(board.to, bytes, size) : 0;
    if (written <= 0)
        return false;
    (void)agen_pipe_consume(serial.in, (size_t)written);
    sender->bytes += (unsigned long)written;
    if (sender->bytes == sender->killed_after)
        pty_line_kill(line);
    if (sender->bytes == sender->pressed_after)
        press_button();
    return true;
}

static void run_sender(struct sender *sender)
{
    static serial_pipe in, out;
    static char shell[] = "sh", option[] = "-c";
    char *arguments[] = { shell, option, sender->command, NULL };
    struct serial serial = { &in, &out };
    struct pty_line line;
    bool invites = false, full;

    agen_pipe_init(&in);
    agen_pipe_init(&out);
    if (!pty_line_start(&line, serial, arguments))
        fail("no pseudo-terminal");
    noise_init(&line.to_us, (uint32_t)sender->noise, NOISE_FLIPS, 1);
    while (!agen_pipe_ended(&in)) {
        struct pollfd ready[3] = {
            { -1, POLLIN, 0 }, { board.from, POLLIN, 0 }, { -1, POLLOUT, 0 },
        };

        press_if_interrupted();
        full = agen_pipe_count(&in) > 0;
        if (agen_pipe_room(&in) > 64)
            ready[0].fd = line.master;
        if (full)
            ready[2].fd = board.to;
        if (poll(ready, 3, PATIENCE) == 0)
            fail("nobody says anything any more");
        if ((ready[1].revents & (POLLIN | POLLHUP)) != 0)
            hear_board(&serial, &invites);
        if (line.master >= 0)
            pty_line_wait(&line, 0);
        while (move_to_board(serial, sender, &line))
            ;
    }
    pty_line_end(&line);
}

/* Answers how many arguments were used. */
static int take_sender(struct sender *sender, char **arguments)
{
    unsigned long *number = NULL;

    memset(sender, 0, sizeof *sender);
    if (strcmp(arguments[0], "-k") == 0)
        number = &sender->killed_after;
    if (strcmp(arguments[0], "-b") == 0)
        number = &sender->pressed_after;
    if (strcmp(arguments[0], "-n") == 0)
        number = &sender->noise;
    if (number == NULL) {
        sender->command = arguments[0];
        return 1;
    }
    if (arguments[1] == NULL || arguments[2] == NULL)
        fail("a number and a sender are missing");
    *number = strtoul(arguments[1], NULL, 10);
    sender->command = arguments[2];
    return 3;
}

int main(int argc, char **argv)
{
    struct sigaction action;
    struct sender sender;
    int i;

    if (argc < 3)
        fail("usage: link BOARD [-k N | -b N | -n N] SENDER ...");
    memset(&action, 0, sizeof action);
    action.sa_handler = interrupt;
    (void)sigaction(SIGINT, &action, NULL);
    action.sa_handler = end_at_once;
    (void)sigaction(SIGTERM, &action, NULL);
    (void)sigaction(SIGALRM, &action, NULL);
    (void)alarm(LIMIT);
    action.sa_handler = SIG_IGN;
    (void)sigaction(SIGPIPE, &action, NULL);
    start_board(argv[1]);
    for (i = 2; i < argc;) {
        i += take_sender(&sender, argv + i);
        await_invitation();
        run_sender(&sender);
    }
    await_invitation();
    (void)kill(board.program, SIGKILL);
    (void)waitpid(board.program, NULL, 0);
    return 0;
}
