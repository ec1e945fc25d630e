/* SPDX-License-Identifier: 0BSD */
/*
 * Threads for explore.h: the real code on stacks that are part of the world. A thread stops in
 * front of each atomic access, and the operation is to let one of them go on to its next: so all
 * interleavings are explored. What lies between two atomic accesses is private to the thread, or
 * there is a data race, which is for the thread sanitizer to find. Memory is sequentially
 * consistent, as all atomic accesses of agen.h are.
 */
#ifndef THREADS_H
#define THREADS_H

#include <stddef.h>
#include <ucontext.h>

#include "explore.h"

enum { STACK = 4096, FRAME = 64 }; /* FRAME: more than the frame of stop_ */

struct thread {
    void *jump[5]; /* where it goes on */
    unsigned char *top; /* the stack is in use from here on */
    bool started, ended;
    unsigned char stack[STACK];
};

static void *explorer_[5];
static struct thread *running_;

static __attribute__((noinline)) void back_(void)
{
    __builtin_longjmp(explorer_, 1);
}

/* In front of an atomic access; outside of threads it is nothing. */
static __attribute__((noinline)) void point_(void)
{
    if (!running_)
        return;
    running_->top = (unsigned char *)__builtin_frame_address(0) - FRAME;
    if (!__builtin_setjmp(running_->jump))
        back_();
}

/* Last in a body. */
static inline void end_thread(void)
{
    running_->ended = true;
    back_();
}

static __attribute__((noinline)) void enter_(struct thread *thread, void (*body)(void))
{
    ucontext_t context;

    if (thread->started)
        __builtin_longjmp(thread->jump, 1);
    thread->started = true;
    getcontext(&context);
    context.uc_stack.ss_sp = thread->stack;
    context.uc_stack.ss_size = sizeof thread->stack;
    makecontext(&context, body, 0);
    setcontext(&context);
}

/* Lets a thread go on to its next point, or to its end. */
static __attribute__((noinline)) void go_on(struct thread *thread, void (*body)(void))
{
    running_ = thread;
    if (!__builtin_setjmp(explorer_))
        enter_(thread, body);
    thread = running_;
    running_ = NULL;
    if (thread->ended) {
        memset(thread->jump, 0, sizeof thread->jump);
        thread->top = thread->stack + sizeof thread->stack;
    }
    ASSERT(thread->top > thread->stack);
    memset(thread->stack, 0, (size_t)(thread->top - thread->stack)); /* tells no states apart */
}

/* For a world whose last members, from `first` on, are these threads. What lies below is clear. */
static inline struct key_ key_of_threads(const void *world, const struct thread *first,
                                         unsigned count)
{
    struct key_ key = empty_key;
    unsigned i;

    key_add(&key, world, (size_t)((const unsigned char *)first - (const unsigned char *)world));
    for (i = 0; i < count; i++) {
        const unsigned char *end = first[i].stack + sizeof first[i].stack;

        key_add(&key, &first[i], offsetof(struct thread, stack));
        if (first[i].top)
            key_add(&key, first[i].top, (size_t)(end - first[i].top));
    }
    return key;
}

/* Any weak exchange may fail for no reason. */
#define __atomic_load_n(place, order) (point_(), __atomic_load_n(place, order))
#define __atomic_store_n(place, value, order) (point_(), __atomic_store_n(place, value, order))
#define __atomic_exchange_n(place, value, order) \
    (point_(), __atomic_exchange_n(place, value, order))
#define __atomic_compare_exchange_n(place, was, value, weak, order, other) \
    (point_(), running_ && maybe() \
                   ? (*(was) = *(place), false) \
                   : __atomic_compare_exchange_n(place, was, value, false, order, other))

#endif
