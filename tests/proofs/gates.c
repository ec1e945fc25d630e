/* SPDX-License-Identifier: 0BSD */
/*
 * PROVES: locks and semaphores: no permit is lost or doubled, also when a waiter is cancelled that
 *         has been granted one; who waits is served in order; nobody waits beside a free permit;
 *         lists and the ready queue are intact
 * BOUND: all sequences of acquire, try, release, cancel, pause, end, spawn and pass, however long,
 *        of 3 tasks and plain C, with 1 and 2 permits
 * BREAKS: s/^        agen_give_(permits);$/        (void)0;/
 * BREAKS: s/^    } else if (base->state_ == AGEN_TASK_GRANTED_) {$/    } else if (0) {/
 * BREAKS: s/^    first->previous_->next_ = node;$//
 * BREAKS: s/^            task->entry_.base_.state_ = AGEN_TASK_GRANTED_;/agen_permit_give_(\&permits->free_);/
 */
#include "clients.h"

enum { CLIENTS = 3 };

struct client {
    AGEN_COROUTINE;
    uint8_t id;
    bool holds;
};

static struct world {
    agen_loop loop;
    agen_task tasks[CLIENTS];
    struct client clients[CLIENTS];
    agen_semaphore semaphore;
    uint8_t permits, outside; /* held by plain C */
    uint8_t line[CLIENTS], length; /* who has asked and not been answered */
} world;

static bool waits(unsigned id)
{
    return world.tasks[id].entry_.base_.state_ == AGEN_TASK_WAITING_;
}

static void leave_line(unsigned id)
{
    unsigned i;

    for (i = 0; i < world.length && world.line[i] != id; i++)
        ;
    ASSERT(i < world.length);
    for (world.length--; i < world.length; i++)
        world.line[i] = world.line[i + 1];
    world.line[world.length] = 0;
}

AGEN(client, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_TRY(self) {
            world.line[world.length++] = self->id;
            AGEN_ACQUIRE(self, &world.semaphore);
            leave_line(self->id);
            self->holds = true;
            while (maybe())
                AGEN_PAUSE(self);
        } AGEN_FINALLY(self) {
            if (!self->holds)
                leave_line(self->id);
            else
                ASSERT(agen_release(&world.semaphore) == AGEN_DONE);
            self->holds = false;
        } AGEN_END_TRY(self);
        if (maybe())
            AGEN_RETURN(self);
        AGEN_PAUSE(self);
    }
    AGEN_END(self);
}

static void check(void)
{
    int held = world.outside, i;
    bool waiting = false;

    for (i = 0; i < CLIENTS; i++)
        held += world.clients[i].holds
                + (world.tasks[i].entry_.base_.state_ == AGEN_TASK_GRANTED_);
    ASSERT(held + world.semaphore.permits_.free_ + 1 == world.permits);
    for (i = 0; i < world.length; i++) {
        ASSERT(!waiting || waits(world.line[i]) /* those after have not been served */
               || (world.tasks[world.line[i]].entry_.base_.flags_ & AGEN_CANCEL_));
        waiting = waiting || waits(world.line[i]);
    }
    ASSERT(!waiting || world.semaphore.permits_.free_ < 0);
    ASSERT((check_list(&world.semaphore.permits_.list_, world.tasks, CLIENTS) > 0) == waiting);
    check_ready(&world.loop, world.tasks, CLIENTS);
}

static void start(void)
{
    unsigned i;

    world.permits = (uint8_t)(1 + any(2));
    agen_loop_init(&world.loop, now);
    agen_semaphore_init(&world.semaphore, world.permits);
    for (i = 0; i < CLIENTS; i++)
        world.clients[i].id = (uint8_t)i;
}

static bool operation(void)
{
    unsigned chosen = any(2 * CLIENTS + 3);

    if (chosen < CLIENTS) {
        if (!agen_cancel(&world.tasks[chosen]))
            return false;
    } else if (chosen < 2 * CLIENTS) {
        chosen -= CLIENTS;
        if (agen_task_status(&world.tasks[chosen]) == AGEN_PENDING)
            return false;
        agen_init(&world.clients[chosen], client);
        agen_spawn(&world.loop, &world.tasks[chosen], &world.clients[chosen]);
    } else if (chosen == 2 * CLIENTS) {
        if (!world.loop.ready_)
            return false;
        (void)agen_loop_poll(&world.loop);
    } else if (chosen == 2 * CLIENTS + 1) {
        if (agen_try_acquire(&world.semaphore))
            world.outside++;
    } else {
        if (!world.outside)
            return false;
        world.outside--;
        ASSERT(agen_release(&world.semaphore) == AGEN_DONE);
    }
    check();
    clear_dead(world.tasks, CLIENTS);
    return true;
}

WHOLE_WORLD()

int main(void)
{
    EXPLORE();
    return 0;
}
