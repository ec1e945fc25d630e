# SPDX-License-Identifier: 0BSD
"""Python's async generators and coroutines, without an event loop. usage: see generators.py"""

from types import coroutine

from generators import Failure, result_of
from served import bytes_of, serve


async def numbers(n):
    for i in range(n):
        yield i


async def odd(source):
    async for i in source:
        if i % 2 == 1:
            yield i


async def map_(source):
    async for i in source:
        yield 3 * i + 1


async def from_(depth, n):
    if depth > 1:
        async for i in from_(depth - 1, n):
            yield i
    else:
        for i in range(n):
            yield i


async def consume(source):
    total = 0
    async for i in source:
        total ^= i
    return total


@coroutine
def wait():
    yield


async def chain(depth, turns):
    if depth > 1:
        return await chain(depth - 1, turns) + 1
    for _ in range(turns):
        await wait()
    return 1


async def handler():
    caught = 0
    while True:
        try:
            yield caught
        except Failure as e:
            caught -= e.args[0]


async def throws(n):
    x, total = handler(), 0
    await anext(x)
    for _ in range(n):
        total ^= await x.athrow(Failure(-5))
    await x.aclose()
    return total


async def guarded(log):
    try:
        try:
            try:
                yield 0
            finally:
                log[0] = (log[0] * 5 + 1) & 0xFFFF
        finally:
            log[0] = (log[0] * 5 + 2) & 0xFFFF
    finally:
        log[0] = (log[0] * 5 + 3) & 0xFFFF


async def closes(n):
    log = [0]
    for _ in range(n):
        x = guarded(log)
        await anext(x)
        await x.aclose()
    return log[0]


def run(x):
    """Of one that never waits."""
    try:
        x.send(None)
    except StopIteration as e:
        return e.value


def run_chain(depth):
    return lambda n: sum(result_of(chain(depth, 1))[0] for _ in range(n))


def run_resumes(depth):
    return lambda n: sum(result_of(chain(depth, n)))


def started():
    x = numbers(1)
    run(anext(x))
    return x


rows = {
    'generator': lambda n: run(consume(numbers(n))),
    'generator-open': lambda n: run(consume(numbers(n))),
    'from-5': lambda n: run(consume(from_(5, n))),
    'from-50': lambda n: run(consume(from_(50, n))),
    'stages': lambda n: run(consume(map_(odd(numbers(n))))),
    'throw': lambda n: run(throws(n)),
    'close': lambda n: run(closes(n)),
}
for d in 1, 10, 100:
    rows['chain-%d' % d] = run_chain(d)
    rows['resume-%d' % d] = run_resumes(d)

if __name__ == '__main__':
    serve(rows, lambda: print('generator', bytes_of(started)))
