/* SPDX-License-Identifier: 0BSD */
/*
 * PROVES: sleeps and timeouts: a pass fires what is due by then and nothing else, by deadline,
 *         equal deadlines first in first out, however late it comes, short of the clock's range; a
 *         timeout that fires ends the sleep of its task; agen_loop_idle_ticks is what is left; the
 *         tree keeps order, heap and parent links, and the loop knows its root, its first and
 *         its last, wherever the 8-bit clock wraps
 * BOUND: all sequences of sleep, enter, cancel, leave and pass, however long, of 4 tasks, two of
 *        which have a timeout
 * BREAKS: s/left = ahead < agen_timer_ahead_/left = ahead <= agen_timer_ahead_/
 * BREAKS: s/^            if (loop->next_timer_ == parent)$/            if (0)/
 * BREAKS: s/^    if (root->place_.timer_.parent_ == entry) {.*$/    if (0) {/
 * BREAKS: s/ahead >= agen_timer_ahead_/ahead > agen_timer_ahead_/
 * BREAKS: s/middle->place_.timer_.parent_ = parent;/(void)middle;/
 * BREAKS: s/^            at = at->place_.timer_.left_;$/            break;/
 * BREAKS: s/^            at = at->place_.timer_.right_;$/            break;/
 * BREAKS: s/first) <= (agen_ticks)(now - loop->last_)/first) < (agen_ticks)(now - loop->last_)/
 * BREAKS: s/agen_timer_ahead_(loop, first) <= (agen_ticks)(now - loop->last_)/first->place_.timer_.deadline_ <= now/
 * BREAKS: s/while ((entry = agen_timer_due_(loop, now)) != NULL)/if ((entry = agen_timer_due_(loop, now)) != NULL)/
 * BREAKS: s/entry->base_.error_ = 1;$//
 * BREAKS: s/ahead > passed ? (agen_ticks)(ahead - passed) : 0;/ahead > passed ? ahead : 0;/
 * BREAKS: s/^        deadline = last; .*$/        (void)last;/
 *
 * The tree looks at nothing of a deadline but how it compares with others, and a pass at nothing
 * but which are due. So they are spaced anew after each operation, in the same order, those due at
 * once apart, and the next one falls on one of them or between two; and the clock is put back.
 * Ranks are hashes of different addresses, and any timer may be inserted at any time: so all orders
 * of ranks occur.
 */
#define AGEN_TICKS uint8_t
#include "agen.h"

#include "explore.h"

enum { TASKS = 4, TIMEOUTS = 2, TIMERS = TASKS + TIMEOUTS };

/* A task waits while it does not sleep. */
static struct world {
    agen_loop loop;
    agen_task tasks[TASKS];
    agen_timeout timeouts[TIMEOUTS]; /* of the first tasks */
    struct agen_list_ waiting[TASKS];
    struct agen_frame_ leaf;
    unsigned char active, order[TIMERS]; /* who should fire, in this order: tasks, then timeouts */
    uint8_t clock;
} world;
static agen_loop *const loop = &world.loop;

static uint8_t now(void)
{
    return world.clock;
}

static struct agen_entry_ *timer(unsigned i)
{
    return i < TASKS ? &world.tasks[i].entry_ : &world.timeouts[i - TASKS].entry_;
}

static uint8_t ahead(unsigned place)
{
    return (uint8_t)(timer(world.order[place])->place_.timer_.deadline_ - loop->last_);
}

static uint8_t farthest(void)
{
    return world.active ? ahead(world.active - 1u) : 0;
}

/* Deadlines at 2, 4, 6, and at 0 what is due at once: so that there is room between them. */
static void space(uint8_t last)
{
    uint8_t was = 0, place = 0;
    unsigned i;

    for (i = 0; i < world.active; i++) {
        if (ahead(i) != was)
            place = (uint8_t)(place + 2);
        was = ahead(i);
        timer(world.order[i])->place_.timer_.deadline_ = (uint8_t)(last + place);
    }
    loop->last_ = world.clock = last;
}

/* Goes through the tree from left to right, by the parent links. */
static void check(void)
{
    struct agen_entry_ *at = loop->next_timer_, *next, *last = NULL;
    unsigned i;

    ASSERT(!at || !at->place_.timer_.left_);
    for (i = 0; at; i++) {
        ASSERT(i < world.active && at == timer(world.order[i]));
        last = at;
        next = at == loop->timers_ ? NULL : at->place_.timer_.parent_;
        ASSERT(!next || next->place_.timer_.left_ == at || next->place_.timer_.right_ == at);
        ASSERT(!next || agen_priority_(next) <= agen_priority_(at));
        next = at->place_.timer_.right_;
        if (next) {
            while (next->place_.timer_.left_)
                next = next->place_.timer_.left_;
        } else {
            while (at != loop->timers_ && at->place_.timer_.parent_->place_.timer_.right_ == at)
                at = at->place_.timer_.parent_;
            next = at == loop->timers_ ? NULL : at->place_.timer_.parent_;
        }
        at = next;
    }
    ASSERT(i == world.active && !last == !loop->timers_);
    ASSERT(!last || loop->timers_->place_.timer_.parent_ == last);
}

static unsigned place_of(unsigned chosen)
{
    unsigned place;

    for (place = 0; place < world.active && world.order[place] != chosen; place++)
        ;
    return place;
}

static void forget(unsigned place)
{
    for (world.active--; place < world.active; place++)
        world.order[place] = world.order[place + 1];
    world.order[world.active] = 0;
}

static void wait(unsigned task)
{
    memset(&world.tasks[task].entry_.place_, 0, sizeof world.tasks[task].entry_.place_);
    world.tasks[task].entry_.base_.state_ = AGEN_TASK_RUNNING_;
    world.tasks[task].entry_.base_.flags_ = 0;
    world.tasks[task].entry_.base_.error_ = 0;
    world.waiting[task].first_ = NULL;
    (void)agen_wait_(&world.tasks[task].entry_.base_, &world.leaf, &world.waiting[task]);
}

/* Those that are ready are these, in this order. They run. */
static void check_ready(const unsigned *tasks, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        ASSERT(loop->ready_ == &world.tasks[tasks[i]].entry_);
        ASSERT(agen_is_ready_(&loop->ready_->base_));
        loop->ready_ = loop->ready_->place_.ready_.next_;
    }
    ASSERT(!loop->ready_);
    loop->ready_end_ = &loop->ready_;
    for (i = 0; i < count; i++)
        wait(tasks[i]);
}

static void start(void)
{
    unsigned i;

    world.clock = (uint8_t)(0u - any(2 * TIMERS + 2)); /* each side of the wrap */
    agen_loop_init(loop, now);
    for (i = 0; i < TASKS; i++) {
        world.tasks[i].loop_ = loop;
        wait(i);
    }
}

/* A sleep ends early, or the block of a timeout does. */
static void stop(unsigned place)
{
    unsigned chosen = world.order[place];

    forget(place);
    if (chosen < TASKS) {
        ASSERT(agen_cancel(&world.tasks[chosen]));
        check_ready(&chosen, 1);
    } else {
        ASSERT(agen_timeout_leave_(&world.timeouts[chosen - TASKS], 0) == 0);
        memset(&world.timeouts[chosen - TASKS], 0, sizeof *world.timeouts);
    }
}

/* Sleeps until a time that may be past, or enters a timeout. */
static bool begin(unsigned chosen)
{
    uint8_t after = (uint8_t)any(2 * TIMERS + 2);
    uint8_t took = loop->last_ % 2 ? 2 * TIMERS + 2 : 0; /* since the pass began, until now */
    agen_task *task = &world.tasks[chosen % TASKS];
    unsigned i;

    if (after > farthest() + 1)
        return false; /* no other order */
    if (chosen < TASKS) {
        bool past = after == 0 && maybe(); /* before the pass began */

        world.clock = (uint8_t)(loop->last_ + took);
        agen_wake_all_(&world.waiting[chosen], AGEN_RUN_);
        loop->ready_ = NULL;
        loop->ready_end_ = &loop->ready_;
        task->entry_.base_.state_ = AGEN_TASK_RUNNING_;
        memset(&task->entry_.place_, 0, sizeof task->entry_.place_);
        ASSERT(agen_sleep_until_(&task->entry_.base_, &world.leaf,
                                 (uint8_t)(loop->last_ + after - past)) == AGEN_PENDING);
    } else {
        uint8_t state = task->entry_.base_.state_;

        took = took < after ? took : after;
        world.clock = (uint8_t)(loop->last_ + took);
        task->entry_.base_.state_ = AGEN_TASK_RUNNING_;
        ASSERT(agen_timeout_enter_(&task->entry_.base_, &world.timeouts[chosen - TASKS],
                                   (uint8_t)(after - took))
               == AGEN_DONE);
        task->entry_.base_.state_ = state;
    }
    for (i = world.active++; i > 0 && ahead(i - 1) > after; i--)
        world.order[i] = world.order[i - 1];
    world.order[i] = (unsigned char)chosen;
    return true;
}

/* A pass, at any time. */
static bool pass(void)
{
    uint8_t passed = (uint8_t)any(2 * TIMERS + 3), first = world.active ? ahead(0) : 0, left;
    unsigned ready[TASKS], count = 0, fired[TIMEOUTS], expired = 0, i;

    if (passed == 2 * TIMERS + 2)
        passed = AGEN_FOREVER;
    else if (passed > farthest() + 1)
        return false;
    world.clock = (uint8_t)(loop->last_ + passed);
    left = first > passed ? (uint8_t)(first - passed) : 0;
    ASSERT(agen_loop_idle_ticks(loop) == (world.active ? left : AGEN_FOREVER));
    while (world.active && ahead(0) <= passed) {
        unsigned chosen = world.order[0], task = chosen % TASKS;

        forget(0);
        if (chosen >= TASKS) {
            fired[expired++] = task;
            if (place_of(task) < world.active)
                forget(place_of(task));
        }
        for (i = 0; i < count && ready[i] != task; i++)
            ;
        if (i == count)
            ready[count++] = task;
    }
    agen_loop_fire_(loop);
    ASSERT(loop->last_ == world.clock);
    check();
    for (i = 0; i < TIMEOUTS; i++)
        ASSERT(place_of(TASKS + i) == world.active || !agen_expired(&world.timeouts[i]));
    for (i = 0; i < expired; i++) {
        agen_timeout *limit = &world.timeouts[fired[i]];

        ASSERT(agen_expired(limit));
        ASSERT(world.tasks[fired[i]].entry_.base_.flags_ == (AGEN_CANCEL_ | AGEN_CANCELS_ONE_));
        ASSERT(agen_timeout_leave_(limit, AGEN_E_CANCELLED) == AGEN_E_TIMEOUT);
        memset(limit, 0, sizeof *limit);
    }
    for (i = 0; i < count; i++)
        ASSERT(world.tasks[ready[i]].entry_.base_.flags_ == 0);
    check_ready(ready, count);
    return true;
}

static bool operation(void)
{
    unsigned chosen = any(TIMERS + 1);
    uint8_t last = loop->last_;

    if (chosen == TIMERS) {
        if (!pass())
            return false;
    } else if (place_of(chosen) < world.active) {
        stop(place_of(chosen));
    } else if (!begin(chosen)) {
        return false;
    }
    check();
    space(last);
    return true;
}

WHOLE_WORLD()

int main(void)
{
    EXPLORE();
    return 0;
}
