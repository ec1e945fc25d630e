# SPDX-License-Identifier: 0BSD
"""Python's generators. usage: python3 generators.py serve|bytes: see served.py"""

from served import bytes_of, serve


class Failure(Exception):
    pass


def numbers(n):
    for i in range(n):
        yield i


def odd(source):
    for i in source:
        if i % 2 == 1:
            yield i


def map_(source):
    for i in source:
        yield 3 * i + 1


def from_(depth, n):
    if depth > 1:
        yield from from_(depth - 1, n)
    else:
        yield from range(n)


def consume(source):
    total = 0
    for i in source:
        total ^= i
    return total


def chain(depth, turns):
    if depth > 1:
        return (yield from chain(depth - 1, turns)) + 1
    for _ in range(turns):
        yield
    return 1


def result_of(x):
    """What it returns, and how often it was resumed."""
    resumes = 0
    x.send(None)
    try:
        while True:
            resumes += 1
            x.send(None)
    except StopIteration as e:
        return e.value, resumes


def run_chain(depth):
    return lambda n: sum(result_of(chain(depth, 1))[0] for _ in range(n))


def run_resumes(depth):
    return lambda n: sum(result_of(chain(depth, n)))


def handler():
    caught = 0
    while True:
        try:
            yield caught
        except Failure as e:
            caught -= e.args[0]


def run_throw(n):
    x, total = handler(), 0
    next(x)
    for _ in range(n):
        total ^= x.throw(Failure(-5))
    return total


def guarded(log):
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


def run_close(n):
    log = [0]
    for _ in range(n):
        x = guarded(log)
        next(x)
        x.close()
    return log[0]


def started():
    x = numbers(1)
    next(x)
    return x


rows = {
    'generator': lambda n: consume(numbers(n)),
    'generator-open': lambda n: consume(numbers(n)),
    'from-5': lambda n: consume(from_(5, n)),
    'from-50': lambda n: consume(from_(50, n)),
    'stages': lambda n: consume(map_(odd(numbers(n)))),
    'throw': run_throw,
    'close': run_close,
}
for d in 1, 10, 100:
    rows['chain-%d' % d] = run_chain(d)
    rows['resume-%d' % d] = run_resumes(d)

if __name__ == '__main__':
    serve(rows, lambda: print('generator', bytes_of(started)))
