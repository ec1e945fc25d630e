/* SPDX-License-Identifier: 0BSD */
#include "context_bodies.hpp"

#include "contender.h"

#include <cstdlib>
#include <new>
#include <utility>

static struct free_stack {
    free_stack *next;
} *free_stacks;

static failure unwind;

coroutine::coroutine(void (*b)(coroutine &, void *), void *a) : body(b), argument(a)
{
    if (free_stacks) {
        stack = free_stacks;
        free_stacks = free_stacks->next;
    } else {
        stack = std::malloc(STACK_BYTES);
        if (!stack)
            throw std::bad_alloc();
    }
    context = make_fcontext(static_cast<char *>(stack) + STACK_BYTES, STACK_BYTES, enter);
    context = jump_fcontext(context, this).context; /* to the first line of enter() and back */
}

coroutine::~coroutine()
{
    free_stack *freed = static_cast<free_stack *>(stack);

    if (!ended)
        resume(&unwind);
    freed->next = free_stacks;
    free_stacks = freed;
}

void coroutine::enter(transfer from)
{
    coroutine &self = *static_cast<coroutine *>(from.data);

    from = jump_fcontext(from.context, nullptr);
    self.context = from.context;
    if (!from.data) {
        try {
            self.body(self, self.argument);
        } catch (const unwinds &) {
        } catch (...) {
            self.thrown = std::current_exception();
        }
    }
    self.ended = true;
    jump_fcontext(self.context, nullptr);
}

bool coroutine::resume(failure *e)
{
    context = jump_fcontext(context, e).context;
    if (thrown)
        std::rethrow_exception(std::exchange(thrown, nullptr));
    return !ended;
}

void coroutine::yield(unsigned v)
{
    value = v;
    transfer from = jump_fcontext(context, nullptr);
    context = from.context;
    if (from.data) {
        if (from.data == &unwind)
            throw unwinds{};
        throw *static_cast<failure *>(from.data);
    }
}

void numbers(coroutine &self, void *argument)
{
    unsigned n = *static_cast<unsigned *>(argument);

    for (unsigned i = 0; i < n; i++)
        self.yield(i);
}

void odd(coroutine &self, void *argument)
{
    coroutine &source = *static_cast<coroutine *>(argument);

    while (source.next())
        if (source.value % 2 == 1)
            self.yield(source.value);
}

void map(coroutine &self, void *argument)
{
    coroutine &source = *static_cast<coroutine *>(argument);

    while (source.next())
        self.yield(3 * source.value + 1);
}

unsigned sum(coroutine &source)
{
    unsigned result = 0;

    while (source.next())
        result ^= source.value;
    return result;
}

/* An await is a call. It goes through a pointer, so that the compiler does not make a loop of it. */
static unsigned level(coroutine &self, int depth, unsigned turns);
static unsigned (*volatile call)(coroutine &, int, unsigned) = level;

static unsigned level(coroutine &self, int depth, unsigned turns)
{
    if (depth > 1)
        return call(self, depth - 1, turns) + 1;
    while (turns-- > 0)
        self.yield(0);
    return 1;
}

void chain(coroutine &self, void *argument)
{
    chain_of &of = *static_cast<chain_of *>(argument);

    self.value = level(self, of.depth, of.turns);
}

/* A delegation is a call, too. */
static void give(coroutine &self, int depth, unsigned n);
static void (*volatile call_give)(coroutine &, int, unsigned) = give;

static void give(coroutine &self, int depth, unsigned n)
{
    if (depth > 1)
        call_give(self, depth - 1, n);
    else
        for (unsigned i = 0; i < n; i++)
            self.yield(i);
}

void from(coroutine &self, void *argument)
{
    chain_of &of = *static_cast<chain_of *>(argument);

    give(self, of.depth, of.turns);
}

void handler(coroutine &self, void *)
{
    unsigned caught = 0;

    for (;;)
        try {
            self.yield(caught);
        } catch (const failure &e) {
            caught += unsigned(-e.code);
        }
}

struct guard {
    unsigned &log, number;

    ~guard() { LOG(log, number); }
};

void guarded(coroutine &self, void *argument)
{
    unsigned &log = *static_cast<unsigned *>(argument);
    guard third{ log, 3 }, second{ log, 2 }, first{ log, 1 };

    self.yield(0);
}
