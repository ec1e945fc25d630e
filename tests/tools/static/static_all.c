/* SPDX-License-Identifier: 0BSD */
/* All macros and functions of agen.h once each, with as little else as can be: for tests/tools/static/run. */
#include "agen.h"

struct child {
    AGEN_COROUTINE;
};

AGEN_DECLARE(child);

AGEN_EXTERN(child, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, !agen_done(self));
    AGEN_RAISE(self, -1);
    AGEN_END(self);
}

struct source {
    AGEN_YIELDS_RECEIVES(int, int);
    int n;
};

static void release(struct source *self)
{
    self->n = 0;
}

AGEN(source, self, release)
{
    AGEN_BEGIN(self);
    while (self->n > 0) {
        AGEN_YIELD(self, self->n);
        if (agen_received(self))
            self->n = self->sent;
        else
            AGEN_RETURN(self);
    }
    AGEN_END(self);
}

struct user {
    AGEN_YIELDS_RECEIVES(int, int);
    struct child child;
    struct source source;
    agen_slot slot, inner;
    int sum;
};

AGEN(user, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        agen_init(&self->source, source);
        agen_init(&self->child, child);
        AGEN_AWAIT(self, &self->child);
        AGEN_YIELD_FROM(self, &self->source);
        AGEN_YIELD_FROM_RECEIVING(self, &self->source);
        AGEN_NEXT(self, &self->source);
        if (agen_status(self) == AGEN_YIELDED)
            AGEN_SEND(self, &self->source, 1);
        AGEN_THROW(self, &self->source, -1);
        AGEN_CLOSE(self, &self->source);
        AGEN_FOR(self, &self->source)
            self->sum += self->source.value;
        AGEN_FOR_AS(self, source, &self->source)
            self->sum += self->source.value;
        AGEN_FOR_CLOSING(self, &self->source) {
            self->sum += self->source.value;
        } AGEN_END_FOR(self);
    } AGEN_EXCEPT(self) {
        AGEN_TRY_IN(self, &self->slot) {
            AGEN_FOR_CLOSING_IN(self, &self->inner, &self->source) {
                self->sum += self->source.value;
            } AGEN_END_FOR(self);
        } AGEN_EXCEPT_ANY(self) {
            self->sum = agen_error(self);
        } AGEN_END_TRY(self);
    } AGEN_FINALLY(self) {
        AGEN_PAUSE(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct job {
    AGEN_COROUTINE;
    agen_loop *loop;
    agen_event event;
    agen_lock lock;
    agen_semaphore semaphore;
    AGEN_QUEUE(int, 4) queue;
    agen_timeout limit;
    agen_group group;
    agen_task task;
    struct child child;
    int item;
};

AGEN(job, self)
{
    AGEN_BEGIN(self);
    agen_queue_init(&self->queue);
    agen_semaphore_init(&self->semaphore, 2);
    agen_init(&self->child, child);
    (void)agen_spawn(self->loop, &self->task, &self->child);
    (void)agen_cancel(&self->task);
    AGEN_JOIN(self, &self->task);
    AGEN_TRY(self) {
        AGEN_SLEEP(self, 1);
        AGEN_SLEEP_UNTIL(self, 5);
        AGEN_TIMEOUT(self, &self->limit, 3) {
            AGEN_WAIT(self, &self->event);
        } AGEN_END_TIMEOUT(self);
        AGEN_GROUP(self, &self->group) {
            if (agen_group_spawn(&self->group, &self->task, &self->child) < 0)
                AGEN_RAISE(self, -1);
        } AGEN_END_GROUP(self);
        AGEN_RACE(self, &self->group) {
            if (agen_group_spawn(&self->group, &self->task, &self->child) < 0)
                AGEN_RAISE(self, -1);
        } AGEN_END_RACE(self);
    } AGEN_EXCEPT(self) {
        AGEN_TIMEOUT(self, &self->limit, 3) {
            AGEN_ACQUIRE(self, &self->lock);
            AGEN_ACQUIRE(self, &self->semaphore);
        } AGEN_END_TIMEOUT(self);
        AGEN_GROUP(self, &self->group) {
            AGEN_PUT(self, &self->queue, 1);
        } AGEN_END_GROUP(self);
        AGEN_RACE(self, &self->group) {
            AGEN_GET(self, &self->queue, self->item);
        } AGEN_END_RACE(self);
    } AGEN_END_TRY(self);
    if (agen_expired(&self->limit) && agen_group_first(&self->group) == &self->task)
        self->item = 1;
    AGEN_END(self);
}

static agen_ticks read_clock(void)
{
    return 0;
}

static void ignore(void *context, const char *text, size_t length)
{
    (void)context;
    (void)text;
    (void)length;
}

int main(void)
{
    static struct source source = { AGEN_INIT(source), .n = 3 };
    static struct user user = { AGEN_INIT(user) };
    static struct job job = { AGEN_INIT(job) };
    static agen_loop loop;
    static agen_task closer;
    agen_task task; /* needs no initialisation */
    int item = 0;

    (void)agen_next(&source);
    (void)agen_next_as(source, &source);
    (void)agen_send(&source, 2);
    (void)agen_throw(&source, -1);
    (void)agen_close(&source);
    (void)agen_poll(&user);
    (void)agen_abort(&user, -1);
    (void)agen_drop(&user);
    agen_loop_init(&loop, read_clock);
    job.loop = &loop;
    (void)agen_spawn(&loop, &task, &job);
    (void)agen_loop_poll(&loop);
    agen_event_set(&job.event);
    if (agen_event_is_set(&job.event))
        agen_event_clear(&job.event);
    if (agen_try_acquire(&job.lock) && agen_release(&job.lock) < 0)
        return 1;
    if (agen_try_put(&job.queue, 1) && agen_try_get(&job.queue, item))
        item += (int)agen_queue_count(&job.queue);
#ifdef AGEN_HAVE_ISR_
    agen_event_set_isr(&job.event);
    (void)agen_queue_put_isr(&job.queue, 2);
#endif
    agen_queue_close(&job.queue);
    agen_loop_cancel_all(&loop);
    agen_loop_run(&loop);
    if (agen_track(&loop, &closer, &source) == AGEN_DONE)
        (void)agen_untrack(&closer);
    (void)agen_spawn_close(&loop, &closer, &source);
    agen_loop_dump(&loop, ignore, NULL);
    (void)agen_loop_shutdown(&loop);
    return agen_strerror(agen_task_status(&task))[0] == 'd' && agen_loop_idle_ticks(&loop) > 0
               ? item
               : 1;
}
