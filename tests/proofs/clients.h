/* SPDX-License-Identifier: 0BSD */
/* For explore.h: a loop and its tasks, which no clock drives. */
#ifndef CLIENTS_H
#define CLIENTS_H

#include "agen.h"

#include "explore.h"

static inline agen_ticks now(void)
{
    return 0;
}

/*
 * A list is a ring of the nodes of those of the tasks that wait in it, and each knows it. Answers
 * how many there are.
 */
static inline unsigned check_list(const struct agen_list_ *list, agen_task *tasks, unsigned count)
{
    unsigned i, listed = 0, waiting = 0;
    const struct agen_node_ *node = list->first_;

    if (node)
        do {
            ASSERT(node->task_ >= tasks && node->task_ < tasks + count);
            ASSERT(node == &node->task_->entry_.place_.node_);
            ASSERT(node->task_->entry_.base_.state_ == AGEN_TASK_WAITING_);
            ASSERT(node->list_ == list && node->next_->previous_ == node);
            node = node->next_;
        } while (++listed <= count && node != list->first_);
    for (i = 0; i < count; i++)
        if (tasks[i].entry_.base_.state_ == AGEN_TASK_WAITING_
            && tasks[i].entry_.place_.node_.list_ == list)
            waiting++;
    ASSERT(listed == waiting);
    return listed;
}

static inline bool is_ready(const agen_task *task)
{
    return agen_task_lives_(task) && agen_is_ready_(&task->entry_.base_);
}

/*
 * The ready queue, and what is left of a pass before it, hold each task that is ready once, and no
 * other; beside them only groups that children have decided, each once. Answers how many groups
 * there are.
 */
static inline unsigned check_ready(const agen_loop *loop, const agen_task *tasks, unsigned count)
{
    unsigned i, queued = 0, groups = 0, ready = 0;
    const struct agen_entry_ *at = loop->pass_ ? loop->pass_ : loop->ready_;
    struct agen_entry_ *const *end = &loop->ready_;
    bool passing = loop->pass_ != NULL;

    while (at) {
        if (at->base_.state_ == AGEN_GROUP_) {
            ASSERT((at->base_.flags_ & AGEN_GROUP_QUEUED_) && groups++ < count);
        } else {
            ASSERT(is_ready((const agen_task *)(const void *)at) && queued++ < count);
        }
        if (!passing)
            end = &at->place_.ready_.next_;
        at = at->place_.ready_.next_;
        if (!at && passing) {
            passing = false;
            at = loop->ready_;
        }
    }
    ASSERT(loop->ready_end_ == end);
    for (i = 0; i < count; i++)
        ready += is_ready(&tasks[i]);
    ASSERT(queued == ready);
    return groups;
}

/* Takes the first out of the ready queue, or NULL. */
static inline struct agen_entry_ *take_ready(agen_loop *loop)
{
    struct agen_entry_ *first = loop->ready_;

    if (first) {
        loop->ready_ = first->place_.ready_.next_;
        if (!loop->ready_)
            loop->ready_end_ = &loop->ready_;
    }
    return first;
}

/* Of a task that is ready, all but what the ready queue and a grant need. */
static inline void clear_dead_place(agen_task *task)
{
    union agen_place_ *place = &task->entry_.place_;
    bool was_granted = task->entry_.base_.state_ == AGEN_TASK_GRANTED_;
    bool closes_later = !task->entry_.base_.link_;
    union agen_place_ was = *place;

    memset(place, 0, sizeof *place);
    if (task->entry_.base_.state_ != AGEN_TASK_READY_WITH_ || task->entry_.base_.flags_ & AGEN_CANCEL_)
        task->entry_.base_.error_ = 0;
    place->ready_.next_ = was.ready_.next_;
    if (was_granted) {
        place->ready_.granted_ = was.ready_.granted_;
        place->ready_.revoke_ = was.ready_.revoke_;
    }
    if (closes_later)
        place->closer_.begins_ = was.closer_.begins_;
}

/* Clears what nothing will read again, so that it tells no states apart. */
static inline void clear_dead(agen_task *tasks, unsigned count)
{
    unsigned i;

    for (i = 0; i < count; i++) {
        agen_task *task = &tasks[i];

        task->entry_.base_.flags_ &= AGEN_CANCEL_; /* the count is for timeouts */
        if (is_ready(task))
            clear_dead_place(task);
        else if (task->entry_.base_.state_ != AGEN_TASK_WAITING_)
            memset(task, 0, sizeof *task);
    }
}

#endif
