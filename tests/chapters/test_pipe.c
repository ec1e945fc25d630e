/* SPDX-License-Identifier: 0BSD */
/*
 * Pipes of bytes: what comes out is what went in, whoever writes and reads, and however a read or a
 * write ends. The tests are named after asyncio's streams (R): docs/PYTHON.md.
 */
#include "loop.h"

enum { C = AGEN_E_CANCELLED, T = AGEN_E_TIMEOUT, P = AGEN_PENDING };

/* --- From plain C: everything against a model, at every size, place and filling --------------- */

enum { LARGEST = 5 };

/* Numbers are bytes; those from `first` on are in the pipe. */
struct model {
    unsigned size, first, count;
    unsigned long lost;
};

static struct model model;
static agen_pipe *pipe; /* of any size */
static AGEN_PIPE(1) pipe_1;
static AGEN_PIPE(2) pipe_2;
static AGEN_PIPE(3) pipe_3;
static AGEN_PIPE(4) pipe_4;
static AGEN_PIPE(LARGEST) pipe_5;

static void begin_model(unsigned size)
{
    memset(&model, 0, sizeof model);
    model.size = size;
    switch (size) {
    case 1: agen_pipe_init(&pipe_1); pipe = (agen_pipe *)&pipe_1; break;
    case 2: agen_pipe_init(&pipe_2); pipe = (agen_pipe *)&pipe_2; break;
    case 3: agen_pipe_init(&pipe_3); pipe = (agen_pipe *)&pipe_3; break;
    case 4: agen_pipe_init(&pipe_4); pipe = (agen_pipe *)&pipe_4; break;
    default: agen_pipe_init(&pipe_5); pipe = (agen_pipe *)&pipe_5; break;
    }
}

static unsigned least(unsigned one, unsigned other)
{
    return one < other ? one : other;
}

static void check_model(void)
{
    unsigned i, in_a_row, j;
    size_t size = 99;
    const uint8_t *bytes = agen_pipe_borrow(pipe, &size);

    CHECK_INT(agen_pipe_count(pipe), model.count);
    CHECK_INT(agen_pipe_room(pipe), model.size - model.count);
    CHECK_INT(agen_pipe_lost(pipe), model.lost % 65536);
    in_a_row = least(model.count, model.size + 1 - model.first % (model.size + 1));
    CHECK_INT(size, in_a_row);
    for (i = 0; i < in_a_row; i++) {
        CHECK_INT(bytes[i], (uint8_t)(model.first + i));
        for (j = 0; j < i; j++)
            CHECK(bytes[j] != bytes[i]);
    }
}

static void write_some(unsigned n, bool from_interrupt)
{
    uint8_t bytes[2 * LARGEST];
    unsigned i, fits = least(n, model.size - model.count);

    for (i = 0; i < n; i++)
        bytes[i] = (uint8_t)(model.first + model.count + i);
    if (from_interrupt) {
        CHECK_INT(agen_pipe_write_isr(pipe, bytes, n), fits);
        model.lost += n - fits;
    } else {
        CHECK_INT(agen_pipe_write(pipe, bytes, n), fits);
    }
    model.count += fits;
    check_model();
}

static void read_some(unsigned n, bool from_interrupt, bool consumes)
{
    uint8_t bytes[2 * LARGEST + 1];
    unsigned i, there = least(n, model.count);

    memset(bytes, 0xEE, sizeof bytes);
    if (consumes && from_interrupt)
        CHECK_INT(agen_pipe_consume_isr(pipe, n), there);
    else if (consumes)
        CHECK_INT(agen_pipe_consume(pipe, n), there);
    else if (from_interrupt)
        CHECK_INT(agen_pipe_read_isr(pipe, bytes, n), there);
    else
        CHECK_INT(agen_pipe_read(pipe, bytes, n), there);
    for (i = 0; i < sizeof bytes; i++)
        CHECK_INT(bytes[i], i < there && !consumes ? (uint8_t)(model.first + i) : 0xEE);
    model.first += there;
    model.count -= there;
    check_model();
}

static void test_r1_bytes_in_order(void)
{
    unsigned size, place, filled, way, n;

    for (size = 1; size <= LARGEST; size++)
        for (place = 0; place <= size; place++)
            for (filled = 0; filled <= size; filled++)
                for (way = 0; way < 8; way++)
                    for (n = 0; n <= size + 2; n++) {
                        begin_model(size);
                        check_model();
                        while (model.first < place) {
                            write_some(1, false);
                            read_some(1, false, false);
                        }
                        write_some(filled, (way & 1) != 0);
                        if (way & 4)
                            read_some(n, (way & 1) != 0, (way & 2) != 0);
                        else
                            write_some(n, (way & 2) != 0);
                        read_some(model.count, false, false);
                    }
}

static void test_r1_lost_bytes_are_counted(void)
{
    unsigned i;

    begin_model(3);
    for (i = 0; i < 18725; i++) /* 131,072 bytes and more are lost */
        write_some(7, true);
    CHECK(model.lost > 65536);
    begin_model(3);
    CHECK_INT(agen_pipe_lost(pipe), 0);
}

static void test_r1_closed(void)
{
    uint8_t byte = 7;
    int from_interrupt;

    for (from_interrupt = 0; from_interrupt < 2; from_interrupt++) {
        begin_model(3);
        write_some(2, false);
        CHECK(!agen_pipe_ended(pipe));
        if (from_interrupt)
            agen_pipe_close_isr(pipe);
        else
            agen_pipe_close(pipe);
        CHECK(!agen_pipe_ended(pipe));
        CHECK_INT(agen_pipe_write(pipe, &byte, 1), 0);
        CHECK_INT(agen_pipe_lost(pipe), 0);
        CHECK_INT(agen_pipe_write_isr(pipe, &byte, 1), 0);
        CHECK_INT(agen_pipe_lost(pipe), 1);
        model.lost = 1;
        read_some(1, false, false);
        CHECK(!agen_pipe_ended(pipe));
        read_some(2, false, false);
        CHECK(agen_pipe_ended(pipe));
        agen_pipe_close(pipe); /* twice is once */
        CHECK(agen_pipe_ended(pipe));
        begin_model(3);
        CHECK(!agen_pipe_ended(pipe)); /* nothing in it, but it is open */
    }
}

/* --- Tasks ------------------------------------------------------------------------------------ */

enum { SIZE = 8, MORE = 20, DELIMITER = 10, PATIENT = 1000, MOST = 64 };
enum way { SOME, EXACTLY, UNTIL, BYTES, CHUNKS, WAYS };

static AGEN_PIPE(SIZE) bytes;

/* Reads once, or (CHUNKS) until a byte that is a multiple of DELIMITER. */
struct reader {
    AGEN_COROUTINE;
    enum way way;
    size_t n, count;
    uint8_t buffer[MORE];
    int answer, error, wakes;
    agen_timeout limit;
    agen_chunks chunks;
    agen_task task;
};

AGEN(reader, self)
{
    self->wakes++;
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, PATIENT) {
            if (self->way == SOME) {
                AGEN_READ(self, &bytes, self->buffer, self->n, &self->count);
            } else if (self->way == EXACTLY) {
                AGEN_READ_EXACTLY(self, &bytes, self->buffer, self->n, &self->count);
            } else if (self->way == UNTIL) {
                AGEN_READ_UNTIL(self, &bytes, DELIMITER, self->buffer, self->n, &self->count);
            } else if (self->way == BYTES) {
                AGEN_WAIT_BYTES(self, &bytes, self->n);
            } else {
                AGEN_FOR(self, &self->chunks) {
                    CHECK(self->chunks.value.size > 0);
                    CHECK(self->count + self->chunks.value.size <= sizeof self->buffer);
                    memcpy(self->buffer + self->count, self->chunks.value.data,
                           self->chunks.value.size);
                    self->count += self->chunks.value.size;
                    if (self->count >= self->n) {
                        (void)agen_pipe_consume(&bytes, self->chunks.value.size);
                        break;
                    }
                }
            }
            self->answer = agen_status(self);
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT_ANY(self) {
        self->error = agen_error(self);
        self->answer = self->error;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

enum { READERS = 2 };
static struct reader readers[READERS];
static unsigned written, came; /* bytes that went in, and that came out */

static void begin_bytes(void)
{
    begin();
    agen_pipe_init(&bytes);
    written = came = 0;
}

static struct reader *start_reader(int i, enum way way, size_t n)
{
    struct reader *reader = &readers[i];

    memset(reader, 0, sizeof *reader);
    agen_init(reader, reader);
    agen_chunks_init(&reader->chunks, &bytes);
    reader->way = way;
    reader->n = n;
    reader->answer = P;
    reader->count = way == CHUNKS || way == BYTES ? 0 : 99;
    CHECK_INT(agen_spawn(&loop, &reader->task, reader), AGEN_DONE);
    return reader;
}

/* Bytes are numbered from 1 on, so that the DELIMITERth is the first delimiter. */
static unsigned feed(unsigned n, bool from_interrupt)
{
    uint8_t some[MOST];
    unsigned i, stored;

    for (i = 0; i < n; i++)
        some[i] = (uint8_t)(written + 1 + i);
    stored = (unsigned)(from_interrupt ? agen_pipe_write_isr(&bytes, some, n)
                                       : agen_pipe_write(&bytes, some, n));
    written += stored;
    return stored;
}

static void check_came(const uint8_t *buffer, size_t n)
{
    size_t i;

    for (i = 0; i < n; i++)
        CHECK_INT(buffer[i], (uint8_t)(++came));
}

/* What is left, from plain C. */
static void check_rest(void)
{
    uint8_t rest[SIZE];

    check_came(rest, agen_pipe_read(&bytes, rest, sizeof rest));
    CHECK_INT(came, written);
    CHECK_INT(agen_pipe_count(&bytes), 0);
}

static void check_answer(struct reader *reader, int answer, size_t count)
{
    CHECK_INT(reader->answer, answer);
    CHECK_INT(reader->count, count);
    check_came(reader->buffer, reader->count);
}

/* --- R2: read --------------------------------------------------------------------------------- */

static void test_r2_read_some(void)
{
    unsigned there, n;

    for (there = 1; there <= SIZE; there++)
        for (n = 1; n <= SIZE + 1; n++) {
            begin_bytes();
            (void)feed(there, false);
            (void)start_reader(0, SOME, n);
            (void)agen_loop_poll(&loop); /* it does not wait */
            check_answer(&readers[0], AGEN_YIELDED, least(n, there));
            check_rest();
            end();
        }
}

static void test_r2_read_waits_for_a_byte(void)
{
    int from_interrupt;

    for (from_interrupt = 0; from_interrupt < 2; from_interrupt++) {
        begin_bytes();
        (void)start_reader(0, SOME, 5);
        settle();
        CHECK_INT(readers[0].answer, P);
        (void)feed(1, from_interrupt != 0);
        CHECK_INT(agen_loop_idle_ticks(&loop), 0);
        (void)feed(2, from_interrupt != 0); /* before it runs */
        (void)agen_loop_poll(&loop);
        check_answer(&readers[0], AGEN_YIELDED, 3);
        end();
    }
}

static void test_r2_read_nothing(void)
{
    begin_bytes();
    (void)start_reader(0, SOME, 0);
    settle();
    check_answer(&readers[0], AGEN_YIELDED, 0);
    (void)feed(2, false);
    (void)start_reader(0, EXACTLY, 0);
    settle();
    check_answer(&readers[0], AGEN_YIELDED, 0);
    agen_pipe_close(&bytes);
    (void)start_reader(0, EXACTLY, 0);
    (void)start_reader(1, UNTIL, 0);
    settle();
    check_answer(&readers[0], AGEN_YIELDED, 0);
    check_answer(&readers[1], AGEN_E_TOO_LONG, 0);
    check_rest();
    end();
}

/* At the end of the stream there is nothing, as often as one asks. */
static void test_r2_end(void)
{
    int turn, from_interrupt;

    for (from_interrupt = 0; from_interrupt < 2; from_interrupt++) {
        begin_bytes();
        (void)feed(2, false);
        agen_pipe_close(&bytes);
        (void)start_reader(0, SOME, 5);
        settle();
        check_answer(&readers[0], AGEN_YIELDED, 2);
        for (turn = 0; turn < 2; turn++) {
            (void)start_reader(0, SOME, 5);
            settle();
            check_answer(&readers[0], AGEN_DONE, 0);
        }
        end();
        begin_bytes();
        (void)start_reader(0, SOME, 5); /* it waits */
        settle();
        if (from_interrupt)
            agen_pipe_close_isr(&bytes);
        else
            agen_pipe_close(&bytes);
        settle();
        check_answer(&readers[0], AGEN_DONE, 0);
        end();
    }
}

/* --- R3: readexactly -------------------------------------------------------------------------- */

/* Every number, in pieces of every size, from an interrupt and from the loop. */
static void test_r3_exactly(void)
{
    unsigned n, piece, from_interrupt;

    for (n = 1; n <= MORE; n++)
        for (piece = 1; piece <= SIZE; piece++)
            for (from_interrupt = 0; from_interrupt < 2; from_interrupt++) {
                begin_bytes();
                (void)start_reader(0, EXACTLY, n);
                settle();
                while (readers[0].answer == P) {
                    CHECK(feed(piece, from_interrupt != 0) > 0);
                    settle();
                    CHECK_INT(readers[0].answer == P, written < n);
                }
                check_answer(&readers[0], AGEN_YIELDED, n);
                check_rest();
                end();
            }
}

/* The loop hears only when there is enough: it sleeps until then, and the reader wakes up once. */
static void test_r3_wakes_once(void)
{
    unsigned i, from_interrupt;

    for (from_interrupt = 0; from_interrupt < 2; from_interrupt++) {
        begin_bytes();
        (void)start_reader(0, EXACTLY, SIZE);
        settle();
        readers[0].wakes = 0;
        for (i = 0; i < SIZE - 1; i++) {
            CHECK_INT(feed(1, from_interrupt != 0), 1);
            CHECK(agen_loop_idle_ticks(&loop) > 0);
        }
        CHECK_INT(feed(1, from_interrupt != 0), 1);
        CHECK_INT(agen_loop_idle_ticks(&loop), 0);
        settle();
        check_answer(&readers[0], AGEN_YIELDED, SIZE);
        CHECK_INT(readers[0].wakes, 1);
        CHECK_INT(feed(SIZE, from_interrupt != 0), SIZE); /* nobody waits: the loop hears nothing */
        CHECK(agen_loop_idle_ticks(&loop) > 0);
        check_rest();
        end();
    }
}

/* More than there can be at once: taken in halves, and the last one as small as it is. */
static void test_r3_more_than_it_holds(void)
{
    unsigned i, from_interrupt;

    for (from_interrupt = 0; from_interrupt < 2; from_interrupt++) {
        begin_bytes();
        (void)start_reader(0, EXACTLY, SIZE + 2);
        settle();
        readers[0].wakes = 0;
        for (i = 1; i <= SIZE + 2; i++) {
            CHECK_INT(feed(1, from_interrupt != 0), 1);
            CHECK_INT(agen_loop_idle_ticks(&loop) == 0,
                      i == SIZE / 2 || i == SIZE || i == SIZE + 2);
            settle();
            CHECK_INT(readers[0].count, i < SIZE / 2 ? 0 : i < SIZE ? SIZE / 2 : i < SIZE + 2 ? SIZE
                                                                             : SIZE + 2);
        }
        check_answer(&readers[0], AGEN_YIELDED, SIZE + 2);
        CHECK_INT(readers[0].wakes, 3);
        end();
    }
}

/* The end comes too early: what there was has been read. */
static void test_r3_incomplete(void)
{
    unsigned n, there, closed_first;

    for (n = 1; n <= MORE; n++)
        for (there = 0; there < n; there++)
            for (closed_first = 0; closed_first < 2; closed_first++) {
                begin_bytes();
                if (closed_first) {
                    if (there > SIZE)
                        continue;
                    (void)feed(there, false);
                    agen_pipe_close(&bytes);
                    (void)start_reader(0, EXACTLY, n);
                    settle();
                } else {
                    (void)start_reader(0, EXACTLY, n);
                    settle();
                    while (written < there) {
                        CHECK(feed(least(there - written, 3), true) > 0);
                        settle();
                    }
                    agen_pipe_close_isr(&bytes);
                    settle();
                }
                check_answer(&readers[0], AGEN_E_INCOMPLETE, there);
                check_rest();
                end();
            }
}

/* --- R4: readuntil ---------------------------------------------------------------------------- */

/* The DELIMITERth byte is one. `before` bytes are taken away first. */
static void start_until(unsigned before, size_t n)
{
    uint8_t some[MOST];
    unsigned i;

    begin_bytes();
    for (i = 0; i < before; i++) {
        CHECK_INT(feed(1, false), 1);
        check_came(some, agen_pipe_read(&bytes, some, 1));
    }
    (void)start_reader(0, UNTIL, n);
    settle();
    readers[0].wakes = 0;
}

static void test_r4_until(void)
{
    unsigned before, piece, n, from_interrupt;

    for (before = 0; before < DELIMITER; before++)
        for (piece = 1; piece <= SIZE; piece++)
            for (n = DELIMITER - before; n <= MORE; n++)
                for (from_interrupt = 0; from_interrupt < 2; from_interrupt++) {
                    start_until(before, n);
                    while (readers[0].answer == P) {
                        CHECK(feed(piece, from_interrupt != 0) > 0);
                        settle();
                        CHECK_INT(readers[0].answer == P, written < DELIMITER);
                    }
                    check_answer(&readers[0], AGEN_YIELDED, DELIMITER - before);
                    check_rest();
                    end();
                }
}

/* No byte is looked at twice, and bytes are taken only with the delimiter. */
static void test_r4_looks_on(void)
{
    start_until(5, SIZE);
    CHECK_INT(feed(3, true), 3);
    settle();
    bytes.bytes_[5] = DELIMITER; /* has been looked at */
    CHECK_INT(feed(1, true), 1);
    settle();
    CHECK_INT(readers[0].answer, P);
    CHECK_INT(agen_pipe_count(&bytes), 4);
    bytes.bytes_[5] = 6;
    CHECK_INT(feed(1, true), 1);
    settle();
    check_answer(&readers[0], AGEN_YIELDED, 5);
    CHECK_INT(readers[0].wakes, 3);
    end();
}

/* Too long: nothing is lost, it can be read otherwise. */
static void test_r4_too_long(void)
{
    unsigned n, there, piece;

    for (n = 1; n < DELIMITER; n++)
        for (there = 0; there <= SIZE; there++)
            for (piece = 1; piece <= 3; piece++) {
                begin_bytes();
                (void)feed(there, false);
                (void)start_reader(0, UNTIL, n);
                settle();
                while (written < n) {
                    CHECK_INT(readers[0].answer, P);
                    CHECK(feed(piece, true) > 0);
                    settle();
                }
                check_answer(&readers[0], AGEN_E_TOO_LONG, n <= SIZE ? 0 : n);
                check_rest();
                end();
            }
}

static void test_r4_incomplete(void)
{
    unsigned n, there, from_interrupt;

    for (n = 1; n <= MORE; n++)
        for (there = 0; there < n && there < DELIMITER && there <= SIZE; there++)
            for (from_interrupt = 0; from_interrupt < 2; from_interrupt++) {
                begin_bytes();
                if (from_interrupt) {
                    (void)start_reader(0, UNTIL, n);
                    settle();
                }
                CHECK_INT(feed(there, from_interrupt != 0), there);
                if (from_interrupt) {
                    settle();
                    agen_pipe_close_isr(&bytes);
                } else {
                    agen_pipe_close(&bytes);
                    (void)start_reader(0, UNTIL, n);
                }
                settle();
                check_answer(&readers[0], AGEN_E_INCOMPLETE, there);
                check_rest();
                end();
            }
}

/* --- R5: whatever happens, each byte comes once, in order ------------------------------------- */

enum happens { ONE, THREE, ONE_FROM_INTERRUPT, CLOSE, CANCEL, EXPIRE, PASS, EVENTS };
enum { IN_A_ROW = CHECK_ROUNDS(5, 4) };

static void happen(enum happens what, struct reader *reader)
{
    switch (what) {
    case ONE: (void)feed(1, false); break;
    case THREE: (void)feed(3, true); break;
    case ONE_FROM_INTERRUPT: (void)feed(1, true); break;
    case CLOSE: agen_pipe_close_isr(&bytes); break;
    case CANCEL: (void)agen_cancel(&reader->task); break;
    case EXPIRE: ticks += PATIENT; break;
    case PASS: case EVENTS: default: (void)agen_loop_poll(&loop); break;
    }
}

static void check_ended(const struct reader *reader)
{
    if (reader->answer == AGEN_YIELDED && reader->way == EXACTLY)
        CHECK_INT(reader->count, reader->n);
    if (reader->answer == AGEN_DONE || reader->error == AGEN_E_INCOMPLETE)
        CHECK(agen_pipe_ended(&bytes) || reader->way == BYTES || reader->way == CHUNKS);
    if (reader->error == C || reader->error == T)
        CHECK(reader->n > SIZE || reader->way == CHUNKS || reader->count == 0);
}

/* The events are the digits of `order`. */
static void check_no_byte_is_lost(enum way first, size_t n, int order)
{
    int i;

    begin_bytes();
    (void)start_reader(0, first, n);
    (void)agen_loop_poll(&loop);
    for (i = 0; i < IN_A_ROW; i++, order /= EVENTS)
        happen((enum happens)(order % EVENTS), &readers[0]);
    settle();
    if (agen_cancel(&readers[0].task))
        settle();
    check_ended(&readers[0]);
    check_came(readers[0].buffer, readers[0].count);
    (void)feed(SIZE, true);
    if (first == CHUNKS) { /* once more the same generator: what it holds is not taken yet */
        (void)start_reader(1, SOME, SIZE);
    } else {
        (void)start_reader(1, CHUNKS, MORE);
    }
    settle();
    agen_pipe_close(&bytes);
    settle();
    check_came(readers[1].buffer, readers[1].count);
    check_rest();
    end();
}

static void test_r5_no_byte_is_lost(void)
{
    static const size_t sizes[] = { 2, 4, SIZE, SIZE + 3 };
    int orders = 1, order, i, first;
    size_t size;

    for (i = 0; i < IN_A_ROW; i++)
        orders *= EVENTS;
    for (first = 0; first < WAYS; first++)
        for (size = 0; size < sizeof sizes / sizeof *sizes; size++)
            for (order = 0; order < orders; order++)
                check_no_byte_is_lost((enum way)first, sizes[size], order);
}

/* --- R6: write -------------------------------------------------------------------------------- */

struct writer {
    AGEN_COROUTINE;
    const uint8_t *data;
    size_t n, count;
    bool starts;
    int started, error, ended, wakes;
    agen_timeout limit;
    agen_task task;
};

static uint8_t numbers[MOST];

AGEN(writer, self)
{
    self->wakes++;
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->limit, PATIENT) {
            if (self->starts)
                AGEN_WRITE(self, &bytes, self->data, self->n, &self->count, self->started++);
            else
                AGEN_WRITE(self, &bytes, self->data, self->n, &self->count);
        } AGEN_END_TIMEOUT(self);
        self->ended++;
    } AGEN_EXCEPT_ANY(self) {
        self->error = agen_error(self);
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static struct writer writers[2];

static void start_writer(int i, size_t n, bool starts)
{
    struct writer *writer = &writers[i];
    unsigned number;

    for (number = 0; number < MOST; number++)
        numbers[number] = (uint8_t)(number + 1);
    memset(writer, 0, sizeof *writer);
    agen_init(writer, writer);
    writer->data = numbers;
    writer->n = n;
    writer->count = 99;
    writer->starts = starts;
    CHECK_INT(agen_spawn(&loop, &writer->task, writer), AGEN_DONE);
}

static void take_out(unsigned n, bool from_interrupt)
{
    uint8_t some[SIZE];

    check_came(some, from_interrupt ? agen_pipe_read_isr(&bytes, some, n)
                                    : agen_pipe_read(&bytes, some, n));
}

/* All of it, in pieces of every size, to an interrupt and to the loop. */
static void test_r6_write_all(void)
{
    unsigned n, piece, way;

    for (n = 0; n <= MORE; n++)
        for (piece = 1; piece <= SIZE; piece++)
            for (way = 0; way < 4; way++) {
                begin_bytes();
                start_writer(0, n, (way & 2) != 0);
                settle();
                writers[0].wakes = 0;
                CHECK_INT(writers[0].count, least(n, SIZE));
                while (came < n) {
                    CHECK_INT(writers[0].ended, writers[0].count == n);
                    take_out(piece, (way & 1) != 0);
                    settle();
                }
                CHECK_INT(writers[0].count, n);
                CHECK_INT(writers[0].ended, 1);
                CHECK_INT(writers[0].started, way & 2 ? writers[0].wakes + 1 : 0);
                CHECK_INT(came, n);
                CHECK_INT(agen_pipe_count(&bytes), 0);
                end();
            }
}

/* A transmit interrupt takes byte after byte: the writer is woken when half of them are gone. */
static void test_r6_wakes_at_the_half(void)
{
    unsigned i;

    begin_bytes();
    start_writer(0, MORE, true);
    settle();
    writers[0].wakes = 0;
    CHECK_INT(writers[0].started, 1); /* before it waits, or nothing would ever go out */
    for (i = 1; i <= MORE; i++) {
        take_out(1, true);
        CHECK_INT(agen_loop_idle_ticks(&loop) == 0, i % (SIZE / 2) == 0 && i <= MORE - SIZE);
        settle();
    }
    CHECK_INT(writers[0].ended, 1);
    CHECK_INT(writers[0].wakes, (MORE - SIZE) / (SIZE / 2));
    end();
}

/* The loop's own reader wakes it at once: it may wait for more itself than is in it now. */
static void test_r6_to_a_reader(void)
{
    unsigned n, size;

    for (n = 1; n <= MORE; n++)
        for (size = 1; size <= n; size++) {
            begin_bytes();
            start_writer(0, n, false);
            do {
                (void)start_reader(0, EXACTLY, size);
                settle();
                CHECK_INT(readers[0].answer, came + size <= n ? AGEN_YIELDED : P);
                if (readers[0].answer == P)
                    break;
                check_came(readers[0].buffer, size);
            } while (came < n);
            CHECK_INT(writers[0].ended, 1);
            agen_pipe_close(&bytes);
            settle();
            if (came < n)
                check_came(readers[0].buffer, readers[0].count);
            CHECK_INT(came, n);
            end();
        }
}

/* Closed, cancelled or too late, before, while and after it waits: count says what went in. */
static void test_r6_write_cut_short(void)
{
    unsigned taken, way;

    for (taken = 0; taken <= MORE; taken++)
        for (way = 0; way < 4; way++) {
            begin_bytes();
            start_writer(0, MORE, false);
            settle();
            while (came < taken) {
                take_out(1, true);
                settle();
            }
            if (way == 0)
                agen_pipe_close(&bytes);
            else if (way == 1)
                agen_pipe_close_isr(&bytes);
            else if (way == 2)
                (void)agen_cancel(&writers[0].task);
            else
                ticks += PATIENT;
            settle();
            CHECK_INT(writers[0].error, writers[0].count == MORE ? 0
                                        : way < 2  ? (int)AGEN_E_CLOSED
                                        : way == 2 ? (int)C : (int)T);
            written = (unsigned)writers[0].count;
            CHECK_INT(written - came, agen_pipe_count(&bytes));
            check_rest();
            end();
        }
    begin_bytes();
    agen_pipe_close(&bytes);
    start_writer(0, 1, true);
    start_writer(1, 0, true);
    settle();
    CHECK_INT(writers[0].error, AGEN_E_CLOSED);
    CHECK_INT(writers[0].count, 0);
    CHECK_INT(writers[1].ended, 1); /* nothing to do */
    end();
}

/* --- R7: one at a time ------------------------------------------------------------------------ */

static void test_r7_a_second_reader(void)
{
    int way;

    for (way = 0; way < WAYS; way++) {
        begin_bytes();
        (void)start_reader(0, SOME, 2);
        (void)start_reader(1, (enum way)way, 2);
        settle();
        CHECK_INT(readers[1].error, AGEN_E_RUNNING);
        CHECK_INT(readers[1].count, 0);
        CHECK_INT(readers[0].answer, P);
        (void)start_reader(1, EXACTLY, 0); /* this one need not wait */
        settle();
        CHECK_INT(readers[1].answer, AGEN_YIELDED);
        (void)feed(1, true);
        settle();
        check_answer(&readers[0], AGEN_YIELDED, 1);
        end();
    }
}

static void test_r7_a_second_writer(void)
{
    begin_bytes();
    start_writer(0, SIZE + 1, false);
    start_writer(1, 1, true);
    settle();
    CHECK_INT(writers[1].error, AGEN_E_RUNNING);
    CHECK_INT(writers[1].count, 0);
    CHECK_INT(writers[1].started, 1);
    CHECK_INT(writers[0].ended, 0);
    take_out(SIZE, false);
    settle();
    CHECK_INT(writers[0].ended, 1);
    end();
}

/* Another consumer takes what a reader was woken for: it waits on. */
static void test_r7_woken_in_vain(void)
{
    int way;

    for (way = 0; way < WAYS; way++) {
        begin_bytes();
        (void)start_reader(0, (enum way)way, 1);
        settle();
        (void)feed(1, false);
        take_out(1, false);
        settle();
        CHECK_INT(readers[0].answer, P);
        CHECK(agen_loop_idle_ticks(&loop) > 0);
        agen_pipe_close(&bytes);
        settle();
        CHECK(readers[0].answer != P);
        end();
    }
}

/* --- Waiting without taking, and chunks ------------------------------------------------------- */

static void test_r2_wait_bytes(void)
{
    unsigned n, i;
    size_t size;

    for (n = 0; n <= SIZE + 2; n++) {
        begin_bytes();
        (void)start_reader(0, BYTES, n);
        settle();
        for (i = 0; i < least(n, SIZE); i++) {
            CHECK_INT(readers[0].answer, P);
            CHECK_INT(feed(1, true), 1);
            settle();
        }
        CHECK_INT(readers[0].answer, AGEN_YIELDED);
        CHECK_INT(agen_pipe_count(&bytes), least(n, SIZE));
        (void)agen_pipe_borrow(&bytes, &size);
        CHECK_INT(size, least(n, SIZE));
        check_rest();
        if (n > 0) {
            (void)feed(n - 1, false);
            (void)start_reader(0, BYTES, n > SIZE ? SIZE : n);
            if (n > SIZE)
                check_rest();
            settle();
            CHECK_INT(readers[0].answer, P);
            agen_pipe_close(&bytes);
            settle();
            CHECK_INT(readers[0].answer, AGEN_DONE);
            check_rest();
        }
        end();
    }
}

/* Consumes all chunks; `keep` bytes of each are left for the next, but for the last. */
struct eater {
    AGEN_COROUTINE;
    agen_chunks chunks;
    size_t keep, total;
    int chunk_count;
    bool closes;
    agen_task task;
};

static void eat(struct eater *self)
{
    agen_chunks *chunks = &self->chunks;

    if (chunks->value.size > self->keep)
        chunks->value.size -= self->keep;
    check_came(chunks->value.data, chunks->value.size);
    self->total += chunks->value.size;
    self->chunk_count++;
}

AGEN(eater, self)
{
    AGEN_BEGIN(self);
    if (self->closes) {
        AGEN_FOR_CLOSING(self, &self->chunks)
            eat(self);
        AGEN_END_FOR(self);
    } else {
        AGEN_FOR(self, &self->chunks)
            eat(self);
    }
    AGEN_END(self);
}

static struct eater eater;

static void start_eater(size_t keep, bool closes)
{
    memset(&eater, 0, sizeof eater);
    agen_init(&eater, eater);
    agen_chunks_init(&eater.chunks, &bytes);
    eater.keep = keep;
    eater.closes = closes;
    CHECK_INT(agen_spawn(&loop, &eater.task, &eater), AGEN_DONE);
}

static void test_r2_chunks(void)
{
    unsigned piece, turn, way;

    for (piece = 1; piece <= SIZE; piece++)
        for (way = 0; way < 4; way++) {
            begin_bytes();
            start_eater(0, (way & 2) != 0);
            settle();
            for (turn = 0; turn < 2 * SIZE; turn++) {
                CHECK_INT(feed(piece, (way & 1) != 0), piece);
                settle();
                CHECK_INT(agen_pipe_count(&bytes), 0);
            }
            CHECK_INT(came, written);
            CHECK_INT(agen_task_status(&eater.task), P);
            agen_pipe_close(&bytes);
            settle();
            CHECK_INT(agen_task_status(&eater.task), AGEN_DONE);
            CHECK(agen_done(&eater.chunks));
            CHECK_INT(eater.total, written);
            end();
        }
}

/* What is kept of a chunk comes again. */
static void test_r2_chunks_in_part(void)
{
    begin_bytes();
    start_eater(2, false);
    (void)feed(5, false);
    settle();
    CHECK_INT(came, 5); /* 3, then 2 that are not more than what it keeps */
    CHECK_INT(eater.chunk_count, 2);
    CHECK_INT(agen_pipe_count(&bytes), 0);
    agen_loop_cancel_all(&loop);
    end();
}

/* A chunk whose successor was not asked for is still there, whatever ended the loop. */
static void test_r5_chunks_not_asked_for(void)
{
    agen_chunks chunks;
    int ending;

    for (ending = 0; ending < 4; ending++) {
        begin_bytes();
        agen_chunks_init(&chunks, &bytes);
        (void)feed(5, false);
        CHECK_INT(agen_next(&chunks), AGEN_YIELDED);
        CHECK_INT(chunks.value.size, 5);
        if (ending == 1)
            CHECK_INT(agen_close(&chunks), AGEN_DONE);
        if (ending == 2)
            CHECK_INT(agen_throw(&chunks, -1), -1);
        if (ending == 3)
            agen_chunks_init(&chunks, &bytes);
        CHECK_INT(agen_pipe_count(&bytes), 5);
        if (ending == 0)
            chunks.value.size = 2;
        CHECK_INT(agen_next(&chunks), AGEN_YIELDED);
        CHECK_INT(chunks.value.size, ending == 0 ? 3 : 5);
        CHECK_INT(*chunks.value.data, ending == 0 ? 3 : 1);
        CHECK_INT(agen_next(&chunks), AGEN_E_NO_LOOP); /* it would have to wait */
        CHECK_INT(agen_pipe_count(&bytes), 0);
        CHECK(agen_done(&chunks));
        agen_pipe_close(&bytes);
        CHECK_INT(agen_next(&chunks), AGEN_DONE);
        agen_pipe_init(&bytes);
        (void)feed(1, false); /* it is a new stream */
        CHECK_INT(agen_next(&chunks), AGEN_YIELDED);
        end();
    }
}

#ifdef AGEN_HAVE_ISR_
/* --- As an alternative of a select ------------------------------------------------------------ */

struct chooser {
    AGEN_COROUTINE;
    agen_alternative on_bytes, on_event;
    agen_event event;
    int taken;
    agen_task task;
};

AGEN(chooser, self)
{
    AGEN_BEGIN(self);
    AGEN_SELECT(self)
        AGEN_ON_BYTES(self, &self->on_bytes, &bytes, 3) {
            self->taken = 1;
        }
        AGEN_ON_EVENT(self, &self->on_event, &self->event) {
            self->taken = 2;
        }
    AGEN_END_SELECT(self);
    AGEN_END(self);
}

static void test_r2_select(void)
{
    static struct chooser chooser;
    int way;

    for (way = 0; way < 5; way++) {
        begin_bytes();
        memset(&chooser, 0, sizeof chooser);
        agen_init(&chooser, chooser);
        if (way == 0)
            (void)feed(3, false);
        CHECK_INT(agen_spawn(&loop, &chooser.task, &chooser), AGEN_DONE);
        settle();
        CHECK_INT(chooser.taken, way == 0);
        (void)feed(2, true);
        settle();
        CHECK_INT(chooser.taken, way == 0);
        if (way == 1)
            (void)feed(1, true);
        else if (way == 2)
            (void)feed(1, false);
        else if (way == 3)
            agen_pipe_close_isr(&bytes);
        else if (way == 4)
            agen_event_set(&chooser.event);
        settle();
        CHECK_INT(chooser.taken, way == 4 ? 2 : 1);
        (void)start_reader(0, SOME, 2); /* the side is free again, and no byte was taken */
        settle();
        check_answer(&readers[0], AGEN_YIELDED, 2);
        check_rest();
        end();
    }
}

/* An interrupt tells the loop of bytes that are gone before the next wait: that one waits. */
struct patient {
    AGEN_COROUTINE;
    agen_alternative on_bytes, on_event;
    agen_event event;
    int taken;
    size_t there;
    agen_task task;
};

AGEN(patient, self)
{
    uint8_t three[3];

    AGEN_BEGIN(self);
    while (self->taken < 10) {
        AGEN_SELECT(self)
            AGEN_ON_BYTES(self, &self->on_bytes, &bytes, 3) {
                self->taken = 10;
                self->there = agen_pipe_count(&bytes);
            }
            AGEN_ON_EVENT(self, &self->on_event, &self->event) {
                agen_event_clear(&self->event);
                self->taken++;
                (void)feed(3, true);
                check_came(three, agen_pipe_read(&bytes, three, 3));
            }
        AGEN_END_SELECT(self);
    }
    AGEN_END(self);
}

static void test_r2_select_asks_again(void)
{
    static struct patient patient;
    int way;

    for (way = 0; way < 3; way++) {
        begin_bytes();
        memset(&patient, 0, sizeof patient);
        agen_init(&patient, patient);
        CHECK_INT(agen_spawn(&loop, &patient.task, &patient), AGEN_DONE);
        settle();
        agen_event_set(&patient.event);
        settle();
        CHECK_INT(patient.taken, 1);
        (void)feed(2, true);
        settle();
        CHECK_INT(patient.taken, 1);
        if (way == 0)
            (void)feed(1, true);
        else if (way == 1)
            (void)feed(1, false);
        else
            agen_pipe_close_isr(&bytes);
        settle();
        CHECK_INT(patient.taken, 10);
        CHECK_INT(patient.there, way == 2 ? 2 : 3);
        check_rest();
        end();
    }
}
#endif

/* --- Without a loop --------------------------------------------------------------------------- */

struct alone {
    AGEN_COROUTINE;
    enum way way;
    bool writes;
    size_t count;
    uint8_t buffer[SIZE + 1];
};

AGEN(alone, self)
{
    AGEN_BEGIN(self);
    if (self->writes)
        AGEN_WRITE(self, &bytes, self->buffer, sizeof self->buffer, &self->count);
    else if (self->way == SOME)
        AGEN_READ(self, &bytes, self->buffer, 1, &self->count);
    else if (self->way == EXACTLY)
        AGEN_READ_EXACTLY(self, &bytes, self->buffer, 2, &self->count);
    else if (self->way == UNTIL)
        AGEN_READ_UNTIL(self, &bytes, DELIMITER, self->buffer, SIZE, &self->count);
    else
        AGEN_WAIT_BYTES(self, &bytes, 2);
    AGEN_END(self);
}

/* What would wait raises AGEN_E_NO_LOOP, and has taken nothing. */
static void test_r1_without_a_loop(void)
{
    struct alone alone;
    int way;

    for (way = SOME; way <= BYTES; way++) {
        begin_bytes();
        memset(&alone, 0, sizeof alone);
        agen_init(&alone, alone);
        alone.way = (enum way)way;
        if (way != SOME)
            (void)feed(1, false);
        CHECK_INT(agen_next(&alone), AGEN_E_NO_LOOP);
        CHECK_INT(alone.count, 0);
        CHECK_INT(agen_pipe_count(&bytes), way != SOME);
        (void)feed(SIZE, false);
        agen_init(&alone, alone);
        CHECK_INT(agen_next(&alone), way == UNTIL ? (int)AGEN_E_TOO_LONG : (int)AGEN_DONE);
        end();
    }
    begin_bytes();
    memset(&alone, 0, sizeof alone);
    agen_init(&alone, alone);
    alone.writes = true;
    CHECK_INT(agen_next(&alone), AGEN_E_NO_LOOP);
    CHECK_INT(alone.count, SIZE);
    end();
}

/* --- Large ones, whose indices take two bytes ------------------------------------------------- */

static AGEN_PIPE(255) narrow;
static AGEN_PIPE(1000) wide;

static void pass_through(agen_pipe *large, unsigned size)
{
    uint8_t some[300];
    unsigned in = 0, out = 0, i, n, turn;

    for (turn = 0; turn < 40; turn++) {
        n = 1 + turn * 37 % 299;
        for (i = 0; i < n; i++)
            some[i] = (uint8_t)((in + i) % 251);
        n = (unsigned)(turn % 2 ? agen_pipe_write(large, some, n)
                                : agen_pipe_write_isr(large, some, n));
        in += n;
        CHECK_INT(agen_pipe_count(large), in - out);
        CHECK_INT(agen_pipe_room(large), size - (in - out));
        n = (unsigned)agen_pipe_read(large, some, 1 + turn * 53 % 299);
        for (i = 0; i < n; i++, out++)
            CHECK_INT(some[i], out % 251);
    }
    while ((n = (unsigned)agen_pipe_write(large, some, sizeof some)) > 0)
        in += n;
    CHECK_INT(agen_pipe_count(large), size);
    CHECK(in > 2 * size);
}

static void test_r1_large(void)
{
    agen_pipe_init(&narrow);
    agen_pipe_init(&wide);
    pass_through((agen_pipe *)&narrow, 255);
    pass_through((agen_pipe *)&wide, 1000);
}

/* Where an interrupt cannot wake the loop, a task asks in each pass, and the loop never sleeps. */
static void test_r1_asks_in_each_pass(void)
{
    begin_bytes();
    (void)start_reader(0, EXACTLY, 2);
    (void)agen_loop_poll(&loop);
    (void)feed(1, true);
    (void)agen_loop_poll(&loop);
    CHECK_INT(agen_loop_idle_ticks(&loop), 0);
    CHECK_INT(readers[0].answer, P);
    (void)feed(1, true);
    (void)agen_loop_poll(&loop);
    check_answer(&readers[0], AGEN_YIELDED, 2);
    start_writer(0, SIZE + 1, false);
    (void)agen_loop_poll(&loop);
    CHECK_INT(writers[0].count, SIZE);
    (void)agen_pipe_consume_isr(&bytes, 1);
    (void)agen_loop_poll(&loop);
    CHECK_INT(writers[0].count, SIZE + 1);
    CHECK_INT(writers[0].ended, 1);
    end();
}

static void run_with_a_loop(void)
{
    test_r2_read_some();
    test_r2_read_waits_for_a_byte();
    test_r2_read_nothing();
    test_r2_end();
    test_r2_wait_bytes();
    test_r2_chunks();
    test_r2_chunks_in_part();
    test_r3_exactly();
    test_r3_wakes_once();
    test_r3_more_than_it_holds();
    test_r3_incomplete();
    test_r4_until();
    test_r4_looks_on();
    test_r4_too_long();
    test_r4_incomplete();
    test_r5_no_byte_is_lost();
    test_r5_chunks_not_asked_for();
    test_r6_write_all();
    test_r6_wakes_at_the_half();
    test_r6_to_a_reader();
    test_r6_write_cut_short();
    test_r7_a_second_reader();
    test_r7_a_second_writer();
    test_r7_woken_in_vain();
}

int main(void)
{
    test_r1_bytes_in_order();
    test_r1_lost_bytes_are_counted();
    test_r1_closed();
    test_r1_large();
    test_r1_without_a_loop();
#ifdef AGEN_HAVE_ISR_
    run_with_a_loop();
    test_r2_select();
    test_r2_select_asks_again();
    (void)test_r1_asks_in_each_pass;
#else
    (void)run_with_a_loop;
    test_r1_asks_in_each_pass();
#endif
    return check_result();
}
