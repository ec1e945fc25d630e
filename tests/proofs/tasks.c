/* SPDX-License-Identifier: 0BSD */
/*
 * PROVES: tasks: the rings of a loop hold each task that lives and each that is tracked once, and
 *         no other, whole in both directions; who waits is in one list, of a task or a group that
 *         lives; a group counts its children and outlives them, and they are one run of neighbours
 *         in the ring, whose last it knows; a task that ends does so once and is not touched after
 *         that; cancel_all and a group that fails reach all they should; after a shutdown nothing
 *         lives, and what was tracked is closed
 * BOUND: all sequences of spawn, cancel, cancel_all, join, pause, end and fail, however long, of 3
 *        tasks, in their bodies and outside, and of shutdowns, in which bodies end; with GROUP they
 *        have the others as children, with TRACK they are tracked, untracked, and close one
 *        generator
 * RUN: -DTRACK
 * RUN: -DGROUP=AGEN_GROUP -DGROUP_END=AGEN_END_GROUP
 * RUN: -DGROUP=AGEN_RACE -DGROUP_END=AGEN_END_RACE
 * BREAKS: s/^    task->previous_->next_ = task->next_;$//
 * BREAKS: s/^    after->next_->previous_ = task;$//
 * BREAKS: s/= task->next_) != loop->tasks_);/= task->next_)->next_ != loop->tasks_);/
 * BREAKS: s/(agen_task_lives_(task) || task->entry/(task->entry/
 * BREAKS: s/(agen_task_lives_(task) || task->entry_.base_.state_ == AGEN_TASK_TRACKED_)/agen_task_lives_(task)/
 * BREAKS: s/alone = !agen_wake_all_(&task->joiners_, status);/alone = true;/
 * BREAKS: /void agen_task_end_/,/^}/s/(loop->error)(loop, task, status);$/{ & base->flags_ = 0; }/
 * BREAKS: s/^    if (loop->ready_end_ == &task->entry_.place_.ready_.next_)$/    if (0)/
 * BREAKS: s/agen_unready_(task); .*$//
 * BREAKS: s/^            release(state_); \\$/ { release(state_); frame_->base_.error_ = 0; } \\/
 * BREAKS: s/status = agen_spawn_close_(loop, task, frame);/status = 0; (void)frame;/
 * BREAKS: s/^    group->live_++;$/{}/
 * BREAKS: s/^    if (group->live_ || (base->flags_/    if (group->live_ > 1 || (base->flags_/
 * BREAKS: s/^    if (group->live_ || (base->flags_ & AGEN_GROUP_QUEUED_))$/    if (group->live_)/
 * BREAKS: s/= task->previous_->group_ == group ? task->previous_ : NULL;/= NULL;/
 * BREAKS: s/= task->previous_->group_ == group ? task->previous_ : NULL;/= task->previous_;/
 *
 * A step is one task of a pass: so what happens outside happens within passes, too. The address
 * sanitizer watches over what has ended: the body's memory after its finalizer, that of the task
 * after loop.error, and of both in later steps.
 */
#include <sanitizer/asan_interface.h>

#include "clients.h"

enum { TASKS = 3 };
#ifndef TRACK
#define TRACK 0
#endif

struct client {
    AGEN_COROUTINE;
#ifdef GROUP
    agen_group group;
#endif
    bool inside; /* the group's block */
    uint8_t id;
};

struct cleaner {
    AGEN_YIELDS(int);
};

static struct world {
    agen_loop loop;
    agen_task tasks[TASKS];
    struct client clients[TASKS];
    struct cleaner cleaner;
    bool used[TASKS], closes[TASKS], tracked[TASKS], cancelled[TASKS];
    bool ended[TASKS]; /* the body has */
    bool ends; /* all bodies */
} world;
static agen_loop *const loop = &world.loop;

static bool perhaps(void)
{
    return !world.ends && maybe();
}

/* The memory may serve for something else, or does again. */
static void give_memory(unsigned id)
{
    ASAN_POISON_MEMORY_REGION(&world.clients[id], sizeof world.clients[id]);
    ASAN_POISON_MEMORY_REGION(&world.tasks[id], sizeof world.tasks[id]);
}

static void take_memory(unsigned id)
{
    ASAN_UNPOISON_MEMORY_REGION(&world.clients[id], sizeof world.clients[id]);
    ASAN_UNPOISON_MEMORY_REGION(&world.tasks[id], sizeof world.tasks[id]);
}

/* Has ended, as has what it ran. */
static void retire(unsigned id)
{
    ASSERT(!world.used[id] || world.closes[id] || world.ended[id]);
    world.used[id] = world.closes[id] = world.ended[id] = false;
}

static void failed(agen_loop *in, agen_task *task, int error)
{
    unsigned id = (unsigned)(task - world.tasks);

    ASSERT(in == loop && error < 0 && error != AGEN_E_CANCELLED && world.used[id]);
    retire(id);
    give_memory(id);
}

/* Those that close end without a word. */
static bool lives(unsigned id)
{
    return world.used[id] && agen_task_status(&world.tasks[id]) == AGEN_PENDING;
}

static unsigned check_ring(const agen_task *first, bool tracked)
{
    const agen_task *task = first;
    unsigned count = 0;

    if (task)
        do {
            ASSERT(task >= world.tasks && task < world.tasks + TASKS && task->loop_ == loop);
            ASSERT(tracked ? world.tracked[task - world.tasks]
                           : lives((unsigned)(task - world.tasks)));
            ASSERT((task->entry_.base_.state_ == AGEN_TASK_TRACKED_) == tracked);
            ASSERT(task->next_->previous_ == task && count++ < TASKS);
            task = task->next_;
        } while (task != first);
    return count;
}

static void check_rings(void)
{
    unsigned i, alive = 0, tracked = 0;

    for (i = 0; i < TASKS; i++) {
        alive += lives(i);
        tracked += world.tracked[i];
    }
    ASSERT(check_ring(loop->tasks_, false) == alive);
    ASSERT(check_ring(loop->tracked_, true) == tracked);
}

/* Its memory was something else: not a task, as far as can be seen. */
static void unuse(unsigned id)
{
    if (lives(id) || world.tracked[id])
        return;
    retire(id);
    take_memory(id);
    memset(&world.tasks[id], 0xA5, sizeof world.tasks[id]);
}

static void client_spawn(unsigned id, agen_group *group);

/* What plain C may do, and what tasks may do with each other. */
static bool act(void)
{
    unsigned id = any(TASKS), i;
    agen_task *task = &world.tasks[id];
    bool used = lives(id), tracked = world.tracked[id];

    check_rings();
    switch (any(TRACK ? 6 : 3)) {
    case 0:
        if (!used)
            return false;
        ASSERT(agen_cancel(task));
        break;
    case 1:
        client_spawn(id, NULL);
        break;
    case 2:
        if (id)
            return false;
        agen_loop_cancel_all(loop);
        for (i = 0; i < TASKS; i++)
            ASSERT(!lives(i) || (world.tasks[i].entry_.base_.flags_ & AGEN_CANCEL_));
        break;
    case 3:
        unuse(id);
        ASSERT(agen_track(loop, task, &world.cleaner) == (used || tracked ? AGEN_E_RUNNING : 0));
        world.tracked[id] = !used;
        break;
    case 4:
        if (!used && !tracked)
            return false; /* its memory is anything */
        ASSERT(agen_untrack(task)
               == (tracked || (world.closes[id] && !task->entry_.base_.link_)));
        world.tracked[id] = false;
        break;
    default:
        unuse(id);
        if (agen_spawn_close(loop, task, &world.cleaner) != AGEN_DONE)
            ASSERT(used || tracked || AGEN_BASE_(&world.cleaner).state_ >= AGEN_BUSY_);
        else
            world.used[id] = world.closes[id] = true;
    }
    check_rings();
    return true;
}

/* One that has ended can be joined as long as its memory is there. */
static agen_task *joinable(unsigned id)
{
    take_memory(id);
    return &world.tasks[id];
}

static void left(struct client *self)
{
    unsigned i;

    self->inside = false;
    for (i = 0; i < TASKS; i++)
        ASSERT(!lives(i) || (void *)world.tasks[i].group_ != (void *)self);
}

static void gone(struct client *self)
{
    ASSERT(world.used[self->id] && !world.closes[self->id] && !self->inside);
    ASSERT(!world.ended[self->id]);
    world.ended[self->id] = true;
    ASAN_POISON_MEMORY_REGION(self, sizeof *self);
}

AGEN(client, self, gone)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        while (!world.ends) {
            if (maybe()) {
                if (maybe())
                    (void)act();
                AGEN_PAUSE(self);
            } else if (maybe()) {
                AGEN_JOIN(self, joinable(any(TASKS)));
                AGEN_PAUSE(self);
#ifdef GROUP
            } else if (maybe()) {
                self->inside = true;
                GROUP(self, &self->group) {
                    if (maybe())
                        client_spawn((self->id + 1u) % TASKS, &self->group);
                    if (maybe())
                        client_spawn((self->id + 2u) % TASKS, &self->group);
                    if (maybe())
                        AGEN_PAUSE(self);
                    if (maybe())
                        AGEN_RAISE(self, -1);
                } GROUP_END(self);
                left(self);
                AGEN_PAUSE(self);
#endif
            } else if (maybe()) {
                AGEN_RAISE(self, -1);
            } else {
                AGEN_RETURN(self);
            }
        }
    } AGEN_EXCEPT_ANY(self) {
        left(self);
        if (perhaps())
            AGEN_PAUSE(self);
        if (perhaps())
            AGEN_RAISE(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

AGEN(cleaner, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (;;)
            AGEN_YIELD(self, 1);
    } AGEN_FINALLY(self) {
        if (perhaps())
            AGEN_PAUSE(self);
        if (perhaps())
            AGEN_RAISE(self, -1);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void client_spawn(unsigned id, agen_group *group)
{
    struct client *client = &world.clients[id];
    bool used = lives(id) || world.tracked[id];
    int status;

    unuse(id);
    if (!lives(id) || world.closes[id]) { /* also where the task is refused */
        memset(client, 0, sizeof *client);
        agen_init(client, client);
        client->id = (uint8_t)id;
    }
    status = group ? agen_group_spawn(group, &world.tasks[id], client)
                   : agen_spawn(loop, &world.tasks[id], client);
    ASSERT(status == (used ? AGEN_E_RUNNING : AGEN_DONE) || (group && status == AGEN_E_CANCELLED));
    if (status == AGEN_DONE) {
        world.used[id] = true;
        world.cancelled[id] = false;
    }
}

static void start(void)
{
    agen_loop_init(loop, now);
    loop->error = failed;
}

#ifdef GROUP
static bool is_queued(const agen_group *group)
{
    return group->entry_.base_.flags_ & AGEN_GROUP_QUEUED_;
}

static unsigned check_group(unsigned id)
{
    agen_group *group = &world.clients[id].group;
    const struct agen_group_place_ *place = &group->entry_.place_.group_;
    const agen_task *child = place->last_;
    unsigned i, members = 0, waiting;

    for (i = 0; i < TASKS; i++)
        if (lives(i) && world.tasks[i].group_ == group) {
            members++;
            ASSERT(world.cancelled[i] || !(group->entry_.base_.flags_ & AGEN_GROUP_ABORTED_));
        }
    if (!lives(id) || !world.clients[id].inside) {
        ASSERT(members == 0 && !is_queued(group));
        memset(group, 0, sizeof *group);
        return 0;
    }
    ASSERT(group->live_ == members && agen_group_parent_(group) == &world.tasks[id]);
    ASSERT((child != NULL) == (members > 0));
    for (i = 0; i < members; i++, child = child->previous_)
        ASSERT(child->group_ == group);
    if (members == 0 && !is_queued(group))
        ASSERT(!place->list_.first_);
    waiting = check_list(&place->list_, world.tasks, TASKS);
    ASSERT(waiting == 0 || (waiting == 1 && place->list_.first_->task_ == &world.tasks[id]));
    return waiting;
}

/* How often it was cancelled counts for its group only: whether from outside, too. */
static uint8_t cancels(unsigned id)
{
    const agen_group *group = &world.clients[id].group;
    unsigned count = (world.tasks[id].entry_.base_.flags_ - group->cancels_) & AGEN_CANCELS_;
    bool reached = group->entry_.base_.flags_ & AGEN_GROUP_REACHED_;
    unsigned most = reached ? 2 * AGEN_CANCELS_ONE_ : AGEN_CANCELS_ONE_;

    if (!world.clients[id].inside)
        return 0;
    return (uint8_t)(count < most ? count : most);
}
#else
static unsigned check_group(unsigned id)
{
    (void)id;
    return 0;
}

static uint8_t cancels(unsigned id)
{
    (void)id;
    return 0;
}
#endif

/* Checks, and clears what nothing will read again. */
static void check(void)
{
    unsigned i, waiting = 0, listed = 0, groups = 0;

    check_rings();
    for (i = 0; i < TASKS; i++)
        if (!lives(i) && !world.tracked[i]) { /* an end reported by nobody */
            retire(i);
            memset(&world.tasks[i], 0, sizeof world.tasks[i]);
        }
#ifdef GROUP
    for (i = 0; i < TASKS; i++)
        groups += is_queued(&world.clients[i].group);
#endif
    ASSERT(check_ready(loop, world.tasks, TASKS) == groups);
    for (i = 0; i < TASKS; i++)
        world.cancelled[i] = lives(i) && world.tasks[i].group_ && !world.closes[i]
                             && (world.cancelled[i]
                                 || world.tasks[i].entry_.base_.flags_ & AGEN_CANCELS_);
    for (i = 0; i < TASKS; i++) {
        listed += check_group(i);
        if (lives(i)) {
            listed += check_list(&world.tasks[i].joiners_, world.tasks, TASKS);
            waiting += world.tasks[i].entry_.base_.state_ == AGEN_TASK_WAITING_;
        }
    }
    ASSERT(listed == waiting);
    for (i = 0; i < TASKS; i++) {
        struct agen_entry_ *sleeper = &world.tasks[i].entry_;

        if (lives(i)) {
            ASSERT(!world.ended[i]);
            sleeper->base_.flags_ = (uint8_t)((sleeper->base_.flags_ & AGEN_CANCEL_) | cancels(i));
            if (is_ready(&world.tasks[i])) {
                clear_dead_place(&world.tasks[i]);
            } else {
                ASSERT(sleeper->base_.state_ == AGEN_TASK_WAITING_);
                sleeper->base_.error_ = 0;
            }
        } else if (world.tracked[i]) {
            sleeper->base_.link_ = NULL;
            memset(&sleeper->place_, 0, sizeof sleeper->place_);
            world.tasks[i].joiners_.first_ = NULL;
            world.tasks[i].group_ = NULL;
            sleeper->base_.flags_ = 0;
        }
        if (!lives(i) || world.closes[i])
            memset(&world.clients[i], 0, sizeof world.clients[i]);
#ifdef GROUP
        else
            world.clients[i].group.cancels_ = 0;
#endif
    }
}

/* A generator that can be closed again, once no task knows the one that has ended. */
static void renew(void)
{
    unsigned i;

    for (i = 0; i < TASKS; i++)
        if (world.tracked[i] || world.closes[i])
            return;
    if (agen_done(&world.cleaner) || !AGEN_FRAME_(&world.cleaner)->step_) {
        agen_init(&world.cleaner, cleaner);
        ASSERT(agen_next(&world.cleaner) == AGEN_YIELDED);
    }
}

static bool step(void)
{
    struct agen_entry_ *ready;
    bool tracked;

    if (TRACK)
        renew();
    switch (any(3)) {
    case 0:
        if (!loop->pass_) {
            loop->pass_ = loop->ready_;
            loop->ready_ = NULL;
            loop->ready_end_ = &loop->ready_;
        }
        ready = loop->pass_;
        if (!ready)
            return false;
        loop->pass_ = ready->place_.ready_.next_;
        loop->polling_ = true;
        agen_loop_turn_(ready);
        loop->polling_ = false;
        break;
    case 1:
        if (!act())
            return false;
        break;
    default:
        if (loop->pass_)
            return false;
        tracked = loop->tracked_ != NULL;
        world.ends = true;
        ASSERT(agen_loop_shutdown(loop) == AGEN_DONE);
        ASSERT(!loop->tasks_ && !loop->tracked_ && !loop->ready_);
        ASSERT(!tracked || agen_done(&world.cleaner));
        memset(world.tracked, 0, sizeof world.tracked);
        world.ends = false;
    }
    return true;
}

static bool operation(void)
{
    unsigned i;
    bool done;

    for (i = 0; i < TASKS; i++)
        if (!world.used[i] && !world.tracked[i])
            give_memory(i);
    done = step();
    for (i = 0; i < TASKS; i++)
        take_memory(i);
    if (done)
        check();
    return done;
}

WHOLE_WORLD()

int main(void)
{
    EXPLORE();
    return 0;
}
