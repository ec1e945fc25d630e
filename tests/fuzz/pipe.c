/* SPDX-License-Identifier: 0BSD */
/*
 * Two pipes of a few bytes. Each of their sides is the loop or an interrupt. Tasks read and write
 * in all ways, under timeouts and cancellations, and so do plain C and interrupts, between passes
 * and in the middle of them. A model of each pipe is an array of bytes: it knows which bytes are to
 * come out next, how an operation may end, what is lost, and who waits for what. So a waiter is
 * woken when there is enough for it, and where that can be told, not before.
 */
#include "agen.h"
#include "fuzz.h"

enum { PIPES = 2, WORKERS = 3, LARGEST = 9, MOST = 20, DELIMITER = 10, MOST_INPUT = 1024 };

enum act { END, READ, EXACTLY, UNTIL, BYTES, CHUNKS, SELECT, WRITE, ACTS };
enum side { READS, WRITES, SIDES };

typedef AGEN_PIPE(1) pipe_of_1;
typedef AGEN_PIPE(2) pipe_of_2;
typedef AGEN_PIPE(3) pipe_of_3;
typedef AGEN_PIPE(4) pipe_of_4;
typedef AGEN_PIPE(7) pipe_of_7;
typedef AGEN_PIPE(LARGEST) pipe_of_9;

static struct model {
    agen_pipe *pipe;
    bool interrupts[SIDES]; /* whose side it is */
    bool closed;
    bool lent; /* a reader relies on what is in it: no other one takes it away */
    unsigned size, count, lost;
    uint8_t bytes[LARGEST];
} models[PIPES];

static struct worker {
    AGEN_COROUTINE;
    enum act act;
    struct model *model;
    bool busy;    /* in the middle of an act */
    bool cancelled;
    size_t n, count;
    size_t moved; /* how many of `count` the model knows of */
    agen_ticks patience, within, since;
    uint8_t buffer[MOST];
    agen_chunks chunks;
    const agen_pipe *chunks_of;
    agen_alternative on_bytes, on_event;
    agen_event event;
    agen_timeout limit;
    agen_task task;
} workers[WORKERS];

static agen_loop loop;
static agen_ticks ticks;
static uint8_t written; /* of the byte that was written last */

static size_t least(size_t one, size_t other)
{
    return one < other ? one : other;
}

/* --- The model -------------------------------------------------------------------------------- */

static void put_in(struct model *model, const uint8_t *bytes, size_t n)
{
    MUST(n <= model->size - model->count);
    MUST(n == 0 || !model->closed);
    memcpy(model->bytes + model->count, bytes, n);
    model->count += (unsigned)n;
}

/* `bytes` is NULL for those that nobody has seen. */
static void take_out(struct model *model, const uint8_t *bytes, size_t n)
{
    MUST(n <= model->count);
    MUST(!bytes || memcmp(bytes, model->bytes, n) == 0);
    model->count -= (unsigned)n;
    memmove(model->bytes, model->bytes + n, model->count);
}

static void make_bytes(uint8_t *bytes, size_t n)
{
    unsigned delimiters = draw(256);
    size_t i;

    for (i = 0; i < n; i++)
        bytes[i] = delimiters >> i % 8 & 1 ? DELIMITER : (uint8_t)(16 + written++ % 240);
}

static bool at_once(const struct worker *worker)
{
    return worker->n <= worker->model->size;
}

static bool reads(const struct worker *worker)
{
    return worker->act == READ || worker->act == EXACTLY || worker->act == UNTIL;
}

/* What a read or a write has moved so far, though it is not over. */
static void keep_up(struct worker *worker)
{
    size_t n = worker->count - worker->moved;
    const uint8_t *bytes = worker->buffer + worker->moved;

    if (!worker->busy || !(reads(worker) || worker->act == WRITE)
        || (worker->act == UNTIL && at_once(worker)))
        return;
    MUST(worker->moved <= worker->count && worker->count <= worker->n);
    if (worker->act == WRITE)
        put_in(worker->model, bytes, n);
    else
        take_out(worker->model, bytes, n);
    MUST(n == 0 || !reads(worker) || !at_once(worker));
    worker->moved = worker->count;
}

static void keep_all_up(void)
{
    int i;

    for (i = 0; i < WORKERS; i++)
        keep_up(&workers[i]);
}

/* Whether there is what a task waits for, which is in the middle of an act. */
static bool may_go_on(struct worker *worker)
{
    const struct model *model = worker->model;
    size_t half = (model->size + 1) / 2, left = worker->n - worker->moved;

    if (model->closed)
        return true;
    switch (worker->act) {
    case EXACTLY: return model->count >= (at_once(worker) ? worker->n : least(left, half));
    case UNTIL:
        if (at_once(worker))
            return model->count >= worker->n || memchr(model->bytes, DELIMITER, model->count);
        return model->count > 0;
    case BYTES: return model->count >= least(worker->n, model->size);
    case SELECT:
        return model->count >= least(worker->n, model->size) || agen_event_is_set(&worker->event);
    case WRITE: return model->size - model->count >= least(left, half);
    default: return model->count > 0;
    }
}

static bool is_quiet(void)
{
    return !loop.ready_ && !loop.pass_ && !loop.wakeups_;
}

static bool is_running(const struct worker *worker)
{
    return worker->task.entry_.base_.state_ == AGEN_TASK_RUNNING_;
}

static void check(void)
{
    const struct model *model;
    const uint8_t *bytes;
    size_t n;
    int i;

    keep_all_up();
    for (model = models; model < models + PIPES; model++) {
        MUST(agen_pipe_count(model->pipe) == model->count);
        MUST(agen_pipe_room(model->pipe) == model->size - model->count);
        MUST(agen_pipe_lost(model->pipe) == model->lost % 65536);
        MUST(agen_pipe_ended(model->pipe) == (model->closed && model->count == 0));
        bytes = agen_pipe_borrow(model->pipe, &n);
        MUST(n <= model->count && (n > 0) == (model->count > 0));
        MUST(memcmp(bytes, model->bytes, n) == 0);
    }
    for (i = 0; i < WORKERS; i++) {
        MUST(!workers[i].busy || agen_task_status(&workers[i].task) == AGEN_PENDING);
        if (workers[i].busy && !is_running(&workers[i]) && is_quiet())
            MUST(!may_go_on(&workers[i]));
    }
}

/* --- Interrupts and plain C ------------------------------------------------------------------- */

static struct worker *waiter_of(const struct model *model)
{
    struct agen_node_ *node = model->pipe->pipe_.list_.first_;
    int i;

    for (i = 0; node && i < WORKERS; i++)
        if (node->task_ == &workers[i].task) {
            MUST(workers[i].busy && workers[i].model == model);
            MUST(node->next_ == node);
            return &workers[i];
        }
    MUST(!node);
    return NULL;
}

static void write_some(struct model *model, bool from_interrupt)
{
    uint8_t bytes[MOST];
    size_t n = draw(LARGEST + 3), fits = model->closed ? 0 : least(n, model->size - model->count);

    make_bytes(bytes, n);
    if (from_interrupt) {
        MUST(agen_pipe_write_isr(model->pipe, bytes, n) == fits);
        model->lost += (unsigned)(n - fits);
    } else {
        MUST(agen_pipe_write(model->pipe, bytes, n) == fits);
    }
    put_in(model, bytes, fits);
}

static void read_some(struct model *model, bool from_interrupt)
{
    uint8_t bytes[MOST];
    size_t n = draw(LARGEST + 3), there = least(n, model->count), in_a_row;
    unsigned how = draw(3);

    if (how == 0) {
        MUST((from_interrupt ? agen_pipe_read_isr(model->pipe, bytes, n)
                             : agen_pipe_read(model->pipe, bytes, n)) == there);
        take_out(model, bytes, there);
        return;
    }
    if (how == 2) {
        memcpy(bytes, agen_pipe_borrow(model->pipe, &in_a_row), least(there, in_a_row));
        take_out(model, bytes, n = there = least(there, in_a_row));
    } else {
        take_out(model, NULL, there);
    }
    MUST((from_interrupt ? agen_pipe_consume_isr(model->pipe, n)
                         : agen_pipe_consume(model->pipe, n)) == there);
}

static void close_pipe(struct model *model, bool from_interrupt)
{
    if (from_interrupt)
        agen_pipe_close_isr(model->pipe);
    else
        agen_pipe_close(model->pipe);
    model->closed = true;
}

/* One of the sides does something. A loop that was quiet wakes up if a waiter may go on now. */
static void act_on(struct model *model, bool from_interrupt)
{
    enum side side = draw(2) ? READS : WRITES;
    bool was_quiet = is_quiet();
    struct worker *waiter;

    keep_all_up();
    if (model->interrupts[side] != from_interrupt)
        return;
    if (draw(12) == 11)
        close_pipe(model, from_interrupt);
    else if (side == WRITES)
        write_some(model, from_interrupt);
    else if (!model->lent)
        read_some(model, from_interrupt);
    waiter = waiter_of(model);
    if (was_quiet && waiter) {
        if (may_go_on(waiter))
            MUST(!is_quiet());
        else if (waiter->act != UNTIL && (from_interrupt || side == WRITES))
            MUST(is_quiet());
    } else if (was_quiet && !from_interrupt && !waiter) {
        MUST(is_quiet() || model->closed || side == READS || model->count > 0);
    }
    check();
}

static void interrupt(void)
{
    unsigned what = draw(PIPES + 2);

    if (what < PIPES)
        act_on(&models[what], true);
    else if (what == PIPES)
        agen_event_set_isr(&workers[draw(WORKERS)].event);
}

/* May be in the middle of a pass. */
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

/* Of the loop's side. */
static void act(void)
{
    unsigned what = draw(PIPES + 3);

    if (what < PIPES)
        act_on(&models[what], false);
    else if (what == PIPES)
        agen_event_set(&workers[draw(WORKERS)].event);
    else if (what == PIPES + 1)
        cancel(&workers[draw(WORKERS)]);
    else
        interrupt();
}

/* --- Tasks ------------------------------------------------------------------------------------ */

/* What to do next; false if that is nothing. */
static bool choose(struct worker *self)
{
    act();
    self->act = (enum act)draw(ACTS);
    self->model = &models[draw(PIPES)];
    self->n = draw(MOST + 1);
    self->patience = draw(3) ? AGEN_FOREVER : (agen_ticks)draw(6);
    self->within = draw(3) ? AGEN_FOREVER : (agen_ticks)draw(6);
    if (self->act == WRITE)
        make_bytes(self->buffer, self->n);
    return self->act != END;
}

/* Who relies on the bytes that it has seen is the only reader. */
static bool relies(const struct worker *self)
{
    return self->act == UNTIL || self->act == CHUNKS || self->act == SELECT;
}

static bool is_possible(const struct worker *self)
{
    int i;

    if (self->model->interrupts[self->act == WRITE ? WRITES : READS])
        return false;
    if (relies(self))
        for (i = 0; i < WORKERS; i++)
            if (workers[i].busy && workers[i].model == self->model && workers[i].act != WRITE)
                return false;
    return self->act == WRITE || !self->model->lent;
}

static void start(struct worker *self)
{
    self->busy = true;
    self->count = 99; /* the statement makes it 0 before anybody looks */
    self->moved = 0;
    self->since = ticks;
    if (self->act == CHUNKS && self->chunks_of != self->model->pipe) { /* else it begins again */
        agen_chunks_init(&self->chunks, self->model->pipe);
        self->chunks_of = self->model->pipe;
    }
    if (self->act == CHUNKS || self->act == SELECT || self->act == BYTES)
        self->count = 0;
    if (relies(self))
        self->model->lent = true;
}

static void stop(struct worker *self)
{
    if (relies(self))
        self->model->lent = false;
    if (self->act == CHUNKS) /* what it lent and nobody asked to go on from has not been read */
        MUST(agen_close(&self->chunks) == AGEN_DONE);
    self->busy = false;
    check();
}

/* A read ends with what has been moved since the model heard of it. */
static void take_rest(struct worker *self)
{
    MUST(self->moved <= self->count && self->count <= self->n);
    take_out(self->model, self->buffer + self->moved, self->count - self->moved);
    self->moved = self->count;
}

static bool has_delimiter(const uint8_t *bytes, size_t n)
{
    return memchr(bytes, DELIMITER, n) != NULL;
}

/* It has gone well. */
static void finished(struct worker *self, int status)
{
    const struct model *model = self->model;

    switch (self->act) {
    case READ:
        MUST(self->count == least(self->n, model->count));
        MUST(status == (self->n == 0 || model->count > 0 ? (int)AGEN_YIELDED : (int)AGEN_DONE));
        MUST(status == AGEN_YIELDED || model->closed);
        take_rest(self);
        break;
    case EXACTLY:
        MUST(status == AGEN_YIELDED && self->count == self->n);
        take_rest(self);
        break;
    case UNTIL:
        MUST(status == AGEN_YIELDED && self->count > 0);
        MUST(self->buffer[self->count - 1] == DELIMITER);
        MUST(!has_delimiter(self->buffer, self->count - 1));
        take_rest(self);
        break;
    case BYTES:
        MUST((status == AGEN_YIELDED) == (model->count >= least(self->n, model->size)));
        MUST(status == AGEN_YIELDED || (status == AGEN_DONE && model->closed));
        break;
    case WRITE:
        keep_up(self);
        MUST(self->count == self->n);
        break;
    default: break;
    }
    stop(self);
}

/* Whether a side is taken: then a second one on it cannot wait. */
static bool is_refused(const struct worker *self)
{
    const struct worker *other = waiter_of(self->model);

    return other && other != self && (other->act == WRITE) == (self->act == WRITE);
}

static void failed(struct worker *self, int error)
{
    const struct model *model = self->model;

    if (!self->busy) { /* in front of it */
        MUST(error == AGEN_E_CANCELLED || error == AGEN_E_TIMEOUT);
        return;
    }
    if (self->act == WRITE || !at_once(self))
        keep_up(self);
    switch (error) {
    case AGEN_E_CANCELLED: MUST(self->cancelled); break;
    case AGEN_E_TIMEOUT:
        MUST(agen_expired(&self->limit) && (agen_ticks)(ticks - self->since) >= self->patience);
        break;
    case AGEN_E_RUNNING: MUST(is_refused(self)); break;
    case AGEN_E_CLOSED:
        MUST(self->act == WRITE && model->closed && self->count < self->n);
        break;
    case AGEN_E_TOO_LONG:
        MUST(self->act == UNTIL);
        if (at_once(self))
            MUST(model->count >= self->n && !has_delimiter(model->bytes, self->n));
        else
            MUST(self->count == self->n && !has_delimiter(self->buffer, self->n));
        break;
    case AGEN_E_INCOMPLETE:
        MUST((self->act == EXACTLY || self->act == UNTIL) && model->closed);
        MUST(self->count - self->moved == model->count && self->count < self->n);
        take_rest(self);
        MUST(self->act != UNTIL || !has_delimiter(self->buffer, self->count));
        break;
    default: MUST(false);
    }
    if (reads(self) && error != AGEN_E_INCOMPLETE)
        MUST(self->count == (at_once(self) ? 0 : self->moved));
    self->cancelled = self->cancelled && error != AGEN_E_CANCELLED;
    stop(self);
}

/* Enables a transmitter, which may be done at once. */
static void enable(struct worker *self)
{
    keep_up(self);
    act_on(self->model, true);
}

/* Bytes of a chunk that is in hand. */
static void look_at(struct worker *self)
{
    const struct agen_chunk *chunk = &self->chunks.value;

    MUST(chunk->size > 0 && chunk->size <= self->model->count);
    MUST(memcmp(chunk->data, self->model->bytes, chunk->size) == 0);
    self->n = draw((unsigned)chunk->size + 1);
}

/* The next one is asked for: so much of this one has been read. */
static void used(struct worker *self)
{
    look_at(self);
    self->chunks.value.size = self->n;
    take_out(self->model, self->chunks.value.data, self->n);
}

AGEN(worker, self)
{
    agen_pipe *pipe = self->model->pipe;

    keep_all_up(); /* at each resume: what those did who had their turn before */
    AGEN_BEGIN(self);
    while (choose(self)) {
        pipe = self->model->pipe;
        AGEN_TRY(self) {
            AGEN_TIMEOUT(self, &self->limit, self->patience) {
                if (!is_possible(self)) {
                    AGEN_PAUSE(self);
                } else {
                    start(self);
                    if (self->act == READ) {
                        AGEN_READ(self, pipe, self->buffer, self->n, &self->count);
                    } else if (self->act == EXACTLY) {
                        AGEN_READ_EXACTLY(self, pipe, self->buffer, self->n, &self->count);
                    } else if (self->act == UNTIL) {
                        AGEN_READ_UNTIL(self, pipe, DELIMITER, self->buffer, self->n,
                                        &self->count);
                    } else if (self->act == BYTES) {
                        AGEN_WAIT_BYTES(self, pipe, self->n);
                    } else if (self->act == CHUNKS) {
                        AGEN_FOR(self, &self->chunks) {
                            look_at(self);
                            while (draw(3) == 1)
                                AGEN_PAUSE(self);
                            if (!draw(6))
                                break;
                            used(self);
                        }
                        MUST(!agen_done(&self->chunks) || agen_pipe_ended(pipe));
                    } else if (self->act == SELECT) {
                        AGEN_SELECT(self)
                            AGEN_ON_BYTES(self, &self->on_bytes, pipe, self->n) {
                                MUST(self->model->closed
                                     || self->model->count >= least(self->n, self->model->size));
                            }
                            AGEN_ON_EVENT(self, &self->on_event, &self->event) {
                                MUST(agen_event_is_set(&self->event));
                                agen_event_clear(&self->event);
                            }
                            AGEN_ON_TIMEOUT(self, self->within) {
                                MUST((agen_ticks)(ticks - self->since) >= self->within);
                            }
                        AGEN_END_SELECT(self);
                    } else if (self->n % 2) {
                        AGEN_WRITE(self, pipe, self->buffer, self->n, &self->count);
                    } else {
                        AGEN_WRITE(self, pipe, self->buffer, self->n, &self->count, enable(self));
                    }
                    finished(self, agen_status(self));
                }
            } AGEN_END_TIMEOUT(self);
        } AGEN_EXCEPT_ANY(self) {
            failed(self, agen_error(self));
        } AGEN_END_TRY(self);
        if (draw(2))
            AGEN_PAUSE(self);
    }
    AGEN_END(self);
}

/* --- The world -------------------------------------------------------------------------------- */

static void *room_for(size_t size)
{
    void *room = malloc(size);

    MUST(room != NULL);
    memset(room, 0xA5, size);
    return room;
}

#define NEW_PIPE(type, model) \
    do { \
        type *new_pipe = (type *)room_for(sizeof(type)); \
        agen_pipe_init(new_pipe); \
        (model)->size = (unsigned)sizeof new_pipe->bytes_ - 1; \
        (model)->pipe = (agen_pipe *)new_pipe; \
    } while (0)

static void make_pipe(struct model *model)
{
    memset(model, 0, sizeof *model);
    switch (draw(6)) {
    case 0: NEW_PIPE(pipe_of_9, model); break;
    case 1: NEW_PIPE(pipe_of_1, model); break;
    case 2: NEW_PIPE(pipe_of_2, model); break;
    case 3: NEW_PIPE(pipe_of_3, model); break;
    case 4: NEW_PIPE(pipe_of_4, model); break;
    default: NEW_PIPE(pipe_of_7, model);
    }
    model->interrupts[READS] = draw(3) == 1;
    model->interrupts[WRITES] = draw(3) == 1;
}

/* Another one in its place, if nobody uses it and no notice of it is under way. */
static void replace(struct model *model)
{
    int i;

    for (i = 0; i < WORKERS; i++)
        if (workers[i].busy && workers[i].model == model)
            return;
    if (loop.wakeups_)
        return;
    MUST(!waiter_of(model));
    for (i = 0; i < WORKERS; i++)
        if (workers[i].chunks_of == model->pipe)
            workers[i].chunks_of = NULL;
    free(model->pipe);
    make_pipe(model);
}

static void spawn(struct worker *worker)
{
    if (agen_task_status(&worker->task) == AGEN_PENDING)
        return;
    MUST(!worker->busy);
    agen_init(worker, worker);
    worker->model = models;
    worker->cancelled = false;
    MUST(agen_spawn(&loop, &worker->task, worker) == AGEN_DONE);
}

static void poll(void)
{
    (void)agen_loop_poll(&loop);
    check();
}

/* Nobody is ready for ever: each step of a task that does not wait for anything draws. */
static void settle(void)
{
    size_t passes = 2 * input_size + 40;

    while (!is_quiet()) {
        MUST(passes-- > 0);
        poll();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int i;

    input = data;
    input_size = size < MOST_INPUT ? size : MOST_INPUT;
    ticks = draw(2) ? AGEN_FOREVER - 9 : 0;
    written = 0;
    memset(workers, 0, sizeof workers);
    memset(&loop, 0, sizeof loop);
    for (i = 0; i < PIPES; i++)
        make_pipe(&models[i]);
    agen_loop_init(&loop, now); /* it asks for the time, which is when an interrupt may come */
    while (input_size > 0) {
        switch (draw(8)) {
        case 0: poll(); break;
        case 1: settle(); break;
        case 2: ticks += draw(4); break;
        case 3: replace(&models[draw(PIPES)]); break;
        case 4: interrupt(); break;
        case 5: act(); break;
        default: spawn(&workers[draw(WORKERS)]);
        }
        check();
    }
    for (i = 0; i < WORKERS; i++)
        cancel(&workers[i]);
    settle();
    MUST(!loop.tasks_ && !loop.timers_);
    for (i = 0; i < PIPES; i++) {
        MUST(!waiter_of(&models[i]));
        free(models[i].pipe);
    }
    return 0;
}
