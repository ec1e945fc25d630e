/* SPDX-License-Identifier: 0BSD */
/*
 * Tasks that select among everything that a select can wait for, under timeouts and cancellations,
 * while plain C and interrupts provide it, between passes and in the middle of them. A model has
 * the items of each queue and the permits that are held. Exactly one alternative is taken: where
 * one can be taken at once, the first in the text. Of the others nothing is taken: items come once
 * and in order, permits and the lock are conserved, and no alternative is left in a list.
 */
#include "agen.h"
#include "fuzz.h"

enum { WORKERS = 3, PERMITS = 2, CAPACITY = 2, BYTES = 2, MOST_INPUT = 1024 };
enum kind { EVENT, ITEM, ROOM, PERMIT, ENDED, NOTIFIED, BYTE, LOCK, TIME, KINDS, NONE };

typedef AGEN_QUEUE(uint8_t, CAPACITY) queue_of_bytes;

struct sleeper {
    AGEN_COROUTINE;
    agen_task task;
};

/* All objects that a select waits for: the shared ones, or those of a task that nobody provides. */
struct objects {
    agen_event event;
    queue_of_bytes in, out;
    agen_semaphore semaphore;
    agen_lock lock;
    struct sleeper sleeper;
    agen_condition condition;
    AGEN_PIPE(BYTES) pipe;
};

static struct objects shared;
static bool plain_c_locks; /* the shared lock */

static struct model {
    uint8_t items[CAPACITY];
    unsigned count, put;
} in, out;

static struct worker {
    AGEN_COROUTINE;
    bool wanted[KINDS], cancelled, selects, holds, locks, until;
    enum kind taken, expected;
    unsigned steps;
    uint8_t item;
    agen_ticks ticks, patience, deadline;
    struct objects never;
    agen_alternative a[TIME];
    agen_timeout limit;
    agen_task task;
} workers[WORKERS];

static agen_loop loop;
static agen_ticks ticks;

static void put(struct model *model, uint8_t item)
{
    MUST(model->count < CAPACITY);
    model->items[model->count++] = item;
    model->put++;
}

static uint8_t put_next(struct model *model)
{
    uint8_t item = (uint8_t)model->put;

    put(model, item);
    return item;
}

static void get(struct model *model, uint8_t item)
{
    MUST(model->count > 0 && model->items[0] == item);
    memmove(model->items, model->items + 1, --model->count);
}

static bool is_past(agen_ticks deadline)
{
    return (agen_ticks)(ticks - deadline) <= AGEN_FOREVER / 2;
}

/* Whether a select would take this one at once. */
static bool is_there(const struct worker *worker, enum kind kind)
{
    if (!worker->wanted[kind])
        return false;
    switch (kind) {
    case EVENT: return agen_event_is_set(&shared.event);
    case ITEM:
        (void)agen_queue_count(&shared.in);
        return shared.in.queue_.items_.free_ >= 0 || shared.in.queue_.wakeup_.of_.closed_;
    case ROOM: return shared.out.queue_.room_.free_ >= 0 || shared.out.queue_.wakeup_.of_.closed_;
    case PERMIT: return shared.semaphore.permits_.free_ >= 0;
    case ENDED: return agen_task_status(&shared.sleeper.task) != AGEN_PENDING;
    case BYTE: return agen_pipe_count(&shared.pipe) == BYTES;
    case LOCK: return shared.lock.permits_.free_ >= 0;
    case TIME: return is_past(worker->deadline);
    default: return false; /* an old notification */
    }
}

static bool is_quiet(void)
{
    return !loop.ready_ && !loop.pass_ && !loop.wakeups_;
}

/* How many permits of a gate are on their way to those that have been woken for them. */
static unsigned granted(const struct agen_permits_ *gate)
{
    unsigned count = 0;
    int i;

    for (i = 0; i < WORKERS; i++)
        count += workers[i].task.entry_.base_.state_ == AGEN_TASK_GRANTED_
                 && workers[i].task.entry_.place_.ready_.granted_ == gate;
    return count;
}

static void check(void)
{
    int held = (int)granted(&shared.semaphore.permits_), kind, i;
    int locked = (int)granted(&shared.lock.permits_) + plain_c_locks;

    MUST(agen_queue_count(&shared.in) == in.count);
    MUST(agen_queue_count(&shared.out) == out.count);
    for (i = 0; i < WORKERS; i++) {
        held += workers[i].holds;
        locked += workers[i].locks;
    }
    MUST(held + shared.semaphore.permits_.free_ + 1 == PERMITS);
    MUST(locked + shared.lock.permits_.free_ + 1 == 1);
    for (i = 0; i < WORKERS && is_quiet(); i++)
        for (kind = 0; kind < (loop.last_ == ticks ? KINDS : TIME) && workers[i].selects; kind++)
            if (workers[i].task.entry_.base_.state_ != AGEN_TASK_RUNNING_)
                MUST(!is_there(&workers[i], (enum kind)kind));
}

static void interrupt(void)
{
    uint8_t bytes[BYTES] = { 0 };

    switch (draw(6)) {
    case 1: agen_event_set_isr(&shared.event); break;
    case 2:
        if (agen_queue_put_isr(&shared.in, (uint8_t)in.put))
            (void)put_next(&in);
        break;
    case 3:
        if (agen_queue_put_isr(&shared.out, (uint8_t)out.put))
            (void)put_next(&out);
        break;
    case 4: agen_notify_isr(&shared.condition, draw(3)); break;
    case 5: (void)agen_pipe_write_isr(&shared.pipe, bytes, 1 + draw(2)); break;
    default: break;
    }
}

static agen_ticks now(void)
{
    interrupt();
    return ticks;
}

static void cancel(struct worker *worker)
{
    bool lives = agen_task_status(&worker->task) == AGEN_PENDING;

    MUST(agen_cancel(&worker->task) == lives);
    worker->cancelled = worker->cancelled || lives;
}

/* Of the loop's side, also in the middle of a pass. */
static void act(void)
{
    uint8_t item;

    switch (draw(10)) {
    case 1: agen_event_set(&shared.event); break;
    case 2: agen_event_clear(&shared.event); break;
    case 3:
        if (agen_try_put(&shared.in, (uint8_t)in.put))
            (void)put_next(&in);
        break;
    case 4:
        if (agen_try_get(&shared.out, item))
            get(&out, item);
        break;
    case 5: agen_notify(&shared.condition, draw(3)); break;
    case 6: (void)agen_cancel(&shared.sleeper.task); break;
    case 7: cancel(&workers[draw(WORKERS)]); break;
    case 8:
        if (draw(8) == 1)
            agen_queue_close(draw(2) ? &shared.in : &shared.out);
        break;
    case 9:
        if (!plain_c_locks)
            plain_c_locks = agen_try_acquire(&shared.lock);
        else
            plain_c_locks = agen_release(&shared.lock) != AGEN_DONE;
        break;
    default: interrupt();
    }
    check();
}

AGEN(sleeper, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, AGEN_FOREVER / 2);
    AGEN_END(self);
}

static void choose(struct worker *self)
{
    unsigned mask = draw(256) + 256 * draw(2);
    int kind;

    act();
    for (kind = 0; kind < KINDS; kind++)
        self->wanted[kind] = (mask >> kind & 1) != 0;
    if (self != workers)
        self->wanted[BYTE] = false; /* a pipe has one reader */
    self->ticks = self->wanted[TIME] ? (agen_ticks)draw(4) : AGEN_FOREVER;
    self->until = self->wanted[TIME] && draw(2);
    if (self->until && draw(2))
        self->ticks = (agen_ticks)0 - self->ticks; /* past already */
    self->patience = draw(3) ? AGEN_FOREVER : (agen_ticks)draw(4);
}

/* Right in front of the select: what is to be taken at once. */
static void start(struct worker *self)
{
    int kind;

    self->deadline = (agen_ticks)(ticks + self->ticks);
    self->selects = true;
    self->taken = self->expected = NONE;
    self->steps = 0;
    for (kind = KINDS - 1; kind >= 0; kind--)
        if (is_there(self, (enum kind)kind))
            self->expected = (enum kind)kind;
}

static void stop(struct worker *self)
{
    int i;

    for (i = 0; i < TIME && self->selects; i++)
        MUST(!self->a[i].node_.list_);
    self->selects = false;
}

static void take(struct worker *self, enum kind kind)
{
    MUST(self->selects && self->wanted[kind] && self->taken == NONE);
    self->taken = kind;
    if (self->steps == 0 && kind != NOTIFIED)
        MUST(kind == self->expected || self->expected == NONE || loop.wakeups_);
    if (kind == TIME)
        MUST(is_past(self->deadline));
    stop(self);
}

#define OF(kind) (self->wanted[kind] ? &shared : &self->never)

/* All alternatives but the time, which stands last. */
#define ALTERNATIVES \
    AGEN_ON_EVENT(self, &self->a[EVENT], &OF(EVENT)->event) { \
        take(self, EVENT); \
    } \
    AGEN_ON_GET(self, &self->a[ITEM], &OF(ITEM)->in, self->item) { \
        take(self, ITEM); \
        if (agen_status(self) == AGEN_YIELDED) \
            get(&in, self->item); \
        else \
            MUST(shared.in.queue_.wakeup_.of_.closed_ \
                 && in.count == granted(&shared.in.queue_.items_)); \
    } \
    AGEN_ON_PUT(self, &self->a[ROOM], &OF(ROOM)->out, put_next(&out)) { \
        take(self, ROOM); \
    } \
    AGEN_ON_ACQUIRE(self, &self->a[PERMIT], &OF(PERMIT)->semaphore) { \
        self->holds = true; \
        take(self, PERMIT); \
    } \
    AGEN_ON_END(self, &self->a[ENDED], &OF(ENDED)->sleeper.task) { \
        take(self, ENDED); \
        MUST(agen_task_status(&shared.sleeper.task) != AGEN_PENDING); \
    } \
    AGEN_ON_CONDITION(self, &self->a[NOTIFIED], &OF(NOTIFIED)->condition) { \
        take(self, NOTIFIED); \
    } \
    AGEN_ON_BYTES(self, &self->a[BYTE], &OF(BYTE)->pipe, BYTES) { \
        take(self, BYTE); \
        MUST(agen_pipe_consume(&shared.pipe, BYTES) == BYTES); \
    } \
    AGEN_ON_ACQUIRE(self, &self->a[LOCK], &OF(LOCK)->lock) { \
        self->locks = true; \
        take(self, LOCK); \
    }

AGEN(worker, self)
{
    if (self->selects && self->steps++ == 0) /* it had to wait: so nothing was there */
        MUST(self->expected == NONE || self->wanted[NOTIFIED]);
    AGEN_BEGIN(self);
    while (draw(8) != 0) {
        AGEN_TRY(self) {
            choose(self);
            AGEN_TIMEOUT(self, &self->limit, self->patience) {
                start(self);
                if (self->until) {
                    AGEN_SELECT(self)
                        ALTERNATIVES
                        AGEN_ON_DEADLINE(self, self->deadline) {
                            take(self, TIME);
                        }
                    AGEN_END_SELECT(self);
                } else {
                    AGEN_SELECT(self)
                        ALTERNATIVES
                        AGEN_ON_TIMEOUT(self, self->ticks) {
                            take(self, TIME);
                        }
                    AGEN_END_SELECT(self);
                }
                MUST(self->taken != NONE);
                while (draw(3) == 1)
                    AGEN_PAUSE(self);
            } AGEN_END_TIMEOUT(self);
        } AGEN_EXCEPT_ANY(self) {
            MUST(!self->selects || self->taken == NONE);
            if (agen_error(self) == AGEN_E_CANCELLED)
                MUST(self->cancelled);
            else if (agen_error(self) == AGEN_E_TIMEOUT)
                MUST(agen_expired(&self->limit));
            else
                MUST(agen_error(self) == AGEN_E_CLOSED && self->wanted[ROOM]
                     && shared.out.queue_.wakeup_.of_.closed_);
        } AGEN_FINALLY(self) {
            stop(self);
            if (self->holds) {
                self->holds = false;
                MUST(agen_release(&shared.semaphore) == AGEN_DONE);
            }
            if (self->locks) {
                self->locks = false;
                MUST(agen_release(&shared.lock) == AGEN_DONE);
            }
        } AGEN_END_TRY(self);
        AGEN_PAUSE(self);
    }
    AGEN_END(self);
}

static void make_objects(struct objects *objects, int permits)
{
    memset(objects, 0, sizeof *objects);
    agen_queue_init(&objects->in);
    agen_queue_init(&objects->out);
    agen_semaphore_init(&objects->semaphore, permits);
    agen_pipe_init(&objects->pipe);
    agen_init(&objects->sleeper, sleeper);
    MUST(agen_spawn(&loop, &objects->sleeper.task, &objects->sleeper) == AGEN_DONE);
}

static void spawn(struct worker *worker)
{
    if (agen_task_status(&worker->task) == AGEN_PENDING)
        return;
    agen_init(worker, worker);
    worker->cancelled = worker->selects = false;
    MUST(agen_spawn(&loop, &worker->task, worker) == AGEN_DONE);
}

static void settle(void)
{
    size_t passes = 2 * input_size + 40;

    while (!is_quiet()) {
        MUST(passes-- > 0);
        (void)agen_loop_poll(&loop);
        check();
    }
}

static agen_ticks no_interrupt(void)
{
    return ticks;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int i;

    input = data;
    input_size = size < MOST_INPUT ? size : MOST_INPUT;
    ticks = draw(2) ? AGEN_FOREVER - 9 : 0;
    agen_loop_init(&loop, no_interrupt);
    make_objects(&shared, PERMITS);
    memset(&in, 0, sizeof in);
    memset(&out, 0, sizeof out);
    plain_c_locks = false;
    memset(workers, 0, sizeof workers);
    for (i = 0; i < WORKERS; i++) {
        make_objects(&workers[i].never, 0);
        while (agen_try_put(&workers[i].never.out, 0))
            continue;
        MUST(agen_try_acquire(&workers[i].never.lock));
    }
    loop.now_ = now;
    while (input_size > 0) {
        switch (draw(6)) {
        case 0: (void)agen_loop_poll(&loop); break;
        case 1: settle(); break;
        case 2: ticks += draw(4); break;
        case 3: act(); break;
        case 4:
            if (agen_task_status(&shared.sleeper.task) != AGEN_PENDING && !workers[0].selects
                && !workers[1].selects && !workers[2].selects) {
                agen_init(&shared.sleeper, sleeper);
                (void)agen_spawn(&loop, &shared.sleeper.task, &shared.sleeper);
            }
            break;
        default: spawn(&workers[draw(WORKERS)]);
        }
        check();
    }
    for (i = 0; i < WORKERS; i++) {
        cancel(&workers[i]);
        (void)agen_cancel(&workers[i].never.sleeper.task);
    }
    (void)agen_cancel(&shared.sleeper.task);
    settle();
    MUST(!loop.tasks_ && !loop.timers_);
    return 0;
}
