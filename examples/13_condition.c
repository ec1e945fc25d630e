/*
 * A condition: a task waits until a state that several tasks change is as it needs it. Three loaders
 * share a power budget of 100 mA. Each waits until enough of it is left, and notifies the others
 * when it gives its share back.
 *
 * `while (!enough) AGEN_CONDITION_WAIT(..);` needs no lock, because no other task runs between the
 * test and the wait. An event is not suited for this: it stays set until a task clears it, and it
 * wakes all its waiters. agen_notify() wakes as many waiters of a condition as it is told to.
 *
 * SPDX-License-Identifier: 0BSD
 */
#include "agen.h"

#include <stdio.h>

static agen_ticks ticks;

static agen_ticks now(void)
{
    return ticks;
}

static int budget = 100; /* mA */
static agen_condition budget_changed;

struct loader {
    AGEN_COROUTINE;
    const char *name;
    int needs;
    agen_ticks takes;
    agen_task task;
};

AGEN(loader, self)
{
    AGEN_BEGIN(self);
    while (budget < self->needs) {
        printf("%3lu %s waits\n", (unsigned long)ticks, self->name);
        AGEN_CONDITION_WAIT(self, &budget_changed);
    }
    budget -= self->needs;
    printf("%3lu %s starts, %d mA left\n", (unsigned long)ticks, self->name, budget);
    AGEN_TRY(self) {
        AGEN_SLEEP(self, self->takes);
    } AGEN_FINALLY(self) {
        budget += self->needs;
        printf("%3lu %s is done, %d mA left\n", (unsigned long)ticks, self->name, budget);
        agen_notify_all(&budget_changed);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

int main(void)
{
    static struct loader loaders[] = {
        { AGEN_INIT(loader), .name = "A", .needs = 60, .takes = 30 },
        { AGEN_INIT(loader), .name = "B", .needs = 60, .takes = 20 },
        { AGEN_INIT(loader), .name = "C", .needs = 40, .takes = 10 },
    };
    agen_loop loop;
    int i;

    agen_loop_init(&loop, now);
    for (i = 0; i < 3; i++)
        if (agen_spawn(&loop, &loaders[i].task, &loaders[i]) != AGEN_DONE)
            return 1;
    for (;;) {
        while (agen_loop_poll(&loop))
            ;
        if (agen_loop_idle_ticks(&loop) == AGEN_FOREVER)
            break;
        ticks += agen_loop_idle_ticks(&loop);
    }
    return budget != 100;
}
