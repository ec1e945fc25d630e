/* SPDX-License-Identifier: 0BSD */
/*
 * Values sent in: what the yield receives, how long it is kept, what is refused, and what
 * delegation does.
 */
#include "agen.h"
#include "check.h"

enum { E_BUS = -5 };

static bool ready;

/* Yields what it received, or -1 where Python's yield gives None. */
struct echo {
    AGEN_YIELDS_RECEIVES(int, int);
    bool waits;
    int received_later;
};

AGEN(echo, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 0);
    for (;;) {
        if (self->waits) {
            AGEN_WAIT_UNTIL(self, ready);
            self->received_later = agen_received(self);
        }
        if (agen_received(self))
            AGEN_YIELD(self, self->sent);
        else
            AGEN_YIELD(self, -1);
    }
    AGEN_END(self);
}

/*
 * "After the yield self->sent; agen_received is false where Python's r is None." Kept until the
 * next.
 */
static void test_received(void)
{
    struct echo x = { AGEN_INIT(echo), .waits = false };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_send(&x, 5), AGEN_YIELDED);
    CHECK_INT(x.value, 5);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, -1);
    CHECK_INT(x.sent, 5);
    CHECK_INT(agen_send(&x, 0), AGEN_YIELDED); /* a 0 is a value, too */
    CHECK_INT(x.value, 0);
    CHECK_INT(agen_send(&x, -7), AGEN_YIELDED);
    CHECK_INT(x.value, -7);
    CHECK_INT(agen_poll(&x), AGEN_YIELDED); /* a poll that starts a next sends nothing */
    CHECK_INT(x.value, -1);
    CHECK_INT(x.sent, -7);
}

/*
 * agen_received is about the step that runs now, "until the next yield": waits in between change
 * nothing.
 */
static void test_received_after_wait(void)
{
    struct echo x = { AGEN_INIT(echo), .waits = true };
    int turn;

    for (turn = 0; turn < 2; turn++) {
        ready = true;
        CHECK_INT(agen_next(&x), AGEN_YIELDED);
        ready = false;
        CHECK_INT(agen_send(&x, 5 + turn), AGEN_PENDING);
        CHECK_INT(agen_poll(&x), AGEN_PENDING);
        ready = true;
        CHECK_INT(agen_poll(&x), AGEN_YIELDED);
        CHECK_INT(x.received_later, 1);
        CHECK_INT(x.value, 5 + turn);
        ready = false;
        CHECK_INT(agen_next(&x), AGEN_PENDING);
        CHECK_INT(agen_poll(&x), AGEN_PENDING);
        ready = true;
        CHECK_INT(agen_poll(&x), AGEN_YIELDED);
        CHECK_INT(x.received_later, 0);
        CHECK_INT(x.value, -1);
    }
}

/* ..and so do awaits, of one that is sent values itself. */
struct awaits_between {
    AGEN_YIELDS_RECEIVES(int, int);
    struct echo other;
};

AGEN(awaits_between, self)
{
    AGEN_BEGIN(self);
    AGEN_NEXT(self, &self->other);
    AGEN_YIELD(self, 0);
    trace_int(agen_received(self));
    AGEN_NEXT(self, &self->other);
    trace_int(agen_received(self));
    AGEN_SEND(self, &self->other, 3);
    trace_int(agen_received(self));
    trace_int(self->sent);
    AGEN_YIELD(self, 1);
    trace_int(agen_received(self));
    AGEN_SEND(self, &self->other, 4);
    trace_int(agen_received(self));
    AGEN_END(self);
}

static void test_received_after_await(void)
{
    struct awaits_between x = {
        AGEN_INIT(awaits_between),
        .other = { AGEN_INIT(echo), .waits = false },
    };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_send(&x, 9), AGEN_YIELDED);
    CHECK_TRACE("1 1 1 9");
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("0 0");
}

/* A thrown error is no sent value. */
struct catches {
    AGEN_YIELDS_RECEIVES(int, int);
};

AGEN(catches, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, 0);
            trace_int(agen_received(self));
        } AGEN_EXCEPT(self) {
            trace("error");
            trace_int(agen_received(self));
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

static void test_throw_is_no_send(void)
{
    struct catches x = { AGEN_INIT(catches), .sent = 0 };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_send(&x, 1), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, E_BUS), AGEN_YIELDED);
    CHECK_INT(agen_send(&x, 1), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_TRACE("1 error 0 1 0");
}

/*
 * "Before the first yield: AGEN_E_JUST_STARTED, and x stays new. A refused send leaves .sent as it
 * was."
 */
static void test_refused_new(void)
{
    struct echo x = { AGEN_INIT(echo), .sent = 77 };

    CHECK_INT(agen_send(&x, 1), AGEN_E_JUST_STARTED);
    CHECK_INT(agen_send(&x, 2), AGEN_E_JUST_STARTED);
    CHECK_INT(x.sent, 77);
    CHECK(!agen_done(&x));
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.sent, 77);
    CHECK_INT(agen_send(&x, 3), AGEN_YIELDED);
    CHECK_INT(x.value, 3);
}

/* Before its first yield is also where it waits on the way there. */
struct starts_slowly {
    AGEN_YIELDS_RECEIVES(int, int);
};

AGEN(starts_slowly, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, ready);
    AGEN_YIELD(self, 1);
    AGEN_END(self);
}

static void test_refused_busy(void)
{
    struct starts_slowly x = { AGEN_INIT(starts_slowly), .sent = 77 };

    ready = false;
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_send(&x, 1), AGEN_E_RUNNING);
    CHECK_INT(x.sent, 77);
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_YIELDED);
    CHECK_INT(x.sent, 77);
}

static void test_refused_finished(void)
{
    struct echo x = { AGEN_INIT(echo), .sent = 77 };

    CHECK_INT(agen_close(&x), AGEN_DONE);
    CHECK_INT(agen_send(&x, 1), AGEN_DONE);
    CHECK_INT(x.sent, 77);
    agen_init(&x, echo);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_send(&x, 6), AGEN_YIELDED);
    CHECK_INT(agen_throw(&x, E_BUS), E_BUS);
    CHECK_INT(agen_send(&x, 1), AGEN_DONE);
    CHECK_INT(x.sent, 6);
}

/* The same refusals of AGEN_SEND: raised there. */
struct sender {
    AGEN_YIELDS(int);
    struct echo echo;
};

AGEN(sender, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_SEND(self, &self->echo, 1);
    } AGEN_EXCEPT(self) {
        AGEN_YIELD(self, agen_error(self));
    } AGEN_END_TRY(self);
    AGEN_NEXT(self, &self->echo);
    AGEN_SEND(self, &self->echo, 2);
    trace_int(agen_status(self));
    AGEN_YIELD(self, self->echo.value);
    AGEN_CLOSE(self, &self->echo);
    AGEN_SEND(self, &self->echo, 3);
    trace_int(agen_status(self));
    AGEN_YIELD(self, self->echo.sent);
    AGEN_END(self);
}

static void test_send_statement(void)
{
    struct sender x = { AGEN_INIT(sender), .echo = { AGEN_INIT(echo), .sent = 77 } };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, AGEN_E_JUST_STARTED);
    CHECK_INT(x.echo.sent, 77);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
    CHECK_TRACE("1 0");
}

/*
 * "Converted as by assignment": numbers, pointers, structs; a literal with commas needs no
 * parentheses.
 */
struct point {
    int x, y;
};

struct takes_double {
    AGEN_YIELDS_RECEIVES(int, double);
};

AGEN(takes_double, self)
{
    AGEN_BEGIN(self);
    for (;;)
        AGEN_YIELD(self, (int)(self->sent * 4));
    AGEN_END(self);
}

struct takes_pointer {
    AGEN_YIELDS_RECEIVES(const char *, const char *);
};

AGEN(takes_pointer, self)
{
    AGEN_BEGIN(self);
    for (;;)
        AGEN_YIELD(self, self->sent);
    AGEN_END(self);
}

struct takes_point {
    AGEN_YIELDS_RECEIVES(struct point, struct point);
};

AGEN(takes_point, self)
{
    AGEN_BEGIN(self);
    for (;;)
        AGEN_YIELD(self, (struct point){ self->sent.y, self->sent.x });
    AGEN_END(self);
}

struct takes_byte {
    AGEN_YIELDS_RECEIVES(unsigned char, unsigned char);
};

AGEN(takes_byte, self)
{
    AGEN_BEGIN(self);
    for (;;)
        AGEN_YIELD(self, self->sent);
    AGEN_END(self);
}

static void test_conversions(void)
{
    struct takes_double d = { AGEN_INIT(takes_double), .sent = 0 };
    struct takes_pointer p = { AGEN_INIT(takes_pointer), .sent = NULL };
    struct takes_point t = { AGEN_INIT(takes_point), .sent = { 0, 0 } };
    struct takes_byte b = { AGEN_INIT(takes_byte), .sent = 0 };
    char text[] = "text";

    CHECK_INT(agen_next(&d), AGEN_YIELDED);
    CHECK_INT(agen_send(&d, 2), AGEN_YIELDED);
    CHECK_INT(d.value, 8);
    CHECK_INT(agen_send(&d, 0.75f), AGEN_YIELDED);
    CHECK_INT(d.value, 3);

    CHECK_INT(agen_next(&p), AGEN_YIELDED);
    CHECK_INT(agen_send(&p, text), AGEN_YIELDED);
    CHECK_STR(p.value, "text");
    CHECK_INT(agen_send(&p, NULL), AGEN_YIELDED);
    CHECK(p.value == NULL);

    CHECK_INT(agen_next(&t), AGEN_YIELDED);
    CHECK_INT(agen_send(&t, (struct point){ 1, 2 }), AGEN_YIELDED);
    CHECK_INT(t.value.x, 2);
    CHECK_INT(t.value.y, 1);

    CHECK_INT(agen_next(&b), AGEN_YIELDED);
    CHECK_INT(agen_send(&b, 200), AGEN_YIELDED);
    CHECK_INT(b.value, 200);
}

/* What is sent may depend on what was yielded and sent last. */
static void test_send_own_value(void)
{
    struct echo x = { AGEN_INIT(echo), .waits = false };
    int i;

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    for (i = 1; i < 5; i++) {
        CHECK_INT(agen_send(&x, x.value + x.sent + 1), AGEN_YIELDED);
        CHECK_INT(x.value, (1 << i) - 1);
    }
}

/* "AGEN_YIELD_FROM loses what is sent; AGEN_YIELD_FROM_RECEIVING forwards it." */
struct wrapper {
    AGEN_YIELDS_RECEIVES(int, int);
    struct echo echo;
    bool forwards;
};

AGEN(wrapper, self)
{
    AGEN_BEGIN(self);
    if (self->forwards)
        AGEN_YIELD_FROM_RECEIVING(self, &self->echo);
    else
        AGEN_YIELD_FROM(self, &self->echo);
    AGEN_END(self);
}

static void test_delegation(void)
{
    struct wrapper loses = {
        AGEN_INIT(wrapper),
        .echo = { AGEN_INIT(echo), .sent = 77 },
        .forwards = false,
    };
    struct wrapper forwards = {
        AGEN_INIT(wrapper),
        .echo = { AGEN_INIT(echo), .sent = 77 },
        .forwards = true,
    };

    CHECK_INT(agen_next(&loses), AGEN_YIELDED);
    CHECK_INT(agen_send(&loses, 5), AGEN_YIELDED);
    CHECK_INT(loses.value, -1);
    CHECK_INT(loses.sent, 5);
    CHECK_INT(loses.echo.sent, 77);

    CHECK_INT(agen_send(&forwards, 4), AGEN_E_JUST_STARTED);
    CHECK_INT(agen_next(&forwards), AGEN_YIELDED);
    CHECK_INT(agen_send(&forwards, 5), AGEN_YIELDED);
    CHECK_INT(forwards.value, 5);
    CHECK_INT(agen_next(&forwards), AGEN_YIELDED);
    CHECK_INT(forwards.value, -1);
    CHECK_INT(forwards.echo.sent, 5);
    CHECK_INT(agen_send(&forwards, 6), AGEN_YIELDED);
    CHECK_INT(forwards.value, 6);
}

/* Forwarded while the inner one waits: the pending send stays one. */
static void test_delegation_waits(void)
{
    struct wrapper x = {
        AGEN_INIT(wrapper),
        .echo = { AGEN_INIT(echo), .waits = true },
        .forwards = true,
    };

    ready = false;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_send(&x, 5), AGEN_PENDING);
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 5);
    CHECK_INT(x.echo.received_later, 1);
}

/* After the delegation a received value is the wrapper's own again. */
struct short_echo {
    AGEN_YIELDS_RECEIVES(int, int);
};

AGEN(short_echo, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    AGEN_END(self);
}

struct goes_on {
    AGEN_YIELDS_RECEIVES(int, int);
    struct short_echo inner;
};

AGEN(goes_on, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD_FROM_RECEIVING(self, &self->inner);
    AGEN_YIELD(self, 2);
    trace_int(agen_received(self));
    trace_int(self->sent);
    AGEN_END(self);
}

static void test_after_delegation(void)
{
    struct goes_on x = { AGEN_INIT(goes_on), .inner = { AGEN_INIT(short_echo), .sent = 0 } };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_send(&x, 5), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
    CHECK_INT(x.inner.sent, 5);
    CHECK_INT(agen_send(&x, 6), AGEN_DONE);
    CHECK_INT(x.inner.sent, 5);
    CHECK_TRACE("1 6");
}

/*
 * "A sent value is lost where the resume goes to an inner generator that cannot receive it": it has
 * ended.
 */
static void test_inner_has_ended(void)
{
    struct goes_on x = { AGEN_INIT(goes_on), .inner = { AGEN_INIT(short_echo), .sent = 77 } };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_close(&x.inner), AGEN_DONE);
    CHECK_INT(agen_send(&x, 5), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
    CHECK_INT(x.inner.sent, 77);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("0 5");
}

int main(void)
{
    test_received();
    test_received_after_wait();
    test_received_after_await();
    test_throw_is_no_send();
    test_refused_new();
    test_refused_busy();
    test_refused_finished();
    test_send_statement();
    test_conversions();
    test_send_own_value();
    test_delegation();
    test_delegation_waits();
    test_after_delegation();
    test_inner_has_ended();
    return check_result();
}
