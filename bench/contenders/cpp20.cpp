/* SPDX-License-Identifier: 0BSD */
/* C++20's coroutines: the consumers. */
#include "cpp20_bodies.hpp"

#include "contender.h"

#include <cstdio>
#include <vector>

static unsigned run_generator(unsigned n)
{
    generator x = numbers(n);
    unsigned result = 0;

    while (x.next())
        result ^= x.value();
    return result;
}

static unsigned run_generator_open(unsigned n)
{
    open_generator x = open_numbers(n);
    unsigned result = 0;

    while (x.next())
        result ^= x.value();
    return result;
}

static generator near(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        co_yield i;
}

static unsigned run_sight(unsigned n)
{
    generator x = near(n);
    unsigned result = 0;

    while (x.next())
        result ^= x.value();
    return result;
}

static std::vector<generator> live;

static void make_live(unsigned)
{
    live.clear();
    live.reserve(MILLION);
    for (unsigned i = 0; i < MILLION; i++)
        live.push_back(numbers(~0u));
}

static unsigned run_live(unsigned n)
{
    unsigned result = 0;

    for (unsigned i = 0; i < n; i++) {
        unsigned k = 991 * i % MILLION;

        if (live[k].next())
            result += live[k].value() + k;
    }
    return result;
}

template <int depth> static unsigned run_from(unsigned n)
{
    generator x = from(depth, n);
    unsigned result = 0;

    while (x.next())
        result ^= x.value();
    return result;
}

static unsigned run_stages(unsigned n)
{
    return sum(map(odd(numbers(n))));
}

static std::coroutine_handle<> waiting;

template <int depth> static unsigned run_chain(unsigned n)
{
    unsigned result = 0;

    for (; n > 0; n--) {
        task x = chain(depth, 1, waiting);

        x.handle.resume();
        while (!x.handle.done())
            waiting.resume();
        result += x.await_resume();
    }
    return result;
}

template <int depth> static unsigned run_resumes(unsigned n)
{
    task x = chain(depth, n, waiting);
    unsigned resumes = 0;

    for (x.handle.resume(); !x.handle.done(); resumes++)
        waiting.resume();
    return resumes + x.await_resume();
}

static unsigned run_throw(unsigned n)
{
    open_generator x = handler();
    unsigned result = 0;

    x.next();
    for (; n > 0; n--)
        if (x.throw_in(std::make_exception_ptr(failure{ -5 })))
            result ^= x.value();
    return result;
}

static unsigned run_close(unsigned n)
{
    unsigned log = 0;

    for (; n > 0; n--) {
        generator x = guarded(log);

        x.next();
    }
    return log;
}

const row rows[] = {
    { "generator", nullptr, run_generator, 1 },
    { "generator-open", nullptr, run_generator_open, 1 },
    { "sight", nullptr, run_sight, 1 },
    { "from-5", nullptr, run_from<5>, 1 },
    { "from-50", nullptr, run_from<50>, 10 },
    { "stages", nullptr, run_stages, 1 },
    { "chain-1", nullptr, run_chain<1>, 10 },
    { "chain-10", nullptr, run_chain<10>, 10 },
    { "chain-100", nullptr, run_chain<100>, 100 },
    { "resume-1", nullptr, run_resumes<1>, 1 },
    { "resume-10", nullptr, run_resumes<10>, 1 },
    { "resume-100", nullptr, run_resumes<100>, 1 },
    { "throw", nullptr, run_throw, 10 },
    { "close", nullptr, run_close, 10 },
    { "live", make_live, run_live, 1 }, /* last: it leaves a heap that makes others slower */
    { nullptr, nullptr, nullptr, 0 },
};

void print_bytes()
{
    generator x = numbers(1);

    std::printf("generator %u\n", unsigned(frame_bytes + sizeof x));
}
