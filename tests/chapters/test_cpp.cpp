/* SPDX-License-Identifier: 0BSD */
/* The whole interface in the common part of C and C++11: no designated initialisers, agen_init instead. */
#include "agen.h"

#include <cstdio>
#include <string>

static int failures, checks;
#define CHECK(condition) \
    do { \
        checks++; \
        if (!(condition)) { \
            failures++; \
            std::printf("%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
        } \
    } while (0)

namespace {

/* A value with a constructor of its own: what C++ users put into a state. */
struct point {
    int x, y;
    point() : x(0), y(0) {}
    point(int a, int b) : x(a), y(b) {}
};

} // namespace

struct points {
    AGEN_YIELDS_RECEIVES(point, int);
    int i, cleaned;
    agen_slot slot;
};

AGEN(points, self)
{
    AGEN_BEGIN(self);
    AGEN_TRY(self) {
        for (;; self->i++) {
            AGEN_YIELD(self, point(self->i, -self->i));
            if (agen_received(self))
                self->i = self->sent;
        }
    } AGEN_EXCEPT(self) {
        AGEN_TRY_IN(self, &self->slot) {
            AGEN_RAISE(self, -2);
        } AGEN_EXCEPT(self) {
            AGEN_YIELD(self, point(agen_error(self), 0));
        } AGEN_END_TRY(self);
        AGEN_YIELD(self, point(agen_error(self), 1));
    } AGEN_FINALLY(self) {
        self->cleaned++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static int released;
static void release(struct numbers *self);

struct numbers {
    AGEN_YIELDS(int);
    int i, n;
};

static void release(struct numbers *self)
{
    released += self->n;
}

AGEN(numbers, self, release)
{
    AGEN_BEGIN(self);
    for (self->i = 0; self->i < self->n; self->i++)
        AGEN_YIELD(self, self->i);
    AGEN_END(self);
}

struct waiter {
    AGEN_COROUTINE;
    bool ready;
};

AGEN(waiter, self)
{
    AGEN_BEGIN(self);
    AGEN_WAIT_UNTIL(self, self->ready);
    AGEN_END(self);
}

struct user {
    AGEN_YIELDS(int);
    struct numbers numbers;
    struct points points;
    struct waiter waiter;
    int sum;
};

AGEN(user, self)
{
    AGEN_BEGIN(self);
    agen_init(&self->numbers, numbers);
    self->numbers.n = 5;
    AGEN_FOR(self, &self->numbers) {
        if (self->numbers.value == 1)
            continue;
        if (self->numbers.value == 3)
            break;
        self->sum += self->numbers.value;
    }
    AGEN_NEXT(self, &self->numbers);
    CHECK(agen_status(self) == AGEN_YIELDED && self->numbers.value == 4);
    AGEN_FOR_AS(self, numbers, &self->numbers)
        self->sum += 1000;
    agen_init(&self->numbers, numbers);
    AGEN_FOR_CLOSING(self, &self->numbers) {
        if (self->numbers.value == 2)
            break;
    } AGEN_END_FOR(self);
    CHECK(agen_done(&self->numbers));
    agen_init(&self->numbers, numbers);
    AGEN_YIELD_FROM(self, &self->numbers);
    AGEN_AWAIT(self, &self->waiter);
    AGEN_NEXT(self, &self->points);
    AGEN_SEND(self, &self->points, 7);
    CHECK(self->points.value.x == 8);
    AGEN_THROW(self, &self->points, -1);
    CHECK(self->points.value.x == -2);
    AGEN_NEXT(self, &self->points);
    CHECK(self->points.value.x == -1 && self->points.value.y == 1);
    AGEN_CLOSE(self, &self->points);
    CHECK(self->points.cleaned == 1);
    if (self->sum)
        AGEN_RETURN(self);
    AGEN_YIELD(self, -1);
    AGEN_END(self);
}

/* Items that own memory go through a queue one by one, by assignment: nothing is freed twice. */
struct strings {
    AGEN_COROUTINE;
    AGEN_QUEUE(std::string, 2) queue;
    std::string item, all;
};

AGEN(strings, self)
{
    AGEN_BEGIN(self);
    AGEN_PUT(self, &self->queue, std::string(100, 'a'));
    CHECK(agen_try_put(&self->queue, std::string(100, 'b')));
    CHECK(!agen_try_put(&self->queue, std::string(100, 'c')));
    AGEN_GET(self, &self->queue, self->item);
    CHECK(self->item == std::string(100, 'a'));
    AGEN_PUT(self, &self->queue, self->item);
    CHECK(agen_try_get(&self->queue, self->item));
    CHECK(self->item == std::string(100, 'b'));
    agen_queue_close(&self->queue);
    for (;;) {
        AGEN_GET(self, &self->queue, self->item);
        if (agen_status(self) == AGEN_DONE)
            break;
        self->all += self->item;
    }
    AGEN_END(self);
}

static void test_strings()
{
    struct strings strings;

    agen_init(&strings, strings);
    agen_queue_init(&strings.queue);
    CHECK(agen_next(&strings) == AGEN_DONE);
    CHECK(strings.all == std::string(100, 'a'));
}

/* A queue of items that can be copied byte by byte is a generator as in C. */
struct pairs {
    AGEN_COROUTINE;
    AGEN_QUEUE(point, 2) queue;
    int sum;
};

AGEN(pairs, self)
{
    AGEN_BEGIN(self);
    AGEN_FOR(self, &self->queue)
        self->sum += self->queue.value.x * self->queue.value.y;
    AGEN_END(self);
}

static void test_pairs()
{
    struct pairs pairs;

    agen_init(&pairs, pairs);
    pairs.sum = 0;
    agen_queue_init(&pairs.queue);
    CHECK(agen_try_put(&pairs.queue, point(2, 3)));
    CHECK(agen_try_put(&pairs.queue, point(4, 5)));
    agen_queue_close(&pairs.queue);
    CHECK(agen_next(&pairs) == AGEN_DONE);
    CHECK(pairs.sum == 26);
}

int main()
{
    struct user u;
    struct points p;
    int yielded = 0;

    agen_init(&u, user);
    agen_init(&u.points, points);
    agen_init(&u.waiter, waiter);
    u.points.i = u.points.cleaned = 0;
    u.waiter.ready = false;
    u.sum = 0;
    while (agen_next(&u) == AGEN_YIELDED)
        CHECK(u.value == yielded++);
    CHECK(yielded == 5);
    CHECK(agen_next(&u) == AGEN_E_RUNNING);
    CHECK(agen_poll(&u) == AGEN_PENDING);
    u.waiter.ready = true;
    CHECK(agen_poll(&u) == AGEN_DONE);
    CHECK(u.sum == 2);
    CHECK(released == 15);

    agen_init(&p, points);
    p.i = p.cleaned = 0;
    CHECK(agen_send(&p, 1) == AGEN_E_JUST_STARTED);
    CHECK(agen_next_as(points, &p) == AGEN_YIELDED && p.value.x == 0);
    CHECK(agen_send(&p, 4) == AGEN_YIELDED && p.value.x == 5);
    CHECK(agen_throw(&p, -9) == AGEN_YIELDED);
    CHECK(agen_abort(&p, -9) == AGEN_DONE);
    CHECK(agen_drop(&p) == AGEN_DONE && p.cleaned == 1 && agen_done(&p));
    CHECK(agen_strerror(AGEN_E_RUNNING)[0] == 'a');
#if __cplusplus >= 202002L
    if (failures == 0)
        AGEN_NEW(&u.numbers, numbers, .value = 0, .i = 0, .n = 1);
    else
        AGEN_NEW(&u.numbers, numbers);
    CHECK(agen_next(&u.numbers) == AGEN_YIELDED && agen_next(&u.numbers) == AGEN_DONE);
    AGEN_NEW(&p, points);
    CHECK(p.i == 0 && agen_next(&p) == AGEN_YIELDED && agen_close(&p) == AGEN_DONE);
#endif
    test_strings();
    test_pairs();
    std::printf("test_cpp: %d checks passed\n", checks - failures);
    return failures != 0;
}
