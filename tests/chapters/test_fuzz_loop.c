/* SPDX-License-Identifier: 0BSD */
/*
 * Random tasks in virtual time: each runs an interpreter that draws what to do next from a seed, in
 * nested instances. Between the passes the application cancels, puts, gets, sets and closes at
 * random. Who waited longest goes on first. After each pass the books must balance and each task
 * must be in one place, and in the end every finally that was due has run once. Each seed runs
 * twice: the same must happen.
 *
 * usage: test_fuzz_loop [FIRST_SEED [COUNT]]      prints a digest of what happened
 */
#include "loop.h"

#include <stdlib.h>

enum { POOL = 400, DEPTH = 5, OBJECTS = 2, PERMITS = 2, MEMBERS = 3, PASSES = 250 };

/* --- Chance, and a digest of what it did ------------------------------------------------------ */

static uint32_t random_state, digest;
static bool draining; /* from now on nothing new is begun, and all is cancelled */

static unsigned random_below(unsigned n)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state % n;
}

static bool one_in(unsigned n)
{
    return random_below(n) == 0;
}

static void note(int what)
{
    digest = (digest ^ (uint32_t)what) * 16777619u;
}

/* What many seeds together must have reached, or this tests less than it says. */
enum { EXPIRED, GRANT_CANCELLED, CLOSE_WAITED, SIGHTS };

static unsigned long seen[SIGHTS];

/* --- Objects, and books about them ------------------------------------------------------------ */

static agen_event events[OBJECTS];
static agen_lock locks[OBJECTS];
static agen_semaphore semaphores[OBJECTS];
static AGEN_QUEUE(int, 2) queues[OBJECTS];
static bool flag;

static int locks_held[OBJECTS], permits_held[OBJECTS], items_put[OBJECTS], items_got[OBJECTS];
static bool closed[OBJECTS];
static int hook_calls;

static int next_item(int q)
{
    note(100 + q);
    return items_put[q]++;
}

static void take_item(int q, int item)
{
    note(200 + q);
    CHECK_INT(item, items_got[q]++); /* none lost, none twice, all in order */
}

/* --- A generator that waits ------------------------------------------------------------------- */

struct feed {
    AGEN_YIELDS(int);
    int i, started, finallys;
    bool sleeping;
    agen_ticks deadline, time;
};

static agen_ticks draw_time(struct feed *self)
{
    self->time = (agen_ticks)(1 + random_below(6));
    self->deadline = (agen_ticks)(ticks + self->time);
    self->sleeping = true;
    return self->time;
}

AGEN(feed, self)
{
    AGEN_BEGIN(self);
    self->started++;
    AGEN_TRY(self) {
        for (; self->i < 4; self->i++) {
            if (one_in(2))
                AGEN_SLEEP(self, draw_time(self));
            self->sleeping = false;
            AGEN_YIELD(self, self->i);
        }
    } AGEN_FINALLY(self) {
        self->sleeping = false;
        self->finallys++;
        if (!draining && one_in(3)) {
            seen[CLOSE_WAITED] += agen_error(self) == AGEN_E_EXIT;
            AGEN_SLEEP(self, draw_time(self));
        }
        self->sleeping = false;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* --- The interpreter -------------------------------------------------------------------------- */

enum op {
    NOTHING, PAUSE, SLEEP, SLEEP_UNTIL, WAIT, CONDITION, LOCK, SEMAPHORE, PUT, GET, JOIN, AWAIT,
    TRY_AWAIT, TIMEOUT, GROUP, RACE, FEED, STEPS_OF_FEED, ITEM, RAISE, RETURN, OPS,
    /* what takes no time */
    SET = OPS, CLEAR, CANCEL, CANCEL_ITSELF, SPAWN, SIBLING, TRY_PUT, TRY_GET, CLOSE,
#ifdef AGEN_HAVE_ISR_
    SET_ISR, PUT_ISR,
#endif
    ALL_OPS
};

static unsigned long drawn[ALL_OPS];
static unsigned turns, last_turn[OPS][OBJECTS]; /* of the last who went on after this wait */
static agen_ticks last_deadline;

struct proc {
    AGEN_COROUTINE;
    int op, object, item, depth, steps;
    int started, finallys, places;
    unsigned turn; /* when its wait began, among all */
    bool spawned, in_timeout, in_group, cancelled;
    agen_ticks time, deadline, limit_deadline;
    struct proc *child, *members[MEMBERS];
    agen_group *of; /* the group it is a child of */
    struct feed feed;
    agen_timeout limit;
    agen_group group;
    agen_task *joined, task;
};

AGEN_DECLARE(proc);

static struct proc procs[POOL];
static int procs_made;

static struct proc *new_proc(int depth)
{
    struct proc *p = &procs[procs_made];

    if (procs_made == POOL || depth > DEPTH || draining)
        return NULL;
    procs_made++;
    memset(p, 0, sizeof *p);
    agen_init(p, proc);
    agen_init(&p->feed, feed);
    p->depth = depth;
    p->steps = 1 + (int)random_below(5);
    return p;
}

static struct proc *some_task(void)
{
    struct proc *p;
    int turn;

    for (turn = 0; turn < 8; turn++) {
        p = &procs[random_below((unsigned)procs_made)];
        if (p->spawned)
            return p;
    }
    return NULL;
}

static void spawn_one(struct proc *p, agen_group *of)
{
    int status;

    if (!p)
        return;
    p->of = of;
    p->cancelled = of != NULL; /* perhaps, by its group */
    status = of ? agen_group_spawn(of, &p->task, p) : agen_spawn(&loop, &p->task, p);
    CHECK(status == AGEN_DONE || of);
    p->spawned = status == AGEN_DONE;
    note(p->spawned);
}

static void cancel_one(struct proc *p)
{
    if (!p)
        return;
    seen[GRANT_CANCELLED] += agen_task_status(&p->task) == AGEN_PENDING
                             && p->task.entry_.base_.state_ == AGEN_TASK_GRANTED_;
    p->cancelled = true;
    note(agen_cancel(&p->task));
}

static void close_queue(int q)
{
    closed[q] = true;
    agen_queue_close(&queues[q]);
}

/* What takes no time: also from the application, between two passes. */
static void act(struct proc *self, int op, int object)
{
    int item = -1;

    note(op);
    drawn[op]++;
    if (op == SET)
        agen_event_set(&events[object]);
    else if (op == CLEAR)
        agen_event_clear(&events[object]);
    else if (op == CANCEL)
        cancel_one(some_task());
    else if (op == CANCEL_ITSELF)
        cancel_one(self);
    else if (op == SPAWN)
        spawn_one(new_proc(self ? self->depth + 1 : 0), NULL);
    else if (op == SIBLING)
        spawn_one(self && self->of ? new_proc(self->depth) : NULL, self ? self->of : NULL);
    else if (op == TRY_PUT)
        (void)agen_try_put(&queues[object], next_item(object));
    else if (op == TRY_GET && agen_try_get(&queues[object], item))
        take_item(object, item);
    else if (op == CLOSE && one_in(6))
        close_queue(object);
#ifdef AGEN_HAVE_ISR_
    else if (op == SET_ISR)
        agen_event_set_isr(&events[object]);
    else if (op == PUT_ISR && agen_queue_put_isr(&queues[object], items_put[object]))
        (void)next_item(object);
#endif
    flag = !one_in(3);
}

/* Draws what to do next, and makes the instances that it takes. */
static void choose(struct proc *self)
{
    struct proc *other;
    int i;

    self->op = draining ? NOTHING : (int)random_below(ALL_OPS);
    self->object = (int)random_below(OBJECTS);
    self->time = (agen_ticks)random_below(12);
    self->child = NULL;
    if (self->op >= AWAIT && self->op <= RACE)
        self->child = new_proc(self->depth + 1);
    if ((self->op >= AWAIT && self->op <= RACE && !self->child) || (self->op == RAISE && one_in(2)))
        self->op = PAUSE;
    if (self->op == JOIN) {
        other = some_task();
        self->joined = other ? &other->task : &self->task;
    }
    for (i = 0; i < MEMBERS; i++)
        self->members[i] = self->op == GROUP || self->op == RACE ? new_proc(self->depth + 1) : NULL;
    if (self->op == SLEEP)
        self->deadline = (agen_ticks)(ticks + self->time);
    if (self->op == SLEEP_UNTIL)
        self->deadline = (agen_ticks)(ticks + self->time - 4);
    if ((self->op == FEED || self->op == STEPS_OF_FEED) && self->feed.started)
        self->op = PAUSE;
    note(1000 + self->op);
    self->turn = ++turns;
    if (self->op >= OPS)
        act(self, self->op, self->object);
    else
        drawn[self->op]++;
}

/* First come, first served, and of those who sleep the first deadline first. */
static void check_turn(const struct proc *self)
{
    unsigned *last = &last_turn[self->op][self->object];

    if (self->turn == turns)
        return; /* it did not wait */
    if (self->op == SLEEP) {
        CHECK((agen_ticks)(ticks - self->deadline) <= AGEN_FOREVER / 2);
        if (!self->time)
            return; /* that was a pause */
        last = &last_turn[SLEEP][0];
        CHECK((agen_ticks)(self->deadline - last_deadline) <= AGEN_FOREVER / 2);
        if (self->deadline != last_deadline)
            *last = 0;
        last_deadline = self->deadline;
    }
    CHECK(*last < self->turn);
    *last = self->turn;
}

/* What it waited for has come. */
static void go_on(struct proc *self)
{
    if (self->op == PAUSE || self->op == SLEEP || self->op == WAIT || self->op == PUT
        || self->op == GET)
        check_turn(self);
    self->op = NOTHING;
}

static void sleep_with_it(struct proc *self)
{
    self->op = SLEEP;
    self->deadline = (agen_ticks)(ticks + self->time);
    self->turn = ++turns;
}

static void enter_timeout(struct proc *self)
{
    self->limit_deadline = (agen_ticks)(ticks + self->time);
    self->in_timeout = true;
}

static void spawn_members(struct proc *self)
{
    int i;

    self->in_group = true;
    for (i = 0; i < MEMBERS; i++)
        spawn_one(self->members[i], &self->group);
}

/* "The end waits for all." */
static void check_group_over(struct proc *self)
{
    int left = 0, i;

    for (i = 0; i < procs_made; i++)
        if (procs[i].spawned && procs[i].of == &self->group) {
            left += agen_task_status(&procs[i].task) == AGEN_PENDING;
            procs[i].of = NULL; /* the next group here is another one */
        }
    CHECK_INT(left, 0);
    self->in_group = false;
}

static void took(struct proc *self, int *held, int most)
{
    check_turn(self);
    note(300 + ++*held);
    CHECK(*held <= most);
}

static void gave(int *held, int status)
{
    --*held;
    CHECK_INT(status, AGEN_DONE);
}

static bool swallows(const struct proc *self)
{
    return self->depth > 0 && !draining && one_in(4);
}

static void enter_finally(struct proc *self)
{
    self->in_timeout = false;
    self->finallys++;
    note(400 + self->finallys);
    self->op = draining ? NOTHING : (int)random_below(4); /* NOTHING, PAUSE, SLEEP; or */
    self->time = (agen_ticks)(1 + random_below(5));
    self->child = self->op == 3 ? new_proc(self->depth + 1) : NULL;
    self->deadline = (agen_ticks)(ticks + self->time);
    self->turn = ++turns;
    if (self->op == 3)
        self->op = self->child ? AWAIT : NOTHING;
}

AGEN_EXTERN(proc, self)
{
    AGEN_BEGIN(self);
    self->started++;
    AGEN_TRY(self) {
        while (self->steps-- > 0) {
            choose(self);
            if (self->op == PAUSE) {
                AGEN_PAUSE(self);
            } else if (self->op == SLEEP) {
                AGEN_SLEEP(self, self->time);
            } else if (self->op == SLEEP_UNTIL) {
                AGEN_SLEEP_UNTIL(self, self->deadline);
            } else if (self->op == WAIT) {
                AGEN_WAIT(self, &events[self->object]);
            } else if (self->op == CONDITION) {
                AGEN_WAIT_UNTIL(self, flag || draining);
            } else if (self->op == LOCK) {
                AGEN_ACQUIRE(self, &locks[self->object]);
                took(self, &locks_held[self->object], 1);
                sleep_with_it(self);
                AGEN_TRY(self) {
                    AGEN_SLEEP(self, self->time);
                } AGEN_FINALLY(self) {
                    gave(&locks_held[self->object], agen_release(&locks[self->object]));
                } AGEN_END_TRY(self);
            } else if (self->op == SEMAPHORE) {
                AGEN_ACQUIRE(self, &semaphores[self->object]);
                took(self, &permits_held[self->object], PERMITS);
                sleep_with_it(self);
                AGEN_TRY(self) {
                    AGEN_SLEEP(self, self->time);
                } AGEN_FINALLY(self) {
                    gave(&permits_held[self->object], agen_release(&semaphores[self->object]));
                } AGEN_END_TRY(self);
            } else if (self->op == PUT) {
                AGEN_PUT(self, &queues[self->object], next_item(self->object));
            } else if (self->op == GET) {
                AGEN_GET(self, &queues[self->object], self->item);
                if (agen_status(self) == AGEN_YIELDED)
                    take_item(self->object, self->item);
                else
                    CHECK(closed[self->object]);
            } else if (self->op == ITEM) {
                AGEN_NEXT(self, &queues[self->object]); /* refused, while another is at it */
                if (agen_status(self) == AGEN_YIELDED)
                    take_item(self->object, queues[self->object].value);
                else
                    CHECK(closed[self->object]);
            } else if (self->op == JOIN) {
                AGEN_JOIN(self, self->joined);
            } else if (self->op == AWAIT) {
                AGEN_AWAIT(self, self->child);
            } else if (self->op == TRY_AWAIT) {
                AGEN_TRY(self) {
                    AGEN_AWAIT(self, self->child);
                } AGEN_EXCEPT_ANY(self) {
                    if (!swallows(self))
                        AGEN_RAISE(self, agen_error(self));
                } AGEN_END_TRY(self);
            } else if (self->op == TIMEOUT) {
                AGEN_TRY(self) {
                    AGEN_TIMEOUT(self, &self->limit, self->time) {
                        enter_timeout(self);
                        AGEN_AWAIT(self, self->child);
                    } AGEN_END_TIMEOUT(self);
                    self->in_timeout = false;
                } AGEN_EXCEPT(self) {
                    self->in_timeout = false;
                    seen[EXPIRED] += agen_expired(&self->limit);
                    if (agen_error(self) != AGEN_E_TIMEOUT)
                        AGEN_RAISE(self, agen_error(self));
                } AGEN_END_TRY(self);
            } else if (self->op == GROUP) {
                AGEN_TRY(self) {
                    AGEN_GROUP(self, &self->group) {
                        spawn_members(self);
                        AGEN_AWAIT(self, self->child);
                    } AGEN_END_GROUP(self);
                } AGEN_FINALLY(self) {
                    check_group_over(self);
                } AGEN_END_TRY(self);
            } else if (self->op == RACE) {
                AGEN_TRY(self) {
                    AGEN_RACE(self, &self->group) {
                        spawn_members(self);
                        AGEN_AWAIT(self, self->child);
                    } AGEN_END_RACE(self);
                } AGEN_FINALLY(self) {
                    check_group_over(self);
                } AGEN_END_TRY(self);
            } else if (self->op == FEED) {
                AGEN_FOR_CLOSING(self, &self->feed) {
                    if (one_in(4))
                        break;
                    AGEN_PAUSE(self);
                } AGEN_END_FOR(self);
            } else if (self->op == STEPS_OF_FEED) {
                AGEN_TRY(self) {
                    AGEN_NEXT(self, &self->feed);
                } AGEN_FINALLY(self) {
                    AGEN_CLOSE(self, &self->feed);
                } AGEN_END_TRY(self);
            } else if (self->op == RAISE) {
                AGEN_RAISE(self, -1 - (int)random_below(5));
            } else if (self->op == RETURN) {
                AGEN_RETURN(self);
            }
            go_on(self);
        }
    } AGEN_EXCEPT_ANY(self) {
        self->op = NOTHING;
        note(agen_error(self));
        if (!swallows(self))
            AGEN_RAISE(self, agen_error(self));
    } AGEN_FINALLY(self) {
        enter_finally(self);
        if (self->op == PAUSE)
            AGEN_PAUSE(self);
        else if (self->op == SLEEP)
            AGEN_SLEEP(self, self->time);
        else if (self->op == AWAIT)
            AGEN_AWAIT(self, self->child);
        go_on(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* --- The books -------------------------------------------------------------------------------- */

static bool suspended(const struct proc *p)
{
    return p->started && !agen_done(p);
}

/* Does anybody wait for this object of this kind? */
static bool awaited(int op, int object)
{
    int i;

    for (i = 0; i < procs_made; i++)
        if (suspended(&procs[i]) && procs[i].op == op && procs[i].object == object)
            return true;
    return false;
}

static void earlier(agen_ticks *least, agen_ticks deadline)
{
    agen_ticks ahead = (agen_ticks)(deadline - ticks);

    if (ahead > AGEN_FOREVER / 2)
        ahead = 0;
    if (ahead < *least)
        *least = ahead;
}

/* How long nothing will be ready, where nothing is. */
static agen_ticks model_idle(void)
{
    agen_ticks least = AGEN_FOREVER;
    int i;

    for (i = 0; i < procs_made; i++) {
        const struct proc *p = &procs[i];

        if (p->feed.sleeping && !agen_done(&p->feed))
            earlier(&least, p->feed.deadline);
        if (!suspended(p))
            continue;
        if (p->op == SLEEP || p->op == SLEEP_UNTIL)
            earlier(&least, p->deadline);
        if (p->in_timeout && !agen_expired(&p->limit))
            earlier(&least, p->limit_deadline);
    }
    return least;
}

static void check_gates(int object)
{
    int permits = 0, i;
    bool is_free = agen_try_acquire(&locks[object]);

    CHECK_INT(is_free, !locks_held[object]);
    CHECK(!is_free || !awaited(LOCK, object));
    if (is_free)
        CHECK_INT(agen_release(&locks[object]), AGEN_DONE);
    while (agen_try_acquire(&semaphores[object]))
        permits++;
    CHECK_INT(permits + permits_held[object], PERMITS);
    CHECK(!permits || !awaited(SEMAPHORE, object));
    for (i = 0; i < permits; i++)
        CHECK_INT(agen_release(&semaphores[object]), AGEN_DONE);
}

/* Nothing is ready: nobody may wait for what is to be had. */
static void check_quiet(void)
{
    int wrong = 0, i;

    CHECK(agen_loop_idle_ticks(&loop) == model_idle());
    for (i = 0; i < OBJECTS; i++) {
        check_gates(i);
        CHECK(!(awaited(GET, i) || awaited(ITEM, i))
              || (!closed[i] && agen_queue_count(&queues[i]) == 0));
        CHECK(!awaited(PUT, i) || (!closed[i] && agen_queue_count(&queues[i]) == 2));
        CHECK(!awaited(WAIT, i) || !agen_event_is_set(&events[i]));
    }
    for (i = 0; i < procs_made; i++)
        if (suspended(&procs[i]) && procs[i].op == JOIN)
            wrong += agen_task_status(procs[i].joined) != AGEN_PENDING;
    CHECK_INT(wrong, 0);
}

/* --- Each task in one place: a list of waiters, the ready queue or the tree of timers --------- */

static int misplaced;

static void visit(const agen_task *task, int state)
{
    misplaced += state == AGEN_TASK_READY_ ? !agen_is_ready_(&task->entry_.base_)
                                           : task->entry_.base_.state_ != state
                                                 || task->entry_.base_.flags_ & AGEN_CANCEL_;
    procs[((const char *)task - (const char *)procs) / (ptrdiff_t)sizeof *procs].places++;
}

static void visit_list(const struct agen_list_ *list)
{
    const struct agen_node_ *node = list->first_, *next;
    int most = POOL;

    if (node)
        do {
            next = node->next_;
            misplaced += node->list_ != list;
            misplaced += next->previous_ != node;
            visit(node->task_, AGEN_TASK_WAITING_);
        } while ((node = next) != list->first_ && --most > 0);
    misplaced += !most;
}

/* From left to right; answers the last one. */
static const struct agen_entry_ *visit_timers(const struct agen_entry_ *top,
                                              const struct agen_entry_ *before)
{
    if (!top)
        return before;
    misplaced += top->place_.timer_.left_ && top->place_.timer_.left_->place_.timer_.parent_ != top;
    misplaced += top->place_.timer_.right_ && top->place_.timer_.right_->place_.timer_.parent_ != top;
    before = visit_timers(top->place_.timer_.left_, before);
    if (before)
        misplaced += (agen_ticks)(top->place_.timer_.deadline_ - loop.last_)
                     < (agen_ticks)(before->place_.timer_.deadline_ - loop.last_);
    else
        misplaced += loop.next_timer_ != top;
    if (top->base_.state_ != AGEN_TIMEOUT_)
        visit((const agen_task *)(const void *)top, AGEN_TASK_SLEEPING_);
    return visit_timers(top->place_.timer_.right_, top);
}

static void check_places(void)
{
    const struct agen_entry_ *sleeper;
    int most = 2 * POOL, i;

    misplaced = 0;
    for (i = 0; i < procs_made; i++)
        procs[i].places = 0;
    for (i = 0; i < OBJECTS; i++) {
        visit_list(&events[i].list_);
        visit_list(&locks[i].permits_.list_);
        visit_list(&semaphores[i].permits_.list_);
        visit_list(&queues[i].queue_.items_.list_);
        visit_list(&queues[i].queue_.room_.list_);
    }
    for (i = 0; i < procs_made; i++) {
        visit_list(&procs[i].task.joiners_);
        visit_list(&procs[i].group.entry_.place_.group_.list_);
    }
    misplaced += loop.pass_ != NULL;
    for (sleeper = loop.ready_; sleeper && --most > 0; sleeper = sleeper->place_.ready_.next_)
        if (sleeper->base_.state_ == AGEN_GROUP_)
            misplaced += !(sleeper->base_.flags_ & AGEN_GROUP_QUEUED_);
        else
            visit((const agen_task *)(const void *)sleeper, AGEN_TASK_READY_);
    misplaced += visit_timers(loop.timers_, NULL)
                 != (loop.timers_ ? loop.timers_->place_.timer_.parent_ : NULL);
    for (i = 0; i < procs_made; i++)
        misplaced += procs[i].places
                     != (procs[i].spawned && agen_task_status(&procs[i].task) == AGEN_PENDING);
    CHECK_INT(misplaced, 0);
}

/* "The first error of a child cancels the others", in a race the first that ends. */
static void check_groups(void)
{
    int wrong = 0, i, j;

    for (i = 0; i < procs_made; i++) {
        bool decided = false, spared = false;

        /* One that has just been decided acts when its turn comes. */
        if (!procs[i].in_group || (procs[i].group.entry_.base_.flags_ & AGEN_GROUP_QUEUED_))
            continue;
        for (j = 0; j < procs_made; j++) {
            const agen_task *task = &procs[j].task;
            int status;

            if (!procs[j].spawned || procs[j].of != &procs[i].group)
                continue;
            status = agen_task_status(task);
            if (status == AGEN_PENDING)
                spared = spared || !(task->entry_.base_.flags_ & AGEN_CANCELS_);
            else
                decided = decided || procs[i].op == RACE
                          || (status < 0 && status != AGEN_E_CANCELLED);
        }
        wrong += decided && spared;
    }
    CHECK_INT(wrong, 0);
}

static void check_books(void)
{
    const agen_task *task = loop.tasks_;
    int alive = 0, listed = 0, wrong = 0, i;

    for (i = 0; i < procs_made; i++) {
        const struct proc *p = &procs[i];

        alive += p->spawned && agen_task_status(&p->task) == AGEN_PENDING;
        wrong += p->started > 1 || p->finallys > p->started;
        wrong += p->started && agen_done(p) && !p->finallys;
    }
    CHECK_INT(wrong, 0);
    if (task)
        do
            listed++;
        while ((task = task->next_) != loop.tasks_);
    CHECK_INT(listed, alive);
    for (i = 0; i < OBJECTS; i++)
        CHECK_INT(agen_queue_count(&queues[i]), items_put[i] - items_got[i]);
    check_places();
    check_groups();
    if (loop.ready_ || loop.wakeups_)
        CHECK_INT(agen_loop_idle_ticks(&loop), 0);
    else
        check_quiet();
}

/* All has ended: each finally whose try was entered has run once, and nothing is held. */
static void check_end(void)
{
    int wrong = 0, i;

    CHECK(loop.tasks_ == NULL && loop.timers_ == NULL && loop.ready_ == NULL);
    CHECK(agen_loop_idle_ticks(&loop) == AGEN_FOREVER);
    for (i = 0; i < procs_made; i++) {
        wrong += procs[i].finallys != procs[i].started;
        wrong += procs[i].started && !agen_done(&procs[i]);
        wrong += procs[i].feed.finallys != procs[i].feed.started;
        wrong += procs[i].in_group;
        /* What its own timeouts and groups cancelled they have taken back. */
        wrong += procs[i].spawned && !procs[i].cancelled
                 && (procs[i].task.entry_.base_.flags_ & AGEN_CANCELS_);
    }
    CHECK_INT(wrong, 0);
    for (i = 0; i < OBJECTS; i++)
        CHECK(!locks_held[i] && !permits_held[i]);
}

/* --- One seed --------------------------------------------------------------------------------- */

static void count_failure(agen_loop *of, agen_task *task, int error)
{
    CHECK(of == &loop);
    CHECK_INT(agen_task_status(task), error);
    CHECK(error < 0 && error != AGEN_E_CANCELLED);
    hook_calls++;
    note(error);
}

static void make_world(uint32_t seed)
{
    int i;

    random_state = seed * 2654435761u + 1;
    if (!random_state)
        random_state = 1;
    digest = 2166136261u;
    draining = false;
    flag = false;
    procs_made = hook_calls = 0;
    memset(events, 0, sizeof events);
    memset(locks, 0, sizeof locks);
    for (i = 0; i < OBJECTS; i++) {
        agen_semaphore_init(&semaphores[i], PERMITS);
        agen_queue_init(&queues[i]);
        locks_held[i] = permits_held[i] = items_put[i] = items_got[i] = 0;
        closed[i] = false;
    }
    begin_at((agen_ticks)(0 - random_below(100))); /* the clock will wrap */
    memset(last_turn, 0, sizeof last_turn);
    turns = 0;
    last_deadline = ticks;
    loop.error = count_failure;
    for (i = 0; i < 4; i++)
        spawn_one(new_proc(0), NULL);
}

static void advance(void)
{
    agen_ticks ahead = agen_loop_idle_ticks(&loop);

    if (ahead == AGEN_FOREVER)
        act(NULL, SPAWN, 0);
    else
        ticks = (agen_ticks)(ticks + (one_in(3) ? random_below(10) : ahead));
}

static uint32_t run_seed(uint32_t seed)
{
    int pass, op, i;

    make_world(seed);
    for (pass = 0; pass < PASSES; pass++) {
        if (one_in(3)) {
            op = OPS + (int)random_below(ALL_OPS - OPS);
            act(NULL, op, (int)random_below(OBJECTS));
        }
        note(agen_loop_poll(&loop));
        check_books();
        if (!loop.ready_)
            advance();
    }
    draining = true;
    for (i = 0; i < procs_made; i++)
        if (agen_task_status(&procs[i].task) == AGEN_PENDING)
            procs[i].cancelled = true;
    pass = 0;
    do {
        agen_loop_cancel_all(&loop);
        (void)agen_loop_poll(&loop);
        check_books();
    } while (loop.tasks_ && ++pass < 20 * DEPTH);
    check_end();
    note((int)ticks);
    note(hook_calls);
    return digest;
}

int main(int argc, char **argv)
{
    uint32_t first = argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 0) : 1;
    uint32_t count = argc > 2 ? (uint32_t)strtoul(argv[2], NULL, 0) : argc > 1 ? 1 : CHECK_ROUNDS(300, 60);
    uint32_t seed, once, all = 0;
    int i;

    for (seed = first; seed - first < count && !check_failed_; seed++) {
        once = run_seed(seed);
        all = (all ^ once) * 16777619u;
        CHECK(run_seed(seed) == once); /* replays identically */
        if (check_failed_)
            printf("seed %lu\n", (unsigned long)seed);
    }
    for (i = 0; i < ALL_OPS && count >= 300 && !check_failed_; i++)
        CHECK(drawn[i] > 0);
    for (i = 0; i < SIGHTS && count >= 300 && !check_failed_; i++)
        CHECK(seen[i] > 0);
    if (argc > 1)
        printf("digest %08lx\n", (unsigned long)all);
    return check_result();
}
