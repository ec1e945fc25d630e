/* SPDX-License-Identifier: 0BSD */
/*
 * PROVES: select: exactly one alternative is taken, or none if the task is cancelled or a timeout
 *         around the select expires, and then the task is in no list any more; nothing is taken of
 *         the others: each item is got once and in order, a value is put only where the room for it
 *         was taken, a lock belongs to the one who took it and gives it back, and a notification
 *         that the select does not take wakes another waiter; no wake-up is lost
 * BOUND: all interleavings of the atomic accesses of a loop and a thread, which is more than an
 *        interrupt at each point: the thread makes CALLS calls of agen_event_set_isr,
 *        agen_queue_put_isr and agen_notify_isr, on what the alternatives of a run wait for; a task
 *        selects among these again and again, in this order or REVERSED; another task waits for one
 *        of them without a select; the first task is cancelled once, by the other one or between
 *        two passes; there, too, other code gets items, takes and releases the lock, ends a task,
 *        and TICKS ticks pass: after one of them comes the TIME, and the timeout, if there is one
 * RUN: -DEVENT -DITEM -DTIME -DREVERSED -DCALLS=1 -DTICKS=1
 * RUN: -DNOTICE -DLOCK -DEND -DCALLS=1
 * RUN: -DNOTICE -DITEM -DCALLS=2
 * RUN: -DNOTICE -DLOCK -DTIME -DCALLS=1 -DTICKS=1
 * RUN: -DPLACE -DITEM -DCALLS=1 -DTICKS=1
 * RUN: -DEVENT -DITEM -DCALLS=2 -DTICKS=1
 * FLAGS: -O0 -Wl,-z,now -fno-sanitize=address
 * BREAKS: /^static .* agen_select_woken_(/,/^}/s/^        return false;$/        return true;/
 * BREAKS: s/^        if (agen_woken_(node)) {$/        if (agen_woken_(node), true) {/
 * BREAKS: s/^        (void)agen_grant_(permits);$/        (void)0;/
 * BREAKS: s/^        agen_give_(permits);$/        (void)0;/
 * BREAKS: /^AGEN_FUNCTION_ bool agen_leave_alternative_(/,/^}/s/^        agen_list_remove_(.*$/        (void)0;/
 * BREAKS: s/^    return !agen_is_ready_(driver);$/    return driver->state_ != AGEN_TASK_NONE_;/
 * BREAKS: s/^        task->entry_.place_.ready_.taken_ = NULL;.*$/        (void)0;/
 * BREAKS: s/^        agen_condition_take_(condition);.*$/        (void)0;/
 * BREAKS: s/^        && agen_event_take_(event))$/        \&\& false)/
 * BREAKS: /^AGEN_FUNCTION_ void agen_taken_(/,/^}/s/^        agen_timer_remove_(.*$/        (void)0;/
 * BREAKS: /^AGEN_FUNCTION_ void agen_taken_(/,/^}/s/^    driver->state_ = AGEN_TASK_RUNNING_;$/    (void)0;/
 * BREAKS: s/^        else if (base->state_ != AGEN_TASK_SELECTS_)$/        else if (base->state_ == AGEN_TASK_SLEEPING_)/
 * BREAKS: s/^    } else if (base->state_ == AGEN_TASK_GRANTED_) {$/    } else if (0) {/
 * BREAKS: /^static .* agen_condition_take_(/,/^}/s/^    agen_notify(condition_, .*$/    agen_notify(condition_, 1);/
 * BREAKS: s/^    AGEN_SWAP_(&condition_->wakeup_.of_.raised_, 0, count_);$/    __atomic_store_n(\&condition_->wakeup_.of_.raised_, 0, 0);/
 *
 * As for interrupts.c: without optimisation no register holds anything across a call.
 */
#include "threads.h"

#include "agen.h"

#ifndef CALLS
#define CALLS 2
#endif
#ifndef TICKS
#define TICKS 0
#endif

/* What may be taken. A run has those that its flags name. */
enum kind { EVENTS, NOTICES, ITEMS, ROOM, LOCKS, ENDS, TIMES, NOTHING };
enum { PERMITS = 1, IN = 2, OUT = 1, DELAY = 1, MOST_NUMBERS = 2 };
enum { SELECTOR, RIVAL, ENDER, TASKS, OUTSIDE = TASKS, NOBODY };
enum { INTERRUPT, LOOP, THREADS };

struct selector {
    AGEN_COROUTINE;
    bool started; /* one that is cancelled before just ends */
    uint8_t taken, item;
    agen_ticks since;
    agen_timeout limit;
    agen_alternative a[TIMES];
};

struct rival {
    AGEN_COROUTINE;
    uint8_t waits_for, item;
};

struct ender {
    AGEN_COROUTINE;
};

static struct world {
    agen_loop loop;
    agen_task tasks[TASKS];
    struct selector selector;
    struct rival rival;
    struct ender ender;
    agen_event event;
    agen_condition condition;
    AGEN_QUEUE(uint8_t, IN) in;
    AGEN_QUEUE(uint8_t, OUT) out;
    agen_lock lock;
    bool asleep, inside, cancelled;
    agen_ticks ticks, patience;
    bool unseen;              /* the event was set, and nobody has cleared it */
    uint8_t sets, wakes;
    uint8_t tokens;           /* what the condition is about */
    uint8_t notified, woken;  /* how many were to be woken at most */
    uint8_t put, got;         /* items are numbered */
    uint8_t put_out[2], got_out[2]; /* of the loop and of the interrupt, modulo MOST_NUMBERS */
    uint8_t holder;
    struct thread threads[THREADS];
} world;

static agen_ticks now(void)
{
    return world.ticks;
}

static void cancel(void)
{
    if (world.selector.started && !world.cancelled && maybe()) {
        world.cancelled = true;
        ASSERT(agen_cancel(&world.tasks[SELECTOR]));
    }
}

/* --- What is waited for ----------------------------------------------------------------------- */

static void saw_event(void)
{
    world.wakes++;
    ASSERT(world.wakes <= 2 * world.sets);
    agen_event_clear(&world.event);
    world.unseen = false;
}

static void got(uint8_t item)
{
    ASSERT(item == world.got);
    world.got++;
}

/* A condition says no more than that a token may be there. */
static void was_notified(void)
{
    world.woken++;
    ASSERT(world.woken <= world.notified);
}

static void take_token(void)
{
    if (world.tokens > 0)
        world.tokens--;
}

enum producer { OF_LOOP, OF_INTERRUPT };

static void count(uint8_t *number)
{
    *number = (uint8_t)((*number + 1) % MOST_NUMBERS);
}

static uint8_t next_number(void)
{
    uint8_t item = world.put_out[OF_LOOP];

    count(&world.put_out[OF_LOOP]);
    return item;
}

static void get_from_out(void)
{
    uint8_t item = 0, *expected;

    if (!agen_try_get(&world.out, item))
        return;
    expected = &world.got_out[item / MOST_NUMBERS];
    ASSERT(item % MOST_NUMBERS == *expected);
    count(expected);
}

static void hold(unsigned who)
{
    ASSERT(world.holder == NOBODY);
    world.holder = (uint8_t)who;
}

static void let_go(unsigned who)
{
    if (world.holder != who)
        return;
    world.holder = NOBODY;
    ASSERT(agen_release(&world.lock) == AGEN_DONE);
}

/* --- The task that selects -------------------------------------------------------------------- */

static void take(struct selector *self, enum kind kind)
{
    ASSERT(self->taken == NOTHING);
    self->taken = (uint8_t)kind;
}

#ifdef EVENT
#define ON_EVENT \
    AGEN_ON_EVENT(self, &self->a[EVENTS], &world.event) { \
        take(self, EVENTS); \
        saw_event(); \
    }
#else
#define ON_EVENT
#endif
#ifdef NOTICE
#define ON_NOTICE \
    AGEN_ON_CONDITION(self, &self->a[NOTICES], &world.condition) { \
        take(self, NOTICES); \
        was_notified(); \
        take_token(); \
    }
#else
#define ON_NOTICE
#endif
#ifdef ITEM
#define ON_ITEM \
    AGEN_ON_GET(self, &self->a[ITEMS], &world.in, self->item) { \
        take(self, ITEMS); \
        ASSERT(agen_status(self) == AGEN_YIELDED); \
        got(self->item); \
    }
#else
#define ON_ITEM
#endif
#ifdef PLACE
#define ON_PLACE \
    AGEN_ON_PUT(self, &self->a[ROOM], &world.out, next_number()) { \
        take(self, ROOM); \
    }
#else
#define ON_PLACE
#endif
#ifdef LOCK
#define ON_LOCK \
    AGEN_ON_ACQUIRE(self, &self->a[LOCKS], &world.lock) { \
        take(self, LOCKS); \
        hold(SELECTOR); \
    }
#else
#define ON_LOCK
#endif
#ifdef END
#define ON_END \
    AGEN_ON_END(self, &self->a[ENDS], &world.tasks[ENDER]) { \
        take(self, ENDS); \
        ASSERT(agen_task_status(&world.tasks[ENDER]) != AGEN_PENDING); \
        spawn_ender(); \
    }
#else
#define ON_END
#endif
#ifdef TIME
#define ON_TIME \
    AGEN_ON_TIMEOUT(self, DELAY) { \
        take(self, TIMES); \
        ASSERT(world.ticks - self->since >= DELAY); \
    }
#else
#define ON_TIME
#endif
#ifdef REVERSED
#define ALTERNATIVES ON_TIME ON_END ON_LOCK ON_PLACE ON_ITEM ON_NOTICE ON_EVENT
#else
#define ALTERNATIVES ON_EVENT ON_NOTICE ON_ITEM ON_PLACE ON_LOCK ON_END ON_TIME
#endif

AGEN(ender, self)
{
    AGEN_BEGIN(self);
    AGEN_JOIN(self, &world.tasks[SELECTOR]); /* which never ends: so until it is cancelled */
    AGEN_END(self);
}

static void spawn_ender(void)
{
    agen_init(&world.ender, ender);
    ASSERT(agen_spawn(&world.loop, &world.tasks[ENDER], &world.ender) == AGEN_DONE);
}

/* A tree of two at most: the task and its timeout. */
static bool is_timer(const struct agen_entry_ *sleeper)
{
    const struct agen_entry_ *root = world.loop.timers_;

    return root && (root == sleeper || root->place_.timer_.left_ == sleeper
                    || root->place_.timer_.right_ == sleeper);
}

/* It has answered: so it waits for nothing. What its alternatives hold is of no use any more. */
static void check_left(struct selector *self)
{
    int i;

    ASSERT(!is_timer(&world.tasks[SELECTOR].entry_));
    for (i = 0; i < TIMES; i++)
        ASSERT(!self->a[i].node_.list_);
    memset(self->a, 0, sizeof self->a);
}

AGEN(selector, self)
{
    AGEN_BEGIN(self);
    self->started = true;
    for (;;) {
        AGEN_TRY(self) {
            if (world.rival.waits_for != NOTICES) /* who takes all that nobody has been woken for */
                world.tokens = 0;
            AGEN_TIMEOUT(self, &self->limit, world.patience) {
                self->taken = NOTHING;
                self->since = world.ticks;
                AGEN_SELECT(self)
                    ALTERNATIVES
                AGEN_END_SELECT(self);
                ASSERT(self->taken != NOTHING);
                check_left(self);
                if (world.holder == SELECTOR && maybe())
                    AGEN_PAUSE(self);
            } AGEN_END_TIMEOUT(self);
        } AGEN_EXCEPT_ANY(self) {
            ASSERT(self->taken == NOTHING || self->taken == LOCKS);
            ASSERT(agen_error(self) == AGEN_E_TIMEOUT ? agen_expired(&self->limit)
                   : agen_error(self) == AGEN_E_CANCELLED && world.cancelled);
            check_left(self);
        } AGEN_FINALLY(self) {
            let_go(SELECTOR);
        } AGEN_END_TRY(self);
        memset(&self->limit, 0, sizeof self->limit);
        self->taken = NOTHING;
    }
    AGEN_END(self);
}

/* --- The task that waits for one of these ----------------------------------------------------- */

AGEN(rival, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        if (self->waits_for == EVENTS) {
            AGEN_WAIT(self, &world.event);
            saw_event();
        } else if (self->waits_for == NOTICES) {
            while (world.tokens == 0) {
                AGEN_CONDITION_WAIT(self, &world.condition);
                was_notified();
            }
            take_token();
        } else if (self->waits_for == ITEMS) {
            AGEN_GET(self, &world.in, self->item);
            got(self->item);
        } else if (self->waits_for == ROOM) {
            AGEN_PUT(self, &world.out, next_number());
        } else if (self->waits_for == LOCKS) {
            AGEN_ACQUIRE(self, &world.lock);
            hold(RIVAL);
        } else {
            AGEN_JOIN(self, &world.tasks[SELECTOR]);
        }
        cancel();
        if (maybe() || self->waits_for == LOCKS)
            AGEN_PAUSE(self);
        let_go(RIVAL);
    }
    AGEN_END(self);
}

/* --- The two threads -------------------------------------------------------------------------- */

static const uint8_t kinds[] = {
#ifdef EVENT
    EVENTS,
#endif
#ifdef NOTICE
    NOTICES,
#endif
#ifdef ITEM
    ITEMS,
#endif
#ifdef PLACE
    ROOM,
#endif
#ifdef LOCK
    LOCKS,
#endif
#ifdef END
    ENDS,
#endif
#ifdef TIME
    TIMES,
#endif
};

static bool has(enum kind kind)
{
    return memchr(kinds, (int)kind, sizeof kinds) != NULL;
}

/* They are in order. */
static unsigned kinds_below(enum kind kind)
{
    unsigned n = 0;

    while (n < sizeof kinds && kinds[n] < kind)
        n++;
    return n;
}

static void call(enum kind kind)
{
    unsigned n;

    if (kind == EVENTS) {
        world.sets++;
        world.unseen = true;
        agen_event_set_isr(&world.event);
    } else if (kind == NOTICES) {
        n = 1 + any(2);
        world.tokens = (uint8_t)(world.tokens + n);
        world.notified = (uint8_t)(world.notified + n);
        agen_notify_isr(&world.condition, n);
    } else if (kind == ITEMS) {
        if (agen_queue_put_isr(&world.in, world.put))
            world.put++;
    } else {
        if (agen_queue_put_isr(&world.out, (uint8_t)(MOST_NUMBERS + world.put_out[OF_INTERRUPT])))
            count(&world.put_out[OF_INTERRUPT]);
    }
}

static void interrupt(void)
{
    int i;

    for (i = 0; i < CALLS; i++) {
        world.inside = true;
        call((enum kind)kinds[any(kinds_below(LOCKS))]);
        world.inside = false;
        point_();
    }
    end_thread();
}

/* What other code of the loop does between two passes. */
static void may_interfere(void)
{
    cancel();
    if (world.ticks != TICKS && maybe())
        world.ticks++;
    if (has(ROOM) && maybe())
        get_from_out();
    if (has(LOCKS) && maybe()) {
        if (world.holder == OUTSIDE)
            let_go(OUTSIDE);
        else if (agen_try_acquire(&world.lock))
            hold(OUTSIDE);
    }
    if (has(ENDS) && maybe())
        (void)agen_cancel(&world.tasks[ENDER]);
}

static void poll_for_ever(void)
{
    for (;;) {
        (void)agen_loop_poll(&world.loop);
        world.asleep = true;
        point_();
        world.asleep = false;
        may_interfere();
    }
}

static void start(void)
{
    bool first = maybe();
    unsigned i, chosen;

    agen_loop_init(&world.loop, now);
    agen_queue_init(&world.in);
    agen_queue_init(&world.out);
    world.patience = TICKS > 0 && maybe() ? DELAY : AGEN_FOREVER;
    world.holder = NOBODY;
    agen_init(&world.selector, selector);
    agen_init(&world.rival, rival);
    chosen = any(kinds_below(ENDS) + 1);
    world.rival.waits_for = chosen < kinds_below(ENDS) ? kinds[chosen] : NOTHING;
    for (i = 0; i < 2; i++)
        if (i == first)
            agen_spawn(&world.loop, &world.tasks[SELECTOR], &world.selector);
        else
            agen_spawn(&world.loop, &world.tasks[RIVAL], &world.rival);
    if (has(ENDS))
        spawn_ender();
}

/* How many permits of a gate are on their way to those that have been woken for them. */
static int granted(const struct agen_permits_ *gate)
{
    int count = 0, i;

    for (i = 0; i < TASKS; i++)
        count += world.tasks[i].entry_.base_.state_ == AGEN_TASK_GRANTED_
                 && world.tasks[i].entry_.place_.ready_.granted_ == gate;
    return count;
}

/* Between two passes. */
static void check_permits(void)
{
    const struct agen_queue_ *in = &world.in.queue_;

    ASSERT((world.holder != NOBODY) + granted(&world.lock.permits_) + world.lock.permits_.free_ + 1
           == PERMITS);
    ASSERT(in->count_ == in->items_.free_ + 1 + granted(&in->items_));
}

static bool is_in(enum kind kind, const struct agen_list_ *list)
{
    const struct agen_node_ *node = &world.selector.a[kind].node_, *at = list->first_;

    if (node->list_ != list || node->task_ != &world.tasks[SELECTOR])
        return false;
    while (at != node && at->next_ != list->first_)
        at = at->next_;
    return at == node;
}

/* The loop sleeps and no call is under way: so everything has been seen. */
static void check_rest(void)
{
    const struct selector *self = &world.selector;

    ASSERT(self->taken == NOTHING);
    ASSERT(!(world.tasks[SELECTOR].entry_.base_.flags_ & AGEN_CANCEL_));
    if (has(EVENTS))
        ASSERT(is_in(EVENTS, &world.event.list_) && !world.unseen
               && !agen_event_is_set(&world.event));
    if (has(NOTICES))
        ASSERT(is_in(NOTICES, &world.condition.permits_.list_) && world.tokens == 0
               && world.condition.wakeup_.of_.raised_ == 0);
    if (has(ITEMS))
        ASSERT(is_in(ITEMS, &world.in.queue_.items_.list_) && world.put == world.got
               && world.in.full_[0] == 0);
    if (has(ROOM))
        ASSERT(is_in(ROOM, &world.out.queue_.room_.list_) && world.out.queue_.room_.free_ < 0
               && world.out.queue_.count_ + world.out.full_[0] == 1);
    if (has(LOCKS))
        ASSERT(is_in(LOCKS, &world.lock.permits_.list_) && world.holder == OUTSIDE);
    if (has(ENDS))
        ASSERT(is_in(ENDS, &world.tasks[ENDER].joiners_));
    if (has(TIMES))
        ASSERT(world.ticks - self->since < DELAY);
    ASSERT(world.ticks - self->since < world.patience);
}

/* Whether there is something left that may wake a loop that sleeps. */
static bool may_be_disturbed(void)
{
    return !world.cancelled || world.ticks != TICKS || has(ROOM) || has(LOCKS) || has(ENDS);
}

static bool operation(void)
{
    static void (*const bodies[])(void) = { interrupt, poll_for_ever };
    unsigned who = any(THREADS);

    if (world.threads[who].ended)
        return false;
    if (who == LOOP && world.asleep) {
        check_permits();
        if (agen_loop_idle_ticks(&world.loop) > 0) {
            if (!world.inside)
                check_rest();
            if (!may_be_disturbed())
                return false; /* until a notice comes */
        }
    }
    go_on(&world.threads[who], bodies[who]);
    return true;
}

static struct key_ key(void)
{
    return key_of_threads(&world, world.threads, THREADS);
}

int main(void)
{
    EXPLORE();
    return 0;
}
