/*
 * examples/modem in virtual time: commands that are left early, and what the modem still says then.
 * SPDX-License-Identifier: 0BSD
 */
#include <stdint.h>

static uint32_t clock_ticks;
#define AGEN_IDLE(loop, ticks) (clock_ticks += (uint32_t)(ticks))
#include "modem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static agen_loop loop;
static AGEN_PIPE(512) in;
static AGEN_PIPE(512) out;
static struct modem modem;
static agen_task reader_task, user_task;
static unsigned passed, failed;

static agen_ticks now(void)
{
    return clock_ticks;
}

static void check(bool condition, const char *what)
{
    if (condition) {
        passed++;
    } else {
        failed++;
        printf("FAIL %s\n", what);
    }
}

static void says(const char *text)
{
    if (agen_pipe_write(&in, text, strlen(text)) != strlen(text))
        abort();
}

static bool hears(const char *text)
{
    char got[64] = "";

    while (agen_loop_poll(&loop) && agen_loop_idle_ticks(&loop) == 0)
        ;
    (void)agen_pipe_read(&out, got, sizeof got - 1);
    return strcmp(got, text) == 0;
}

/* Consumes `most` lines of an answer, takes its time, and leaves it. */
struct user {
    AGEN_COROUTINE;
    struct modem_command command;
    const char *text;
    unsigned lines, most;
    char last[MODEM_LONGEST + 1];
};

AGEN(user, self)
{
    AGEN_BEGIN(self);
    AGEN_NEW(&self->command, modem_command, .modem = &modem, .text = self->text, .prefix = "+", .patience = 100);
    AGEN_FOR_CLOSING(self, &self->command) {
        strcpy(self->last, self->command.value);
        if (++self->lines == self->most) {
            AGEN_SLEEP(self, 10);
            break;
        }
    } AGEN_END_FOR(self);
    AGEN_END(self);
}

static struct user user;

static void begin(const char *text, unsigned most)
{
    AGEN_NEW(&user, user, .text = text, .most = most);
    if (agen_spawn(&loop, &user_task, &user) < 0)
        abort();
}

int main(void)
{
    unsigned i;

    agen_loop_init(&loop, now);
    agen_pipe_init(&in);
    agen_pipe_init(&out);
    modem_init(&modem, (agen_pipe *)&in, (agen_pipe *)&out, now, 1000);
    if (agen_spawn(&loop, &reader_task, &modem.reader) < 0)
        abort();

    begin("AT", 99);
    check(hears("AT\r"), "a command is sent");
    says("+1\r\n+2\r\nOK\r\n");
    check(agen_loop_run_until(&loop, &user_task) == 0 && user.lines == 2, "and answered");

    /* More lines than the queue of answers holds, so that the reader waits when the command is left. */
    begin("AT1", 1);
    check(hears("AT1\r"), "a command is sent that will be left");
    for (i = 0; i < 20; i++)
        says("+old\r\n");
    check(agen_loop_run_until(&loop, &user_task) == 0 && user.lines == 1, "it is left");
    begin("AT2", 99);
    check(hears(""), "the next one waits for the end of its answer");
    says("RING\r\nOK\r\n");
    check(hears("AT2\r"), "then it is sent");
    says("+new\r\nOK\r\n");
    check(agen_loop_run_until(&loop, &user_task) == 0 && user.lines == 1 && strcmp(user.last, "+new") == 0,
          "and has its own answer only");
    check(agen_queue_count(&modem.unasked) == 1 && modem.lost == 0, "what came unasked is there");

    /* A task that is cancelled leaves its command, too. */
    begin("AT3", 99);
    check(hears("AT3\r"), "a command is sent that will be cancelled");
    (void)agen_cancel(&user_task);
    check(agen_loop_run_until(&loop, &user_task) == AGEN_E_CANCELLED, "it is cancelled");
    begin("AT4", 99);
    check(hears(""), "the next one waits");
    clock_ticks += 1000;
    check(hears("AT4\r"), "until it has waited for long");
    check(agen_loop_run_until(&loop, &user_task) == AGEN_E_TIMEOUT, "no answer to that");

    agen_pipe_close(&in);
    check(agen_loop_run_until(&loop, &reader_task) == 0, "the line has gone");
    begin("AT5", 99);
    check(agen_loop_run_until(&loop, &user_task) == AGEN_E_CLOSED, "and a command says so");
    (void)agen_loop_shutdown(&loop);
    printf("%u passed, %u failed\n", passed, failed);
    return failed != 0;
}
