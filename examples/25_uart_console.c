/* SPDX-License-Identifier: 0BSD */
/*
 * A console on a UART. A DMA fills a buffer, and at each half of it an interrupt writes that half
 * into a pipe. A task reads lines from the pipe. It writes answers into another pipe, which the
 * transmit interrupt reads byte by byte. The bytes of a pipe need no critical section.
 */
#include "agen.h"

#include <stdio.h>
#include <string.h>

static AGEN_PIPE(32) received;
static AGEN_PIPE(16) to_send;
static bool transmits; /* true while the transmit interrupt is enabled */

static void start_transmitter(void)
{
    transmits = true;
}

static void dma_interrupt(const char *half)
{
    const size_t size = strlen(half);

    if (agen_pipe_write_isr(&received, half, size) != size) {
        /* The pipe is full, and the rest is lost. agen_pipe_lost() counts its bytes. */
    }
}

static void transmit_interrupt(void)
{
    char byte;

    if (agen_pipe_read_isr(&to_send, &byte, 1) == 1)
        putchar(byte);
    else
        transmits = false;
}

struct console {
    AGEN_COROUTINE;
    char line[24];
    size_t length, sent;
};

AGEN(console, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (;;) {
            AGEN_READ_UNTIL(self, &received, '\n', self->line, sizeof self->line, &self->length);
            AGEN_WRITE(self, &to_send, "you said: ", 10, &self->sent, start_transmitter());
            AGEN_WRITE(self, &to_send, self->line, self->length, &self->sent, start_transmitter());
        }
    } AGEN_EXCEPT(self) {
        printf("%s, %u bytes of a line were there, %u were lost\n", agen_strerror(agen_error(self)),
               (unsigned)self->length, (unsigned)agen_pipe_lost(&received));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static agen_ticks now(void)
{
    return 0;
}

int main(void)
{
    static struct console console = { AGEN_INIT(console), .length = 0 };
    static const char *const halves[] = { "hel", "lo\nhow are ", "you?\nby", "e" };
    static agen_task task;
    static agen_loop loop;
    unsigned next = 0;

    agen_pipe_init(&received);
    agen_pipe_init(&to_send);
    agen_loop_init(&loop, now);
    if (agen_spawn(&loop, &task, &console) != AGEN_DONE)
        return 1;
    while (agen_task_status(&task) == AGEN_PENDING) {
        (void)agen_loop_poll(&loop);
        if (transmits)
            transmit_interrupt();
        else if (next < sizeof halves / sizeof *halves)
            dma_interrupt(halves[next++]);
        else
            agen_pipe_close_isr(&received);
    }
    return 0;
}
