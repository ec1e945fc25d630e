/* SPDX-License-Identifier: 0BSD */
/* Uses every macro and function of the library, and no other header. Linked without any library. */
#include "agen.h"

struct all {
    AGEN_YIELDS_RECEIVES(int, int);
    struct all *inner;
    agen_slot slot;
    int turn;
};

static int released;
static void release(struct all *self)
{
    (void)self;
    released++;
}

struct wait {
    AGEN_COROUTINE;
    volatile int *flag;
};

AGEN(wait, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, *self->flag);
    AGEN_END(self);
}

AGEN_DECLARE(all);
AGEN_EXTERN(all, self, release)
{
    static volatile int flag;
    static struct wait wait = { AGEN_INIT(wait), .flag = &flag };

    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_AWAIT(self, &wait);
        AGEN_NEXT(self, self->inner);
        AGEN_SEND(self, self->inner, self->turn);
        AGEN_THROW(self, self->inner, -1);
        AGEN_CLOSE(self, self->inner);
        AGEN_FOR(self, self->inner)
            self->turn += agen_status(self);
        AGEN_FOR_CLOSING(self, self->inner) {
            AGEN_YIELD(self, self->inner->value);
        } AGEN_END_FOR(self);
        AGEN_YIELD_FROM(self, self->inner);
        AGEN_YIELD_FROM_RECEIVING(self, self->inner);
        if (agen_received(self))
            AGEN_RETURN(self);
    } AGEN_EXCEPT_ANY(self) {
        AGEN_TRY_IN(self, &self->slot) {
            AGEN_RAISE(self, agen_error(self));
        } AGEN_EXCEPT(self) {
            self->turn++;
        } AGEN_END_TRY(self);
        AGEN_FOR_CLOSING_IN(self, &self->slot, self->inner) {
            AGEN_YIELD(self, self->inner->value);
        } AGEN_END_FOR(self);
    } AGEN_FINALLY(self) {
        self->turn++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

struct task {
    AGEN_COROUTINE;
    agen_loop *loop;
    agen_task other, child;
    agen_event event;
    agen_lock lock;
    agen_semaphore semaphore;
    agen_timeout limit;
    agen_group group;
    struct wait wait, wait2;
    AGEN_QUEUE(int, 4) queue;
    int item;
    AGEN_PIPE(64) pipe;
    agen_chunks chunks;
    uint8_t bytes[32];
    size_t count;
};

AGEN(task, self)
{
    AGEN_BEGIN(self);
    agen_spawn(self->loop, &self->other, &self->wait);
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, 10) {
            AGEN_JOIN(self, &self->other);
            AGEN_SLEEP(self, 3);
            AGEN_SLEEP_UNTIL(self, 7);
            AGEN_PAUSE(self);
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT(self) {
        AGEN_TIMEOUT(self, &self->limit, 10) {
            AGEN_WAIT(self, &self->event);
        } AGEN_END_TIMEOUT(self);
        self->item += agen_expired(&self->limit);
    } AGEN_END_TRY(self);
    AGEN_GROUP(self, &self->group) {
        if (agen_group_spawn(&self->group, &self->child, &self->wait2) != AGEN_DONE)
            AGEN_RAISE(self, AGEN_E_RUNNING);
    } AGEN_END_GROUP(self);
    AGEN_RACE(self, &self->group) {
        self->item += agen_group_first(&self->group) == &self->child;
    } AGEN_END_RACE(self);
    AGEN_ACQUIRE(self, &self->lock);
    AGEN_ACQUIRE(self, &self->semaphore);
    AGEN_RELEASE(self, &self->semaphore);
    AGEN_PUT(self, &self->queue, 1);
    AGEN_GET(self, &self->queue, self->item);
    AGEN_FOR(self, &self->queue)
        self->item += self->queue.value;
    AGEN_WRITE(self, &self->pipe, self->bytes, sizeof self->bytes, &self->count);
    AGEN_WRITE(self, &self->pipe, self->bytes, sizeof self->bytes, &self->count, self->item++);
    AGEN_WAIT_BYTES(self, &self->pipe, 4);
    AGEN_READ(self, &self->pipe, self->bytes, sizeof self->bytes, &self->count);
    AGEN_READ_EXACTLY(self, &self->pipe, self->bytes, sizeof self->bytes, &self->count);
    AGEN_READ_UNTIL(self, &self->pipe, '\n', self->bytes, sizeof self->bytes, &self->count);
    AGEN_FOR(self, &self->chunks)
        self->item += *self->chunks.value.data;
    AGEN_END(self);
}

static int use_pipe(struct task *x)
{
    agen_pipe *pipe = (agen_pipe *)&x->pipe;
    size_t size, n = sizeof x->bytes;

    agen_pipe_init(&x->pipe);
    agen_chunks_init(&x->chunks, pipe);
    n += agen_pipe_write(pipe, x->bytes, n) + agen_pipe_write_isr(pipe, x->bytes, n);
    n += agen_pipe_read(pipe, x->bytes, 8) + agen_pipe_read_isr(pipe, x->bytes, 8);
    n += *agen_pipe_borrow(pipe, &size) + agen_pipe_consume(pipe, 2);
    n += agen_pipe_consume_isr(pipe, 2) + agen_pipe_count(pipe) + agen_pipe_room(pipe);
    n += agen_pipe_lost(pipe) + agen_pipe_ended(pipe) + size;
    agen_pipe_close(pipe);
    agen_pipe_close_isr(pipe);
    return (int)n;
}

static agen_ticks now(void)
{
    return 0;
}

static int use_loop(void)
{
    static agen_loop loop;
    static agen_task task;
    static struct task x;
    int item = use_pipe(&x);

    agen_init(&x, task);
    agen_loop_init(&loop, now);
    agen_semaphore_init(&x.semaphore, 1);
    agen_queue_init(&x.queue);
    x.loop = &loop;
    agen_spawn(&loop, &task, &x);
    agen_loop_poll(&loop);
    agen_event_set(&x.event);
    agen_event_clear(&x.event);
#ifdef AGEN_HAVE_ISR_
    agen_event_set_isr(&x.event);
    item += agen_queue_put_isr(&x.queue, 1);
#endif
    item += agen_try_put(&x.queue, 1) + agen_try_acquire(&x.lock);
    if (!agen_try_get(&x.queue, item))
        item = 0;
    agen_queue_close(&x.queue);
    agen_loop_cancel_all(&loop);
    agen_cancel(&task);
    agen_loop_run(&loop);
    return item + (int)agen_queue_count(&x.queue) + agen_task_status(&task)
           + (int)agen_loop_idle_ticks(&loop) + agen_event_is_set(&x.event);
}

int use_all(void);
int use_all(void)
{
    static struct all x = { AGEN_INIT(all), .turn = 0 };

    agen_init(&x, all);
    return agen_next(&x) + agen_next_as(all, &x) + agen_send(&x, 1) + agen_throw(&x, -1)
           + agen_poll(&x) + agen_abort(&x, -1) + agen_close(&x) + agen_drop(&x) + agen_done(&x)
           + *agen_strerror(released) + use_loop();
}
