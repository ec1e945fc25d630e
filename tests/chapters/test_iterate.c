/* SPDX-License-Identifier: 0BSD */
/*
 * The plain generator: next, its end, instances, initialisers, what may be yielded, copies and
 * moves.
 */
#include "agen.h"
#include "check.h"

enum { E_BUS = -5 };

static bool ready;

struct countdown {
    AGEN_YIELDS(int);
    int n;
};

AGEN(countdown, self)
{
    AGEN_BEGIN(self);
    for (; self->n > 0; self->n--)
        AGEN_YIELD(self, self->n);
    AGEN_END(self);
}

/*
 * "After the end: AGEN_DONE, however often." .value "holds what it yielded last and is not touched
 * between".
 */
static void test_next(void)
{
    struct countdown x = { AGEN_INIT(countdown), .n = 3 };
    int i;

    for (i = 3; i > 0; i--) {
        CHECK(!agen_done(&x));
        CHECK_INT(agen_next(&x), AGEN_YIELDED);
        CHECK_INT(x.value, i);
    }
    CHECK(!agen_done(&x));
    for (i = 0; i < 3; i++) {
        CHECK_INT(agen_next(&x), AGEN_DONE);
        CHECK(agen_done(&x));
        CHECK_INT(x.value, 1);
    }
}

/* agen_next_as names the generator: the same, by a direct call. */
static void test_next_as(void)
{
    struct countdown x = { AGEN_INIT(countdown), .n = 2 };

    CHECK_INT(agen_next_as(countdown, &x), AGEN_YIELDED);
    CHECK_INT(x.value, 2);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 1);
    CHECK_INT(agen_next_as(countdown, &x), AGEN_DONE);
    CHECK_INT(agen_next_as(countdown, &x), AGEN_DONE);
}

/* Instances share nothing. */
static void test_instances(void)
{
    struct countdown x[3] = {
        { AGEN_INIT(countdown), .n = 5 },
        { AGEN_INIT(countdown), .n = 2 },
        { AGEN_INIT(countdown), .n = 9 },
    };

    CHECK_INT(agen_next(&x[0]), AGEN_YIELDED);
    CHECK_INT(agen_next(&x[1]), AGEN_YIELDED);
    CHECK_INT(agen_next(&x[1]), AGEN_YIELDED);
    CHECK_INT(agen_next(&x[1]), AGEN_DONE);
    CHECK_INT(agen_close(&x[2]), AGEN_DONE);
    CHECK_INT(agen_next(&x[0]), AGEN_YIELDED);
    CHECK_INT(x[0].value, 4);
    CHECK_INT(x[1].value, 1);
}

/*
 * "A constant initialiser: no call, works for static objects too", also embedded, also in an array.
 */
struct pair {
    AGEN_YIELDS(int);
    struct countdown a, b;
};

AGEN(pair, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD_FROM(self, &self->a);
    AGEN_YIELD_FROM(self, &self->b);
    AGEN_END(self);
}

static struct pair in_data = {
    AGEN_INIT(pair),
    .a = { AGEN_INIT(countdown), .n = 1 },
    .b = { AGEN_INIT(countdown), .n = 2 },
};
static struct countdown several[2] = { { AGEN_INIT(countdown), .n = 1 },
                                       { AGEN_INIT(countdown), .n = 2 } };

static void test_static(void)
{
    CHECK_INT(agen_next(&in_data), AGEN_YIELDED);
    CHECK_INT(in_data.value, 1);
    CHECK_INT(agen_next(&in_data), AGEN_YIELDED);
    CHECK_INT(in_data.value, 2);
    CHECK_INT(agen_next(&in_data), AGEN_YIELDED);
    CHECK_INT(in_data.value, 1);
    CHECK_INT(agen_next(&in_data), AGEN_DONE);
    CHECK_INT(agen_next(&several[1]), AGEN_YIELDED);
    CHECK_INT(several[1].value, 2);
    CHECK_INT(agen_next(&several[0]), AGEN_YIELDED);
    CHECK_INT(several[0].value, 1);
}

/* "agen_init makes x new at run time. Touches the head only, not value, sent or your members." */
struct receiver {
    AGEN_YIELDS_RECEIVES(int, int);
    int mine;
};

AGEN(receiver, self)
{
    AGEN_BEGIN(self);
    for (;;)
        AGEN_YIELD(self, self->mine);
    AGEN_END(self);
}

static void test_init(void)
{
    struct receiver x;

    memset(&x, 0x5A, sizeof x);
    x.value = 1;
    x.sent = 2;
    x.mine = 3;
    agen_init(&x, receiver);
    CHECK_INT(x.value, 1);
    CHECK_INT(x.sent, 2);
    CHECK_INT(x.mine, 3);
    CHECK(!agen_done(&x));
    CHECK_INT(agen_send(&x, 9), AGEN_E_JUST_STARTED);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 3);
    CHECK_INT(agen_close(&x), AGEN_DONE);
    agen_init(&x, receiver); /* "to run a finished generator again" */
    CHECK(!agen_done(&x));
    CHECK_INT(agen_send(&x, 9), AGEN_E_JUST_STARTED);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
}

/* A value may be a pointer, a struct, a double; a literal with commas needs no parentheses. */
struct point {
    int x, y;
};

struct points {
    AGEN_YIELDS(struct point);
    int i;
};

AGEN(points, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 3; self->i++)
        AGEN_YIELD(self, (struct point){ self->i, -self->i });
    AGEN_END(self);
}

struct words {
    AGEN_YIELDS(const char *);
};

AGEN(words, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, "one");
    AGEN_YIELD(self, NULL);
    AGEN_YIELD(self, &"two"[1]);
    AGEN_END(self);
}

struct halves {
    AGEN_YIELDS(double);
    int i;
};

AGEN(halves, self)
{
    AGEN_BEGIN(self);
    for (self->i = 1;; self->i++)
        AGEN_YIELD(self, self->i); /* converted as by assignment */
    AGEN_END(self);
}

static void test_values(void)
{
    struct points p = { AGEN_INIT(points), .i = 0 };
    struct words w = { AGEN_INIT(words), .value = NULL };
    struct halves h = { AGEN_INIT(halves), .i = 0 };

    CHECK_INT(agen_next(&p), AGEN_YIELDED);
    CHECK_INT(agen_next(&p), AGEN_YIELDED);
    CHECK_INT(p.value.x, 1);
    CHECK_INT(p.value.y, -1);
    CHECK_INT(agen_next(&w), AGEN_YIELDED);
    CHECK_STR(w.value, "one");
    CHECK_INT(agen_next(&w), AGEN_YIELDED);
    CHECK(w.value == NULL);
    CHECK_INT(agen_next(&w), AGEN_YIELDED);
    CHECK_STR(w.value, "wo");
    CHECK_INT(agen_next(&h), AGEN_YIELDED);
    CHECK_INT(agen_next(&h), AGEN_YIELDED);
    CHECK(h.value > 1.9 && h.value < 2.1);
}

/* A body without a yield, one that returns early, and what stands after a return. */
struct never {
    AGEN_YIELDS(int);
    int starts;
};

AGEN(never, self)
{
    AGEN_BEGIN(self);
    self->starts++;
    AGEN_END(self);
}

struct early {
    AGEN_YIELDS(int);
    int last;
};

AGEN(early, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1);
    if (self->last == 1)
        AGEN_RETURN(self);
    AGEN_YIELD(self, 2);
    AGEN_END(self);
}

static void test_ends(void)
{
    struct never n = { AGEN_INIT(never), .starts = 0 };
    struct early one = { AGEN_INIT(early), .last = 1 };
    struct early two = { AGEN_INIT(early), .last = 2 };

    CHECK_INT(agen_next(&n), AGEN_DONE);
    CHECK_INT(agen_next(&n), AGEN_DONE);
    CHECK_INT(n.starts, 1);
    CHECK_INT(agen_next(&one), AGEN_YIELDED);
    CHECK_INT(agen_next(&one), AGEN_DONE);
    CHECK_INT(one.value, 1);
    CHECK_INT(agen_next(&two), AGEN_YIELDED);
    CHECK_INT(agen_next(&two), AGEN_YIELDED);
    CHECK_INT(two.value, 2);
    CHECK_INT(agen_next(&two), AGEN_DONE);
}

/* "What is declared before AGEN_BEGIN is initialised again at each resume." */
struct config {
    int step;
};

struct steps {
    AGEN_YIELDS(int);
    struct config *config;
    int i;
};

AGEN(steps, self)
{
    const struct config *config = self->config;
    int step = config->step;

    AGEN_BEGIN(self);
    for (;;) {
        self->i += step;
        AGEN_YIELD(self, self->i);
    }
    AGEN_END(self);
}

static void test_declared_before(void)
{
    struct config config = { 1 };
    struct steps x = { AGEN_INIT(steps), .config = &config };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 1);
    config.step = 10;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 11);
}

/* A C local is fine in an inner block without a suspension. */
struct squares {
    AGEN_YIELDS(int);
    int i;
};

AGEN(squares, self)
{
    AGEN_BEGIN(self);
    for (self->i = 1;; self->i++) {
        {
            int square = self->i * self->i;

            self->value = square;
        }
        AGEN_YIELD(self, self->value);
    }
    AGEN_END(self);
}

static void test_inner_local(void)
{
    struct squares x = { AGEN_INIT(squares), .i = 0 };

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 9);
}

/* "Each is one statement and safe after if." */
struct branches {
    AGEN_YIELDS(int);
    bool a;
};

AGEN(branches, self)
{
    AGEN_BEGIN(self);
    if (self->a)
        AGEN_YIELD(self, 1);
    else
        AGEN_YIELD(self, 2);
    if (!self->a)
        AGEN_WAIT_UNTIL(self, ready);
    else
        AGEN_RAISE(self, E_BUS);
    if (self->a)
        AGEN_RETURN(self);
    else
        AGEN_YIELD(self, 3);
    AGEN_END(self);
}

static void test_branches(void)
{
    struct branches a = { AGEN_INIT(branches), .a = true };
    struct branches b = { AGEN_INIT(branches), .a = false };

    ready = true;
    CHECK_INT(agen_next(&a), AGEN_YIELDED);
    CHECK_INT(a.value, 1);
    CHECK_INT(agen_next(&a), E_BUS);
    CHECK_INT(agen_next(&b), AGEN_YIELDED);
    CHECK_INT(b.value, 2);
    CHECK_INT(agen_next(&b), AGEN_YIELDED);
    CHECK_INT(b.value, 3);
    CHECK_INT(agen_next(&b), AGEN_DONE);
}

/* "Two suspensions on one line work wherever __COUNTER__ exists." */
#ifndef AGEN_USE_LINE
struct one_line {
    AGEN_YIELDS(int);
    struct countdown source;
};

AGEN(one_line, self)
{
    AGEN_BEGIN(self);
    AGEN_YIELD(self, 1); AGEN_YIELD(self, 2); AGEN_WAIT_UNTIL(self, ready); AGEN_YIELD(self, 3);
    AGEN_TRY(self) { AGEN_YIELD(self, 4); } AGEN_EXCEPT(self) {
        AGEN_YIELD(self, 5); } AGEN_END_TRY(self);
    AGEN_FOR(self, &self->source) AGEN_YIELD(self, self->source.value * 10);
    AGEN_END(self);
}

static void test_one_line(void)
{
    static const int expected[] = { 1, 2, 3, 4, 5, 20, 10 };
    struct one_line x = { AGEN_INIT(one_line), .source = { AGEN_INIT(countdown), .n = 2 } };
    int i;

    ready = true;
    for (i = 0; i < 7; i++) {
        CHECK_INT(i == 4 ? agen_throw(&x, E_BUS) : agen_next(&x), AGEN_YIELDED);
        CHECK_INT(x.value, expected[i]);
    }
    CHECK_INT(agen_next(&x), AGEN_DONE);
}
#else
static void test_one_line(void)
{
}
#endif

/* With AGEN_USE_COMPUTED_GOTO "a yield inside a switch of your own is legal". */
#ifdef AGEN_USE_COMPUTED_GOTO
struct switches {
    AGEN_YIELDS(int);
    int i;
};

AGEN(switches, self)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < 4; self->i++) {
        switch (self->i) {
        case 1:
            AGEN_YIELD(self, 10);
            break;
        case 2:
            AGEN_WAIT_UNTIL(self, ready);
            AGEN_YIELD(self, 20);
            break;
        default:
            AGEN_TRY(self) {
                AGEN_YIELD(self, 30);
            } AGEN_EXCEPT(self) {
                AGEN_YIELD(self, agen_error(self));
            } AGEN_END_TRY(self);
            break;
        }
        AGEN_YIELD(self, self->i);
    }
    AGEN_END(self);
}

static void test_switch(void)
{
    static const int expected[] = { 30, E_BUS, 0, 10, 1, 20, 2, 30, 3 };
    struct switches x = { AGEN_INIT(switches), .i = 0 };
    int i;

    ready = true;
    for (i = 0; i < 9; i++) {
        CHECK_INT(i == 1 ? agen_throw(&x, E_BUS) : agen_next(&x), AGEN_YIELDED);
        CHECK_INT(x.value, expected[i]);
    }
    CHECK_INT(agen_next(&x), AGEN_DONE);
}
#else
static void test_switch(void)
{
}
#endif

/* An agen_t * is a pointer to any of them. */
static int sum_of_statuses(agen_t **all, int count)
{
    int i, sum = 0;

    for (i = 0; i < count; i++)
        sum += agen_next(all[i]);
    return sum;
}

static void test_any(void)
{
    struct countdown c = { AGEN_INIT(countdown), .n = 1 };
    struct points p = { AGEN_INIT(points), .i = 0 };
    agen_t *all[2];
    int i;

    all[0] = (agen_t *)(void *)&c;
    all[1] = (agen_t *)(void *)&p;
    CHECK_INT(sum_of_statuses(all, 2), 2);
    CHECK_INT(sum_of_statuses(all, 2), 1);
    CHECK(agen_done(all[0]));
    for (i = 0; i < 2; i++) {
        CHECK_INT(agen_throw(all[i], E_BUS), E_BUS);
        CHECK_INT(agen_close(all[i]), AGEN_DONE);
        CHECK_INT(agen_poll(all[i]), AGEN_DONE);
        CHECK_INT(agen_abort(all[i], E_BUS), AGEN_DONE);
        CHECK_INT(agen_drop(all[i]), AGEN_DONE);
    }
}

/*
 * "A generator that is not pending may be copied or moved": the copy goes on by itself, so does the
 * other.
 */
struct tries {
    AGEN_YIELDS(int);
    struct countdown source;
    int finallys;
};

AGEN(tries, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        AGEN_FOR(self, &self->source) {
            AGEN_TRY(self) {
                AGEN_YIELD(self, self->source.value);
            } AGEN_EXCEPT(self) {
                AGEN_YIELD(self, agen_error(self));
            } AGEN_END_TRY(self);
        }
    } AGEN_FINALLY(self) {
        self->finallys++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_copy(void)
{
    struct tries x = { AGEN_INIT(tries), .source = { AGEN_INIT(countdown), .n = 5 } };
    struct tries fresh = x, copy, moved;

    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    copy = x; /* suspended, and what is embedded as well */
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 3);
    CHECK_INT(copy.value, 4);
    CHECK_INT(agen_throw(&copy, E_BUS), AGEN_YIELDED);
    CHECK_INT(copy.value, E_BUS);
    memcpy(&moved, &copy, sizeof moved); /* in a handler */
    memset(&copy, 0xA5, sizeof copy);
    CHECK_INT(agen_next(&moved), AGEN_YIELDED);
    CHECK_INT(moved.value, 3);
    CHECK_INT(agen_close(&moved), AGEN_DONE);
    CHECK_INT(moved.finallys, 1);
    CHECK_INT(x.finallys, 0);
    CHECK_INT(agen_next(&fresh), AGEN_YIELDED);
    CHECK_INT(fresh.value, 5);
    moved = x;
    x = fresh;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(x.value, 4);
    CHECK_INT(agen_next(&moved), AGEN_YIELDED);
    CHECK_INT(moved.value, 2);
}

/* Also one that waited and was polled before, when nothing is pending in it any more. */
struct waits {
    AGEN_YIELDS(int);
    struct tries tries;
};

AGEN(waits, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_WAIT_UNTIL(self, ready);
        AGEN_NEXT(self, &self->tries);
        AGEN_YIELD(self, self->tries.value);
    }
    AGEN_END(self);
}

static void test_copy_after_wait(void)
{
    struct waits x = {
        AGEN_INIT(waits),
        .tries = { AGEN_INIT(tries), .source = { AGEN_INIT(countdown), .n = 5 } },
    };
    struct waits copy;

    ready = false;
    CHECK_INT(agen_next(&x), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&x), AGEN_YIELDED);
    copy = x;
    memset(&x, 0xA5, sizeof x);
    ready = false;
    CHECK_INT(agen_next(&copy), AGEN_PENDING);
    ready = true;
    CHECK_INT(agen_poll(&copy), AGEN_YIELDED);
    CHECK_INT(copy.value, 4);
}

/* A tree walked by generators that drive generators of their own kind. */
struct node {
    int key;
    struct node *left, *right;
};

struct walk {
    AGEN_YIELDS(int);
    const struct node *node;
    struct walk *child; /* one for each level below */
};

AGEN(walk, self)
{
    AGEN_BEGIN(self);
    if (self->node->left) {
        agen_init(self->child, walk);
        self->child->node = self->node->left;
        AGEN_YIELD_FROM(self, self->child);
    }
    AGEN_YIELD(self, self->node->key);
    if (self->node->right) {
        agen_init(self->child, walk);
        self->child->node = self->node->right;
        AGEN_YIELD_FROM(self, self->child);
    }
    AGEN_END(self);
}

static void test_tree(void)
{
    struct node n1 = { 1, NULL, NULL }, n3 = { 3, NULL, NULL }, n2 = { 2, &n1, &n3 };
    struct node n5 = { 5, NULL, NULL }, n6 = { 6, &n5, NULL }, n4 = { 4, &n2, &n6 };
    struct walk walks[3];
    int i;

    memset(walks, 0, sizeof walks);
    agen_init(&walks[0], walk);
    walks[0].node = &n4;
    walks[0].child = &walks[1];
    walks[1].child = &walks[2];
    for (i = 1; i <= 6; i++) {
        CHECK_INT(agen_next(&walks[0]), AGEN_YIELDED);
        CHECK_INT(walks[0].value, i);
    }
    CHECK_INT(agen_next(&walks[0]), AGEN_DONE);
}

/* A coroutine is run from plain C until it answers AGEN_DONE. */
struct errand {
    AGEN_COROUTINE;
    int turns;
};

AGEN(errand, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, ++self->turns == 3);
    AGEN_END(self);
}

static void test_coroutine(void)
{
    struct errand x = { AGEN_INIT(errand), .turns = 0 };

    CHECK_INT(agen_next(&x), AGEN_PENDING);
    CHECK_INT(agen_poll(&x), AGEN_PENDING);
    CHECK_INT(agen_poll(&x), AGEN_DONE);
    CHECK(agen_done(&x));
    CHECK_INT(agen_poll(&x), AGEN_DONE);
    CHECK_INT(agen_next(&x), AGEN_DONE);
    CHECK_INT(x.turns, 3);
}

/* agen_status() is of the last step of another generator, until the next suspension. */
struct follows {
    AGEN_YIELDS(int);
    struct countdown source;
};

AGEN(follows, self)
{
    AGEN_BEGIN(self);
    CHECK_INT(agen_status(self), AGEN_DONE);
    AGEN_NEXT(self, &self->source);
    CHECK_INT(agen_status(self), AGEN_YIELDED);
    AGEN_YIELD(self, 1);
    CHECK_INT(agen_status(self), AGEN_DONE);
    AGEN_END(self);
}

static void test_status(void)
{
    struct follows x;

    agen_init(&x, follows);
    agen_init(&x.source, countdown);
    x.source.n = 2;
    CHECK_INT(agen_next(&x), AGEN_YIELDED);
    CHECK_INT(agen_next(&x), AGEN_DONE);
}

int main(void)
{
    test_next();
    test_next_as();
    test_instances();
    test_static();
    test_init();
    test_values();
    test_ends();
    test_declared_before();
    test_inner_local();
    test_branches();
    test_one_line();
    test_switch();
    test_any();
    test_copy();
    test_copy_after_wait();
    test_tree();
    test_coroutine();
    test_status();
    return check_result();
}
