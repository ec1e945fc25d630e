/* SPDX-License-Identifier: 0BSD */
/*
 * Records what the tasks of a loop do into a ring of bytes, and finds tasks that hold the loop for
 * too long. docs/TRACING.md shows how to use it; tools/agen-trace draws what has been recorded.
 *
 * Include this header in front of agen.h in every file, best by AGEN_CONFIG, and compile
 * tools/agen_trace.c with the program. All functions are for the thread of the loop. None of them
 * may be called from an interrupt, and agen.h calls its hook from none.
 */
#ifndef AGEN_TRACE_H
#define AGEN_TRACE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

struct agen_loop;
struct agen_task;
struct agen_place;

/*
 * How many tasks and how many suspensions have a place in the tables: at most 254. A task takes 16
 * bytes of a 32-bit machine's memory, and so does a suspension. The place of a task that has ended
 * is given to a new one if there is no other. What has no place in a table is not recorded (a
 * task), or recorded without file and line (a suspension); the dump says how many.
 */
#ifndef AGEN_TRACE_TASKS
#define AGEN_TRACE_TASKS 16
#endif
#ifndef AGEN_TRACE_PLACES
#define AGEN_TRACE_PLACES 48
#endif

#define AGEN_TRACE(loop, task, event, status, place) \
    ((void)(loop), agen_trace_record(task, event, status, place))

/*
 * agen_trace_start() forgets everything and begins to record into `ring`, which has `size` bytes. A
 * record takes 2 to 5 bytes as a rule; the oldest ones are overwritten. `clock` says the time in
 * ticks of 1 / ticks_per_second; it may wrap, but no pause between two events may be longer than
 * its range. A counter of cycles is best, because a step takes microseconds. A ring of NULL records
 * nothing, and only agen_trace_slow() is at work.
 *
 * agen_trace_stop() stops recording, so that the ring keeps what it has.
 */
void agen_trace_start(void *ring, size_t size, uint32_t (*clock)(void), uint32_t ticks_per_second);
void agen_trace_stop(void);

/*
 * agen_trace_name() names a task, once tracing has been started; the task may be zeroed, alive or
 * ended. `name` must stay. The name of a task that has none is the tag of the struct that was
 * spawned.
 */
void agen_trace_name(const struct agen_task *task, const char *name);

/*
 * agen_trace_slow() has each step reported that takes more than `ticks` of the clock: a task that
 * holds the loop up for so long. Python: loop.slow_callback_duration. The report is made at the end
 * of the step, from inside the loop; it must not change the loop, nor any task. A report of NULL
 * ends this.
 */
struct agen_trace_step {
    const char *task;              /* its name, or NULL if it was spawned before the start */
    const struct agen_place *from; /* where the task went on; NULL: at its beginning, or unknown */
    const struct agen_place *to;   /* where it suspended again; NULL: it has ended, or unknown */
    uint32_t ticks;                /* how long that took */
};
void agen_trace_slow(uint32_t ticks, void (*report)(const struct agen_trace_step *step));

/*
 * agen_trace_dump() writes what is in the ring, by calls of `write`, as lines of text that
 * tools/agen-trace reads. Other lines may come before and after them, as on a console. `write` is
 * the same function that agen_loop_dump() takes. The ring stays as it is.
 */
void agen_trace_dump(void (*write)(void *context, const char *text, size_t length), void *context);

/* What AGEN_TRACE calls. */
void agen_trace_record(const struct agen_task *task, int event, int status,
                       const struct agen_place *place);

#ifdef __cplusplus
}
#endif

#endif
