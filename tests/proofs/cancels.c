/* SPDX-License-Identifier: 0BSD */
/*
 * PROVES: cancels: a cancellation that was counted is delivered at a wait, once, also when several
 *         are delivered as one, or it ends its task; it stays counted, unless it is one of a
 *         timeout or a group, which take back theirs at the end of their block, once; a timeout
 *         raises AGEN_E_TIMEOUT, and a group its child's error, if the cancellation was their own
 *         and no other came inside; one that came from outside goes on, or is sent again after an
 *         error that wins; a group acts after all that were ready when its child ended, and cancels
 *         its block once, unless that was left before
 * BOUND: all sequences of pauses, spawns, errors, cancellations by oneself and by others, timeouts
 *        that expire, blocks that are entered and left, and handlers that go on or raise, however
 *        long, of a task with a block OUTER (timeout, group or race) and one INNER inside of it
 *        (LEVELS=1: with one block of any kind, and waits that are not pauses) and two children,
 *        each in one of the two (CHILD_LEVELS=1: and with a timeout of its own); no task does more
 *        than MOVES of these in one step, waits apart; counts do not wrap
 * RUN: -DLEVELS=1 -DMOVES=3 -DCHILDREN_WAIT=1
 * RUN: -DLEVELS=1 -DMOVES=1 -DCHILD_LEVELS=1
 * RUN: -DOUTER=LIMIT -DINNER=LIMIT -DMOVES=3
 * RUN: -DOUTER=LIMIT -DINNER=GROUP -DMOVES=2
 * RUN: -DOUTER=LIMIT -DINNER=RACE -DMOVES=1
 * RUN: -DOUTER=GROUP -DINNER=LIMIT -DMOVES=2
 * RUN: -DOUTER=GROUP -DINNER=GROUP -DMOVES=1
 * RUN: -DOUTER=RACE -DINNER=GROUP -DMOVES=1
 * FLAGS: -O2 -fno-sanitize=address,undefined
 * BREAKS: s/^        agen_ready_append_(agen_group_parent_(group)->loop_, &group->entry_);$/        base->flags_ \&= 31; agen_group_abort_(group);/
 * BREAKS: s/^    limit->entry_.base_.flags_ = (uint8_t)(driver.*$/    limit->entry_.base_.flags_ = 0;/
 * BREAKS: s/^    group->cancels_ = (uint8_t)(driver->flags_ & AGEN_CANCELS_);$/    group->cancels_ = 0;/
 * BREAKS: s/agen_uncancel_(limit->task_, base->flags_)/true/
 * BREAKS: s/^    if ((base->flags_ & AGEN_GROUP_REACHED_)) {$/    if (0) {/
 * BREAKS: s/^    if ((\*flags & (AGEN_GROUP_INSIDE_ | AGEN_GROUP_RACE_)) == .*$/    if (!(*flags \& AGEN_GROUP_RACE_)) {/
 * BREAKS: s/^    if (group->live_ || (base->flags_ & AGEN_GROUP_QUEUED_))$/    if (group->live_)/
 * BREAKS: s/^    if (!(cancels & AGEN_CANCEL_))$/    if (1)/
 * BREAKS: s/^    if (driver->flags_ & AGEN_CANCEL_) .*$/    if (0)/
 * BREAKS: s/^        task->entry_.base_.flags_ |= AGEN_CANCEL_;.*$/        (void)0;/
 * BREAKS: /^static .* agen_task_run_/,/^}/s/base->flags_ &= (uint8_t)~AGEN_CANCEL_;$/(void)0;/
 * BREAKS: s/^        agen_interrupt_(task); .* it cancelled itself .*$/        (void)0;/
 */
#include "clients.h"

#ifndef LEVELS
#define LEVELS 2
#endif
enum { TASKS = 3, PARENT = 0 };
#ifndef MOVES
#define MOVES 2
#endif
#ifndef CHILD_LEVELS
#define CHILD_LEVELS 0
#endif
#ifndef CHILDREN_WAIT
#define CHILDREN_WAIT 0
#endif
#ifndef OUTER
#define OUTER 0
#define INNER 0
#endif

enum kind { LIMIT = 1, GROUP, RACE };
enum move { PAUSES, WAITS, RAISES, CANCELS_ITSELF, LEAVES, SPAWNS, ENTERS };

/* What a task does in a block, or outside of all. It has one block itself, or at the end none. */
struct client {
    AGEN_COROUTINE;
    uint8_t id, level, move, kind;
    agen_timeout limit;
    agen_group group;
};

/* What should be known of a block. */
struct block {
    uint8_t kind;
    bool inside;      /* not at its end */
    uint8_t pending;  /* whose cancellations waited for delivery when it was entered */
    uint8_t others;   /* cancellations counted inside that nobody takes back */
    bool sent, early; /* its own, not taken back; counted before the inner block was entered */
    bool decided, queued, aborted; /* of a group */
    uint8_t outside;  /* whose cancellations came out of it, or to its end */
    int16_t error, reason;
};

static struct world {
    agen_loop loop;
    agen_task tasks[TASKS];
    struct client clients[TASKS][LEVELS + 1];
    agen_event events[TASKS];
    struct block blocks[TASKS][2];
    uint8_t depth[TASKS];
    uint8_t others[TASKS]; /* outside of all blocks */
    uint8_t due[TASKS];    /* whose cancellations have not been delivered */
    bool started[TASKS];
    uint8_t child_of[TASKS]; /* the block of the parent, counted from 1 */
    /* During a step: */
    bool delivering, ended;
    int expected;    /* what is on its way */
    uint8_t carried; /* whose cancellations that is, if it is one */
    uint8_t moves;
} world;
static agen_loop *const loop = &world.loop;

static bool lives(unsigned id)
{
    return agen_task_status(&world.tasks[id]) == AGEN_PENDING;
}

static struct block *innermost(unsigned id)
{
    return world.depth[id] ? &world.blocks[id][world.depth[id] - 1] : NULL;
}

/* Whose cancellation: a block's, or of one who does not take it back. */
enum { OTHERS = 1 };
static uint8_t of_block(unsigned level)
{
    return (uint8_t)(2 << level);
}

static void counted(unsigned id)
{
    struct block *block = innermost(id);

    world.due[id] |= OTHERS;
    if (block)
        block->others++;
    else
        world.others[id]++;
}

/* By a block, which does. */
static void send(unsigned id, unsigned level)
{
    struct block *block = &world.blocks[id][level];

    ASSERT(block->inside && !block->sent);
    block->sent = true;
    world.due[id] |= of_block(level);
}

static unsigned count_of(unsigned id, unsigned levels)
{
    unsigned count = world.others[id], i;

    for (i = 0; i < levels; i++)
        count += world.blocks[id][i].others + world.blocks[id][i].sent;
    return count;
}

/* At the entry of a block. For a group, one that waited for delivery then comes inside. */
static unsigned baseline(unsigned id, unsigned level)
{
    const struct block *outer = &world.blocks[id][0], *block = &world.blocks[id][level];

    return count_of(id, level) - (level > 0 && outer->sent && !outer->early)
           - (block->kind != LIMIT && block->pending != 0);
}

/* What a block remembers of it. */
static uint8_t remembered(unsigned id, unsigned level)
{
    const struct block *block = &world.blocks[id][level];

    return (uint8_t)(baseline(id, level) * AGEN_CANCELS_ONE_
                     + (block->kind == LIMIT && block->pending ? AGEN_CANCEL_ : 0));
}

static void abort_children(struct block *block)
{
    unsigned i;

    for (i = 0; i < TASKS && !block->aborted; i++)
        if (world.child_of[i] && block == &world.blocks[PARENT][world.child_of[i] - 1])
            counted(i);
    block->aborted = true;
}

static bool is_over(const struct block *block)
{
    unsigned i;

    for (i = 0; i < TASKS; i++)
        if (world.child_of[i] && block == &world.blocks[PARENT][world.child_of[i] - 1])
            return false;
    return !block->queued;
}

/* The block has ended, and is forgotten. */
static void pop(unsigned id, int status)
{
    struct block *block = innermost(id);
    uint8_t others = block->others;

    if (status != AGEN_E_CANCELLED)
        world.due[id] |= block->outside;
    world.carried = block->outside;
    world.expected = status;
    memset(block, 0, sizeof *block);
    if (--world.depth[id]) {
        innermost(id)->others = (uint8_t)(innermost(id)->others + others);
        innermost(id)->early = false;
    } else {
        world.others[id] = (uint8_t)(world.others[id] + others);
    }
}

static void at_end(unsigned id, int signal)
{
    struct block *block = innermost(id);

    if (signal == AGEN_E_CANCELLED)
        block->outside |= world.carried;
    if (signal < 0 && block->reason == 0)
        block->reason = (int16_t)signal;
    if (signal < 0)
        abort_children(block);
    if (is_over(block))
        pop(id, block->error ? block->error : block->reason);
}

static void entered(struct client *self)
{
    unsigned level = world.depth[self->id]++;
    struct block *block = &world.blocks[self->id][level];

    block->kind = self->kind;
    block->inside = true;
    block->pending = world.due[self->id];
    if (level > 0)
        world.blocks[self->id][0].early = world.blocks[self->id][0].sent;
}

/* Whose cancellations have come inside of a block, but for its own. */
static uint8_t inside_of(unsigned id, unsigned level)
{
    const struct block *block = &world.blocks[id][level], *outer = &world.blocks[id][0];
    bool of_outer = level > 0 && outer->sent && !outer->early;

    return (uint8_t)((block->others ? OTHERS : 0) | block->pending | (of_outer ? of_block(0) : 0));
}

/*
 * A block takes back its own cancellation. Where others have come inside, they are what goes on:
 * also if they have been caught, since that takes nothing back.
 */
static uint8_t without(uint8_t whose, unsigned id, unsigned level)
{
    uint8_t own = of_block(level);

    return (uint8_t)((whose & ~own) | (whose & own ? inside_of(id, level) : 0));
}

static void leaves(struct client *self, int status)
{
    unsigned id = self->id, level = self->level;
    struct block *block = innermost(id);
    bool alone;

    ASSERT(status == world.expected || status == 0);
    block->inside = false;
    if (block->sent) {
        block->sent = false;
        alone = count_of(id, level + 1) == baseline(id, level);
        world.due[id] = without(world.due[id], id, level);
        world.carried = without(world.carried, id, level);
        if (alone && status == AGEN_E_CANCELLED)
            status = block->kind == LIMIT ? (int)AGEN_E_TIMEOUT : 0;
    }
    if (!world.carried) /* raised by itself, as a race does with that of a child */
        world.carried = inside_of(id, level);
    if (block->kind == LIMIT)
        pop(id, status);
    else
        at_end(id, status);
}

/* What came out of a block, or into a handler. */
static void arrived(int status)
{
    ASSERT(status == world.expected);
    world.expected = 0;
}

static void resumed(int status)
{
    ASSERT(status == (world.delivering ? (int)AGEN_E_CANCELLED : 0));
    world.delivering = false;
    world.expected = status;
}

/* A child to be, or none. */
static unsigned idle(void)
{
    unsigned id;

    for (id = PARENT + 1; id < TASKS && lives(id); id++)
        ;
    return id;
}

static bool can(struct client *self, unsigned move)
{
    int kind;
    struct block *block = innermost(self->id);

    if (move <= WAITS)
        return move == PAUSES || self->id == PARENT || CHILDREN_WAIT;
    if (world.moves == MOVES)
        return false;
    switch (move) {
    case CANCELS_ITSELF: return !world.due[self->id];
    case SPAWNS: return block && block->kind != LIMIT && !block->aborted && idle() < TASKS;
    case RAISES:
    case LEAVES: return true;
    default:
        if (self->id != PARENT)
            return move - ENTERS + 1 == LIMIT && self->level + 1 <= CHILD_LEVELS;
        kind = self->level ? INNER : OUTER;
        if (kind != 0 && move - ENTERS + 1 != (unsigned)kind)
            return false;
        return self->level < LEVELS;
    }
}

/* What it does next. */
static enum move choose(struct client *self)
{
    unsigned moves[ENTERS + RACE], count = 0, i;

    ASSERT(self->level == world.depth[self->id]);
    for (i = 0; i < ENTERS + RACE; i++)
        if (can(self, i))
            moves[count++] = i;
    i = moves[any(count)];
    if (i > WAITS)
        world.moves++;
    self->kind = i >= ENTERS ? (uint8_t)(i - ENTERS + 1) : 0;
    self->move = i > ENTERS ? ENTERS : (uint8_t)i;
    return (enum move)self->move;
}

static void gone(struct client *self)
{
    if (self->level == 0) {
        ASSERT(world.depth[self->id] == 0);
        world.ended = true;
    }
}

static void client_spawn(unsigned id, agen_group *group);

static void raises(int error)
{
    world.expected = error;
}

/* At what does not wait. */
static void act(struct client *self)
{
    if (self->move == CANCELS_ITSELF) {
        ASSERT(agen_cancel(&world.tasks[self->id]));
        counted(self->id);
    } else {
        client_spawn(idle(), &(self - 1)->group);
    }
}

AGEN_DECLARE(client);

static agen_t *inner(struct client *self)
{
    agen_init(self + 1, client);
    return (agen_t *)(self + 1);
}

AGEN_EXTERN(client, self, gone)
{
    AGEN_BEGIN(self);
    world.started[self->id] = true;
    while (choose(self) != LEAVES) {
        AGEN_TRY(self) {
            if (self->move <= WAITS) {
                AGEN_TRY(self) {
                    if (self->move == PAUSES)
                        AGEN_PAUSE(self);
                    else
                        AGEN_WAIT(self, &world.events[self->id]);
                    resumed(0);
                } AGEN_EXCEPT_ANY(self) {
                    resumed(agen_error(self));
                    AGEN_RAISE(self, agen_error(self));
                } AGEN_END_TRY(self);
            } else if (self->move == RAISES) {
                raises(-1);
                AGEN_RAISE(self, -1);
            } else if (self->move < ENTERS) {
                act(self);
            } else if (self->kind == LIMIT) {
                AGEN_TIMEOUT(self, &self->limit, 1) {
                    AGEN_TRY(self) {
                        entered(self);
                        AGEN_AWAIT(self, inner(self));
                    } AGEN_FINALLY(self) {
                        leaves(self, agen_error(self));
                    } AGEN_END_TRY(self);
                } AGEN_END_TIMEOUT(self);
                arrived(0);
            } else if (self->kind == GROUP) {
                AGEN_GROUP(self, &self->group) {
                    AGEN_TRY(self) {
                        entered(self);
                        AGEN_AWAIT(self, inner(self));
                    } AGEN_FINALLY(self) {
                        leaves(self, agen_error(self));
                    } AGEN_END_TRY(self);
                } AGEN_END_GROUP(self);
                arrived(0);
            } else {
                AGEN_RACE(self, &self->group) {
                    AGEN_TRY(self) {
                        entered(self);
                        AGEN_AWAIT(self, inner(self));
                    } AGEN_FINALLY(self) {
                        leaves(self, agen_error(self));
                    } AGEN_END_TRY(self);
                } AGEN_END_RACE(self);
                arrived(0);
            }
        } AGEN_EXCEPT_ANY(self) {
            arrived(agen_error(self));
            if (maybe()) {
                raises(agen_error(self));
                AGEN_RAISE(self, agen_error(self));
            }
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

static void client_init(unsigned id)
{
    unsigned level;

    for (level = 0; level <= LEVELS; level++) {
        struct client *client = &world.clients[id][level];

        memset(client, 0, sizeof *client);
        client->id = (uint8_t)id;
        client->level = (uint8_t)level;
    }
}

static void client_spawn(unsigned id, agen_group *group)
{
    struct client *client = world.clients[id];

    client_init(id);
    agen_init(client, client);
    if (group) {
        ASSERT(agen_group_spawn(group, &world.tasks[id], client) == AGEN_DONE);
        world.child_of[id] = world.depth[PARENT];
    } else {
        ASSERT(agen_spawn(loop, &world.tasks[id], client) == AGEN_DONE);
    }
    world.others[id] = 0;
    world.due[id] = 0;
    world.started[id] = false;
}

static void child_ended(unsigned id, int status)
{
    unsigned level = world.child_of[id] - 1u;
    struct block *block = &world.blocks[PARENT][level];
    bool failed = status < 0 && status != AGEN_E_CANCELLED;

    world.child_of[id] = 0;
    if (!block->decided
        && (block->aborted ? failed && block->reason == AGEN_E_CANCELLED
                           : failed || block->kind == RACE)) {
        block->decided = block->queued = true;
        block->error = (int16_t)status;
        ASSERT(loop->ready_end_ == &world.clients[PARENT][level].group.entry_.place_.ready_.next_);
    }
}

static void run_task(unsigned id)
{
    struct block *block = innermost(id);
    int status;

    world.delivering = world.due[id] != 0;
    world.carried = world.due[id];
    world.due[id] = 0;
    if (block && !block->inside) {
        at_end(id, world.delivering ? (int)AGEN_E_CANCELLED : 0);
        world.delivering = false;
    } else if (!world.started[id] && world.delivering) {
        world.expected = AGEN_E_CANCELLED;
        world.delivering = false;
    }
    agen_task_run_(&world.tasks[id]);
    ASSERT(!world.delivering && world.ended == !lives(id));
    if (!world.ended)
        return;
    if (world.expected == 0 && world.due[id])
        world.expected = AGEN_E_CANCELLED;
    status = agen_task_status(&world.tasks[id]);
    ASSERT(status == world.expected);
    if (world.child_of[id])
        child_ended(id, status);
    world.due[id] = 0;
    world.started[id] = false;
    world.others[id] = 0;
}

static void run_group(agen_group *group)
{
    unsigned level = 0;
    struct block *block;

    while (group != &world.clients[PARENT][level].group)
        ASSERT(++level < LEVELS);
    block = &world.blocks[PARENT][level];
    ASSERT(block->queued);
    block->queued = false;
    abort_children(block);
    if (block->inside && block->kind == GROUP)
        send(PARENT, level);
    agen_group_decided_(group);
}

static bool turn(void)
{
    struct agen_entry_ *ready = take_ready(loop); /* where a pass begins does not matter here */

    if (!ready)
        return false;
    loop->polling_ = true;
    if (ready->base_.state_ == AGEN_GROUP_)
        run_group((agen_group *)(void *)ready);
    else
        run_task((unsigned)((agen_task *)(void *)ready - world.tasks));
    loop->polling_ = false;
    return true;
}

/* One timeout comes before the others, and expires. */
static bool expire(void)
{
    unsigned id = any(TASKS), level = any(LEVELS);
    agen_timeout *limit = &world.clients[id][level].limit;
    const struct block *block = &world.blocks[id][level];

    if (block->kind != LIMIT || agen_expired(limit))
        return false;
    agen_timer_remove_(loop, &limit->entry_);
    agen_timer_insert_(loop, &limit->entry_, 0);
    agen_loop_fire_(loop);
    send(id, level);
    return true;
}

static void start(void)
{
    agen_loop_init(loop, now);
}

/* Whether a block is as it should be. */
static void check_block(unsigned id, unsigned level)
{
    const struct block *block = &world.blocks[id][level];
    const struct client *client = &world.clients[id][level];
    const struct agen_base_ *base = &client->group.entry_.base_;
    unsigned i, members = 0;

    if (block->kind == LIMIT) {
        ASSERT(client->limit.entry_.base_.state_ == AGEN_TIMEOUT_);
        ASSERT(client->limit.entry_.base_.flags_ == remembered(id, level));
        ASSERT(agen_expired(&client->limit) == block->sent);
        return;
    }
    for (i = 0; i < TASKS; i++)
        members += id == PARENT && world.child_of[i] == level + 1;
    ASSERT(base->state_ == AGEN_GROUP_ && client->group.live_ == members);
    ASSERT(client->group.cancels_ == remembered(id, level));
    ASSERT(!(base->flags_ & AGEN_GROUP_INSIDE_) == !block->inside);
    ASSERT(!(base->flags_ & AGEN_GROUP_ABORTED_) == !block->aborted);
    ASSERT(!(base->flags_ & AGEN_GROUP_REACHED_) == !block->sent);
    ASSERT(!(base->flags_ & AGEN_GROUP_QUEUED_) == !block->queued);
}

static void check(void)
{
    unsigned id, level, queued = 0;

    for (id = 0; id < TASKS; id++) {
        const struct agen_base_ *base = &world.tasks[id].entry_.base_;

        if (!lives(id))
            continue;
        ASSERT(!(base->flags_ & AGEN_CANCEL_) == !world.due[id]);
        ASSERT((base->flags_ & AGEN_CANCELS_)
               == count_of(id, world.depth[id]) * AGEN_CANCELS_ONE_);
        ASSERT(!world.due[id] || base->state_ == AGEN_TASK_READY_WITH_);
        for (level = 0; level < world.depth[id]; level++) {
            queued += world.blocks[id][level].queued;
            check_block(id, level);
        }
    }
    ASSERT(check_ready(loop, world.tasks, TASKS) == queued);
}

/* How many others have come is told no further than to 1. */
static void limit_others(uint8_t *others)
{
    if (*others > 1)
        *others = 1;
}

static void normalize_task(unsigned id)
{
    struct agen_entry_ *sleeper = &world.tasks[id].entry_;
    unsigned level;

    limit_others(&world.others[id]);
    if (id != PARENT && CHILD_LEVELS == 0)
        world.others[id] = 0; /* nothing looks at it */
    for (level = 0; level <= LEVELS; level++) {
        struct client *client = &world.clients[id][level];
        struct block *block = &world.blocks[id][level % LEVELS];

        AGEN_BASE_(client).error_ = 0;
        if (level > world.depth[id])
            memset(client, 0, offsetof(struct client, id));
        if (level >= world.depth[id] || block->kind != LIMIT)
            memset(&client->limit, 0, sizeof client->limit);
        if (level >= world.depth[id] || block->kind == LIMIT)
            memset(&client->group, 0, sizeof client->group);
        if (level >= world.depth[id])
            client->move = client->kind = 0;
        if (level >= world.depth[id])
            continue;
        limit_others(&block->others);
        if (block->kind == LIMIT) {
            client->limit.entry_.base_.flags_ = remembered(id, level);
            memset(&client->limit.entry_.place_, 0, sizeof client->limit.entry_.place_);
            if (!agen_expired(&client->limit)) /* as if they had begun in this order */
                agen_timer_insert_(loop, &client->limit.entry_, 1);
        } else {
            client->group.cancels_ = remembered(id, level);
            if (agen_group_first(&client->group))
                agen_group_first(&client->group) = world.tasks; /* which one does not matter */
        }
    }
    sleeper->base_.flags_ = (uint8_t)((sleeper->base_.flags_ & AGEN_CANCEL_)
                                      + count_of(id, world.depth[id]) * AGEN_CANCELS_ONE_);
    if (is_ready(&world.tasks[id]))
        clear_dead_place(&world.tasks[id]);
    else
        sleeper->base_.error_ = 0;
}

/* Tells no states apart that go on alike. */
static void normalize(void)
{
    unsigned id;

    world.expected = 0;
    world.carried = 0;
    world.moves = 0;
    world.ended = false;
    loop->timers_ = loop->next_timer_ = NULL;
    for (id = 0; id < TASKS; id++)
        if (lives(id)) {
            normalize_task(id);
        } else {
            memset(&world.tasks[id], 0, sizeof world.tasks[id]);
            client_init(id);
        }
}

static bool operation(void)
{
    unsigned id;

    switch (any(5)) {
    case 0:
        if (!turn())
            return false;
        break;
    case 1:
        id = any(TASKS);
        if (!agen_cancel(&world.tasks[id]))
            return false;
        counted(id);
        break;
    case 2:
        if (!expire())
            return false;
        break;
    case 3:
        id = any(TASKS);
        if (!world.events[id].list_.first_)
            return false;
        agen_event_set(&world.events[id]);
        agen_event_clear(&world.events[id]);
        break;
    default:
        if (lives(PARENT))
            return false;
        client_spawn(PARENT, NULL);
    }
    check();
    normalize();
    return true;
}

WHOLE_WORLD()

int main(void)
{
    EXPLORE();
    return 0;
}
