/* SPDX-License-Identifier: 0BSD */
#include "cpp20_bodies.hpp"

#include "contender.h"

std::size_t frame_bytes;

generator numbers(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        co_yield i;
}

generator from(int depth, unsigned n)
{
    if (depth > 1) {
        generator inner = from(depth - 1, n);

        while (inner.next())
            co_yield inner.value();
    } else {
        for (unsigned i = 0; i < n; i++)
            co_yield i;
    }
}

open_generator open_numbers(unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        co_yield i;
}

generator odd(generator source)
{
    while (source.next())
        if (source.value() % 2 == 1)
            co_yield source.value();
}

generator map(generator source)
{
    while (source.next())
        co_yield 3 * source.value() + 1;
}

unsigned sum(generator source)
{
    unsigned result = 0;

    while (source.next())
        result ^= source.value();
    return result;
}

task chain(int depth, unsigned turns, std::coroutine_handle<> &waiting)
{
    if (depth > 1)
        co_return co_await chain(depth - 1, turns, waiting) + 1;
    while (turns-- > 0)
        co_await waits{ waiting };
    co_return 1;
}

open_generator handler()
{
    unsigned caught = 0;

    for (;;)
        try {
            co_yield caught;
        } catch (const failure &e) {
            caught += unsigned(-e.code);
        }
}

struct guard {
    unsigned &log, number;

    ~guard() { LOG(log, number); }
};

generator guarded(unsigned &log)
{
    guard third{ log, 3 }, second{ log, 2 }, first{ log, 1 };

    co_yield 0;
}
