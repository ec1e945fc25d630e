/* SPDX-License-Identifier: 0BSD */
/*
 * What a generator costs in memory: "at most 12 bytes on a 32-bit machine, 8 on AVR, 24 on 64-bit,
 * values and locals aside", and what the objects of the loop do, whatever the knobs. Most of it is
 * checked by the compiler.
 */
#include "agen.h"
#include "check.h"

#define PROMISE(name, condition) typedef char name[(condition) ? 1 : -1]

struct coroutine {
    AGEN_COROUTINE;
};

struct yields_byte {
    AGEN_YIELDS(unsigned char);
};

struct yields_int {
    AGEN_YIELDS(int);
};

struct receives {
    AGEN_YIELDS_RECEIVES(int, int);
};

enum { HEAD = sizeof(void *) == 8 ? 24 : sizeof(void *) == 4 ? 12 : 8 };

PROMISE(head_is_as_small_as_promised, sizeof(agen_t) <= HEAD);
PROMISE(a_coroutine_is_a_head, sizeof(struct coroutine) == sizeof(agen_t));
PROMISE(the_value_follows_at_once, offsetof(struct yields_int, value) == sizeof(agen_t));
PROMISE(and_costs_no_more, sizeof(struct yields_int) < HEAD + sizeof(int) + sizeof(void *));
PROMISE(nor_what_is_sent, sizeof(struct receives) < HEAD + 2 * sizeof(int) + sizeof(void *));
PROMISE(the_head_is_first, offsetof(struct yields_byte, agen_) == 0);
PROMISE(a_slot_is_2_bytes, sizeof(agen_slot) == 2);

/*
 * "A knob never changes the layout of a struct": files with different ones share them. So each
 * build, with whatever knobs, must have these figures, which are those of bench/pieces. They hold
 * where pointers have 64 or 32 bits and are aligned, with the default agen_ticks; other targets
 * compile all the same.
 */
typedef AGEN_QUEUE(uint8_t, 8) byte_queue;
typedef AGEN_PIPE(8) short_pipe;
typedef AGEN_PIPE(1000) long_pipe;

struct aligned {
    char c;
    void *p;
};

enum {
    WIDE = sizeof(void *) == 8,
    USUAL = (WIDE || sizeof(void *) == 4) && offsetof(struct aligned, p) == sizeof(void *)
            && sizeof(size_t) == sizeof(void *) && sizeof(agen_ticks) == 4
};

#define IS(actual, on_64_bit, on_32_bit) \
    (!(int)USUAL || (actual) == ((int)WIDE ? (on_64_bit) : (on_32_bit)))

PROMISE(size_of_a_head, IS(sizeof(agen_t), 24, 12));
PROMISE(size_of_a_task, IS(sizeof(agen_task), 96, 48));
PROMISE(size_of_a_loop, IS(sizeof(agen_loop), 112, 60));
PROMISE(size_of_an_event, IS(sizeof(agen_event), 32, 16));
PROMISE(size_of_a_lock, IS(sizeof(agen_lock), 16, 8));
PROMISE(size_of_a_semaphore, IS(sizeof(agen_semaphore), 16, 8));
PROMISE(size_of_a_condition, IS(sizeof(agen_condition), 48, 24));
PROMISE(size_of_an_alternative, IS(sizeof(agen_alternative), 32, 16));
PROMISE(size_of_a_timeout, IS(sizeof(agen_timeout), 56, 28));
PROMISE(size_of_a_group, IS(sizeof(agen_group), 64, 36));
PROMISE(size_of_a_queue, IS(sizeof(byte_queue), 120 + 8, 64 + 8));
PROMISE(size_of_a_pipe, IS(sizeof(agen_pipe), 48, 28));
PROMISE(size_of_a_short_pipe, IS(sizeof(short_pipe), 48 + 16, 28 + 12));
PROMISE(size_of_a_long_pipe, IS(sizeof(long_pipe), 48 + 1008, 28 + 1004));
PROMISE(size_of_chunks, IS(sizeof(agen_chunks), 48, 24));

PROMISE(task_place, IS(offsetof(agen_task, entry_.place_), 16, 8));
PROMISE(task_loop, IS(offsetof(agen_task, loop_), 48, 24));
PROMISE(task_group, IS(offsetof(agen_task, group_), 72, 36));
PROMISE(loop_hooks, IS(offsetof(agen_loop, error), 8, 4));
PROMISE(loop_start, IS(offsetof(agen_loop, start_), 32, 16));
PROMISE(loop_tasks, IS(offsetof(agen_loop, tasks_), 64, 32));
PROMISE(loop_wakeups, IS(offsetof(agen_loop, wakeups_), 96, 48));
PROMISE(loop_last, IS(offsetof(agen_loop, last_), 104, 52));
PROMISE(loop_polling, IS(offsetof(agen_loop, polling_), 108, 56));
PROMISE(event_queued, IS(offsetof(agen_event, wakeup_.queued_), 16, 8));
PROMISE(event_raised, IS(offsetof(agen_event, wakeup_.of_.event_.raised_), 19, 11));
PROMISE(lock_free, IS(offsetof(agen_lock, permits_.free_), 8, 4));
PROMISE(semaphore_kind, IS(offsetof(agen_semaphore, permits_.kind_), 10, 6));
PROMISE(timeout_task, IS(offsetof(agen_timeout, task_), 48, 24));
PROMISE(group_reason, IS(offsetof(agen_group, reason_), 52, 28));
PROMISE(group_cancels, IS(offsetof(agen_group, cancels_), 54, 30));
PROMISE(told_of_conditions, offsetof(agen_condition, told_) == sizeof(struct agen_wakeup_));
PROMISE(told_of_queues, offsetof(struct agen_queue_, told_) == sizeof(struct agen_wakeup_));
PROMISE(told_of_pipes, offsetof(struct agen_pipe_, told_) == sizeof(struct agen_wakeup_));
PROMISE(queue_items, IS(offsetof(byte_queue, queue_.items_), 56, 28));
PROMISE(queue_tail, IS(offsetof(byte_queue, queue_.tail_), 88, 44));
PROMISE(queue_size, IS(offsetof(byte_queue, queue_.size_), 96, 52));
PROMISE(queue_closed, IS(offsetof(byte_queue, queue_.wakeup_.of_.closed_), 42, 22));
PROMISE(pipe_kind, IS(offsetof(short_pipe, pipe_.wakeup_.kind_), 17, 9));
PROMISE(pipe_lost, IS(offsetof(short_pipe, pipe_.wakeup_.of_.lost_), 18, 10));
PROMISE(pipe_list, IS(offsetof(short_pipe, pipe_.list_), 32, 16));
PROMISE(pipe_head, IS(offsetof(short_pipe, pipe_.head_), 40, 20));
PROMISE(pipe_size, IS(offsetof(short_pipe, pipe_.size_), 46, 26));
PROMISE(bytes_follow_the_head, offsetof(short_pipe, bytes_) == sizeof(agen_pipe));
PROMISE(of_any_pipe, offsetof(long_pipe, bytes_) == sizeof(agen_pipe));
PROMISE(value_of_a_queue, IS(offsetof(byte_queue, value), 112, 60));
PROMISE(items_of_a_queue, IS(offsetof(byte_queue, items_), 113, 61));
PROMISE(marks_of_a_queue, IS(offsetof(byte_queue, full_), 121, 69));

/*
 * The version, of any numbers: macros are expanded where they are used.
 */
static long version(void)
{
    return AGEN_VERSION;
}

#undef AGEN_VERSION_MAJOR
#undef AGEN_VERSION_MINOR
#undef AGEN_VERSION_PATCH
#define AGEN_VERSION_MAJOR 2
#define AGEN_VERSION_MINOR 3
#define AGEN_VERSION_PATCH 4

int main(void)
{
    printf("head %d, coroutine %d, yields byte %d, yields int %d, receives %d, value at %d\n",
           (int)sizeof(agen_t), (int)sizeof(struct coroutine), (int)sizeof(struct yields_byte),
           (int)sizeof(struct yields_int), (int)sizeof(struct receives),
           (int)offsetof(struct receives, value));
    printf("task %d, loop %d, event %d, lock %d, semaphore %d, timeout %d, group %d, slot %d, "
           "queue of 8 bytes %d, pipe of 8 bytes %d\n",
           (int)sizeof(agen_task), (int)sizeof(agen_loop), (int)sizeof(agen_event),
           (int)sizeof(agen_lock), (int)sizeof(agen_semaphore), (int)sizeof(agen_timeout),
           (int)sizeof(agen_group), (int)sizeof(agen_slot), (int)sizeof(byte_queue),
           (int)sizeof(short_pipe));
    CHECK_INT(sizeof(agen_t), HEAD);
    CHECK_INT(sizeof(struct agen_frame_), HEAD);
    CHECK_INT(offsetof(struct agen_frame_, base_) + sizeof(struct agen_base_), HEAD);
    CHECK_INT(offsetof(struct agen_base_, state_), sizeof(void *));
    CHECK_INT(offsetof(struct agen_base_, flags_), sizeof(void *) + 1);
    CHECK_INT(offsetof(struct agen_base_, error_), sizeof(void *) + 2);
    CHECK_INT(version(), 10000); /* 1.0.0 */
    CHECK_INT(AGEN_VERSION, 20304);
    return check_result();
}
