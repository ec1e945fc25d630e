/* SPDX-License-Identifier: 0BSD */
/*
 * The header among the macros of others. First those that firmware SDKs, Linux, Arduino, Windows and
 * CMSIS define in front of it: attribute words and names like functions. Then, after it, the common
 * words that an application may define: each expands to nonsense, so that a macro of the header that
 * has such a word in it does not compile.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Attribute words, as Linux and firmware SDKs define them. */
#define noinline __attribute__((noinline))
#define unused __attribute__((unused))
#define used __attribute__((used))
#define weak __attribute__((weak))
#define packed __attribute__((packed))
#define always_inline inline __attribute__((always_inline))
#define noreturn __attribute__((noreturn))
#define naked __attribute__((naked))
#define pure __attribute__((pure))
#define cold __attribute__((cold))
#define hot __attribute__((hot))
#define flatten __attribute__((flatten))
#define noclone __attribute__((noclone))
#define fallthrough __attribute__((fallthrough))
#define warn_unused_result __attribute__((warn_unused_result))
#define deprecated __attribute__((deprecated))
#define may_alias __attribute__((may_alias))
#define interrupt __attribute__((interrupt))
#define no_instrument_function __attribute__((no_instrument_function))
#define aligned(x) __attribute__((aligned(x)))
#define section(x) __attribute__((section(x)))
#define optimize(x) __attribute__((optimize(x)))
#define format(...) (-)
#define nonnull(...) (-)
#define cleanup(x) __attribute__((cleanup(x)))
#define diagnose_if(...) (-)
#define warning(...) (-)
#define error(...) printf(__VA_ARGS__)
#undef __weak /* newlib has some of these itself */
#undef __packed
#undef __used
#undef __maybe_unused
#define __weak __attribute__((weak))
#define __packed __attribute__((packed))
#define __used __attribute__((used))
#define __maybe_unused __attribute__((unused))

/* Names like functions: Linux, Arduino, Windows, and the words that a logger or a game takes. */
#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)
#define container_of(p, t, m) ((t *)((char *)(p) - offsetof(t, m)))
#define barrier() __asm__ volatile("" ::: "memory")
#define min(a, b) ((a) < (b) ? (a) : (b))
#define max(a, b) ((a) > (b) ? (a) : (b))
#define abs(x) ((x) > 0 ? (x) : -(x))
#define sq(x) ((x) * (x))
#define round(x) ((long)((x) + 0.5))
#define constrain(v, low, high) ((v) < (low) ? (low) : (v) > (high) ? (high) : (v))
#define bit(b) (1UL << (b))
#define bitRead(v, b) (((v) >> (b)) & 1)
#define lowByte(w) ((uint8_t)((w) & 0xff))
#undef _BV /* of avr-libc */
#define _BV(b) (1 << (b))
#define BIT(n) (1UL << (n))
#define F(text) (text)
#define interrupts() (-)
#define noInterrupts() (-)
#define swap(a, b) (-)
#define log(...) (-)
#define trap(...) (-)
#define yield(...) (-)
#define await(...) (-)
#define sleep(...) (-)
#define step(...) (-)
#define now(...) (-)
#define finalizer(...) (-)
#define first_iteration(...) (-)
#define write(...) (-)
#define read(...) (-)
#define close(...) (-)
#define send(...) (-)
#define check(...) (-)
#define take(...) (-)
#define wake(...) (-)
#define release(...) (-)
#define call(...) (-)

/* Words that stand for nothing, or for a number. */
#define interface struct
#define near
#define far
#define small char
#define IN
#define OUT
#define OPTIONAL
#define CONST const
#define PASCAL
#define ERROR 0
#define SUCCESS 1
#define HIGH 1
#define LOW 0
#define INPUT 0
#define OUTPUT 1
#define DEFAULT 1
#define EXTERNAL 0
#define INTERNAL 3
#define PI 3.1415926535
#define B1 1
#define __I volatile const
#define __O volatile
#define __IO volatile
#define NONE 0
#define OK 0
#define BUSY 1
#define DONE 0
#define PENDING 2
#define CLOSED 3
#define RUN 1
#define STOP 0

#include "agen.h"
#include "check.h"

/* What an application may define after it. */
#undef step
#undef now
#undef finalizer
#undef first_iteration
#undef write
#undef check
#undef take
#undef release
#undef call
#undef error
#define answer (-)
#define ahead (-)
#define base (-)
#define before (-)
#define after (-)
#define buffer (-)
#define byte (-)
#define bytes (-)
#define capacity (-)
#define changed (-)
#define check (-)
#define child (-)
#define chosen (-)
#define clause (-)
#define closed (-)
#define code (-)
#define condition (-)
#define context (-)
#define core (-)
#define count (-)
#define deadline (-)
#define delimiter (-)
#define driver (-)
#define enter (-)
#define event (-)
#define failed (-)
#define first (-)
#define flags (-)
#define found (-)
#define full (-)
#define function (-)
#define gate (-)
#define generator (-)
#define group (-)
#define handles (-)
#define head (-)
#define i (-)
#define index (-)
#define inner (-)
#define items (-)
#define kind (-)
#define last (-)
#define leaf (-)
#define leave (-)
#define left (-)
#define length (-)
#define level (-)
#define limit (-)
#define line (-)
#define link (-)
#define list (-)
#define live (-)
#define lock (-)
#define loop (-)
#define lost (-)
#define lvalue (-)
#define message (-)
#define n (-)
#define name (-)
#define next (-)
#define node (-)
#define number (-)
#define object (-)
#define outcome (-)
#define outer (-)
#define owner (-)
#define p (-)
#define parent (-)
#define permits (-)
#define phase (-)
#define pipe (-)
#define place (-)
#define point (-)
#define previous (-)
#define q (-)
#define queue (-)
#define race (-)
#define raised (-)
#define ready (-)
#define reason (-)
#define received (-)
#define release (-)
#define restore (-)
#define result (-)
#define right (-)
#define ring (-)
#define room (-)
#define root (-)
#define running (-)
#define save (-)
#define saved (-)
#define second (-)
#define semaphore (-)
#define signal (-)
#define sleeper (-)
#define slot (-)
#define started (-)
#define state (-)
#define status (-)
#define step (-)
#define stopped (-)
#define tail (-)
#define take (-)
#define task (-)
#define tasks (-)
#define text (-)
#define ticks (-)
#define timer (-)
#define to (-)
#define type (-)
#define v (-)
#define wanted (-)
#define what (-)
#define x (-)
/* The words of the compiler's pragmas. */
#define clang (-)
#define diagnostic (-)
#define ignored (-)
#define pop (-)
#define push (-)

/* --- One step at a time, and all of it --------------------------------------------------------- */

struct numbers {
    AGEN_YIELDS(int);
    int at, most, freed;
};
AGEN_DECLARE(numbers);

static int frees;

static void free_numbers(struct numbers *self)
{
    frees += 1 + self->freed;
}

AGEN_EXTERN(numbers, self, free_numbers)
{
    AGEN_BEGIN(self);
    for (; self->at < self->most; self->at++)
        AGEN_YIELD(self, self->at);
    AGEN_END(self);
}

struct echo {
    AGEN_YIELDS_RECEIVES(int, int);
    int heard;
};

AGEN(echo, self)
{
    AGEN_BEGIN(self);
    for (;;) {
        AGEN_TRY(self) {
            AGEN_YIELD(self, self->heard);
            self->heard = agen_received(self) ? self->sent : -1;
        } AGEN_EXCEPT(self) {
            self->heard = agen_error(self);
        } AGEN_END_TRY(self);
    }
    AGEN_END(self);
}

struct twice {
    AGEN_YIELDS_RECEIVES(int, int);
    struct numbers inside;
    struct echo speaks;
};

AGEN(twice, self)
{
    AGEN_BEGIN(self);
    agen_init(&self->inside, numbers);
    self->inside.at = 0;
    self->inside.most = 2;
    AGEN_YIELD_FROM(self, &self->inside);
    agen_init(&self->speaks, echo);
    AGEN_YIELD_FROM_RECEIVING(self, &self->speaks);
    AGEN_END(self);
}

struct reader {
    AGEN_COROUTINE;
    struct numbers inside;
    struct echo speaks;
    agen_slot outside;
    int sum, seen, cleaned;
};

static void begin_numbers(struct numbers *numbers, int most)
{
    agen_init(numbers, numbers);
    numbers->at = 0;
    numbers->most = most;
}

AGEN(reader, self)
{
    AGEN_BEGIN(self);
    begin_numbers(&self->inside, 4);
    AGEN_NEXT(self, &self->inside);
    CHECK_INT(agen_status(self), AGEN_YIELDED);
    AGEN_FOR(self, &self->inside)
        self->sum += self->inside.value;
    begin_numbers(&self->inside, 4);
    AGEN_FOR_AS(self, numbers, &self->inside)
        self->sum += self->inside.value;
    begin_numbers(&self->inside, 4);
    AGEN_FOR_CLOSING(self, &self->inside) {
        self->sum += self->inside.value;
        if (self->inside.value == 1)
            break;
    } AGEN_END_FOR(self);
    CHECK(agen_done(&self->inside));
    agen_init(&self->speaks, echo);
    AGEN_NEXT(self, &self->speaks);
    AGEN_SEND(self, &self->speaks, 5);
    CHECK_INT(self->speaks.value, 5);
    AGEN_THROW(self, &self->speaks, -3);
    CHECK_INT(self->speaks.value, -3);
    AGEN_CLOSE(self, &self->speaks);
    AGEN_TRY(self) {
        AGEN_TRY_IN(self, &self->outside) {
            AGEN_RAISE(self, -4);
        } AGEN_EXCEPT(self) {
            AGEN_TRY_IN(self, &self->outside) {
                AGEN_RAISE(self, -5);
            } AGEN_EXCEPT_ANY(self) {
                self->seen = agen_error(self);
            } AGEN_END_TRY(self);
            begin_numbers(&self->inside, 4);
            AGEN_FOR_CLOSING_IN(self, &self->outside, &self->inside) {
                self->sum += self->inside.value;
                break;
            } AGEN_END_FOR(self);
            CHECK_INT(agen_error(self), -4);
        } AGEN_END_TRY(self);
        AGEN_RETURN(self);
    } AGEN_FINALLY(self) {
        self->cleaned++;
    } AGEN_END_TRY(self);
    AGEN_END(self);
}

static void test_steps(void)
{
    struct numbers numbers;
    struct twice twice;
    struct reader reader;

    memset(&numbers, 0, sizeof numbers);
    begin_numbers(&numbers, 9);
    frees = 0;
    CHECK(agen_is(&numbers, numbers));
    CHECK_INT(agen_next(&numbers), AGEN_YIELDED);
    CHECK_INT(agen_next_as(numbers, &numbers), AGEN_YIELDED);
    CHECK_INT(numbers.value, 1);
    CHECK_INT(agen_close(&numbers), AGEN_DONE);
    CHECK(agen_done(&numbers));
    CHECK_INT(frees, 1);
    begin_numbers(&numbers, 9);
    CHECK_INT(agen_throw(&numbers, -7), -7);
    begin_numbers(&numbers, 9);
    CHECK_INT(agen_abort(&numbers, -8), AGEN_DONE);
    begin_numbers(&numbers, 9);
    CHECK_INT(agen_drop(&numbers), AGEN_DONE);
    CHECK_INT(agen_poll(&numbers), AGEN_DONE);
    CHECK_STR(agen_strerror(AGEN_DONE), "done");
#ifndef __cplusplus
    AGEN_NEW(&numbers, numbers, .most = 1);
    CHECK_INT(agen_next(&numbers), AGEN_YIELDED);
    CHECK_INT(agen_next(&numbers), AGEN_DONE);
    {
        struct numbers another = { AGEN_INIT(numbers), .most = 1 };

        CHECK_INT(agen_next(&another), AGEN_YIELDED);
        CHECK_INT(agen_close(&another), AGEN_DONE);
    }
#endif
    memset(&twice, 0, sizeof twice);
    agen_init(&twice, twice);
    CHECK_INT(agen_next(&twice), AGEN_YIELDED);
    CHECK_INT(agen_next(&twice), AGEN_YIELDED);
    CHECK_INT(agen_next(&twice), AGEN_YIELDED);
    CHECK_INT(agen_send(&twice, 6), AGEN_YIELDED);
    CHECK_INT(twice.value, 6);
    CHECK_INT(agen_close(&twice), AGEN_DONE);
    memset(&reader, 0, sizeof reader);
    agen_init(&reader, reader);
    CHECK_INT(agen_next(&reader), AGEN_DONE);
    CHECK_INT(reader.sum, 6 + 6 + 1);
    CHECK_INT(reader.seen, -5);
    CHECK_INT(reader.cleaned, 1);
}

/* --- The loop --------------------------------------------------------------------------------- */

static agen_ticks clock_at;
static agen_loop the_loop;
static int told, begun, dropped, dumped;

static agen_ticks read_clock(void)
{
    return clock_at;
}

static void note_failure(agen_loop *of, agen_task *that, int how)
{
    CHECK(of == &the_loop && that != NULL);
    told = how;
}

static void note_begin(agen_t *one)
{
    CHECK(one != NULL);
    begun++;
}

static void note_drop(agen_t *one)
{
    dropped++;
    CHECK_INT(agen_close(one), AGEN_DONE);
}

static void note_text(void *unused_here, const char *string, size_t characters)
{
    (void)unused_here;
    (void)string;
    dumped += characters > 0;
}

struct waits {
    AGEN_COROUTINE;
    int how;
    agen_task its;
};

AGEN(waits, self)
{
    AGEN_BEGIN(self);
    AGEN_SLEEP(self, 10);
    if (self->how)
        AGEN_RAISE(self, self->how);
    AGEN_END(self);
}

struct all {
    AGEN_COROUTINE;
    struct waits one, other;
    struct numbers inside;
    agen_timeout at_most;
    agen_group both;
    agen_event rings;
    agen_lock door;
    agen_semaphore seats;
    agen_condition news;
    AGEN_QUEUE(int, 2) belt;
    AGEN_PIPE(8) tube;
    agen_chunks parts;
    agen_alternative a[7];
    agen_task its, tracked;
    char got[8];
    size_t moved;
    int item, taken, sum, seen, raised_here;
};

AGEN(all, self)
{
    AGEN_BEGIN(self);
    AGEN_PAUSE(self);
    AGEN_SLEEP(self, 2);
    AGEN_SLEEP_UNTIL(self, 5);
    AGEN_WAIT_UNTIL(self, self->item == 0);
    agen_init(&self->one, waits);
    AGEN_AWAIT(self, &self->one);
    CHECK(agen_current_task(self) == &self->its);
    CHECK(agen_current_loop(self) == &the_loop);
    CHECK(!agen_cancelling(&self->its));

    AGEN_TRY(self) {
        AGEN_TIMEOUT(self, &self->at_most, 3) {
            AGEN_SLEEP(self, 100);
        } AGEN_END_TIMEOUT(self);
    } AGEN_EXCEPT(self) {
        self->seen = agen_error(self);
    } AGEN_END_TRY(self);
    CHECK_INT(self->seen, AGEN_E_TIMEOUT);
    CHECK(agen_expired(&self->at_most));

    AGEN_GROUP(self, &self->both) {
        agen_init(&self->one, waits);
        agen_init(&self->other, waits);
        CHECK_INT(agen_group_spawn(&self->both, &self->one.its, &self->one), AGEN_DONE);
        CHECK_INT(agen_group_spawn(&self->both, &self->other.its, &self->other), AGEN_DONE);
    } AGEN_END_GROUP(self);
    AGEN_RACE(self, &self->both) {
        agen_init(&self->one, waits);
        agen_init(&self->other, waits);
        CHECK_INT(agen_group_spawn(&self->both, &self->one.its, &self->one), AGEN_DONE);
        CHECK_INT(agen_group_spawn(&self->both, &self->other.its, &self->other), AGEN_DONE);
    } AGEN_END_RACE(self);
    CHECK(agen_group_first(&self->both) == &self->one.its);

    agen_init(&self->one, waits);
    CHECK_INT(agen_spawn(&the_loop, &self->one.its, &self->one), AGEN_DONE);
    AGEN_JOIN(self, &self->one.its);
    agen_init(&self->one, waits);
    CHECK_INT(agen_spawn(&the_loop, &self->one.its, &self->one), AGEN_DONE);
    CHECK(agen_cancel(&self->one.its));

    begin_numbers(&self->inside, 3);
    CHECK_INT(agen_track(&the_loop, &self->tracked, &self->inside), AGEN_DONE);
    AGEN_NEXT(self, &self->inside);
    agen_untrack(&self->tracked);
    CHECK_INT(agen_drop(&self->inside), AGEN_DONE);
    begin_numbers(&self->inside, 3);
    AGEN_NEXT(self, &self->inside);
    CHECK_INT(agen_spawn_close(&the_loop, &self->tracked, &self->inside), AGEN_DONE);
    AGEN_JOIN(self, &self->tracked);

    agen_event_set(&self->rings);
    AGEN_WAIT(self, &self->rings);
    agen_event_clear(&self->rings);
    CHECK(!agen_event_is_set(&self->rings));
    AGEN_ACQUIRE(self, &self->door);
    CHECK(!agen_try_acquire(&self->door));
    AGEN_RELEASE(self, &self->door);
    agen_semaphore_init(&self->seats, 1);
    CHECK(agen_try_acquire(&self->seats));
    CHECK_INT(agen_release(&self->seats), AGEN_DONE);

    agen_queue_init(&self->belt);
    AGEN_PUT(self, &self->belt, 7);
    CHECK(agen_try_put(&self->belt, 8));
    CHECK_INT(agen_queue_count(&self->belt), 2);
    AGEN_GET(self, &self->belt, self->item);
    CHECK_INT(self->item, 7);
    CHECK(agen_try_get(&self->belt, self->item));
    CHECK_INT(self->item, 8);
#ifdef AGEN_HAVE_ISR_
    CHECK(agen_queue_put_isr(&self->belt, 9));
    agen_event_set_isr(&self->rings);
    AGEN_WAIT(self, &self->rings);
    AGEN_PAUSE(self);
    agen_event_clear(&self->rings);
#else
    CHECK(agen_try_put(&self->belt, 9));
#endif
    agen_notify(&self->news, 1);
    agen_notify_all(&self->news);
    agen_queue_close(&self->belt);
    AGEN_FOR(self, &self->belt)
        self->sum += self->belt.value;
    CHECK_INT(self->sum, 9);

    agen_pipe_init(&self->tube);
    AGEN_WRITE(self, &self->tube, "abc", 3, &self->moved);
    AGEN_WRITE(self, &self->tube, "de", 2, &self->moved, self->seen++);
    AGEN_WAIT_BYTES(self, &self->tube, 1);
    AGEN_READ(self, &self->tube, self->got, 1, &self->moved);
    AGEN_READ_EXACTLY(self, &self->tube, self->got, 1, &self->moved);
    AGEN_READ_UNTIL(self, &self->tube, 'c', self->got, 2, &self->moved);
    CHECK_INT(self->got[0], 'c');
    CHECK_INT(agen_pipe_count(&self->tube), 2);
    CHECK_INT(agen_pipe_read(&self->tube, self->got, 1), 1);
    CHECK(agen_pipe_borrow(&self->tube, &self->moved) != NULL);
    agen_pipe_consume(&self->tube, 1);
    CHECK_INT(agen_pipe_write(&self->tube, "fghi", 4), 4);
    CHECK_INT(agen_pipe_room(&self->tube), 4);
    CHECK_INT(agen_pipe_write_isr(&self->tube, "j", 1), 1);
    CHECK_INT(agen_pipe_read_isr(&self->tube, self->got, 1), 1);
    agen_pipe_consume_isr(&self->tube, 1);
    CHECK_INT(agen_pipe_lost(&self->tube), 0);
    agen_pipe_close_isr(&self->tube);
    agen_pipe_close(&self->tube);
    agen_chunks_init(&self->parts, &self->tube);
    self->sum = 0;
    AGEN_FOR(self, &self->parts)
        self->sum += self->parts.value.data[0];
    CHECK(agen_pipe_ended(&self->tube));

    /* Each alternative once; the time-out comes. */
    agen_pipe_init(&self->tube);
    agen_queue_init(&self->belt);
    CHECK(agen_try_acquire(&self->door));
    agen_init(&self->other, waits);
    CHECK_INT(agen_spawn(&the_loop, &self->other.its, &self->other), AGEN_DONE);
    AGEN_SELECT(self)
        AGEN_ON_EVENT(self, &self->a[0], &self->rings)
            self->taken = 1;
        AGEN_ON_GET(self, &self->a[1], &self->belt, self->item)
            self->taken = 2;
        AGEN_ON_ACQUIRE(self, &self->a[2], &self->door)
            self->taken = 3;
        AGEN_ON_END(self, &self->a[3], &self->other.its)
            self->taken = 4;
        AGEN_ON_CONDITION(self, &self->a[4], &self->news)
            self->taken = 5;
#ifdef AGEN_HAVE_ISR_
        AGEN_ON_BYTES(self, &self->a[5], &self->tube, 1)
            self->taken = 6;
#endif
        AGEN_ON_TIMEOUT(self, 3)
            self->taken = 8;
    AGEN_END_SELECT(self);
    CHECK_INT(self->taken, 8);
    AGEN_SELECT(self)
        AGEN_ON_PUT(self, &self->a[6], &self->belt, 3)
            self->taken = 9;
        AGEN_ON_DEADLINE(self, clock_at + 9)
            self->taken = 7;
    AGEN_END_SELECT(self);
    CHECK_INT(self->taken, 9);
    agen_loop_dump(&the_loop, note_text, NULL);
    AGEN_CONDITION_WAIT(self, &self->news);
    AGEN_RAISE(self, -9);
    AGEN_END(self);
}

static void test_loop(void)
{
    static struct all all;
    int passes;

    agen_loop_init(&the_loop, read_clock);
    the_loop.error = note_failure;
    the_loop.first_iteration = note_begin;
    the_loop.finalizer = note_drop;
    agen_init(&all, all);
    CHECK_INT(agen_spawn(&the_loop, &all.its, &all), AGEN_DONE);
    for (passes = 0; passes < 1000 && agen_task_status(&all.its) == AGEN_PENDING; passes++) {
        (void)agen_loop_poll(&the_loop);
        if (agen_loop_idle_ticks(&the_loop) == AGEN_FOREVER)
#ifdef AGEN_HAVE_ISR_
            agen_notify_isr(&all.news, 1);
#else
            agen_notify_all(&all.news);
#endif
        else
            clock_at = (agen_ticks)(clock_at + agen_loop_idle_ticks(&the_loop));
    }
    CHECK_INT(agen_task_status(&all.its), -9);
    CHECK_INT(all.taken, 9);
    CHECK_INT(told, -9);
    CHECK_INT(dropped, 1);
    CHECK(begun > 0);
    agen_init(&all.one, waits);
    CHECK_INT(agen_spawn(&the_loop, &all.one.its, &all.one), AGEN_DONE);
    agen_loop_cancel_all(&the_loop);
    (void)agen_loop_run_until(&the_loop, &all.one.its);
    CHECK_INT(agen_task_status(&all.one.its), AGEN_E_CANCELLED);
    (void)agen_loop_run(&the_loop);
    (void)agen_loop_shutdown(&the_loop);
#ifdef AGEN_DUMP
    CHECK(dumped > 0);
#else
    CHECK_INT(dumped, 0);
#endif
}

int main(void)
{
    test_steps();
    test_loop();
    return check_result();
}
