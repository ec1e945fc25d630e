/* SPDX-License-Identifier: 0BSD */
/*
 * How often each macro evaluates its arguments. `self` and the generator driven (and a slot) may be
 * evaluated again: they must name the same object. Everything else once, also where it is refused.
 */
#include "agen.h"
#include "check.h"

enum { E_BUS = -5 };

static bool ready;
static int objects, values;

static int value(int v)
{
    values++;
    return v;
}

static void check_counts(int expected_objects, int expected_values, int line)
{
    if (objects != expected_objects || values != expected_values)
        printf("line %d: evaluated %d and %d times\n", line, objects, values);
    CHECK_INT(objects, expected_objects);
    CHECK_INT(values, expected_values);
    objects = values = 0;
}

/*
 * ONCE(operation, status): its x was evaluated once, and nothing else. TWO: its second argument,
 * too.
 */
#define ONCE(operation, status) \
    do { \
        objects = values = 0; \
        CHECK_INT(operation, status); \
        check_counts(1, 0, __LINE__); \
    } while (0)
#define TWO(operation, status) \
    do { \
        objects = values = 0; \
        CHECK_INT(operation, status); \
        check_counts(1, 1, __LINE__); \
    } while (0)

/*
 * agen_send evaluates x once with gcc and clang, "other compilers more than once"; the value always
 * once.
 */
#ifdef __GNUC__
#define SEND(operation, status) TWO(operation, status)
#else
#define SEND(operation, status) \
    do { \
        objects = values = 0; \
        CHECK_INT(operation, status); \
        check_counts(objects, 1, __LINE__); \
    } while (0)
#endif

struct echo {
    AGEN_YIELDS_RECEIVES(int, int);
    bool waits;
};

static struct echo *the(struct echo *x)
{
    objects++;
    return x;
}

AGEN(echo, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_TRY(self) {
            if (self->waits)
                AGEN_WAIT_UNTIL(self, ready);
            AGEN_YIELD(self, 1);
        } AGEN_EXCEPT(self) {
            AGEN_YIELD(self, agen_error(self));
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

/* From plain C: on a new one, a suspended, a pending and a finished one. */
static void test_operations(void)
{
    struct echo x = { AGEN_INIT(echo), .waits = false };

    SEND(agen_send(the(&x), value(1)), AGEN_E_JUST_STARTED);
    ONCE(agen_next(the(&x)), AGEN_YIELDED);
    ONCE(agen_next_as(echo, the(&x)), AGEN_YIELDED);
    SEND(agen_send(the(&x), value(1)), AGEN_YIELDED);
    TWO(agen_throw(the(&x), value(E_BUS)), AGEN_YIELDED);
    TWO(agen_throw(the(&x), value(7)), AGEN_E_BAD_STATE);
    TWO(agen_abort(the(&x), value(E_BUS)), AGEN_DONE);
    TWO(agen_abort(the(&x), value(7)), AGEN_E_BAD_STATE);
    ONCE(agen_poll(the(&x)), AGEN_YIELDED);
    ONCE(agen_done(the(&x)), 0);

    x.waits = true;
    ready = false;
    ONCE(agen_next(the(&x)), AGEN_PENDING);
    ONCE(agen_next(the(&x)), AGEN_E_RUNNING);
    ONCE(agen_next_as(echo, the(&x)), AGEN_E_RUNNING);
    SEND(agen_send(the(&x), value(1)), AGEN_E_RUNNING);
    TWO(agen_throw(the(&x), value(E_BUS)), AGEN_E_RUNNING);
    ONCE(agen_close(the(&x)), AGEN_E_RUNNING);
    ONCE(agen_drop(the(&x)), AGEN_E_RUNNING);
    ONCE(agen_poll(the(&x)), AGEN_PENDING);
    TWO(agen_abort(the(&x), value(7)), AGEN_E_BAD_STATE);
    TWO(agen_abort(the(&x), value(E_BUS)), AGEN_YIELDED);

    ONCE(agen_close(the(&x)), AGEN_DONE);
    ONCE(agen_close(the(&x)), AGEN_DONE);
    ONCE(agen_drop(the(&x)), AGEN_DONE);
    ONCE(agen_done(the(&x)), 1);
    SEND(agen_send(the(&x), value(1)), AGEN_DONE);
    TWO(agen_throw(the(&x), value(E_BUS)), E_BUS);
}

static void test_init(void)
{
    struct echo x;

    objects = values = 0;
    agen_init(the(&x), echo);
    check_counts(1, 0, __LINE__);
    x.waits = false;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    objects = values = 0;
    AGEN_NEW(the(&x), echo, .sent = value(5), .waits = false);
    check_counts(1, 1, __LINE__);
    CHECK_INT(x.sent, 5);
    AGEN_NEW(the(&x), echo);
    check_counts(1, 0, __LINE__);
    CHECK_INT(x.sent, 0);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    objects = values = 0;
    CHECK_STR(agen_strerror(value(AGEN_DONE)), "done");
    check_counts(0, 1, __LINE__);
}

/* In a body: each statement, with an argument that counts. */
enum statement {
    YIELD, RAISE, RAISE_BAD, STEP_SEND, STEP_SEND_NEW, STEP_SEND_WAITS, STEP_SEND_ENDED, STEP_THROW,
    STEP_THROW_BAD, STEP_THROW_WAITS, STATEMENTS
};

struct body {
    AGEN_YIELDS(int);
    struct echo echo;
    enum statement statement;
};

AGEN(body, self)
{
    AGEN_BEGIN(self);
    if (self->statement != STEP_SEND_NEW)
        AGEN_NEXT(self, &self->echo);
    self->echo.waits = self->statement == STEP_SEND_WAITS || self->statement == STEP_THROW_WAITS;
    if (self->statement == STEP_SEND_ENDED)
        AGEN_CLOSE(self, &self->echo);
    values = 0;
    AGEN_TRY(self) {
        if (self->statement == YIELD)
            AGEN_YIELD(self, value(3));
        else if (self->statement == RAISE)
            AGEN_RAISE(self, value(E_BUS));
        else if (self->statement == RAISE_BAD)
            AGEN_RAISE(self, value(7));
        else if (self->statement <= STEP_SEND_ENDED)
            AGEN_SEND(self, &self->echo, value(4));
        else if (self->statement == STEP_THROW_BAD)
            AGEN_THROW(self, &self->echo, value(7));
        else
            AGEN_THROW(self, &self->echo, value(E_BUS));
    } AGEN_EXCEPT(self) {
        trace_int(agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_statements(void)
{
    static const char *const traces[] = {
        "", "-5", "-32759", "", "-32761", "", "", "", "-32759", ""
    };
    int statement, status;

    for (statement = 0; statement < STATEMENTS; statement++) {
        struct body x = {
            AGEN_INIT(body),
            .echo = { AGEN_INIT(echo), .waits = false },
            .statement = (enum statement)statement,
        };

        ready = false;
        while ((status = agen_poll(&x)) > AGEN_DONE)
            ready = status == AGEN_PENDING;
        CHECK_INT(status, AGEN_DONE);
        CHECK_INT(values, 1);
        CHECK_TRACE(traces[statement]);
    }
}

/*
 * `self` and the generator driven may be evaluated again, but at least once, and through any
 * expression.
 */
struct indirect {
    AGEN_YIELDS(int);
    struct echo echo[2];
    agen_slot slots[2];
    int which, turns;
};

static struct indirect *me(struct indirect *self)
{
    objects++;
    return self;
}

AGEN(indirect, self)
{
    AGEN_BEGIN(me(self));
    AGEN_NEXT(me(self), &me(self)->echo[self->which]);
    AGEN_SEND(me(self), &me(self)->echo[self->which], 1);
    AGEN_THROW(me(self), &me(self)->echo[self->which], E_BUS);
    AGEN_FOR(me(self), &me(self)->echo[self->which])
        if (++self->turns == 2)
            break;
    AGEN_FOR_AS(me(self), echo, &me(self)->echo[self->which])
        if (++self->turns == 4)
            break;
    AGEN_TRY(me(self)) {
        AGEN_WAIT_UNTIL(me(self), ready);
        AGEN_RAISE(me(self), E_BUS);
    } AGEN_EXCEPT(me(self)) {
        AGEN_TRY_IN(me(self), &me(self)->slots[self->which]) {
            AGEN_RAISE(me(self), agen_error(me(self)) - 1);
        } AGEN_EXCEPT_ANY(me(self)) {
            trace_int(agen_error(me(self)));
        } AGEN_FINALLY(me(self)) {
            AGEN_YIELD(me(self), 1);
        } AGEN_END_TRY(me(self));
        trace_int(agen_error(me(self)));
        AGEN_FOR_CLOSING_IN(me(self), &me(self)->slots[self->which],
                            &me(self)->echo[self->which]) {
            if (++self->turns == 6)
                break;
        } AGEN_END_FOR(me(self));
        trace_int(agen_error(me(self)));
    } AGEN_END_TRY(me(self));
    AGEN_YIELD_FROM(me(self), &me(self)->echo[!self->which]);
    AGEN_CLOSE(me(self), &me(self)->echo[!self->which]);
    AGEN_RETURN(me(self));
    AGEN_END(me(self));
}

static void test_indirect(void)
{
    struct indirect x = {
        AGEN_INIT(indirect),
        .echo = { { AGEN_INIT(echo), .waits = false }, { AGEN_INIT(echo), .waits = true } },
        .which = 1,
    };
    int yields = 0, status;

    ready = false;
    while ((status = agen_poll(&x)) > AGEN_DONE && yields < 5) {
        ready = !ready || yields > 0;
        yields += status == AGEN_YIELDED;
    }
    CHECK_INT(yields, 5);
    CHECK_INT(x.turns, 6);
    CHECK(agen_done(&x.echo[1]));
    CHECK(!agen_done(&x.echo[0]));
    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK(agen_done(&x.echo[0]));
    CHECK_TRACE("-6 -5 -5");
}

/* --- Pipes: everything once, from plain C; in a body once for each step ----------------------- */

typedef AGEN_PIPE(4) small_pipe;
static small_pipe bytes;
static uint8_t buffer[16];
static size_t moved;
static int pointers;

static small_pipe *the_pipe(void)
{
    objects++;
    return &bytes;
}

static uint8_t *the_buffer(void)
{
    pointers++;
    return buffer;
}

static size_t *the_count(void)
{
    pointers++;
    return &moved;
}

#define PIPE(operation, expected, expected_values, expected_pointers) \
    do { \
        objects = values = pointers = 0; \
        CHECK_INT(operation, expected); \
        CHECK_INT(pointers, expected_pointers); \
        check_counts(1, expected_values, __LINE__); \
    } while (0)

static void test_pipes(void)
{
    agen_chunks chunks;

    PIPE((agen_pipe_init(the_pipe()), 0), 0, 0, 0);
    PIPE(agen_pipe_write(the_pipe(), the_buffer(), (size_t)value(3)), 3, 1, 1);
    PIPE(agen_pipe_write_isr(the_pipe(), the_buffer(), (size_t)value(3)), 1, 1, 1);
    PIPE(agen_pipe_lost(the_pipe()), 2, 0, 0);
    PIPE(agen_pipe_count(the_pipe()), 4, 0, 0);
    PIPE(agen_pipe_room(the_pipe()), 0, 0, 0);
    PIPE(agen_pipe_read(the_pipe(), the_buffer(), (size_t)value(1)), 1, 1, 1);
    PIPE(agen_pipe_read_isr(the_pipe(), the_buffer(), (size_t)value(1)), 1, 1, 1);
    PIPE(agen_pipe_consume(the_pipe(), (size_t)value(1)), 1, 1, 0);
    PIPE(agen_pipe_borrow(the_pipe(), the_count()) != NULL, 1, 0, 1);
    PIPE(agen_pipe_consume_isr(the_pipe(), (size_t)value(9)), 1, 1, 0);
    PIPE((agen_pipe_close(the_pipe()), 0), 0, 0, 0);
    PIPE((agen_pipe_close_isr(the_pipe()), 0), 0, 0, 0);
    PIPE(agen_pipe_ended(the_pipe()), 1, 0, 0);
    PIPE((agen_chunks_init(&chunks, the_pipe()), 0), 0, 0, 0);
}

enum transfer { READ, READ_EXACTLY, READ_UNTIL, WRITE, WRITE_STARTING, WAIT_BYTES, TRANSFERS };

struct transfers {
    AGEN_COROUTINE;
    enum transfer which;
};

AGEN(transfers, self)
{
    AGEN_BEGIN(self);
    if (self->which == READ)
        AGEN_READ(self, the_pipe(), the_buffer(), (size_t)value(2), the_count());
    else if (self->which == READ_EXACTLY)
        AGEN_READ_EXACTLY(self, the_pipe(), the_buffer(), (size_t)value(2), the_count());
    else if (self->which == READ_UNTIL)
        AGEN_READ_UNTIL(self, the_pipe(), 0, the_buffer(), (size_t)value(2), the_count());
    else if (self->which == WRITE)
        AGEN_WRITE(self, the_pipe(), the_buffer(), (size_t)value(2), the_count());
    else if (self->which == WRITE_STARTING)
        AGEN_WRITE(self, the_pipe(), the_buffer(), (size_t)value(2), the_count(), the_count());
    else
        AGEN_WAIT_BYTES(self, the_pipe(), (size_t)value(2));
    AGEN_END(self);
}

static agen_ticks no_time(void)
{
    return 0;
}

static void test_transfers(void)
{
    static const int pointers_a_step[] = { 2, 2, 2, 2, 3, 0 };
    static agen_task task;
    agen_loop loop;
    struct transfers x;
    int which, waits;

    agen_loop_init(&loop, no_time);
    for (which = 0; which < TRANSFERS; which++)
        for (waits = 0; waits < 2; waits++) {
            bool writes = which == WRITE || which == WRITE_STARTING;

            agen_init(&x, transfers);
            x.which = (enum transfer)which;
            agen_pipe_init(&bytes);
            memset(buffer, 0, sizeof buffer);
            (void)agen_pipe_write(&bytes, buffer, writes == !waits ? 0 : 4);
            CHECK_INT(agen_spawn(&loop, &task, &x), AGEN_DONE);
            objects = values = pointers = 0;
            (void)agen_loop_poll(&loop);
            CHECK_INT(agen_task_status(&task), waits ? AGEN_PENDING : AGEN_DONE);
            if (waits) {
                if (writes)
                    (void)agen_pipe_consume(&bytes, 4);
                else
                    (void)agen_pipe_write(&bytes, buffer, 4);
                (void)agen_loop_poll(&loop);
            }
            CHECK_INT(agen_task_status(&task), AGEN_DONE);
            CHECK_INT(pointers, pointers_a_step[which] * (1 + waits));
            check_counts(1 + waits, 1 + waits, __LINE__);
        }
}

/* --- A select: numbers once, what is put or got once and only if it is taken ------------------- */

typedef AGEN_QUEUE(int, 1) one;

struct selects {
    AGEN_COROUTINE;
    agen_alternative put, get, bytes;
    one full, empty;
    int taken, got[2], where;
};

static int *place(struct selects *self)
{
    pointers++;
    return &self->got[self->where];
}

AGEN(selects, self)
{
    AGEN_BEGIN(self);
    AGEN_SELECT(self)
        AGEN_ON_PUT(self, &self->put, &self->full, value(7)) {
            self->taken = 1;
        }
        AGEN_ON_GET(self, &self->get, &self->empty, *place(self)) {
            self->taken = 2;
        }
#ifdef AGEN_HAVE_ISR_
        AGEN_ON_BYTES(self, &self->bytes, &bytes, (size_t)value(2)) {
            self->taken = 3;
        }
#endif
        AGEN_ON_TIMEOUT(self, (agen_ticks)value(5)) {
            self->taken = 4;
        }
    AGEN_END_SELECT(self);
    AGEN_END(self);
}

static agen_ticks time_now;

static agen_ticks some_time(void)
{
    return time_now;
}

static void test_select(void)
{
#ifdef AGEN_HAVE_ISR_
    enum { numbers = 2, without = 0 }; /* n and ticks */
#else
    enum { numbers = 1, without = 3 }; /* ticks; a select cannot wait for bytes then */
#endif
    static const int values_of[] = { 0, 1, 0, 0, 0 }; /* besides */
    static agen_task task;
    static struct selects x;
    agen_loop loop;
    int taken, got;

    agen_loop_init(&loop, some_time);
    for (taken = 1; taken <= 4; taken++) {
        if (taken == without)
            continue;
        agen_init(&x, selects);
        agen_queue_init(&x.full);
        agen_queue_init(&x.empty);
        agen_pipe_init(&bytes);
        CHECK(agen_try_put(&x.full, 1));
        CHECK_INT(agen_spawn(&loop, &task, &x), AGEN_DONE);
        values = pointers = 0;
        (void)agen_loop_poll(&loop);
        CHECK_INT(values, numbers);
        CHECK_INT(pointers, 0);
        if (taken == 1)
            CHECK(agen_try_get(&x.full, got));
        else if (taken == 2)
            CHECK(agen_try_put(&x.empty, 1));
        else if (taken == 3)
            CHECK_INT((int)agen_pipe_write(&bytes, buffer, 2), 2);
        else
            time_now += 5;
        (void)agen_loop_poll(&loop);
        CHECK_INT(agen_task_status(&task), AGEN_DONE);
        CHECK_INT(x.taken, taken);
        CHECK_INT(values, numbers + values_of[taken]);
        CHECK_INT(pointers, taken == 2);
    }
    (void)got;
}

int main(void)
{
    test_select();
    test_pipes();
    test_transfers();
    test_operations();
    test_init();
    test_statements();
    test_indirect();
    return check_result();
}
