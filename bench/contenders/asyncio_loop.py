# SPDX-License-Identifier: 0BSD
"""asyncio's event loop, in virtual time. usage: python3 asyncio_loop.py serve|bytes: see served.py, contender.h"""

import asyncio
import asyncio.events
import selectors

from served import bytes_of, serve

TASKS = 1000


class NoFiles(selectors.SelectSelector):
    """Asks the kernel for nothing, and moves the clock on to the next timer instead of sleeping."""

    def select(self, timeout=None):
        if timeout:
            self.ticks += timeout
        return []


class Loop(asyncio.SelectorEventLoop):
    def __init__(self):
        self.clock = NoFiles()
        self.clock.ticks = 0
        super().__init__(self.clock)

    def time(self):
        return self.clock.ticks


class Failure(Exception):
    pass


def period(number, turn):
    return 1 + (((number * 7919 + turn * 104729) * 2654435761 & 0xFFFFFFFF) >> 16)


kept = []  # the row before: what waits in it must not end while something is timed


def forget():
    """Ends what still waits, without a word."""
    while kept:
        loop, steps = kept.pop()
        for task in asyncio.all_tasks(loop):
            task._log_destroy_pending = False
            task.get_coro().close()
        loop._ready.clear()
        loop.close()


async def waits(event, number, total):
    while True:
        await event.wait()
        event.clear()
        total[0] += number


def make(row, n):
    """A row is a generator, which yields where the work begins. A pass of the loop is _run_once: what a driver outside
    of the loop does with agen_loop_poll.
    """
    forget()
    loop = Loop()
    asyncio.events._set_running_loop(loop)
    steps = row(loop, n)
    next(steps)
    kept.append((loop, steps))

    def run():
        result = next(steps)
        asyncio.events._set_running_loop(None)
        return result & 0xFFFFFFFF

    return run


def make_waiters(loop, n):
    total = [0]
    events = [asyncio.Event() for _ in range(n)]
    tasks = [loop.create_task(waits(e, i, total)) for i, e in enumerate(events)]
    loop._run_once()
    return events, tasks, total


def wake(loop, n):
    events, tasks, total = make_waiters(loop, TASKS)
    number = 0
    yield
    for _ in range(n):
        events[number].set()
        loop._run_once()
        number = (number + 991) % TASKS
    yield total[0]


def timer(loop, n):
    fired = total = 0

    async def sleeps(number):
        nonlocal fired, total
        turn = 0
        while True:
            await asyncio.sleep(period(number, turn))
            turn += 1
            if fired < n:
                fired += 1
                total += loop.time()

    tasks = [loop.create_task(sleeps(i)) for i in range(TASKS)]
    loop._run_once()
    yield
    while fired < n:
        loop._run_once()
    yield total


def queue(loop, n):
    got = total = 0
    items = asyncio.Queue(64)

    async def puts():
        for i in range(n):
            await items.put(i)

    async def gets():
        nonlocal got, total
        for got in range(1, n + 1):
            total ^= await items.get()

    tasks = [loop.create_task(puts()), loop.create_task(gets())]
    yield
    while got < n or not tasks[1].done():
        loop._run_once()
    yield total


def pipe(loop, n):
    total = 0
    stream = asyncio.StreamReader(loop=loop)

    async def reads():
        nonlocal total
        while True:
            total += (await stream.read(1))[0]

    task = loop.create_task(reads())
    loop._run_once()
    yield
    for i in range(n):
        stream.feed_data(bytes((i & 255,)))
        loop._run_once()
    yield total


def select(loop, n):
    """A pass does not do here: it takes one more to wake up the task that waits for a task."""
    total = 0
    event, items = asyncio.Event(), asyncio.Queue(64)

    async def selects():
        nonlocal total
        on_event = loop.create_task(event.wait())
        on_item = loop.create_task(items.get())
        while True:
            await asyncio.wait((on_event, on_item), return_when=asyncio.FIRST_COMPLETED)
            if on_event.done():
                event.clear()
                total += 1
                on_event = loop.create_task(event.wait())
            else:
                total += on_item.result()
                on_item = loop.create_task(items.get())

    task = loop.create_task(selects())
    yield
    for i in range(n):
        while loop._ready:
            loop._run_once()
        if i % 2 == 0:
            event.set()
        else:
            items.put_nowait(i)
    while loop._ready:
        loop._run_once()
    yield total


def group(strangers):
    def row(loop, n):
        total = 0
        others = make_waiters(loop, strangers)

        async def patient():
            nonlocal total
            try:
                await asyncio.Event().wait()
            finally:
                total += 1

        async def failing():
            await asyncio.sleep(0)
            raise Failure(5)

        async def parent():
            nonlocal total
            for _ in range(n):
                try:
                    async with asyncio.TaskGroup() as children:
                        children.create_task(patient())
                        children.create_task(patient())
                        children.create_task(failing())
                except* Failure as e:
                    total += e.exceptions[0].args[0]

        task = loop.create_task(parent())
        yield
        while not task.done():
            loop._run_once()
        yield total
    return row


async def nothing_more(future):
    await future


def print_bytes():
    loop = Loop()
    futures = [loop.create_future() for _ in range(1000)]
    left = iter(futures)

    def make():
        task = loop.create_task(nothing_more(next(left)))
        task._log_destroy_pending = False
        loop._run_once()
        return task

    print('task', bytes_of(make))


rows = {
    'wake': wake,
    'timer': timer,
    'queue': queue,
    'pipe': pipe,
    'select': select,
    'group-10': group(10),
    'group-1000': group(1000),
}

if __name__ == '__main__':
    serve(rows, print_bytes, make)
    forget()
