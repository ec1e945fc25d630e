/* SPDX-License-Identifier: 0BSD */
/*
 * AGEN_NEW makes all of a state new, whatever is in its memory, as the static initialiser does;
 * agen_init() makes the head new and touches nothing else.
 */
#include "agen.h"
#include "check.h"

struct buffer {
    AGEN_YIELDS_RECEIVES(int, int);
    int n, step;
    char *text; /* a finally would free it */
    struct {
        int low, high;
    } range;
    unsigned char bytes[40];
};

AGEN(buffer, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (; self->n > 0; self->n -= self->step)
            AGEN_YIELD(self, self->n);
    } AGEN_FINALLY(self) {
        trace(self->text ? "frees" : "nothing");
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

/* A state in memory of any content. */
static struct buffer *scribbled(void)
{
    static struct buffer x;

    memset(&x, 0xA5, sizeof x);
    return &x;
}

/* Members that are not named are as in the one that the initialiser makes. */
static void check_same(const struct buffer *x, const struct buffer *y)
{
    size_t i, wrong = 0;

    CHECK(x->agen_.frame_.step_ == y->agen_.frame_.step_);
    CHECK(x->agen_.frame_.base_.link_ == NULL);
    CHECK_INT(x->agen_.frame_.base_.state_, y->agen_.frame_.base_.state_);
    CHECK_INT(x->agen_.frame_.base_.flags_, y->agen_.frame_.base_.flags_);
    CHECK_INT(x->agen_.frame_.base_.error_, y->agen_.frame_.base_.error_);
    CHECK_INT(x->value, y->value);
    CHECK_INT(x->sent, y->sent);
    CHECK_INT(x->n, y->n);
    CHECK_INT(x->step, y->step);
    CHECK(x->text == NULL && y->text == NULL);
    CHECK_INT(x->range.low, y->range.low);
    CHECK_INT(x->range.high, y->range.high);
    for (i = 0; i < sizeof x->bytes; i++)
        wrong += x->bytes[i] != y->bytes[i];
    CHECK_INT(wrong, 0);
}

static void test_as_the_initialiser(void)
{
    static const struct buffer none = { AGEN_INIT(buffer), .n = 0 };
    static const struct buffer some = { AGEN_INIT(buffer), .n = 3, .range.high = 9, .bytes = { 1, 2 } };
    struct buffer *x = scribbled();

    AGEN_NEW(x, buffer);
    check_same(x, &none);
    x = scribbled();
    AGEN_NEW(x, buffer, .n = 3, .range.high = 9, .bytes = { 1, 2 });
    check_same(x, &some);
    x = scribbled();
    AGEN_NEW(x, buffer, .n = 3, .bytes = { 1, 2 }, .range = { 0, 9 });
    check_same(x, &some);
}

static void test_runs(void)
{
    struct buffer *x = scribbled();

    AGEN_NEW(x, buffer, .n = 2, .step = 1);
    CHECK_INT(agen_next(x), AGEN_YIELDED);
    CHECK_INT(x->value, 2);
    CHECK_INT(agen_close(x), AGEN_DONE);
    CHECK_TRACE("nothing");
    /* Suspended, too, it may be made anew: then its finally never runs. */
    AGEN_NEW(x, buffer, .n = 5, .step = 5);
    CHECK_INT(agen_next(x), AGEN_YIELDED);
    AGEN_NEW(x, buffer, .n = 7, .step = 7);
    CHECK_INT(agen_next(x), AGEN_YIELDED);
    CHECK_INT(x->value, 7);
    CHECK_INT(agen_next(x), AGEN_DONE);
    CHECK_TRACE("nothing");
}

/* The values may come from what is made anew. */
static void test_from_itself(void)
{
    struct buffer x = { AGEN_INIT(buffer), .n = 3, .step = 4 };

    AGEN_NEW(&x, buffer, .n = x.step, .step = x.n);
    CHECK_INT(x.n, 4);
    CHECK_INT(x.step, 3);
}

/* agen_init() keeps the members: also what must not be freed twice. */
static void test_init_keeps_the_rest(void)
{
    static char text[] = "text";
    struct buffer x = { AGEN_INIT(buffer), .n = 1, .step = 1, .text = text };

    x.sent = 8;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("frees");
    agen_init(&x, buffer);
    CHECK_INT(x.value, 1);
    CHECK_INT(x.sent, 8);
    CHECK_INT(x.n, 0);
    CHECK_INT(x.step, 1);
    CHECK(x.text == text);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_TRACE("frees");
}

/* In a body: a child for each turn. */
struct parent {
    AGEN_YIELDS(int);
    int turn;
    struct buffer child;
};

AGEN(parent, self)
{
    AGEN_BEGIN(self);
    for (self->turn = 1; self->turn <= 3; self->turn++) {
        if (self->turn == 2)
            AGEN_NEW(&self->child, buffer);
        else
            AGEN_NEW(&self->child, buffer, .n = self->turn, .step = 2);
        AGEN_FOR(self, &self->child)
            AGEN_YIELD(self, self->child.value);
    }
    AGEN_END(self);
}

static void test_in_a_body(void)
{
    struct parent x;

    memset(&x, 0xA5, sizeof x);
    AGEN_NEW(&x, parent);
    while (agen_next(&x) == AGEN_YIELDED)
        trace_int(x.value);
    CHECK_TRACE("1 nothing nothing 3 1 nothing");
}

int main(void)
{
    test_as_the_initialiser();
    test_runs();
    test_from_itself();
    test_init_keeps_the_rest();
    test_in_a_body();
    return check_result();
}
