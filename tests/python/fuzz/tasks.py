#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Random tasks, run by asyncio and by agen.h in virtual time: does each task do the same?

usage: tests/python/fuzz/tasks.py [--weighting NAME] [--seed N] [--count N] [--cc CC] [--cflags FLAGS] [--show]
       tests/python/fuzz/tasks.py --self-test          breaks agen.h in several ways, and must find each
       tests/python/fuzz/tasks.py --python-only        no C: prints a digest of what asyncio does

Each program is a handful of tasks (nested tries, timeouts, groups, races, locks, semaphores, queues, events,
conditions, selects, joins, cancellations), generators that each of them may step, throw into, close and consume, and a
few things that happen to them from outside at given times. It is
written out twice: as Python for asyncio, and as C with agen.h. No clock runs: when nothing is ready, the time of the
next timer comes. Each task's own trace, events with their times, must be the same; the order between tasks is not
compared. A difference is made smaller and shown with both programs, and ends the run with exit status 1. Program i
of a run has the seed N + i: `--weighting NAME --seed N+i --count 1` runs it alone.

The model is CPython 3.13, whose tasks, futures, events, timeouts and groups are used as they are. What an older
one does in another way is put right in the section "As of 3.13", and what agen.h does in another way on purpose,
in the section "On purpose". Tasks are CPython's, in Python: those in C hide what has to be put right.
"""
import argparse
import asyncio
import collections
import collections.abc
import hashlib
import heapq
import os
import sys
import tempfile

sys.dont_write_bytecode = True
from common import (  # after the line above, which keeps the tree clean
    BLOCKS, C_PRELUDE, DONE, E_BAD_STATE, E_CANCELLED, E_CLOSED, E_EXIT, E_IGNORED_EXIT, E_RUNNING, E_TIMEOUT,
    MOST_EVENTS, MOST_LINES, PENDING, YIELDED, AppError, CBlocks, Fuzzer, LibraryError, Maker, PythonBlocks, Unfit,
    all_blocks_of, arguments, blocks_of, breaks_are_right, changed, compare_all, compile_and_run, exception,
    has_counter, options_for, quiet, shorter, show, show_all, shrink, smaller_blocks, statements)
from generators import MESSAGES, Cell, Closing

MOST_PASSES = 3000
FIRST_STREAM = 100  # a generator logs as this and its index
MOST_ROUNDS = 40  # of cancelling all that are left; who catches that many has found a way to live for ever

MOST_ALTERNATIVES = 4

BLOCKS.update({'timeout': (3,), 'group': (2,), 'race': (2,), 'call': (2,), 'each': (2,), 'drain': (2,),
               'select': tuple(range(3, 3 + MOST_ALTERNATIVES))})  # None: the select has no such alternative

# ----------------------------------------------------------------------------------------------------------
# As of 3.13: what older versions of asyncio do in another way
# ----------------------------------------------------------------------------------------------------------

if sys.version_info >= (3, 13):
    NewTask = asyncio.tasks._PyTask
    NewTaskGroup, NewTimeout = asyncio.TaskGroup, asyncio.Timeout
else:
    class NewTask(asyncio.tasks._PyTask):
        """Taking the last cancellation back also drops one that was not delivered yet."""

        def uncancel(self):
            left = super().uncancel()
            if left == 0:
                self._must_cancel = False
            return left

    class NewTaskGroup:
        """A group counts its own cancellation to the end, and cancels its task again if others are left."""

        def __init__(self):
            self._entered = self._exiting = self._aborting = self._parent_cancel_requested = False
            self._loop = self._parent_task = self._on_completed_fut = None
            self._tasks, self._errors = set(), []

        async def __aenter__(self):
            self._loop, self._parent_task = asyncio.get_running_loop(), asyncio.current_task()
            self._entered = True
            return self

        def create_task(self, coroutine):
            if not self._entered or self._aborting or (self._exiting and not self._tasks):
                coroutine.close()
                raise RuntimeError('not entered, shutting down, or finished')
            task = self._loop.create_task(coroutine)
            self._tasks.add(task)
            task.add_done_callback(self._on_task_done)
            return task

        def _abort(self):
            self._aborting = True
            for task in self._tasks:
                if not task.done():
                    task.cancel()

        def _on_task_done(self, task):
            self._tasks.discard(task)
            if not self._tasks and self._on_completed_fut is not None and not self._on_completed_fut.done():
                self._on_completed_fut.set_result(True)
            if task.cancelled() or task.exception() is None:
                return
            self._errors.append(task.exception())
            if not self._aborting and not self._parent_cancel_requested:
                self._abort()
                self._parent_cancel_requested = True
                self._parent_task.cancel()

        async def __aexit__(self, kind, error, traceback):
            self._exiting = True
            cancelled = error if isinstance(error, asyncio.CancelledError) else None
            if error is not None and not self._aborting:
                self._abort()
            while self._tasks:
                self._on_completed_fut = self._loop.create_future()
                try:
                    await self._on_completed_fut
                except asyncio.CancelledError as e:
                    if not self._aborting:
                        cancelled = e
                        self._abort()
                self._on_completed_fut = None
            if self._parent_cancel_requested and self._parent_task.uncancel() == 0:
                cancelled = None
            if cancelled is not None and not self._errors:
                raise cancelled
            if error is not None and not isinstance(error, asyncio.CancelledError):
                self._errors.append(error)
            if self._errors:
                if self._parent_task.cancelling():
                    self._parent_task.uncancel()
                    self._parent_task.cancel()
                raise BaseExceptionGroup('unhandled errors', self._errors) from None

    class NewTimeout(asyncio.Timeout):
        """A timeout does not mind cancellations from before its beginning (since 3.11.3)."""

        async def __aenter__(self):
            self._cancelling = asyncio.current_task().cancelling()
            return await super().__aenter__()

        async def __aexit__(self, kind, error, traceback):
            expired = self.expired()
            await super().__aexit__(kind, error, traceback)
            if expired and kind is asyncio.CancelledError and self._task.cancelling() <= self._cancelling:
                raise TimeoutError

# ----------------------------------------------------------------------------------------------------------
# On purpose: what agen.h does in another way than asyncio, see docs/PYTHON.md and docs/DESIGN.md
# ----------------------------------------------------------------------------------------------------------


class Task(NewTask):
    """A task that can be joined without being owned, and that tells its group."""
    index = group = None

    def __init__(self, coroutine, *, loop, **more):
        super().__init__(coroutine, loop=loop, **more)
        self._log_destroy_pending = False
        self.joiners = []

    def _Future__schedule_callbacks(self):
        """It has ended: its group, which has a callback, is told before those who joined it."""
        if self.group is not None:
            self.group.has_ended(self)
        super()._Future__schedule_callbacks()
        for joined in self.joiners:
            joined.set_result(self)


class Joined:
    """What a join waits for: the task, as in `await task`, but a cancellation of the waiter stays here.

    asyncio.shield does the same, and takes a pass more to tell the waiter.
    """
    _asyncio_future_blocking = False

    def __init__(self, task):
        self.task = task

    def get_loop(self):
        return self.task.get_loop()

    def add_done_callback(self, callback, *, context):
        self.callback, self.context = callback, context
        self.task.joiners.append(self)

    def cancel(self, msg=None):
        if self not in self.task.joiners or self.task.done():
            return False
        self.task.joiners.remove(self)
        self.set_result(self)
        return True

    def set_result(self, of_whom):
        self.get_loop().call_soon(self.callback, of_whom, context=self.context)

    def result(self):
        raise asyncio.CancelledError

    def __await__(self):
        self._asyncio_future_blocking = True
        yield self


class Permit(asyncio.Future):
    """What a waiter of a gate awaits. Cancelled when it has been granted, it hands the permit on at once."""
    granted = False

    def cancel(self, msg=None):
        if self.granted:
            self.granted = False
            self.gate.give()
        elif self in self.gate.waiters:
            self.gate.waiters.remove(self)
        return super().cancel(msg)


class Gate:
    """Permits that are handed to who waits longest, so that nobody passes: a lock, or a semaphore.

    asyncio's lock is free from its release until the waiter has run, and its queue lets a get pass a getter that
    was already woken.
    """

    def __init__(self, loop, free, is_lock=False):
        self.loop, self.free, self.is_lock, self.waiters = loop, free, is_lock, collections.deque()

    def try_acquire(self):
        if self.free == 0:
            return False
        self.free -= 1
        return True

    async def acquire(self):
        return self.try_acquire() or await self.wait()

    async def wait(self):
        permit = Permit(loop=self.loop)
        permit.gate = self
        self.waiters.append(permit)
        return await permit

    def give(self):
        if self.waiters:
            permit = self.waiters.popleft()
            permit.granted = True
            permit.set_result(True)
        else:
            self.free += 1

    def release(self):
        if self.is_lock and self.free:
            return E_BAD_STATE
        self.give()
        return DONE

    def wake_all(self):
        while self.waiters:
            self.waiters.popleft().set_result(False)


class Condition(Gate):
    """asyncio's, without its lock, which would never make anybody wait: no task here holds it while others run.

    A cancelled waiter that was notified hands that on at once. asyncio's notifies another one when it runs, also if
    it had not been notified itself; before 3.13 it never does.
    """

    def __init__(self, loop):
        super().__init__(loop, 0)

    def give(self):
        if self.waiters:
            super().give()

    def notify(self, count=1):
        for _ in range(min(count, len(self.waiters))):
            self.give()


class Queue:
    """Items and room are permits; the item itself is taken by who runs. Closed, it drains (as shutdown() of 3.13)."""

    def __init__(self, loop, capacity):
        self.items, self.room, self.store = Gate(loop, 0), Gate(loop, capacity), collections.deque()
        self.closed = False

    async def put(self, value):
        if self.closed or not await self.room.acquire() or self.closed:
            raise exception(E_CLOSED)
        self.fill(value)

    def fill(self, value):
        self.store.append(value)
        self.items.give()

    def try_put(self, value):
        if self.closed or not self.room.try_acquire():
            return False
        self.fill(value)
        return True

    def empty_one(self):
        value = self.store.popleft()
        self.room.give()
        return value

    consumed = False

    def __aiter__(self):
        return self

    async def __anext__(self):
        """As a generator of its items, it has one consumer at a time."""
        if self.consumed:
            raise exception(E_RUNNING)
        self.consumed = True
        try:
            value = await self.get()
        finally:
            self.consumed = False
        if value is None:
            raise StopAsyncIteration
        return value

    async def get(self):
        if self.items.try_acquire() or (not self.closed and await self.items.wait()) or self.items.try_acquire():
            return self.empty_one()
        return None

    def try_get(self):
        return self.empty_one() if self.items.try_acquire() else None

    def close(self):
        self.closed = True
        self.items.wake_all()
        self.room.wake_all()


class Alternative:
    """One of a select: in a list of waiters it stands for the future of a task that waits for nothing else.

    at_once() is None if it cannot be taken now, else whether it was granted what it waits for; bring(granted) is what
    happens when it is taken. What was granted goes back to the gate if the select is cancelled.
    """
    granted = selection = None

    def __init__(self, at_once, waiters, gate=None, bring=lambda granted: None, deadline=None):
        self.at_once, self.waiters, self.gate, self.bring, self.deadline = at_once, waiters, gate, bring, deadline

    def done(self):
        return self.selection.done()

    def set_result(self, _):
        self.selection.choose(self)


class Selection(asyncio.Future):
    """What a select waits for. The first alternative that comes is the result, and ends the wait for the others."""

    def __init__(self, alternatives, *, loop):
        super().__init__(loop=loop)
        self.alternatives, self.timers = alternatives, []
        for alternative in alternatives:
            alternative.selection = self
            if alternative.waiters is not None:
                alternative.waiters.append(alternative)
            elif alternative.deadline is not None:
                self.timers.append(loop.call_at(alternative.deadline, alternative.set_result, True))

    def leave(self, chosen=None):
        for alternative in self.alternatives:
            if alternative is not chosen and alternative in (alternative.waiters or ()):
                alternative.waiters.remove(alternative)
        for timer in self.timers:
            timer.cancel()

    def choose(self, alternative):
        self.leave(alternative)  # whoever goes through its own list has taken it out, or does not mind that it is done
        self.set_result(alternative)

    def cancel(self, msg=None):
        if not self.done():
            self.leave()
        elif not self.cancelled() and self.result().gate is not None and self.result().granted:
            self.result().granted = False
            self.result().gate.give()
        return super().cancel(msg)


async def select(loop, *alternatives):
    """asyncio has none. (Which alternative it took, what that brought): the first in the text if several are ready."""
    for number, alternative in enumerate(alternatives):
        granted = alternative.at_once()
        if granted is not None:
            return number, alternative.bring(granted)
    selection = Selection(alternatives, loop=loop)
    try:
        alternative = await selection
    finally:
        selection.leave()
    return alternatives.index(alternative), alternative.bring(alternative.granted)


class Timeout(NewTimeout):
    """One that is over at once is a timer like any other: it fires when the next pass begins.

    A cancellation of its own that a group has sent again is taken back, also after others that were caught before.
    """

    def reschedule(self, when):
        self._when = when
        if when is not None:
            self._timeout_handler = asyncio.get_running_loop().call_at(when, self._on_timeout)

    async def __aenter__(self):
        self.pending_at_entry = asyncio.current_task()._must_cancel
        return await super().__aenter__()

    async def __aexit__(self, *reason):
        try:
            await super().__aexit__(*reason)
        finally:
            if self.expired() and not self.pending_at_entry and self._task.cancelling() == self._cancelling:
                self._task._must_cancel = False


class InOrder(dict):
    """A set that is walked through in the order in which it was filled."""

    def add(self, task):
        self[task] = True

    def discard(self, task):
        self.pop(task, None)


class Group(NewTaskGroup):
    """The first error is raised, as it is. A cancellation that was caught in the block is not sent again."""

    def __init__(self):
        super().__init__()
        self._tasks = InOrder()
        self.first, self.block_failed, self.over = None, False, False

    async def __aenter__(self):
        parent = asyncio.current_task()
        self.caught_before = parent.cancelling() - parent._must_cancel
        return await super().__aenter__()

    async def __aexit__(self, kind, error, traceback):
        parent = self._parent_task
        foreign = parent.cancelling() - self._parent_cancel_requested
        cancelled = isinstance(error, asyncio.CancelledError)
        if self._parent_cancel_requested and foreign == self.caught_before:
            parent._must_cancel = False  # its own, sent again by a group inside
        outside = parent._must_cancel or (cancelled and foreign > self.caught_before)
        self.block_failed = error is not None and not cancelled and self.first is None
        try:
            return await super().__aexit__(kind, error, traceback)
        except BaseExceptionGroup as errors:
            if not outside and parent.cancelling() == foreign:
                parent._must_cancel = False
            raise (error if self.block_failed else errors.exceptions[0]) from None
        finally:
            self.over = True

    def create_task(self, coroutine):
        exiting, self._exiting = self._exiting, self.over
        try:
            task = super().create_task(coroutine)
        finally:
            self._exiting = exiting
        task.group = self
        return task

    def has_ended(self, task):
        """At once. One that decides is told to the group a pass later, as in asyncio, which tells each so."""
        failed = not task.cancelled() and task.exception() is not None
        if failed:
            self._errors.append(task.exception())
        if failed and self.first is None and not self.block_failed:
            self.first = task.index
        else:
            self.leaves(task)

    def leaves(self, task):
        """It decides nothing. asyncio's callback would only make the loop look busy for a pass."""
        task.remove_done_callback(self._on_task_done)
        self._tasks.discard(task)
        self.wake()

    def _on_task_done(self, task):
        self._tasks.discard(task)
        if not self._aborting:
            self._abort()
            if not self._exiting:
                self._parent_cancel_requested = True
                self._parent_task.cancel()
        self.wake()

    def wake(self):
        if not self._tasks and self._on_completed_fut is not None and not self._on_completed_fut.done():
            self._on_completed_fut.set_result(True)


class Race(Group):
    """asyncio has none. The first child that ends, however it ends, decides; the block goes on to its end."""

    def __init__(self):
        super().__init__()
        self.decision = self.reason = None

    async def __aexit__(self, kind, error, traceback):
        self._exiting, self.reason = True, error
        outside = isinstance(error, asyncio.CancelledError) and self._parent_task.cancelling() > self.caught_before
        if error is not None and not self._aborting:
            self._abort()
        while self._tasks:
            self._on_completed_fut = self._loop.create_future()
            try:
                await self._on_completed_fut
            except asyncio.CancelledError as e:
                outside, self.reason = True, self.reason or e
                if not self._aborting:
                    self._abort()
            self._on_completed_fut = None
        self.over = True
        raised = self.decision or self.reason
        if outside and not isinstance(raised, asyncio.CancelledError):
            self._parent_task.uncancel()
            self._parent_task.cancel()
        if raised is not None:
            raise raised from None

    def has_ended(self, task):
        failed = not task.cancelled() and task.exception() is not None
        cleanup_failed = failed and self._exiting and isinstance(self.reason, asyncio.CancelledError)
        if self.first is None and (cleanup_failed or not self._aborting):
            self.first = task.index
            self.decision = asyncio.CancelledError() if task.cancelled() else task.exception()
        else:
            self.leaves(task)

    def _on_task_done(self, task):
        self._tasks.discard(task)
        if not self._aborting:
            self._abort()
        self.wake()


class Loop(asyncio.AbstractEventLoop):
    """A loop whose clock goes on when it is told to. Timers act when a pass begins, in front of what is ready;
    those of the same time in the order in which they were made.

    asyncio's loop puts them after what is ready, so that each takes a pass more."""

    def __init__(self):
        self.now, self.ready, self.timers, self.made, self.errors = 0, collections.deque(), [], 0, []

    def time(self):
        return self.now

    def get_debug(self):
        return False

    def is_running(self):
        return True

    def call_soon(self, callback, *args, context=None):
        handle = asyncio.Handle(callback, args, self, context)
        self.ready.append(handle)
        return handle

    def call_at(self, when, callback, *args, context=None):
        handle = asyncio.TimerHandle(when, callback, args, self, context)
        self.made += 1
        heapq.heappush(self.timers, (when, self.made, handle))
        return handle

    def call_later(self, delay, callback, *args, context=None):
        return self.call_at(self.now + delay, callback, *args, context=context)

    def _timer_handle_cancelled(self, handle):
        pass

    def create_future(self):
        return asyncio.Future(loop=self)

    def create_task(self, coroutine, **more):
        return Task(coroutine, loop=self, **more)

    def call_exception_handler(self, context):
        if 'never retrieved' not in context['message']:
            self.errors.append(repr(context))

    def next_timer(self):
        while self.timers and self.timers[0][2].cancelled():
            heapq.heappop(self.timers)
        return self.timers[0] if self.timers else None

    def one_pass(self):
        while (timer := self.next_timer()) and timer[0] <= self.now:
            heapq.heappop(self.timers)[2]._run()
        for _ in range(len(self.ready)):
            handle = self.ready.popleft()
            if not handle.cancelled():
                handle._run()

    def idle_ticks(self):
        """0 if something is ready, None if nothing will be."""
        if self.ready:
            return 0
        timer = self.next_timer()
        return max(0, timer[0] - self.now) if timer else None

# ----------------------------------------------------------------------------------------------------------
# A program in Python
# ----------------------------------------------------------------------------------------------------------


class Body:
    """The state of one task."""

    def __init__(self, run, index):
        self.run, self.index = run, index
        self.turns = collections.Counter()

    def log(self, text):
        self.run.log(self.index, text)

    def code(self, error):
        return self.run.code(error)


class Stream(Cell):
    """A generator that each task may step. What agen.h does in another way than CPython, Cell says."""
    is_coroutine, definition = False, {'release': None}

    def __init__(self, run, index):
        self.run, self.body, self.function = run, Body(run, FIRST_STREAM + index), run.names[f'g{index}']
        self.busy = None
        self.init()

    def init(self):
        self.native = self.function(self.body)
        self.run.keep.append(self.native)
        self.new, self.ended, self.ignored = True, False, False

    def renew(self):
        if self.ended:
            self.init()

    def code(self, error):
        return self.run.code(error)


class Closer(collections.abc.Coroutine):
    """What create_task(g.aclose()) runs: what is thrown before its first step is thrown into the generator."""
    steps = None

    def __init__(self, stream):
        self.stream = stream

    def send(self, value):
        self.steps = self.steps or self.stream.step('close')
        return self.steps.send(value)

    def throw(self, error, *_):
        if self.steps is not None:
            return self.steps.throw(error)
        self.steps = self.cancelled(self.stream.code(error))
        return self.steps.send(None)

    async def cancelled(self, e):
        if (await self.stream.step('throw', e))[0] == YIELDED:
            raise exception(E_IGNORED_EXIT)

    def close(self):
        if self.steps is not None:
            self.steps.close()

    def __await__(self):
        return self


class Run:
    """A program in asyncio: what each task and the world outside have seen."""

    def __init__(self, program):
        self.program, self.trace, self.puzzle, self.silent = program, [], None, False
        self.loop, self.tasks, self.groups = Loop(), {}, {}
        names = {'exception': exception, 'run': self, 'sleep': asyncio.sleep, 'Group': Group, 'Race': Race,
                 'limit': self.limit, 'BaseException': BaseException, 'once': (0,), 'loop': self.loop, 'on': self.on,
                 'select': select, 'Closing': Closing}
        for name, kind, size in program['objects']:
            names[name] = {'event': lambda: asyncio.Event(), 'lock': lambda: Gate(self.loop, 1, True),
                           'semaphore': lambda: Gate(self.loop, size), 'queue': lambda: Queue(self.loop, size),
                           'condition': lambda: Condition(self.loop)}[kind]()
        try:
            exec(compile(python_source(program), '<program>', 'exec'), names)
        except SyntaxError as e:
            if 'nested blocks' not in str(e):
                raise
            raise Unfit('too many nested blocks') from e
        self.names = names
        self.functions = [names[f't{index}'] for index in range(len(program['tasks']))]
        self.keep = []
        self.streams = [Stream(self, index) for index in range(len(program['streams']))]

    def log(self, who, text):
        if self.silent:
            return
        self.trace.append(f'{who} @{self.loop.now} {text}')
        if len(self.trace) > MOST_EVENTS:
            self.puzzle, self.silent = 'too long', True

    def code(self, error):
        if isinstance(error, asyncio.CancelledError):
            return E_CANCELLED
        if isinstance(error, TimeoutError):
            return E_TIMEOUT
        if isinstance(error, (AppError, LibraryError)):
            return error.args[0]
        if isinstance(error, GeneratorExit):
            return E_EXIT
        for kind, message, code in MESSAGES:
            if isinstance(error, kind) and message in str(error):
                return code
        if not self.silent:
            self.puzzle = repr(error)
        return -1

    def limit(self, ticks):
        return Timeout(None if ticks is None else self.loop.now + ticks)

    # What tasks do to each other; a number names a task.

    def spawn(self, index, group=None):
        if index in self.tasks:
            return E_RUNNING
        closes = closed_by(self.program['tasks'][index])
        if closes is not None and self.streams[closes].busy:
            return E_RUNNING
        coroutine = self.functions[index](Body(self, index)) if closes is None else Closer(self.streams[closes])
        if group is not None and group not in self.groups:
            coroutine.close()
            return E_BAD_STATE
        try:
            task = (self.loop if group is None else self.groups[group]).create_task(coroutine)
        except RuntimeError:
            return E_CANCELLED
        self.tasks[index] = task
        task.index = index
        return DONE

    def cancel(self, index):
        return int(index in self.tasks and self.tasks[index].cancel())

    def current(self):
        return asyncio.current_task().index

    def cancelling(self, index):
        return self.tasks[index].cancelling()

    def status(self, index):
        task = self.tasks.get(index)
        if task is None:
            return DONE
        if not task.done():
            return PENDING
        return E_CANCELLED if task.cancelled() else self.code(task.exception()) if task.exception() else DONE

    def first(self, group):
        return self.groups[group].first if group in self.groups else None

    async def join(self, index):
        if self.status(index) == PENDING:
            if self.tasks[index] is asyncio.current_task():
                raise exception(E_RUNNING)
            await Joined(self.tasks[index])
        elif self.status(index) == E_TIMEOUT:
            raise TimeoutError
        elif self.status(index) != DONE:
            raise exception(self.status(index))

    # The alternatives of a select.

    def on(self, kind, what, value=None):
        return getattr(self, 'on_' + kind)(what) if value is None else self.on_put(what, value)

    def on_event(self, event):
        return Alternative(lambda: event.is_set() or None, event._waiters)

    def on_condition(self, condition):
        return Alternative(lambda: None, condition.waiters, condition)

    def on_acquire(self, gate):
        return Alternative(lambda: gate.try_acquire() or None, gate.waiters, gate)

    def on_get(self, queue):
        return Alternative(lambda: queue.items.try_acquire() or (False if queue.closed else None),
                           queue.items.waiters, queue.items,
                           lambda granted: queue.empty_one() if granted or queue.items.try_acquire() else None)

    def on_put(self, queue, value):
        def bring(granted):
            if not granted or queue.closed:
                raise exception(E_CLOSED)
            queue.fill(value)
        return Alternative(lambda: False if queue.closed else queue.room.try_acquire() or None, queue.room.waiters,
                           queue.room, bring)

    def on_end(self, index):
        def at_once():
            if self.status(index) == PENDING and self.tasks[index] is asyncio.current_task():
                raise exception(E_RUNNING)
            return None if self.status(index) == PENDING else True
        return Alternative(at_once, self.tasks[index].joiners if index in self.tasks else None)

    def on_timeout(self, ticks):
        return self.on_deadline(None if ticks is None else self.loop.now + ticks)

    def on_deadline(self, deadline):
        return Alternative(lambda: None if deadline is None or deadline > self.loop.now else True, None,
                           deadline=deadline)

    # The world outside.

    def act(self, what, which):
        if what == 'cancel':
            self.log('D', f'cancel {which} {self.cancel(which)}')
        elif what == 'advance':
            self.loop.now += which
        else:
            getattr(self.names[which], what)()

    def live(self):
        return [task for task in self.tasks.values() if not task.done()]

    def perform(self):
        asyncio._set_running_loop(self.loop)
        try:
            self.drive()
        finally:
            asyncio._set_running_loop(None)
            self.silent = True
        if self.loop.errors:
            self.puzzle = self.loop.errors[0]
        if self.puzzle:
            if self.puzzle != 'too long':
                print('puzzle:', self.puzzle, 'in', self.program['seed'], self.program['weighting'])
            raise Unfit(self.puzzle)

    def drive(self):
        script, loop, passes, here, rounds = list(self.program['script']), self.loop, 0, 0, 0
        for index in range(self.program['roots']):
            self.spawn(index)
        while True:
            while script and (script[0][0] < loop.now or (script[0][0] == loop.now and script[0][1] <= here)):
                self.act(*script.pop(0)[2:])
            loop.one_pass()
            here += 1
            passes += 1
            if passes > MOST_PASSES or self.puzzle:
                raise Unfit(self.puzzle or 'too many passes')
            idle = loop.idle_ticks()
            if idle == 0:
                continue
            if script and script[0][0] <= loop.now:
                here = script[0][1]
                continue
            if script:
                ahead = script[0][0] - loop.now
                idle = ahead if idle is None else min(idle, ahead)
            if idle is None:
                rounds += 1
                if not self.live() or rounds > MOST_ROUNDS:
                    break
                self.log('D', 'cancel all')
                for index in range(len(self.functions)):
                    self.cancel(index)
                continue
            loop.now += idle
            here = 0
        for index in range(len(self.functions)):
            self.log('D', f'end {index} {self.status(index)}')


def closed_by(body):
    """The generator that a task is there to close, or None."""
    return body[0][2] if body and body[0][0] == 'closes' else None


def python_source(program):
    lines = []
    for index, body in enumerate(program['tasks']):
        writer = PythonWriter()
        lines += writer.function(f't{index}', body)
    for index, body in enumerate(program['streams']):
        lines += PythonWriter().function(f'g{index}', body + [['never']])
    return '\n'.join(lines) + '\n'


class PythonWriter(PythonBlocks):
    def function(self, name, body):
        self.name, self.before = name, []
        self.put(0, f'async def {name}(self):')
        self.put(1, 'log = self.log')
        self.put(1, 'log("start")')
        self.block(1, body, '0')
        self.put(1, 'log("end")')
        return self.before + self.out

    def write_never(self, n, error):
        self.put(n, 'if 0: yield')

    def write_yield(self, n, error, number):
        self.put(n, f'yield {number}')
        self.write_event(n, error, number)

    def write_each(self, n, error, number, body, stream, closing):
        if closing:
            self.put(n, f'async with Closing(run.streams[{stream}]) as k{number}:')
            self.put(n + 1, f'async for v{number} in k{number}:')
        else:
            self.put(n, f'async for v{number} in run.streams[{stream}]:')
        self.put(n + 1 + closing, f'log(f"{number} for {{v{number}}}")')
        self.block(n + 1 + closing, body, error)
        self.write_event(n, error, number)

    def write_drain(self, n, error, number, body, queue):
        self.put(n, f'async for v{number} in {queue}:')
        self.put(n + 1, f'log(f"{number} for {{v{number}}}")')
        self.put(n + 1, 'if run.silent: break')  # a loop that fills the queue again has no end
        self.block(n + 1, body, error)
        self.write_event(n, error, number)

    def write_step(self, n, error, number, stream, name, e):
        self.put(n, f'st, value = await run.streams[{stream}].step("{name}", {e})')
        self.put(n, f'log(f"{number} closed")' if name == 'close' else f'log(f"{number} {name} {{st}} {{value}}")')

    def write_closes(self, n, error, number, stream):
        self.put(n, 'pass')

    def write_renew(self, n, error, number, stream):
        self.put(n, f'run.streams[{stream}].renew()')

    def write_delegate(self, n, error, number, stream):
        """`yield from`, as PEP 828 expands it."""
        self.put(n, 'op, arg = "next", 0')
        self.put(n, 'while True:')
        self.put(n + 1, f'st, value = await run.streams[{stream}].step(op, arg)')
        self.put(n + 1, 'if st == 0: break')
        self.put(n + 1, 'try:')
        self.put(n + 2, 'yield value')
        self.put(n + 1, 'except GeneratorExit:')
        self.put(n + 2, f'await run.streams[{stream}].step("close")')
        self.put(n + 2, 'raise')
        self.put(n + 1, 'except BaseException as e:')
        self.put(n + 2, 'op, arg = "throw", self.code(e)')
        self.put(n + 1, 'else:')
        self.put(n + 2, 'op, arg = "next", 0')
        self.write_event(n, error, number)

    def write_pause(self, n, error, number, passes):
        for _ in range(passes):
            self.put(n, 'await sleep(0)')
        self.write_event(n, error, number)

    def write_sleep(self, n, error, number, ticks):
        self.put(n, f'await sleep({ticks})')
        self.write_event(n, error, number)

    def write_work(self, n, error, number, ticks):
        self.put(n, f'loop.now += {ticks}')

    def write_wait(self, n, error, number, event):
        self.put(n, f'await {event}.wait()')
        self.write_event(n, error, number)

    def write_set(self, n, error, number, event):
        self.put(n, f'{event}.set()')

    def write_clear(self, n, error, number, event):
        self.put(n, f'{event}.clear()')

    def write_acquire(self, n, error, number, gate):
        self.put(n, f'await {gate}.acquire()')
        self.write_event(n, error, number)

    def write_tryacquire(self, n, error, number, gate):
        self.put(n, f'log(f"{number} {{int({gate}.try_acquire())}}")')

    def write_release(self, n, error, number, gate):
        self.put(n, f'log(f"{number} released {{{gate}.release()}}")')

    def write_put(self, n, error, number, queue):
        self.put(n, f'await {queue}.put({number})')
        self.write_event(n, error, number)

    def write_tryput(self, n, error, number, queue):
        self.put(n, f'log(f"{number} {{int({queue}.try_put({number}))}}")')

    def write_get(self, n, error, number, queue):
        self.put(n, f'log(f"{number} got {{await {queue}.get()}}")')

    def write_tryget(self, n, error, number, queue):
        self.put(n, f'log(f"{number} got {{{queue}.try_get()}}")')

    def write_close(self, n, error, number, queue):
        self.put(n, f'{queue}.close()')

    def write_count(self, n, error, number, queue):
        self.put(n, f'log(f"{number} holds {{len({queue}.store)}}")')

    def write_timeout(self, n, error, number, ticks, body):
        self.put(n, f'async with limit({ticks}) as l{number}:')
        self.part(n + 1, body, error)
        self.put(n, f'log(f"{number} expired {{int(l{number}.expired())}}")')

    def write_group(self, n, error, number, body, kind='Group'):
        self.put(n, f'run.groups[{number}] = {kind}()')
        self.put(n, f'async with run.groups[{number}]:')
        self.part(n + 1, body, error)
        self.write_first(n, error, number, number)

    def write_race(self, n, error, number, body):
        self.write_group(n, error, number, body, 'Race')

    def write_first(self, n, error, number, group):
        self.put(n, f'log(f"{number} first {{run.first({group})}}")')

    def write_spawn(self, n, error, number, task):
        self.put(n, f'log(f"{number} spawned {{run.spawn({task})}}")')

    def write_gspawn(self, n, error, number, group, task):
        self.put(n, f'log(f"{number} spawned {{run.spawn({task}, {group})}}")')

    def write_join(self, n, error, number, task):
        self.put(n, f'await run.join({task})')
        self.write_event(n, error, number)

    def write_cancel(self, n, error, number, task):
        task = 'run.current()' if task == 'self' else task
        self.put(n, f'log(f"{number} cancelled {{run.cancel({task})}}")')

    def write_status(self, n, error, number, task):
        self.put(n, f'log(f"{number} status {{run.status({task})}}")')

    def write_cancelling(self, n, error, number):
        self.put(n, f'log(f"{number} cancelling {{run.cancelling(run.current())}}")')

    def write_notified(self, n, error, number, condition):
        self.put(n, f'await {condition}.wait()')
        self.write_event(n, error, number)

    def write_notify(self, n, error, number, condition, count):
        self.put(n, f'{condition}.notify({count})')

    def write_select(self, n, error, number, alternatives, *blocks):
        those = [(one, block) for one, block in zip(alternatives, blocks) if block is not None]
        words = [f'on("{kind}", {what}' + (f', {mark})' if kind == 'put' else ')') for (kind, mark, what), _ in those]
        self.put(n, f's{number}, v{number} = await select(loop, {", ".join(words)})')
        for place, ((kind, mark, what), block) in enumerate(those):
            self.put(n, f'{"elif" if place else "if"} s{number} == {place}:')
            self.put(n + 1, f'log(f"{mark} got {{v{number}}}")' if kind == 'get' else f'log("{mark} taken")')
            self.block(n + 1, block, error)

    def write_call(self, n, error, number, body):
        inner = PythonWriter()
        self.before += inner.function(f'{self.name}_{number}', body)
        self.put(n, f'await {self.name}_{number}(self)')
        self.write_event(n, error, number)


# ----------------------------------------------------------------------------------------------------------
# The same program in C
# ----------------------------------------------------------------------------------------------------------

C_OWN = r'''
#ifndef SECONDS
#define SECONDS 10 /* that a program may take; none takes one */
#endif
enum { MOST_PASSES = %d, MOST_ROUNDS = %d, MOST_LINES = %d };

static agen_ticks ticks;
static agen_loop loop;
static int lines;

static agen_ticks now(void)
{
    return ticks;
}

static void say(int who, const char *format, ...)
{
    va_list arguments;

    if (++lines > MOST_LINES) {
        printf("too long\n");
        fflush(stdout);
        _exit(0);
    }
    if (who < 0)
        printf("D @%%u ", (unsigned)ticks);
    else
        printf("%%d @%%u ", who, (unsigned)ticks);
    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}

/* What the world outside does: before that pass at that time, or when nothing else is left to do. */
struct action {
    agen_ticks time;
    int pass, what, which;
};

static bool any_lives(const agen_task *tasks, int count)
{
    while (count > 0)
        if (agen_task_status(&tasks[--count]) == AGEN_PENDING)
            return true;
    return false;
}

static void drive(agen_task *tasks, int count, const struct action *next, void (*act)(int what, int which))
{
    int passes = 0, here = 0, rounds = 0, i;

    for (;;) {
        agen_ticks idle;

        for (; next->what && (next->time < ticks || (next->time == ticks && next->pass <= here)); next++)
            act(next->what, next->which);
        (void)agen_loop_poll(&loop);
        here++;
        if (++passes > MOST_PASSES) {
            printf("endless\n");
            return;
        }
        idle = agen_loop_idle_ticks(&loop);
        if (idle == 0)
            continue;
        if (next->what && next->time <= ticks) {
            here = next->pass;
            continue;
        }
        if (next->what && next->time - ticks < idle)
            idle = next->time - ticks;
        if (idle == AGEN_FOREVER) {
            if (!any_lives(tasks, count) || ++rounds > MOST_ROUNDS)
                break;
            say(-1, "cancel all\n");
            for (i = 0; i < count; i++)
                (void)agen_cancel(&tasks[i]);
            continue;
        }
        ticks += idle;
        here = 0;
    }
    for (i = 0; i < count; i++)
        say(-1, "end %%d %%d\n", i, agen_task_status(&tasks[i]));
}
''' % (MOST_PASSES, MOST_ROUNDS, MOST_EVENTS + 50)

C_OBJECTS = {'event': 'static agen_event {};', 'condition': 'static agen_condition {};',
             'lock': 'static agen_lock {};', 'semaphore': 'static agen_semaphore {};',
             'queue': 'static AGEN_QUEUE(int, {1}) {0};'}
C_ACTIONS = {'cancel': 'say(-1, "cancel %d %d\\n", {which}, (int)agen_cancel(&{p}task[{which}]))',
             'set': 'agen_event_set(&{p}{which})', 'clear': 'agen_event_clear(&{p}{which})',
             'close': 'agen_queue_close(&{p}{which})', 'give': '(void)agen_release(&{p}{which})',
             'notify': 'agen_notify(&{p}{which}, 1)'}


def c_program(program, prefix):
    tasks, objects, script = program['tasks'], program['objects'], program['script']
    writers = [CWriter(program, prefix, index) for index in range(len(tasks))]
    functions = [writer.function(f't{index}', body) for index, (writer, body) in enumerate(zip(writers, tasks))]
    streams = program['streams']
    for index, body in enumerate(streams):
        writers.append(CWriter(program, prefix, FIRST_STREAM + index, f'{prefix}G{index}'))
        functions.append(writers[-1].function(f'g{index}', body, 'AGEN_YIELDS(int)'))
    out = []
    for writer in writers:
        out += writer.structs
    for name, kind, size in objects:
        out.append(C_OBJECTS[kind].format(prefix + name, size))
    out.append(f'static agen_task {prefix}task[{len(tasks)}];')
    out.append(f'static bool {prefix}started[{len(tasks)}];')
    out += [f'static struct {prefix}t{index} {prefix}T{index};' for index in range(len(tasks))]
    out += [f'static struct {prefix}g{index} {prefix}G{index};' for index in range(len(streams))]
    out.append(f'static int {prefix}spawn(agen_group *group, int index);')
    out.append(f'static void {prefix}renew(int index);')
    for index, lines in enumerate(functions):
        if index >= len(tasks):
            index += FIRST_STREAM - len(tasks)
        out += ['#undef put', f'#define put(...) say({index}, __VA_ARGS__)'] + lines
    out += [f'static int {prefix}spawn(agen_group *group, int index)', '{', '    int status = AGEN_E_RUNNING;', '',
            f'    if ({prefix}started[index])', '        return status;', '    switch (index) {']
    for index in range(len(tasks)):
        t = f'&{prefix}task[{index}], &{prefix}T{index}'
        if closed_by(tasks[index]) is not None:
            closed = f'&{prefix}G{closed_by(tasks[index])}'
            out.append(f'    case {index}: status = agen_spawn_close(&loop, &{prefix}task[{index}], {closed}); break;')
            continue
        out.append(f'    case {index}: agen_init(&{prefix}T{index}, {prefix}t{index});')
        out.append(f'        status = group ? agen_group_spawn(group, {t}) : agen_spawn(&loop, {t}); break;')
    out += ['    }', f'    {prefix}started[index] = status == AGEN_DONE;', '    return status;', '}']
    out += [f'static void {prefix}renew(int index)', '{', '    switch (index) {']
    for index in range(len(streams)):
        g = f'{prefix}G{index}'
        out.append(f'    case {index}: if (agen_done(&{g})) agen_init(&{g}, {prefix}g{index}); break;')
    out += ['    }', '}']
    out += [f'static void {prefix}act(int what, int which)', '{', '    (void)which;', '    switch (what) {']
    for number, (_, _, what, which) in enumerate(script):
        out.append(f'    case {number + 1}: {C_ACTIONS[what].format(p=prefix, which=which)}; break;')
    out += ['    }', '}', f'static void {prefix}run(void)', '{', '    static const struct action script[] = {']
    for number, (time, at, what, which) in enumerate(script):
        out.append(f'        {{ {time}, {at}, {number + 1}, 0 }},')
    out += ['        { 0, 0, 0, 0 }', '    };', '', '    agen_loop_init(&loop, now);']
    for name, kind, size in objects:
        if kind == 'semaphore':
            out.append(f'    agen_semaphore_init(&{prefix}{name}, {size});')
        if kind == 'queue':
            out.append(f'    agen_queue_init(&{prefix}{name});')
    out += [f'    agen_init(&{prefix}G{index}, {prefix}g{index});' for index in range(len(streams))]
    out += [f'    {prefix}spawn(NULL, {index});' for index in range(program['roots'])]
    out += [f'    drive({prefix}task, {len(tasks)}, script, {prefix}act);', '}', '']
    return '\n'.join(out)


class CWriter(CBlocks):
    def __init__(self, program, prefix, task, path=None):
        super().__init__()
        self.program, self.prefix, self.task = program, prefix, task
        self.path = path or f'{prefix}T{task}'  # of the instance
        self.structs, self.before, self.members = [], [], []

    def function(self, name, body, head='AGEN_COROUTINE'):
        g = self.prefix + name
        self.name = name
        self.out = [f'AGEN({g}, self)', '{']
        self.put(1, 'AGEN_BEGIN(self);')
        self.put(1, 'put("start\\n");')
        self.block(1, body, None)
        self.put(1, 'put("end\\n");')
        self.put(1, 'AGEN_END(self);')
        self.out.append('}')
        slots = self.slots_used(self.out)
        self.structs += [f'struct {g} {{', f'    {head};'] + [f'    {member};' for member in self.members]
        if slots:
            self.structs.append('    agen_slot ' + ', '.join(f's{i}' for i in range(slots)) + ';')
        self.structs.append('};')
        return self.before + self.out

    def event(self, n, number):
        self.put(n, f'put("{number}\\n");')

    def write_if(self, n, slot, number, *rest):
        self.members.append(f'int c{number}')
        super().write_if(n, slot, number, *rest)

    def write_loop(self, n, slot, number, *rest):
        self.members.append(f'int i{number}')
        super().write_loop(n, slot, number, *rest)

    def write_yield(self, n, slot, number):
        self.put(n, f'AGEN_YIELD(self, {number});')
        self.event(n, number)

    def write_each(self, n, slot, number, body, stream, closing):
        g = f'{self.prefix}G{stream}'
        if not closing:
            self.put(n, f'AGEN_FOR(self, &{g}) {{')
        elif slot is None:
            self.put(n, f'AGEN_FOR_CLOSING(self, &{g}) {{')
        else:
            self.put(n, f'AGEN_FOR_CLOSING_IN(self, &self->s{slot}, &{g}) {{')
        self.put(n + 1, f'put("{number} for %d\\n", {g}.value);')
        self.block(n + 1, body, slot + 1 if closing and slot is not None else slot)
        self.put(n, '} AGEN_END_FOR(self);' if closing else '}')
        self.event(n, number)

    def write_drain(self, n, slot, number, body, queue):
        self.put(n, f'AGEN_FOR(self, &{self.prefix}{queue}) {{')
        self.put(n + 1, f'put("{number} for %d\\n", {self.prefix}{queue}.value);')
        self.block(n + 1, body, slot)
        self.put(n, '}')
        self.event(n, number)

    def write_step(self, n, slot, number, stream, name, e):
        g = f'{self.prefix}G{stream}'
        self.put(n, f'AGEN_{name.upper()}(self, &{g}{f", {e}" if name == "throw" else ""});')
        if name == 'close':
            self.put(n, f'put("{number} closed\\n");')
            return
        self.put(n, f'put("{number} {name} %d %d\\n", agen_status(self), '
                    f'agen_status(self) == AGEN_YIELDED ? {g}.value : 0);')

    def write_closes(self, n, slot, number, stream):
        pass

    def write_renew(self, n, slot, number, stream):
        self.put(n, f'{self.prefix}renew({stream});')

    def write_delegate(self, n, slot, number, stream):
        self.put(n, f'AGEN_YIELD_FROM(self, &{self.prefix}G{stream});')
        self.event(n, number)

    def write_pause(self, n, slot, number, passes):
        for _ in range(passes):
            self.put(n, 'AGEN_PAUSE(self);')
        self.event(n, number)

    def write_sleep(self, n, slot, number, ticks):
        self.put(n, f'AGEN_SLEEP(self, {ticks});')
        self.event(n, number)

    def write_work(self, n, slot, number, ticks):
        self.put(n, f'ticks += {ticks};')

    def write_wait(self, n, slot, number, event):
        self.put(n, f'AGEN_WAIT(self, &{self.prefix}{event});')
        self.event(n, number)

    def write_set(self, n, slot, number, event):
        self.put(n, f'agen_event_set(&{self.prefix}{event});')

    def write_clear(self, n, slot, number, event):
        self.put(n, f'agen_event_clear(&{self.prefix}{event});')

    def write_acquire(self, n, slot, number, gate):
        self.put(n, f'AGEN_ACQUIRE(self, &{self.prefix}{gate});')
        self.event(n, number)

    def write_tryacquire(self, n, slot, number, gate):
        self.put(n, f'put("{number} %d\\n", (int)agen_try_acquire(&{self.prefix}{gate}));')

    def write_release(self, n, slot, number, gate):
        self.put(n, f'put("{number} released %d\\n", agen_release(&{self.prefix}{gate}));')

    def write_put(self, n, slot, number, queue):
        self.put(n, f'AGEN_PUT(self, &{self.prefix}{queue}, {number});')
        self.event(n, number)

    def write_tryput(self, n, slot, number, queue):
        self.put(n, f'put("{number} %d\\n", (int)agen_try_put(&{self.prefix}{queue}, {number}));')

    def write_get(self, n, slot, number, queue):
        self.members.append(f'int v{number}')
        self.put(n, f'AGEN_GET(self, &{self.prefix}{queue}, self->v{number});')
        self.put(n, f'if (agen_status(self) == AGEN_YIELDED) put("{number} got %d\\n", self->v{number});')
        self.put(n, f'else put("{number} got None\\n");')

    def write_tryget(self, n, slot, number, queue):
        self.members.append(f'int v{number}')
        self.put(n, f'if (agen_try_get(&{self.prefix}{queue}, self->v{number}))')
        self.put(n + 1, f'put("{number} got %d\\n", self->v{number});')
        self.put(n, f'else put("{number} got None\\n");')

    def write_close(self, n, slot, number, queue):
        self.put(n, f'agen_queue_close(&{self.prefix}{queue});')

    def write_count(self, n, slot, number, queue):
        self.put(n, f'put("{number} holds %d\\n", (int)agen_queue_count(&{self.prefix}{queue}));')

    def scope(self, n, slot, what, member, more, body):
        self.put(n, f'AGEN_{what}(self, &self->{member}{more}) {{')
        self.block(n + 1, body, slot)
        self.put(n, f'}} AGEN_END_{what}(self);')

    def write_timeout(self, n, slot, number, ticks, body):
        self.members.append(f'agen_timeout l{number}')
        self.scope(n, slot, 'TIMEOUT', f'l{number}', f', {"AGEN_FOREVER" if ticks is None else ticks}', body)
        self.put(n, f'put("{number} expired %d\\n", (int)agen_expired(&self->l{number}));')

    def write_group(self, n, slot, number, body, what='GROUP'):
        self.members.append(f'agen_group g{number}')
        self.scope(n, slot, what, f'g{number}', '', body)
        self.write_first(n, slot, number, number)

    def write_race(self, n, slot, number, body):
        self.write_group(n, slot, number, body, 'RACE')

    def write_first(self, n, slot, number, group):
        g = '&' + self.group(group)
        self.put(n, f'if (agen_group_first({g}))')
        self.put(n + 1, f'put("{number} first %d\\n", (int)(agen_group_first({g}) - {self.prefix}task));')
        self.put(n, f'else put("{number} first None\\n");')

    def group(self, number):
        """The path to a group, wherever in the program it is."""
        for index, body in enumerate(self.program['tasks']):
            path = path_to(number, body, f'{self.prefix}T{index}')
            if path:
                return path
        for index, body in enumerate(self.program['streams']):
            path = path_to(number, body, f'{self.prefix}G{index}')
            if path:
                return path
        raise KeyError(number)

    def write_spawn(self, n, slot, number, task):
        self.put(n, f'put("{number} spawned %d\\n", {self.prefix}spawn(NULL, {task}));')

    def write_gspawn(self, n, slot, number, group, task):
        self.put(n, f'put("{number} spawned %d\\n", {self.prefix}spawn(&{self.group(group)}, {task}));')

    def write_join(self, n, slot, number, task):
        self.put(n, f'AGEN_JOIN(self, &{self.prefix}task[{task}]);')
        self.event(n, number)

    def write_cancel(self, n, slot, number, task):
        task = self.current() if task == 'self' else f'&{self.prefix}task[{task}]'
        self.put(n, f'put("{number} cancelled %d\\n", (int)agen_cancel({task}));')

    def current(self):
        return 'agen_current_task(self)' if self.task >= FIRST_STREAM else f'&{self.prefix}task[{self.task}]'

    def write_status(self, n, slot, number, task):
        self.put(n, f'put("{number} status %d\\n", agen_task_status(&{self.prefix}task[{task}]));')

    def write_cancelling(self, n, slot, number):
        self.put(n, f'put("{number} cancelling %d\\n", agen_cancelling({self.current()}));')

    def write_notified(self, n, slot, number, condition):
        self.put(n, f'AGEN_CONDITION_WAIT(self, &{self.prefix}{condition});')
        self.event(n, number)

    def write_notify(self, n, slot, number, condition, count):
        self.put(n, f'agen_notify(&{self.prefix}{condition}, {count});')

    def write_select(self, n, slot, number, alternatives, *blocks):
        self.put(n, 'AGEN_SELECT(self)')
        for (kind, mark, what), block in zip(alternatives, blocks):
            if block is None:
                continue
            words = f'&{self.prefix}{what}'
            if kind == 'end':
                words = f'&{self.prefix}task[{what}]'
            elif kind in ('timeout', 'deadline'):
                words = 'AGEN_FOREVER' if what is None else what
            if kind not in ('timeout', 'deadline'):
                self.members.append(f'agen_alternative a{mark}')
                words = f'&self->a{mark}, {words}'
            if kind == 'get':
                self.members.append(f'int v{mark}')
                words = f'{words}, self->v{mark}'
            elif kind == 'put':
                words = f'{words}, {mark}'
            self.put(n, f'AGEN_ON_{kind.upper()}(self, {words}) {{')
            if kind == 'get':
                self.put(n + 1, f'if (agen_status(self) == AGEN_YIELDED) put("{mark} got %d\\n", self->v{mark});')
                self.put(n + 1, f'else put("{mark} got None\\n");')
            else:
                self.put(n + 1, f'put("{mark} taken\\n");')
            self.block(n + 1, block, slot)
            self.put(n, '}')
        self.put(n, 'AGEN_END_SELECT(self);')

    def write_call(self, n, slot, number, body):
        inner = CWriter(self.program, self.prefix, self.task, f'{self.path}.k{number}')
        name = f'{self.name}_{number}'
        self.before += inner.function(name, body)
        self.structs += inner.structs
        self.members.append(f'struct {self.prefix}{name} k{number}')
        self.put(n, f'agen_init(&self->k{number}, {self.prefix}{name});')
        self.put(n, f'AGEN_AWAIT(self, &self->k{number});')
        self.event(n, number)


def path_to(number, block, path):
    for s in block:
        if s[0] in ('group', 'race') and s[1] == number:
            return f'{path}.g{number}'
        for inner in blocks_of(s):
            found = path_to(number, inner, f'{path}.k{s[1]}' if s[0] == 'call' else path)
            if found:
                return found
    return None


# ----------------------------------------------------------------------------------------------------------
# Making programs up
# ----------------------------------------------------------------------------------------------------------

EVERYTHING = {
    'event': 2, 'pause': 9, 'sleep': 8, 'work': 1, 'raise': 6, 'return': 3, 'leave': 3, 'error': 3, 'reraise': 3,
    'if': 4, 'loop': 3, 'try': 11, 'call': 4, 'wait': 4, 'set': 4, 'clear': 1, 'hold': 5, 'acquire': 1, 'release': 1,
    'tryacquire': 1, 'put': 3, 'get': 3, 'tryput': 1, 'tryget': 1, 'close': 1, 'count': 1, 'timeout': 8, 'group': 9,
    'race': 4, 'select': 4, 'cancelling': 2, 'notified': 2, 'notify': 3, 'spawn': 3, 'gspawn': 3, 'join': 4,
    'cancel': 5, 'suicide': 2, 'status': 1, 'first': 1, 'burst': 1, 'yield': 0, 'delegate': 0, 'each': 0, 'drain': 0,
    'step': 0, 'renew': 0}


class Weighting:
    def __init__(self, words, kinds, tasks=9, roots=(1, 3), size=14, child=6, children=3, caught=60, script=4, depth=6,
                 times=(1, 1, 2, 3, 5), limits=(0, 1, 2, 2, 3, 5, None), at_once=20, scarred=10,
                 permits=(0, 1, 2, 2), room=(1, 1, 2, 3), each=2, happens=None, streams=0):
        self.words, self.kinds = words, {**EVERYTHING, **kinds}
        self.tasks, self.roots, self.size, self.child, self.children = tasks, roots, size, child, children
        self.caught, self.script, self.depth, self.times, self.limits = caught, script, depth, times, limits
        self.at_once = at_once  # percent of children that hardly wait
        self.scarred = scarred  # percent of tasks that have caught a cancellation before
        self.streams = streams  # how many generators there are that any task may step
        self.permits, self.room = permits, room  # of semaphores and queues at the beginning
        self.each = each  # how many events, locks and queues there are: the fewer, the more tasks meet at one
        self.happens = happens or {'cancel': 60, 'set': 10, 'clear': 4, 'close': 4}  # from outside


WEIGHTINGS = {
    'streams': Weighting(
        'generators and queues that tasks consume, with each other, in timeouts, groups and under cancellation',
        {'each': 16, 'step': 16, 'renew': 5, 'delegate': 7, 'yield': 34, 'drain': 4, 'try': 16, 'put': 5, 'tryput': 4,
         'pause': 10, 'sleep': 7, 'timeout': 8, 'cancel': 6, 'suicide': 3, 'hold': 4, 'group': 6, 'race': 3, 'raise': 4,
         'close': 2, 'spawn': 16},
        tasks=11, roots=(2, 4), size=10, script=6, times=(1, 1, 2), streams=4, each=1),
    'everything': Weighting('everything', {}),
    'groups': Weighting(
        'storms of failing groups',
        {'group': 26, 'race': 5, 'timeout': 9, 'pause': 16, 'sleep': 3, 'raise': 9, 'try': 12, 'gspawn': 6,
         'cancel': 5, 'suicide': 3, 'hold': 2, 'put': 1, 'get': 1, 'wait': 1, 'set': 1, 'loop': 1, 'work': 1},
        tasks=12, roots=(1, 2), size=10, child=4, children=4, at_once=70, times=(1, 1, 1, 2), scarred=25),
    'locks': Weighting(
        'locks, semaphores and queues under cancellation',
        {'hold': 24, 'acquire': 3, 'release': 2, 'tryacquire': 4, 'put': 14, 'get': 14, 'tryput': 4, 'tryget': 4,
         'count': 3, 'cancel': 16, 'spawn': 6, 'pause': 12, 'sleep': 6, 'group': 4, 'race': 2, 'timeout': 6,
         'wait': 2, 'set': 2, 'raise': 3, 'call': 2},
        tasks=8, roots=(1, 4), script=8, times=(1, 1, 2)),
    'timeouts': Weighting(
        'many timeouts that expire together and with cancellations',
        {'timeout': 34, 'sleep': 22, 'pause': 4, 'work': 3, 'group': 6, 'race': 3, 'cancel': 8, 'suicide': 3,
         'hold': 4},
        tasks=7, roots=(1, 3), script=9, times=(1, 2, 2, 3), limits=(0, 1, 1, 2, 2, 2, 3, 3, None), scarred=20),
    'select': Weighting(
        'selects and conditions, several of which come at once and with cancellations',
        {'select': 40, 'burst': 40, 'notified': 16, 'pause': 5, 'sleep': 3, 'loop': 6, 'try': 5, 'cancel': 3,
         'timeout': 5, 'spawn': 3, 'hold': 3, 'raise': 2, 'group': 2, 'race': 1, 'call': 2, 'wait': 2, 'put': 2,
         'get': 2},
        tasks=6, roots=(3, 6), size=7, script=8, times=(1, 1, 2), limits=(0, 1, 1, 2, 3, None), permits=(0, 0, 0, 1),
        room=(1, 1, 2), each=1, happens={'cancel': 30, 'set': 10, 'clear': 10, 'close': 3, 'notify': 20, 'give': 10})}


class TaskMaker(Maker):
    def __init__(self, seed, weighting):
        super().__init__(seed)
        self.name, self.w = weighting, WEIGHTINGS[weighting]
        self.yields = False  # whether this is a place for a yield
        self.bodies, self.waiting, self.groups, self.later = 0, [], [], []

    def program(self):
        r = self.random
        roots = r.randint(*self.w.roots)
        self.objects = [[f'event{i}', 'event', 0] for i in range(self.w.each)] + [['condition0', 'condition', 0]] \
            + [[f'lock{i}', 'lock', 1] for i in range(self.w.each)] \
            + [['semaphore0', 'semaphore', r.choice(self.w.permits)]] \
            + [[f'queue{i}', 'queue', r.choice(self.w.room)] for i in range(self.w.each)]
        self.waiting = [self.w.size] * roots
        self.made, bodies = 0, []
        streams = []
        for _ in range(self.w.streams):
            self.yields = True
            streams.append(self.block(r.randint(3, self.w.size), False, None, 0))
        self.yields = False
        while self.waiting:
            size = self.waiting.pop(0)
            self.made = len(bodies) + 1
            if size == 'closes':
                bodies.append([['closes', self.number(), r.randrange(self.w.streams)]])
                continue
            scar = self.scar() if self.chance(self.w.scarred) else []
            bodies.append(scar + (self.child() if size == 'at once'
                                  else self.block(r.randint(2, size), False, None, 0)))
        for statement, at, what in self.later:
            choices = range(len(bodies)) if what == 'task' else self.groups
            statement[at] = r.choice(choices) if choices else None
        bodies, streams = [[without_lost(body) for body in those] for those in (bodies, streams)]
        return {'seed': self.seed, 'weighting': self.name, 'tasks': bodies, 'streams': streams, 'roots': roots,
                'objects': self.objects, 'script': self.script(len(bodies))}

    def script(self, tasks):
        r, actions = self.random, []
        for _ in range(r.randint(0, self.w.script)):
            what = self.pick(self.w.happens)
            which = r.randrange(tasks) if what == 'cancel' else self.object(
                {'close': 'queue', 'notify': 'condition', 'give': 'semaphore'}.get(what, 'event'))
            actions.append([r.choice((0, 0, 1, 1, 2, 2, 3, 4, 5, 7)), r.choice((0, 0, 0, 1, 2, 3, 4)), what, which])
        return sorted(actions, key=lambda action: action[:2])

    def object(self, *kinds):
        return self.random.choice([name for name, kind, _ in self.objects if kind in kinds])

    def error_code(self):
        return self.random.choice([-1, -2, -3, -4, -5, -6, -7, E_CANCELLED, E_TIMEOUT, -110])

    def new_task(self, may_close=False):
        """Its index; its body is made later."""
        index = self.made + len(self.waiting)
        if index >= self.w.tasks:
            return None
        if may_close and self.w.streams and self.chance(60):
            self.waiting.append('closes')
            return index
        self.waiting.append('at once' if self.chance(self.w.at_once) else self.w.child)
        return index

    def child(self):
        """One of those that end together: some passes, and then its end, or a block, or a cleanup that fails."""
        r = self.random
        body = [['pause', self.number(), r.choice((1, 1, 1, 2, 2, 3))]] * self.chance(60)
        if self.chance(25):
            cleanup = [['pause', self.number(), 1]] * self.chance(50) + [['raise', self.number(), self.error_code()]]
            return body + [['try', self.number(), self.block(2, False, None, 1), None, False, cleanup]]
        return body + self.block(r.randint(1, 3), False, None, 1)

    def scar(self):
        cancelled = [['cancel', self.number(), 'self'], ['pause', self.number(), 1]]
        return [['try', self.number(), cancelled, [], True, None]]

    def children(self, group):
        spawned = []
        for _ in range(self.random.randint(0, self.w.children)):
            index = self.new_task()
            if index is not None:
                spawned.append(['gspawn', self.number(), group, index])
        return spawned

    def block(self, size, breakable, slot, depth):
        block = []
        while size > 0:
            kinds = dict(self.w.kinds)
            if not breakable:
                kinds['leave'] = 0
            if not self.yields:
                kinds['yield'] = kinds['delegate'] = 0
            if slot is None:
                kinds['error'] = kinds['reraise'] = 0
            if depth >= self.w.depth:
                for kind in ('if', 'loop', 'try', 'timeout', 'group', 'race', 'hold', 'call', 'select', 'each',
                             'drain'):
                    kinds[kind] = 0
            if depth == 0:
                kinds['raise'] /= 4
                kinds['return'] /= 4
            made, used, ends = self.statement(self.pick(kinds), size, breakable, slot, depth)
            size -= used
            block += made
            if ends:
                break
        return block

    def caught(self, made, slot, depth):
        """The same in a try, so that a task that fails early is not over."""
        percent = self.w.caught if depth < 2 else self.w.caught / 2
        if depth >= self.w.depth or (slot or 0) > 5 or not self.chance(percent):
            return made
        handler = [[self.pick({'event': 3, 'pause': 2, 'sleep': 1}), self.number()]]
        if handler[0][0] != 'event':
            handler[0].append(1)
        if self.chance(25):
            handler.append(['cancelling', self.number()])
        cleanup = [['event', self.number()]] if self.chance(20) else None
        return [['try', self.number(), made, handler if self.chance(70) else [], self.chance(35), cleanup]]

    def burst(self):
        """Others get to wait; then things that end waits, and cancellations, without a wait between them."""
        r = self.random
        made = [[r.choice(('pause', 'pause', 'sleep')), self.number(), 1]] * self.chance(75)
        for _ in range(r.randint(2, 5)):
            kind = self.pick({'set': 4, 'notify': 6, 'release': 4, 'tryput': 5, 'tryget': 3, 'cancel': 12,
                              'close': 0.3})
            s = [kind, self.number(), None if kind == 'cancel' else self.object(*{
                'set': ('event',), 'notify': ('condition',), 'release': ('lock', 'semaphore')}.get(kind, ('queue',)))]
            made.append(s)
            if kind == 'cancel':
                self.later.append((s, 2, 'task'))
            elif kind == 'notify':
                s.append(r.choice((1, 1, 2, 9)))
            elif kind == 'set' and self.chance(80):
                made.append(['clear', self.number(), s[2]])
        return made

    def alternatives(self):
        """Of a select: [kind, number, what] of each. No object, and no deadline, stands in two."""
        r, made, taken = self.random, [], set()
        for _ in range(r.choice((1, 2, 2, 2, 3, 3, MOST_ALTERNATIVES))):
            kind = self.pick({'event': 6, 'condition': 8, 'get': 6, 'put': 2, 'acquire': 3, 'end': 2, 'timeout': 2,
                              'deadline': 1})
            if kind in ('end', 'timeout', 'deadline'):
                what = {'end': None, 'timeout': r.choice(self.w.limits), 'deadline': r.choice((0, 1, 2, 3, 5))}[kind]
                name = 'end' if kind == 'end' else 'time'
            else:
                name = what = self.object(*{'acquire': ('lock', 'semaphore'), 'get': ('queue',),
                                            'put': ('queue',)}.get(kind, (kind,)))
            if name in taken:
                continue
            taken.add(name)
            made.append([kind, self.number(), what])
            if kind == 'end':
                self.later.append((made[-1], 2, 'task'))
        return made

    def statement(self, kind, *rest):
        yields = self.yields
        self.yields = yields and kind not in ('timeout', 'group', 'race', 'call')
        made = self.one_statement(kind, *rest)
        self.yields = yields
        return made

    def one_statement(self, kind, size, breakable, slot, depth):
        """(statements, how much of the size they took, whether control ends there)"""
        n, r = self.number(), self.random
        if kind == 'yield' and (slot or 0) <= 5 and self.chance(15):  # it ignores what is raised there, an exit too
            return [['try', self.number(), [[kind, n]], [[kind, self.number()]], True, None]], 1, False
        if kind in ('event', 'error', 'reraise', 'cancelling', 'yield'):
            return [[kind, n]], 1, False
        if kind == 'pause':
            return [[kind, n, r.choice((1, 1, 1, 2, 3))]], 1, False
        if kind in ('sleep', 'work'):
            return [[kind, n, r.choice(self.w.times)]], 1, False
        if kind in ('raise', 'return', 'leave'):
            s = {'raise': lambda: ['raise', n, self.error_code()], 'return': lambda: ['return', n],
                 'leave': lambda: [r.choice(['break', 'break', 'continue']), n]}[kind]()
            if self.chance(45):
                return [['if', self.number(), self.modulus(), [s], []]], 1, False
            return [s], 1, True
        if kind in ('wait', 'set', 'clear'):
            return [[kind, n, self.object('event')]], 1, False
        if kind in ('renew', 'delegate'):
            made = [[kind, n, r.randrange(self.w.streams)]]
            return self.caught(made, slot, depth) if kind == 'delegate' else made, 1, False
        if kind == 'step':
            name = self.pick({'next': 6, 'throw': 3, 'close': 3})
            e = r.choice([self.error_code(), self.error_code(), E_EXIT]) if name == 'throw' else 0
            return self.caught([[kind, n, r.randrange(self.w.streams), name, e]], slot, depth), 1, False
        if kind == 'notified':
            return self.caught([[kind, n, self.object('condition')]], slot, depth), 1, False
        if kind == 'burst':
            return self.burst(), 2, False
        if kind == 'notify':
            return [[kind, n, self.object('condition'), r.choice((1, 1, 2, 9))]], 1, False
        if kind in ('acquire', 'tryacquire', 'release'):
            return [[kind, n, self.object('lock', 'semaphore')]], 1, False
        if kind in ('put', 'get', 'tryput', 'tryget', 'close', 'count'):
            return [[kind, n, self.object('queue')]], 1, False
        if kind in ('join', 'cancel', 'status'):
            s = [kind, n, None]
            self.later.append((s, 2, 'task'))
            return self.caught([s], slot, depth) if kind == 'join' else [s], 1, False
        if kind == 'suicide':
            return [['cancel', n, 'self']], 1, False
        if kind == 'first':
            s = [kind, n, None]
            self.later.append((s, 2, 'group'))
            return [s], 1, False
        if kind == 'spawn':
            index = self.new_task(True)
            made = [] if index is None else [[kind, n, index]]
            if made and self.waiting[-1] == 'closes' and self.chance(20):
                made.append(['cancel', self.number(), index])  # before its first step
            return made, len(made), False
        if kind == 'gspawn':
            s = [kind, n, None, self.new_task()]
            if s[3] is None:
                return [], 1, False
            self.later.append((s, 2, 'group'))
            return [s], 1, False
        inner = max(1, r.randint(1, max(1, size)))
        if kind == 'if':
            return [['if', n, self.modulus(), self.block(inner, breakable, slot, depth + 1),
                     self.block(inner // 2, breakable, slot, depth + 1) if self.chance(30) else []]], inner, False
        if kind == 'loop':
            return [['loop', n, r.randint(2, 3), self.block(inner, True, slot, depth + 1)]], inner, False
        if kind == 'call':
            return self.caught([['call', n, self.block(inner, False, None, depth + 1)]], slot, depth), inner, False
        if kind == 'select':
            alternatives = self.alternatives()
            blocks = [self.block(r.randint(0, inner), breakable, slot, depth + 1) for _ in alternatives]
            blocks += [None] * (MOST_ALTERNATIVES - len(blocks))
            made = [[kind, n, alternatives, *blocks]]
            if not breakable:  # else a branch may hold a break, which no try may be between
                made = self.caught(made, slot, depth)
                if self.chance(30):
                    made = [['loop', self.number(), r.randint(2, 3), made]]
            return made, inner + 1, False
        if kind == 'drain':
            body = self.block(inner // 2, True, slot, depth + 1)
            return self.caught([[kind, n, body, self.object('queue')]], slot, depth), inner + 1, False
        if (slot or 0) > 5:
            return [], 1, False
        if kind == 'each':
            closing = self.chance(60)
            body = self.block(inner, True, slot + 1 if closing and slot is not None else slot, depth + 1)
            return self.caught([[kind, n, body, r.randrange(self.w.streams), closing]], slot, depth), inner + 1, False
        deeper = None if slot is None else slot + 1
        if kind == 'timeout':
            body = self.block(inner, False, deeper, depth + 1)
            return self.caught([['timeout', n, r.choice(self.w.limits), body]], slot, depth), inner, False
        if kind in ('group', 'race'):
            self.groups.append(n)
            body = self.children(n) + self.block(inner, False, deeper, depth + 1)
            if self.chance(20):
                body += self.children(n)
            return self.caught([[kind, n, body]], slot, depth), inner, False
        if kind == 'hold':
            gate = self.object('lock', 'semaphore')
            part = self.block(inner, False, deeper, depth + 1)
            return [['acquire', n, gate], ['try', self.number(), part, None, False,
                                           [['release', self.number(), gate]]]], inner + 1, False
        if kind == 'try':
            form = self.pick({'except': 40, 'finally': 30, 'both': 30})
            part = self.block(inner, False, deeper, depth + 1)
            deeper = 0 if slot is None else slot + 1
            handler = self.block(r.randint(0, inner), False, deeper, depth + 1) if form != 'finally' else None
            cleanup = self.block(r.randint(0, inner), False, deeper, depth + 1) if form != 'except' else None
            return [['try', n, part, handler, self.chance(40), cleanup]], inner + 1, False
        raise AssertionError(kind)


def without_lost(block):
    """Without statements that name a group or task that is not there."""
    for s in block:
        for at in BLOCKS.get(s[0], ()):
            if s[at] is not None:
                s[at] = without_lost(s[at])
    return [s for s in block if s[0] not in ('first', 'gspawn') or s[2] is not None]


# ----------------------------------------------------------------------------------------------------------
# Running and comparing
# ----------------------------------------------------------------------------------------------------------


def by_task(trace):
    """The lines of each task, in its order."""
    tasks = collections.defaultdict(list)
    for line in trace:
        tasks[line.split(' ', 1)[0]].append(line)
    return tasks


class Tasks(Fuzzer):
    def __init__(self, weighting):
        self.weighting = weighting

    def make(self, seed):
        return TaskMaker(seed, self.weighting).program()

    def prepare(self, program, options):
        if not options.counts:
            for index, body in enumerate(program['tasks'] + program['streams']):
                if len(CWriter(program, '', index).function(f't{index}', body)) > MOST_LINES:
                    raise Unfit('too long for AGEN_USE_LINE')

    def run(self, program):
        run = Run(program)
        run.perform()
        return run

    def c_source(self, runs):
        out = [C_PRELUDE, C_OWN] + [c_program(run.program, f'p{place}_') for place, run in enumerate(runs)]
        out.append('int main(void)\n{')
        out += [f'    in_child({place}, p{place}_run, SECONDS);' for place in range(len(runs))]
        out.append('    return 0;\n}\n')
        return '\n'.join(out)

    def same(self, run, trace):
        return by_task(run.trace) == by_task(trace)

    def both_traces(self, run, trace):
        here, there = by_task(run.trace), by_task(trace)
        left, right = [], []
        for task in sorted(set(here) | set(there)):
            lines = max(len(here[task]), len(there[task]))
            left += here[task] + [''] * (lines - len(here[task]))
            right += there[task] + [''] * (lines - len(there[task]))
        return left, right

    def smaller(self, program):
        yield from shorter(program, 'script')
        for index, body in enumerate(program['tasks']):
            if body:
                yield changed(program, lambda p: p['tasks'].__setitem__(index, []))
        yield from smaller_blocks(program, all_blocks)
        if program['roots'] > 1:
            yield changed(program, lambda p: p.update(roots=p['roots'] - 1))
        yield from without_last_task(program)
        for at, s in enumerate(statements_of(program)):
            if s[0] in ('sleep', 'pause', 'work', 'timeout') and (s[2] or 0) > 1:
                yield changed(program, lambda p: list(statements_of(p))[at].__setitem__(2, 1))
            for place in range(3, len(s)) if s[0] == 'select' else ():
                if s[place] is not None:
                    yield changed(program, lambda p: list(statements_of(p))[at].__setitem__(place, None))

    def valid(self, program):
        groups = [s[1] for s in statements_of(program) if s[0] in ('group', 'race')]
        return all(breaks_are_right(body) for body in program['tasks'] + program['streams']) \
            and all(blocks_of(s) for s in statements_of(program) if s[0] == 'select') \
            and all(s[2] in groups for s in statements_of(program) if s[0] in ('first', 'gspawn'))

    def sources(self, run):
        script = run.program['script']
        happens = '\n'.join(f'# at {time}, pass {at}: {what} {which}' for time, at, what, which in script)
        return happens + '\n' + python_source(run.program), c_program(run.program, '')


def all_blocks(program):
    return all_blocks_of(program['tasks'] + program['streams'])


def statements_of(program):
    for body in program['tasks'] + program['streams']:
        yield from statements(body)


def without_last_task(program):
    last = len(program['tasks']) - 1
    named = any(s[0] in ('join', 'cancel', 'status', 'spawn', 'gspawn') and s[-1] == last
                or s[0] == 'select' and any(one[0] == 'end' and one[2] == last for one in s[2])
                for s in statements_of(program)) or any(a[2] == 'cancel' and a[3] == last for a in program['script'])
    if last >= program['roots'] and not named:
        yield changed(program, lambda p: p['tasks'].pop())


def digest_of(fuzzer, options):
    """What asyncio does, in short: the same in each version of CPython."""
    digest, count = hashlib.sha256(), 0
    for seed in range(options.seed, options.seed + options.count):
        try:
            run = fuzzer.run(fuzzer.make(seed))
        except Unfit:
            continue
        count += 1
        digest.update('\n'.join(run.trace).encode())
    return f'{digest.hexdigest()[:16]} of {count}'


# --- Can it fail? -----------------------------------------------------------------------------------------

BREAKS = [  # (what agen.h does wrong then, the weighting that finds it, what becomes what in agen.h)
    ('a group that fails does not wait for the turn of those that are ready', 'groups',
     """
        base->flags_ |= AGEN_GROUP_QUEUED_;
        agen_ready_append_(agen_group_parent_(group)->loop_, &group->entry_);
""", """
        agen_group_abort_(group);
        if ((base->flags_ & (AGEN_GROUP_INSIDE_ | AGEN_GROUP_RACE_)) == AGEN_GROUP_INSIDE_) {
            base->flags_ |= AGEN_GROUP_REACHED_;
            (void)agen_cancel(agen_group_parent_(group));
        }
"""),
    ('a waiter that is cancelled keeps what it was granted', 'locks',
     '    else\n        agen_give_(permits);', ''),
    ('a timeout does not take its cancellation back', 'timeouts',
     'agen_uncancel_(limit->task_, base->flags_)', 'true'),
    ('a timeout takes no notice of how often its task had been cancelled at entry', 'timeouts',
     'limit->entry_.base_.flags_ = (uint8_t)(driver->flags_ & (AGEN_CANCELS_ | AGEN_CANCEL_));',
     'limit->entry_.base_.flags_ = 0;'),
    ('a group takes no notice of that', 'groups',
     '(group->cancels_ - AGEN_CANCELS_ONE_) & AGEN_CANCELS_);', '0);\n    group->cancels_ = 0;'),
    ('a group does not take its cancellation back', 'groups',
     'if (agen_uncancel_(task, group->cancels_) && argument == AGEN_E_CANCELLED)',
     'if (argument == AGEN_E_CANCELLED)'),
    ('a cancellation from outside is lost where an error wins', 'groups',
     'task->entry_.base_.flags_ |= AGEN_CANCEL_; /* not lost', '(void)0; /* not lost'),
    ('a task that cancels itself waits all the same', 'everything',
     'if (AGEN_RARE_(base->flags_ & AGEN_CANCEL_))\n        agen_interrupt_(task);', ''),
    ('a permit goes to the waiter that came last', 'locks',
     """while ((node = permits->list_.first_) != NULL) {
        task = node->task_;
        agen_list_remove_(node);""",
     """while ((node = permits->list_.first_) != NULL) {
        node = node->previous_;
        task = node->task_;
        agen_list_remove_(node);"""),
    ('an error in a cleanup wins over the error that caused it', 'groups',
     'failed && group->reason_ == AGEN_E_CANCELLED', 'failed'),
    ('a race cancels its block', 'everything',
     '(*flags & (AGEN_GROUP_INSIDE_ | AGEN_GROUP_RACE_)) == AGEN_GROUP_INSIDE_', '*flags & AGEN_GROUP_INSIDE_'),
    ('a child that has not started runs although it was cancelled', 'groups',
     'if (base->flags_ & AGEN_CANCEL_) {\n        argument = AGEN_E_CANCELLED;',
     'if ((base->flags_ & AGEN_CANCEL_) && root->base_.state_ != AGEN_BUSY_) {\n        argument = AGEN_E_CANCELLED;'),
    ('a waiter that is notified and cancelled does not hand the notification on', 'select',
     '        (void)agen_grant_(permits);', '        ;'),
    ('a select that has been woken also takes what comes for another alternative', 'select',
     '    else if (task->entry_.base_.state_ != AGEN_TASK_SELECTS_)\n        return false;',
     '    else if (task->entry_.base_.state_ != AGEN_TASK_SELECTS_)\n        return true;'),
    ('a select does not leave the lists of what it did not take', 'select',
     """
        agen_list_remove_(&alternative->node_);
        alternative->node_.list_ = NULL;
""", '\n'),
    ('a select that takes one at once stays in the lists of those before it', 'select',
     'if (phase != AGEN_LEAVE_ALL_ && agen_is_taken_',
     'if (phase == AGEN_LEAVE_SOME_)\n        alternative->node_.list_ = NULL;\n'
     '    if (phase != AGEN_LEAVE_ALL_ && agen_is_taken_'),
    ('the deadline of a select that took something else goes on', 'select',
     """
    if (driver->state_ == AGEN_TASK_SELECTS_UNTIL_)
        agen_timer_remove_(task->loop_, &task->entry_);
    driver->state_ = AGEN_TASK_RUNNING_;
""", """
    driver->state_ = AGEN_TASK_RUNNING_;
"""),
    ('a select that was cancelled runs the branch that had come', 'select',
     '        task->entry_.place_.ready_.taken_ = NULL; /* a select has taken nothing */\n', ''),
    ('the generator of a queue stays ended after its consumer was cancelled', 'streams',
     '        AGEN_BASE_(self).state_ = AGEN_NEW_;\n        AGEN_BASE_(self).link_ = NULL; /* the consumer that was '
     'cancelled may be gone */\n    }\n    return queue;', '    }\n    return queue;'),
    ('a loop over a queue leaves the item in the queue', 'streams',
     '        agen_queue_copy_(self);\n        agen_queue_got_(queue);', '        agen_queue_copy_(self);'),
    ('a task that closes a generator is not told that it yielded instead', 'streams',
     'return status == AGEN_YIELDED ? (int)AGEN_E_IGNORED_EXIT : status;', 'return status;'),
    ('a task that was to close a generator, but found it busy, ends as if it had', 'streams',
     """agen_in_close_(task->loop_, root) ? (int)AGEN_DONE
                                                              : (int)AGEN_E_RUNNING);""", '(int)AGEN_DONE);'),
]


def finds(breakage, options):
    """Why it does not, or None."""
    words, weighting, old, new = breakage
    with open(os.path.join(options.include, 'agen.h')) as f:
        text = f.read()
    if text.count(old) != 1:
        return f'stale: what it changes is {text.count(old)} times in agen.h'
    fuzzer = Tasks(weighting)
    with tempfile.TemporaryDirectory(prefix='agen_broken_') as folder:
        with open(os.path.join(folder, 'agen.h'), 'w') as f:
            f.write(text.replace(old, new))
        # small batches and little time: a list that has become a ring makes a program go on for ever
        broken = argparse.Namespace(**{**vars(options), 'include': folder, 'most': 1, 'batch': 10,
                                       'cflags': options.cflags + ' -DSECONDS=2'})
        traces, messages = compile_and_run(fuzzer, [fuzzer.run(fuzzer.make(options.seed))], broken)
        if traces is None:
            return 'does not compile: ' + messages
        return None if compare_all(fuzzer, broken)[1] else 'no difference'


def self_test(options):
    """The same breaks for everybody: a difference must be found with each."""
    passed = failed = 0
    for breakage in BREAKS:
        why = finds(breakage, options)
        passed += why is None
        failed += why is not None
        print(f'  finds: {breakage[0]}' if why is None else f'FAIL does not find: {breakage[0]} ({why})', flush=True)
    print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


def main():
    parser = options_for(__doc__.splitlines()[0])
    parser.add_argument('--weighting', choices=list(WEIGHTINGS), action='append')
    parser.add_argument('--python-only', action='store_true')
    parser.add_argument('--self-test', action='store_true')
    options = parser.parse_args(arguments())
    quiet()
    options.counts = has_counter(options)
    if options.self_test:
        return self_test(options)
    passed = failed = 0
    for name in options.weighting or WEIGHTINGS:
        fuzzer = Tasks(name)
        if options.python_only:
            print(f'digest {digest_of(fuzzer, options)}: {name}')
            continue
        if options.show:
            show_all(fuzzer, options)
            continue
        good, bad, left_out = compare_all(fuzzer, options)
        for seed in bad[:options.most]:
            program, best = shrink(fuzzer, fuzzer.make(seed), options)
            if best is None:
                print(f'seed {seed}: the difference did not show again')
            else:
                show(fuzzer, program, best[1], best[2], best[3])
        if bad:
            print('seeds that differ:', *bad)
        passed += good
        failed += len(bad)
        print(f'{good} passed, {len(bad)} failed: {WEIGHTINGS[name].words}, seeds from {options.seed} on'
              + (f', {left_out} left out' if left_out else ''), flush=True)
    if not options.python_only:
        print(f'{passed} passed, {failed} failed')
    return 1 if failed else 0


if __name__ == '__main__':
    sys.exit(main())
