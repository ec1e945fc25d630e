#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Every order of a few events around one task: what does the task see in asyncio?

usage: tests/python/orders.py          prints the cases: a line for each program and what its task sees
       tests/python/orders.py FILE     compares FILE with that

tests/python/data/README.md describes the fields. The programs are run by CPython's own event loop, tasks,
timeouts, groups, locks, semaphores and queues; only the clock is not real. The data are those of CPython 3.13.0.
Where an older one differs, the section "As of 3.13" of tests/python/fuzz/tasks.py puts it right. asyncio has no
races: a race is that of the section "On purpose" there.

Where agen.h does something else on purpose, the line also has the name of the difference, and what is to be seen
there, which is what groups and timeouts of the section "On purpose" do. tests/python/test_orders.c has the same
programs, children and events with agen.h, pass by pass.
"""
import asyncio
import collections
import itertools
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), 'fuzz'))
import tasks  # noqa: E402: after the line above, which says where it is

EVENTS_AT = 10    # the time of the events
SET_AT = 20       # then all that is waited for comes
EXPIRES_AT = 30   # then a timeout expires, unless one of the events is its expiry
CANCELLED_AT = 40  # then the subject is cancelled, if it still lives


class Loop(asyncio.BaseEventLoop):
    """CPython's, pass by pass, with a clock that is set by hand."""

    def __init__(self):
        super().__init__()
        self.now, self._selector, self._clock_resolution = 0, self, 1e-9

    def time(self):
        return self.now

    def select(self, timeout):
        return []

    def _process_events(self, events):
        pass

    def settle(self):
        while self._ready or self.due() <= self.now:
            self._run_once()

    def due(self):
        return min((handle.when() for handle in self._scheduled if not handle.cancelled()), default=1000)

    def run_to(self, time):
        self.settle()
        while self.due() <= time:
            self.now = self.due()
            self.settle()
        self.now = time


class Failure(Exception):
    """What a child of a group, or a block, raises: its only argument is its letter in the trace."""


def letter(error):
    """What an error is called in a trace. A group of errors counts as its first one."""
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    if isinstance(error, asyncio.CancelledError):
        return 'C'
    if isinstance(error, TimeoutError):
        return 'T'
    assert isinstance(error, Failure), error
    return error.args[0]


class Child:
    """Child a of a group waits until it is told to end; b waits for what the subject waits for, also in its
    cleanup, so that a group that is cancelled is not over at once."""

    def __init__(self, case, kind):
        self.case, self.kind = case, kind
        self.told, self.fails, self.pauses, self.done = asyncio.Event(), None, 0, False

    def tell(self, fails, pauses):
        self.fails, self.pauses = fails, pauses
        self.told.set()

    async def run_a(self):
        await self.told.wait()
        for _ in range(self.pauses):
            await asyncio.sleep(0)
        self.done = True
        if self.fails:
            raise Failure(self.fails)

    async def run_b(self):
        try:
            await self.case.event.wait()
        except asyncio.CancelledError:
            await self.case.event.wait()
            raise

    async def run_h(self):
        """Fails in its first step."""
        raise Failure('H')

    def coroutine(self):
        return getattr(self, 'run_' + self.kind)()


class Case:
    """One program and one order of events, in asyncio; or with groups and timeouts of the section "On purpose"."""

    def __init__(self, program, events, group=tasks.NewTaskGroup, timeout=tasks.NewTimeout):
        self.program, self.events, self.group, self.timeout = program, events, group, timeout
        self.out, self.logged_at, self.idle = [], EVENTS_AT, False
        self.loop = Loop()
        kind = tasks.Task if 'R' in program or issubclass(group, tasks.Group) else \
            tasks.NewTask if sys.version_info < (3, 13) else asyncio.Task
        self.loop.set_task_factory(lambda loop, coroutine, **more: kind(coroutine, loop=loop, **more))
        self.task = self.queue = self.gate = None
        self.tasks, self.children, self.timeouts, self.groups = [], {}, {}, []
        self.named_groups = [at for at, c in enumerate(program) if c in 'GHR' and program[at + 1:at + 2] == '[']
        self.named_timeouts = [at for at, c in enumerate(program) if c == 'T']
        self.to_expire = [c for c in events if c in 'eo']

    # What the subject does.

    def log(self, text):
        if self.loop.now != self.logged_at:
            self.out.append(f'@{self.loop.now}')
            self.logged_at = self.loop.now
        self.out.append(text)

    def raised(self, what, error):
        self.log(f'{what}{letter(error)}{self.task.cancelling()}')

    async def pause(self):
        await self.go.wait()
        for _ in range(self.pauses):
            await asyncio.sleep(0)

    async def acquire(self):
        await self.gate.acquire()
        self.held = True

    async def generator(self):
        try:
            yield
        finally:
            await self.wait('y', self.event.wait)

    async def close(self):
        generator = self.generator()
        await anext(generator)
        await generator.aclose()

    async def wait(self, what, operation):
        try:
            await operation()
        except BaseException as e:
            self.raised(what, e)
            raise
        self.log(what)

    async def run(self, at):
        """Runs the program from there, up to the bracket that closes."""
        while self.program[at:at + 1] not in ('', ']', '-'):
            c = self.program[at]
            if self.program[at + 1:at + 2] == '[':
                await getattr(self, 'block_' + c)(at + 2)
                at = self.end_of(at + 2)
            elif c == 'c':
                self.task.cancel()
            elif c == '!':
                raise Failure('B')
            else:
                await self.wait(c, {'p': self.pause, 'w': self.event.wait, 'l': self.acquire, 'm': self.acquire,
                                    'q': lambda: self.queue.get(), 'k': self.close}[c])
            at += 1

    def end_of(self, at):
        depth = 1
        while depth:
            depth += {'[': 1, ']': -1}.get(self.program[at], 0)
            at += 1
        return at - 1

    async def block_x(self, at):
        try:
            await self.run(at)
        except BaseException as e:
            self.raised('x', e)

    async def block(self, what, manager, enter, at):
        try:
            async with manager:
                enter()
                await self.run(at)
        except BaseException as e:
            self.raised(what, e)
            raise

    async def block_T(self, at):
        index = self.named_timeouts.index(at - 2)
        usual = EXPIRES_AT + index if self.loop.now < EXPIRES_AT else self.loop.now + 20
        limit = self.timeout(usual)
        self.timeouts[index] = limit
        await self.block('t', limit, lambda: None, at)
        self.log('t*' if limit.expired() else 't')

    async def block_G(self, at, kind=None, children='ab', what='g'):
        group = (kind or self.group)()
        index = self.named_groups.index(at - 2)

        def enter():
            for name in children:
                child = Child(self, name)
                child.task = group.create_task(child.coroutine())
                child.task.index = index, name  # a race asks for it
                self.children[index, name] = child
                self.tasks.append(child.task)
        await self.block(what, group, enter, at)
        self.log(what)

    async def block_H(self, at):
        await self.block_G(at, children='hb', what='h')

    async def block_R(self, at):
        await self.block_G(at, tasks.Race, what='r')

    async def subject(self):
        self.held = False
        try:
            await self.run(1 if self.program[0] == 'n' else 0)
        except BaseException as e:
            self.raised('.', e)
        else:
            self.log(f'.{self.task.cancelling()}')
        finally:
            if self.held:
                self.release()
        if self.program.endswith('-'):
            return
        try:
            await asyncio.sleep(1)
        except BaseException as e:
            self.raised('z', e)
        else:
            self.log(f'z{self.task.cancelling()}')

    # What happens to it.

    def release(self):
        self.gate.release()

    def given(self):
        """What is waited for is there."""
        if self.gate:
            self.release()
        elif self.queue:
            self.queue.put_nowait(1)
        else:
            self.event.set()

    async def witness(self):
        """The witness waits for the same as the subject, after it."""
        await (self.gate.acquire() if self.gate else self.queue.get())
        self.witnessed = str(self.loop.now)
        if self.gate:
            self.release()

    def spawn(self):
        self.task = self.loop.create_task(self.subject())
        self.tasks.insert(0, self.task)

    def act(self, c):
        """True if there was something to act on."""
        if c == 'c':
            return self.task is not None and self.task.cancel()
        if c == 's':
            if self.event.is_set():
                return False
            self.given()
            return True
        if c in 'eo':
            limit = self.timeouts.get(0 if c == 'o' else len(self.named_timeouts) - 1)
            handle = limit and limit._timeout_handler
            if handle is None:
                return False
            handle._run()  # as the loop does when its time has come
            handle.cancel()
            return True
        if c == 'x':
            child = self.children.get((len(self.named_groups) - 1, 'a'))
            return child is not None and child.task.cancel()
        if c == 'a':
            for task in self.tasks:
                task.cancel()
            return True
        if c == 'n':
            self.spawn()
            return True
        raise AssertionError(c)

    async def actor(self, pauses, c):
        for _ in range(pauses):
            try:
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                pass
        self.idle = not self.act(c) or self.idle

    def happen(self):
        """The events. One at place n of the order acts in the same pass as the others, or in the next one if it
        comes after a timeout: the timers of agen.h act when a pass begins."""
        places = [at for at, c in enumerate(self.events) if c in 'eo']
        first, last = (places[0], places[-1]) if places else (len(self.events), len(self.events))
        told = []
        for at in [*range(last + 1, len(self.events)), *range(first), *range(first, min(last + 1, len(self.events)))]:
            c, late = self.events[at], int(at > last)
            if c == 'S' and self.program[0] == 'n':
                self.tasks.append(self.loop.create_task(self.actor(late, 'n')))
            elif c == 'S':
                self.pauses = 1 + late
                self.go.set()
            elif c in 'FOKfk':
                child = self.children.get((0 if c == 'O' else len(self.named_groups) - 1, 'a'))
                if child is None or child.task.done():
                    self.idle = True
                    continue
                told.append(child)
                child.tell(None if c in 'kK' else 'O' if c == 'O' else 'E', late + (c in 'fk'))
            else:
                self.tasks.append(self.loop.create_task(self.actor(1 + late, c)))
        self.loop.settle()
        if any(not child.done for child in told):
            self.idle = True

    def perform(self):
        asyncio._set_running_loop(self.loop)
        self.event, self.go = asyncio.Event(), asyncio.Event()
        self.witnessed = None
        if 'l' in self.program:
            self.gate = asyncio.Lock()
            self.gate._locked = True  # by the world outside
        if 'm' in self.program:
            self.gate = asyncio.Semaphore(0)
        if 'q' in self.program:
            self.queue = asyncio.Queue(2)
        if self.program[0] != 'n':
            self.spawn()
        self.loop.settle()
        if self.gate or self.queue:
            witness = self.loop.create_task(self.witness())
            self.tasks.insert(1, witness)
        self.loop.run_to(EVENTS_AT)
        self.happen()
        self.loop.run_to(SET_AT)
        self.event.set()
        if (self.gate or self.queue) and 's' not in self.events:
            self.given()
        self.loop.run_to(CANCELLED_AT)
        while not self.task.done():
            self.task.cancel()
            self.loop.run_to(self.loop.now + 10)
        result = '='
        for task in [self.task] + [child.task for child in self.children.values()]:
            result += ('?' if not task.done() else 'C' if task.cancelled()
                       else letter(task.exception()) if task.exception() else '+')
        self.out.append(result)
        if self.gate or self.queue:
            self.out.append('W' + (self.witnessed or '-'))
            witness.cancel()
            self.loop.settle()
        asyncio._set_running_loop(None)
        self.loop.close()
        return ' '.join(self.out)


# ----------------------------------------------------------------------------------------------------------
# Which cases there are
# ----------------------------------------------------------------------------------------------------------

def letters_for(program):
    """The events that may find something to act on, and how often each may come."""
    letters = {'c': 2, 'a': 1}
    if any(c in program for c in 'wlmqkGHR'):
        letters['s'] = 2 if 'm' in program else 1
    if 'T' in program:
        letters['e'] = 1
    if program.count('T') > 1:
        letters['o'] = 1
    groups = program.count('G') + program.count('R')
    if groups:
        letters.update(f=1, k=1, x=1)
        letters['K' if 'R' in program else 'F'] = 1
    if groups > 1:
        letters['O'] = 1
    return letters


def orders(program, length):
    """Each once. Two timeouts that expire do so side by side: those of agen.h all act when a pass begins."""
    step = 'p' in program or program[0] == 'n'
    letters = letters_for(program)
    if step:
        letters['S'] = 1
    for events in itertools.product(letters, repeat=length):
        events = ''.join(events)
        if any(events.count(c) > most for c, most in letters.items()) or (step and 'S' not in events):
            continue
        if 'e' in events and 'o' in events and abs(events.index('e') - events.index('o')) > 1:
            continue
        if sum(c in 'FfKkx' for c in events) > 1:
            continue
        yield events


WAITING = '''w x[w]w l m q k T[w] T[l] T[m] T[q] T[k] T[x[w]w] x[T[w]]w T[T[w]] G[w] G[] G[!] G[l] G[m] G[k] G[x[w]w]
x[G[w]]w x[G[]]w G[T[w]] T[G[w]] T[G[]] T[G[!]] G[G[w]] G[G[]] x[cw]T[w] x[cw]G[w] x[cw]G[] x[cw]T[G[w]] x[cw]G[T[w]]
x[cw]T[T[w]] R[w] R[] R[!] T[R[w]] R[T[w]] R[l]'''.split()


AROUND = '', 'n', 'x[cw]', 'x[p]', 'T[', 'T[x[p]', 'G[', 'G[x[p]', 'R[', 'x[cw]T[', 'x[cw]G['
AT_ITS_END = 'w- c- p- pc- pT[]- pT[c]- pG[]- pG[c]- pH[]- T[p]- T[pc]- G[p]- G[pc]- n- nc- nT[c]- nG[c]-'.split()


def steps():
    """Programs that take one step among the events: what is around it, and what it does. With how many of that."""
    for around in AROUND:
        pause = '' if 'p' in around or around == 'n' else 'p'
        for does in itertools.chain([()], *(itertools.product(('c', 'T[', 'G[', 'H[', 'R[', ']', '!'), repeat=length)
                                            for length in (1, 2))):
            if len(does) == 2 and ('R[' in does or around not in ('', 'x[p]', 'T[', 'G[')):
                continue
            text = around + pause + ''.join(does)
            depth, right = 0, '!' not in does[:-1]
            for c in text:
                depth += {'[': 1, ']': -1}.get(c, 0)
                right = right and depth >= 0
            if right:
                yield text + ('' if text.endswith('!') else 'w') + ']' * depth, len(does)


def cases():
    """(program, events). Left out are, to keep the data small, around a step that does two things the orders of three
    events, and around any step those of three with a shutdown, which is a cancellation for the subject, and for its
    children, too. What has an event that finds nothing to act on is a shorter order, and left out by lines()."""
    for program in WAITING:
        for length in (2, 3):
            for events in orders(program, length):
                yield program, events
    for program, does in steps():
        for count in (1, 2, 3) if does < 2 else (1, 2):
            for events in orders(program, count):
                if count < 3 or 'a' not in events:
                    yield program, events
    for program in AT_ITS_END:
        for count in range(3):
            for events in orders(program, count):
                yield program, events


class ToldLater(tasks.Group):
    """Hears of the end of each child a pass later, as in asyncio."""

    def has_ended(self, task):
        if not task.cancelled() and task.exception() is not None:
            self._errors.append(task.exception())
            if self.first is None and not self.block_failed:
                self.first = task.index

    def _on_task_done(self, task):
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None and not self._aborting:
            self._abort()
            if not self._exiting:
                self._parent_cancel_requested = True
                self._parent_task.cancel()
        self.wake()


def difference(program, events, trace):
    """Which difference makes agen.h do something else, and what; nothing if it does the same.

    The numbers are those of the section "What differs" of docs/PYTHON.md, TG6 is a row of it.
    """
    def trace_with(group, timeout):
        return Case(program, events, group, timeout).perform()
    here = trace_with(tasks.Group, tasks.Timeout)
    if here == trace:
        return ()
    if trace_with(tasks.Group, tasks.NewTimeout) != here:
        return 'TG6', here
    if here == not_sent_again(trace):
        return '3', here
    assert trace_with(ToldLater, tasks.Timeout) == trace, (program, events)
    return '4', here


def not_sent_again(trace):
    """The same, but the wait after the program is not cancelled."""
    before, cancelled, rest = trace.partition(' zC')
    if not cancelled:
        return trace
    time = [word for word in before.split() if word[0] == '@'][-1:] or [f'@{EVENTS_AT}']
    return f'{before} @{int(time[0][1:]) + 1} z{rest}'


def lines():
    """One for each program and what it sees, with all orders of events in which it does."""
    orders_of = collections.OrderedDict()
    for program, events in cases():
        case = Case(program, events)
        trace = case.perform()
        if not case.idle:
            orders_of.setdefault((program, trace, *difference(program, events, trace)), []).append(events or '-')
    for (program, trace, *more), events in orders_of.items():
        yield '\t'.join([program, ' '.join(events), trace, *more]) + '\n'


def main():
    tasks.quiet()
    print_to = None if len(sys.argv) < 2 else sys.argv[1]
    text = ''.join(lines())
    if print_to is None:
        sys.stdout.write(text)
        return 0
    with open(print_to) as f:
        there = f.read().splitlines()
    here = text.splitlines()
    wrong = set(here) ^ set(there)
    for line in sorted(wrong)[:20]:
        print('FAIL only', 'in ' + print_to if line in there else 'here', line)
    print(f'{len(set(here) & set(there))} passed, {len(wrong)} failed: {print_to} in CPython {sys.version.split()[0]}')
    return 1 if wrong or here != there else 0


if __name__ == '__main__':
    sys.exit(main())
