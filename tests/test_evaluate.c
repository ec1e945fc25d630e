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

int main(void)
{
    test_operations();
    test_init();
    test_statements();
    test_indirect();
    return check_result();
}
