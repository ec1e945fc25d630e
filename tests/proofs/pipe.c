/* SPDX-License-Identifier: 0BSD */
/*
 * PROVES: pipe: of the bytes that went in all come out, once and in order, and those that did not
 *         go in are counted; who waits for bytes, for room or for the end of the stream is woken when
 *         it is there, and a select only then; a read of no more than the pipe holds takes all or
 *         nothing; a stream has ended only when all of it has been read
 * BOUND: all interleavings of the atomic accesses of a loop and a thread, which is more than an
 *        interrupt at each point, with pipes of 2 bytes: the other side makes CALLS calls of one or
 *        two bytes and may close the pipe in front of each and at the end; a task reads in one of 7
 *        ways, or (INTERRUPT_READS) writes in pieces of 1 to 3 bytes, and is cancelled once at any time
 * RUN: -DINTERRUPT_READS=0 -DCALLS=2
 * RUN: -DINTERRUPT_READS=1 -DCALLS=2
 * FLAGS: -O0 -Wl,-z,now -fno-sanitize=address
 * BREAKS: s/agen_wakeup_set_(&pipe->wakeup_, task->loop_);/&break;/
 * BREAKS: /agen_store_(pipe, &pipe->tail_, tail);/{N;s/\(.*\)\n\(.*\)/\2\n\1/}
 * BREAKS: /^AGEN_FUNCTION_ int agen_pipe_read_(/,/^}/{/  closed = /d;s/^  *take = have = .*$/&closed = agen_pipe_closed_(pipe);/}
 * BREAKS: /^AGEN_OUTLINE_ int agen_pipe_wait_(/,/^}/{/  closed = /d;s/^  *if (closed)/closed = agen_pipe_closed_(pipe);&/}
 * BREAKS: /^AGEN_INLINE_ void agen_pipe_close_isr_(/,/^}/s/agen_pipe_notify_(pipe);//
 * BREAKS: s/wakeup_.of_.lost_ + (n - room)/wakeup_.of_.lost_ + n/
 * BREAKS: s/level >= agen_fetch_(pipe, &pipe->wanted_)/level > agen_fetch_(pipe, \&pipe->wanted_)/
 * BREAKS: s/(void)agen_swap_byte_(&first->queued_, 0);//
 * BREAKS: s/!agen_pipe_closed_(pipe) && agen_pipe_selects_(pipe)$/false/
 * BREAKS: s/(pipe, size - 1 - (count - n), true)/(pipe, size - 1 - count, true)/
 * BREAKS: s/if (!found && at_once && (too_long || !closed))/if (false)/
 *
 * As for interrupts.c: without optimisation no register holds anything across a call.
 */
#include "threads.h"

#include "agen.h"

#ifndef INTERRUPT_READS
#define INTERRUPT_READS 0
#endif
#ifndef CALLS
#define CALLS 2
#endif
enum { CAPACITY = 2, NUMBERS = 8, DELIMITER = 1, MOST = 3 };
enum { INTERRUPT, LOOP, THREADS };
enum way { SOME, EXACTLY, UNTIL, LONG, BYTES, CHUNKS, SELECT, WAYS };

struct reader {
    AGEN_COROUTINE;
    uint8_t buffer[MOST], way;
    bool ended;
    size_t count;
    agen_chunks chunks;
    agen_alternative on_bytes, on_event;
    agen_event event;
};

struct writer {
    AGEN_COROUTINE;
    uint8_t buffer[MOST];
    bool ended;
    size_t n, count;
};

static struct world {
    agen_loop loop;
    agen_task task;
    AGEN_PIPE(CAPACITY) pipe;
    struct reader reader;
    struct writer writer;
    bool asleep, inside, cancelled, set;
    uint8_t put, got; /* bytes are numbered, modulo NUMBERS */
    uint8_t lost;
    struct thread threads[THREADS];
} world;

static agen_ticks now(void)
{
    return 0;
}

static void number(uint8_t *bytes, unsigned n)
{
    unsigned i;

    for (i = 0; i < n; i++)
        bytes[i] = (uint8_t)((world.put + i) % NUMBERS);
}

static void got(const uint8_t *bytes, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++) {
        ASSERT(bytes[i] == world.got);
        world.got = (uint8_t)((world.got + 1) % NUMBERS);
    }
}

static bool is_closed(void)
{
    return world.pipe.pipe_.wakeup_.kind_ == AGEN_OF_CLOSED_PIPE_;
}

static unsigned level(void)
{
    return (unsigned)agen_pipe_count(&world.pipe);
}

/* --- The loop reads --------------------------------------------------------------------------- */

static void check_ended(void)
{
    ASSERT(is_closed() && world.got == world.put && agen_pipe_ended(&world.pipe));
}

AGEN(reader, self)
{
    AGEN_BEGIN(self);
    while (!self->ended) {
        AGEN_TRY(self) {
            self->count = 0;
            if (self->way == SOME) {
                AGEN_READ(self, &world.pipe, self->buffer, MOST, &self->count);
                self->ended = agen_status(self) == AGEN_DONE;
            } else if (self->way == EXACTLY) {
                AGEN_READ_EXACTLY(self, &world.pipe, self->buffer, 2, &self->count);
                ASSERT(self->count == 2);
            } else if (self->way == UNTIL) {
                AGEN_READ_UNTIL(self, &world.pipe, DELIMITER, self->buffer, 2, &self->count);
                ASSERT(self->buffer[self->count - 1] == DELIMITER);
            } else if (self->way == LONG) { /* longer than what the pipe holds */
                AGEN_READ_EXACTLY(self, &world.pipe, self->buffer, 3, &self->count);
                ASSERT(self->count == 3);
            } else if (self->way == BYTES) {
                AGEN_WAIT_BYTES(self, &world.pipe, 2);
                self->ended = agen_status(self) == AGEN_DONE;
                ASSERT(self->ended ? is_closed() && level() < 2 : level() == 2);
                self->count = agen_pipe_read(&world.pipe, self->buffer, 1);
            } else if (self->way == CHUNKS) {
                AGEN_FOR(self, &self->chunks)
                    got(self->chunks.value.data, self->chunks.value.size);
                self->ended = true;
            } else {
                AGEN_SELECT(self)
                    AGEN_ON_BYTES(self, &self->on_bytes, &world.pipe, 2) {
                        self->ended = is_closed();
                        ASSERT(self->ended || level() == 2);
                        self->count = agen_pipe_read(&world.pipe, self->buffer,
                                                     self->ended ? 2 : 1);
                    }
                    AGEN_ON_EVENT(self, &self->on_event, &self->event) {
                        ASSERT(agen_event_is_set(&self->event));
                        agen_event_clear(&self->event);
                        self->count = agen_pipe_read(&world.pipe, self->buffer, 2);
                    }
                AGEN_END_SELECT(self);
            }
            got(self->buffer, self->count);
        } AGEN_EXCEPT_ANY(self) {
            if (agen_error(self) == AGEN_E_INCOMPLETE) {
                ASSERT(is_closed() && (self->way != LONG || self->count < 3));
                got(self->buffer, self->count);
                self->ended = true;
            } else if (agen_error(self) == AGEN_E_TOO_LONG) {
                ASSERT(self->way == UNTIL && self->count == 0);
                got(self->buffer, agen_pipe_read(&world.pipe, self->buffer, 1));
            } else {
                ASSERT(agen_error(self) == AGEN_E_CANCELLED && world.cancelled);
                ASSERT(self->way == LONG || self->count == 0);
                got(self->buffer, self->count);
            }
        } AGEN_END_TRY(self);
        self->count = 0;
    }
    check_ended();
    AGEN_END(self);
}

/* For a reader that waits while nothing else goes on. */
static bool reader_may_go_on(const struct reader *self)
{
    unsigned there = level();

    if (is_closed())
        return true;
    switch ((enum way)self->way) {
    case UNTIL: return there == 2 || (there == 1 && world.got == DELIMITER);
    case SELECT: return there == 2 || self->event.wakeup_.of_.event_.set_;
    case EXACTLY:
    case BYTES: return there == 2;
    case SOME:
    case LONG:
    case CHUNKS:
    case WAYS:
    default: return there > 0;
    }
}

/* --- The loop writes -------------------------------------------------------------------------- */

AGEN(writer, self)
{
    AGEN_BEGIN(self);
    while (!self->ended) {
        AGEN_TRY(self) {
            self->n = 1 + any(MOST);
            number(self->buffer, MOST);
            AGEN_WRITE(self, &world.pipe, self->buffer, self->n, &self->count);
            ASSERT(self->count == self->n);
        } AGEN_EXCEPT_ANY(self) {
            ASSERT(self->count < self->n);
            if (agen_error(self) == AGEN_E_CLOSED) {
                ASSERT(is_closed());
                self->ended = true;
            } else {
                ASSERT(agen_error(self) == AGEN_E_CANCELLED && world.cancelled);
            }
        } AGEN_END_TRY(self);
        world.put = (uint8_t)((world.put + self->count) % NUMBERS);
        self->count = 0;
    }
    AGEN_END(self);
}

/* --- The two threads -------------------------------------------------------------------------- */

static void write_some(void)
{
    uint8_t bytes[2] = { 0, 0 };
    unsigned n = 1 + any(2), stored;

    number(bytes, n);
    stored = (unsigned)agen_pipe_write_isr(&world.pipe, bytes, n);
    ASSERT(stored <= n);
    world.put = (uint8_t)((world.put + stored) % NUMBERS);
    world.lost = (uint8_t)(world.lost + n - stored);
}

static void read_some(void)
{
    uint8_t bytes[2] = { 0, 0 };
    unsigned n = 1 + any(2);

    if (maybe())
        got(bytes, agen_pipe_read_isr(&world.pipe, bytes, n));
    else
        world.got = (uint8_t)((world.got + agen_pipe_consume_isr(&world.pipe, n)) % NUMBERS);
}

static void may_close(void)
{
    if (!is_closed() && maybe())
        agen_pipe_close_isr(&world.pipe);
}

static void interrupt(void)
{
    int i;

    for (i = 0; i < CALLS; i++) {
        world.inside = true;
        may_close();
        if (INTERRUPT_READS)
            read_some();
        else
            write_some();
        world.inside = false;
        point_();
    }
    world.inside = true;
    may_close();
    world.inside = false;
    end_thread();
}

/* What other code of the loop does between two passes. */
static void may_interfere(void)
{
    if (!world.cancelled && maybe())
        world.cancelled = agen_cancel(&world.task);
    if (world.reader.way == SELECT && !world.set && maybe()) {
        world.set = true;
        agen_event_set(&world.reader.event);
    }
    if (INTERRUPT_READS && !is_closed() && maybe())
        agen_pipe_close(&world.pipe);
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
    agen_loop_init(&world.loop, now);
    agen_pipe_init(&world.pipe);
    if (INTERRUPT_READS) {
        agen_init(&world.writer, writer);
        agen_spawn(&world.loop, &world.task, &world.writer);
    } else {
        world.reader.way = (uint8_t)any(WAYS);
        agen_init(&world.reader, reader);
        agen_chunks_init(&world.reader.chunks, &world.pipe);
        agen_spawn(&world.loop, &world.task, &world.reader);
    }
}

/* The loop sleeps and no call is under way: so everything has been seen. */
static void check_rest(void)
{
    bool waits = agen_task_status(&world.task) == AGEN_PENDING;
    unsigned moved = (unsigned)(INTERRUPT_READS ? world.writer.count : 0);
    unsigned taken = (unsigned)(world.reader.way == LONG ? world.reader.count : 0);

    ASSERT(level() == (world.put + moved + 2u * NUMBERS - world.got - taken) % NUMBERS);
    ASSERT(agen_pipe_lost(&world.pipe) == world.lost);
    ASSERT(waits == (world.pipe.pipe_.list_.first_ != NULL));
    ASSERT(waits == !is_closed());
    if (INTERRUPT_READS)
        ASSERT(!waits || agen_pipe_room(&world.pipe) == 0);
    else
        ASSERT(waits ? !reader_may_go_on(&world.reader) : world.got == world.put);
}

/* Whether there is something left that may wake a loop that sleeps. */
static bool may_be_disturbed(void)
{
    return agen_task_status(&world.task) == AGEN_PENDING
           && (!world.cancelled || INTERRUPT_READS || (world.reader.way == SELECT && !world.set));
}

static bool operation(void)
{
    static void (*const bodies[])(void) = { interrupt, poll_for_ever };
    unsigned who = any(THREADS);

    if (world.threads[who].ended)
        return false;
    if (who == LOOP && world.asleep && agen_loop_idle_ticks(&world.loop) > 0) {
        if (!world.inside)
            check_rest();
        if (!may_be_disturbed())
            return false; /* until a notice comes */
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
