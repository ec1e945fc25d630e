/* agen_loop_dump of tasks in each state, over the console of the board. */
#define AGEN_DUMP
#include "agen.h"

#include <stdio.h>

static agen_ticks now(void)
{
    return (agen_ticks)-1; /* all deadlines are after the wrap */
}

static AGEN_QUEUE(char, 2) received;

struct flash {
    AGEN_COROUTINE;
};

AGEN(flash, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, 100000);
    AGEN_END(self);
}

struct update {
    AGEN_COROUTINE;
    struct flash flash;
};

AGEN(update, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_AWAIT(self, &self->flash);
    } AGEN_FINALLY(self) {
        printf("the update ends\n");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct console {
    AGEN_COROUTINE;
    char byte;
};

AGEN(console, self)
{
    AGEN_BEGIN(self);
    for (;;)
        AGEN_GET(self, &received, self->byte);
    AGEN_END(self);
}

struct samples {
    AGEN_YIELDS(int);
};

AGEN(samples, self)
{
    AGEN_BEGIN(self);
    for (;;)
        AGEN_YIELD(self, 1);
    AGEN_END(self);
}

static void write_text(void *context, const char *text, size_t length)
{
    (void)context;
    (void)fwrite(text, 1, length, stdout);
}

int main(void)
{
    static agen_loop loop;
    static agen_task updating, talking, late, closing;
    static struct update update;
    static struct console console;
    static struct flash flash;
    static struct samples samples;

    agen_loop_init(&loop, now);
    agen_queue_init(&received);
    agen_init(&update, update);
    agen_init(&update.flash, flash);
    agen_init(&console, console);
    agen_init(&flash, flash);
    agen_init(&samples, samples);
    agen_spawn(&loop, &updating, &update);
    agen_spawn(&loop, &talking, &console);
    (void)agen_loop_poll(&loop);
    agen_spawn(&loop, &late, &flash);
    (void)agen_next(&samples);
    if (agen_track(&loop, &closing, &samples) != AGEN_DONE)
        return 1;
    agen_loop_dump(&loop, write_text, NULL);

    printf("\n");
    agen_cancel(&updating);
    agen_loop_dump(&loop, write_text, NULL);
    (void)agen_loop_poll(&loop);

    printf("\n");
    agen_loop_dump(&loop, write_text, NULL);
    return 0;
}

/* SPDX-License-Identifier: 0BSD */
