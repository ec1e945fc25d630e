/* SPDX-License-Identifier: 0BSD */
/*
 * Boost.Context: a stack for each. Its headers come with all of Boost's, 138 MB, so the two functions that this needs
 * are declared here. Boost.Coroutine2 is a class around them. As there, what is abandoned is unwound by an
 * exception, so that destructors run.
 */
#ifndef CONTEXT_BODIES_HPP
#define CONTEXT_BODIES_HPP

#include <cstddef>
#include <exception>

struct transfer {
    void *context, *data;
};
extern "C" transfer jump_fcontext(void *to, void *data);
extern "C" void *make_fcontext(void *top, std::size_t size, void (*function)(transfer));

enum { STACK_BYTES = 16384 }; /* Boost's default is 128 KiB */

struct unwinds {};
struct failure {
    int code;
};

/* Runs `body` on a stack of its own. The stacks are kept for the next, as Boost's pool does. */
class coroutine {
public:
    unsigned value = 0;
    bool ended = false;

    explicit coroutine(void (*body)(coroutine &self, void *argument), void *argument);
    coroutine(const coroutine &) = delete;
    ~coroutine();
    bool next() { return resume(nullptr); } /* false: it has ended */
    bool throw_in(failure e) { return resume(&e); }
    void yield(unsigned v);

private:
    void (*body)(coroutine &, void *);
    void *argument, *stack, *context;
    std::exception_ptr thrown;

    static void enter(transfer from);
    bool resume(failure *e);
};

void numbers(coroutine &self, void *n);
void from(coroutine &self, void *depth_and_n);
void odd(coroutine &self, void *source);
void map(coroutine &self, void *source);
unsigned sum(coroutine &source);
void chain(coroutine &self, void *depth_and_turns);
void handler(coroutine &self, void *);
void guarded(coroutine &self, void *log);

struct chain_of {
    int depth;
    unsigned turns; /* or the n of `from` */
};

#endif
