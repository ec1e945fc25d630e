/* SPDX-License-Identifier: 0BSD */
/*
 * PROVES: the arithmetic of ticks, error codes, places in a queue and permits is right for all
 *         values; no overflow, no shift and no conversion to a signed type out of range
 * BOUND: none but the types: all 8-, 16- and 32-bit clocks, all int codes, all capacities
 * TOOL: cbmc
 * RUN: -DAGEN_TICKS=uint8_t
 * RUN: -DAGEN_TICKS=uint16_t
 * RUN: -DAGEN_TICKS=uint32_t
 * BREAKS: s/> AGEN_FOREVER \/ 2$/> 0/
 * BREAKS: s/return (unsigned)~e < 0x7FFFu;/return (unsigned)~e <= 0x7FFFu;/
 * BREAKS: s/was_ + 1u == queue_->capacity_/was_ == queue_->capacity_/
 */
#include "agen.h"

#include <assert.h>

#ifdef SAMPLED
#include "sample.h"
#else
int nondet_int(void);
uint8_t nondet_byte(void);
uint16_t nondet_word(void);
int16_t nondet_short(void);
agen_ticks nondet_ticks(void);
#define EACH(check) check()
#endif

static agen_ticks moment;

static agen_ticks now(void)
{
    return moment;
}

/* A clock that is polled at least once in half its range. */
static void sleeping(void)
{
    static agen_loop loop;
    static agen_task task;
    static struct agen_frame_ leaf;
    agen_ticks start = nondet_ticks(), passed = nondet_ticks(), asked = nondet_ticks(), set;
    bool ahead;

    moment = start;
    agen_loop_init(&loop, now);
    __CPROVER_assume(passed <= AGEN_FOREVER / 2);
    moment = (agen_ticks)(start + passed);
    task.loop_ = &loop;
    assert(agen_sleep_until_(&task.entry_.base_, &leaf, asked) == AGEN_PENDING);
    set = task.entry_.place_.timer_.deadline_;
    ahead = (agen_ticks)(asked - moment) <= AGEN_FOREVER / 2;
    assert(loop.next_timer_ == &task.entry_);
    assert(!ahead || set == asked);
    assert(ahead || (agen_ticks)(set - start) <= passed); /* due in the next pass */
    assert(agen_loop_idle_ticks(&loop) == (ahead ? (agen_ticks)(asked - moment) : 0));
}

static void codes(void)
{
    int code = nondet_int(), status;
    uint8_t state = nondet_byte();
    struct agen_frame_ core;

    assert(agen_is_code_(code) == (code < 0 && code >= -32767));
    assert(agen_closed_(code) != AGEN_YIELDED && agen_closed_(code) != AGEN_E_EXIT);
    __CPROVER_assume(code <= AGEN_PENDING && code > INT16_MIN);
    status = agen_leave_coroutine_(&core, code, &core.base_, state);
    assert(status <= AGEN_DONE && status > INT16_MIN);
    assert(core.base_.state_ == (state == AGEN_NEW_ && code < 0 ? AGEN_CLOSED_ : state));
}

/* The next place is after this one, or the first. */
static void places(void)
{
    static struct agen_queue_ queue;
    uint16_t place = nondet_word();

    queue.capacity_ = nondet_word();
    __CPROVER_assume(queue.capacity_ <= 32767 && place < queue.capacity_);
    queue.tail_ = place;
    assert(agen_queue_place_(&queue) == place);
    assert(queue.tail_ == (place + 1 < queue.capacity_ ? place + 1 : 0));
}

/* The mark of a place is a bit of its own, inside of the array. */
static void marks(void)
{
    enum { PLACES = 17 };
    static AGEN_QUEUE(uint8_t, PLACES) q;
    uint16_t place = nondet_word(), other = nondet_word();

    __CPROVER_assume(place < PLACES && other < PLACES && place != other);
    q.queue_.full_ = q.full_ - (uint8_t *)&q.queue_;
    agen_queue_mark_(&q.queue_, place);
    assert(!agen_queue_unmark_(&q.queue_, other));
    assert(*agen_queue_full_(&q.queue_, place) >> place % 8 & 1);
    assert(!(*agen_queue_full_(&q.queue_, other) >> other % 8 & 1));
    assert(agen_queue_unmark_(&q.queue_, place));
    assert(*agen_queue_full_(&q.queue_, place) == 0);
}

/* A gate with as many permits as fit. */
static void permits(void)
{
    int16_t free = nondet_short(), was = free;

    __CPROVER_assume(free >= -1 && free < INT16_MAX);
    if (agen_permit_take_(&free)) {
        assert(free == was - 1);
        agen_permit_give_(&free);
    } else {
        assert(was == -1);
    }
    assert(free == was);
    agen_permit_give_(&free);
    assert(free == was + 1);
}

int main(void)
{
    EACH(sleeping);
    EACH(codes);
    EACH(places);
    EACH(marks);
    EACH(permits);
    return 0;
}
