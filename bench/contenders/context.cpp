/* SPDX-License-Identifier: 0BSD */
/* Boost.Context: the consumers. */
#include "context_bodies.hpp"

#include "contender.h"

#include <cstdio>

static unsigned run_generator(unsigned n)
{
    coroutine x(numbers, &n);
    unsigned result = 0;

    while (x.next())
        result ^= x.value;
    return result;
}

template <int depth> static unsigned run_from(unsigned n)
{
    chain_of of = { depth, n };
    coroutine x(from, &of);
    unsigned result = 0;

    while (x.next())
        result ^= x.value;
    return result;
}

static unsigned run_stages(unsigned n)
{
    coroutine first(numbers, &n), second(odd, &first), third(map, &second);

    return sum(third);
}

template <int depth> static unsigned run_chain(unsigned n)
{
    unsigned result = 0;

    for (; n > 0; n--) {
        chain_of of = { depth, 1 };
        coroutine x(chain, &of);

        while (x.next())
            ;
        result += x.value;
    }
    return result;
}

template <int depth> static unsigned run_resumes(unsigned n)
{
    chain_of of = { depth, n };
    coroutine x(chain, &of);
    unsigned resumes = 0;

    while (x.next())
        resumes++;
    return resumes + x.value;
}

static unsigned run_throw(unsigned n)
{
    coroutine x(handler, nullptr);
    unsigned result = 0;

    x.next();
    for (; n > 0; n--)
        if (x.throw_in(failure{ -5 }))
            result ^= x.value;
    return result;
}

static unsigned run_close(unsigned n)
{
    unsigned log = 0;

    for (; n > 0; n--) {
        coroutine x(guarded, &log);

        x.next();
    }
    return log;
}

const row rows[] = {
    { "generator", nullptr, run_generator, 1 },
    { "generator-open", nullptr, run_generator, 1 }, /* each of them is */
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
    { nullptr, nullptr, nullptr, 0 },
};

void print_bytes()
{
    std::printf("generator %u\n", unsigned(STACK_BYTES + sizeof(coroutine)));
}
