/*
 * agen.h: async generators for C.
 *
 * A function that can await and yield, be sent values and errors, be closed, and that always cleans
 * up: Python's asynchronous generator as a stackless C function over a struct of your own. No heap,
 * no threads, no operating system, no assembly, no libc. C99 and C++11 and later, from 8-bit to
 * 64-bit.
 *
 * SPDX-License-Identifier: 0BSD
 *
 *
 * Contents
 * --------
 *
 * For users:     A complete program; The rules; The whole interface; Knobs; Results; The state of a
 *                generator; Defining and initialising; In a body; From plain C; The event loop
 * How it works:  One protocol; Compilers; Bodies and their heads; Objects of the loop; Compile-time
 *                errors; Resume points; The function; Statements of a body; Statements that need a
 *                task; Functions
 * The loop:      What the loop shares with interrupts; The bytes of a pipe; Timers; Waiting and
 *                waking; Cancellation; Tasks; The children of a group; A turn of a task; A pass of
 *                the loop; Where it hangs; Joins, sleeps, selects and timeouts; The block of a
 *                group; Queues; Pipes
 *
 * AGEN_NO_LOOP leaves out what needs the loop: "The event loop", "Statements that need a task", and
 * all of the third part.
 *
 *
 * A complete program
 * ------------------
 *
 *     #include "agen.h"
 *     #include <stdio.h>
 *
 *     struct countdown {
 *         AGEN_YIELDS(int);               // always first; declares .value
 *         int n;                          // what must survive a yield lives here
 *     };
 *
 *     AGEN(countdown, self)
 *     {
 *         AGEN_BEGIN(self);
 *         AGEN_TRY(self) {
 *             for (; self->n > 0; self->n--)
 *                 AGEN_YIELD(self, self->n);
 *         } AGEN_FINALLY(self) {          // runs once, however this ends
 *             printf("lift-off or scrubbed\n");
 *         } AGEN_END_TRY(self);
 *         AGEN_END(self);
 *     }
 *
 *     int main(void)
 *     {
 *         struct countdown c = { AGEN_INIT(countdown), .n = 10 };
 *
 *         while (agen_next(&c) == AGEN_YIELDED && c.value > 7)
 *             printf("%d\n", c.value);    // 10, 9, 8
 *         agen_close(&c);                 // the finally runs here
 *         return 0;
 *     }
 *
 *
 * The rules
 * ---------
 *
 * 1. What must survive a yield, an await or a wait is a member of the struct. A C local loses its
 *    value there, and the compiler refuses an initialised local in the scope of a suspension. A
 *    local in an inner block without a suspension is fine.
 * 2. AGEN_YIELDS, AGEN_YIELDS_RECEIVES or AGEN_COROUTINE is the first member. AGEN_BEGIN is the
 *    first statement of the body after its declarations, AGEN_END the last.
 * 3. Leave a body with AGEN_RETURN or AGEN_RAISE, never with a `goto` out of a try, which would
 *    skip a finally. A plain `return` does not compile. Neither does a `break` or `continue` that
 *    would leave a try part, a handler, a finally, or the block of a timeout, group or race: set a
 *    flag instead. In a loop that lies inside one of these, break and continue are plain C.
 * 4. Inside a `switch` of your own, only AGEN_RETURN and AGEN_RAISE are legal. For the other
 *    statements below use if and else, or AGEN_USE_COMPUTED_GOTO.
 * 5. A try inside a handler or a finally keeps the outer error in a slot: AGEN_TRY_IN.
 * 6. A generator runs one operation at a time. A second one answers AGEN_E_RUNNING and changes
 *    nothing.
 * 7. A generator may be copied or moved, with the struct that holds it, while no operation on it is
 *    pending.
 * 8. Errors are negative ints that fit int16_t. Yours are -1 down to AGEN_E_LAST + 1: -errno fits.
 * 9. An abandoned generator does not clean up by itself: agen_close it, or consume it with
 *    AGEN_FOR_CLOSING.
 *
 *
 * The whole interface
 * -------------------
 *
 * The state          AGEN_YIELDS(T);  AGEN_YIELDS_RECEIVES(T, S);  AGEN_COROUTINE;  agen_slot
 * The function       AGEN(g, self) {..}  AGEN(g, self, release) {..}  AGEN_DECLARE(g);
 *                    AGEN_EXTERN(g, self) {..}  AGEN_EXTERN(g, self, release) {..}
 *                    AGEN_BEGIN(self);  AGEN_END(self);
 * An instance        struct g x = { AGEN_INIT(g), .. };  AGEN_NEW(&x, g, ..);  agen_init(&x, g)
 *
 * In a body          AGEN_YIELD(self, v);   AGEN_RETURN(self);   AGEN_RAISE(self, e);
 *   from another     AGEN_YIELD_FROM(self, &self->g);   AGEN_YIELD_FROM_RECEIVING(self, &self->g);
 *   what was sent    self->sent   agen_received(self)
 *   waiting          AGEN_AWAIT(self, &self->coroutine);   AGEN_WAIT_UNTIL(self, condition);
 *   one step         AGEN_NEXT(self, &self->g);   AGEN_SEND(self, &self->g, v);   agen_status(self)
 *                    AGEN_THROW(self, &self->g, e);   AGEN_CLOSE(self, &self->g);
 *   all of it        AGEN_FOR(self, &self->g) {..}   AGEN_FOR_AS(self, g, &self->g) {..}
 *                    AGEN_FOR_CLOSING(self, &self->g) {..} AGEN_END_FOR(self);
 *                    AGEN_FOR_CLOSING_IN(self, &self->slot, &self->g) {..} AGEN_END_FOR(self);
 *   errors           AGEN_TRY(self) {..} or AGEN_TRY_IN(self, &self->slot) {..}
 *                    AGEN_EXCEPT(self) {..} or AGEN_EXCEPT_ANY(self) {..}   (or neither)
 *                    AGEN_FINALLY(self) {..}                               (or not)
 *                    AGEN_END_TRY(self);   agen_error(self)
 *
 * From plain C       agen_next(&x)  agen_next_as(g, &x)  agen_send(&x, v)  agen_throw(&x, e)
 *                    agen_close(&x)  agen_drop(&x)  agen_poll(&x)  agen_abort(&x, e)
 *                    agen_done(&x)  agen_is(&x, g)  agen_strerror(code)
 *
 * The loop           agen_loop_init(&loop, now)  agen_loop_poll(&loop)  agen_loop_idle_ticks(&loop)
 *                    agen_loop_run(&loop)  agen_loop_run_until(&loop, &task)
 *                    agen_loop_cancel_all(&loop)  agen_loop_shutdown(&loop)
 *                    .error  .first_iteration  .finalizer
 *                    agen_loop_dump(&loop, write, context)
 *                    a hook of yours: AGEN_TRACE(loop, task, event, status, place)
 *   tasks            agen_spawn(&loop, &task, &c)  agen_cancel(&task)  agen_task_status(&task)
 *                    agen_cancelling(&task)  agen_current_task(self)  agen_current_loop(self)
 *                    AGEN_JOIN(self, &task);   agen_spawn_close(&loop, &task, &x)
 *                    agen_track(&loop, &task, &x)  agen_untrack(&task)
 *   time             AGEN_SLEEP(self, ticks);  AGEN_SLEEP_UNTIL(self, deadline);  AGEN_PAUSE(self);
 *                    AGEN_TIMEOUT(self, &self->limit, ticks) {..} AGEN_END_TIMEOUT(self);
 *                    agen_expired(&self->limit)
 *   together         AGEN_GROUP(self, &self->group) {..} AGEN_END_GROUP(self);
 *                    AGEN_RACE(self, &self->group) {..} AGEN_END_RACE(self);
 *                    agen_group_spawn(&group, &task, &c)  agen_group_first(&group)
 *   the first of     AGEN_SELECT(self) AGEN_ON_..(self, &self->alternative, ..) {..}
 *                    AGEN_END_SELECT(self);   ..: EVENT, GET, PUT, ACQUIRE, END, CONDITION, BYTES;
 *                    and without an alternative TIMEOUT(self, ticks), DEADLINE(self, deadline)
 *   objects          agen_event: AGEN_WAIT(self, &e);  agen_event_set, _clear, _is_set(&e)
 *                    agen_lock, agen_semaphore: AGEN_ACQUIRE(self, &l);  AGEN_RELEASE(self, &l);
 *                    agen_try_acquire(&l)  agen_release(&l)  agen_semaphore_init(&s, n)
 *                    agen_condition: AGEN_CONDITION_WAIT(self, &c);  agen_notify(&c, n), _all(&c)
 *                    AGEN_QUEUE(T, N) q: AGEN_PUT(self, &q, v);  AGEN_GET(self, &q, lvalue);
 *                    agen_queue_init, _close, _count(&q)  agen_try_put(&q, v)
 *                    agen_try_get(&q, lvalue)
 *   bytes            AGEN_PIPE(N) p, seen as an agen_pipe by those that take any size
 *                    AGEN_READ(self, &p, buffer, n, &count);    AGEN_READ_EXACTLY(.. the same ..);
 *                    AGEN_READ_UNTIL(self, &p, delimiter, buffer, n, &count);
 *                    AGEN_WRITE(self, &p, data, n, &count);     AGEN_WAIT_BYTES(self, &p, n);
 *                    agen_chunks_init(&chunks, &p)  AGEN_FOR(self, &chunks) {..}
 *                    agen_pipe_init, _read, _write,
 *                    _borrow, _consume, _close, _ended, _count, _room, _lost(&p)
 *   interrupts       agen_event_set_isr(&e)  agen_notify_isr(&c, n)  agen_queue_put_isr(&q, v)
 *                    agen_pipe_write_isr, _read_isr, _consume_isr, _close_isr(&p)
 *
 * Results            AGEN_DONE 0, AGEN_YIELDED 1, AGEN_PENDING 2, errors negative
 *
 * Every operation takes a pointer to a state struct, or an `agen_t *`, which can point to any of
 * them. Names that end in an underscore are private. Macros of your own that look like functions or
 * name attributes (`min(a, b)`, `unused`) may be defined before the include. Define macros for
 * common words (`state`, `next`, `count`) after it, where they do no harm.
 */
#ifndef AGEN_H
#define AGEN_H

#define AGEN_VERSION_MAJOR 1
#define AGEN_VERSION_MINOR 0
#define AGEN_VERSION_PATCH 0
#define AGEN_VERSION (AGEN_VERSION_MAJOR * 10000 + AGEN_VERSION_MINOR * 100 + AGEN_VERSION_PATCH)

/* AGEN_CONFIG: a header of yours, "with its quotes", that defines the knobs below for all files. */
#ifdef AGEN_CONFIG
#include AGEN_CONFIG
#endif

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __SDCC
#pragma disable_warning 110 /* constant conditions: macros have many */
#pragma disable_warning 126 /* unreachable code, for the same reason */
#endif

/*
 * -------------------------------------------------------------------------------------------------
 * Knobs: define them before the include, or with -D. No knob changes the layout of a generator, so
 * files that are compiled with different knobs can share generators. Four knobs must be the same in
 * all files: AGEN_CHECK_INTERRUPTS, AGEN_SHARED, AGEN_TICKS and AGEN_CRITICAL_ENTER. With
 * AGEN_SHARED, AGEN_IDLE, AGEN_DUMP and AGEN_TRACE must be defined in the file with
 * AGEN_IMPLEMENTATION. Files that differ in AGEN_CHECK_INTERRUPTS, or in whether
 * AGEN_CRITICAL_ENTER is defined, do not link then. No linker sees a different AGEN_TICKS: define
 * it in AGEN_CONFIG. AGEN_TICKS, AGEN_IDLE and AGEN_CRITICAL_ENTER are described with the event
 * loop.
 * -------------------------------------------------------------------------------------------------
 */

/*
 * AGEN_ASSERT(condition): called with a false condition where a state, a queue, a pipe or a loop
 * was never initialised: without the test, the program would jump to address 0. Builds that define
 * it, builds without optimisation (gcc, clang, tcc) and builds with an address, memory or thread
 * sanitizer stop there, in a function whose name says what is wrong. All other builds leave the
 * tests out. Default: do nothing before that stop. `#define AGEN_ASSERT assert` is a good choice
 * for tests.
 */
#if defined AGEN_ASSERT || defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ \
    || ((defined __GNUC__ || defined __TINYC__) && !defined __OPTIMIZE__)
#define AGEN_FINDS_FORGOTTEN_
#elif defined __has_feature
#if __has_feature(address_sanitizer) || __has_feature(memory_sanitizer) \
    || __has_feature(thread_sanitizer) || __has_feature(undefined_behavior_sanitizer)
#define AGEN_FINDS_FORGOTTEN_
#endif
#endif
#ifndef AGEN_ASSERT
#define AGEN_ASSERT(condition) ((void)0)
#endif

/*
 * AGEN_USE_COMPUTED_GOTO: resume through GNU C's computed goto instead of a switch. Then a yield
 * inside a switch of your own is legal. Costs a table of 128 pointers in static memory for each
 * body, and the warnings of -Wpedantic inside bodies. Default: off. Needs gcc or clang.
 *
 * AGEN_USE_LINE: number the resume points by source line instead of __COUNTER__. Two suspensions on
 * one line are an error then, and a body has 250 lines at most. Default: on only where the compiler
 * has no __COUNTER__.
 */

/*
 * AGEN_CHECK_INTERRUPTS: refuse, with AGEN_E_RUNNING, an operation that an interrupt handler starts
 * on a generator while the interrupted code is stepping that generator. Without this knob, such an
 * operation is undefined. Costs about 16 bytes a body on a Cortex-M0. Default: off. Set it for all
 * files or for none.
 */

/*
 * AGEN_DUMP: agen_loop_dump() prints what each task of a loop waits for, by name and source line.
 * Costs a comparison at each suspension, the names, and the file name of each body. Default: off,
 * and then agen_loop_dump() does nothing and costs nothing. Bodies in files without it have no
 * name.
 */

/*
 * AGEN_TRACE(loop, task, event, status, place): a statement of yours, most often the call of a
 * function, that the loop makes at each event in the life of a task. `event` is an int, one of enum
 * agen_trace_event. `status` is how the task has ended at AGEN_TRACE_END, and 0 otherwise. `place`
 * is a `const struct agen_place *` that says which body has been spawned at AGEN_TRACE_SPAWN, and
 * where the task waits at AGEN_TRACE_SUSPEND; it is NULL otherwise. What place points to is gone
 * after the call, but its strings stay.
 *
 * A function must be declared before the include, with `struct agen_loop`, `struct agen_task` and
 * `struct agen_place`. It must not change the loop, nor any task. It is not called from an
 * interrupt: what an interrupt sets is an event when the loop sees it. Define the knob in all
 * files, best in AGEN_CONFIG: what a file without the knob does to a task is not reported, and its
 * bodies have no name. Costs what your statement costs, the names, and one more step of the body at
 * each suspension. Default: off, and then it costs nothing.
 *
 * tools/agen_trace.h is such a hook: it records the events in a ring of bytes, and finds tasks that
 * hold the loop for too long. docs/TRACING.md shows the pictures that come of it.
 */

/*
 * AGEN_WARN_SPAWN: warn where the answer of agen_spawn() is ignored, as gcc and clang always do for
 * agen_group_spawn(), agen_track() and agen_release(). Default: off, since the first spawn of a new
 * task with a new coroutine cannot be refused.
 */

/*
 * AGEN_NO_LOOP: leave out the event loop, for a file of generators and coroutines alone. It is half
 * of this header, and half of the time that compilers take for it. Such a file may share generators
 * with files that have the loop, and its generators may run in tasks. Do not combine it with
 * AGEN_IMPLEMENTATION if any file uses the loop. Default: the loop is there, and costs no code
 * where it is not used.
 */

/*
 * AGEN_SHARED, AGEN_IMPLEMENTATION: where to put the functions that are too large to be inline. By
 * default every file that needs such a function has a private copy. With AGEN_SHARED defined in all
 * files these functions are external, and the one file that also defines AGEN_IMPLEMENTATION,
 * before the include, holds them.
 */

#if defined AGEN_IMPLEMENTATION && !defined AGEN_SHARED
#error "AGEN_IMPLEMENTATION is for the one file that holds the functions: define AGEN_SHARED in all"
#endif

/*
 * -------------------------------------------------------------------------------------------------
 * Results
 * -------------------------------------------------------------------------------------------------
 */

/*
 * Every operation answers an int. Above zero, the generator is alive. Zero means that it has ended.
 * Below zero, the answer is an error. The library's own codes are at the bottom of int16_t.
 * Everything from -1 down to AGEN_E_LAST + 1 is yours.
 */
enum agen_status {
    AGEN_DONE = 0,    /* it has ended: Python's StopAsyncIteration, or None from aclose() */
    AGEN_YIELDED = 1, /* it yielded: the value is in .value */
    AGEN_PENDING = 2, /* it waits: carry the operation on with agen_poll() */

    AGEN_RETURN_ = -32767 - 1,      /* private: a return on its way out through the finallys */
    AGEN_E_EXIT = -32767,           /* GeneratorExit: clean up and end */
    AGEN_E_CANCELLED = -32766,      /* CancelledError: the task is to end */
    AGEN_E_STOP = -32765,           /* StopAsyncIteration raised by hand; see the next one */
    AGEN_E_STOP_LEAKED = -32764,    /* RuntimeError: a generator let AGEN_E_STOP out of its body */
    AGEN_E_RUNNING = -32763,        /* RuntimeError: an operation is pending or executing already */
    AGEN_E_IGNORED_EXIT = -32762,   /* RuntimeError: it yielded in answer to a close */
    AGEN_E_JUST_STARTED = -32761,   /* TypeError: a value sent before the first yield */
    AGEN_E_TIMEOUT = -32760,        /* TimeoutError */
    AGEN_E_BAD_STATE = -32759,      /* scribbled memory, a yield in a switch, a code that is none */
    AGEN_E_NO_LOOP = -32758,        /* a wait that needs an event loop, without one */
    AGEN_E_CLOSED = -32757,         /* a put into a queue, or a write into a pipe, that is closed */
    AGEN_E_INCOMPLETE = -32756,     /* IncompleteReadError: the stream ended inside of a read */
    AGEN_E_TOO_LONG = -32755,       /* LimitOverrunError: no delimiter within the limit */
    AGEN_E_LAST = -32700            /* the last code that the library keeps for itself */
};

/*
 * const char *agen_strerror(int code): the name of a status code, in English; "application error"
 * for a negative code of yours. Never NULL. The string is static. Cost: the strings, where it is
 * called at all.
 */

/*
 * -------------------------------------------------------------------------------------------------
 * The state of a generator: a struct of yours that begins with one of these three
 * -------------------------------------------------------------------------------------------------
 */

/*
 * AGEN_YIELDS(T); declares the head of a generator that yields T, and the member `T value`, which
 * keeps the last value that was yielded until the next one. Head: 24 bytes on 64-bit, 12 on 32-bit,
 * 8 on AVR.
 *
 * T is a type that can be assigned, and `T value;` must be a declaration. So a pointer to a
 * function or to an array needs a typedef first: `typedef int (*handler)(int);`. An array cannot be
 * assigned: yield a pointer to it, or a struct that holds it. A struct needs a tag or a typedef.
 * The same holds for S below and for the items of an AGEN_QUEUE.
 */
#define AGEN_YIELDS(T) \
    AGEN_HEAD_(AGEN_KIND_YIELDS_); \
    T value

/*
 * AGEN_YIELDS_RECEIVES(T, S); the same, and `S sent`: the value that came with the last agen_send()
 * or AGEN_SEND, kept until the next one. Ask agen_received(self) whether the current step brought
 * one.
 */
#define AGEN_YIELDS_RECEIVES(T, S) \
    AGEN_HEAD_(AGEN_KIND_RECEIVES_); \
    S sent; \
    T value

/*
 * AGEN_COROUTINE; declares the head of a function that awaits but yields nothing. Await it with
 * AGEN_AWAIT, or run it from plain C with agen_next() and agen_poll() until it answers AGEN_DONE.
 */
#define AGEN_COROUTINE AGEN_HEAD_(AGEN_KIND_COROUTINE_)

/*
 * agen_slot: where a try inside a handler keeps the outer error (AGEN_TRY_IN). 2 bytes. One slot
 * serves any number of such tries, as long as none of them is inside another one.
 */
typedef struct agen_slot {
    int16_t error_;
} agen_slot;

/*
 * -------------------------------------------------------------------------------------------------
 * Defining and initialising
 * -------------------------------------------------------------------------------------------------
 */

/*
 * AGEN(g, self) { body } defines the body of the generator or coroutine whose state is `struct g`,
 * private to this file. `self` becomes a `struct g *`. AGEN(g, self, release) adds a finalizer,
 * `void release(struct g *)`. It is called exactly once when the generator ends, however that
 * happens, also when the generator is closed before its first step. The finalizer may free the
 * state or initialise it anew, because nothing touches the state afterwards. While the finalizer
 * runs, the generator has ended already.
 */
#define AGEN(g, ...) AGEN_DEFINE_(static inline, g, __VA_ARGS__)

/*
 * AGEN_DECLARE(g); goes into a header, after struct g, and AGEN_EXTERN(g, self[, release]) { body }
 * into one file. Use them for a generator that several files use, or that is initialised above its
 * body. C and C++ files may share it.
 */
#define AGEN_DECLARE(g) \
    AGEN_C_LINKAGE_ int g##_agen_(struct agen_frame_ *, int, struct agen_base_ *) AGEN_REENTRANT_
#define AGEN_EXTERN(g, ...) AGEN_DEFINE_(, g, __VA_ARGS__)

/*
 * struct g x = { AGEN_INIT(g), .member = value, ... }; makes a new generator. AGEN_INIT is a
 * constant initialiser without a call, for static objects too. C, and C++ from C++20 on.
 */
#define AGEN_INIT(g) .agen_ = { { g##_agen_, { 0, 0, 0, 0 } } }

/*
 * AGEN_NEW(&x, g, .member = value, ...); makes all of x new at run time, as the initialiser above
 * does: members that are not named are zeroed. `AGEN_NEW(&x, g);` names none. The memory may have
 * any content before, that of a pool for instance. x is evaluated once. The values are evaluated
 * before x is written, so they may be read from x. Never use it on a generator that is pending. It
 * closes nothing: close a suspended generator before. C, and C++ from C++20 on. Cost: x is written
 * once; without optimisation, in C++ and with SDCC, it is made on the stack and copied.
 *
 * agen_init(&x, g) makes only the head new and leaves value, sent and your members as they were.
 * Use it to run a finished generator again with the members it has, and in C++11, where you set the
 * members yourself. Set every member, because a finally may free what one points to. Never use it
 * on a generator that is pending.
 */
#define AGEN_NEW(x, ...) AGEN_NEW_(x, __VA_ARGS__, )
#define agen_init(x, g) \
    agen_init_(AGEN_FRAME_OF_(g, x), g##_agen_)

/*
 * AGEN_BEGIN(self); opens the body, as the first statement after the declarations. A local above
 * AGEN_BEGIN is initialised anew at each resume, and perhaps twice at the start. Never change such
 * a local: it is for a shorter name of `self->config`, say. AGEN_END(self); closes the body, and
 * ends the generator when control gets there.
 */
#define AGEN_BEGIN(self) AGEN_BEGIN_(self)
#define AGEN_END(self) AGEN_END_(self)

/*
 * -------------------------------------------------------------------------------------------------
 * In a body
 * -------------------------------------------------------------------------------------------------
 *
 * These are legal only between AGEN_BEGIN and AGEN_END, and not inside a `switch` of your own. Each
 * is one statement and safe after `if`. `self` and the generator that is driven are evaluated again
 * after each resume and must name the same object then: `&self->child`, not `&pool[i++]`. A slot, a
 * timeout and a group are evaluated again at the end of their block. All other arguments are
 * evaluated once.
 */

/*
 * AGEN_YIELD(self, v); hands v to the consumer and suspends. Python: `yield v`. The body goes on
 * when the consumer asks for the next value. An error that the consumer throws is raised here, and
 * so is AGEN_E_EXIT when the consumer closes the generator. If the body yields in answer to a
 * close, the close answers AGEN_E_IGNORED_EXIT. In a coroutine and inside a timeout, a group or a
 * race, AGEN_YIELD does not compile. Cost: one store, one return.
 */
#define AGEN_YIELD(self, ...) AGEN_YIELD_(AGEN_COUNTER_, self, __VA_ARGS__)

/*
 * AGEN_YIELD_FROM(self, &self->g); yields every value that g yields. Next and throw reach g; a sent
 * value is lost. An exit closes g, waits until g has ended, and is raised here again. Python: PEP
 * 828. AGEN_YIELD_FROM_RECEIVING(self, &self->g); also forwards sent values, which must have the
 * same type in both.
 */
#define AGEN_YIELD_FROM(self, g) \
    AGEN_YIELD_FROM_(AGEN_COUNTER_, AGEN_COUNTER_, AGEN_COUNTER_, self, g, AGEN_DISCARD_SENT_)
#define AGEN_YIELD_FROM_RECEIVING(self, g) \
    AGEN_YIELD_FROM_(AGEN_COUNTER_, AGEN_COUNTER_, AGEN_COUNTER_, self, g, AGEN_FORWARD_SENT_)

/*
 * AGEN_RETURN(self); runs the finallys around it and ends the generator. In a finally it discards
 * the error that was on its way out. Python: `return`. AGEN_RAISE(self, e); raises e, a negative
 * code that fits int16_t. The nearest handler gets it, or the consumer if there is none. Any other
 * int raises AGEN_E_BAD_STATE; a constant e of that kind does not compile. A wider e becomes an int
 * first. Python: `raise e`.
 */
#define AGEN_RETURN(self) AGEN_RETURN_NOW_(self)
#define AGEN_RAISE(self, e) AGEN_RAISE_(self, e)

/*
 * AGEN_AWAIT(self, &self->c); runs the coroutine c to its end, and waits as long as c waits. An
 * error that ends c is raised here. Awaiting a finished coroutine succeeds immediately; to run it
 * again, use AGEN_NEW or agen_init() first. Python: `await c`.
 * The start of a chain of awaits recurses: 48 bytes of C stack a level on x86-64, 16 on a Cortex-M0
 * (-O2; bench/chain.c measures it). A wake-up does not recurse, at any depth.
 */
#define AGEN_AWAIT(self, c) AGEN_AWAIT_(AGEN_COUNTER_, self, c)

/*
 * AGEN_WAIT_UNTIL(self, condition); waits until condition is true. Each agen_poll() evaluates the
 * condition again. If it is true at the start, the body does not suspend. No loop is needed. In a
 * task, prefer AGEN_WAIT for an event: a task in AGEN_WAIT_UNTIL is always ready, so its loop never
 * sleeps.
 */
#define AGEN_WAIT_UNTIL(self, ...) AGEN_WAIT_UNTIL_(AGEN_COUNTER_, self, (__VA_ARGS__))

/*
 * These make one step of another generator and wait for it. After that, agen_status(self) is
 * AGEN_YIELDED, with the value in g.value, or AGEN_DONE if g has ended. What g raises is raised
 * here. Python: anext, asend, athrow, aclose.
 *   AGEN_NEXT(self, &self->g);      the next value
 *   AGEN_SEND(self, &self->g, v);   g's yield receives v; AGEN_E_JUST_STARTED before its first
 *   AGEN_THROW(self, &self->g, e);  raises e at g's yield, as AGEN_RAISE would
 *   AGEN_CLOSE(self, &self->g);     raises AGEN_E_EXIT there and waits for the cleanup
 * If g is busy, AGEN_E_RUNNING is raised here and g is not touched. If g has ended, the status is
 * AGEN_DONE at once, but AGEN_THROW raises e here, so that no error vanishes.
 */
#define AGEN_NEXT(self, g) \
    AGEN_STEP_(AGEN_COUNTER_, self, "AGEN_NEXT", AGEN_FRAME_(g), AGEN_RUN_)
#define AGEN_SEND(self, g, ...) \
    AGEN_STEP_(AGEN_COUNTER_, self, "AGEN_SEND", AGEN_GIVE_(g, (__VA_ARGS__)), AGEN_SENT_)
#define AGEN_THROW(self, g, e) AGEN_THROW_(AGEN_COUNTER_, self, g, e)
#define AGEN_CLOSE(self, g) AGEN_CLOSE_(AGEN_COUNTER_, self, g)

/*
 * agen_status(self): how the last AGEN_NEXT, AGEN_SEND or AGEN_THROW of this body ended:
 * AGEN_YIELDED or AGEN_DONE. From the next suspension on it is AGEN_DONE. It also works after the
 * end of a generator that has freed itself.
 */
#define agen_status(self) ((void)(self), agen_status_)

/*
 * agen_received(self): whether the current step was started by a send. False where Python's yield
 * gives None. Valid until the next yield. The state must be declared with AGEN_YIELDS_RECEIVES.
 */
#define agen_received(self) \
    ((void)sizeof((self)->sent), (AGEN_BASE_(self).flags_ & AGEN_RECEIVED_) != 0)

/*
 * AGEN_FOR(self, &self->g) statement runs the statement for each value of g, which is in g.value.
 * Plain `break` and `continue` work. A loop that is left early does not close g, which can be
 * consumed further. What g raises is raised here. Python: `async for`. AGEN_FOR_AS(self, g,
 * &self->child) names the type of the generator, for a direct call that may be inlined.
 */
#define AGEN_FOR(self, g) \
    AGEN_FOR_(AGEN_COUNTER_, self, \
              agen_await_(AGEN_FRAME_(g), AGEN_RUN_, agen_driver_, AGEN_FRAME_(self)))
#define AGEN_FOR_AS(self, g, child) \
    AGEN_FOR_(AGEN_COUNTER_, self, \
              agen_await_as_(g##_agen_, AGEN_FRAME_OF_(g, child), AGEN_RUN_, agen_driver_, \
                              AGEN_FRAME_(self)))

/*
 * AGEN_FOR_CLOSING(self, &self->g) {..} AGEN_END_FOR(self); closes g and waits until g has ended,
 * when the loop is left early by break, return, an error, exit or cancellation. What the close
 * raises replaces what was on its way out. If g ended by itself, it is not touched any more.
 * Python: `async with aclosing(g): async for`. Inside a handler:
 * AGEN_FOR_CLOSING_IN(self, &self->slot, &self->g).
 */
#define AGEN_FOR_CLOSING(self, g) \
    AGEN_CLOSING_(AGEN_COUNTER_, AGEN_COUNTER_, AGEN_COUNTER_, self, AGEN_NEEDS_SLOT_, \
                  AGEN_NOTHING_, AGEN_NOTHING_, g)
#define AGEN_FOR_CLOSING_IN(self, slot, g) \
    AGEN_CLOSING_(AGEN_COUNTER_, AGEN_COUNTER_, AGEN_COUNTER_, self, AGEN_NOTHING_, \
                  AGEN_SAVE_(self, slot), AGEN_RESTORE_(self, slot), g)
#define AGEN_END_FOR(self) AGEN_END_CLOSING_(self)

/*
 * AGEN_TRY(self) { part } AGEN_EXCEPT(self) { handler } AGEN_FINALLY(self) { cleanup }
 * AGEN_END_TRY(self); Either clause may be absent. All three parts may yield, await and wait.
 *   AGEN_EXCEPT      handles every error of the part except exit and cancellation. To handle one
 *                    code only, raise the others again:
 *                    `if (agen_error(self) != e) AGEN_RAISE(self, agen_error(self));`. Python:
 *                    `except Exception`
 *   AGEN_EXCEPT_ANY  handles those too. Python: `except BaseException`
 *   AGEN_FINALLY     runs once, however part and handler end. After it, an error or a return that
 *                    was on its way out goes on. What the cleanup raises replaces it, and
 *                    AGEN_RETURN in the cleanup discards it.
 * A `break` or `continue` that would leave the part, the handler or the cleanup does not compile:
 * set a flag, and leave the loop after the try. In a loop that lies inside one of them it is plain
 * C. (Compilers other than gcc and clang accept such a break, which then leaves only the part, and
 * not the loop around the try.)
 * Cost: no memory besides the 16 bits in the head. In the part, tries nest without limit.
 *
 * Inside a handler or a finally, a try (in its part too) needs a place for the outer error:
 * AGEN_TRY_IN(self, &self->slot), with a member `agen_slot slot`. AGEN_TRY does not compile there.
 */
#define AGEN_TRY(self) AGEN_TRY_(AGEN_COUNTER_, AGEN_NEEDS_SLOT_, AGEN_NOTHING_)
#define AGEN_TRY_IN(self, slot) \
    AGEN_TRY_(AGEN_COUNTER_, AGEN_NOTHING_, AGEN_WITH_SLOT_(self, slot))
#define AGEN_EXCEPT(self) \
    AGEN_EXCEPT_(AGEN_COUNTER_, self, agen_argument_ > AGEN_E_CANCELLED)
#define AGEN_EXCEPT_ANY(self) AGEN_EXCEPT_(AGEN_COUNTER_, self, agen_argument_ != AGEN_RETURN_)
#define AGEN_FINALLY(self) AGEN_FINALLY_(AGEN_COUNTER_, self)
#define AGEN_END_TRY(self) AGEN_END_TRY_(self)

/*
 * agen_error(self): in a handler, the error that it handles; in a finally, the error on its way
 * out, or 0. After an inner try it is the outer error again. It also works in functions that are
 * called from there.
 */
#define agen_error(self) agen_error_(AGEN_FRAME_(self))

/*
 * -------------------------------------------------------------------------------------------------
 * From plain C
 * -------------------------------------------------------------------------------------------------
 *
 * Each of these starts an operation and answers AGEN_DONE, AGEN_YIELDED, AGEN_PENDING or an error.
 * While an operation is pending, all but agen_poll() and agen_abort() answer AGEN_E_RUNNING. All
 * arguments are evaluated once (but see agen_send). None of these may be called from an interrupt
 * handler.
 */

/*
 * agen_next(&x): runs x to its next yield. Python: anext. After the end it answers AGEN_DONE,
 * however often it is called. agen_next_as(g, &x): the same for a `struct g`, by a direct call,
 * which compilers inline where they see the body.
 */
#define agen_next(x) agen_next_(AGEN_FRAME_(x))
#define agen_next_as(g, x) \
    agen_next_by_(g##_agen_, AGEN_FRAME_OF_(g, x))

/*
 * agen_send(&x, v): the yield where x is suspended receives v, converted as by assignment. Python:
 * asend. Before the first yield it answers AGEN_E_JUST_STARTED, and x stays new. A send that is
 * refused leaves .sent as it was. Compilers other than gcc and clang evaluate `x` more than once.
 */
#define agen_send(x, ...) agen_send_(AGEN_GIVE_(x, (__VA_ARGS__)))

/*
 * agen_throw(&x, e): raises e where x is suspended. Python: athrow. The answer says what the body
 * does then: it yields, returns, or raises. A new x ends without running and e comes back, as it
 * does from a generator that has ended (AGEN_E_STOP comes back as AGEN_E_STOP_LEAKED). If e is no
 * error code (see AGEN_RAISE), the answer is AGEN_E_BAD_STATE and x is not touched.
 */
#define agen_throw(x, e) (AGEN_CONSTANT_CODE_(e), agen_raise_(AGEN_FRAME_(x), (e), false))

/*
 * agen_close(&x): raises AGEN_E_EXIT where x is suspended, to end it. Python: aclose. Answers
 * AGEN_DONE when x has ended, the error that its cleanup raised, or AGEN_PENDING while its cleanup
 * waits. If x yields instead, the answer is AGEN_E_IGNORED_EXIT: x is still alive, and another
 * close tries again. A new x ends without running. In a body write AGEN_CLOSE: from plain C a
 * cleanup has no loop, and a sleep or a wait in it raises AGEN_E_NO_LOOP.
 */
#define agen_close(x) agen_close_(AGEN_FRAME_(x))

/*
 * agen_drop(&x): gives x up, as Python does with a generator that nothing refers to. If x is
 * suspended and belongs to a loop with a finalizer hook, agen_drop calls loop.finalizer(x), once,
 * and answers AGEN_DONE; from then on the hook is responsible for x. Otherwise, and from the second
 * call on, agen_drop is an immediate agen_close(). If x has ended, nothing happens; if x is
 * pending, the answer is AGEN_E_RUNNING. x belongs to the loop whose task made the first operation
 * on it; after a wait it belongs to the loop that woke it, or to none if agen_poll() did. The
 * memory of that loop must still exist.
 */
#define agen_drop(x) agen_drop_(AGEN_FRAME_(x))

/*
 * agen_poll(&x): continues the pending operation and answers as that operation would. If none is
 * pending, it starts an agen_next(). A super-loop needs nothing else. If the pending operation
 * belongs to a parent that awaits x, or to a task, the answer is AGEN_E_RUNNING. Cost: the same at
 * any depth of awaits.
 */
#define agen_poll(x) agen_go_on_(AGEN_FRAME_(x), AGEN_RUN_)

/*
 * agen_abort(&x, e): raises e at the innermost wait of the pending operation, and answers as that
 * operation would. x need not end, because its handlers may catch e. If nothing is pending, nothing
 * happens and the answer is AGEN_DONE. If x yields after agen_abort(&x, AGEN_E_EXIT), the answer is
 * AGEN_E_IGNORED_EXIT. Python: the throw() of a pending awaitable.
 */
#define agen_abort(x, e) (AGEN_CONSTANT_CODE_(e), agen_raise_(AGEN_FRAME_(x), (e), true))

/*
 * agen_done(&x): whether x has ended. Not legal after the finalizer of x has freed x.
 * agen_is(&x, g): whether x is a `struct g`; if so, an `agen_t *` may be cast to `struct g *`. For
 * hooks. (Do not use it with a linker that merges functions of equal code.)
 */
#define agen_done(x) (AGEN_BASE_(x).state_ == AGEN_CLOSED_)
#define agen_is(x, g) (AGEN_FRAME_(x)->step_ == g##_agen_)

/*
 * -------------------------------------------------------------------------------------------------
 * The event loop: asyncio's part
 * -------------------------------------------------------------------------------------------------
 *
 * A program that does not use the loop contains none of its code. All objects are yours: the loop
 * allocates nothing and has no globals. One loop belongs to one thread; several loops share
 * nothing.
 */

/*
 * agen_ticks: a time in the unit of your clock, of an unsigned type; it may wrap. Default:
 * uint32_t. For another type define AGEN_TICKS before the include, the same in all files. A delay
 * is at most half the range of the type, because a later time could not be told from the past.
 * AGEN_FOREVER means never: agen_loop_idle_ticks() answers it, AGEN_TIMEOUT takes it, and
 * AGEN_SLEEP does not.
 */
#ifndef AGEN_TICKS
#define AGEN_TICKS uint32_t
#endif
typedef AGEN_TICKS agen_ticks;
#define AGEN_FOREVER ((agen_ticks)-1)

#ifndef AGEN_NO_LOOP

/*
 * agen_loop_init(&loop, now)   makes an empty loop with the clock `agen_ticks now(void)`, which may
 *                              wrap but never goes back. Do not copy a loop
 * agen_loop_poll(&loop)        makes one pass: runs once each task that was ready when the pass
 *                              began, in the order in which they became ready, and then each task
 *                              whose deadline has passed. True if a task is ready again. A call
 *                              from inside a pass does nothing and answers false
 * agen_loop_idle_ticks(&loop)  for how many ticks no task will be ready: 0 if one is ready now,
 *                              AGEN_FOREVER if there is no deadline
 * agen_loop_run(&loop)         polls until no task is left. Between the passes it idles by
 *                              AGEN_IDLE(loop, ticks), a macro of yours: a WFI or an epoll_wait,
 *                              say. `ticks` is an expression: evaluate it once, with interrupts
 *                              off, see agen_event_set_isr(). Without an AGEN_IDLE the loop waits
 *                              busily for the next deadline, and ends when there is none, because
 *                              nothing is left that could wake a task. If interrupts wake tasks,
 *                              define an AGEN_IDLE: ((void)0) makes a busy wait. Answers AGEN_DONE,
 *                              or AGEN_PENDING if tasks are left that wait for an event from
 *                              outside, or AGEN_E_RUNNING inside agen_loop_poll()
 * agen_loop_run_until(&loop, &task)
 *                              the same, but only until the task has ended; other tasks may be
 *                              left. Answers agen_task_status(&task), AGEN_PENDING if nothing is
 *                              left that could wake a task, or AGEN_E_RUNNING as above. The task
 *                              must not free its own memory. This is no join: an error of the
 *                              task is also reported to loop.error. Python: run_until_complete()
 * agen_loop_cancel_all(&loop)  cancels every task. Run the loop until they have cleaned up
 * agen_loop_shutdown(&loop)    cancels every task and runs until all have ended, then closes all
 *                              tracked generators together and runs until they have ended. Then no
 *                              task lives, and no tracked generator. One exception: a generator
 *                              that yields in answer to its close stays alive and is reported to
 *                              loop.error as AGEN_E_IGNORED_EXIT. Generators that nobody tracked
 *                              are not closed. Idles as agen_loop_run() does. Waits also for tasks
 *                              that cleanups spawn, and for a task that catches its cancellation
 *                              and goes on. The loop may be used again. Answers AGEN_DONE,
 *                              AGEN_PENDING if tasks are left that nothing in the loop will wake,
 *                              or AGEN_E_RUNNING inside agen_loop_poll(). Python: the end of
 *                              asyncio.run()
 *
 * agen_loop_dump(&loop, write, context)
 *                              with AGEN_DUMP: prints each task with what it does and the chain of
 *                              its awaits, innermost last, and then each tracked generator. It
 *                              prints by calls of your `void write(void *context, const char
 *                              *text, size_t length)`, one or more for each line; text also ends
 *                              in a NUL. Changes no state. The declarations of a body before
 *                              AGEN_BEGIN run again, as at each resume. Not legal in an interrupt.
 *                              No memory; the time is quadratic in the depth
 *
 * Three functions of yours, or NULL, as after agen_loop_init():
 * loop.error(loop, task, e)    called once for each task that fails while no task waits for it. A
 *                              task that ends with AGEN_E_CANCELLED has not failed. Set it before
 *                              anything is spawned, if only to a function that prints
 *                              agen_strerror(e): without it, such a task ends in silence
 * loop.first_iteration(x)      called with each generator, an `agen_t *`, when a task of this loop
 *                              is about to make the first operation on it. x is busy then, but may
 *                              be tracked
 * loop.finalizer(x)            called by agen_drop() instead of closing x, which is suspended then
 * The last two are Python's set_asyncgen_hooks().
 *
 * With AGEN_TRACE, a hook is called at each event, see enum agen_trace_event.
 *
 * The clock may wrap, and late polls lose nothing, if the loop is polled at least once in half the
 * range of the clock.
 */

/*
 * agen_trace_event: what AGEN_TRACE is told of a task. The task runs from a RUN to a SUSPEND or an
 * END. It is ready from a SPAWN, READY or WAKE until it runs, and waits from a SUSPEND until the
 * next READY or WAKE.
 */
enum agen_trace_event {
    AGEN_TRACE_SPAWN = 0,    /* spawned: ready for its first turn, in the next pass */
    AGEN_TRACE_READY = 1,    /* after a SUSPEND: does not wait, and goes on in the next pass */
    AGEN_TRACE_RUN = 2,      /* its turn begins */
    AGEN_TRACE_SUSPEND = 3,  /* its turn is over: it is suspended at `place` */
    AGEN_TRACE_WAKE = 4,     /* what it waits for has come, or it was cancelled */
    AGEN_TRACE_DEADLINE = 5, /* its sleep, wait or timeout is over: a WAKE or a CANCEL follows */
    AGEN_TRACE_CANCEL = 6,   /* cancelled: by agen_cancel(), its group or its timeout */
    AGEN_TRACE_END = 7       /* its turn is over: it has ended with `status` */
};

/*
 * agen_place: where a body is, as AGEN_TRACE is told. `body` is the tag of its state, or NULL if it
 * was compiled without AGEN_TRACE. `file` and `line` are those of the statement at which it is
 * suspended, and `statement` is its name, "AGEN_SLEEP" for instance. For a body that has not begun,
 * `statement` is NULL and `line` is 0.
 */
struct agen_place {
    const char *body, *file, *statement;
    int line;
};

#ifndef AGEN_IDLE
#define AGEN_IDLES_FOR_NOBODY_
#define AGEN_IDLE(loop, ticks) ((void)(loop), (void)(ticks))
#endif

/*
 * agen_spawn(&loop, &task, &coroutine)
 *                    makes the coroutine a task, which runs from the next pass on. Answers
 *                    AGEN_DONE, or AGEN_E_RUNNING if the task or the coroutine is still in use:
 *                    then nothing happens, so check the answer wherever a refusal is possible. In
 *                    the finalizer of the coroutine the task is still in use; spawn it again in
 *                    loop.error or in a task that joins it. The memory of both must exist until the
 *                    task has ended. If the coroutine has ended already, its task ends in the next
 *                    pass. A task must be zeroed memory before its first spawn (static, or a member
 *                    of a state that an initialiser made); a task that has ended can be spawned
 *                    again. A generator does not compile here, because its values would be lost.
 *                    Python: create_task(c)
 * agen_cancel(&task) asks the task to end: AGEN_E_CANCELLED is raised at its innermost wait, in the
 *                    next pass. The body may catch it; it is not raised again. A task that is
 *                    cancelled before its first step never runs its body. False if the task has
 *                    ended
 * agen_task_status(&task)
 *                    AGEN_PENDING while the task lives, then AGEN_DONE or the error that ended it.
 *                    AGEN_DONE for a task that agen_track() uses, and for zeroed memory
 */
#define agen_spawn(loop, task, c) \
    (AGEN_NO_GENERATOR_(c), agen_spawn_(loop, task, AGEN_FRAME_(c), NULL))

/*
 * agen_cancelling(&task)
 *                    how often the task was asked to end since it was spawned: by agen_cancel(),
 *                    and by the timeouts and groups around its step, until their blocks are left.
 *                    0 to 63, counted modulo 64; 0 for NULL. AGEN_JOIN of a cancelled task raises
 *                    AGEN_E_CANCELLED, too; this count tells whether a cancellation was meant for
 *                    this task. A body that catches its own cancellation and goes on must compare
 *                    with the earlier count the next time: the library never takes back a
 *                    cancellation from outside. Python: Task.cancelling()
 * agen_current_task(self)
 *                    in a body: the task that runs it, at any depth of awaits and generators, or
 *                    NULL if plain C runs it. Python: current_task()
 * agen_current_loop(self)
 *                    the loop of that task, or NULL: a body passes it to agen_spawn(). Python:
 *                    get_running_loop()
 *
 * How to protect a wait, in a cleanup for instance, from a second cancellation: if the wait can be
 * repeated, wait in a loop that remembers the cancellation (examples/23). Otherwise spawn it as a
 * task of its own and join that task in such a loop; a cancelled join leaves the joined task alone.
 * examples/11 has a coroutine for it, to copy. (A shutdown cancels that task, as it cancels all.)
 */
#define agen_current_task(self) ((void)(self), AGEN_INSIDE_, agen_task_of_(agen_driver_))
#define agen_current_loop(self) ((void)(self), AGEN_INSIDE_, agen_loop_of_(agen_driver_))

/*
 * agen_spawn_close(&loop, &task, &x)
 *                    makes a task that closes the generator x, from the next pass on: what a
 *                    finalizer hook should do. Answers AGEN_DONE, or AGEN_E_RUNNING if the task or
 *                    x is in use. An error of the cleanup ends the task; so does AGEN_E_RUNNING, if
 *                    x is in use when the task runs
 * agen_track(&loop, &task, &x)
 *                    makes agen_loop_shutdown() close x, with this task. Answers AGEN_DONE, or
 *                    AGEN_E_RUNNING if the task is in use. If x has ended by the shutdown, nothing
 *                    happens to it. If x is busy then, it is reported to loop.error as
 *                    AGEN_E_RUNNING and not closed. A generator that is not tracked costs the loop
 *                    nothing
 * agen_untrack(&task)
 *                    undoes agen_spawn_close() or agen_track() before the close has begun. Call it
 *                    before the memory of x goes, in the finalizer of x for instance. True if there
 *                    was something to take back; zeroed memory is not tracked
 * The task that closes x must outlive the close, so the finalizer of x must not free that task. At
 * a shutdown, a generator may close others that were tracked after it: each one is closed once.
 */
#define agen_spawn_close(loop, task, x) agen_spawn_close_(loop, task, AGEN_FRAME_(x))
#define agen_track(loop, task, x) agen_track_(loop, task, AGEN_FRAME_(x))

/*
 * AGEN_JOIN(self, &task); waits for the end of the task and raises the error that ended it. A task
 * that was cancelled ends with AGEN_E_CANCELLED, so joining it raises that here, too. To cancel a
 * task and wait for its end, use AGEN_SELECT with AGEN_ON_END, which raises nothing. If the waiting
 * task is cancelled, the joined task goes on. A task that joins itself raises AGEN_E_RUNNING.
 */
#define AGEN_JOIN(self, task) \
    AGEN_WAIT_FOR_(AGEN_COUNTER_, self, "AGEN_JOIN", \
                   agen_join_(agen_driver_, AGEN_FRAME_(self), task))

/*
 * AGEN_PAUSE(self);                  lets the other tasks run, for one pass. Python: sleep(0).
 *                                    Without a loop it takes one more agen_poll()
 * AGEN_SLEEP(self, ticks);           waits that many ticks; 0 is AGEN_PAUSE
 * AGEN_SLEEP_UNTIL(self, deadline);  waits for that time; if it has passed, for one pass
 * Of equal deadlines, the one that was registered first fires first. Cost: O(log n) for n timers,
 * no memory. Without a loop, sleeps and all waits below raise AGEN_E_NO_LOOP.
 *
 * A sleep of n ticks ends when the clock has moved n times. It begins somewhere between two ticks,
 * so it lasts between n - 1 and n tick periods; a late poll makes it longer. For "at least n
 * periods" sleep n + 1 ticks. To do something once in n ticks without drift, add n to a deadline of
 * your own and use AGEN_SLEEP_UNTIL.
 *
 * More than half the range of the clock (35 minutes of a 32-bit clock of microseconds, 32 seconds
 * of a 16-bit clock of milliseconds) is not a delay: AGEN_SLEEP raises AGEN_E_BAD_STATE, and a
 * constant does not compile. `ticks` may have any integer type and is checked before it becomes
 * agen_ticks; a negative value wraps as the clock does, so -1 is too long. A deadline that is more
 * than half the range ahead counts as past.
 */
#define AGEN_PAUSE(self) \
    AGEN_WAIT_FOR_(AGEN_COUNTER_, self, "AGEN_PAUSE", \
                   agen_pause_(agen_driver_, AGEN_FRAME_(self)))
#define AGEN_SLEEP(self, ticks) \
    AGEN_WAIT_FOR_(AGEN_COUNTER_, self, "AGEN_SLEEP", \
                   (AGEN_CONSTANT_DELAY_(ticks), \
                    agen_sleep_(agen_driver_, AGEN_FRAME_(self), AGEN_DELAY_(ticks))))
#define AGEN_SLEEP_UNTIL(self, deadline) \
    AGEN_WAIT_FOR_(AGEN_COUNTER_, self, "AGEN_SLEEP_UNTIL", \
                   agen_sleep_until_(agen_driver_, AGEN_FRAME_(self), deadline))

/*
 * AGEN_TIMEOUT(self, &self->limit, ticks) {..} AGEN_END_TIMEOUT(self); with a member `agen_timeout
 * limit`: after that many ticks the task is cancelled once, and the end of the block turns that
 * cancellation into AGEN_E_TIMEOUT. A cancellation from outside never becomes a timeout. Timeouts
 * nest; of those that expired together the outermost raises. agen_expired(&self->limit) tells
 * afterwards, in a handler around the block for instance, whether the limit expired. A yield inside
 * does not compile (PEP 789: the timeout would hit the consumer), nor does a `break` or `continue`
 * out of the block. Legal in a handler, without a slot. Python: asyncio.timeout. One limit serves
 * one block at a time: entering it again inside its block raises AGEN_E_RUNNING. A limit, like a
 * group, must be zeroed memory before it is first entered. AGEN_FOREVER means no limit; for other
 * ticks see AGEN_SLEEP: too many raise AGEN_E_BAD_STATE at the beginning of the block. (Exactly 64
 * cancellations inside one timeout or group count as none.)
 */
#define AGEN_TIMEOUT(self, limit, ticks) \
    AGEN_SCOPE_(AGEN_COUNTER_, self, AGEN_BLOCK_TIMEOUT_, \
                (AGEN_CONSTANT_LIMIT_(ticks), \
                 agen_timeout_enter_(agen_driver_, limit, AGEN_DELAY_(ticks))), \
                agen_argument_ = agen_timeout_leave_(limit, agen_argument_);)
#define AGEN_END_TIMEOUT(self) \
    AGEN_END_SCOPE_(self, AGEN_BLOCK_TIMEOUT_, \
                    no_AGEN_TIMEOUT_is_open_here__is_an_AGEN_END_missing)
#define agen_expired(limit) ((limit)->entry_.base_.error_ > 0)

/*
 * AGEN_GROUP(self, &self->group) {..} AGEN_END_GROUP(self); with a member `agen_group group`.
 * Inside, agen_group_spawn(&self->group, &self->task, &self->child) makes children, each of which
 * is a task. The end of the block waits for all children. The first error, of a child or of the
 * block, cancels the other children, and the block at its wait. That error is raised when all
 * children have ended. When a child fails, a sibling that is already ready runs its next step
 * before it is cancelled, as in asyncio. Several children can therefore end in one pass; the first
 * one determines the result. A child that is cancelled on its own is no error. If the task is
 * cancelled from outside, the group cancels its children and waits for them. Python: TaskGroup.
 *
 * AGEN_RACE(self, &self->group) {..} AGEN_END_RACE(self); is the same, but the first child that
 * ends, however it ends, cancels the others. It does not cancel the block, which goes on to its
 * end. agen_group_first(&self->group) is the task of that child, or NULL if no child decided the
 * race. The error of that child is raised, also if it is a cancellation of its own. (In a group,
 * agen_group_first() is the child that failed.) agen_task_status() tells how the others ended.
 *
 * agen_group_spawn() answers as agen_spawn() does, and gcc and clang warn if the answer is ignored.
 * It answers AGEN_E_CANCELLED once the group is being cancelled or is over, and AGEN_E_BAD_STATE
 * for a group in zeroed memory. The child is not touched then.
 *
 * A yield inside the block and a `break` or `continue` out of it do not compile. Groups and races
 * are legal in a handler, without a slot.
 */
#define AGEN_GROUP(self, group) \
    AGEN_GROUP_(AGEN_COUNTER_, AGEN_COUNTER_, self, AGEN_BLOCK_GROUP_, group, false)
#define AGEN_END_GROUP(self) \
    AGEN_END_SCOPE_(self, AGEN_BLOCK_GROUP_, \
                    no_AGEN_GROUP_is_open_here__is_an_AGEN_END_missing)
#define AGEN_RACE(self, group) \
    AGEN_GROUP_(AGEN_COUNTER_, AGEN_COUNTER_, self, AGEN_BLOCK_RACE_, group, true)
#define AGEN_END_RACE(self) \
    AGEN_END_SCOPE_(self, AGEN_BLOCK_RACE_, \
                    no_AGEN_RACE_is_open_here__is_an_AGEN_END_missing)
#define agen_group_spawn(group, task, c) \
    (AGEN_NO_GENERATOR_(c), agen_group_spawn_(group, task, AGEN_FRAME_(c)))
#define agen_group_first(group) ((group)->entry_.place_.group_.decided_by_)

/*
 * agen_event: something that has happened. Zeroed memory is an event that is not set.
 *   AGEN_WAIT(self, &e);          goes on at once if e is set, otherwise when e is next set
 *   agen_event_set(&e)            wakes all waiters, in the order in which they came
 *   agen_event_clear(&e)          agen_event_is_set(&e)
 *   agen_event_set_isr(&e)        agen_event_set() from an interrupt, see below
 *
 * agen_lock: has one owner at a time. Zeroed memory is a free lock. agen_semaphore: has as many
 * permits as agen_semaphore_init(&s, n) says, 0 to 32767. Both are fair: no task overtakes a
 * waiter, and a cancelled waiter keeps no permit. For both:
 *   AGEN_ACQUIRE(self, &l);       waits until the task owns it
 *   agen_try_acquire(&l)          true, or false at once
 *   AGEN_RELEASE(self, &l);       raises AGEN_E_BAD_STATE for a lock that no task holds, and for a
 *                                 semaphore that has 32767 permits
 *   agen_release(&l)              the same from plain C: answers AGEN_DONE or AGEN_E_BAD_STATE, and
 *                                 gcc and clang warn if the answer is ignored
 * A task that acquires a lock it already holds deadlocks. A task that ends does not release its
 * locks: release them in a finally.
 */
#define AGEN_WAIT(self, event) \
    AGEN_WAIT_FOR_(AGEN_COUNTER_, self, "AGEN_WAIT", \
                   agen_event_wait_(agen_driver_, AGEN_FRAME_(self), event))
#define AGEN_ACQUIRE(self, lock) \
    AGEN_WAIT_FOR_(AGEN_COUNTER_, self, "AGEN_ACQUIRE", \
                   agen_acquire_(agen_driver_, AGEN_FRAME_(self), &(lock)->permits_))
#define agen_try_acquire(lock) agen_try_acquire_(&(lock)->permits_)
#define agen_release(lock) agen_release_(&(lock)->permits_)
#define AGEN_RELEASE(self, lock) AGEN_RELEASE_(self, lock)

/*
 * agen_condition: something that may have changed. Zeroed memory is a condition without waiters.
 *   AGEN_CONDITION_WAIT(self, &c);  waits until it is notified
 *   agen_notify(&c, n)              wakes the first n waiters; agen_notify_all(&c) wakes all
 *   agen_notify_isr(&c, n)          the same from an interrupt, see below
 * A waiter tests what it waits for in a loop: `while (!ready) AGEN_CONDITION_WAIT(self, &c);`. No
 * lock is needed, because no other task runs between the test and the wait. A notification without
 * a waiter is lost. A waiter that is cancelled after it was notified hands the notification to the
 * next waiter. An event that is set and cleared at once is not the same: it wakes all waiters,
 * never some, and from an interrupt it may be cleared before any waiter was woken.
 * Python: asyncio.Condition, without its lock.
 */
#define AGEN_CONDITION_WAIT(self, condition) \
    AGEN_WAIT_FOR_(AGEN_COUNTER_, self, "AGEN_CONDITION_WAIT", \
                   agen_condition_wait_(agen_driver_, AGEN_FRAME_(self), condition))
#define agen_notify_all(condition) agen_notify(condition, (unsigned)-1)

/*
 * AGEN_SELECT(self)
 *     AGEN_ON_EVENT(self, &self->on_button, &button) {..}
 *     AGEN_ON_GET(self, &self->on_line, &lines, self->line) {..}
 *     AGEN_ON_TIMEOUT(self, 500) {..}
 * AGEN_END_SELECT(self);
 * waits for the first of several things, takes exactly that one, and runs its branch. The select
 * takes nothing of the other alternatives, so nothing is lost, also if the task is cancelled. Each
 * alternative but a deadline needs a member `agen_alternative`, which needs no initialisation. Only
 * branches stand between AGEN_SELECT and AGEN_END_SELECT: no braces around all of them, and no
 * other statement. Each branch has its own braces: an `if` that ends a branch without braces would
 * take the next alternative for its `else`.
 *   AGEN_ON_EVENT(self, a, event)        the event is set
 *   AGEN_ON_CONDITION(self, a, c)        the condition was notified
 *   AGEN_ON_GET(self, a, q, lvalue)      an item of a queue, as AGEN_GET: agen_status(self) is
 *                                        AGEN_DONE once the queue is closed and drained
 *   AGEN_ON_PUT(self, a, q, v)           room in a queue: evaluates v then, and puts it, as
 *                                        AGEN_PUT. Raises AGEN_E_CLOSED if the queue is closed
 *   AGEN_ON_ACQUIRE(self, a, lock)       acquires a lock or a semaphore, which the branch then owns
 *   AGEN_ON_END(self, a, task)           the task has ended; agen_task_status() tells how
 *   AGEN_ON_BYTES(self, a, pipe, n)      n bytes are in the pipe, or the stream ends before. Takes
 *                                        none: ask agen_pipe_count() and agen_pipe_ended()
 *   AGEN_ON_TIMEOUT(self, ticks)         that many ticks have passed; with 0 it is taken if no
 *                                        alternative above can be taken at once
 *   AGEN_ON_DEADLINE(self, deadline)     that time has come. At most one of the last two; a second
 *                                        one raises AGEN_E_BAD_STATE
 * If several alternatives can be taken when the select begins, the first one in the text is taken;
 * while the select waits, the first one that comes. So a busy alternative at the top can starve
 * those below it: put it last, or try the others in its branch, by agen_try_get() for instance, or
 * use two selects in opposite order and a flag that alternates. A branch is ordinary code of the
 * body: it may await, yield, raise and return, and break and continue belong to the loop around the
 * select. An argument that names an object is evaluated several times and must name the same object
 * each time; ticks, deadline and n are evaluated once; v and lvalue once if their alternative is
 * taken. Two alternatives of one select must not share a member, and each queue, lock or event
 * stands in one alternative only. Legal in a handler, without a slot. Cost of a wait: each
 * alternative enters and leaves one list. Python: asyncio.wait(FIRST_COMPLETED), but here nothing
 * has to be cancelled afterwards.
 */
#define AGEN_SELECT(self) AGEN_SELECT_(AGEN_COUNTER_, self)
#define AGEN_ON_EVENT(self, a, event) \
    AGEN_ON_OBJECT_(a, agen_event_wait_, event, AGEN_ON_RAISES_)
#define AGEN_ON_CONDITION(self, a, condition) \
    AGEN_ON_OBJECT_(a, agen_condition_wait_, condition, AGEN_ON_RAISES_)
#define AGEN_ON_GET(self, a, q, lvalue) \
    AGEN_ON_OBJECT_(a, agen_queue_wait_item_, &(q)->queue_, \
                    agen_argument_ < 0 \
                        || (AGEN_GOT_(q, lvalue) && (agen_queue_got_(&(q)->queue_), false)))
#define AGEN_ON_PUT(self, a, q, ...) \
    AGEN_ON_OBJECT_(a, agen_queue_wait_room_, &(q)->queue_, \
                    AGEN_ON_RAISES_ || (agen_argument_ = AGEN_FILL_(q, (__VA_ARGS__))) < 0)
#define AGEN_ON_ACQUIRE(self, a, lock) \
    AGEN_ON_OBJECT_(a, agen_acquire_, &(lock)->permits_, AGEN_ON_RAISES_)
#define AGEN_ON_END(self, a, task) \
    AGEN_ON_OBJECT_(a, agen_ended_, task, \
                    (agen_argument_ = agen_status_ == AGEN_TAKE_ ? (int)AGEN_DONE \
                                                                 : agen_argument_, \
                     AGEN_ON_RAISES_))
#define AGEN_ON_BYTES(self, a, pipe, n) \
    AGEN_ON_(&(a)->node_, \
             agen_entering_(agen_driver_, a) \
                 ? (AGEN_INTERRUPTS_WAKE_, \
                    agen_pipe_wait_(agen_driver_, (struct agen_frame_ *)(void *)(a), \
                                    AGEN_PIPE_OF_(pipe), n, false)) \
                 : (int)AGEN_PENDING, \
             agen_leave_alternative_(agen_driver_, agen_status_, a), AGEN_ON_RAISES_)
#define AGEN_ON_TIMEOUT(self, ticks) \
    AGEN_ON_TIME_((AGEN_CONSTANT_LIMIT_(ticks), agen_within_(agen_driver_, AGEN_DELAY_(ticks))))
#define AGEN_ON_DEADLINE(self, deadline) AGEN_ON_TIME_(agen_until_(agen_driver_, deadline))
#define AGEN_END_SELECT(self) AGEN_END_SELECT_(AGEN_COUNTER_, self)

/*
 * AGEN_QUEUE(T, N) declares a queue of at most N items of type T, which it holds inline: a member
 * `AGEN_QUEUE(int, 8) queue;`, N from 1 to 32767; or a type that others can point to,
 * `typedef AGEN_QUEUE(uint8_t, 64) byte_queue;`. Fair on both sides. T as for AGEN_YIELDS.
 *   agen_queue_init(&q)            makes it empty and open; zeroed memory is no queue
 *   AGEN_PUT(self, &q, v);         waits for room, then evaluates v. AGEN_E_CLOSED if it is closed.
 *                                  (With compilers other than gcc and clang, v must not put into q)
 *   AGEN_GET(self, &q, lvalue);    waits for an item; then agen_status(self) is AGEN_YIELDED, or
 *                                  AGEN_DONE once the queue is closed and drained
 *   agen_try_put(&q, v)  agen_try_get(&q, lvalue)
 *                                  true, or false at once; q is evaluated more than once
 *   agen_queue_close(&q)           no more puts; what is in it can still be got
 *   agen_queue_count(&q)           how many items are in it
 *   agen_queue_put_isr(&q, v)      from an interrupt, see below
 * A queue is also a generator of its items, for one consumer at a time: AGEN_FOR(self, &q)
 * use(q.value); ends when the queue is closed and drained. If the loop is left early, closed or
 * cancelled, the queue can be consumed again, and no item is lost; until then, agen_done(&q) is
 * true. loop.first_iteration is not told of a queue. In C++ the generator does not compile if T is
 * not trivially copyable, a std::string for instance, because the generator copies bytes.
 * AGEN_GET and all the others above assign.
 */
#define AGEN_QUEUE(T, N) \
    struct { \
        AGEN_QUEUE_HEAD_(T); \
        struct agen_queue_ queue_; \
        T value; \
        T items_[N]; \
        uint8_t full_[AGEN_a_queue_has_room_for_1_to_32767_items_(N) / 8]; \
    }
#define AGEN_a_queue_has_room_for_1_to_32767_items_(n) ((n) >= 1 && (n) <= 32767 ? (n) + 7 : -8)
#define agen_queue_init(q) \
    agen_queue_init_(&(q)->agen_, &(q)->queue_, sizeof(q)->items_ / sizeof *(q)->items_, \
                     sizeof(q)->value, (q)->full_)
#define AGEN_PUT(self, q, ...) \
    AGEN_PUT_(AGEN_COUNTER_, self, q, (__VA_ARGS__))
#define AGEN_GET(self, q, lvalue) AGEN_GET_(AGEN_COUNTER_, self, q, lvalue)
#define agen_try_put(q, ...) \
    AGEN_AND_(agen_permit_take_(&(q)->queue_.room_.free_), \
              agen_is_done_(AGEN_FILL_(q, (__VA_ARGS__))))
#define agen_try_get(q, lvalue) \
    AGEN_AND_(agen_queue_item_(&(q)->queue_), \
              ((lvalue) = (q)->items_[(q)->queue_.head_], agen_queue_got_(&(q)->queue_), \
               agen_is_done_(AGEN_DONE)))
#define agen_queue_close(q) agen_queue_close_(&(q)->queue_)
#define agen_queue_count(q) agen_queue_count_(&(q)->queue_)

#if defined AGEN_CRITICAL_ENTER \
    || (defined __GNUC__ && defined __GCC_ATOMIC_POINTER_LOCK_FREE \
        && __GCC_ATOMIC_POINTER_LOCK_FREE == 2 && __GCC_ATOMIC_SHORT_LOCK_FREE == 2 \
        && __GCC_ATOMIC_CHAR_LOCK_FREE == 2)
#define AGEN_HAVE_ISR_
#endif

/*
 * From an interrupt handler, a signal handler or another thread, only these calls are legal, and
 * the calls for pipes that end in _isr, below:
 *   agen_notify_isr(&c, n)     wakes the first n tasks that wait when the loop's next pass begins
 *   agen_event_set_isr(&e)     wakes the waiters, in the loop's next pass
 *   agen_queue_put_isr(&q, v)  true; or false if the queue is full or closed, and then v was not
 *                              stored
 * They are lock-free, and safe against the loop and against each other. They wake a loop that is
 * about to sleep, if it sleeps like this:
 *     disable interrupts; if (agen_loop_idle_ticks(&loop)) wait for interrupt; enable interrupts
 * or, with threads, if the caller makes the loop's own wake-up (an eventfd, say) ready afterwards.
 *
 * An event, a condition or a queue remembers the loop whose task waited on it last. Such a call
 * puts it into a list of that loop until the next pass. Until then it must not be freed, zeroed or
 * initialised anew (to empty a queue, get its items), and after the loop is gone no interrupt may
 * use it. agen_loop_shutdown() takes all out of the list.
 *
 * A put from an interrupt comes either before the close of its queue or after it. Stop threads that
 * put before you close a queue: a consumer that is told AGEN_DONE may miss an item that a thread is
 * putting at that moment.
 *
 * Where the machine has no atomic compare-and-exchange (Cortex-M0 and M0+, AVR, RISC-V without A,
 * ESP8266, MSP430, ARM7), and with compilers other than gcc and clang, the port defines a critical
 * section: AGEN_CRITICAL_ENTER and AGEN_CRITICAL_EXIT, two statements around a block, which must
 * nest. The first may declare a variable of any name that does not end in an underscore. Interrupts
 * enter the section, too. Without it, none of these calls compiles there. (With compilers other
 * than gcc and clang, `q` is evaluated more than once, v must not put into q itself, and
 * agen_queue_put_isr() is for interrupts that nest on one processor, not for threads.)
 */
#ifndef AGEN_HAVE_ISR_
#define AGEN_INTERRUPTS_WAKE_ \
    ((void)this_machine_needs_AGEN_CRITICAL_ENTER_and_AGEN_CRITICAL_EXIT_defined_for_this)
#define agen_event_set_isr(event) \
    ((void)this_machine_needs_AGEN_CRITICAL_ENTER_and_AGEN_CRITICAL_EXIT_defined_for_this)
#define agen_notify_isr(condition, count) \
    ((void)this_machine_needs_AGEN_CRITICAL_ENTER_and_AGEN_CRITICAL_EXIT_defined_for_this)
#define agen_queue_put_isr(q, ...) \
    (this_machine_needs_AGEN_CRITICAL_ENTER_and_AGEN_CRITICAL_EXIT_defined_for_this)
#else
#define AGEN_INTERRUPTS_WAKE_ ((void)0)
#define agen_event_set_isr(event) agen_event_set_isr_(event)
#define agen_notify_isr(condition, count) agen_notify_isr_(condition, count)
#ifndef __GNUC__
#define agen_queue_put_isr(q, ...) \
    AGEN_AND_(agen_queue_reserve_isr_(&(q)->queue_) >= 0, \
              ((q)->items_[agen_queue_reserved_(&(q)->queue_)] = (__VA_ARGS__), \
               agen_queue_commit_reserved_(&(q)->queue_)))
#else
#define agen_queue_put_isr(q, ...) \
    __extension__({ \
        AGEN_TYPES_ON_ \
        __typeof__(q) agen_to_ = (q); \
        __typeof__(agen_to_->value) agen_value_ = (__VA_ARGS__); \
        AGEN_TYPES_OFF_ \
        int agen_index_ = agen_queue_reserve_isr_(&agen_to_->queue_); \
        if (agen_index_ >= 0) { \
            agen_to_->items_[agen_index_] = agen_value_; \
            agen_queue_commit_isr_(&agen_to_->queue_, (unsigned)agen_index_); \
        } \
        agen_index_ >= 0; \
    })
#endif
#endif

/*
 * AGEN_PIPE(N) declares a pipe that holds at most N bytes, inline: a member or a static object
 * `AGEN_PIPE(64) in;`, N from 1 to 32767. One side writes and one side reads. Each side is an
 * interrupt (of a UART or a DMA, say), another thread, or the loop. Head: 28 bytes on 32-bit.
 * An `agen_pipe` is a pipe of any size: what follows, except agen_pipe_init(), also takes an
 * `agen_pipe *`, which is `(agen_pipe *)&in`.
 *   agen_pipe_init(&p)            makes it empty and open; zeroed memory is no pipe
 *
 * In a body, with a member `size_t count`. It tells how many bytes have been moved, also after an
 * error, a time-out or a cancellation:
 *   AGEN_READ(self, &p, buffer, n, &self->count);
 *                                 waits for a byte, then takes what is there, at most n bytes. Then
 *                                 agen_status(self) is AGEN_YIELDED, or AGEN_DONE at the end of the
 *                                 stream, when the pipe is closed and drained
 *   AGEN_READ_EXACTLY(self, &p, buffer, n, &self->count);
 *                                 takes n bytes. AGEN_E_INCOMPLETE if the stream ends before: then
 *                                 the bytes before its end have been taken
 *   AGEN_READ_UNTIL(self, &p, delimiter, buffer, n, &self->count);
 *                                 takes all bytes up to the first that is `delimiter`, that one
 *                                 included. AGEN_E_INCOMPLETE if the stream ends before, as above;
 *                                 AGEN_E_TOO_LONG if there is no delimiter among the first n bytes;
 *                                 the same read fails again then, so consume the bytes before
 *                                 (examples/14). It remembers how far it has looked: while it
 *                                 waits, nothing else may take bytes of p
 *   AGEN_WRITE(self, &p, data, n, &self->count);
 *                                 puts n bytes in, and waits for room. AGEN_E_CLOSED if p is closed
 *   AGEN_WRITE(self, &p, data, n, &self->count, start());
 *                                 the same, and evaluates start() after each portion, before it
 *                                 waits: the place to enable a transmit interrupt. An expression
 *                                 with a comma needs parentheses
 *   AGEN_WAIT_BYTES(self, &p, n); waits until n bytes are there, and takes none. agen_status(self)
 *                                 is AGEN_YIELDED, or AGEN_DONE if the stream ends before
 *   agen_chunks chunks;  agen_chunks_init(&chunks, &p);
 *                                 a generator of what is there, without a copy: AGEN_FOR(self,
 *                                 &self->chunks) use(chunks.value.data, chunks.value.size). Asking
 *                                 for the next chunk consumes .size bytes of this one; lower .size
 *                                 to consume fewer. Ends at the end of the stream
 * A read of at most N bytes takes all or nothing: after a time-out, a cancellation or
 * AGEN_E_TOO_LONG nothing has been taken, and the same read can be made again. A read of more than
 * N bytes takes them in portions, as they come, and count tells how many. AGEN_WAIT_BYTES waits for
 * N bytes at most. All arguments are evaluated again after each resume, as `self` is, and must be
 * the same then: n must not be the member that count points to.
 *
 * On the loop's side, from a body or from plain C, without waiting:
 *   agen_pipe_read(&p, buffer, n)  agen_pipe_write(&p, data, n)
 *                                 how many bytes it has moved: as many as it can, at most n
 *   agen_pipe_borrow(&p, &size)   where the next bytes are; sets `size_t size` to how many of them
 *                                 are in a row, 0 if there are none
 *   agen_pipe_consume(&p, n)      as agen_pipe_read(), without a copy
 *   agen_pipe_count(&p)           how many bytes can be read; agen_pipe_room(&p): and written
 *   agen_pipe_close(&p)           no more writes; what is in it can still be read
 *   agen_pipe_ended(&p)           whether it is closed and drained
 *   agen_pipe_lost(&p)            how many bytes agen_pipe_write_isr() did not store since
 *                                 agen_pipe_init(), modulo 65536
 *
 * On the side of an interrupt or of another thread:
 *   agen_pipe_write_isr(&p, data, n)   agen_pipe_read_isr(&p, buffer, n)
 *   agen_pipe_consume_isr(&p, n)       agen_pipe_close_isr(&p)
 *                                 the same. agen_pipe_borrow, _count, _room, _ended are legal there
 *
 * If a task waits on a side already, a second task that has to wait there raises AGEN_E_RUNNING, as
 * Python's StreamReader does. Tasks that share a side take turns by an agen_lock.
 *
 * Bytes pass by loads and stores alone, without a critical section, on any machine. On AVR and with
 * SDCC, where two bytes take two accesses, this holds for N up to 255; a larger N needs
 * AGEN_CRITICAL_ENTER. Waking a task from an interrupt needs what agen_event_set_isr() needs, once
 * for each wait. Where that is missing, a waiting task polls in each pass, so its loop never
 * sleeps, and AGEN_ON_BYTES does not compile.
 * A pipe must live as long as an event, see above. Cost: one call for each portion, and a load and
 * a store for each byte; bench/run compares it with a queue. Python: StreamReader, StreamWriter.
 */
#define AGEN_PIPE(N) \
    struct { \
        struct agen_pipe_ pipe_; \
        uint8_t bytes_[AGEN_a_pipe_holds_from_1_to_32767_bytes_(N)]; \
    }
typedef struct agen_pipe agen_pipe;
typedef struct agen_chunks agen_chunks;
#define agen_pipe_init(pipe) agen_pipe_init_(AGEN_PIPE_OF_(pipe), sizeof(pipe)->bytes_)
#define AGEN_READ(self, pipe, buffer, n, count) \
    AGEN_READ_(AGEN_COUNTER_, self, "AGEN_READ", pipe, AGEN_SOME_, buffer, n, count)
#define AGEN_READ_EXACTLY(self, pipe, buffer, n, count) \
    AGEN_READ_(AGEN_COUNTER_, self, "AGEN_READ_EXACTLY", pipe, AGEN_EXACTLY_, buffer, n, count)
#define AGEN_READ_UNTIL(self, pipe, delimiter, buffer, n, count) \
    AGEN_READ_(AGEN_COUNTER_, self, "AGEN_READ_UNTIL", pipe, (uint8_t)(delimiter), buffer, n, count)
#define AGEN_WRITE(self, pipe, data, n, ...) \
    AGEN_PICK_(__VA_ARGS__, AGEN_WRITE_STARTING_, AGEN_WRITE_, ) \
    (AGEN_COUNTER_, self, pipe, data, n, __VA_ARGS__)
#define AGEN_WAIT_BYTES(self, pipe, n) \
    AGEN_TRANSFER_(AGEN_COUNTER_, self, "AGEN_WAIT_BYTES", \
                   agen_pipe_wait_bytes_(agen_driver_, AGEN_FRAME_(self), AGEN_PIPE_OF_(pipe), n, \
                                         agen_argument_), (void)0)
#define agen_chunks_init(chunks, pipe) agen_chunks_init_(chunks, AGEN_PIPE_OF_(pipe))
#define agen_pipe_read(pipe, buffer, n) agen_pipe_take_(AGEN_PIPE_OF_(pipe), buffer, n, false)
#define agen_pipe_write(pipe, data, n) agen_pipe_put_(AGEN_PIPE_OF_(pipe), data, n, false)
#define agen_pipe_borrow(pipe, size) agen_pipe_borrow_(AGEN_PIPE_OF_(pipe), size)
#define agen_pipe_consume(pipe, n) agen_pipe_take_(AGEN_PIPE_OF_(pipe), NULL, n, false)
#define agen_pipe_count(pipe) agen_pipe_level_(AGEN_PIPE_OF_(pipe), false)
#define agen_pipe_room(pipe) agen_pipe_level_(AGEN_PIPE_OF_(pipe), true)
#define agen_pipe_close(pipe) agen_pipe_close_(AGEN_PIPE_OF_(pipe))
#define agen_pipe_ended(pipe) agen_pipe_ended_(AGEN_PIPE_OF_(pipe))
#define agen_pipe_lost(pipe) agen_pipe_lost_(AGEN_PIPE_OF_(pipe))
#define agen_pipe_write_isr(pipe, data, n) agen_pipe_put_(AGEN_PIPE_OF_(pipe), data, n, true)
#define agen_pipe_read_isr(pipe, buffer, n) agen_pipe_take_(AGEN_PIPE_OF_(pipe), buffer, n, true)
#define agen_pipe_consume_isr(pipe, n) agen_pipe_take_(AGEN_PIPE_OF_(pipe), NULL, n, true)
#define agen_pipe_close_isr(pipe) agen_pipe_close_isr_(AGEN_PIPE_OF_(pipe))

#endif /* AGEN_NO_LOOP */

/*
 * =================================================================================================
 * Below the waterline: how it works. Nothing from here on is for direct use.
 * =================================================================================================
 *
 * One protocol. Whatever can be awaited begins with a `struct agen_frame_`, which has one function,
 * step(frame, argument, driver). The argument is what the body resumes with:
 *     0           run: start, or go on after the yield
 *     1           run with a value that was sent
 *     negative    raise this
 *     and for a body that awaits another: the status with which that one answered.
 * So a throw, a resume and the outcome of an await are one path, with one sign test after each
 * suspension.
 *
 * Direct down, leaf up. An await calls the step of the awaited directly. Only if that answers
 * AGEN_PENDING does it get linked to its parent, and the parent suspends too. What suspends first,
 * the leaf, leaves its address with the driver. A wake-up steps the leaf, and each frame that ends
 * hands its status to its link. So a resume costs the same at any depth.
 *
 * The driver that a step is lent is the tail of the root generator itself: the root's link is the
 * leaf. Whether the body is suspended, pending or executing is in its state byte alone, so that
 * callers check nothing: an operation on a busy generator lands in the default of its switch, like
 * one on a closed one.
 *
 * Glossary
 *   head         the first member of a state: the frame, and the kind of the state as a type
 *   frame        what the mechanism knows of a state: its step, its link, its state byte, its flags
 *                and its current error
 *   body         the function that AGEN defines
 *   argument     what a step resumes with, as above
 *   root         the frame that plain C operates on, or that a task runs
 *   leaf         the innermost frame of a chain that waits
 *   driver       what a step is lent: the base of the root's frame, or the base of the task
 *   entry        what the ready queue and the tree of timers hold: a task (in either), a timeout (a
 *                timer) or a group (in the ready queue)
 *   priority     of a timer in its tree, which is a treap
 *   permit       what a lock or a semaphore gives out; an item of a queue and room in it are
 *                permits, too. `struct agen_permits_` is a number of permits and a list of waiters
 *   granted      a task that owns the permit it waited for, before it runs again
 *   alternative  the place of one branch of a select in a list of waiters
 *   wake-up node how an interrupt tells a loop about an event, a condition, a queue or a pipe:
 *                the interrupt pushes the node of that object, `struct agen_wakeup_`
 */

/*
 * --- Compilers -----------------------------------------------------------------------------------
 *
 * What differs between compilers stands here, so that the mechanism below reads without it. The
 * functions of this header have one of five linkages:
 *
 *   AGEN_INLINE_         what is short, or only forwards: inlined, in every file
 *   AGEN_FUNCTION_       the rest: a private copy in each file that calls it, not inlined in builds
 *                        for size; with AGEN_SHARED one external copy for all files
 *   AGEN_OUTLINE_        the same, but never inlined
 *   static AGEN_UNUSED_  what only these call
 *   AGEN_OFF_THE_PATH_   added to that: a rare case, not inlined into a usual one
 *   AGEN_ONCE_           added to that: not inlined in builds for size, where a call is shorter
 */

#ifdef __cplusplus
#define AGEN_C_LINKAGE_ extern "C"
#else
#define AGEN_C_LINKAGE_ extern
#endif

/* Builds for size have one way for all cases, and no shorter one for the usual case. */
#if defined __OPTIMIZE_SIZE__ || defined __SDCC
#define AGEN_SMALL_
#endif

/* Small code in several places, which gcc and clang would inline although a call is shorter. */
#ifdef __OPTIMIZE_SIZE__
#define AGEN_ONCE_ AGEN_NOINLINE_
#else
#define AGEN_ONCE_
#endif

/* A rare case. Inlined, it would make the usual case around it longer. */
#if defined __GNUC__ && !defined AGEN_SMALL_
#define AGEN_OFF_THE_PATH_ __attribute__((__noinline__))
#else
#define AGEN_OFF_THE_PATH_
#endif

#if defined __GNUC__ || defined __clang__
#define AGEN_RARE_(condition) __builtin_expect(!!(condition), 0)
#define AGEN_UNUSED_ __attribute__((__unused__))
#define AGEN_NOINLINE_ __attribute__((__noinline__))
#define AGEN_MUST_USE_ __attribute__((__warn_unused_result__))
#else
#define AGEN_MUST_USE_
#define AGEN_RARE_(condition) (condition)
#define AGEN_UNUSED_
#define AGEN_NOINLINE_
#endif

/*
 * A function that only forwards must be inlined, even into a caller that a compiler takes for cold.
 */
#if defined __GNUC__ && defined __OPTIMIZE__ && !defined AGEN_SMALL_
#define AGEN_INLINE_ static inline __attribute__((__always_inline__))
#elif defined __SDCC_mcs51 /* it puts variables of an inlined function where others are in use */
#define AGEN_INLINE_ static
#else
#define AGEN_INLINE_ static inline AGEN_UNUSED_
#endif

#if defined AGEN_SHARED
#define AGEN_FUNCTION_ AGEN_C_LINKAGE_
#elif defined __OPTIMIZE_SIZE__
#define AGEN_FUNCTION_ static AGEN_UNUSED_ AGEN_NOINLINE_
#elif defined __SDCC /* it miscompiles some inline functions, and their code is longer */
#define AGEN_FUNCTION_ static
#else
#define AGEN_FUNCTION_ static inline AGEN_UNUSED_
#endif

/*
 * A function that looks at a task before its first spawn, or at a timeout or a group before its
 * first entry. Inlined, it would make compilers warn about memory that was not zeroed.
 */
#if defined AGEN_SHARED
#define AGEN_OUTLINE_ AGEN_C_LINKAGE_
#else
#define AGEN_OUTLINE_ static AGEN_UNUSED_ AGEN_NOINLINE_
#endif

/*
 * On these targets SDCC keeps the parameters and locals of a function in static memory, unless it
 * is told otherwise. Steps nest, so their locals must be on the stack.
 */
#if defined __SDCC_mcs51 || defined __SDCC_ds390 || defined __SDCC_ds400 || defined __SDCC_hc08 \
    || defined __SDCC_s08 || defined __SDCC_mos6502 \
    || defined __SDCC_pdk13 || defined __SDCC_pdk14 || defined __SDCC_pdk15
#define AGEN_REENTRANT_ __reentrant
#define AGEN_STATIC_LOCALS_
#else
#define AGEN_REENTRANT_
#endif

/*
 * Files whose knobs do not agree do not link, because the names of the functions that most files
 * use carry the knobs.
 */
#if defined AGEN_SHARED && (defined AGEN_CHECK_INTERRUPTS || defined AGEN_CRITICAL_ENTER)
#ifndef AGEN_CRITICAL_ENTER
#define AGEN_KNOBS_(name) name##_with_AGEN_CHECK_INTERRUPTS
#elif !defined AGEN_CHECK_INTERRUPTS
#define AGEN_KNOBS_(name) name##_with_AGEN_CRITICAL_ENTER
#else
#define AGEN_KNOBS_(name) name##_with_AGEN_CHECK_INTERRUPTS_and_AGEN_CRITICAL_ENTER
#endif
#define agen_leave_ AGEN_KNOBS_(agen_leave_)
#define agen_leave_coroutine_ AGEN_KNOBS_(agen_leave_coroutine_)
#define agen_operate_ AGEN_KNOBS_(agen_operate_)
#define agen_loop_init AGEN_KNOBS_(agen_loop_init)
#endif

/*
 * Pragmas for the body, so that users need no flags. A local that is used after a suspension but
 * not set there is an error: gcc finds it by -Wjump-misses-init and -Wmaybe-uninitialized, clang by
 * -Wconditional-uninitialized. (C++ refuses the jump anyway.) A `return;` is an error by
 * -Wreturn-type. A loop macro ends in an `else`, which is no reason to warn about an `if` before
 * it.
 */
#define AGEN_PRAGMA_(text) _Pragma(#text)
/*
 * In C, gcc before version 12 takes a pragma for a statement, so that an `if` before it governs the
 * pragma alone. And where preprocessing is a pass of its own (-save-temps, distcc), a pragma in an
 * argument of a macro moves before the whole macro. With these compilers the statements contain no
 * pragma, and those of the body apply to all of it.
 */
#if defined __GNUC__ && !defined __clang__ && !defined __cplusplus && __GNUC__ < 12
#define AGEN_PRAGMA_IS_STATEMENT_
#endif
/* A value of the wrong type that is yielded, sent or received: C compilers only warn by default. */
#if !defined __GNUC__ || defined __cplusplus || (__GNUC__ < 5 && !defined __clang__)
#define AGEN_TYPE_PRAGMAS_
#define AGEN_TYPES_ON_
#define AGEN_TYPES_OFF_
#elif defined __clang__
#define AGEN_TYPE_PRAGMAS_ \
    AGEN_PRAGMA_(clang diagnostic error "-Wint-conversion") \
    AGEN_PRAGMA_(clang diagnostic error "-Wincompatible-pointer-types")
#define AGEN_TYPES_ON_ AGEN_PRAGMA_(clang diagnostic push) AGEN_TYPE_PRAGMAS_
#define AGEN_TYPES_OFF_ AGEN_PRAGMA_(clang diagnostic pop)
#else
#define AGEN_TYPE_PRAGMAS_ \
    AGEN_PRAGMA_(GCC diagnostic error "-Wint-conversion") \
    AGEN_PRAGMA_(GCC diagnostic error "-Wincompatible-pointer-types")
#ifdef AGEN_PRAGMA_IS_STATEMENT_
#define AGEN_TYPES_ON_
#define AGEN_TYPES_OFF_
#else
#define AGEN_TYPES_ON_ AGEN_PRAGMA_(GCC diagnostic push) AGEN_TYPE_PRAGMAS_
#define AGEN_TYPES_OFF_ AGEN_PRAGMA_(GCC diagnostic pop)
#endif
#endif
#if defined __clang__
#define AGEN_BODY_ON_ \
    AGEN_PRAGMA_(clang diagnostic push) \
    AGEN_PRAGMA_(clang diagnostic error "-Wuninitialized") \
    AGEN_PRAGMA_(clang diagnostic error "-Wconditional-uninitialized") \
    AGEN_PRAGMA_(clang diagnostic error "-Wreturn-type") \
    AGEN_TYPE_PRAGMAS_ \
    AGEN_PRAGMA_(clang diagnostic ignored "-Wdangling-else") \
    AGEN_GOTO_PRAGMA_
#define AGEN_BODY_OFF_ AGEN_PRAGMA_(clang diagnostic pop)
#elif defined __GNUC__
#ifdef __cplusplus
#define AGEN_JUMP_PRAGMA_
#else
#define AGEN_JUMP_PRAGMA_ AGEN_PRAGMA_(GCC diagnostic error "-Wjump-misses-init")
#endif
#if __GNUC__ >= 7
#define AGEN_ELSE_PRAGMA_ AGEN_PRAGMA_(GCC diagnostic ignored "-Wdangling-else")
#else
#define AGEN_ELSE_PRAGMA_ AGEN_PRAGMA_(GCC diagnostic ignored "-Wparentheses")
#endif
#if defined AGEN_PRAGMA_IS_STATEMENT_ && __GNUC__ >= 7 /* what AGEN_ELSE_LABEL_ON_ is for */
#define AGEN_FALL_PRAGMA_ AGEN_PRAGMA_(GCC diagnostic ignored "-Wimplicit-fallthrough")
#else
#define AGEN_FALL_PRAGMA_
#endif
#if defined AGEN_PRAGMA_IS_STATEMENT_ && UINTPTR_MAX > 0xFFFFFFFFu /* and AGEN_TRAP_LABEL_ */
#define AGEN_TRAP_PRAGMA_ AGEN_PRAGMA_(GCC diagnostic error "-Woverflow")
#else
#define AGEN_TRAP_PRAGMA_
#endif
#define AGEN_BODY_ON_ \
    AGEN_PRAGMA_(GCC diagnostic push) \
    AGEN_PRAGMA_(GCC diagnostic error "-Wmaybe-uninitialized") \
    AGEN_PRAGMA_(GCC diagnostic error "-Wreturn-type") \
    AGEN_JUMP_PRAGMA_ \
    AGEN_TYPE_PRAGMAS_ \
    AGEN_ELSE_PRAGMA_ \
    AGEN_FALL_PRAGMA_ \
    AGEN_TRAP_PRAGMA_ \
    AGEN_GOTO_PRAGMA_
#define AGEN_BODY_OFF_ AGEN_PRAGMA_(GCC diagnostic pop)
#else
#define AGEN_BODY_ON_
#define AGEN_BODY_OFF_
#endif

/* SDCC's common subexpressions and loop invariants do not see a resume that jumps into a loop. */
#ifdef __SDCC
#define AGEN_BODY_CARE_ _Pragma("nogcse") _Pragma("noinvariant") _Pragma("noinduction")
#else
#define AGEN_BODY_CARE_
#endif

/* Enumerators that shadow those of an outer block on purpose: a block knows its handler by name. */
#if defined __GNUC__
#define AGEN_ENUM_(...) \
    AGEN_PRAGMA_(GCC diagnostic push) \
    AGEN_PRAGMA_(GCC diagnostic ignored "-Wshadow") \
    enum { __VA_ARGS__ }; \
    AGEN_PRAGMA_(GCC diagnostic pop)
#else
#define AGEN_ENUM_(...) enum { __VA_ARGS__ };
#endif

/*
 * `else case N:` looks like a case that the `if` falls into: to gcc at the `if`, to clang at the
 * case.
 */
#if defined __clang__
#define AGEN_ELSE_LABEL_ON_
#define AGEN_ELSE_LABEL_OFF_
#define AGEN_ELSE_LABEL_(n, index) \
    AGEN_PRAGMA_(clang diagnostic push) \
    AGEN_PRAGMA_(clang diagnostic ignored "-Wimplicit-fallthrough") \
    AGEN_LABEL_(n, index) \
    AGEN_PRAGMA_(clang diagnostic pop)
#else
#define AGEN_ELSE_LABEL_(n, index) AGEN_LABEL_(n, index)
#if defined __GNUC__ && __GNUC__ >= 7 && !defined AGEN_PRAGMA_IS_STATEMENT_
#define AGEN_ELSE_LABEL_ON_ \
    AGEN_PRAGMA_(GCC diagnostic push) \
    AGEN_PRAGMA_(GCC diagnostic ignored "-Wimplicit-fallthrough")
#define AGEN_ELSE_LABEL_OFF_ AGEN_PRAGMA_(GCC diagnostic pop)
#else
#define AGEN_ELSE_LABEL_ON_
#define AGEN_ELSE_LABEL_OFF_
#endif
#endif

/*
 * --- Bodies and their heads ----------------------------------------------------------------------
 */

struct agen_frame_;

/* The driver that a step is lent: the tail of every generator. 8 bytes on a 32-bit machine. */
struct agen_base_ {
    struct agen_frame_ *link_; /* pending: the parent, in a root the leaf; else its loop or NULL */
    uint8_t state_;           /* where to go on, see below */
    uint8_t flags_;
    int16_t error_; /* in a handler: its error; in a finally: what it raises again */
};

typedef int (*agen_step_)(struct agen_frame_ *frame, int argument,
                          struct agen_base_ *driver) AGEN_REENTRANT_;

struct agen_frame_ {
    agen_step_ step_;
    struct agen_base_ base_;
};

/*
 * base_.state_: 0 new; 1 to 126 suspended at that resume point; with AGEN_BUSY_ added, pending
 * there.
 */
enum agen_state_ { AGEN_NEW_ = 0, AGEN_MOST_POINTS_ = 126, AGEN_CLOSED_ = 127, AGEN_BUSY_ = 128 };
enum { AGEN_UNREACHABLE_ = 0x4000 }; /* added to a number, makes a label that no state reaches */

enum agen_flag_ {
    AGEN_RECEIVED_ = 1, /* the step that runs now brought a value */
    AGEN_ROOT_ = 2,     /* pending, and driven from plain C: poll and abort are allowed */
    AGEN_CLOSING_ = 4,  /* the pending operation is a close */
    AGEN_EXITED_ = 8,   /* the pending operation was aborted with AGEN_E_EXIT */
    AGEN_TAKEN_ = 16,   /* AGEN_CHECK_INTERRUPTS: it is being stepped */
    AGEN_LINE_SHIFT_ = 5 /* AGEN_USE_LINE: the rest of the resume point is above */
};

enum agen_argument_ {
    AGEN_RUN_ = 0,
    AGEN_SENT_ = 1,
    AGEN_DRAINED_ = 1, /* the same value: AGEN_SENT_ comes after a yield, this one after a wait */
    AGEN_START_ = 2, /* start now: the loop has been told, if there is one */
    AGEN_WHERE_ = 0x2000 /* added to a resume point: say where you are, for AGEN_DUMP, AGEN_TRACE */
};

/*
 * The kind of a state is the length of an array that is never there. The compiler knows it, and it
 * takes no memory.
 */
enum agen_kind_ {
    AGEN_KIND_ANY_ = 1,
    AGEN_KIND_COROUTINE_,
    AGEN_KIND_QUEUE_,
    AGEN_KIND_YIELDS_,
    AGEN_KIND_RECEIVES_
};

#define AGEN_HEAD_(kind) \
    union { \
        struct agen_frame_ frame_; \
        char (*kind_)[kind]; \
    } agen_
/*
 * The head of a queue. If the items must not be copied byte by byte, the head has no `frame_`. Then
 * no code that uses the queue as a generator compiles, and the compiler prints the name of the
 * type.
 */
#if defined __cplusplus && (defined __clang__ || (defined __GNUC__ && __GNUC__ >= 5))
extern "C++" {
template <bool> union agen_items_must_be_trivially_copyable_here__use_AGEN_GET_ {
    struct agen_frame_ frame_;
    char (*kind_)[AGEN_KIND_YIELDS_];
};
template <> union agen_items_must_be_trivially_copyable_here__use_AGEN_GET_<false> {
    struct agen_frame_ hidden_;
};
}
#define AGEN_QUEUE_HEAD_(T) \
    agen_items_must_be_trivially_copyable_here__use_AGEN_GET_<__is_trivially_copyable(T)> agen_
#else
#define AGEN_QUEUE_HEAD_(T) AGEN_HEAD_(AGEN_KIND_YIELDS_)
#endif
#define AGEN_KIND_(x) sizeof(*(x)->agen_.kind_)
/* The names of these are the compiler's message for a forgotten `&`. Evaluates nothing. */
AGEN_C_LINKAGE_ int AGEN_takes_the_address_of_a_state(const volatile void *state_);
AGEN_C_LINKAGE_ int AGEN_takes_the_address_of_a_queue(const volatile void *queue_);
#define AGEN_ADDRESS_(x, what) ((void)sizeof(AGEN_takes_the_address_of_a_##what(x)))
#define AGEN_FRAME_(x) (&(x)->agen_.frame_)
#define AGEN_BASE_(x) ((x)->agen_.frame_.base_)
/* The frame of a struct g and of no other: the two sides of a ?: must agree. Evaluates x once. */
#define AGEN_FRAME_OF_(g, x) \
    ((void)sizeof((1 ? *(x) : *(struct g *)0).agen_), AGEN_FRAME_(x))

/* C allows a comma after the last member, so __VA_ARGS__ may be empty. */
#if defined __cplusplus || defined __SDCC
#define AGEN_NEW_(x, g, ...) \
    do { \
        struct g agen_new_ = { AGEN_INIT(g), __VA_ARGS__ }; \
        *(x) = agen_new_; \
    } while (0)
#else
#define AGEN_NEW_(x, g, ...) ((void)(*(x) = (struct g){ AGEN_INIT(g), __VA_ARGS__ }))
#endif

/* agen_t: any generator or coroutine, seen through its head alone. */
typedef struct agen_t {
    AGEN_HEAD_(AGEN_KIND_ANY_);
} agen_t;

/*
 * --- Objects of the loop -------------------------------------------------------------------------
 *
 * A task lends its base as the driver of what it runs. Its base_.state_ is below AGEN_BUSY_, which
 * that of a generator never is while it drives: so a wait tells a task from plain C.
 */
struct agen_entry_;
typedef struct agen_task agen_task;
typedef struct agen_loop agen_loop;
typedef struct agen_group agen_group;

enum agen_task_state_ {
    AGEN_TASK_NONE_,
    /* Alive: values that stray memory is unlikely to have, see agen_task_used_. */
    AGEN_TASK_READY_ = 0x51, /* in the ready queue */
    AGEN_TASK_GRANTED_,  /* ready, and owns what it waited for, until it is cancelled */
    AGEN_TASK_READY_WITH_, /* ready, and cancelled, or base_.error_ is the argument to wake with */
    AGEN_TASK_RUNNING_,
    AGEN_TASK_WAITING_,  /* in a list of waiters */
    AGEN_TASK_SLEEPING_, /* among the timers */
    AGEN_TASK_SELECTS_,  /* in the lists of its alternatives */
    AGEN_TASK_SELECTS_UNTIL_, /* and among the timers */
    AGEN_TASK_ENDED_,    /* base_.error_ is how */
    AGEN_TASK_TRACKED_,  /* in its loop's ring of those that it is to spawn at the end */
    AGEN_TIMEOUT_,       /* no task: a timeout; base_.error_ 1: it has expired, -1: it never will */
    AGEN_GROUP_          /* no task: a group that has been entered */
};

enum agen_task_flag_ {
    AGEN_CANCEL_ = 1,       /* a cancellation waits for delivery */
    AGEN_CANCELS_ONE_ = 4,  /* bits 2 to 7: how often it was cancelled, as Task.cancelling() */
    AGEN_CANCELS_ = 63 * 4
};

struct agen_list_ {
    struct agen_node_ *first_; /* a ring */
};

/* The place of a task in a list of waiters, its own or an alternative's of a select. */
struct agen_node_ {
    struct agen_node_ *next_, *previous_;
    struct agen_list_ *list_; /* an alternative's: NULL if it is in none */
    agen_task *task_;
};

/* How an interrupt tells a loop about an event, a condition, a queue or a pipe: it pushes this. */
struct agen_wakeup_ {
    struct agen_wakeup_ *next_;
    agen_loop *loop_; /* known after the first wait */
    uint8_t queued_;  /* it is pushed */
    uint8_t kind_;    /* of the object; of a pipe, also whether it is closed */
    union {
        struct {
            bool set_;
            uint8_t raised_; /* set by an interrupt: the loop does not know yet */
        } event_;
        int16_t raised_; /* of a condition: notifications that the loop does not know yet */
        uint8_t closed_; /* of a queue */
        uint16_t lost_;  /* of a pipe: how many bytes */
    } of_;
};

enum agen_wakeup_kind_ {
    AGEN_OF_EVENT_, /* zero, so that zeroed memory is an event */
    AGEN_OF_OTHER_,
    AGEN_OF_CLOSED_PIPE_
};

/*
 * What the loop does with the wake-up node of an object that is no event. Such an object has this
 * pointer right after the node. So a program without pipes, say, has no code for them.
 */
typedef void (*agen_told_)(struct agen_wakeup_ *wakeup) AGEN_REENTRANT_;

/*
 * Permits and a list of the tasks that wait for one. `free_` is one less than the number of free
 * permits, so that a zeroed lock is free.
 */
struct agen_permits_ {
    struct agen_list_ list_;
    int16_t free_;
    uint8_t kind_;
};

enum agen_permits_kind_ {
    AGEN_LOCK_,      /* zero, so that zeroed memory is a free lock */
    AGEN_COUNTING_,
    AGEN_CONDITION_  /* has no permits: a notification without a waiter is lost */
};

/* The place of a group, which may be in the ready queue. */
struct agen_group_place_ {
    struct agen_entry_ *next_;
    struct agen_list_ list_; /* the parent, waiting at the end */
    agen_task *decided_by_;  /* the child, or NULL */
    agen_task *last_;        /* of its living children, which are neighbours in the ring */
};

/*
 * Where a task is while it does not run: in a list, in the tree of timers, or in the ready queue.
 */
union agen_place_ {
    struct agen_node_ node_;
    struct {
        struct agen_entry_ *parent_, *left_, *right_;
        agen_ticks deadline_;
    } timer_;
    struct {
        struct agen_entry_ *next_;
        struct agen_permits_ *granted_; /* in AGEN_TASK_GRANTED_: what the task owns */
        struct agen_node_ *taken_; /* of a select: the alternative; not one: see agen_taken_ */
        void (*revoke_)(struct agen_permits_ *permits) AGEN_REENTRANT_; /* gives it back */
    } ready_;
    struct {
        struct agen_entry_ *next_;
        bool (*begins_)(agen_task *task) AGEN_REENTRANT_; /* called in the first turn */
    } closer_; /* of a task that is to close a generator */
    struct agen_group_place_ group_;
};

struct agen_entry_ {
    struct agen_base_ base_;
    union agen_place_ place_;
};

/* 48 bytes on a 32-bit machine. */
struct agen_task {
    struct agen_entry_ entry_; /* base_.link_: the leaf */
    agen_loop *loop_;
    struct agen_frame_ *root_;
    struct agen_list_ joiners_;
    agen_group *group_;          /* or the loop: the task closes its root */
    agen_task *next_, *previous_; /* all tasks of the loop, a ring */
};

typedef struct agen_timeout {
    struct agen_entry_ entry_; /* base_.flags_: cancellations of the task at entry */
    agen_task *task_;
} agen_timeout;

/*
 * Tells a group that this child has ended, with this status; or, if child is NULL, that the group
 * has its turn.
 */
typedef void (*agen_group_act_)(agen_group *group, agen_task *child, int status) AGEN_REENTRANT_;

/*
 * When a child decides its group, the group goes into the ready queue. It cancels the other
 * children when its turn comes.
 */
struct agen_group {
    struct agen_entry_ entry_; /* base_.link_: the parent; error_: of the child that decided */
    unsigned live_;                /* how many children live */
    int16_t reason_;               /* why the block was left */
    uint8_t cancels_;              /* as in a timeout */
    agen_group_act_ act_;          /* the loop calls this, so it needs no code of groups */
};

enum agen_group_flag_ {       /* in base_.flags_ */
    AGEN_GROUP_RACE_ = 1,
    AGEN_GROUP_INSIDE_ = 2,   /* the parent is in the block */
    AGEN_GROUP_ABORTED_ = 4,  /* the children have been cancelled */
    AGEN_GROUP_REACHED_ = 8,  /* the group has cancelled the parent */
    AGEN_GROUP_OUTSIDE_ = 16, /* the parent was cancelled from outside */
    AGEN_GROUP_QUEUED_ = 32   /* in the ready queue */
};

struct agen_loop {
    agen_ticks (*now_)(void);
    void (*error)(agen_loop *loop, agen_task *task, int error) AGEN_REENTRANT_;
    void (*first_iteration)(agen_t *generator);
    void (*finalizer)(agen_t *generator);
    agen_step_ start_; /* agen_leave_ calls this, so it needs no code of the loop */
    struct agen_entry_ *ready_, **ready_end_;
    struct agen_entry_ *pass_; /* those that this pass has still to run */
    agen_task *tasks_;   /* a ring */
    agen_task *tracked_; /* a ring of those that close a generator at the end */
    struct agen_entry_ *timers_, *next_timer_; /* the root of a tree, and its first */
    struct agen_wakeup_ *wakeups_; /* pushed by interrupts, the last one first */
    agen_ticks last_;              /* the time of the last pass: no deadline is before it */
    bool polling_;
};

typedef struct agen_event {
    struct agen_wakeup_ wakeup_;
    struct agen_list_ list_;
} agen_event;

typedef struct agen_lock {
    struct agen_permits_ permits_;
} agen_lock;

typedef struct agen_semaphore {
    struct agen_permits_ permits_;
} agen_semaphore;

typedef struct agen_condition {
    struct agen_wakeup_ wakeup_;
    agen_told_ told_;
    struct agen_permits_ permits_;
} agen_condition;

/* 16 bytes on a 32-bit machine. */
typedef struct agen_alternative {
    struct agen_node_ node_;
} agen_alternative;

/*
 * Items and room are permits. A producer takes room, then a place at the tail, fills the place and
 * marks it full. The loop publishes full places in order. So a producer that is interrupted
 * half-way holds up the items after its own, and nothing else.
 */
struct agen_queue_ {
    struct agen_wakeup_ wakeup_;
    agen_told_ told_;
    struct agen_permits_ items_, room_;
    uint16_t tail_;  /* the next place to fill: producers share it */
    uint16_t head_;  /* the next place to empty */
    uint16_t count_; /* published and not emptied */
    uint16_t capacity_;
    size_t size_;    /* of an item */
    ptrdiff_t full_; /* from here to the marks; the items end there, and before them is the value */
};

/* The head of every AGEN_QUEUE. */
struct agen_queue {
    AGEN_HEAD_(AGEN_KIND_QUEUE_); /* loop.first_iteration is not told of it */
    struct agen_queue_ queue_;
};

/*
 * A place in a pipe, or a number of bytes. On a machine that accesses two bytes one by one, a pipe
 * of up to 255 bytes uses the lower byte alone.
 */
#if defined __AVR__ || defined __SDCC
#define AGEN_NARROW_
typedef union agen_offset_ {
    uint16_t wide_;
    uint8_t narrow_;
} agen_offset_;
#else
typedef uint16_t agen_offset_;
#endif

#if defined AGEN_NARROW_ && !defined AGEN_HAVE_ISR_
#define AGEN_IS_NARROW_(pipe) ((void)(pipe), true)
#define AGEN_a_pipe_holds_from_1_to_32767_bytes_(n) \
    AGEN_a_pipe_holds_from_1_to_255_bytes_without_AGEN_CRITICAL_ENTER_(n)
#define AGEN_a_pipe_holds_from_1_to_255_bytes_without_AGEN_CRITICAL_ENTER_(n) \
    ((n) >= 1 && (n) <= 255 ? (n) + 1 : -1)
#else
#define AGEN_IS_NARROW_(pipe) ((pipe)->size_ <= 256)
#define AGEN_a_pipe_holds_from_1_to_32767_bytes_(n) ((n) >= 1 && (n) <= 32767 ? (n) + 1 : -1)
#endif

/*
 * The head of every AGEN_PIPE. The bytes follow, one more than the pipe holds, which tells a full
 * pipe from an empty one. Only the writing side stores `tail`, after it has stored bytes; only the
 * reading side stores `head`, after it has read them. At most one task waits: a writer waits only
 * if there is no room, and a reader only if there is some.
 */
struct agen_pipe_ {
    struct agen_wakeup_ wakeup_;
    agen_told_ told_;
    struct agen_list_ list_;
    agen_offset_ head_;   /* of the next byte to read */
    agen_offset_ tail_;   /* of the next to write */
    agen_offset_ wanted_; /* from this level on an interrupt tells the loop */
    uint16_t size_;
};

struct agen_pipe {
    struct agen_pipe_ pipe_;
};

#define AGEN_PIPE_OF_(pipe) \
    ((void)sizeof((pipe)->pipe_.wanted_), (struct agen_pipe_ *)(void *)(pipe))

/* What ends a read, where it is no delimiter. */
enum agen_read_ { AGEN_EXACTLY_ = -1, AGEN_SOME_ = -2 };

struct agen_chunk {
    const uint8_t *data;
    size_t size;
};

struct agen_chunks {
    AGEN_YIELDS(struct agen_chunk);
    struct agen_pipe_ *pipe_;
};

/* Where a body is. A step that is asked is lent this as its driver, and fills it in. */
struct agen_where_ {
    struct agen_base_ base_;
    const char *name_, *file_, *what_;
    int line_;
};

/*
 * --- Compile-time errors -------------------------------------------------------------------------
 */

/*
 * AGEN_CHECK_(condition, what_to_do): the second argument is an identifier, which compilers print.
 */
#if defined __cplusplus
#define AGEN_CHECK_(condition, what_to_do) static_assert(condition, #what_to_do)
#elif defined __STDC_VERSION__ && __STDC_VERSION__ >= 201112L && !defined __SDCC
#define AGEN_CHECK_(condition, what_to_do) _Static_assert(condition, #what_to_do)
#elif defined __GNUC__ /* a libc may define a macro _Static_assert for C99 that drops the text */
#define AGEN_CHECK_(condition, what_to_do) \
    (void)sizeof(struct { int what_to_do : (condition) ? 1 : -1; })
#else
#define AGEN_CHECK_(condition, what_to_do) enum { what_to_do = sizeof(char[(condition) ? 1 : -1]) }
#endif

/* A constant that is no error code, where the compiler can see it. Evaluates nothing. */
#if defined __clang__ ? __clang_major__ >= 14 : defined __GNUC__
AGEN_C_LINKAGE_ void agen_bad_code_(void)
    __attribute__((__error__("an error code must be negative and fit int16_t")));
#define AGEN_CONSTANT_CODE_(e) \
    (__builtin_constant_p(e) && ((intmax_t)(e) >= 0 || (intmax_t)(e) - AGEN_RETURN_ <= 0) \
         ? agen_bad_code_() \
         : (void)0)
#else
#define AGEN_CONSTANT_CODE_(e) ((void)0)
#endif

/* An integer that is to become ticks. It is as wide as any, unless that needs a library. */
#ifdef __SDCC
typedef unsigned long agen_number_;
#else
typedef uintmax_t agen_number_;
#endif

/*
 * Whether n is more than half the range of the clock: in the upper half of the ticks, or more than
 * ticks can be. A negative number is a difference of ticks, which wraps. (The macros divide and
 * subtract, because old compilers warn about a comparison with a number that a narrow type never
 * reaches.)
 */
#define AGEN_UPPER_(type, n) ((type)(n) / ((type)-1 / 2 + 1) != 0)
#define AGEN_TOO_LONG_(n) \
    (AGEN_UPPER_(agen_ticks, n) \
     || ((agen_number_)(n) / (AGEN_FOREVER / 2 + 1) != 0 && !AGEN_UPPER_(agen_number_, n)))

/* A constant delay that is too long, where the compiler can see it. Evaluates nothing. */
#if defined __clang__ ? __clang_major__ >= 14 : defined __GNUC__
AGEN_C_LINKAGE_ void agen_too_long_(void)
    __attribute__((__error__("a delay is at most half the range of the clock, AGEN_FOREVER / 2")));
#define AGEN_CONSTANT_DELAY_(n) \
    (__builtin_constant_p(n) && AGEN_TOO_LONG_(n) ? agen_too_long_() : (void)0)
#define AGEN_CONSTANT_LIMIT_(n) \
    (__builtin_constant_p(n) && AGEN_TOO_LONG_(n) && (agen_number_)(n) - AGEN_FOREVER != 0 \
         ? agen_too_long_() \
         : (void)0)
#elif !defined __cplusplus && defined __STDC_VERSION__ && __STDC_VERSION__ >= 201112L \
    && !defined __SDCC
/*
 * n if it is an integer constant expression, else 0: only such an expression times 0 makes a null
 * pointer.
 */
#define AGEN_IF_CONSTANT_(n) \
    _Generic(1 ? (void *)((uintptr_t)(n) * 0) : (int *)0, int *: (n), void *: 0)
#define AGEN_CONSTANT_DELAY_(n) \
    ((void)sizeof(struct { \
        int a_delay_is_at_most_half_the_range_of_the_clock \
            : AGEN_TOO_LONG_(AGEN_IF_CONSTANT_(n)) ? -1 : 1; \
    }))
#define AGEN_CONSTANT_LIMIT_(n) \
    AGEN_CONSTANT_DELAY_((agen_number_)AGEN_IF_CONSTANT_(n) == AGEN_FOREVER ? 0 : (n))
#else
#define AGEN_CONSTANT_DELAY_(n) ((void)0)
#define AGEN_CONSTANT_LIMIT_(n) ((void)0)
#endif

/* A delay as ticks. If ticks are narrower than n, a delay that is too long stays too long. */
#define AGEN_DELAY_(n) \
    (sizeof((void)0, (n)) > sizeof(agen_ticks) ? agen_delay_(n) : (agen_ticks)(n))

/* A generator cannot be a task, because its values would be lost. Evaluates nothing. */
#if defined __clang__ ? __clang_major__ >= 14 : defined __GNUC__
AGEN_C_LINKAGE_ void agen_generator_as_task_(void)
    __attribute__((__error__("a generator cannot be a task: spawn a coroutine that consumes it")));
#define AGEN_NO_GENERATOR_(c) \
    (AGEN_KIND_(c) > AGEN_KIND_COROUTINE_ ? agen_generator_as_task_() : (void)0)
#else
#define AGEN_NO_GENERATOR_(c) ((void)0)
#endif

/* After the switch of a body: only a `break` that belongs to no loop gets there. */
#if defined __clang__ ? __clang_major__ >= 14 : defined __GNUC__
AGEN_C_LINKAGE_ int agen_stray_break_(void)
    __attribute__((__error__("a break outside any loop: use AGEN_RETURN to leave the body")));
#else
#define agen_stray_break_() AGEN_E_BAD_STATE
#endif

#define AGEN_NOTHING_
/* Each statement of a body begins with this. Outside a body, compilers print its name. */
#ifdef __SDCC
#define AGEN_INSIDE_ (void)0
#else
#define AGEN_INSIDE_ (void)agen_begin_
#endif
#define AGEN_NEEDS_SLOT_ \
    AGEN_CHECK_(!(int)agen_in_handler_, \
                inside_a_handler_this_needs_a_slot__use_its_IN_form_with_an_agen_slot_member);

/*
 * The kinds of blocks that have an end of their own. Each block declares by an enumerator which
 * kind it is, and each end checks that enumerator. (In SDCC the enumerators of a block outlive it.)
 */
enum agen_block_kind_ {
    AGEN_BLOCK_TRY_ = 1,
    AGEN_BLOCK_FOR_,
    AGEN_BLOCK_TIMEOUT_,
    AGEN_BLOCK_GROUP_,
    AGEN_BLOCK_RACE_,
    AGEN_BLOCK_SELECT_
};
#ifdef __SDCC /* without a declaration, SDCC takes this block for the one before it */
#define AGEN_SCOPE_CARE_ AGEN_CHECK_(1, agen_scope_);
#define AGEN_CHECK_BLOCK_(kind, message)
#else
#define AGEN_SCOPE_CARE_
#define AGEN_CHECK_BLOCK_(kind, message) AGEN_CHECK_((int)agen_block_ == (int)(kind), message);
#endif
#define AGEN_CHECK_TRY_ \
    AGEN_CHECK_BLOCK_(AGEN_BLOCK_TRY_, \
                      no_AGEN_TRY_is_open_here__is_an_AGEN_END_missing)

/*
 * --- Resume points -------------------------------------------------------------------------------
 *
 * Each suspension and each handler has a number, by __COUNTER__ relative to AGEN_BEGIN. A macro
 * that needs several takes several. By __LINE__ it gets one, and makes four of it with a second
 * index.
 *
 * AGEN_COUNTER_ is always passed on as an argument, so that it is expanded once.
 */
#if !defined __COUNTER__ && !defined AGEN_USE_LINE
#define AGEN_USE_LINE
#endif

/* The real names are what compilers print where these are used outside a body. */
#define agen_begin_ agen_use_this_only_between_AGEN_BEGIN_and_AGEN_END_
#define agen_closing_ agen_this_end_has_no_beginning__and_AGEN_FOR_has_no_end_

#ifdef AGEN_USE_LINE
#define AGEN_COUNTER_ __LINE__
typedef uint16_t agen_point_;
#define AGEN_NTH_(n, index) (4 * ((n) - (int)agen_begin_) + (index))
#define AGEN_NUMBER_(n, index) \
    (1 + AGEN_NTH_(n, index) % AGEN_MOST_POINTS_ + AGEN_NTH_(n, index) / AGEN_MOST_POINTS_ * 256)
#define AGEN_FITS_(n) (AGEN_NTH_(n, 0) < 8 * AGEN_MOST_POINTS_)
#define AGEN_LOAD_POINT_(base) \
    ((agen_point_)((base).state_ | ((base).flags_ >> AGEN_LINE_SHIFT_) << 8))
#define AGEN_STORE_REST_(base, number) \
    ((base).flags_ = (uint8_t)(((base).flags_ & ((1 << AGEN_LINE_SHIFT_) - 1)) \
                              | (number) >> 8 << AGEN_LINE_SHIFT_))
#else
#define AGEN_COUNTER_ __COUNTER__
typedef uint8_t agen_point_;
#define AGEN_NUMBER_(n, index) ((n) - (int)agen_begin_)
#define AGEN_FITS_(n) (AGEN_NUMBER_(n, 0) <= AGEN_MOST_POINTS_ + 1)
#define AGEN_LOAD_POINT_(base) ((base).state_)
#define AGEN_STORE_REST_(base, number) ((void)0)
#endif

/*
 * A body returns its status in a struct, so that `return 0;` does not compile. The name of the
 * struct is the compiler's message. (SDCC cannot return a struct on all of its targets.)
 */
#ifdef __SDCC
#define AGEN_ANSWERS_ int
#define AGEN_ANSWER_(status) (status)
#define AGEN_STATUS_(answer) (answer)
#else
struct agen_leave_a_body_with_AGEN_RETURN_ {
    int status_;
};
#define AGEN_ANSWERS_ struct agen_leave_a_body_with_AGEN_RETURN_
#ifdef __cplusplus
#define AGEN_ANSWER_(status) { status }
#else
#define AGEN_ANSWER_(status) (struct agen_leave_a_body_with_AGEN_RETURN_){ status }
#endif
#define AGEN_STATUS_(answer) (answer).status_
#endif

/* Suspends at (n, index), answering AGEN_YIELDED or AGEN_PENDING. */
#define AGEN_SUSPEND_(n, index, self, status) \
    AGEN_TRAP_LABEL_(AGEN_NUMBER_(n, index)) \
    AGEN_REGISTER_(n, index); \
    AGEN_STORE_REST_(AGEN_BASE_(self), AGEN_NUMBER_(n, index)); \
    AGEN_BASE_(self).state_ = \
        (uint8_t)((AGEN_NUMBER_(n, index) & 0x7F) | ((status) == AGEN_PENDING ? AGEN_BUSY_ : 0)); \
    return AGEN_ANSWER_(status)

#ifdef AGEN_USE_COMPUTED_GOTO
/*
 * A resume point is a label. Its address is too long for the state byte, so a table in each body
 * leads from the number to the label. Each suspension writes its entry, always with the same value,
 * so that threads may share a body. A handler is a label that is local to its block, and a raise is
 * a goto.
 */
#define AGEN_GOTO_PRAGMA_ AGEN_PRAGMA_(GCC diagnostic ignored "-Wpedantic")
#if defined __clang__
#define AGEN_BODY_LINKAGE_ static AGEN_UNUSED_ AGEN_NOINLINE_
#else
#define AGEN_BODY_LINKAGE_ static AGEN_UNUSED_ __attribute__((__noinline__, __noclone__))
#endif
#ifdef AGEN_USE_LINE
#define AGEN_TABLE_SIZE_ (8 << 8)
#else
#define AGEN_TABLE_SIZE_ AGEN_BUSY_
#endif
#define AGEN_LABEL_NAME_(n, index) agen_label_##n##_##index##_
#define AGEN_LABEL_(n, index) AGEN_LABEL_NAME_(n, index):
#define AGEN_TRAP_LABEL_(number)
#define AGEN_REGISTER_(n, index) \
    __atomic_store_n(&agen_table_[AGEN_NUMBER_(n, index)], &&AGEN_LABEL_NAME_(n, index), \
                     __ATOMIC_RELAXED)
#define AGEN_DISPATCH_(self) \
    static void *agen_table_[AGEN_TABLE_SIZE_] = { &&agen_leave_ }; \
    AGEN_BASE_(self).state_ = AGEN_BUSY_; \
    if (AGEN_RARE_(agen_state_ != AGEN_NEW_)) { \
        void *agen_label_ = NULL; \
        if (!(agen_state_ & AGEN_BUSY_)) \
            agen_label_ = __atomic_load_n(&agen_table_[agen_state_], __ATOMIC_RELAXED); \
        if (agen_label_ != NULL) \
            goto *agen_label_; \
        goto agen_leave_; \
    } \
    { \
        if (!AGEN_STARTS_(self)) { \
        agen_leave_: \
            return AGEN_ANSWER_(AGEN_LEAVE_(self)); \
        } \
        if (0) \
            goto agen_handler_; \
        if (0) \
            goto agen_is_an_AGEN_END_missing_
#define AGEN_FINISH_ agen_is_an_AGEN_END_missing_: agen_handler_
#define AGEN_CLAUSE_(n, clause) \
    __label__ agen_handler_; \
    AGEN_ENUM_(agen_clause_ = clause, agen_block_ = AGEN_BLOCK_TRY_)
#define AGEN_FINAL_CLAUSE_(n) \
    __label__ agen_handler_; \
    AGEN_ENUM_(agen_clause_ = 2, agen_in_handler_ = 1, agen_block_ = AGEN_BLOCK_TRY_)
#define AGEN_CLAUSE_END_ \
    if (0) { \
        agen_handler_: AGEN_UNUSED_; \
    }
#define AGEN_UNWIND_() goto agen_handler_
#define AGEN_CLOSING_DECLARE_(n) __label__ agen_closing_;
#define AGEN_CLOSING_LABEL_(n) agen_closing_:
#define AGEN_CLOSING_SCOPE_ __label__ agen_handler_;
#define AGEN_CLOSING_SCOPE_END_ \
    if (0) { \
        agen_handler_: AGEN_UNUSED_; \
        goto agen_closing_; \
    }
#define AGEN_CLOSING_GOTO_ goto agen_closing_

#else
/*
 * A resume point is a case of one switch around the body, and raising sets the state to the handler
 * whose enumerator is in scope and dispatches again; compilers turn that into a jump.
 *
 * On a 64-bit target the switch runs over 64 bits, and each suspension has a second label that lies
 * above 32: no state has that value, so it costs nothing, but in a switch of the application's it
 * does not fit.
 */
#define AGEN_GOTO_PRAGMA_
#define AGEN_BODY_LINKAGE_ static inline AGEN_UNUSED_
#if UINTPTR_MAX > 0xFFFFFFFFu
typedef int64_t agen_case_;
#define AGEN_no_set_local_is_in_scope_here_and_none_is_inside_a_switch_of_your_own_(number) \
    (((agen_case_)1 << 32) + (agen_case_)(number))
#if defined __clang__
#define AGEN_TRAP_LABEL_(number) \
    if (0) { \
        AGEN_PRAGMA_(clang diagnostic push) \
        AGEN_PRAGMA_(clang diagnostic error "-Wswitch") \
    case AGEN_no_set_local_is_in_scope_here_and_none_is_inside_a_switch_of_your_own_(number):; \
        AGEN_PRAGMA_(clang diagnostic pop) \
    }
#elif defined __GNUC__ && !defined AGEN_PRAGMA_IS_STATEMENT_
#define AGEN_TRAP_LABEL_(number) \
    if (0) { \
        AGEN_PRAGMA_(GCC diagnostic push) \
        AGEN_PRAGMA_(GCC diagnostic error "-Woverflow") \
    case AGEN_no_set_local_is_in_scope_here_and_none_is_inside_a_switch_of_your_own_(number):; \
        AGEN_PRAGMA_(GCC diagnostic pop) \
    }
#else
#define AGEN_TRAP_LABEL_(number) \
    if (0) { \
    case AGEN_no_set_local_is_in_scope_here_and_none_is_inside_a_switch_of_your_own_(number):; \
    }
#endif
#else
typedef int agen_case_;
#define AGEN_TRAP_LABEL_(number)
#endif
#define AGEN_LABEL_(n, index) case AGEN_NUMBER_(n, index):
/* A resume is likelier than a start. */
#if defined __GNUC__ && defined __SIZEOF_LONG__ && __SIZEOF_LONG__ == __SIZEOF_POINTER__
#define AGEN_EXPECT_(point) __builtin_expect((long)(point), 1)
#else
#define AGEN_EXPECT_(point) ((agen_case_)(point))
#endif
#define AGEN_REGISTER_(n, index) ((void)0)
#define AGEN_DISPATCH_(self) \
    AGEN_BASE_(self).state_ = AGEN_BUSY_; \
    agen_dispatch_: \
    switch (AGEN_EXPECT_(agen_state_)) { \
    default: \
    agen_leave_: \
        return AGEN_ANSWER_(AGEN_LEAVE_(self)); \
    case AGEN_NEW_: \
        if (!AGEN_STARTS_(self)) \
            goto agen_leave_; \
        if (0) \
            goto agen_dispatch_; \
        if (0) \
            goto agen_is_an_AGEN_END_missing_
#define AGEN_FINISH_ agen_is_an_AGEN_END_missing_
#define AGEN_CLAUSE_(n, clause) \
    AGEN_ENUM_(agen_handler_ = AGEN_NUMBER_(n, 3), agen_here_ = AGEN_NUMBER_(n, 3), \
               agen_clause_ = clause, agen_block_ = AGEN_BLOCK_TRY_)
/*
 * A raise in a finally goes straight to the outer handler, without giving a slot back. The handler
 * that catches it sets the error that is current from then on, and the slot of that handler, if it
 * has one, restores what was current before.
 */
#define AGEN_FINAL_CLAUSE_(n) \
    AGEN_ENUM_(agen_handler_ = (int)agen_handler_, /* SDCC would take the one before */ \
               agen_here_ = AGEN_NUMBER_(n, 3) + AGEN_UNREACHABLE_, agen_clause_ = 2, \
               agen_in_handler_ = 1, agen_block_ = AGEN_BLOCK_TRY_)
#define AGEN_CLAUSE_END_ \
    AGEN_TRAP_LABEL_(agen_here_) \
    if (0) { \
    case agen_here_:; \
    }
#define AGEN_UNWIND_() \
    do { \
        if ((int)agen_handler_ == 0) \
            goto agen_is_an_AGEN_END_missing_; \
        agen_state_ = (agen_point_)agen_handler_; \
        goto agen_dispatch_; \
    } while (0)
#define AGEN_CLOSING_DECLARE_(n) AGEN_ENUM_(agen_closing_ = AGEN_NUMBER_(n, 0))
#define AGEN_CLOSING_LABEL_(n) \
    AGEN_LABEL_(n, 0) \
    AGEN_TRAP_LABEL_(AGEN_NUMBER_(n, 0))
#define AGEN_CLOSING_SCOPE_ AGEN_ENUM_(agen_handler_ = agen_closing_)
#define AGEN_CLOSING_SCOPE_END_
#define AGEN_CLOSING_GOTO_ \
    do { \
        agen_state_ = (agen_point_)agen_closing_; \
        goto agen_dispatch_; \
    } while (0)
#endif

/*
 * --- The function --------------------------------------------------------------------------------
 *
 * The step takes the frame and finds the struct; the body is inlined into it. A generator has ended
 * in this step if it is closed now and was not before: then its finalizer runs, and nothing is
 * touched any more.
 */
#if defined __GNUC__ && (defined __cplusplus || __STDC_VERSION__ >= 201112L)
enum { agen_in_body_ = 0 };
#define AGEN_CHECK_BEFORE_ \
    AGEN_CHECK_(!(int)agen_in_body_, AGEN_END_is_missing_in_the_body_before_this_one);
#define AGEN_NOTE_IN_BODY_ AGEN_ENUM_(agen_in_body_ = 1)
#else
#define AGEN_CHECK_BEFORE_
#define AGEN_NOTE_IN_BODY_
#endif
#define AGEN_PICK_(first, second, chosen, ...) chosen
/*
 * MSVC's traditional preprocessor passes __VA_ARGS__ on as one argument. This reads it again, as
 * several.
 */
#if defined _MSC_VER && (!defined _MSVC_TRADITIONAL || _MSVC_TRADITIONAL)
#define AGEN_AGAIN_(text) text
#define AGEN_DEFINE_(linkage, g, ...) \
    AGEN_AGAIN_(AGEN_PICK_(__VA_ARGS__, AGEN_RELEASED_, AGEN_PLAIN_, )(linkage, g, __VA_ARGS__))
#else
#define AGEN_DEFINE_(linkage, g, ...) \
    AGEN_PICK_(__VA_ARGS__, AGEN_RELEASED_, AGEN_PLAIN_, )(linkage, g, __VA_ARGS__)
#endif
#define AGEN_CHECK_HEAD_(g) \
    AGEN_CHECK_(offsetof(struct g, agen_) == 0, \
                AGEN_YIELDS_or_AGEN_COROUTINE_must_be_the_first_member)

/*
 * With AGEN_DUMP or AGEN_TRACE a step can be asked where it is, by an argument that contains the
 * resume point. The step goes there and answers. Meanwhile its state says that it is executing, so
 * a body that does not know this argument refuses it.
 */
#if defined AGEN_DUMP || defined AGEN_TRACE
#define AGEN_TELLS_WHERE_
#define AGEN_NAME_(text) \
    if (AGEN_RARE_(argument_ >= AGEN_WHERE_)) { \
        ((struct agen_where_ *)(void *)driver_)->name_ = text; \
        ((struct agen_where_ *)(void *)driver_)->file_ = __FILE__; \
    }
#define AGEN_ENTRY_(state) \
    ((agen_point_)(agen_argument_ >= AGEN_WHERE_ ? agen_argument_ - AGEN_WHERE_ : (state)))
#define AGEN_REPORT_WHERE_(text) \
    if (AGEN_RARE_(agen_argument_ >= AGEN_WHERE_)) { \
        ((struct agen_where_ *)(void *)agen_driver_)->what_ = text; \
        ((struct agen_where_ *)(void *)agen_driver_)->line_ = __LINE__; \
        return AGEN_ANSWER_(AGEN_PENDING); \
    } else
#else
#define AGEN_NAME_(text)
#define AGEN_ENTRY_(state) (state)
#define AGEN_REPORT_WHERE_(text)
#endif

/* Without a tag there is no `struct g`, which a typedef alone does not give. */
#define AGEN_CHECK_TAG_(g) typedef char AGEN_takes_the_tag_of_a_struct_##g[sizeof(struct g)];

#define AGEN_BODY_(linkage, g, self) \
    AGEN_CHECK_BEFORE_ \
    AGEN_CHECK_TAG_(g) \
    linkage int g##_agen_(struct agen_frame_ *, int, struct agen_base_ *) AGEN_REENTRANT_; \
    AGEN_BODY_LINKAGE_ AGEN_ANSWERS_ g##_body_(struct g *, int, struct agen_base_ *) \
        AGEN_REENTRANT_;

#define AGEN_PLAIN_(linkage, g, self) \
    AGEN_BODY_(linkage, g, self) \
    AGEN_UNUSED_ linkage int g##_agen_(struct agen_frame_ *frame_, int argument_, \
                                       struct agen_base_ *driver_) AGEN_REENTRANT_ \
    { \
        AGEN_CHECK_HEAD_(g); \
        AGEN_NAME_(#g) \
        AGEN_LEAVING_(frame_, \
                      AGEN_STATUS_(g##_body_((struct g *)(void *)frame_, argument_, driver_))); \
    } \
    AGEN_BODY_ON_ \
    AGEN_BODY_LINKAGE_ AGEN_ANSWERS_ g##_body_(struct g *self, int agen_argument_, \
                                               struct agen_base_ *agen_driver_) AGEN_REENTRANT_

#define AGEN_RELEASED_(linkage, g, self, release) \
    AGEN_BODY_(linkage, g, self) \
    AGEN_UNUSED_ linkage int g##_agen_(struct agen_frame_ *frame_, int argument_, \
                                       struct agen_base_ *driver_) AGEN_REENTRANT_ \
    { \
        struct g *state_ = (struct g *)(void *)frame_; \
        bool ended_ = frame_->base_.state_ == AGEN_CLOSED_; \
        AGEN_CHECK_HEAD_(g); \
        AGEN_NAME_(#g) \
        int status_ = \
            AGEN_STATUS_(g##_body_(state_, AGEN_ENTER_(state_, argument_, driver_), driver_)); \
        agen_give_back_(frame_); \
        if (!ended_ && frame_->base_.state_ == AGEN_CLOSED_) \
            release(state_); \
        return status_; \
    } \
    AGEN_BODY_ON_ \
    AGEN_BODY_LINKAGE_ AGEN_ANSWERS_ g##_body_(struct g *self, int agen_argument_, \
                                               struct agen_base_ *agen_driver_) AGEN_REENTRANT_

#define AGEN_BEGIN_(self) \
    AGEN_BODY_CARE_ \
    AGEN_NOTE_IN_BODY_ \
    enum { agen_begin_ = AGEN_COUNTER_ }; \
    enum { agen_handler_ = 0, agen_in_handler_ = 0, agen_no_yield_ = 0, agen_block_ = 0 }; \
    agen_point_ agen_state_ = AGEN_ENTRY_(AGEN_LOAD_POINT_(AGEN_STATE_OF_(self))); \
    int agen_status_ = 0; \
    (void)agen_status_; \
    (void)agen_driver_; \
    AGEN_DISPATCH_(self)

#define AGEN_END_(self) \
    AGEN_CHECK_BLOCK_(0, an_AGEN_END_TRY_or_the_end_of_another_block_is_missing_before_AGEN_END) \
    AGEN_FINISH_: \
    agen_state_ = AGEN_CLOSED_; \
    goto agen_leave_; \
    AGEN_CHECK_END_(AGEN_COUNTER_) \
    } \
    AGEN_BODY_OFF_ \
    return AGEN_ANSWER_(agen_stray_break_())

#define AGEN_ENTER_(self, argument, driver) \
    agen_enter_(AGEN_FRAME_(self), argument, driver, AGEN_KIND_(self) >= AGEN_KIND_YIELDS_)

/* Whatever is no resume point leaves a body here, its end included. */
#define AGEN_LEAVE_(self) \
    (AGEN_KIND_(self) < AGEN_KIND_YIELDS_ \
         ? agen_leave_coroutine_(AGEN_FRAME_(self), agen_argument_, agen_driver_, \
                                 (uint8_t)agen_state_) \
         : agen_leave_(AGEN_FRAME_(self), agen_argument_, agen_driver_, (uint8_t)agen_state_))
/*
 * Whether a new body starts here and now. If not, agen_leave_ steps it again with AGEN_START_. That
 * happens when a task drives a generator, because its loop is told first, and always at -Os,
 * because the code is shorter.
 */
#if defined __GNUC__ && !defined __OPTIMIZE_SIZE__ /* decided where compilers see both */
#define AGEN_BY_TASK_(frame, driver) \
    ((driver) != &(frame)->base_ && (driver)->state_ < AGEN_BUSY_)
#else
#define AGEN_BY_TASK_(frame, driver) ((driver)->state_ < AGEN_BUSY_)
#endif
#ifdef __OPTIMIZE_SIZE__
#define AGEN_STARTS_(self) (agen_argument_ == AGEN_START_)
#else
#define AGEN_STARTS_(self) \
    (agen_argument_ == AGEN_START_ \
     || (agen_argument_ == AGEN_RUN_ \
         && (AGEN_KIND_(self) < AGEN_KIND_YIELDS_ \
             || !AGEN_BY_TASK_(AGEN_FRAME_(self), agen_driver_))))
#endif
#define AGEN_CHECK_END_(n) \
    { \
        AGEN_CHECK_(AGEN_FITS_(n), \
                    too_many_resume_points_in_one_body__move_some_into_a_coroutine_and_await_it); \
    }

/*
 * --- Statements of a body ------------------------------------------------------------------------
 */
#define AGEN_NOTE_RECEIVED_(self) \
    do { \
        if (AGEN_KIND_(self) == AGEN_KIND_RECEIVES_) \
            AGEN_BASE_(self).flags_ = (uint8_t)((AGEN_BASE_(self).flags_ & ~AGEN_RECEIVED_) \
                                               | (agen_argument_ > 0 ? AGEN_RECEIVED_ : 0)); \
    } while (0)

#define AGEN_CHECK_YIELD_(self) \
    AGEN_CHECK_(AGEN_KIND_(self) != AGEN_KIND_COROUTINE_, \
                a_coroutine_cannot_yield__declare_its_state_with_AGEN_YIELDS); \
    AGEN_CHECK_(!(int)agen_no_yield_, \
                no_yield_inside_a_timeout_group_or_race__it_would_reach_into_the_consumer__PEP_789)

#define AGEN_YIELD_(n, self, ...) \
    do { \
        AGEN_CHECK_(sizeof #__VA_ARGS__ > 1, AGEN_YIELD_takes_self_and_a_value); \
        AGEN_INSIDE_; \
        AGEN_CHECK_YIELD_(self); \
        (self)->value = (__VA_ARGS__); \
        AGEN_YIELD_NOW_(n, self); \
    } while (0)

/* Yields what is in `value` already. */
#define AGEN_YIELD_NOW_(n, self) \
    do { \
        AGEN_SUSPEND_(n, 0, self, AGEN_YIELDED); \
        AGEN_LABEL_(n, 0) \
        AGEN_REPORT_WHERE_("AGEN_YIELD") AGEN_NOTE_RECEIVED_(self); \
        if (AGEN_RARE_(agen_argument_ < 0)) \
            AGEN_UNWIND_(); \
    } while (0)

#define AGEN_DISCARD_SENT_(self, g) \
    do { \
        if (agen_argument_ > 0) \
            agen_argument_ = AGEN_RUN_; \
    } while (0)
#define AGEN_FORWARD_SENT_(self, g) \
    do { \
        if (agen_argument_ > 0) \
            (void)AGEN_GIVE_(g, (self)->sent); \
    } while (0)

#define AGEN_YIELD_FROM_(n, n2, n3, self, g, received) \
    do { \
        AGEN_INSIDE_; \
        AGEN_CHECK_YIELD_(self); \
        agen_argument_ = AGEN_RUN_; \
        for (;;) { \
            received(self, g); \
            agen_argument_ = \
                agen_await_(AGEN_FRAME_(g), agen_argument_, agen_driver_, AGEN_FRAME_(self)); \
            if (AGEN_RARE_(agen_argument_ == AGEN_PENDING)) { \
                AGEN_SUSPEND_(n, 0, self, AGEN_PENDING); \
                AGEN_LABEL_(n, 0) \
                AGEN_REPORT_WHERE_("AGEN_YIELD_FROM") (void)0; \
            } \
            if (agen_argument_ <= 0) \
                break; \
            (self)->value = (g)->value; \
            AGEN_SUSPEND_(n2, 1, self, AGEN_YIELDED); \
            AGEN_LABEL_(n2, 1) \
            AGEN_REPORT_WHERE_("AGEN_YIELD_FROM") AGEN_NOTE_RECEIVED_(self); \
            if (AGEN_RARE_(agen_argument_ == AGEN_E_EXIT)) { \
                AGEN_AWAIT_CLOSE_(n3, 2, self, g); \
                if (agen_argument_ >= 0) \
                    agen_argument_ = AGEN_E_EXIT; \
                break; \
            } \
        } \
        if (AGEN_RARE_(agen_argument_ < 0)) \
            AGEN_UNWIND_(); \
    } while (0)

/* Closes g, waits, and leaves 0 or an error in agen_argument_. */
#define AGEN_AWAIT_CLOSE_(n, index, self, g) \
    agen_argument_ = agen_await_(AGEN_FRAME_(g), AGEN_E_EXIT, agen_driver_, AGEN_FRAME_(self)); \
    if (AGEN_RARE_(agen_argument_ == AGEN_PENDING)) { \
        AGEN_SUSPEND_(n, index, self, AGEN_PENDING); \
        AGEN_LABEL_(n, index) \
        AGEN_REPORT_WHERE_("AGEN_CLOSE") (void)0; \
    } \
    agen_argument_ = agen_closed_(agen_argument_)

#define AGEN_CLOSE_(n, self, g) \
    do { \
        AGEN_INSIDE_; \
        AGEN_AWAIT_CLOSE_(n, 0, self, g); \
        if (AGEN_RARE_(agen_argument_ < 0)) \
            AGEN_UNWIND_(); \
    } while (0)

/* There is one sign test if the child did not wait, and one if it did. */
#define AGEN_STEP_(n, self, what, frame, argument) \
    do { \
        AGEN_INSIDE_; \
        do { \
            agen_argument_ = agen_await_(frame, argument, agen_driver_, AGEN_FRAME_(self)); \
            if (AGEN_RARE_((unsigned)agen_argument_ > AGEN_YIELDED)) { \
                if (agen_argument_ == AGEN_PENDING) { \
                    AGEN_SUSPEND_(n, 0, self, AGEN_PENDING); \
                    AGEN_LABEL_(n, 0) \
                    AGEN_REPORT_WHERE_(what) if (agen_argument_ >= 0) \
                        break; \
                } \
                AGEN_UNWIND_(); \
            } \
        } while (0); \
        agen_status_ = agen_argument_; \
    } while (0)

#define AGEN_AWAIT_(n, self, c) \
    do { \
        AGEN_INSIDE_; \
        AGEN_ADDRESS_(c, state); \
        AGEN_CHECK_(AGEN_KIND_(c) <= AGEN_KIND_COROUTINE_, \
                    a_generator_cannot_be_awaited__use_AGEN_NEXT_or_AGEN_FOR); \
        AGEN_STEP_(n, self, "AGEN_AWAIT", AGEN_FRAME_(c), AGEN_RUN_); \
    } while (0)

#define AGEN_THROW_(n, self, g, e) \
    do { \
        AGEN_INSIDE_; \
        AGEN_CONSTANT_CODE_(e); \
        agen_argument_ = (e); \
        if (AGEN_RARE_(!agen_is_code_(agen_argument_))) { \
            agen_argument_ = AGEN_E_BAD_STATE; \
            AGEN_UNWIND_(); \
        } \
        AGEN_STEP_(n, self, "AGEN_THROW", AGEN_FRAME_(g), agen_argument_); \
    } while (0)

#define AGEN_RAISE_(self, e) \
    do { \
        AGEN_INSIDE_; \
        (void)(self); \
        AGEN_CONSTANT_CODE_(e); \
        agen_argument_ = (e); \
        if (!agen_is_code_(agen_argument_)) \
            agen_argument_ = AGEN_E_BAD_STATE; \
        AGEN_UNWIND_(); \
    } while (0)

#define AGEN_RETURN_NOW_(self) \
    do { \
        AGEN_INSIDE_; \
        (void)(self); \
        agen_argument_ = AGEN_RETURN_; \
        AGEN_UNWIND_(); \
    } while (0)

#define AGEN_WAIT_UNTIL_(n, self, condition) \
    do { \
        AGEN_INSIDE_; \
        while (!condition) { \
            agen_driver_->link_ = AGEN_FRAME_(self); \
            AGEN_SUSPEND_(n, 0, self, AGEN_PENDING); \
            AGEN_LABEL_(n, 0) \
            AGEN_REPORT_WHERE_("AGEN_WAIT_UNTIL") if (AGEN_RARE_(agen_argument_ < 0)) \
                AGEN_UNWIND_(); \
        } \
    } while (0)

/* The user's statement is the last `else`, so its break and continue belong to the `for`. */
#define AGEN_FOR_(n, self, step) \
    AGEN_ELSE_LABEL_ON_ \
    for (AGEN_INSIDE_;;) \
        if (AGEN_RARE_((agen_argument_ = (step)) == AGEN_PENDING)) { \
            AGEN_ELSE_LABEL_OFF_ \
            AGEN_SUSPEND_(n, 0, self, AGEN_PENDING); \
        } else \
            AGEN_ELSE_LABEL_(n, 0) AGEN_REPORT_WHERE_("AGEN_FOR") \
            if (AGEN_RARE_(agen_argument_ <= 0)) { \
                if (agen_argument_ < 0) \
                    AGEN_UNWIND_(); \
                break; \
            } else

/*
 * A closing loop. All ways out of the statement (break, return, raise) meet at agen_closing_, which
 * stands in front because only this macro knows g. The sign of agen_argument_ ends the loop: what
 * is in the loop has an argument of 0 or more, and AGEN_RETURN_ says that g has ended or is closed.
 */
#define AGEN_CLOSING_(n, n2, n3, self, check, save, restore, g) \
    do { \
        AGEN_CLOSING_DECLARE_(n) \
        AGEN_INSIDE_; \
        check \
        save \
        agen_argument_ = 0; \
        if (0) { \
            AGEN_CLOSING_LABEL_(n) \
            AGEN_BASE_(self).error_ = (int16_t)agen_argument_; \
            AGEN_AWAIT_CLOSE_(n2, 1, self, g); \
            if (agen_argument_ >= 0) \
                agen_argument_ = AGEN_BASE_(self).error_; \
            restore \
            if (agen_argument_ < 0) \
                AGEN_UNWIND_(); \
            agen_argument_ = AGEN_RETURN_; \
        } \
        AGEN_ELSE_LABEL_ON_ \
        while (agen_argument_ >= 0) \
            if (AGEN_RARE_((agen_argument_ = agen_await_(AGEN_FRAME_(g), AGEN_RUN_, agen_driver_, \
                                                         AGEN_FRAME_(self))) == AGEN_PENDING)) { \
                AGEN_ELSE_LABEL_OFF_ \
                AGEN_SUSPEND_(n3, 2, self, AGEN_PENDING); \
            } else \
                AGEN_ELSE_LABEL_(n3, 2) AGEN_REPORT_WHERE_("AGEN_FOR_CLOSING") \
                if (AGEN_RARE_(agen_argument_ <= 0)) { \
                    if (agen_argument_ < 0) \
                        AGEN_UNWIND_(); \
                    agen_argument_ = AGEN_RETURN_; \
                } else { \
                    AGEN_CLOSING_SCOPE_ \
                    AGEN_ENUM_(agen_block_ = AGEN_BLOCK_FOR_)

#define AGEN_END_CLOSING_(self) \
                    AGEN_CHECK_BLOCK_( \
                        AGEN_BLOCK_FOR_, \
                        no_AGEN_FOR_CLOSING_is_open_here__is_an_AGEN_END_missing) \
                    AGEN_CLOSING_SCOPE_END_ \
                } \
        if (agen_argument_ >= 0) \
            AGEN_CLOSING_GOTO_; \
        agen_argument_ = 0; \
    } while (0)

#define AGEN_SAVE_(self, slot) (slot)->error_ = AGEN_BASE_(self).error_;
#define AGEN_RESTORE_(self, slot) AGEN_BASE_(self).error_ = (slot)->error_;

/*
 * Around a block of the user's that only its end, a raise or a return may leave. A `break` or a
 * `continue` in it reaches a call that compilers refuse if anything reaches it. With compilers that
 * cannot refuse a call, it leaves only the block.
 */
#if defined __clang__ ? __clang_major__ >= 14 : defined __GNUC__
AGEN_C_LINKAGE_ void agen_break_or_continue_(void)
    __attribute__((__noreturn__, __nothrow__, __error__(
        "a break or continue would leave the try part, handler, finally, timeout, group or race "
        "that ends here: set a flag, and leave the loop after it")));
#define AGEN_PART_ \
    AGEN_PRAGMA_(GCC diagnostic push) \
    AGEN_PRAGMA_(GCC diagnostic ignored "-Wpedantic") \
    { \
        __label__ agen_over_; \
        AGEN_PRAGMA_(GCC diagnostic pop) \
        for (;; agen_break_or_continue_()) {
#define AGEN_PART_OVER_(check) \
            check \
            goto agen_over_; \
        } \
        agen_break_or_continue_(); \
    agen_over_:; \
    }
#else
#define AGEN_PART_ do
#define AGEN_PART_OVER_(check) while (0); check
#endif

/*
 * The parts of a try are blocks side by side, all of one form:
 *     { handler-in-scope { .. {user} agen_argument_ = outcome; } handler-label }
 * A raise in a block continues at the label that ends the block, with the error in agen_argument_;
 * the normal end leaves 0 there. So each clause only looks at agen_argument_ to see what happened
 * before it, and the last clause raises again what is left. The slot form is a loop of one turn,
 * whose third part gives the slot back.
 */
#define AGEN_TRY_(n, check, prefix) \
    do { \
        AGEN_INSIDE_; \
        check prefix \
        { \
            { \
                AGEN_CLAUSE_(n, 0) \
                { \
                    AGEN_PART_

#define AGEN_WITH_SLOT_(self, slot) \
    for ((slot)->error_ = AGEN_BASE_(self).error_, agen_state_ = 1; agen_state_ != 0; \
         AGEN_BASE_(self).error_ = (slot)->error_, agen_state_ = 0)

#define AGEN_PART_END_(outcome) \
                    AGEN_PART_OVER_(AGEN_CHECK_TRY_) \
                    agen_argument_ = outcome; \
                } \
                AGEN_CLAUSE_END_

#define AGEN_EXCEPT_(n, self, handles) \
                    AGEN_PART_END_(0) \
                AGEN_CHECK_((int)agen_clause_ == 0, \
                            AGEN_EXCEPT_belongs_right_after_the_try_part); \
            } \
            { \
                AGEN_CLAUSE_(n, 1) \
                AGEN_ENUM_(agen_in_handler_ = 1) \
                if (agen_argument_ < 0 && handles) { \
                    AGEN_BASE_(self).error_ = (int16_t)agen_argument_; \
                    AGEN_PART_

#define AGEN_FINALLY_(n, self) \
                    AGEN_PART_END_(0) \
                AGEN_CHECK_((int)agen_clause_ != 2, a_try_has_one_AGEN_FINALLY); \
            } \
            { \
                AGEN_FINAL_CLAUSE_(n) \
                { \
                    AGEN_BASE_(self).error_ = (int16_t)agen_argument_; \
                    AGEN_PART_

#define AGEN_END_TRY_(self) \
                    AGEN_PART_END_((int)agen_clause_ == 2 ? AGEN_BASE_(self).error_ : 0) \
            } \
        } \
        if (agen_argument_ < 0) \
            AGEN_UNWIND_(); \
    } while (0)

/* Stores a value for x, but only where it will be received. Evaluates to the frame. */
#ifdef __GNUC__
#define AGEN_GIVE_(x, v) \
    __extension__({ \
        AGEN_TYPES_ON_ \
        __typeof__(x) agen_to_ = (x); \
        __typeof__(agen_to_->sent) agen_value_ = v; \
        AGEN_TYPES_OFF_ \
        if (agen_can_receive_(AGEN_FRAME_(agen_to_))) \
            agen_to_->sent = agen_value_; \
        AGEN_FRAME_(agen_to_); \
    })
#else
#define AGEN_GIVE_(x, v) \
    (agen_can_receive_(AGEN_FRAME_(x)) ? (void)((x)->sent = v) : (void)v, AGEN_FRAME_(x))
#endif

#ifndef AGEN_NO_LOOP
/*
 * --- Statements that need a task -----------------------------------------------------------------
 */

/*
 * The call answers at once, or registers the task and answers AGEN_PENDING. Then the wake-up brings
 * the outcome.
 */
#define AGEN_WAIT_FOR_(n, self, what, call) \
    do { \
        AGEN_INSIDE_; \
        agen_argument_ = (call); \
        if (agen_argument_ == AGEN_PENDING) { \
            AGEN_SUSPEND_(n, 0, self, AGEN_PENDING); \
            AGEN_LABEL_(n, 0) \
            AGEN_REPORT_WHERE_(what) (void)0; \
        } \
        if (AGEN_RARE_(agen_argument_ < 0)) \
            AGEN_UNWIND_(); \
    } while (0)

/*
 * A block with an end of its own. Every way out of it goes to `leave`, which stands before the
 * block as in a closing loop. It finds the reason in agen_argument_ and leaves the outcome there.
 */
#define AGEN_SCOPE_(n, self, kind, enter, leave) \
    do { \
        AGEN_CLOSING_DECLARE_(n) \
        AGEN_INSIDE_; \
        AGEN_SCOPE_CARE_ \
        agen_argument_ = enter; \
        if (AGEN_RARE_(agen_argument_ < 0)) \
            AGEN_UNWIND_(); \
        if (0) { \
            AGEN_CLOSING_LABEL_(n); \
            leave \
            if (agen_argument_ < 0) \
                AGEN_UNWIND_(); \
            agen_argument_ = AGEN_RETURN_; \
        } \
        if (agen_argument_ >= 0) { \
            { \
                AGEN_CLOSING_SCOPE_ \
                AGEN_ENUM_(agen_no_yield_ = 1, agen_block_ = kind) \
                { \
                    AGEN_PART_

#define AGEN_END_SCOPE_(self, kind, message) \
                    AGEN_PART_OVER_(AGEN_CHECK_BLOCK_(kind, message)) \
                } \
                AGEN_CLOSING_SCOPE_END_ \
            } \
            AGEN_CLOSING_GOTO_; \
        } \
        agen_argument_ = 0; \
    } while (0)

#define AGEN_GROUP_(n, n2, self, kind, group, race) \
    AGEN_SCOPE_(n, self, kind, agen_group_enter_(agen_driver_, group, race), \
                agen_argument_ = agen_group_leave_(AGEN_FRAME_(self), group, agen_argument_); \
                while (agen_argument_ == AGEN_PENDING) { \
                    AGEN_SUSPEND_(n2, 1, self, AGEN_PENDING); \
                    AGEN_LABEL_(n2, 1) \
                    AGEN_REPORT_WHERE_((race) ? "end of AGEN_RACE" : "end of AGEN_GROUP") (void)0; \
                    agen_argument_ = agen_group_leave_(AGEN_FRAME_(self), group, agen_argument_); \
                })

/*
 * A select is a chain of if and else, so that break and continue in a branch belong to the loop
 * around it. It goes over its alternatives several times: first it enters the lists of what they
 * wait for, or finds one that can be taken at once; after the wake-up it leaves the lists; and then
 * it runs the branch of the one that was taken. The phase is in agen_status_. When a branch runs,
 * the task is in no list any more.
 */
#define AGEN_SELECT_(n, self) \
    if (1) { \
        AGEN_CLOSING_DECLARE_(n) \
        AGEN_ENUM_(agen_block_ = AGEN_BLOCK_SELECT_) \
        AGEN_INSIDE_; \
        agen_status_ = agen_select_(agen_driver_); \
        if (0) { \
            AGEN_CLOSING_LABEL_(n); \
        } \
        if (0) { \
        }

/* `raises` is an expression that takes what was waited for, and says whether that failed. */
#define AGEN_ON_(node, enter, leave, raises) \
        else if (agen_status_ == AGEN_ENTER_ALL_ ? (agen_argument_ = (enter)) != AGEN_PENDING \
                                                 : (leave)) \
            if (agen_status_ == AGEN_ENTER_ALL_) { \
                agen_taken_(agen_driver_, node); \
                agen_status_ = AGEN_LEAVE_SOME_; \
                AGEN_CLOSING_GOTO_; \
            } else if (AGEN_RARE_(raises)) { \
                AGEN_UNWIND_(); \
            } else

#define AGEN_ON_OBJECT_(a, call, object, raises) \
    AGEN_ON_(&(a)->node_, \
             agen_entering_(agen_driver_, a) \
                 ? call(agen_driver_, (struct agen_frame_ *)(void *)(a), object) \
                 : (int)AGEN_PENDING, \
             agen_leave_alternative_(agen_driver_, agen_status_, a), raises)

#define AGEN_ON_TIME_(enter) \
    AGEN_ON_(AGEN_DEADLINE_(agen_driver_), enter, \
             agen_status_ != AGEN_LEAVE_ALL_ \
                 && agen_is_taken_(agen_driver_, AGEN_DEADLINE_(agen_driver_)), \
             AGEN_ON_RAISES_)

#define AGEN_ON_RAISES_ (agen_status_ = AGEN_DONE, agen_argument_ < 0)

#define AGEN_END_SELECT_(n, self) \
        else { \
            AGEN_CHECK_BLOCK_(AGEN_BLOCK_SELECT_, \
                              no_AGEN_SELECT_is_open_here__is_an_AGEN_END_missing) \
            if (agen_status_ == AGEN_ENTER_ALL_) { \
                agen_driver_->link_ = AGEN_FRAME_(self); \
                AGEN_SUSPEND_(n, 1, self, AGEN_PENDING); \
                AGEN_LABEL_(n, 1) \
                AGEN_REPORT_WHERE_("AGEN_SELECT") agen_status_ = AGEN_LEAVE_ALL_; \
                AGEN_CLOSING_GOTO_; \
            } \
            if (AGEN_RARE_(agen_is_taken_(agen_driver_, NULL))) \
                AGEN_UNWIND_(); /* cancelled */ \
            agen_status_ = AGEN_TAKE_; \
            AGEN_CLOSING_GOTO_; \
        } \
    } else \
        (void)0

#define AGEN_RELEASE_(self, lock) \
    do { \
        AGEN_INSIDE_; \
        (void)(self); \
        agen_argument_ = agen_release(lock); \
        if (AGEN_RARE_(agen_argument_ < 0)) \
            AGEN_UNWIND_(); \
    } while (0)

#define AGEN_PUT_(n, self, q, v) \
    do { \
        AGEN_INSIDE_; \
        AGEN_ADDRESS_(q, queue); \
        AGEN_WAIT_FOR_(n, self, "AGEN_PUT", \
                       agen_queue_wait_room_(agen_driver_, AGEN_FRAME_(self), &(q)->queue_)); \
        agen_argument_ = AGEN_FILL_(q, v); \
        if (AGEN_RARE_(agen_argument_ < 0)) \
            AGEN_UNWIND_(); \
    } while (0)

/*
 * Room has been taken. The value is evaluated before its place is taken, since it may put into q
 * itself.
 */
#ifdef __GNUC__
#define AGEN_FILL_(q, v) \
    __extension__({ \
        int agen_filled_ = AGEN_E_CLOSED; \
        if (!(q)->queue_.wakeup_.of_.closed_) { \
            AGEN_TYPES_ON_ \
            __typeof__((q)->value) agen_value_ = v; \
            AGEN_TYPES_OFF_ \
            agen_filled_ = agen_queue_mine_(&(q)->queue_); \
            if (agen_filled_ >= 0) { \
                (q)->items_[agen_filled_] = agen_value_; \
                agen_filled_ = agen_queue_put_(&(q)->queue_, (unsigned)agen_filled_); \
            } \
        } \
        agen_filled_; \
    })
#else
#define AGEN_FILL_(q, v) \
    (agen_queue_mine_(&(q)->queue_) >= 0 \
         ? ((q)->items_[agen_queue_reserved_(&(q)->queue_)] = v, \
            agen_queue_put_(&(q)->queue_, agen_queue_reserved_(&(q)->queue_))) \
         : (int)AGEN_E_CLOSED)
#endif

/* Whether an item came; if so, gets it. The caller tells the queue. */
#define AGEN_GOT_(q, lvalue) \
    ((agen_status_ = agen_queue_granted_(&(q)->queue_, agen_argument_) ? AGEN_YIELDED : AGEN_DONE) \
         == AGEN_YIELDED \
     && ((lvalue) = (q)->items_[(q)->queue_.head_], true))

#define AGEN_GET_(n, self, q, lvalue) \
    do { \
        AGEN_INSIDE_; \
        AGEN_ADDRESS_(q, queue); \
        AGEN_WAIT_FOR_(n, self, "AGEN_GET", \
                       agen_queue_wait_item_(agen_driver_, AGEN_FRAME_(self), &(q)->queue_)); \
        if (AGEN_GOT_(q, lvalue)) { \
            agen_queue_got_(&(q)->queue_); \
        } else { \
            AGEN_SEEMS_SET_(lvalue, (q)->items_[0]); \
        } \
    } while (0)

/*
 * A local that is set if there is an item, and used only then, seems to clang to be used without a
 * value, because clang does not see that the two conditions are one. This makes it believe that the
 * local is set, and does nothing.
 */
#ifdef __clang__
#define AGEN_SEEMS_SET_(lvalue, value) ((void)__builtin_constant_p(((lvalue) = (value), 0)))
#else
#define AGEN_SEEMS_SET_(lvalue, value) ((void)0)
#endif

/* a && b, which may be a statement without a warning. Written so, clang sees what b sets. */
#ifdef __clang__
#define AGEN_AND_(a, b) ((a) && (b))
#else
#define AGEN_AND_(a, b) ((a) ? (b) : false)
#endif

/*
 * A call that is repeated at each wake-up, with the argument that came, until it does not answer
 * AGEN_PENDING. So it need not trust that the reason of the wake-up still holds.
 */
#define AGEN_TRANSFER_(n, self, what, call, started) \
    do { \
        AGEN_INSIDE_; \
        agen_argument_ = AGEN_START_; \
        for (;;) { \
            agen_argument_ = (call); \
            started; \
            if (agen_argument_ != AGEN_PENDING) \
                break; \
            AGEN_SUSPEND_(n, 0, self, AGEN_PENDING); \
            AGEN_LABEL_(n, 0) \
            AGEN_REPORT_WHERE_(what) (void)0; \
        } \
        if (AGEN_RARE_(agen_argument_ < 0)) \
            AGEN_UNWIND_(); \
        agen_status_ = agen_argument_; \
    } while (0)

#define AGEN_READ_(n, self, what, pipe, how, buffer, size, count) \
    AGEN_TRANSFER_(n, self, what, \
                   agen_pipe_read_(agen_driver_, AGEN_FRAME_(self), AGEN_PIPE_OF_(pipe), how, \
                                   buffer, size, count, agen_argument_), (void)0)
#define AGEN_WRITE_(n, self, pipe, data, size, count) \
    AGEN_WRITE_STARTING_(n, self, pipe, data, size, count, (void)0)
#define AGEN_WRITE_STARTING_(n, self, pipe, data, size, count, started) \
    AGEN_TRANSFER_(n, self, "AGEN_WRITE", \
                   agen_pipe_write_(agen_driver_, AGEN_FRAME_(self), AGEN_PIPE_OF_(pipe), data, \
                                    size, count, agen_argument_), started)

#endif /* AGEN_NO_LOOP */

/*
 * --- Functions -----------------------------------------------------------------------------------
 */
#ifdef AGEN_STATIC_LOCALS_
#pragma save
#pragma stackauto /* all of these nest through a step */
#endif
/*
 * Where gcc inlines a wait into a generator that plain C drives, it warns that the driver is too
 * small for a task. The driver's state, which is looked at first, says that it is none.
 */
#if defined __GNUC__ && !defined __clang__
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Warray-bounds"
#endif
AGEN_FUNCTION_ int agen_leave_(struct agen_frame_ *frame, int argument, struct agen_base_ *driver,
                               uint8_t state);
AGEN_FUNCTION_ int agen_leave_coroutine_(struct agen_frame_ *frame, int argument,
                                         struct agen_base_ *driver, uint8_t state);
AGEN_FUNCTION_ int agen_operate_(struct agen_frame_ *frame, int argument, int flags);
AGEN_FUNCTION_ int agen_go_on_(struct agen_frame_ *root, int argument);
AGEN_FUNCTION_ int agen_raise_(struct agen_frame_ *frame, int error, bool pending);
AGEN_FUNCTION_ int agen_close_(struct agen_frame_ *frame);
AGEN_FUNCTION_ int agen_drop_(struct agen_frame_ *frame);
AGEN_FUNCTION_ const char *agen_strerror(int code);

/*
 * Finds what was never initialised where it is used first: see AGEN_ASSERT. On a machine where a
 * trap would be a call of abort(), this is an endless loop, in which a debugger finds the program.
 */
#ifdef AGEN_FINDS_FORGOTTEN_
#if defined __GNUC__ && !defined __AVR__ && !defined __MSP430__
#define AGEN_STOP_ __builtin_trap()
#else
#define AGEN_STOP_ \
    do { \
        volatile bool stopped_ = true; \
        while (stopped_) \
            continue; \
    } while (0)
#endif
#define AGEN_FORGOTTEN_(what) \
    static AGEN_UNUSED_ AGEN_NOINLINE_ void agen_this_##what##_was_never_initialised_(void) \
    { \
        AGEN_ASSERT(false); \
        AGEN_STOP_; \
    }
AGEN_FORGOTTEN_(state)
AGEN_FORGOTTEN_(queue)
AGEN_FORGOTTEN_(pipe)
AGEN_FORGOTTEN_(loop)
#define AGEN_INITIALISED_(condition, what) \
    do { \
        if (AGEN_RARE_(!(condition))) \
            agen_this_##what##_was_never_initialised_(); \
    } while (0)
#else
#define AGEN_INITIALISED_(condition, what) ((void)0)
#endif

/* A fence for the compiler alone: no access moves across it. */
#if defined __clang__ && defined __MSP430__ /* its code generator fails at any fence */
#define AGEN_SIGNAL_FENCE_() __asm__ volatile("" : : : "memory")
#elif defined __GNUC__
#define AGEN_SIGNAL_FENCE_() __atomic_signal_fence(__ATOMIC_SEQ_CST)
#endif

#ifdef AGEN_CHECK_INTERRUPTS
/*
 * Each step takes the generator before it looks at the state, and gives the generator back after
 * it. The mark shares a byte with flags that an interrupt may change, so taking needs one atomic
 * access or the port's critical section. Without either, there are two instructions between which
 * an interrupt must not start an operation that waits.
 */
#ifdef __GNUC__
#define AGEN_IN_ORDER_ AGEN_SIGNAL_FENCE_()
#else
#define AGEN_IN_ORDER_ ((void)0)
#endif

AGEN_INLINE_ bool agen_take_(struct agen_frame_ *frame_)
{
    bool taken_;
#if defined AGEN_CRITICAL_ENTER
    {
        AGEN_CRITICAL_ENTER;
        taken_ = (frame_->base_.flags_ & AGEN_TAKEN_) != 0;
        frame_->base_.flags_ |= AGEN_TAKEN_;
        AGEN_CRITICAL_EXIT;
    }
#elif defined __GCC_ATOMIC_CHAR_LOCK_FREE && __GCC_ATOMIC_CHAR_LOCK_FREE == 2
    taken_ = __atomic_fetch_or(&frame_->base_.flags_, AGEN_TAKEN_, __ATOMIC_SEQ_CST) & AGEN_TAKEN_;
#else
    volatile uint8_t *flags = &frame_->base_.flags_;

    taken_ = (*flags & AGEN_TAKEN_) != 0;
    if (!taken_)
        *flags = (uint8_t)(*flags | AGEN_TAKEN_);
#endif
    AGEN_IN_ORDER_;
    return !taken_;
}

AGEN_INLINE_ void agen_give_back_(struct agen_frame_ *frame)
{
    volatile uint8_t *flags = &frame->base_.flags_;

    AGEN_IN_ORDER_;
    if (*flags & AGEN_TAKEN_) /* a start gives back twice; the second time it owns nothing */
        *flags = (uint8_t)(*flags & ~AGEN_TAKEN_);
}

/* The same for a root with a pending operation, which an interrupt may have ended meanwhile. */
AGEN_INLINE_ bool agen_take_pending_(struct agen_frame_ *root)
{
    if (!agen_take_(root))
        return false;
    if (root->base_.flags_ & AGEN_ROOT_)
        return true;
    agen_give_back_(root);
    return false;
}
#define AGEN_STATE_OF_(self) (*(volatile struct agen_base_ *)&AGEN_BASE_(self))
#define AGEN_LEAVING_(frame, call) \
    int status_ = (call); \
    agen_give_back_(frame); \
    return status_
#else
AGEN_INLINE_ bool agen_take_(struct agen_frame_ *frame)
{
    (void)frame;
    return true;
}

AGEN_INLINE_ void agen_give_back_(struct agen_frame_ *frame)
{
    (void)frame;
}
#define agen_take_pending_(root) agen_take_(root)
#define AGEN_STATE_OF_(self) AGEN_BASE_(self)
#define AGEN_LEAVING_(frame, call) return (call)
#endif

AGEN_INLINE_ void agen_init_(struct agen_frame_ *frame, agen_step_ step)
{
    frame->step_ = step;
    frame->base_.link_ = NULL;
    frame->base_.state_ = AGEN_NEW_;
    frame->base_.flags_ = 0;
    frame->base_.error_ = 0;
}

/* All steps but those of a wake-up go through this. */
AGEN_INLINE_ int agen_step_by_(agen_step_ step, struct agen_frame_ *frame, int argument,
                               struct agen_base_ *driver)
{
    AGEN_INITIALISED_(step != NULL, state);
    if (!agen_take_(frame))
        return AGEN_E_RUNNING;
    return (step)(frame, argument, driver);
}

/*
 * agen_leave_ must not step a generator with a finalizer again, because the generator may be gone
 * after that.
 */
AGEN_INLINE_ int agen_enter_(struct agen_frame_ *frame, int argument, struct agen_base_ *driver,
                             bool known)
{
    if (frame->base_.state_ != AGEN_NEW_ || argument != AGEN_RUN_)
        return argument;
    frame->base_.state_ = AGEN_BUSY_;
    if (known && AGEN_BY_TASK_(frame, driver))
        (void)((agen_task *)(void *)driver)->loop_->start_(frame, AGEN_START_, driver);
    frame->base_.state_ = AGEN_NEW_;
    return AGEN_START_;
}

/* Steps for a parent that awaits. */
AGEN_INLINE_ int agen_await_as_(agen_step_ step, struct agen_frame_ *frame, int argument,
                                struct agen_base_ *driver, struct agen_frame_ *parent)
{
    int status = agen_step_by_(step, frame, argument, driver);

    if (AGEN_RARE_(status == AGEN_PENDING))
        frame->base_.link_ = parent;
    return status;
}

AGEN_INLINE_ int agen_await_(struct agen_frame_ *frame, int argument, struct agen_base_ *driver,
                             struct agen_frame_ *parent)
{
    return agen_await_as_(frame->step_, frame, argument, driver, parent);
}

AGEN_INLINE_ int agen_next_by_(agen_step_ step, struct agen_frame_ *frame)
{
    int status = agen_step_by_(step, frame, AGEN_RUN_, &frame->base_);

    if (AGEN_RARE_((unsigned)status > AGEN_YIELDED) && status == AGEN_PENDING)
        frame->base_.flags_ |= AGEN_ROOT_;
    return status;
}

AGEN_INLINE_ int agen_next_(struct agen_frame_ *frame)
{
    return agen_next_by_(frame->step_, frame);
}

AGEN_INLINE_ int agen_send_(struct agen_frame_ *frame)
{
    int status = agen_step_by_(frame->step_, frame, AGEN_SENT_, &frame->base_);

    if (AGEN_RARE_((unsigned)status > AGEN_YIELDED) && status == AGEN_PENDING)
        frame->base_.flags_ |= AGEN_ROOT_;
    return status;
}

AGEN_INLINE_ bool agen_can_receive_(const struct agen_frame_ *frame)
{
    return frame->base_.state_ != AGEN_NEW_ && frame->base_.state_ < AGEN_CLOSED_;
}

AGEN_INLINE_ bool agen_is_code_(int e)
{
#ifdef __SDCC_stm8 /* stumbles over the shorter one */
    return e < 0 && e > AGEN_RETURN_;
#else
    return (unsigned)~e < 0x7FFFu; /* -1 to -32767: not AGEN_RETURN_ */
#endif
}

/* A call, because compilers warn about a comparison that is a statement. */
AGEN_INLINE_ bool agen_is_done_(int status)
{
    return status == AGEN_DONE;
}

/* What a close answers, given how its step ended. */
AGEN_INLINE_ int agen_closed_(int status)
{
    if (status == AGEN_E_EXIT)
        return AGEN_DONE;
    return status == AGEN_YIELDED ? (int)AGEN_E_IGNORED_EXIT : status;
}

AGEN_INLINE_ int agen_error_(const struct agen_frame_ *frame)
{
    return frame->base_.error_ == AGEN_RETURN_ ? 0 : frame->base_.error_;
}

#if !defined AGEN_SHARED || defined AGEN_IMPLEMENTATION
/*
 * Leaves a body in any way but a suspension. The state says why: the body ended, or was closed
 * before, or is busy, or is new and was not started, or the state is nonsense. Puts the state back
 * and answers.
 */
AGEN_FUNCTION_ int agen_leave_coroutine_(struct agen_frame_ *frame, int argument,
                                         struct agen_base_ *driver, uint8_t state)
{
    (void)driver;
    if (state == AGEN_NEW_ && argument < 0)
        state = AGEN_CLOSED_; /* thrown into a new one: it ends without running */
    frame->base_.state_ = state;
    if (state == AGEN_CLOSED_)
        return agen_is_code_(argument) ? argument : (int)AGEN_DONE;
    if (state & AGEN_BUSY_)
        return AGEN_E_RUNNING;
    if (state != AGEN_NEW_)
        return AGEN_E_BAD_STATE;
#if defined __OPTIMIZE_SIZE__ || defined AGEN_SHARED /* the body's file may be for size */
    if (argument == AGEN_RUN_)
        return frame->step_(frame, AGEN_START_, driver);
#endif
    return AGEN_E_JUST_STARTED;
}

/*
 * The same for a generator. The loop of a task is told of it first, and AGEN_E_STOP is converted. A
 * coroutine lets AGEN_E_STOP pass, because its consumer may be a generator.
 */
AGEN_FUNCTION_ int agen_leave_(struct agen_frame_ *frame, int argument, struct agen_base_ *driver,
                               uint8_t state)
{
    if (state == AGEN_NEW_ && argument != AGEN_SENT_ && AGEN_BY_TASK_(frame, driver))
        return ((agen_task *)(void *)driver)->loop_->start_(frame, argument, driver);
    argument = agen_leave_coroutine_(frame, argument, driver, state);
    return argument == AGEN_E_STOP ? (int)AGEN_E_STOP_LEAKED : argument;
}

/* The answer of an operation from plain C; if it is pending, its flags are kept for poll. */
static AGEN_UNUSED_ int agen_answer_(struct agen_frame_ *frame, int status, int flags)
{
    if (status == AGEN_PENDING)
        frame->base_.flags_ = (uint8_t)(frame->base_.flags_ | AGEN_ROOT_ | flags);
    else if (flags & AGEN_EXITED_) {
        if (status == AGEN_YIELDED)
            return AGEN_E_IGNORED_EXIT;
        if ((flags & AGEN_CLOSING_) && status == AGEN_E_EXIT)
            status = AGEN_DONE;
    }
    return status;
}

/* Starts an operation. */
AGEN_FUNCTION_ int agen_operate_(struct agen_frame_ *frame, int argument, int flags)
{
    return agen_answer_(frame, agen_step_by_(frame->step_, frame, argument, &frame->base_), flags);
}

AGEN_FUNCTION_ int agen_close_(struct agen_frame_ *frame)
{
    return agen_operate_(frame, AGEN_E_EXIT, AGEN_CLOSING_ | AGEN_EXITED_);
}

/*
 * A wake-up: steps the leaf, then each parent whose child has ended, up to the root. Each of them
 * belongs to `loop` from then on, or to none. After its step a frame may be gone, or taken by an
 * interrupt, unless it waits again.
 */
static inline AGEN_UNUSED_ int agen_drive_(const struct agen_frame_ *root,
                                           struct agen_frame_ *frame, int argument,
                                           struct agen_base_ *driver, agen_loop *loop)
{
    struct agen_frame_ *parent;

    for (;; frame = parent) {
        parent = frame->base_.link_;
        (void)agen_take_(frame);
        frame->base_.state_ &= (uint8_t)~AGEN_BUSY_;
#ifdef AGEN_CHECK_INTERRUPTS
        if (!loop) /* now: after the step an interrupt may have started an operation that waits */
            frame->base_.link_ = NULL;
#endif
        argument = frame->step_(frame, argument, driver);
        if (argument == AGEN_PENDING) {
#ifdef AGEN_CHECK_INTERRUPTS
            if (!frame->base_.link_)
                frame->base_.link_ = parent;
#endif
            return argument;
        }
#ifdef AGEN_CHECK_INTERRUPTS
        if (argument == AGEN_YIELDED && loop)
#else
        if (argument == AGEN_YIELDED)
#endif
            frame->base_.link_ = (struct agen_frame_ *)(void *)loop;
        if (frame == root)
            return argument;
    }
}

/*
 * Goes on with the pending operation of a root: steps the leaf, then each parent whose child has
 * ended. A frame that is no root with a pending operation is stepped itself: it is new, suspended,
 * or busy and refused.
 */
AGEN_FUNCTION_ int agen_go_on_(struct agen_frame_ *root, int argument)
{
    int flags;

    if (!(root->base_.flags_ & AGEN_ROOT_) || !agen_take_pending_(root)) {
        if (argument < 0 && root->base_.state_ < AGEN_BUSY_)
            return AGEN_DONE; /* nothing to abort */
        return agen_operate_(root, argument, 0);
    }
    flags = root->base_.flags_;
    root->base_.flags_ = (uint8_t)(flags & ~(AGEN_ROOT_ | AGEN_CLOSING_ | AGEN_EXITED_));
    flags &= AGEN_CLOSING_ | AGEN_EXITED_;
    if (argument == AGEN_E_EXIT)
        flags |= AGEN_EXITED_;
    argument = agen_drive_(root, root->base_.link_, argument, &root->base_, NULL);
    if (argument == AGEN_PENDING)
        agen_give_back_(root); /* unless the root was stepped, it still is */
    return agen_answer_(root, argument, flags);
}

/* A throw, or the abort of what is pending. */
AGEN_FUNCTION_ int agen_raise_(struct agen_frame_ *frame, int error, bool pending)
{
    if (!agen_is_code_(error))
        return AGEN_E_BAD_STATE;
    return pending ? agen_go_on_(frame, error) : agen_operate_(frame, error, 0);
}

AGEN_FUNCTION_ int agen_drop_(struct agen_frame_ *frame)
{
    agen_loop *loop = (agen_loop *)(void *)frame->base_.link_;

    if (frame->base_.state_ == AGEN_NEW_ || frame->base_.state_ >= AGEN_CLOSED_ || !loop
        || !loop->finalizer)
        return agen_close_(frame);
    frame->base_.link_ = NULL; /* once */
    (loop->finalizer)((agen_t *)(void *)frame);
    return AGEN_DONE;
}

AGEN_FUNCTION_ const char *agen_strerror(int code)
{
    switch (code) {
    case AGEN_DONE: return "done";
    case AGEN_YIELDED: return "yielded";
    case AGEN_PENDING: return "pending";
    case AGEN_E_EXIT: return "exit";
    case AGEN_E_CANCELLED: return "cancelled";
    case AGEN_E_STOP: return "stop";
    case AGEN_E_STOP_LEAKED: return "the generator raised stop";
    case AGEN_E_RUNNING: return "already running (agen_poll carries on what waits)";
    case AGEN_E_IGNORED_EXIT: return "the generator ignored the exit";
    case AGEN_E_JUST_STARTED: return "cannot send to a generator that has just started";
    case AGEN_E_TIMEOUT: return "timed out";
    case AGEN_E_BAD_STATE: return "bad state";
    case AGEN_E_NO_LOOP: return "no event loop";
    case AGEN_E_CLOSED: return "closed";
    case AGEN_E_INCOMPLETE: return "the stream ended too early";
    case AGEN_E_TOO_LONG: return "no delimiter within the limit";
    default: break;
    }
    return agen_is_code_(code) && code > AGEN_E_LAST ? "application error" : "unknown status";
}
#endif

#ifndef AGEN_NO_LOOP
/*
 * --- The loop ------------------------------------------------------------------------------------
 */
AGEN_FUNCTION_ void agen_loop_init(agen_loop *loop, agen_ticks (*now)(void));
AGEN_FUNCTION_ bool agen_loop_poll(agen_loop *loop);
AGEN_FUNCTION_ agen_ticks agen_loop_idle_ticks(agen_loop *loop);
AGEN_FUNCTION_ int agen_loop_run_until(agen_loop *loop, const agen_task *task);
AGEN_FUNCTION_ void agen_loop_cancel_all(agen_loop *loop);
AGEN_FUNCTION_ int agen_loop_shutdown(agen_loop *loop);
#ifdef AGEN_DUMP
AGEN_FUNCTION_ void agen_loop_dump(agen_loop *loop,
                                   void (*write)(void *context, const char *text, size_t length)
                                       AGEN_REENTRANT_,
                                   void *context);
#else
#define agen_loop_dump(loop, write, context) ((void)(loop), (void)(write), (void)(context))
#endif
#ifdef AGEN_WARN_SPAWN
#define AGEN_SPAWN_MUST_USE_ AGEN_MUST_USE_
#else
#define AGEN_SPAWN_MUST_USE_
#endif
AGEN_OUTLINE_ AGEN_SPAWN_MUST_USE_ int agen_spawn_(agen_loop *loop, agen_task *task,
                                                   struct agen_frame_ *frame, agen_group *group);
AGEN_FUNCTION_ int agen_spawn_close_(agen_loop *loop, agen_task *task, struct agen_frame_ *frame);
AGEN_OUTLINE_ AGEN_MUST_USE_ int agen_track_(agen_loop *loop, agen_task *task,
                                             struct agen_frame_ *frame);
AGEN_FUNCTION_ bool agen_untrack(agen_task *task);
AGEN_FUNCTION_ bool agen_cancel(agen_task *task);
AGEN_FUNCTION_ int agen_task_status(const agen_task *task);
AGEN_FUNCTION_ int agen_join_(struct agen_base_ *driver, struct agen_frame_ *leaf, agen_task *task);
AGEN_FUNCTION_ int agen_ended_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                               agen_task *task);
AGEN_FUNCTION_ int agen_sleep_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                               agen_ticks ticks);
AGEN_FUNCTION_ int agen_sleep_until_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                     agen_ticks deadline);
AGEN_OUTLINE_ int agen_timeout_enter_(struct agen_base_ *driver, agen_timeout *limit,
                                      agen_ticks ticks);
AGEN_FUNCTION_ int agen_timeout_leave_(agen_timeout *limit, int argument);
AGEN_OUTLINE_ int agen_group_enter_(struct agen_base_ *driver, agen_group *group, bool race);
AGEN_FUNCTION_ int agen_group_leave_(struct agen_frame_ *leaf, agen_group *group, int argument);
AGEN_FUNCTION_ AGEN_MUST_USE_ int agen_group_spawn_(agen_group *group, agen_task *task,
                                                    struct agen_frame_ *frame);
AGEN_FUNCTION_ int agen_wait_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                              struct agen_list_ *list);
AGEN_FUNCTION_ int agen_acquire_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                 struct agen_permits_ *permits);
AGEN_FUNCTION_ AGEN_MUST_USE_ int agen_release_(struct agen_permits_ *permits);
AGEN_FUNCTION_ bool agen_wake_all_(struct agen_list_ *list, int argument);
AGEN_FUNCTION_ void agen_notify(agen_condition *condition, unsigned count);
AGEN_FUNCTION_ int agen_condition_wait_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                        agen_condition *condition);
AGEN_FUNCTION_ bool agen_leave_alternative_(struct agen_base_ *driver, int phase,
                                            agen_alternative *alternative);
AGEN_FUNCTION_ void agen_taken_(struct agen_base_ *driver, struct agen_node_ *node);
AGEN_FUNCTION_ int agen_until_(struct agen_base_ *driver, agen_ticks deadline);
AGEN_FUNCTION_ int agen_within_(struct agen_base_ *driver, agen_ticks ticks);
AGEN_FUNCTION_ void agen_queue_init_(void *head, struct agen_queue_ *queue, size_t capacity,
                                     size_t size, void *full);
AGEN_FUNCTION_ int agen_queue_wait_item_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                         struct agen_queue_ *queue);
AGEN_FUNCTION_ int agen_queue_wait_room_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                         struct agen_queue_ *queue);
AGEN_FUNCTION_ void agen_queue_publish_(struct agen_queue_ *queue);
AGEN_FUNCTION_ int agen_queue_mine_(struct agen_queue_ *queue);
AGEN_FUNCTION_ int agen_queue_put_(struct agen_queue_ *queue, unsigned place);
AGEN_FUNCTION_ void agen_queue_got_(struct agen_queue_ *queue);
AGEN_FUNCTION_ void agen_queue_close_(struct agen_queue_ *queue);

AGEN_FUNCTION_ void agen_pipe_init_(struct agen_pipe_ *pipe, size_t size);
AGEN_FUNCTION_ size_t agen_pipe_level_(const struct agen_pipe_ *pipe, bool room);
AGEN_FUNCTION_ size_t agen_pipe_put_(struct agen_pipe_ *pipe, const void *data, size_t n,
                                     bool from_interrupt);
AGEN_FUNCTION_ size_t agen_pipe_take_(struct agen_pipe_ *pipe, void *buffer, size_t n,
                                      bool from_interrupt);
AGEN_FUNCTION_ const uint8_t *agen_pipe_borrow_(struct agen_pipe_ *pipe, size_t *size);
AGEN_OUTLINE_ int agen_pipe_wait_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                  struct agen_pipe_ *pipe, size_t n, bool room);
AGEN_FUNCTION_ int agen_pipe_wait_bytes_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                         struct agen_pipe_ *pipe, size_t n, int argument);
AGEN_FUNCTION_ int agen_pipe_read_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                   struct agen_pipe_ *pipe, int how, void *buffer, size_t n,
                                   size_t *count, int argument);
AGEN_FUNCTION_ int agen_pipe_write_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                    struct agen_pipe_ *pipe, const void *data, size_t n,
                                    size_t *count, int argument);
AGEN_FUNCTION_ void agen_pipe_close_(struct agen_pipe_ *pipe);
AGEN_FUNCTION_ void agen_chunks_init_(agen_chunks *chunks, struct agen_pipe_ *pipe);

AGEN_INLINE_ agen_task *agen_task_of_(struct agen_base_ *driver)
{
    return driver->state_ < AGEN_BUSY_ ? (agen_task *)(void *)driver : NULL;
}

AGEN_INLINE_ agen_loop *agen_loop_of_(struct agen_base_ *driver)
{
    agen_task *task = agen_task_of_(driver);

    return task ? task->loop_ : NULL;
}

AGEN_INLINE_ int agen_cancelling(const agen_task *task)
{
    return task ? (task->entry_.base_.flags_ & AGEN_CANCELS_) / AGEN_CANCELS_ONE_ : 0;
}

AGEN_INLINE_ agen_ticks agen_delay_(agen_number_ n)
{
    return (agen_ticks)(AGEN_TOO_LONG_(n) && n != AGEN_FOREVER ? AGEN_FOREVER - 1 : n);
}

AGEN_INLINE_ int agen_loop_run(agen_loop *loop)
{
    return agen_loop_run_until(loop, NULL);
}

/*
 * Spawns the closes of all tracked generators, all together. The adapters to other loops call it
 * when they stop.
 */
AGEN_INLINE_ void agen_loop_close_tracked_(agen_loop *loop)
{
    agen_task *task;

    while ((task = loop->tracked_) != NULL) {
        struct agen_frame_ *frame = task->root_;
        int status;

        (void)agen_untrack(task);
        status = agen_spawn_close_(loop, task, frame);
        if (status < 0) {
            task->entry_.base_.error_ = (int16_t)status;
            if (loop->error)
                (loop->error)(loop, task, status);
        }
    }
}

/* Registers nothing: a task runs again in the next pass, and plain C polls. */
AGEN_INLINE_ int agen_pause_(struct agen_base_ *driver, struct agen_frame_ *leaf)
{
    driver->link_ = leaf;
    return AGEN_PENDING;
}

/* The phases of a select. Each goes once over the alternatives. */
enum agen_phase_ {
    AGEN_ENTER_ALL_ = 1, /* until one can be taken at once */
    AGEN_LEAVE_SOME_,    /* those before it, and take it */
    AGEN_LEAVE_ALL_,     /* after a wake-up */
    AGEN_TAKE_
};

#define AGEN_DEADLINE_(task) ((struct agen_node_ *)(void *)(task)) /* marks it as what was taken */

AGEN_INLINE_ int agen_select_(struct agen_base_ *driver)
{
    if (driver->state_ < AGEN_BUSY_)
        driver->state_ = AGEN_TASK_SELECTS_;
    return AGEN_ENTER_ALL_;
}

/* Whether the task that is this driver is in the ready queue. */
AGEN_INLINE_ bool agen_is_ready_(const struct agen_base_ *driver)
{
    return driver->state_ <= AGEN_TASK_READY_WITH_;
}

/* Whether to enter this alternative: not after another one has been taken. */
AGEN_INLINE_ bool agen_entering_(struct agen_base_ *driver, agen_alternative *alternative)
{
    alternative->node_.list_ = NULL;
    return !agen_is_ready_(driver);
}

AGEN_INLINE_ bool agen_is_taken_(struct agen_base_ *driver, const struct agen_node_ *node)
{
    agen_task *task = agen_task_of_(driver);

    return !task || task->entry_.place_.ready_.taken_ == node;
}

/*
 * --- What the loop shares with interrupts --------------------------------------------------------
 */

/*
 * One access to what the loop shares with interrupts. The accesses are sequentially consistent: a
 * waiter first stores which loop it is on and then looks for the event; an interrupt first raises
 * the event and then looks for the loop. Every name in the scope of the port's critical section
 * ends in an underscore, so that the variable which that section declares may have any other name.
 */
#if defined AGEN_HAVE_ISR_ && !defined AGEN_CRITICAL_ENTER
#define AGEN_LOAD_(type, place) __atomic_load_n(place, __ATOMIC_SEQ_CST)
#define AGEN_SWAP_(place, value, was) was = __atomic_exchange_n(place, value, __ATOMIC_SEQ_CST)
#define AGEN_CHANGE_(place, was, condition, value, changed) \
    do { \
        was = __atomic_load_n(place, __ATOMIC_SEQ_CST); \
        do \
            changed = (condition); \
        while (changed \
               && !__atomic_compare_exchange_n(place, &was, value, true, __ATOMIC_SEQ_CST, \
                                               __ATOMIC_SEQ_CST)); \
    } while (0)
#else
#ifndef AGEN_CRITICAL_ENTER
#define AGEN_CRITICAL_ENTER ((void)0)
#define AGEN_CRITICAL_EXIT ((void)0)
#endif
#define AGEN_LOAD_(type, place) (*(type volatile *)(void *)(place))
#define AGEN_SWAP_(place, value, was) \
    do { \
        AGEN_CRITICAL_ENTER; \
        was = *(place); \
        *(place) = value; \
        AGEN_CRITICAL_EXIT; \
    } while (0)
#define AGEN_CHANGE_(place, was, condition, value, changed) \
    do { \
        AGEN_CRITICAL_ENTER; \
        was = *(place); \
        changed = (condition); \
        if (changed) \
            *(place) = value; \
        AGEN_CRITICAL_EXIT; \
    } while (0)
#endif

AGEN_INLINE_ uint8_t agen_swap_byte_(uint8_t *place_, uint8_t value_)
{
    uint8_t was_;

    AGEN_SWAP_(place_, value_, was_);
    return was_;
}

/* Takes a permit if there is one. */
AGEN_INLINE_ bool agen_permit_take_(int16_t *permits_)
{
    int16_t was_;
    bool changed_;

    AGEN_CHANGE_(permits_, was_, was_ >= 0, (int16_t)(was_ - 1), changed_);
    return changed_;
}

AGEN_INLINE_ void agen_permit_give_(int16_t *permits_)
{
    int16_t was_;
    bool changed_;

    AGEN_CHANGE_(permits_, was_, true, (int16_t)(was_ + 1), changed_);
    (void)changed_;
}

/*
 * From here on interrupts know which loop to tell. The exchange also keeps in order what was stored
 * before it and what is loaded after it.
 */
AGEN_INLINE_ void agen_wakeup_set_(struct agen_wakeup_ *wakeup_, agen_loop *loop_)
{
    agen_loop *was_;

    AGEN_SWAP_(&wakeup_->loop_, loop_, was_);
    (void)was_;
}

/* The same, where only the loop matters. False if interrupts knew the loop already. */
AGEN_INLINE_ bool agen_wakeup_for_(struct agen_wakeup_ *wakeup_, agen_loop *loop_)
{
    if (AGEN_LOAD_(agen_loop *, &wakeup_->loop_) == loop_)
        return false; /* an exchange may be a locked instruction */
    agen_wakeup_set_(wakeup_, loop_);
    return true;
}

AGEN_INLINE_ struct agen_wakeup_ *agen_wakeups_take_(agen_loop *loop_)
{
    struct agen_wakeup_ *was_;

    AGEN_SWAP_(&loop_->wakeups_, NULL, was_);
    return was_;
}

/* Lists of waiters: first come, first served. */
AGEN_INLINE_ void agen_list_append_(struct agen_list_ *list, struct agen_node_ *node)
{
    struct agen_node_ *first = list->first_;

    node->list_ = list;
    if (!first) {
        list->first_ = node->next_ = node->previous_ = node;
        return;
    }
    node->next_ = first;
    node->previous_ = first->previous_;
    first->previous_->next_ = node;
    first->previous_ = node;
}

/* The driver of the leaf is a task, which waits from now on. */
AGEN_INLINE_ int agen_wait_as_leaf_(agen_task *task, struct agen_frame_ *leaf,
                                    struct agen_list_ *list)
{
    struct agen_node_ *node = &task->entry_.place_.node_;

    task->entry_.base_.link_ = leaf;
    task->entry_.base_.state_ = AGEN_TASK_WAITING_;
    node->task_ = task;
    agen_list_append_(list, node);
    return AGEN_PENDING;
}

/* An interrupt has set the event; the loop now sets it, too. */
static AGEN_UNUSED_ AGEN_OFF_THE_PATH_ bool agen_event_raised_(agen_event *event)
{
    if (!agen_swap_byte_(&event->wakeup_.of_.event_.raised_, 0))
        return false;
    event->wakeup_.of_.event_.set_ = true;
    (void)agen_wake_all_(&event->list_, AGEN_RUN_);
    return true;
}

AGEN_INLINE_ bool agen_event_take_(agen_event *event)
{
    return AGEN_LOAD_(uint8_t, &event->wakeup_.of_.event_.raised_) != 0
           && agen_event_raised_(event);
}

static AGEN_UNUSED_ AGEN_OFF_THE_PATH_ int agen_event_wait_slowly_(struct agen_base_ *driver,
                                                                  struct agen_frame_ *leaf,
                                                                  agen_event *event)
{
    if (agen_event_take_(event))
        return AGEN_DONE;
    if (driver->state_ < AGEN_BUSY_
        && agen_wakeup_for_(&event->wakeup_, ((agen_task *)(void *)driver)->loop_)
        && agen_event_take_(event))
        return AGEN_DONE;
    return agen_wait_(driver, leaf, &event->list_);
}

AGEN_INLINE_ int agen_event_wait_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                  agen_event *event)
{
    if (event->wakeup_.of_.event_.set_)
        return AGEN_DONE;
#ifndef AGEN_SMALL_ /* the usual case: interrupts know the loop, and have not set the event */
    if (driver->state_ < AGEN_BUSY_
        && AGEN_LOAD_(uint8_t, &event->wakeup_.of_.event_.raised_) == 0
        && AGEN_LOAD_(agen_loop *, &event->wakeup_.loop_)
               == ((agen_task *)(void *)driver)->loop_)
        return driver->state_ == AGEN_TASK_RUNNING_
                   ? agen_wait_as_leaf_((agen_task *)(void *)driver, leaf, &event->list_)
                   : agen_wait_(driver, leaf, &event->list_);
#endif
    return agen_event_wait_slowly_(driver, leaf, event);
}

AGEN_INLINE_ void agen_event_set(agen_event *event)
{
    event->wakeup_.of_.event_.set_ = true;
    (void)agen_wake_all_(&event->list_, AGEN_RUN_);
}

AGEN_INLINE_ void agen_event_clear(agen_event *event)
{
    (void)agen_event_take_(event); /* a task that waits now waits for this */
    event->wakeup_.of_.event_.set_ = false;
}

AGEN_INLINE_ bool agen_event_is_set(agen_event *event)
{
    return event->wakeup_.of_.event_.set_
           || AGEN_LOAD_(uint8_t, &event->wakeup_.of_.event_.raised_) != 0;
}

#ifdef AGEN_HAVE_ISR_
/*
 * Only what makes `queued_` true pushes the node. The loop makes it false before it looks at the
 * reason.
 */
AGEN_INLINE_ void agen_tell_(struct agen_wakeup_ *wakeup_)
{
    agen_loop *loop_ = AGEN_LOAD_(agen_loop *, &wakeup_->loop_);
    struct agen_wakeup_ *was_;
    bool changed_;

    if (!loop_ || agen_swap_byte_(&wakeup_->queued_, 1))
        return;
    AGEN_CHANGE_(&loop_->wakeups_, was_, (wakeup_->next_ = was_, true), wakeup_, changed_);
    (void)changed_;
}

AGEN_INLINE_ void agen_event_set_isr_(agen_event *event)
{
    (void)agen_swap_byte_(&event->wakeup_.of_.event_.raised_, 1);
    agen_tell_(&event->wakeup_);
}
#endif

#ifdef AGEN_HAVE_ISR_
AGEN_INLINE_ void agen_notify_isr_(agen_condition *condition_, unsigned count_)
{
    int16_t was_;
    bool changed_;

    AGEN_CHANGE_(&condition_->wakeup_.of_.raised_, was_, true,
                 (int16_t)(count_ < (unsigned)(INT16_MAX - was_) ? (unsigned)was_ + count_
                                                                 : INT16_MAX),
                 changed_);
    (void)changed_;
    agen_tell_(&condition_->wakeup_);
}
#endif

/* Of a permits that interrupts do not touch, that is, any but the room of a queue. */
AGEN_INLINE_ bool agen_try_acquire_(struct agen_permits_ *permits)
{
    if (permits->free_ < 0)
        return false;
    permits->free_--;
    return true;
}

AGEN_INLINE_ void agen_semaphore_init(agen_semaphore *semaphore, int permits)
{
    semaphore->permits_.list_.first_ = NULL;
    semaphore->permits_.free_ = (int16_t)(permits - 1);
    semaphore->permits_.kind_ = AGEN_COUNTING_;
}

/* A place at the tail, for the producer that has taken room. */
AGEN_INLINE_ uint16_t agen_queue_place_(struct agen_queue_ *queue_)
{
    uint16_t was_;
    bool changed_;

    AGEN_INITIALISED_(queue_->capacity_ != 0, queue);
    AGEN_CHANGE_(&queue_->tail_, was_, true,
                 (uint16_t)(was_ + 1u == queue_->capacity_ ? 0 : was_ + 1u), changed_);
    (void)changed_;
    return was_;
}

AGEN_INLINE_ uint8_t *agen_queue_full_(struct agen_queue_ *queue, unsigned place)
{
    return (uint8_t *)queue + queue->full_ + place / 8;
}

/* A place is marked from when it has been filled until the loop publishes it. */
AGEN_INLINE_ void agen_queue_mark_(struct agen_queue_ *queue_, unsigned place_)
{
    uint8_t was_, *byte_ = agen_queue_full_(queue_, place_);
    bool changed_;

    AGEN_CHANGE_(byte_, was_, true, (uint8_t)(was_ | 1u << place_ % 8), changed_);
    (void)changed_;
}

/* Whether there was a mark. */
AGEN_INLINE_ bool agen_queue_unmark_(struct agen_queue_ *queue_, unsigned place_)
{
    unsigned bit_ = 1u << place_ % 8;
    uint8_t was_, *byte_ = agen_queue_full_(queue_, place_);
    bool changed_;

    AGEN_CHANGE_(byte_, was_, (was_ & bit_) != 0, (uint8_t)(was_ ^ bit_), changed_);
    return changed_;
}

AGEN_INLINE_ bool agen_queue_item_(struct agen_queue_ *queue)
{
    AGEN_INITIALISED_(queue->capacity_ != 0, queue);
#ifndef AGEN_SMALL_ /* what is published comes first, whatever is marked */
    if (agen_try_acquire_(&queue->items_))
        return true;
#endif
    agen_queue_publish_(queue);
    return agen_try_acquire_(&queue->items_);
}

/*
 * Whether a wait brought an item. An item that a cancelled getter gave back after the close counts,
 * too.
 */
AGEN_INLINE_ bool agen_queue_granted_(struct agen_queue_ *queue, int argument)
{
    return argument == AGEN_RUN_ || agen_queue_item_(queue);
}

AGEN_INLINE_ unsigned agen_queue_count_(struct agen_queue_ *queue)
{
    agen_queue_publish_(queue);
    return queue->count_;
}

#ifndef __GNUC__
/*
 * For compilers whose expressions have no variables: the place that was reserved last and is not
 * full. An interrupt has filled its own place before the interrupted code goes on.
 */
AGEN_INLINE_ unsigned agen_queue_reserved_(struct agen_queue_ *queue_)
{
    uint16_t tail_;
    bool changed_;
    unsigned place_;

    AGEN_CHANGE_(&queue_->tail_, tail_, false, tail_, changed_);
    (void)changed_;
    place_ = tail_;
    do
        place_ = (place_ == 0 ? queue_->capacity_ : place_) - 1;
    while (AGEN_LOAD_(uint8_t, agen_queue_full_(queue_, place_)) >> place_ % 8 & 1);
    return place_;
}
#endif

#ifdef AGEN_HAVE_ISR_
AGEN_INLINE_ int agen_queue_reserve_isr_(struct agen_queue_ *queue)
{
    if (AGEN_LOAD_(uint8_t, &queue->wakeup_.of_.closed_) || !agen_permit_take_(&queue->room_.free_))
        return -1;
    return (int)agen_queue_place_(queue);
}

AGEN_INLINE_ void agen_queue_commit_isr_(struct agen_queue_ *queue, unsigned place)
{
    agen_queue_mark_(queue, place);
    agen_tell_(&queue->wakeup_);
}

#ifndef __GNUC__
AGEN_INLINE_ bool agen_queue_commit_reserved_(struct agen_queue_ *queue)
{
    agen_queue_commit_isr_(queue, agen_queue_reserved_(queue));
    return true;
}
#endif
#endif

/*
 * --- The bytes of a pipe -------------------------------------------------------------------------
 */

/*
 * The two sides of a pipe share single loads and stores. What one side did with the bytes before it
 * stored its index, the other side sees after it has loaded that index. A waiter stores `wanted_`
 * and then loads the index of the other side; the other side stores its index and then loads
 * `wanted_`. So at least one of the two sees what the other has stored.
 */
#if defined __GNUC__ && defined __GCC_ATOMIC_SHORT_LOCK_FREE && __GCC_ATOMIC_SHORT_LOCK_FREE == 2
#define AGEN_FENCE_() ((void)0)
#define AGEN_FETCH_(type, place) __atomic_load_n(place, __ATOMIC_SEQ_CST)
#define AGEN_STORE_(type, place, value) \
    __atomic_store_n(place, (type)(value), __ATOMIC_SEQ_CST)
typedef uint8_t agen_byte_;
#else
#define AGEN_FETCH_(type, place) (*(const volatile type *)(place))
#define AGEN_STORE_(type, place, value) (*(volatile type *)(place) = (type)(value))
#if defined __GNUC__
#ifdef __ARM_ARCH_6M__ /* may have two processors */
#define AGEN_FENCE_() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#else
#define AGEN_FENCE_() AGEN_SIGNAL_FENCE_()
#endif
typedef uint8_t agen_byte_;
#else
#define AGEN_FENCE_() ((void)0)
typedef volatile uint8_t agen_byte_;
#endif
#endif

/* Loads the index of this side. */
AGEN_INLINE_ unsigned agen_own_(const struct agen_pipe_ *pipe, const agen_offset_ *index)
{
#ifdef AGEN_NARROW_
    return AGEN_IS_NARROW_(pipe) ? index->narrow_ : index->wide_;
#else
    (void)pipe;
    return *index;
#endif
}

/* Loads the index of the other side. */
AGEN_INLINE_ unsigned agen_fetch_(const struct agen_pipe_ *pipe_, const agen_offset_ *index_)
{
    unsigned value_;

#ifdef AGEN_NARROW_
    if (AGEN_IS_NARROW_(pipe_)) {
        value_ = AGEN_FETCH_(uint8_t, &index_->narrow_);
    } else {
        AGEN_CRITICAL_ENTER;
        value_ = AGEN_FETCH_(uint16_t, &index_->wide_);
        AGEN_CRITICAL_EXIT;
    }
#else
    (void)pipe_;
    value_ = AGEN_FETCH_(agen_offset_, index_);
#endif
    AGEN_FENCE_();
    return value_;
}

/* Stores the index of this side, for the other side. */
AGEN_INLINE_ void agen_store_(const struct agen_pipe_ *pipe_, agen_offset_ *index_, size_t value_)
{
    AGEN_FENCE_();
#ifdef AGEN_NARROW_
    if (AGEN_IS_NARROW_(pipe_)) {
        AGEN_STORE_(uint8_t, &index_->narrow_, value_);
    } else {
        AGEN_CRITICAL_ENTER;
        AGEN_STORE_(uint16_t, &index_->wide_, value_);
        AGEN_CRITICAL_EXIT;
    }
#else
    (void)pipe_;
    AGEN_STORE_(agen_offset_, index_, value_);
#endif
    AGEN_FENCE_();
}

AGEN_INLINE_ uint8_t *agen_pipe_bytes_(struct agen_pipe_ *pipe)
{
    return (uint8_t *)(void *)(pipe + 1);
}

/* How many bytes are between two indices. */
AGEN_INLINE_ unsigned agen_pipe_between_(const struct agen_pipe_ *pipe, unsigned head,
                                         unsigned tail)
{
    AGEN_INITIALISED_(pipe->size_ != 0, pipe);
    return tail >= head ? tail - head : tail + pipe->size_ - head;
}

/*
 * Whether the pipe is closed. Ask before the level, so that the level counts what came before the
 * close. Zeroed memory is no pipe: it takes no byte, in builds without the test for it.
 */
AGEN_INLINE_ bool agen_pipe_closed_(const struct agen_pipe_ *pipe)
{
    bool closed = AGEN_FETCH_(uint8_t, &pipe->wakeup_.kind_) != AGEN_OF_OTHER_;

    AGEN_FENCE_();
    return closed;
}

AGEN_INLINE_ bool agen_pipe_ended_(const struct agen_pipe_ *pipe)
{
    return agen_pipe_closed_(pipe) && !agen_pipe_level_(pipe, false);
}

/* An interrupt counts while the loop may be looking. */
AGEN_INLINE_ unsigned agen_pipe_lost_(const struct agen_pipe_ *pipe)
{
    const uint16_t *place = &pipe->wakeup_.of_.lost_;
    unsigned lost = AGEN_FETCH_(uint16_t, place);

#ifdef AGEN_NARROW_
    unsigned again;

    while ((again = AGEN_FETCH_(uint16_t, place)) != lost)
        lost = again;
#endif
    return lost;
}

/*
 * The waiter goes on, or finds that it is too early. Where interrupts cannot tell, a waiter asks in
 * each pass.
 */
AGEN_INLINE_ void agen_pipe_notify_(struct agen_pipe_ *pipe)
{
#ifdef AGEN_HAVE_ISR_
    agen_tell_(&pipe->wakeup_);
#else
    (void)pipe;
#endif
}

AGEN_INLINE_ void agen_pipe_close_isr_(struct agen_pipe_ *pipe)
{
    AGEN_FENCE_();
    AGEN_STORE_(uint8_t, &pipe->wakeup_.kind_, AGEN_OF_CLOSED_PIPE_);
    AGEN_FENCE_();
    agen_pipe_notify_(pipe);
}

/*
 * --- Timers --------------------------------------------------------------------------------------
 */

#if !defined AGEN_SHARED || defined AGEN_IMPLEMENTATION
/*
 * The tree of timers: a treap, ordered by deadline from left to right, later insertions to the
 * right of equal ones, and a heap by a hash of the address, which keeps it shallow and takes no
 * memory. The root has no parent: there it keeps the last timer, after which equal time-outs are
 * inserted without a search. Deadlines are compared by their distance from the last pass, before
 * which none is: so they may wrap.
 */
static AGEN_UNUSED_ AGEN_ONCE_ uintptr_t agen_priority_(const struct agen_entry_ *entry)
{
    uintptr_t hash = (uintptr_t)entry * (uintptr_t)0x9E3779B97F4A7C15u;

    return hash * (hash >> sizeof hash * 4);
}

static AGEN_UNUSED_ agen_ticks agen_timer_ahead_(const agen_loop *loop,
                                                const struct agen_entry_ *entry)
{
    return (agen_ticks)(entry->place_.timer_.deadline_ - loop->last_);
}

/* Puts `with`, or nothing, where `entry` is. */
static AGEN_UNUSED_ AGEN_ONCE_ void agen_timer_replace_(agen_loop *loop,
                                                        struct agen_entry_ *entry,
                                                        struct agen_entry_ *with)
{
    struct agen_entry_ *parent = entry->place_.timer_.parent_;

    if (loop->timers_ == entry)
        loop->timers_ = with;
    else if (parent->place_.timer_.left_ == entry)
        parent->place_.timer_.left_ = with;
    else
        parent->place_.timer_.right_ = with;
    if (with)
        with->place_.timer_.parent_ = parent;
}

/* Rotates the edge above `entry`, so that its parent becomes its child. */
static AGEN_UNUSED_ void agen_timer_rotate_(agen_loop *loop, struct agen_entry_ *entry)
{
    struct agen_entry_ *parent = entry->place_.timer_.parent_, *middle;

    agen_timer_replace_(loop, parent, entry);
    if (parent->place_.timer_.left_ == entry) {
        middle = entry->place_.timer_.right_;
        parent->place_.timer_.left_ = middle;
        entry->place_.timer_.right_ = parent;
    } else {
        middle = entry->place_.timer_.left_;
        parent->place_.timer_.right_ = middle;
        entry->place_.timer_.left_ = parent;
    }
    if (middle)
        middle->place_.timer_.parent_ = parent;
    parent->place_.timer_.parent_ = entry;
}

static AGEN_UNUSED_ void agen_timer_insert_(agen_loop *loop, struct agen_entry_ *entry,
                                            agen_ticks deadline)
{
    struct agen_entry_ *root = loop->timers_, *parent = entry, *at;
    agen_ticks ahead = (agen_ticks)(deadline - loop->last_);
    bool left = false;

    if (!root) {
        loop->timers_ = loop->next_timer_ = entry;
    } else if (ahead >= agen_timer_ahead_(loop, root->place_.timer_.parent_)) {
        parent = root->place_.timer_.parent_;
        parent->place_.timer_.right_ = root->place_.timer_.parent_ = entry;
    } else {
        for (at = root; at; at = left ? at->place_.timer_.left_ : at->place_.timer_.right_) {
            parent = at;
            left = ahead < agen_timer_ahead_(loop, at);
        }
        if (!left) {
            parent->place_.timer_.right_ = entry;
        } else {
            parent->place_.timer_.left_ = entry;
            if (loop->next_timer_ == parent)
                loop->next_timer_ = entry;
        }
    }
    entry->place_.timer_.deadline_ = deadline;
    entry->place_.timer_.left_ = entry->place_.timer_.right_ = NULL;
    entry->place_.timer_.parent_ = parent;
    while (loop->timers_ != entry
           && agen_priority_(entry) < agen_priority_(entry->place_.timer_.parent_))
        agen_timer_rotate_(loop, entry);
}

static AGEN_UNUSED_ void agen_timer_remove_(agen_loop *loop, struct agen_entry_ *entry)
{
    struct agen_entry_ *left = entry->place_.timer_.left_, *root = loop->timers_, *at;
    struct agen_entry_ *right = entry->place_.timer_.right_;
    struct agen_entry_ *parent = root == entry ? NULL : entry->place_.timer_.parent_;

    if (loop->next_timer_ == entry) { /* the leftmost: next is above, or leftmost on its right */
        at = right ? right : parent;
        while (right && at->place_.timer_.left_)
            at = at->place_.timer_.left_;
        loop->next_timer_ = at;
    }
    if (root->place_.timer_.parent_ == entry) { /* the same on the other side */
        at = left ? left : parent;
        while (left && at->place_.timer_.right_)
            at = at->place_.timer_.right_;
        root->place_.timer_.parent_ = at;
    }
    while (left && right) {
        agen_timer_rotate_(loop, agen_priority_(left) < agen_priority_(right) ? left : right);
        left = entry->place_.timer_.left_;
        right = entry->place_.timer_.right_;
    }
    agen_timer_replace_(loop, entry, left ? left : right);
}

/*
 * --- Waiting and waking --------------------------------------------------------------------------
 */

static AGEN_UNUSED_ void agen_list_remove_(struct agen_node_ *node)
{
    struct agen_list_ *list = node->list_;
    struct agen_node_ *next = node->next_;

    next->previous_ = node->previous_;
    node->previous_->next_ = next;
    if (list->first_ == node)
        list->first_ = next == node ? NULL : next;
}

/* Calls the hook, if AGEN_TRACE is defined. */
#ifdef AGEN_TRACE
static void agen_where_is_(struct agen_frame_ *frame, struct agen_where_ *where);

#define AGEN_TRACED_(task, event, status) \
    AGEN_TRACE((task)->loop_, task, event, status, (const struct agen_place *)NULL)

/* Whether a body is the user's. The generators of queues and pipes are this header's. */
static AGEN_UNUSED_ bool agen_is_users_(const char *name)
{
    const char *own = "agen_";

    while (*own != '\0' && *name == *own) {
        own++;
        name++;
    }
    return *own != '\0';
}

/* With the place, which is that of the innermost body of the user's that answers. */
static AGEN_UNUSED_ void agen_traced_at_(agen_task *task, int event)
{
    struct agen_frame_ *frame = task->entry_.base_.link_;
    struct agen_where_ where;
    struct agen_place place;

    for (;; frame = frame->base_.link_) {
        where.file_ = where.what_ = NULL;
        agen_where_is_(frame, &where);
        if ((where.line_ && agen_is_users_(where.name_)) || frame == task->root_)
            break;
    }
    place.body = where.name_;
    place.file = where.file_;
    place.statement = where.what_;
    place.line = where.line_;
    (void)place; /* not all hooks look at everything */
    (void)event;
    AGEN_TRACE(task->loop_, task, event, 0, (const struct agen_place *)&place);
}
#else
#define AGEN_TRACED_(task, event, status) ((void)0)
#define agen_traced_at_(task, event) ((void)0)
#endif

/* Appends a task or a group to the ready queue. */
static AGEN_UNUSED_ void agen_ready_append_(agen_loop *loop, struct agen_entry_ *entry)
{
    entry->place_.ready_.next_ = NULL;
    *loop->ready_end_ = entry;
    loop->ready_end_ = &entry->place_.ready_.next_;
}

static AGEN_UNUSED_ void agen_ready_(agen_task *task)
{
    task->entry_.base_.state_ = AGEN_TASK_READY_;
    agen_ready_append_(task->loop_, &task->entry_);
}

/* Sets the argument with which a task that is ready wakes. */
AGEN_INLINE_ void agen_wake_with_(agen_task *task, int argument)
{
    if (argument == AGEN_RUN_)
        return;
    task->entry_.base_.state_ = AGEN_TASK_READY_WITH_;
    task->entry_.base_.error_ = (int16_t)argument;
}

/*
 * An alternative of a select is out of its list: wakes the task. False if the task has taken
 * another one, and has not had its turn to leave the lists.
 */
static AGEN_UNUSED_ AGEN_OFF_THE_PATH_ bool agen_select_woken_(struct agen_node_ *node)
{
    agen_task *task = node->task_;

    node->list_ = NULL;
    if (task->entry_.base_.state_ == AGEN_TASK_SELECTS_UNTIL_)
        agen_timer_remove_(task->loop_, &task->entry_);
    else if (task->entry_.base_.state_ != AGEN_TASK_SELECTS_)
        return false;
    task->entry_.place_.ready_.taken_ = node;
    agen_ready_(task);
    AGEN_TRACED_(task, AGEN_TRACE_WAKE, 0);
    return true;
}

/* Wakes the task of a node that is out of its list; false as above. */
AGEN_INLINE_ bool agen_woken_(struct agen_node_ *node)
{
    if (AGEN_RARE_(node->task_->entry_.base_.state_ != AGEN_TASK_WAITING_))
        return agen_select_woken_(node);
    agen_ready_(node->task_);
    AGEN_TRACED_(node->task_, AGEN_TRACE_WAKE, 0);
    return true;
}

AGEN_FUNCTION_ bool agen_wake_all_(struct agen_list_ *list, int argument)
{
    struct agen_node_ *first = list->first_, *node = first, *next;
    bool woken = false;

    if (!node)
        return false;
    list->first_ = NULL;
    do {
        next = node->next_;
        if (agen_woken_(node)) {
            agen_wake_with_(node->task_, argument);
            woken = true;
        }
    } while ((node = next) != first);
    return woken;
}

static void agen_revoke_(struct agen_permits_ *permits) AGEN_REENTRANT_;

/* Gives a permit to the first waiter. False if nobody waits. */
static AGEN_UNUSED_ bool agen_grant_(struct agen_permits_ *permits)
{
    struct agen_node_ *node;
    agen_task *task;

    while ((node = permits->list_.first_) != NULL) {
        task = node->task_;
        agen_list_remove_(node);
        if (agen_woken_(node)) {
            task->entry_.base_.state_ = AGEN_TASK_GRANTED_;
            task->entry_.place_.ready_.granted_ = permits;
            task->entry_.place_.ready_.revoke_ = agen_revoke_;
            return true;
        }
    }
    return false;
}

/* Gives a permit back: to the first waiter, or to the free ones. */
static AGEN_UNUSED_ void agen_give_(struct agen_permits_ *permits)
{
    if (!(permits->list_.first_ && agen_grant_(permits)))
        agen_permit_give_(&permits->free_);
}

/* Gives back what a task was granted that is cancelled before its turn. */
static AGEN_UNUSED_ void agen_revoke_(struct agen_permits_ *permits) AGEN_REENTRANT_
{
    if (permits->kind_ == AGEN_CONDITION_)
        (void)agen_grant_(permits);
    else
        agen_give_(permits);
}

/* The same, for all permits but the room of a queue. */
#ifdef AGEN_SMALL_
#define agen_give_unshared_ agen_give_
#else
static AGEN_UNUSED_ void agen_give_unshared_(struct agen_permits_ *permits)
{
    if (!(permits->list_.first_ && agen_grant_(permits)))
        permits->free_++;
}
#endif

AGEN_FUNCTION_ int agen_wait_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                              struct agen_list_ *list)
{
    agen_task *task = agen_task_of_(driver);
    struct agen_node_ *node;

    if (!task)
        return AGEN_E_NO_LOOP;
    if (AGEN_RARE_(driver->state_ != AGEN_TASK_RUNNING_)) { /* it selects: not a leaf */
        node = (struct agen_node_ *)(void *)leaf;
    } else {
        driver->link_ = leaf;
        driver->state_ = AGEN_TASK_WAITING_;
        node = &task->entry_.place_.node_;
    }
    node->task_ = task;
    agen_list_append_(list, node);
    return AGEN_PENDING;
}

AGEN_FUNCTION_ int agen_acquire_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                 struct agen_permits_ *permits)
{
    return agen_try_acquire_(permits) ? (int)AGEN_DONE : agen_wait_(driver, leaf, &permits->list_);
}

AGEN_FUNCTION_ void agen_notify(agen_condition *condition, unsigned count)
{
    while (count > 0 && agen_grant_(&condition->permits_))
        count--;
}

/* Takes the notifications of interrupts. */
static AGEN_UNUSED_ void agen_condition_take_(agen_condition *condition_)
{
    int16_t count_ = AGEN_LOAD_(int16_t, &condition_->wakeup_.of_.raised_);

    if (count_ == 0)
        return;
    AGEN_SWAP_(&condition_->wakeup_.of_.raised_, 0, count_);
    agen_notify(condition_, count_ == INT16_MAX ? (unsigned)-1 : (unsigned)count_);
}

static AGEN_UNUSED_ void agen_condition_told_(struct agen_wakeup_ *wakeup) AGEN_REENTRANT_
{
    agen_condition_take_((agen_condition *)(void *)wakeup);
}

AGEN_FUNCTION_ int agen_condition_wait_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                        agen_condition *condition)
{
    agen_task *task = agen_task_of_(driver);
    int status;

    if (task) {
        condition->wakeup_.kind_ = AGEN_OF_OTHER_;
        condition->told_ = agen_condition_told_;
        condition->permits_.kind_ = AGEN_CONDITION_;
        (void)agen_wakeup_for_(&condition->wakeup_, task->loop_);
    }
    status = agen_wait_(driver, leaf, &condition->permits_.list_);
    if (status == AGEN_PENDING)
        agen_condition_take_(condition); /* those that came before the loop was known */
    return status;
}

AGEN_FUNCTION_ int agen_release_(struct agen_permits_ *permits)
{
    if (permits->free_ >= (permits->kind_ == AGEN_LOCK_ ? 0 : INT16_MAX - 1))
        return AGEN_E_BAD_STATE;
    agen_give_unshared_(permits);
    return AGEN_DONE;
}

/*
 * --- Cancellation --------------------------------------------------------------------------------
 */

/* Takes back the wait of a task that is to be cancelled, and makes it ready. */
static AGEN_UNUSED_ void agen_interrupt_(agen_task *task)
{
    struct agen_base_ *base = &task->entry_.base_;

    if (base->state_ == AGEN_TASK_RUNNING_)
        return;
    if (!agen_is_ready_(base)) {
        if (base->state_ == AGEN_TASK_WAITING_)
            agen_list_remove_(&task->entry_.place_.node_);
        else if (base->state_ != AGEN_TASK_SELECTS_)
            agen_timer_remove_(task->loop_, &task->entry_);
        agen_ready_append_(task->loop_, &task->entry_);
        AGEN_TRACED_(task, AGEN_TRACE_WAKE, 0);
    } else if (base->state_ == AGEN_TASK_GRANTED_) {
        /* By a pointer: a program without locks, queues and conditions has no code for it. */
        (task->entry_.place_.ready_.revoke_)(task->entry_.place_.ready_.granted_);
    }
    base->state_ = AGEN_TASK_READY_WITH_;
}

static AGEN_UNUSED_ bool agen_task_lives_(const agen_task *task)
{
    uint8_t state = task->entry_.base_.state_;

    return state >= AGEN_TASK_READY_ && state < AGEN_TASK_ENDED_;
}

AGEN_FUNCTION_ bool agen_cancel(agen_task *task)
{
    struct agen_base_ *base = &task->entry_.base_;

    if (!agen_task_lives_(task))
        return false;
    base->flags_ = (uint8_t)((base->flags_ + AGEN_CANCELS_ONE_) | AGEN_CANCEL_);
    AGEN_TRACED_(task, AGEN_TRACE_CANCEL, 0);
    agen_interrupt_(task);
    return true;
}

/*
 * Takes back one cancellation of the library's own. True if none from outside came since `cancels`.
 * Then a cancellation that waits for delivery is the library's own, too, because a group inside has
 * sent it again. But if one waited already when `cancels` was taken, that one stays.
 */
static AGEN_UNUSED_ bool agen_uncancel_(agen_task *task, uint8_t cancels)
{
    struct agen_base_ *base = &task->entry_.base_;

    base->flags_ = (uint8_t)(base->flags_ - AGEN_CANCELS_ONE_);
    if ((base->flags_ & AGEN_CANCELS_) != (cancels & AGEN_CANCELS_))
        return false;
    if (!(cancels & AGEN_CANCEL_))
        base->flags_ &= (uint8_t)~AGEN_CANCEL_;
    return true;
}

AGEN_FUNCTION_ int agen_task_status(const agen_task *task)
{
    return agen_task_lives_(task) ? (int)AGEN_PENDING : task->entry_.base_.error_;
}

/*
 * --- Tasks ---------------------------------------------------------------------------------------
 */

/*
 * The first operation on a generator by a task: tells the loop, and then goes on with the
 * operation. At AGEN_START_ the caller goes on.
 */
static AGEN_UNUSED_ int agen_loop_start_(struct agen_frame_ *frame, int argument,
                                         struct agen_base_ *driver) AGEN_REENTRANT_
{
    agen_loop *loop = ((agen_task *)(void *)driver)->loop_;

    frame->base_.link_ = (struct agen_frame_ *)(void *)loop;
    if (loop->first_iteration)
        (loop->first_iteration)((agen_t *)(void *)frame);
    if (argument == AGEN_START_)
        return argument;
    frame->base_.state_ = argument < 0 ? AGEN_CLOSED_ : AGEN_NEW_;
    return frame->step_(frame, argument < 0 ? argument : (int)AGEN_START_, driver);
}

/* Rings of tasks: all tasks of a loop, and those that it tracks. With `after` NULL, appends. */
static AGEN_UNUSED_ void agen_ring_insert_(agen_task **ring, agen_task *after, agen_task *task)
{
    if (!*ring) {
        *ring = task->next_ = task->previous_ = task;
        return;
    }
    if (!after)
        after = (*ring)->previous_;
    task->previous_ = after;
    task->next_ = after->next_;
    after->next_->previous_ = task;
    after->next_ = task;
}

static AGEN_UNUSED_ void agen_ring_remove_(agen_task **ring, agen_task *task)
{
    task->next_->previous_ = task->previous_;
    task->previous_->next_ = task->next_;
    if (*ring == task)
        *ring = task->next_ == task ? NULL : task->next_;
}

/*
 * Whether a task is in use, on any loop. A task is zeroed before its first spawn. Memory that was
 * not zeroed is taken for a task in use only if its state is one of a living task and all members
 * that are never NULL in one are not NULL.
 */
static AGEN_UNUSED_ bool agen_task_used_(const agen_task *task)
{
    return (agen_task_lives_(task) || task->entry_.base_.state_ == AGEN_TASK_TRACKED_)
           && task->loop_ && task->root_ && task->next_ && task->previous_;
}

AGEN_FUNCTION_ void agen_loop_init(agen_loop *loop, agen_ticks (*now)(void))
{
    loop->now_ = now;
    loop->error = NULL;
    loop->first_iteration = loop->finalizer = NULL;
    loop->start_ = agen_loop_start_;
    loop->tasks_ = loop->tracked_ = NULL;
    loop->ready_ = loop->pass_ = NULL;
    loop->ready_end_ = &loop->ready_;
    loop->timers_ = loop->next_timer_ = NULL;
    loop->wakeups_ = NULL;
    loop->last_ = (now)();
    loop->polling_ = false;
}

AGEN_OUTLINE_ int agen_spawn_(agen_loop *loop, agen_task *task, struct agen_frame_ *frame,
                              agen_group *group)
{
    AGEN_INITIALISED_(frame->step_ != NULL, state);
    AGEN_INITIALISED_(loop->now_ != NULL, loop);
    if (frame->base_.state_ >= AGEN_BUSY_ || agen_task_used_(task))
        return AGEN_E_RUNNING;
    frame->base_.state_ |= AGEN_BUSY_; /* in use, although it has not started */
    task->entry_.base_.link_ = frame;
    task->entry_.base_.flags_ = 0;
    task->loop_ = loop;
    task->root_ = frame;
    task->joiners_.first_ = NULL;
    task->group_ = group;
    agen_ring_insert_(&loop->tasks_, NULL, task);
    agen_ready_(task);
    agen_traced_at_(task, AGEN_TRACE_SPAWN);
    return AGEN_DONE;
}

static AGEN_UNUSED_ bool agen_task_closes_(const agen_task *task)
{
    return (const void *)task->group_ == (const void *)task->loop_;
}

/* Whether a task that closes awaits this one. */
static AGEN_UNUSED_ bool agen_in_close_(const agen_loop *loop, const struct agen_frame_ *frame)
{
    const agen_task *task = loop->tasks_;

    do {
        const struct agen_frame_ *at = task->entry_.base_.link_;

        if (agen_task_closes_(task) && at) {
            while (at != frame && at != task->root_)
                at = at->base_.link_;
            if (at == frame)
                return true;
        }
    } while ((task = task->next_) != loop->tasks_);
    return false;
}

static void agen_task_end_(agen_task *task, int status);

/* The first turn of a task that closes a generator. If that is busy, ends the task: false. */
static AGEN_UNUSED_ bool agen_close_begins_(agen_task *task) AGEN_REENTRANT_
{
    struct agen_frame_ *root = task->root_;

    if (root->base_.state_ >= AGEN_BUSY_) {
        agen_task_end_(task, agen_in_close_(task->loop_, root) ? (int)AGEN_DONE
                                                              : (int)AGEN_E_RUNNING);
        return false;
    }
    task->entry_.base_.link_ = root;
    return true;
}

/*
 * Makes a task whose root is the generator, and whose first argument is the exit. It has no leaf
 * before its first turn: the generator is not reserved, since another task may want to close it,
 * too.
 */
AGEN_FUNCTION_ int agen_spawn_close_(agen_loop *loop, agen_task *task, struct agen_frame_ *frame)
{
    int status = agen_spawn_(loop, task, frame, (agen_group *)(void *)loop);

    if (status == AGEN_DONE) {
        frame->base_.state_ &= (uint8_t)~AGEN_BUSY_;
        task->entry_.base_.link_ = NULL;
        task->entry_.place_.closer_.begins_ = agen_close_begins_;
        agen_wake_with_(task, AGEN_E_EXIT);
    }
    return status;
}

AGEN_OUTLINE_ int agen_track_(agen_loop *loop, agen_task *task, struct agen_frame_ *frame)
{
    AGEN_INITIALISED_(frame->step_ != NULL, state);
    AGEN_INITIALISED_(loop->now_ != NULL, loop);
    if (agen_task_used_(task))
        return AGEN_E_RUNNING;
    task->entry_.base_.state_ = AGEN_TASK_TRACKED_;
    task->entry_.base_.error_ = AGEN_DONE;
    task->loop_ = loop;
    task->root_ = frame;
    agen_ring_insert_(&loop->tracked_, NULL, task);
    return AGEN_DONE;
}

/*
 * --- The children of a group ---------------------------------------------------------------------
 */

AGEN_INLINE_ agen_task *agen_group_parent_(const agen_group *group)
{
    return (agen_task *)(void *)group->entry_.base_.link_;
}

/* Cancels the children of a group, the oldest first. */
static AGEN_UNUSED_ void agen_group_abort_(agen_group *group)
{
    uint8_t *flags = &group->entry_.base_.flags_;
    agen_task *task = group->entry_.place_.group_.last_;

    if (*flags & AGEN_GROUP_ABORTED_)
        return;
    *flags |= AGEN_GROUP_ABORTED_;
    if (!task)
        return;
    while (task->previous_->group_ == group)
        task = task->previous_;
    for (; task->group_ == group; task = task->next_)
        (void)agen_cancel(task);
}

/*
 * A child has ended. As in asyncio, where a callback in the ready queue tells the group, the group
 * acts after all tasks that are ready now have taken a step. So several children can end in one
 * pass.
 */
static AGEN_UNUSED_ void agen_group_child_(agen_group *group, agen_task *task, int status)
{
    struct agen_base_ *base = &group->entry_.base_;
    struct agen_group_place_ *place = &group->entry_.place_.group_;
    bool failed = status < 0 && status != AGEN_E_CANCELLED;

    if (place->last_ == task)
        place->last_ = task->previous_->group_ == group ? task->previous_ : NULL;
    group->live_--;
    /* An error in a cleanup replaces a cancellation, but not the error that caused the cleanup. */
    if (!place->decided_by_
        && (base->flags_ & AGEN_GROUP_ABORTED_ ? failed && group->reason_ == AGEN_E_CANCELLED
                                               : failed || (base->flags_ & AGEN_GROUP_RACE_))) {
        place->decided_by_ = task;
        base->error_ = (int16_t)status;
        base->flags_ |= AGEN_GROUP_QUEUED_;
        agen_ready_append_(agen_group_parent_(group)->loop_, &group->entry_);
    }
    if (!group->live_ && !(base->flags_ & AGEN_GROUP_QUEUED_))
        (void)agen_wake_all_(&place->list_, AGEN_RUN_);
}

static AGEN_UNUSED_ void agen_group_decided_(agen_group *group)
{
    uint8_t *flags = &group->entry_.base_.flags_;

    *flags &= (uint8_t)~AGEN_GROUP_QUEUED_;
    agen_group_abort_(group);
    if ((*flags & (AGEN_GROUP_INSIDE_ | AGEN_GROUP_RACE_)) == AGEN_GROUP_INSIDE_) {
        *flags |= AGEN_GROUP_REACHED_;
        (void)agen_cancel(agen_group_parent_(group));
    }
    if (!group->live_)
        (void)agen_wake_all_(&group->entry_.place_.group_.list_, AGEN_RUN_);
}

static AGEN_UNUSED_ void agen_group_acts_(agen_group *group, agen_task *child,
                                          int status) AGEN_REENTRANT_
{
    if (child)
        agen_group_child_(group, child, status);
    else
        agen_group_decided_(group);
}

/*
 * --- A turn of a task ----------------------------------------------------------------------------
 */

static AGEN_UNUSED_ void agen_task_end_(agen_task *task, int status)
{
    agen_loop *loop = task->loop_;
    struct agen_base_ *base = &task->entry_.base_;
    agen_group *group = agen_task_closes_(task) ? NULL : task->group_;
    bool alone;

    if (status >= 0)
        status = base->flags_ & AGEN_CANCEL_ ? AGEN_E_CANCELLED : AGEN_DONE;
    base->state_ = AGEN_TASK_ENDED_;
    base->error_ = (int16_t)status;
    AGEN_TRACED_(task, AGEN_TRACE_END, status);
    if (group)
        (group->act_)(group, task, status);
    agen_ring_remove_(&loop->tasks_, task);
    alone = !agen_wake_all_(&task->joiners_, status); /* not a select that took another one */
    if (group)
        return;
    if (alone && status < 0 && status != AGEN_E_CANCELLED && loop->error)
        (loop->error)(loop, task, status);
}

/* Takes a task out of the ready queue. This searches, but is rarely needed. */
static AGEN_UNUSED_ void agen_unready_(agen_task *task)
{
    agen_loop *loop = task->loop_;
    struct agen_entry_ **at = &loop->pass_;

    while (*at != &task->entry_)
        at = *at ? &(*at)->place_.ready_.next_ : &loop->ready_;
    *at = task->entry_.place_.ready_.next_;
    if (loop->ready_end_ == &task->entry_.place_.ready_.next_)
        loop->ready_end_ = at;
}

AGEN_FUNCTION_ bool agen_untrack(agen_task *task)
{
    if (task->entry_.base_.state_ == AGEN_TASK_TRACKED_) {
        task->entry_.base_.state_ = AGEN_TASK_NONE_;
        agen_ring_remove_(&task->loop_->tracked_, task);
        return true;
    }
    if (!agen_task_lives_(task) || !agen_task_closes_(task) || task->entry_.base_.link_)
        return false;
    agen_unready_(task); /* it has not begun, and is not to */
    agen_task_end_(task, AGEN_DONE);
    return true;
}

/* After a step of a task whose chain waits. */
AGEN_INLINE_ void agen_task_waits_(agen_task *task)
{
    struct agen_base_ *base = &task->entry_.base_;

    if (base->state_ == AGEN_TASK_RUNNING_)
        agen_ready_(task);
    agen_traced_at_(task, AGEN_TRACE_SUSPEND);
#ifdef AGEN_TRACE
    if (agen_is_ready_(base)) { /* it has paused, or was woken before it suspended */
        AGEN_TRACED_(task, AGEN_TRACE_READY, 0);
    }
#endif
    if (AGEN_RARE_(base->flags_ & AGEN_CANCEL_))
        agen_interrupt_(task); /* it cancelled itself */
}

/* After a step of a task whose chain has answered `status`. */
static AGEN_UNUSED_ void agen_task_stepped_(agen_task *task, int status)
{
    if (status == AGEN_PENDING)
        agen_task_waits_(task);
    else
        agen_task_end_(task, agen_task_closes_(task)  ? agen_closed_(status)
                             : status == AGEN_YIELDED ? (int)AGEN_E_BAD_STATE /* no coroutine */
                                                      : status);
}

static AGEN_UNUSED_ void agen_task_run_(agen_task *task)
{
    struct agen_base_ *base = &task->entry_.base_;
    struct agen_frame_ *root = task->root_;
    int argument = base->state_ == AGEN_TASK_READY_WITH_ ? base->error_ : (int)AGEN_RUN_;

    base->state_ = AGEN_TASK_RUNNING_;
    AGEN_TRACED_(task, AGEN_TRACE_RUN, 0);
    if (!base->link_ && !(task->entry_.place_.closer_.begins_)(task))
        return;
    if (base->flags_ & AGEN_CANCEL_) {
        argument = AGEN_E_CANCELLED;
        base->flags_ &= (uint8_t)~AGEN_CANCEL_;
        task->entry_.place_.ready_.taken_ = NULL; /* a select has taken nothing */
    }
    agen_task_stepped_(task, agen_drive_(root, base->link_, argument, base, task->loop_));
}

/* The turn of a task or a group that is ready. After it, its memory may be gone. */
static AGEN_UNUSED_ AGEN_OFF_THE_PATH_ void agen_loop_turn_(struct agen_entry_ *entry)
{
    if (AGEN_RARE_(entry->base_.state_ == AGEN_GROUP_))
        (((agen_group *)(void *)entry)->act_)((agen_group *)(void *)entry, NULL, 0);
    else
        agen_task_run_((agen_task *)(void *)entry);
}

#ifndef AGEN_SMALL_
/* After the step of a leaf that does not wait: goes on with the chain. */
static AGEN_UNUSED_ AGEN_OFF_THE_PATH_ void agen_task_goes_on_(agen_task *task,
                                                              struct agen_frame_ *leaf,
                                                              struct agen_frame_ *parent,
                                                              int status)
{
    if (status == AGEN_YIELDED)
        leaf->base_.link_ = (struct agen_frame_ *)(void *)task->loop_;
    if (leaf != task->root_)
        status = agen_drive_(task->root_, parent, status, &task->entry_.base_, task->loop_);
    agen_task_stepped_(task, status);
}

/* The usual turn: a task that goes on without an argument, and whose leaf waits again. */
static AGEN_UNUSED_ void agen_loop_usual_turn_(struct agen_entry_ *entry)
{
    agen_task *task = (agen_task *)(void *)entry;
    struct agen_frame_ *leaf = entry->base_.link_, *parent;
    int status;

    if (AGEN_RARE_(entry->base_.state_ > AGEN_TASK_GRANTED_)) {
        agen_loop_turn_(entry);
        return;
    }
    entry->base_.state_ = AGEN_TASK_RUNNING_;
    AGEN_TRACED_(task, AGEN_TRACE_RUN, 0);
    parent = leaf->base_.link_;
    (void)agen_take_(leaf);
    leaf->base_.state_ &= (uint8_t)~AGEN_BUSY_;
    status = leaf->step_(leaf, AGEN_RUN_, &entry->base_);
    if (AGEN_RARE_(status != AGEN_PENDING))
        agen_task_goes_on_(task, leaf, parent, status);
    else
        agen_task_waits_(task);
}
#endif

/*
 * --- A pass of the loop --------------------------------------------------------------------------
 */

/* Takes what interrupts have pushed, the oldest first. */
static AGEN_UNUSED_ AGEN_OFF_THE_PATH_ void agen_loop_wakeups_(agen_loop *loop)
{
    struct agen_wakeup_ *last, *first = NULL, *next;

    for (last = agen_wakeups_take_(loop); last; last = next) {
        next = last->next_;
        last->next_ = first;
        first = last;
    }
    for (; first; first = next) {
        next = first->next_; /* it may be pushed again from here on */
        (void)agen_swap_byte_(&first->queued_, 0);
        if (AGEN_LOAD_(uint8_t, &first->kind_) == AGEN_OF_EVENT_)
            (void)agen_event_take_((agen_event *)(void *)first);
        else /* the other objects have told_ right after wakeup_ */
            (*(agen_told_ *)(void *)(first + 1))(first);
    }
}

/* The first timer, if it is due by now. */
AGEN_INLINE_ struct agen_entry_ *agen_timer_due_(const agen_loop *loop, agen_ticks now)
{
    struct agen_entry_ *first = loop->next_timer_;

    if (first && agen_timer_ahead_(loop, first) <= (agen_ticks)(now - loop->last_))
        return first;
    return NULL;
}

static AGEN_UNUSED_ AGEN_OFF_THE_PATH_ void agen_timer_fire_(agen_loop *loop, agen_ticks now)
{
    struct agen_entry_ *entry;

    while ((entry = agen_timer_due_(loop, now)) != NULL) {
        agen_timer_remove_(loop, entry);
        if (entry->base_.state_ == AGEN_TIMEOUT_) {
            entry->base_.error_ = 1;
            AGEN_TRACED_(((agen_timeout *)(void *)entry)->task_, AGEN_TRACE_DEADLINE, 0);
            (void)agen_cancel(((agen_timeout *)(void *)entry)->task_);
        } else {
            entry->place_.ready_.taken_ = AGEN_DEADLINE_(entry);
            agen_ready_((agen_task *)(void *)entry);
            AGEN_TRACED_((agen_task *)(void *)entry, AGEN_TRACE_DEADLINE, 0);
            AGEN_TRACED_((agen_task *)(void *)entry, AGEN_TRACE_WAKE, 0);
        }
    }
}

/* Wakes what is due. */
AGEN_INLINE_ void agen_loop_fire_(agen_loop *loop)
{
    agen_ticks now = loop->now_();

#ifndef AGEN_SMALL_ /* so that there is a call only if one is due */
    if (agen_timer_due_(loop, now))
#endif
        agen_timer_fire_(loop, now);
    loop->last_ = now;
}

AGEN_FUNCTION_ bool agen_loop_poll(agen_loop *loop)
{
    struct agen_entry_ *entry;

    AGEN_INITIALISED_(loop->now_ != NULL, loop);
    if (loop->polling_)
        return false;
    loop->polling_ = true;
    if (AGEN_RARE_(AGEN_LOAD_(struct agen_wakeup_ *, &loop->wakeups_) != NULL))
        agen_loop_wakeups_(loop);
    agen_loop_fire_(loop);
    entry = loop->ready_;
    loop->ready_ = NULL;
    loop->ready_end_ = &loop->ready_;
    for (; entry; entry = loop->pass_) {
        loop->pass_ = entry->place_.ready_.next_;
#ifdef AGEN_SMALL_
        agen_loop_turn_(entry);
#else
        agen_loop_usual_turn_(entry);
#endif
    }
    loop->polling_ = false;
    return loop->ready_ || AGEN_LOAD_(struct agen_wakeup_ *, &loop->wakeups_);
}

AGEN_FUNCTION_ agen_ticks agen_loop_idle_ticks(agen_loop *loop)
{
    agen_ticks ahead, passed;

    AGEN_INITIALISED_(loop->now_ != NULL, loop);
    if (loop->ready_ || loop->pass_ || AGEN_LOAD_(struct agen_wakeup_ *, &loop->wakeups_))
        return 0;
    if (!loop->next_timer_)
        return AGEN_FOREVER;
    ahead = (agen_ticks)(loop->next_timer_->place_.timer_.deadline_ - loop->last_);
    passed = (agen_ticks)(loop->now_() - loop->last_);
    return ahead > passed ? (agen_ticks)(ahead - passed) : 0;
}

/* Runs until the task has ended, or all have, if it is NULL. */
AGEN_FUNCTION_ int agen_loop_run_until(agen_loop *loop, const agen_task *task)
{
    bool ready = true;

    if (loop->polling_)
        return AGEN_E_RUNNING;
    while (loop->tasks_ && (!task || agen_task_lives_(task))) {
        if (!ready) {
#ifdef AGEN_IDLES_FOR_NOBODY_
            if (agen_loop_idle_ticks(loop) == AGEN_FOREVER)
                return AGEN_PENDING;
#endif
            AGEN_IDLE(loop, agen_loop_idle_ticks(loop));
        }
        ready = agen_loop_poll(loop);
    }
    return task ? agen_task_status(task) : (int)AGEN_DONE;
}

AGEN_FUNCTION_ void agen_loop_cancel_all(agen_loop *loop)
{
    agen_task *task = loop->tasks_;

    if (task)
        do
            (void)agen_cancel(task);
        while ((task = task->next_) != loop->tasks_);
}

AGEN_FUNCTION_ int agen_loop_shutdown(agen_loop *loop)
{
    int left;

    if (loop->polling_)
        return AGEN_E_RUNNING;
    agen_loop_cancel_all(loop);
    (void)agen_loop_run(loop);
    do {
        agen_loop_close_tracked_(loop);
        left = agen_loop_run(loop);
    } while (loop->tracked_);
    agen_loop_wakeups_(loop); /* an event left in the list could not be set on another loop */
    return left;
}

/*
 * --- Where it hangs ------------------------------------------------------------------------------
 */

#ifdef AGEN_DUMP
struct agen_writer_ {
    void (*write_)(void *context, const char *text, size_t length) AGEN_REENTRANT_;
    void *context_;
};

static AGEN_UNUSED_ void agen_write_(const struct agen_writer_ *to, const char *text)
{
    size_t length = 0;

    while (text[length] != '\0')
        length++;
    to->write_(to->context_, text, length);
}

static AGEN_UNUSED_ void agen_write_number_(const struct agen_writer_ *to, agen_number_ number,
                                            unsigned base)
{
    char digits[24], *first = digits + sizeof digits - 1; /* 64 bits: 20, or 0x and 16 */

    *first = '\0';
    do
        *--first = "0123456789abcdef"[number % base];
    while ((number /= base) != 0);
    if (base == 16) {
        *--first = 'x';
        *--first = '0';
    }
    agen_write_(to, first);
}

static AGEN_UNUSED_ void agen_write_address_(const struct agen_writer_ *to, const char *what,
                                             uintptr_t address)
{
    agen_write_(to, what);
    agen_write_(to, " ");
    agen_write_number_(to, address, 16);
}
#endif

#ifdef AGEN_TELLS_WHERE_
/* Asks a body where it is. The name of a body that does not answer stays NULL. */
static AGEN_UNUSED_ void agen_where_is_(struct agen_frame_ *frame, struct agen_where_ *where)
{
    struct agen_base_ was;
    int point;

    was = frame->base_;
    point = was.state_ % AGEN_BUSY_;
    if (point == AGEN_CLOSED_)
        point = AGEN_NEW_; /* as if it ended now, its finalizer would be called again */
#ifdef AGEN_USE_LINE
    point |= was.flags_ >> AGEN_LINE_SHIFT_ << 8;
#endif
    where->base_.state_ = AGEN_BUSY_; /* no task */
    where->name_ = NULL;
    where->line_ = 0;
    frame->base_.state_ = AGEN_BUSY_;
    (void)frame->step_(frame, AGEN_WHERE_ + point, &where->base_);
    frame->base_ = was;
}
#endif

#ifdef AGEN_DUMP
/* A body that is busy but at no resume point has not begun, or runs; only the caller knows. */
static AGEN_UNUSED_ void agen_write_where_(const struct agen_writer_ *to, struct agen_frame_ *frame,
                                           bool running)
{
    struct agen_where_ where;
    uint8_t state = frame->base_.state_;

    agen_where_is_(frame, &where);
    if (where.name_)
        agen_write_(to, where.name_);
    else
        agen_write_address_(to, "body at", (uintptr_t)frame->step_);
    if (where.line_) {
        agen_write_(to, " at ");
        agen_write_(to, where.file_);
        agen_write_(to, ":");
        agen_write_number_(to, (unsigned)where.line_, 10);
        agen_write_(to, ": ");
        agen_write_(to, where.what_);
    } else if (state % AGEN_BUSY_ == AGEN_CLOSED_) {
        agen_write_(to, ", ended");
    } else if (state == AGEN_NEW_ || (state == AGEN_BUSY_ && !running)) {
        agen_write_(to, ", new");
    } else if (state == AGEN_BUSY_) {
        agen_write_(to, ", running");
    }
    agen_write_(to, "\n");
}

static AGEN_UNUSED_ void agen_write_task_(const struct agen_writer_ *to, agen_task *task)
{
    struct agen_frame_ *frame, *inner = NULL, *leaf = task->entry_.base_.link_;
    const agen_loop *loop = task->loop_;
    agen_ticks passed, ahead;

    agen_write_address_(to, "task", (uintptr_t)task);
    switch (task->entry_.base_.state_) {
    case AGEN_TASK_READY_:
    case AGEN_TASK_GRANTED_:
    case AGEN_TASK_READY_WITH_: agen_write_(to, ": ready"); break;
    case AGEN_TASK_RUNNING_: agen_write_(to, ": running"); break;
    case AGEN_TASK_WAITING_:
    case AGEN_TASK_SELECTS_: agen_write_(to, ": waiting"); break;
    default:
        passed = (agen_ticks)(loop->now_() - loop->last_);
        ahead = (agen_ticks)(task->entry_.place_.timer_.deadline_ - loop->last_);
        agen_write_(to, task->entry_.base_.state_ == AGEN_TASK_SELECTS_UNTIL_ ? ": waiting"
                                                                                : ": sleeping");
        agen_write_(to, ", ticks left ");
        agen_write_number_(to, ahead > passed ? (agen_ticks)(ahead - passed) : 0, 10);
    }
    if (task->entry_.base_.flags_ & AGEN_CANCEL_)
        agen_write_(to, ", cancelled");
    agen_write_(to, "\n");
    if (task->entry_.base_.state_ == AGEN_TASK_RUNNING_)
        return; /* its chain of awaits is on the C stack */
    if (!leaf)
        leaf = task->root_; /* from now on it closes the generator */
    while (inner != leaf) { /* links lead outwards: each time up to the one printed before */
        for (frame = leaf; frame != task->root_ && frame->base_.link_ != inner;)
            frame = frame->base_.link_;
        agen_write_(to, "    ");
        agen_write_where_(to, frame, false);
        inner = frame;
    }
}

AGEN_FUNCTION_ void agen_loop_dump(agen_loop *loop,
                                   void (*write)(void *context, const char *text, size_t length)
                                       AGEN_REENTRANT_,
                                   void *context)
{
    struct agen_writer_ to;
    agen_task *task;

    to.write_ = write;
    to.context_ = context;
    if ((task = loop->tasks_) != NULL)
        do
            agen_write_task_(&to, task);
        while ((task = task->next_) != loop->tasks_);
    if ((task = loop->tracked_) != NULL)
        do {
            agen_write_address_(&to, "tracked", (uintptr_t)task->root_);
            agen_write_(&to, ": ");
            agen_write_where_(&to, task->root_, true);
        } while ((task = task->next_) != loop->tracked_);
}
#endif

/*
 * --- Joins, sleeps, selects and timeouts ---------------------------------------------------------
 */

AGEN_FUNCTION_ int agen_join_(struct agen_base_ *driver, struct agen_frame_ *leaf, agen_task *task)
{
    if (!agen_task_lives_(task))
        return task->entry_.base_.error_;
    if (driver == &task->entry_.base_)
        return AGEN_E_RUNNING;
    return agen_wait_(driver, leaf, &task->joiners_);
}

/* The end of a task as an alternative: how the task ended does not matter here. */
AGEN_FUNCTION_ int agen_ended_(struct agen_base_ *driver, struct agen_frame_ *leaf, agen_task *task)
{
    return agen_task_lives_(task) ? agen_join_(driver, leaf, task) : (int)AGEN_DONE;
}

static AGEN_UNUSED_ int agen_sleep_on_(agen_task *task, struct agen_frame_ *leaf,
                                       agen_ticks deadline)
{
    task->entry_.base_.link_ = leaf;
    task->entry_.base_.state_ = AGEN_TASK_SLEEPING_;
    agen_timer_insert_(task->loop_, &task->entry_, deadline);
    return AGEN_PENDING;
}

AGEN_FUNCTION_ int agen_sleep_until_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                     agen_ticks deadline)
{
    agen_task *task = agen_task_of_(driver);
    agen_ticks now, last;

    if (!task)
        return AGEN_E_NO_LOOP;
    now = task->loop_->now_();
    last = task->loop_->last_;
    if ((agen_ticks)(deadline - now) > AGEN_FOREVER / 2
        && (agen_ticks)(now - deadline) > (agen_ticks)(now - last))
        deadline = last; /* already past when the last pass began */
    return agen_sleep_on_(task, leaf, deadline);
}

AGEN_FUNCTION_ int agen_sleep_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                               agen_ticks ticks)
{
    agen_task *task = agen_task_of_(driver);

    if (!task)
        return AGEN_E_NO_LOOP;
    if (ticks > AGEN_FOREVER / 2)
        return AGEN_E_BAD_STATE;
    if (!ticks)
        return agen_pause_(driver, leaf);
    return agen_sleep_on_(task, leaf, (agen_ticks)(task->loop_->now_() + ticks));
}

/*
 * Ends the entering of alternatives, because this one can be taken at once. A task notes which.
 * Without a loop only the first one in the text gets here.
 */
AGEN_FUNCTION_ void agen_taken_(struct agen_base_ *driver, struct agen_node_ *node)
{
    agen_task *task = agen_task_of_(driver);

    if (!task)
        return;
    if (driver->state_ == AGEN_TASK_SELECTS_UNTIL_)
        agen_timer_remove_(task->loop_, &task->entry_);
    driver->state_ = AGEN_TASK_RUNNING_;
    task->entry_.place_.ready_.taken_ = node;
}

/* Takes an alternative out of its list. True if it is to be taken in this phase. */
AGEN_FUNCTION_ bool agen_leave_alternative_(struct agen_base_ *driver, int phase,
                                            agen_alternative *alternative)
{
    if (phase != AGEN_LEAVE_ALL_ && agen_is_taken_(driver, &alternative->node_))
        return true;
    if (alternative->node_.list_) {
        agen_list_remove_(&alternative->node_);
        alternative->node_.list_ = NULL;
    }
    return false;
}

/* The deadline of a select. The task's own place is free, since alternatives have theirs. */
AGEN_FUNCTION_ int agen_until_(struct agen_base_ *driver, agen_ticks deadline)
{
    agen_task *task = agen_task_of_(driver);
    agen_ticks ahead;

    if (!task)
        return AGEN_E_NO_LOOP;
    if (driver->state_ == AGEN_TASK_SELECTS_UNTIL_)
        return AGEN_E_BAD_STATE; /* a second one */
    if (agen_is_ready_(driver))
        return AGEN_PENDING; /* an alternative before it was taken meanwhile */
    ahead = (agen_ticks)(deadline - task->loop_->now_());
    if (ahead == 0 || ahead > AGEN_FOREVER / 2)
        return AGEN_DONE; /* now, or past */
    driver->state_ = AGEN_TASK_SELECTS_UNTIL_;
    agen_timer_insert_(task->loop_, &task->entry_, deadline);
    return AGEN_PENDING;
}

AGEN_FUNCTION_ int agen_within_(struct agen_base_ *driver, agen_ticks ticks)
{
    agen_task *task = agen_task_of_(driver);

    if (task && (ticks == AGEN_FOREVER || agen_is_ready_(driver)))
        return AGEN_PENDING; /* never, or an alternative before it was taken meanwhile */
    if (task && ticks > AGEN_FOREVER / 2)
        return AGEN_E_BAD_STATE;
    return agen_until_(driver, task ? (agen_ticks)(task->loop_->now_() + ticks) : ticks);
}

AGEN_OUTLINE_ int agen_timeout_enter_(struct agen_base_ *driver, agen_timeout *limit,
                                      agen_ticks ticks)
{
    agen_task *task = agen_task_of_(driver);

    if (!task)
        return AGEN_E_NO_LOOP;
    if (ticks > AGEN_FOREVER / 2 && ticks != AGEN_FOREVER)
        return AGEN_E_BAD_STATE;
    if (limit->entry_.base_.state_ == AGEN_TIMEOUT_ && limit->task_ == task)
        return AGEN_E_RUNNING; /* inside of it already */
    limit->task_ = task;
    limit->entry_.base_.state_ = AGEN_TIMEOUT_;
    limit->entry_.base_.flags_ = (uint8_t)(driver->flags_ & (AGEN_CANCELS_ | AGEN_CANCEL_));
    limit->entry_.base_.error_ = ticks == AGEN_FOREVER ? -1 : 0;
    if (ticks != AGEN_FOREVER)
        agen_timer_insert_(task->loop_, &limit->entry_,
                           (agen_ticks)(task->loop_->now_() + ticks));
    return AGEN_DONE;
}

AGEN_FUNCTION_ int agen_timeout_leave_(agen_timeout *limit, int argument)
{
    struct agen_base_ *base = &limit->entry_.base_;

    if (base->error_ == 0)
        agen_timer_remove_(limit->task_->loop_, &limit->entry_);
    else if (base->error_ > 0 && agen_uncancel_(limit->task_, base->flags_)
             && argument == AGEN_E_CANCELLED)
        argument = AGEN_E_TIMEOUT;
    base->state_ = AGEN_TASK_NONE_;
    return argument;
}

/*
 * --- The block of a group ------------------------------------------------------------------------
 */

AGEN_OUTLINE_ int agen_group_enter_(struct agen_base_ *driver, agen_group *group, bool race)
{
    agen_task *task = agen_task_of_(driver);

    if (!task)
        return AGEN_E_NO_LOOP;
    if (group->entry_.base_.state_ == AGEN_GROUP_ && agen_group_parent_(group) == task)
        return AGEN_E_RUNNING; /* inside of it already */
    group->entry_.base_.state_ = AGEN_GROUP_;
    group->act_ = agen_group_acts_;
    group->entry_.base_.flags_ = (uint8_t)(AGEN_GROUP_INSIDE_ | (race ? AGEN_GROUP_RACE_ : 0));
    group->entry_.base_.error_ = group->reason_ = 0;
    group->entry_.place_.group_.list_.first_ = NULL;
    group->entry_.base_.link_ = (struct agen_frame_ *)(void *)task;
    group->entry_.place_.group_.decided_by_ = group->entry_.place_.group_.last_ = NULL;
    group->live_ = 0;
    group->cancels_ = (uint8_t)(driver->flags_ & AGEN_CANCELS_);
    if (driver->flags_ & AGEN_CANCEL_) /* the block delivers only its own cancellation */
        group->cancels_ = (uint8_t)((group->cancels_ - AGEN_CANCELS_ONE_) & AGEN_CANCELS_);
    return AGEN_DONE;
}

AGEN_FUNCTION_ int agen_group_spawn_(agen_group *group, agen_task *task, struct agen_frame_ *frame)
{
    agen_loop *loop;
    agen_task **last;
    int status;

    if (!group->entry_.base_.link_)
        return AGEN_E_BAD_STATE; /* zeroed memory */
    loop = agen_group_parent_(group)->loop_;
    if (group->entry_.base_.flags_ & AGEN_GROUP_ABORTED_)
        return AGEN_E_CANCELLED;
    status = agen_spawn_(loop, task, frame, group);
    if (status != AGEN_DONE)
        return status;
    last = &group->entry_.place_.group_.last_;
    if (*last) { /* the children are neighbours, so that a group needs no search */
        agen_ring_remove_(&loop->tasks_, task);
        agen_ring_insert_(&loop->tasks_, *last, task);
    }
    *last = task;
    group->live_++;
    return AGEN_DONE;
}

/* The end of the block, and each wake-up at it: waits until no child lives. */
AGEN_FUNCTION_ int agen_group_leave_(struct agen_frame_ *leaf, agen_group *group, int argument)
{
    agen_task *task = agen_group_parent_(group);
    struct agen_base_ *base = &group->entry_.base_;

    if ((base->flags_ & AGEN_GROUP_REACHED_)) {
        base->flags_ &= (uint8_t)~AGEN_GROUP_REACHED_;
        if (agen_uncancel_(task, group->cancels_) && argument == AGEN_E_CANCELLED)
            argument = 0; /* it came from the group itself */
    }
    base->flags_ &= (uint8_t)~AGEN_GROUP_INSIDE_;
    if (argument == AGEN_E_CANCELLED
        && (task->entry_.base_.flags_ & AGEN_CANCELS_) != group->cancels_)
        base->flags_ |= AGEN_GROUP_OUTSIDE_; /* not raised by hand, or by the join of another */
    if (argument < 0 && (group->reason_ >= 0 || group->reason_ == AGEN_RETURN_))
        group->reason_ = (int16_t)argument;
    if (argument < 0 && argument != AGEN_RETURN_)
        agen_group_abort_(group);
    if (group->live_ || (base->flags_ & AGEN_GROUP_QUEUED_))
        return agen_wait_(&task->entry_.base_, leaf, &group->entry_.place_.group_.list_);
    base->flags_ |= AGEN_GROUP_ABORTED_; /* no children from here on */
    base->state_ = AGEN_TASK_NONE_;
    argument = base->error_ ? base->error_ : group->reason_;
    if (argument != AGEN_E_CANCELLED && (base->flags_ & AGEN_GROUP_OUTSIDE_))
        task->entry_.base_.flags_ |= AGEN_CANCEL_; /* not lost: the next wait raises it */
    return argument;
}

/*
 * --- Queues --------------------------------------------------------------------------------------
 */

/* The next place to publish: the one after those that have been. */
static AGEN_UNUSED_ unsigned agen_queue_next_(const struct agen_queue_ *queue)
{
    unsigned place = (unsigned)queue->head_ + queue->count_;

    return place < queue->capacity_ ? place : place - queue->capacity_;
}

static AGEN_UNUSED_ AGEN_OFF_THE_PATH_ void agen_queue_publish_one_(struct agen_queue_ *queue)
{
    queue->count_++;
    agen_give_unshared_(&queue->items_);
}

/* Publishes the items that are marked, in the order of their places. */
AGEN_FUNCTION_ void agen_queue_publish_(struct agen_queue_ *queue)
{
    AGEN_INITIALISED_(queue->capacity_ != 0, queue);
    while (agen_queue_unmark_(queue, agen_queue_next_(queue)))
        agen_queue_publish_one_(queue);
}

/*
 * A place for the loop's own producer, which has taken room; or AGEN_E_CLOSED, if the queue was
 * closed meanwhile.
 */
AGEN_FUNCTION_ int agen_queue_mine_(struct agen_queue_ *queue)
{
    if (queue->wakeup_.of_.closed_)
        return AGEN_E_CLOSED;
    return (int)agen_queue_place_(queue);
}

/* The place has been filled: publishes it, or marks it until those before it are full. */
AGEN_FUNCTION_ int agen_queue_put_(struct agen_queue_ *queue, unsigned place)
{
#ifndef AGEN_SMALL_
    if (place == agen_queue_next_(queue)) { /* it need not be marked before */
        agen_queue_publish_one_(queue);
        return AGEN_DONE;
    }
#endif
    agen_queue_mark_(queue, place);
    agen_queue_publish_(queue);
    return AGEN_DONE;
}

AGEN_FUNCTION_ void agen_queue_got_(struct agen_queue_ *queue)
{
    queue->head_ = (uint16_t)(queue->head_ + 1 == queue->capacity_ ? 0 : queue->head_ + 1);
    queue->count_--;
    agen_give_(&queue->room_);
}

AGEN_FUNCTION_ void agen_queue_close_(struct agen_queue_ *queue)
{
    (void)agen_swap_byte_(&queue->wakeup_.of_.closed_, 1);
    agen_queue_publish_(queue); /* items of interrupts are for the tasks that wait already */
    (void)agen_wake_all_(&queue->items_.list_, AGEN_DRAINED_);
    (void)agen_wake_all_(&queue->room_.list_, AGEN_E_CLOSED);
}

AGEN_FUNCTION_ int agen_queue_wait_item_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                         struct agen_queue_ *queue)
{
    agen_task *task = agen_task_of_(driver);

    if (task)
        (void)agen_wakeup_for_(&queue->wakeup_, task->loop_);
    if (agen_queue_item_(queue))
        return AGEN_RUN_;
    return queue->wakeup_.of_.closed_ ? (int)AGEN_DRAINED_
                                      : agen_wait_(driver, leaf, &queue->items_.list_);
}

AGEN_FUNCTION_ int agen_queue_wait_room_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                         struct agen_queue_ *queue)
{
    if (queue->wakeup_.of_.closed_)
        return AGEN_E_CLOSED;
    return agen_permit_take_(&queue->room_.free_) ? (int)AGEN_DONE
                                                  : agen_wait_(driver, leaf, &queue->room_.list_);
}

/* A queue as a generator of its items. */
static AGEN_UNUSED_ void agen_queue_copy_(struct agen_queue *self)
{
    struct agen_queue_ *queue = &self->queue_;
    unsigned char *end = agen_queue_full_(queue, 0);
    unsigned char *to = end - queue->size_ * (queue->capacity_ + (size_t)1);
    const unsigned char *from = end - queue->size_ * (size_t)(queue->capacity_ - queue->head_);
    size_t i;

    for (i = 0; i < queue->size_; i++)
        to[i] = from[i];
}

/*
 * Before each step. When its consumer closes or cancels it, the generator of a queue holds nothing:
 * it is new again at the next operation, unless the queue is closed and drained by then. Its end
 * would be too early to decide that, because an item may still come from an interrupt, or from a
 * getter that is cancelled.
 */
static AGEN_UNUSED_ struct agen_queue_ *agen_queue_renew_(struct agen_queue *self)
{
    struct agen_queue_ *queue = &self->queue_;

    if (agen_done(self) && (!queue->wakeup_.of_.closed_ || agen_queue_count_(queue))) {
        AGEN_BASE_(self).state_ = AGEN_NEW_;
        AGEN_BASE_(self).link_ = NULL; /* the consumer that was cancelled may be gone */
    }
    return queue;
}

AGEN(agen_queue, self)
{
    struct agen_queue_ *queue = agen_queue_renew_(self);

    AGEN_BEGIN(self);
    for (;;) {
        AGEN_WAIT_FOR_(AGEN_COUNTER_, self, "AGEN_FOR of a queue",
                       agen_queue_wait_item_(agen_driver_, AGEN_FRAME_(self), queue));
        if (!agen_queue_granted_(queue, agen_argument_))
            AGEN_RETURN(self);
        agen_queue_copy_(self);
        agen_queue_got_(queue);
        AGEN_YIELD_NOW_(AGEN_COUNTER_, self);
    }
    AGEN_END(self);
}

static AGEN_UNUSED_ void agen_queue_told_(struct agen_wakeup_ *wakeup) AGEN_REENTRANT_
{
    agen_queue_publish_((struct agen_queue_ *)(void *)wakeup);
}

AGEN_FUNCTION_ void agen_queue_init_(void *head, struct agen_queue_ *queue, size_t capacity,
                                     size_t size, void *full)
{
    struct agen_frame_ *frame = (struct agen_frame_ *)head;
    size_t i;

    agen_init_(frame, agen_queue_agen_);
    queue->items_.list_.first_ = queue->room_.list_.first_ = NULL;
    queue->items_.free_ = -1;
    queue->room_.free_ = (int16_t)(capacity - 1);
    queue->head_ = queue->tail_ = queue->count_ = 0;
    queue->capacity_ = (uint16_t)capacity;
    queue->size_ = size;
    queue->full_ = (char *)full - (char *)queue;
    queue->wakeup_.loop_ = NULL;
    queue->wakeup_.queued_ = 0;
    queue->wakeup_.kind_ = AGEN_OF_OTHER_;
    queue->told_ = agen_queue_told_;
    for (i = 0; i < (capacity + 7) / 8; i++)
        *agen_queue_full_(queue, (unsigned)(8 * i)) = 0;
    queue->wakeup_.of_.closed_ = 0;
}

/*
 * --- Pipes ---------------------------------------------------------------------------------------
 */

/* Whether it is a select that waits, which would not look again. */
static AGEN_UNUSED_ bool agen_pipe_selects_(const struct agen_pipe_ *pipe)
{
    const struct agen_node_ *first = pipe->list_.first_;

    return first && first->task_->entry_.base_.state_ != AGEN_TASK_WAITING_;
}

/*
 * Wakes the waiter of a pipe; interrupts need not tell again, since nobody waits from here on. But
 * the wake-up node of an open pipe may be older than the wait. A read or a write finds that out by
 * itself. A select would not, so it is woken only if what it waits for is there.
 */
static AGEN_UNUSED_ void agen_pipe_told_(struct agen_wakeup_ *wakeup) AGEN_REENTRANT_
{
    struct agen_pipe_ *pipe = (struct agen_pipe_ *)(void *)wakeup;

    if (!agen_pipe_closed_(pipe) && agen_pipe_selects_(pipe)
        && agen_pipe_between_(pipe, agen_own_(pipe, &pipe->head_),
                              agen_fetch_(pipe, &pipe->tail_))
               < agen_own_(pipe, &pipe->wanted_))
        return;
    agen_wakeup_set_(wakeup, NULL);
    (void)agen_wake_all_(&pipe->list_, AGEN_RUN_);
}

AGEN_FUNCTION_ void agen_pipe_init_(struct agen_pipe_ *pipe, size_t size)
{
    pipe->wakeup_.loop_ = NULL;
    pipe->wakeup_.queued_ = 0;
    pipe->wakeup_.kind_ = AGEN_OF_OTHER_;
    pipe->told_ = agen_pipe_told_;
    pipe->wakeup_.of_.lost_ = 0;
    pipe->list_.first_ = NULL;
    pipe->size_ = (uint16_t)size;
    agen_store_(pipe, &pipe->head_, 0);
    agen_store_(pipe, &pipe->tail_, 0);
    agen_store_(pipe, &pipe->wanted_, 0);
}

AGEN_FUNCTION_ size_t agen_pipe_level_(const struct agen_pipe_ *pipe, bool room)
{
    unsigned head = agen_fetch_(pipe, &pipe->head_);
    unsigned count = agen_pipe_between_(pipe, head, agen_fetch_(pipe, &pipe->tail_));

    return room ? pipe->size_ - 1u - count : count;
}

/* Tells the loop if there is enough for the waiter now. */
AGEN_INLINE_ void agen_pipe_tell_(struct agen_pipe_ *pipe, size_t level, bool from_interrupt)
{
    if (!from_interrupt) {
        if (level >= agen_own_(pipe, &pipe->wanted_))
            (void)agen_wake_all_(&pipe->list_, AGEN_RUN_);
    } else if (level >= agen_fetch_(pipe, &pipe->wanted_)) {
        agen_pipe_notify_(pipe);
    }
}

AGEN_FUNCTION_ size_t agen_pipe_put_(struct agen_pipe_ *pipe, const void *data, size_t n,
                                     bool from_interrupt)
{
    const uint8_t *from = (const uint8_t *)data;
    agen_byte_ *bytes = agen_pipe_bytes_(pipe);
    unsigned size = pipe->size_, tail = agen_own_(pipe, &pipe->tail_);
    size_t count = agen_pipe_between_(pipe, agen_fetch_(pipe, &pipe->head_), tail), i;
    size_t room = agen_pipe_closed_(pipe) ? 0 : size - 1 - count;

    if (n > room) {
        if (from_interrupt)
            AGEN_STORE_(uint16_t, &pipe->wakeup_.of_.lost_, pipe->wakeup_.of_.lost_ + (n - room));
        n = room;
    }
    for (i = 0; i < n; i++) {
        bytes[tail] = from[i];
        if (++tail == size)
            tail = 0;
    }
    if (n > 0) {
        agen_store_(pipe, &pipe->tail_, tail);
        agen_pipe_tell_(pipe, count + n, from_interrupt);
    }
    return n;
}

/*
 * Takes bytes into a buffer, or drops them. The loop's reader may wait for more than a writer waits
 * for room.
 */
AGEN_FUNCTION_ size_t agen_pipe_take_(struct agen_pipe_ *pipe, void *buffer, size_t n,
                                      bool from_interrupt)
{
    uint8_t *to = (uint8_t *)buffer;
    const agen_byte_ *bytes = agen_pipe_bytes_(pipe);
    unsigned size = pipe->size_, head = agen_own_(pipe, &pipe->head_), at = head;
    size_t count = agen_pipe_between_(pipe, head, agen_fetch_(pipe, &pipe->tail_)), i;

    if (n > count)
        n = count;
    for (i = 0; to && i < n; i++) {
        to[i] = bytes[at];
        if (++at == size)
            at = 0;
    }
    if (n > 0) {
        head += (unsigned)n;
        agen_store_(pipe, &pipe->head_, head < size ? head : head - size);
        if (from_interrupt)
            agen_pipe_tell_(pipe, size - 1 - (count - n), true);
        else if (!agen_pipe_selects_(pipe)) /* only readers select: there are fewer bytes now */
            agen_pipe_tell_(pipe, size, false);
    }
    return n;
}

AGEN_FUNCTION_ const uint8_t *agen_pipe_borrow_(struct agen_pipe_ *pipe, size_t *size)
{
    unsigned head = agen_own_(pipe, &pipe->head_), to_end = pipe->size_ - head;
    unsigned count = agen_pipe_between_(pipe, head, agen_fetch_(pipe, &pipe->tail_));

    *size = count < to_end ? count : to_end;
    return agen_pipe_bytes_(pipe) + head;
}

/* Waits for bytes or room: AGEN_RUN_ if there is enough, AGEN_DRAINED_ if there never will be. */
AGEN_OUTLINE_ int agen_pipe_wait_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                  struct agen_pipe_ *pipe, size_t n, bool room)
{
    agen_task *task = agen_task_of_(driver);
    struct agen_node_ *first;
    bool closed, known = false;

    if (n > pipe->size_ - 1u)
        n = pipe->size_ - 1u;
    for (;; known = true) {
        closed = agen_pipe_closed_(pipe);
        if (agen_pipe_level_(pipe, room) >= n)
            return AGEN_RUN_;
        if (closed)
            return AGEN_DRAINED_;
        if (!task)
            return AGEN_E_NO_LOOP;
        first = pipe->list_.first_;
        if (first && agen_is_ready_(&first->task_->entry_.base_)) {
            agen_list_remove_(first); /* of a select that goes on without it */
            first->list_ = NULL;
        } else if (first) {
            return AGEN_E_RUNNING;
        }
        if (known)
            break;
        agen_store_(pipe, &pipe->wanted_, n);
        agen_wakeup_set_(&pipe->wakeup_, task->loop_);
    }
#ifdef AGEN_HAVE_ISR_
    return agen_wait_(driver, leaf, &pipe->list_);
#else
    return agen_pause_(driver, leaf);
#endif
}

AGEN_FUNCTION_ int agen_pipe_wait_bytes_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                         struct agen_pipe_ *pipe, size_t n, int argument)
{
    if (argument >= 0)
        argument = agen_pipe_wait_(driver, leaf, pipe, n, false);
    if (argument == AGEN_RUN_)
        return AGEN_YIELDED;
    return argument == AGEN_DRAINED_ ? (int)AGEN_DONE : argument;
}

/* Looks for a byte among the first n, from `seen` on. Answers its place, or n. */
static AGEN_UNUSED_ size_t agen_pipe_find_(struct agen_pipe_ *pipe, int byte, size_t seen,
                                           size_t n)
{
    const agen_byte_ *bytes = agen_pipe_bytes_(pipe);
    size_t at = agen_own_(pipe, &pipe->head_) + seen;

    if (at >= pipe->size_)
        at -= pipe->size_;
    for (; seen < n && bytes[at] != byte; seen++)
        if (++at == pipe->size_)
            at = 0;
    return seen;
}

/*
 * Reads up to what `how` says: a delimiter, or one of enum agen_read_. A read that takes all at
 * once keeps in `count`, meanwhile, how far it has looked for the delimiter.
 */
AGEN_FUNCTION_ int agen_pipe_read_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                   struct agen_pipe_ *pipe, int how, void *buffer, size_t n,
                                   size_t *count, int argument)
{
    bool at_once = n < pipe->size_, looks = how >= 0 && at_once, closed, found, too_long;
    size_t seen = looks && argument != AGEN_START_ ? *count : 0, left, have, take, wanted;

    if (looks || argument == AGEN_START_)
        *count = 0;
    while (argument >= 0) {
        closed = agen_pipe_closed_(pipe);
        left = n - *count;
        have = agen_pipe_level_(pipe, false);
        take = have = have < left ? have : left;
        found = how == AGEN_SOME_ ? have > 0 || n == 0 : have == left;
        too_long = false;
        if (how >= 0) {
            too_long = found;
            seen = agen_pipe_find_(pipe, how, looks ? seen : 0, have);
            found = seen < have;
            if (found) {
                take = seen + 1;
                too_long = false;
            }
        }
        if (!found && at_once && (too_long || !closed))
            take = 0;
        *count += agen_pipe_take_(pipe, (uint8_t *)buffer + *count, take, false);
        if (found)
            return AGEN_YIELDED;
        if (too_long)
            return AGEN_E_TOO_LONG;
        if (closed)
            return how == AGEN_SOME_ ? (int)AGEN_DONE : (int)AGEN_E_INCOMPLETE;
        wanted = looks ? seen + 1 : how == AGEN_EXACTLY_ ? left - take : 1;
        if (!at_once && wanted > pipe->size_ / 2u)
            wanted = pipe->size_ / 2u;
        argument = agen_pipe_wait_(driver, leaf, pipe, wanted, false);
        if (argument == AGEN_PENDING) {
            if (looks)
                *count = seen;
            break;
        }
    }
    return argument;
}

AGEN_FUNCTION_ int agen_pipe_write_(struct agen_base_ *driver, struct agen_frame_ *leaf,
                                    struct agen_pipe_ *pipe, const void *data, size_t n,
                                    size_t *count, int argument)
{
    size_t half = pipe->size_ / 2u, left;

    if (argument == AGEN_START_)
        *count = 0;
    while (argument >= 0 && (left = n - *count) > 0) {
        if (agen_pipe_closed_(pipe))
            return AGEN_E_CLOSED;
        *count += agen_pipe_put_(pipe, (const uint8_t *)data + *count, left, false);
        left = n - *count;
        if (left > 0) {
            argument = agen_pipe_wait_(driver, leaf, pipe, left < half ? left : half, true);
            if (argument == AGEN_PENDING)
                return argument;
        }
    }
    return argument < 0 ? argument : (int)AGEN_DONE;
}

AGEN_FUNCTION_ void agen_pipe_close_(struct agen_pipe_ *pipe)
{
    AGEN_FENCE_();
    AGEN_STORE_(uint8_t, &pipe->wakeup_.kind_, AGEN_OF_CLOSED_PIPE_);
    (void)agen_wake_all_(&pipe->list_, AGEN_RUN_);
}


/*
 * Before each step of the generator of chunks. When it was closed or cancelled, it holds nothing,
 * and is new again unless the pipe is closed and drained.
 */
static AGEN_UNUSED_ struct agen_pipe_ *agen_chunks_renew_(agen_chunks *self)
{
    if (agen_done(self) && !agen_pipe_ended_(self->pipe_)) {
        AGEN_BASE_(self).state_ = AGEN_NEW_;
        AGEN_BASE_(self).link_ = NULL; /* the consumer that was cancelled may be gone */
    }
    return self->pipe_;
}

AGEN(agen_chunks, self)
{
    struct agen_pipe_ *pipe = agen_chunks_renew_(self);

    AGEN_BEGIN(self);
    for (;;) {
        AGEN_TRANSFER_(AGEN_COUNTER_, self, "AGEN_FOR of chunks",
                       agen_pipe_wait_bytes_(agen_driver_, AGEN_FRAME_(self), pipe, 1,
                                             agen_argument_), (void)0);
        if (agen_status_ == AGEN_DONE)
            AGEN_RETURN(self);
        self->value.data = agen_pipe_borrow_(pipe, &self->value.size);
        AGEN_YIELD_NOW_(AGEN_COUNTER_, self);
        (void)agen_pipe_take_(pipe, NULL, self->value.size, false);
    }
    AGEN_END(self);
}

AGEN_FUNCTION_ void agen_chunks_init_(agen_chunks *chunks, struct agen_pipe_ *pipe)
{
    agen_init_(AGEN_FRAME_(chunks), agen_chunks_agen_);
    chunks->pipe_ = pipe;
}
#endif

#endif /* AGEN_NO_LOOP */

#if defined __GNUC__ && !defined __clang__
#pragma GCC diagnostic pop
#endif
#ifdef AGEN_STATIC_LOCALS_
#pragma restore
#endif

#endif
