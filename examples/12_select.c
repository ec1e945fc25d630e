/*
 * Waiting for the first of several things: AGEN_SELECT. A console waits for a line, for the stop
 * button, or for half a second of silence. Each select takes exactly one of them. What comes while
 * the console is busy, or in the same pass, is not lost: a later select takes it.
 *
 * Each alternative is a member of 16 bytes on a 32-bit machine. There is no task for each, so there
 * is no task to cancel. `break` in a branch ends the loop around the select.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "agen.h"

#include <stdio.h>

static agen_ticks ticks; /* milliseconds */

static agen_ticks now(void)
{
    return ticks;
}

static AGEN_QUEUE(int, 4) lines; /* on a board an interrupt puts them, by agen_queue_put_isr() */
static agen_event button;

struct console {
    AGEN_COROUTINE;
    int line;
    agen_alternative on_line, on_button;
    agen_task task;
};

AGEN(console, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_SELECT(self)
            AGEN_ON_EVENT(self, &self->on_button, &button) {
                printf("%4lu button: goodbye\n", (unsigned long)ticks);
                break;
            }
            AGEN_ON_GET(self, &self->on_line, &lines, self->line) {
                printf("%4lu line %d\n", (unsigned long)ticks, self->line);
                AGEN_SLEEP(self, 100); /* a branch is ordinary code */
            }
            AGEN_ON_TIMEOUT(self, 500) {
                printf("%4lu quiet\n", (unsigned long)ticks);
            }
        AGEN_END_SELECT(self);
    }
    printf("%4lu %u lines left\n", (unsigned long)ticks, agen_queue_count(&lines));
    AGEN_END(self);
}

int main(void)
{
    static struct console console = { AGEN_INIT(console), .line = 0 };
    agen_loop loop;

    agen_queue_init(&lines);
    agen_loop_init(&loop, now);
    if (agen_spawn(&loop, &console.task, &console) != AGEN_DONE)
        return 1;
    while (agen_task_status(&console.task) == AGEN_PENDING) {
        bool put = true;

        if (ticks == 200) /* two lines at once: the second one stays in the queue */
            put = agen_try_put(&lines, 1) && agen_try_put(&lines, 2);
        if (ticks == 1000) { /* both in one pass: the line is taken first, since it came first */
            put = agen_try_put(&lines, 3);
            agen_event_set(&button);
        }
        if (!put)
            return 1;
        while (agen_loop_poll(&loop))
            ;
        ticks += 50;
    }
    return agen_task_status(&console.task) != AGEN_DONE;
}
