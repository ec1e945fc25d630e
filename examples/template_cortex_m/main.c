/* SPDX-License-Identifier: 0BSD */
/*
 * A firmware to start from. One task blinks a LED. Another one sleeps until the UART's interrupt has received a line,
 * and answers it. While both wait, the processor sleeps, without a periodic tick.
 */
#include "agen.h"

#include "part.h"

/* Bytes from the receive interrupt to the console. It holds what comes while the console is busy. */
static AGEN_PIPE(64) uart;

void received(char byte)
{
    if (agen_pipe_write_isr(&uart, &byte, 1) != 1) {
        /* The pipe is full, so the byte is lost. agen_pipe_lost(&uart) counts them. */
    }
}

struct blinker {
    AGEN_COROUTINE;
    agen_ticks next; /* what must survive a wait is a member */
};

AGEN(blinker, self)
{
    AGEN_BEGIN(self);
    self->next = part_now();
    for (;;) {
        part_led(true);
        part_print("LED on\n");
        AGEN_SLEEP_UNTIL(self, self->next += 500); /* no drift, however long the rest takes */
        part_led(false);
        part_print("LED off\n");
        AGEN_SLEEP_UNTIL(self, self->next += 500);
    }
    AGEN_END(self);
}

struct console {
    AGEN_COROUTINE;
    char line[32];
    size_t length;
};

AGEN(console, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_TRY(self) {
            for (;;) {
                /* One byte of the line stays free for the end of the string, which replaces the newline. */
                AGEN_READ_UNTIL(self, &uart, '\n', self->line, sizeof self->line, &self->length);
                self->line[self->length - 1] = '\0';
                part_print("received: ");
                part_print(self->line);
                part_print("\n");
            }
        } AGEN_EXCEPT(self) {
            if (agen_error(self) != AGEN_E_TOO_LONG)
                AGEN_RAISE(self, agen_error(self));
            part_print("too long\n");
            (void)agen_pipe_read(&uart, self->line, sizeof self->line); /* the read has taken nothing: drop this part */
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

/* The loop calls this when a task fails that no other task joins. */
static void failed(agen_loop *loop, agen_task *task, int error)
{
    (void)loop;
    (void)task;
    part_print("a task failed: ");
    part_print(agen_strerror(error));
    part_print("\n");
}

int main(void)
{
    static struct blinker blinker;
    static struct console console;
    static agen_task blinking, listening;
    static agen_loop loop;

    agen_pipe_init(&uart);
    agen_loop_init(&loop, part_now);
    loop.error = failed; /* before the first spawn */
    part_start();

    AGEN_NEW(&blinker, blinker);
    AGEN_NEW(&console, console);
    if (agen_spawn(&loop, &blinking, &blinker) != AGEN_DONE
        || agen_spawn(&loop, &listening, &console) != AGEN_DONE)
        part_print("a task was not spawned\n"); /* it, or its coroutine, is in use already */
    return agen_loop_run(&loop); /* until no task is left: here, for ever */
}
