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
 * A list is a ring of those of the tasks that wait in it, and each knows it. Answers how many there
 * are.
 */
static inline unsigned check_list(const struct agen_list_ *list, agen_task *tasks, unsigned count)
{
    unsigned i, listed = 0, waiting = 0;
    agen_task *task = list->first_;

    if (task)
        do {
            ASSERT(task >= tasks && task < tasks + count);
            ASSERT(task->sleeper_.base_.state_ == AGEN_TASK_WAITING_);
            ASSERT(task->sleeper_.place_.node_.list_ == list);
            ASSERT(task->sleeper_.place_.node_.next_->sleeper_.place_.node_.previous_ == task);
            task = task->sleeper_.place_.node_.next_;
        } while (++listed <= count && task != list->first_);
    for (i = 0; i < count; i++)
        if (tasks[i].sleeper_.base_.state_ == AGEN_TASK_WAITING_
            && tasks[i].sleeper_.place_.node_.list_ == list)
            waiting++;
    ASSERT(listed == waiting);
    return listed;
}

static inline bool is_ready(const agen_task *task)
{
    return task->sleeper_.base_.state_ == AGEN_TASK_READY_
           || task->sleeper_.base_.state_ == AGEN_TASK_SPARED_;
}

/* The ready queue holds each task that is ready once, and no other. */
static inline void check_ready(const agen_loop *loop, const agen_task *tasks, unsigned count)
{
    unsigned i, queued = 0, ready = 0;
    const agen_task *task;

    for (task = loop->ready_; task; task = task->sleeper_.place_.node_.next_) {
        ASSERT(is_ready(task) && queued++ < count);
        ASSERT(task->sleeper_.place_.node_.next_ || loop->ready_last_ == task);
    }
    for (i = 0; i < count; i++)
        ready += is_ready(&tasks[i]);
    ASSERT(queued == ready);
}

/* Clears what nothing will read again, so that it tells no states apart. */
static inline void clear_dead(agen_loop *loop, agen_task *tasks, unsigned count)
{
    unsigned i;

    if (!loop->ready_)
        loop->ready_last_ = NULL;
    for (i = 0; i < count; i++) {
        agen_task *task = &tasks[i];

        task->sleeper_.base_.flags_ &= AGEN_CANCEL_ | AGEN_GRANTED_; /* the count is for timeouts */
        if (is_ready(task)) {
            task->sleeper_.place_.node_.previous_ = NULL;
            if (!(task->sleeper_.base_.flags_ & AGEN_GRANTED_))
                task->sleeper_.place_.node_.list_ = NULL;
        } else if (task->sleeper_.base_.state_ != AGEN_TASK_WAITING_) {
            memset(task, 0, sizeof *task);
        }
    }
}

#endif
