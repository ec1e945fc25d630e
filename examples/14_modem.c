/*
 * A modem that also sends unsolicited lines: RING may come between a command and its answer, and
 * between the lines of the answer. One task, the reader, reads all lines. It knows which command is
 * under way and what its answer begins with. All other lines go to a second task, the inbox. The
 * inbox may send commands itself. The reader could not: it would wait for an answer that it has to
 * read itself.
 *
 * When a command is given up (there is no answer in time, or its task is cancelled), its answer may
 * still come. The next command is not sent until that late answer has come and has been dropped, or
 * until so much time has passed that it will not come any more. So no command gets the answer of
 * another one. A command without an answer is tried again, with back-off. ERROR is an answer.
 *
 * modem/ is a whole one, to be copied.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include <stdint.h>

static uint32_t clock_ticks; /* simulated: idling sets the clock forward */
#define AGEN_IDLE(loop, n) (clock_ticks += (n))
#if !defined __GNUC__ && !defined AGEN_CRITICAL_ENTER /* there are no interrupts here */
#define AGEN_CRITICAL_ENTER
#define AGEN_CRITICAL_EXIT
#endif
#include "agen.h"

#include <stdio.h>
#include <string.h>

enum { LONGEST = 40, ANSWER_TICKS = 1000, LATE_TICKS = 3000, ATTEMPTS = 3, E_MODEM = -1 };

static agen_ticks now(void)
{
    return clock_ticks;
}

static void say(const char *who, const char *text)
{
    printf("%6lu  %-9s %s\n", (unsigned long)clock_ticks, who, text);
}

struct line {
    char text[LONGEST];
};

/* NO_COMMAND is under way; one is, AWAITED by its task; it was given up, and its answer is LATE. */
enum state { NO_COMMAND, AWAITED, LATE };

static struct modem {
    AGEN_PIPE(64) received;
    AGEN_QUEUE(struct line, 4) unsolicited;
    agen_lock lock;         /* held by the task whose command is under way */
    enum state state;
    const char *prefix;     /* what the answer that is awaited, or late, begins with */
    char answer[LONGEST];
    int result;
    agen_event ended;       /* the answer is complete */
    agen_ticks late_until;  /* when a late answer is not expected any more */
} modem;

static void transmit(const char *command);

/* Decides what to do with a line. */
static void modem_line(const struct line *line)
{
    bool final = strcmp(line->text, "OK") == 0 || strcmp(line->text, "ERROR") == 0;

    if (!final && (modem.state == NO_COMMAND || strncmp(line->text, modem.prefix, strlen(modem.prefix)) != 0)) {
        if (!agen_try_put(&modem.unsolicited, *line))
            say("reader:", "too many unsolicited lines, one is lost");
    } else if (modem.state != AWAITED) {
        say("reader:", "this answer is too late, dropped");
        if (final)
            modem.state = NO_COMMAND;
    } else if (final) {
        modem.result = line->text[0] == 'O' ? (int)AGEN_DONE : (int)E_MODEM;
        modem.state = NO_COMMAND;
    } else {
        strcpy(modem.answer, line->text + strlen(modem.prefix));
    }
    if (final)
        agen_event_set(&modem.ended);
}

struct reader {
    AGEN_COROUTINE;
    struct line line;
    size_t count;
    bool too_long; /* the next line is the rest of one that was too long */
};

AGEN(reader, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_TRY(self) {
            AGEN_READ_UNTIL(self, &modem.received, '\n', self->line.text, LONGEST, &self->count);
            while (self->count != 0 && strchr("\r\n", self->line.text[self->count - 1]) != NULL)
                self->count--;
            self->line.text[self->count] = '\0';
            if (!self->too_long && self->count != 0) {
                say("<-", self->line.text);
                modem_line(&self->line);
            }
            self->too_long = false;
        } AGEN_EXCEPT(self) {
            if (agen_error(self) != AGEN_E_TOO_LONG)
                AGEN_RAISE(self, agen_error(self));
            (void)agen_pipe_consume(&modem.received, LONGEST);
            self->too_long = true;
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

/* Sends a command once. Its answer is in .answer then, without the prefix. */
struct command {
    AGEN_COROUTINE;
    const char *text, *prefix;
    char answer[LONGEST];
    agen_alternative on_end;
};

AGEN(command, self)
{
    AGEN_BEGIN(self);
    AGEN_ACQUIRE(self, &modem.lock);
    AGEN_TRY(self) {
        while (modem.state == LATE) {
            agen_event_clear(&modem.ended);
            AGEN_SELECT(self)
                AGEN_ON_EVENT(self, &self->on_end, &modem.ended) {
                }
                AGEN_ON_DEADLINE(self, modem.late_until) {
                    modem.state = NO_COMMAND;
                }
            AGEN_END_SELECT(self);
        }
        modem.state = AWAITED;
        modem.prefix = self->prefix;
        modem.answer[0] = '\0';
        agen_event_clear(&modem.ended);
        transmit(self->text);
        AGEN_SELECT(self)
            AGEN_ON_EVENT(self, &self->on_end, &modem.ended) {
                strcpy(self->answer, modem.answer);
                if (modem.result != AGEN_DONE)
                    AGEN_RAISE(self, modem.result);
            }
            AGEN_ON_TIMEOUT(self, ANSWER_TICKS) {
                AGEN_RAISE(self, AGEN_E_TIMEOUT);
            }
        AGEN_END_SELECT(self);
    } AGEN_FINALLY(self) {
        if (modem.state == AWAITED) {
            modem.state = LATE;
            modem.late_until = now() + LATE_TICKS;
        }
        AGEN_RELEASE(self, &modem.lock);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* Sends a command, and sends it again when there is no answer. */
struct ask {
    AGEN_COROUTINE;
    struct command command;
    int i, error;
};

AGEN(ask, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < ATTEMPTS; self->i++) {
        AGEN_TRY(self) {
            self->error = AGEN_DONE;
            agen_init(&self->command, command);
            AGEN_AWAIT(self, &self->command);
        } AGEN_EXCEPT(self) {
            self->error = agen_error(self);
        } AGEN_END_TRY(self);
        if (self->error != AGEN_E_TIMEOUT)
            break;
        say("ask:", "no answer in time");
        if (self->i == ATTEMPTS - 1)
            break;
        AGEN_SLEEP(self, (agen_ticks)500 << self->i);
    }
    if (self->error != AGEN_DONE)
        AGEN_RAISE(self, self->error);
    AGEN_END(self);
}

#define ASK(t, p) { AGEN_INIT(ask), .command = { AGEN_INIT(command), .text = t, .prefix = p } }

/* Takes the unsolicited lines. When one announces a message, it reads the message by a command. */
struct inbox {
    AGEN_COROUTINE;
    struct ask ask;
};

AGEN(inbox, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &modem.unsolicited) {
        say("inbox:", modem.unsolicited.value.text);
        if (strncmp(modem.unsolicited.value.text, "+CMTI", 5) == 0) {
            agen_init(&self->ask, ask);
            AGEN_AWAIT(self, &self->ask);
            say("inbox:", self->ask.command.answer);
        }
    }
    AGEN_END(self);
}

/* Asks for the strength of the signal at certain times. */
struct meter {
    AGEN_COROUTINE;
    struct ask ask;
    int i;
};

AGEN(meter, self)
{
    static const agen_ticks times[] = { 0, 1000, 5100, 10000, 15000 };

    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 5; self->i++) {
        AGEN_SLEEP_UNTIL(self, times[self->i]);
        AGEN_TRY(self) {
            agen_init(&self->ask, ask);
            AGEN_AWAIT(self, &self->ask);
            say("meter:", self->ask.command.answer);
        } AGEN_EXCEPT(self) {
            say("meter:", agen_error(self) == E_MODEM ? "refused" : "gives up");
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

/* Searches for networks. That takes long, and the user gives up. */
struct user {
    AGEN_COROUTINE;
    struct command search;
    agen_task searching;
};

AGEN(user, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP_UNTIL(self, 4900);
    if (agen_spawn(agen_current_loop(self), &self->searching, &self->search) != AGEN_DONE)
        AGEN_RAISE(self, AGEN_E_RUNNING);
    AGEN_SLEEP_UNTIL(self, 5000);
    say("user:", "never mind");
    (void)agen_cancel(&self->searching);
    AGEN_END(self);
}

/*
 * The simulated modem. In each step it waits for the command, if there is one, and then for a time.
 * Then it sends the line.
 */
struct step {
    const char *command;
    agen_ticks wait;
    const char *line;
};

static AGEN_QUEUE(const char *, 4) commands;

static void transmit(const char *command)
{
    say("->", command);
    if (!agen_try_put(&commands, command))
        say("simulation:", "too many commands");
}

static void receive(const char *text) /* on a board the interrupt does this, by agen_pipe_write_isr() */
{
    if (agen_pipe_write(&modem.received, text, strlen(text)) != strlen(text))
        say("simulation:", "no room");
}

struct simulation {
    AGEN_COROUTINE;
    const struct step *step;
    const char *command;
};

AGEN(simulation, self)
{
    static const struct step steps[] = {
        { "AT+CSQ", 20, "RING" },
        { NULL, 10, "+CSQ: 17" },
        { NULL, 5, "+CMTI: 3" },
        { NULL, 5, "OK" },
        { "AT+CMGR=3", 30, "+CMGR: hello" },
        { NULL, 5, "OK" },
        { "AT+CSQ", 1700, "+CSQ: 3" },
        { NULL, 5, "OK" },
        { "AT+CSQ", 20, "+CSQ: 21" },
        { NULL, 5, "OK" },
        { "AT+COPS=?", 700, "+COPS: T-Mobile" },
        { NULL, 5, "OK" },
        { "AT+CSQ", 20, "+CSQ: 19" },
        { NULL, 5, "OK" },
        { "AT+CSQ", 20, "ERROR" },
        { NULL, 0, NULL },
    };

    AGEN_BEGIN(self);
    for (self->step = steps; self->step->line != NULL; self->step++) {
        if (self->step->command != NULL) {
            AGEN_GET(self, &commands, self->command);
            if (strcmp(self->command, self->step->command) != 0)
                say("simulation:", "that was another command");
        }
        AGEN_SLEEP(self, self->step->wait);
        receive("\r\n");
        receive(self->step->line);
        receive("\r\n");
    }
    AGEN_END(self);
}

int main(void)
{
    static struct reader reader = { AGEN_INIT(reader), .count = 0 };
    static struct inbox inbox = { AGEN_INIT(inbox), .ask = ASK("AT+CMGR=3", "+CMGR: ") };
    static struct meter meter = { AGEN_INIT(meter), .ask = ASK("AT+CSQ", "+CSQ: ") };
    static struct user user = {
        AGEN_INIT(user),
        .search = { AGEN_INIT(command), .text = "AT+COPS=?", .prefix = "+COPS: " },
    };
    static struct simulation simulation = { AGEN_INIT(simulation), .step = NULL };
    static agen_loop loop;
    static agen_task tasks[5];

    agen_loop_init(&loop, now);
    agen_pipe_init(&modem.received);
    agen_queue_init(&modem.unsolicited);
    agen_queue_init(&commands);
    if (agen_spawn(&loop, &tasks[0], &reader) != AGEN_DONE || agen_spawn(&loop, &tasks[1], &inbox) != AGEN_DONE
        || agen_spawn(&loop, &tasks[2], &meter) != AGEN_DONE || agen_spawn(&loop, &tasks[3], &user) != AGEN_DONE
        || agen_spawn(&loop, &tasks[4], &simulation) != AGEN_DONE)
        return 1;
    if (agen_loop_run_until(&loop, &tasks[2]) != AGEN_DONE)
        return 1;
    return agen_loop_shutdown(&loop) != AGEN_DONE;
}
