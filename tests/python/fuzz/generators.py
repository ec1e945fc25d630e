#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""Random generator programs, run by CPython and by agen.h, event by event the same?

usage: tests/python/fuzz/generators.py [--seed N] [--count N] [--cc CC] [--cflags FLAGS] [--jobs N] [--show]

Each program is a handful of generators and coroutines (nested tries, loops, delegation, awaits) and a script
of operations on them. It is written out twice: as Python, whose own asynchronous generators are driven by
hand (no asyncio), and as C with agen.h. Both print what happens: every event in a body, the answer of every
operation. A difference is shrunk and shown with both programs, and ends the run with exit status 1.

Where agen.h differs from CPython on purpose (docs/PYTHON.md), class Cell below says so and does in Python
what the contract demands. To its own finalizer a generator has ended, as agen.h says. Program i of a run has
the seed N + i: `--seed N+i --count 1` runs it alone.
"""
import asyncio
import collections
import contextlib
import sys

sys.dont_write_bytecode = True
from common import (  # after the line above, which keeps the tree clean
    BLOCKS, C_PRELUDE, DONE, E_BAD_STATE, E_CANCELLED, E_EXIT, E_IGNORED_EXIT, E_JUST_STARTED, E_LAST, E_NO_LOOP,
    E_RUNNING, E_STOP, E_STOP_LEAKED, E_TIMEOUT, MOST_EVENTS, MOST_LINES, PENDING, YIELDED, AppError, CBlocks, Fuzzer,
    LibraryError, Maker, PythonBlocks, Unfit, all_blocks_of, arguments, breaks_are_right, changed,
    exception, is_code, options_for, report, shorter, smaller_blocks, statements)

OPERATIONS = ['next', 'send', 'throw', 'close', 'poll', 'abort', 'drop', 'next_as']

# ----------------------------------------------------------------------------------------------------------
# Python's side: what a generator does, is CPython's business. What an operation answers, is translated here.
# ----------------------------------------------------------------------------------------------------------


MESSAGES = [(RuntimeError, 'raised StopAsyncIteration', E_STOP_LEAKED),
            (RuntimeError, 'already running', E_RUNNING),
            (RuntimeError, 'ignored GeneratorExit', E_IGNORED_EXIT),
            (TypeError, "can't send non-None value to a just-started", E_JUST_STARTED)]


class Abort:
    """Sent to a pending operation: raise this where it waits."""

    def __init__(self, e):
        self.e = e


class Wait:
    """What AGEN_WAIT_UNTIL is: asks its condition, and suspends until that holds."""

    def __init__(self, condition):
        self.condition = condition

    def __await__(self):
        while not self.condition():
            aborted = yield
            if aborted is not None:
                raise exception(aborted.e)


class Awaitable:
    def __init__(self, steps):
        self.steps = steps

    def __await__(self):
        return self.steps


def thrown_first(operation, error):
    """An operation whose first step is a throw. Past an ignored exit, athrow and aclose do nothing more."""
    try:
        waits_for = operation.throw(error)
        while True:
            try:
                got = yield waits_for
            except BaseException as e:
                waits_for = operation.throw(e)
            else:
                waits_for = operation.send(got)
    except StopIteration as e:
        return e.value


class Cell:
    """A state struct: the memory of a generator or coroutine, and the operations on it."""

    def __init__(self, run, index):
        self.run, self.index = run, index
        self.definition = run.program['defs'][index]
        self.is_coroutine = self.definition['kind'] == 'coro'
        self.sent, self.turns = 0, collections.Counter()  # agen_init does not touch them
        self.busy = None  # or 'executing', 'pending' from plain C, 'inner' on behalf of its consumer
        for name, kid in self.definition['kids'].items():
            setattr(self, name, Cell(run, kid))
        self.init()

    def init(self):
        if self.busy:
            raise Unfit('init of a busy one')
        if 'too long' in self.run.puzzles:
            return  # or a loop over what is new again each turn would never end
        self.native = self.run.functions[self.index](self)
        self.run.keep.append(self.native)
        self.new, self.ended, self.ignored = True, False, False

    def code(self, error):
        """The code for a Python exception."""
        if isinstance(error, GeneratorExit):
            return E_EXIT
        if isinstance(error, asyncio.CancelledError):
            return E_CANCELLED
        if isinstance(error, StopAsyncIteration):
            return E_STOP
        if isinstance(error, (AppError, LibraryError)):
            return error.args[0]
        for kind, message, code in MESSAGES:
            if isinstance(error, kind) and message in str(error):
                return code
        self.run.puzzles.append(repr(error))
        return -1

    def start(self, name, arg):
        """The native operation, not yet begun. `busy` and ended ones have been answered before."""
        if self.is_coroutine:
            return thrown_first(self.native, exception(arg)) if name == 'throw' else self.native
        if name == 'next':
            return self.native.__anext__()
        if name == 'send':
            return self.native.asend(arg)
        if self.ignored:  # difference 2: a further close tries again, and a throw raises
            return thrown_first(self.native.asend(None), exception(E_EXIT if name == 'close' else arg))
        return self.native.aclose() if name == 'close' else self.native.athrow(exception(arg))

    def early_answer(self, name, arg):
        """What needs no step: errors come back from an ended one (difference 1), converted (difference 8)."""
        if self.ended:
            if name != 'throw':
                return DONE
            return E_STOP_LEAKED if arg == E_STOP and not self.is_coroutine else arg
        if self.new and name == 'throw' and arg == E_STOP and not self.is_coroutine:
            with contextlib.suppress(StopAsyncIteration, RuntimeError):  # CPython 3.12 lets it through
                self.native.athrow(exception(arg)).send(None)
            self.settle()
            return E_STOP_LEAKED
        if self.is_coroutine and name == 'close':  # it is new: otherwise it has ended or is busy
            self.native.close()
            self.settle()
            return DONE
        return None

    def settle(self):
        """After an operation: nothing is pending any more, and maybe the generator has ended."""
        frame = self.native.cr_frame if self.is_coroutine else self.native.ag_frame
        self.busy = None
        if frame is None and not self.ended:
            self.ended = True
            if self.definition['release'] is not None:
                self.release()

    def release(self):
        log = self.run.log
        log(f'release {self.definition["name"]} done {int(self.ended)}')
        for name, arg in self.definition['release']:
            if name == 'init':
                self.init()
            else:
                log(f'release {name} {self.operate(name, arg)[0]}')

    def operate(self, name, arg=0):
        """An operation from plain C: its status, and the value if it is AGEN_YIELDED."""
        name = {'drop': 'close', 'next_as': 'next'}.get(name, name)
        if name in ('throw', 'abort') and not is_code(arg):
            return E_BAD_STATE, 0
        if name in ('poll', 'abort') and self.busy == 'pending':
            if name == 'poll':
                return self.advance(lambda: self.operation.send(None))
            if arg == E_EXIT:  # difference 7: from the innermost wait outwards, like any error
                self.exited = True
                return self.advance(lambda: self.operation.send(Abort(arg)))
            return self.advance(lambda: self.operation.throw(exception(arg)))
        if name == 'abort' and not self.busy:
            return DONE, 0
        if name == 'poll':
            name = 'next'
        if self.busy:  # difference 4: one code for every re-entry
            return E_RUNNING, 0
        answer = self.early_answer(name, arg)
        if answer is not None:
            return answer, 0
        self.prepare(name, arg)
        return self.advance(lambda: self.operation.send(None))

    def prepare(self, name, arg):
        if name == 'send' and not self.new:
            self.sent = arg
        self.closes, self.exited = name == 'close', False
        self.new = self.new and name == 'send'
        self.operation = self.start(name, arg)

    def advance(self, step):
        self.busy = 'executing'
        value = 0
        try:
            step()
            self.busy = 'pending'
            return PENDING, 0
        except StopIteration as e:
            status = DONE if self.is_coroutine else YIELDED
            if status == YIELDED and self.closes:
                status = DONE if not self.ignored else E_IGNORED_EXIT
            elif status == YIELDED and self.exited:  # difference 6
                status = E_IGNORED_EXIT
            elif status == YIELDED:
                value = e.value
        except BaseException as e:
            status = self.code(e)
            if status == E_STOP and not self.is_coroutine:
                status = DONE
            if status == E_EXIT and self.closes:
                status = DONE
        self.settle()
        self.note_ignored(status)
        return status, value

    def note_ignored(self, status):
        if self.closes and status == E_IGNORED_EXIT and not self.ended:
            self.ignored = True

    async def step(self, name, arg=0):
        """An operation of a body's that awaits it: its status and value; errors are raised."""
        if name == 'throw' and not is_code(arg):
            raise exception(E_BAD_STATE)
        if self.busy:
            raise exception(E_RUNNING)
        answer = self.early_answer(name, arg)
        if answer is not None:
            if answer < 0:
                raise exception(answer)
            return answer, 0
        self.prepare(name, arg)
        operation = self.operation
        if hasattr(operation, 'gi_frame'):
            operation = Awaitable(operation)
        status, closes = YIELDED, self.closes
        self.busy = 'inner'
        try:
            try:
                value = await operation
            except StopAsyncIteration:
                if self.is_coroutine:
                    raise
                return DONE, 0
            except GeneratorExit:
                if closes:
                    return DONE, 0
                raise
            except BaseException as e:
                status = self.code(e)
                raise
            if closes and self.ignored:
                status = E_IGNORED_EXIT
                raise exception(status)
            return (DONE, 0) if self.is_coroutine or closes else (YIELDED, value)
        finally:
            self.closes = closes
            self.settle()
            self.note_ignored(status)

    def __aiter__(self):
        return self

    async def __anext__(self):
        status, value = await self.step('next')
        if status == DONE:
            raise StopAsyncIteration
        return value

    async def aclose(self):
        await self.step('close')


class Closing(contextlib.aclosing):
    """aclosing, but what has ended by itself is touched no more: its finalizer may have made it new."""

    async def __aexit__(self, *info):
        if not self.over:
            await super().__aexit__(*info)

    over = False

    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            return await self.thing.__anext__()
        except BaseException:
            self.over = True
            raise

    async def __aenter__(self):
        return self


class Run:
    """A program in Python: its trace, and the operations that its script came to."""

    def __init__(self, program):
        self.program, self.trace, self.script = program, [], []
        self.keep, self.puzzles, self.flags = [], [], [0, 0]
        names = {'exception': exception, 'Wait': Wait, 'Closing': Closing, 'run': self, 'log': self.log,
                 'flags': self.flags, 'BaseException': BaseException}
        try:
            exec(compile(python_source(program), '<program>', 'exec'), names)
        except SyntaxError as e:
            if 'nested blocks' not in str(e):
                raise
            raise Unfit('too many nested blocks') from e
        self.functions = [names[d['name']] for d in program['defs']]
        self.roots = [Cell(self, index) for index in program['roots']]

    def log(self, line):
        self.trace.append(line)
        if len(self.trace) > MOST_EVENTS:
            self.puzzles.append('too long')
            raise Unfit('too long')

    def wait(self, number, holds):
        self.log(f'{number} wait {int(holds)}')
        return holds

    def operate_on_root(self, root, name, arg):
        self.script.append((root, name, arg))
        cell = self.roots[root]
        if name == 'init':
            cell.init()
        elif name == 'flag':
            self.flags[arg] ^= 1
        elif name != 'move':
            status, value = cell.operate(name, arg)
            self.log(f'R{root} {name} {arg} -> {status} {value} {int(cell.ended)}')

    def perform(self):
        for root, early, *choices in self.program['script']:
            cell = self.roots[root]
            name, arg = choices[2 if cell.ended else 1 if cell.busy == 'pending' else 0]
            if cell.new and name in ('send', 'throw', 'close', 'drop') and not cell.busy and early:
                name, arg = 'next', 0
            if (name in ('move', 'init') and cell.busy) or (name == 'send' and cell.definition['kind'] != 'recv'):
                name, arg = 'next', 0
            self.operate_on_root(root, name, arg)
        for turn in range(12):  # leave nothing behind
            for root, cell in enumerate(self.roots):
                if cell.busy == 'pending':
                    self.operate_on_root(root, 'abort' if turn > 6 else 'poll', -9 if turn > 6 else 0)
                elif not cell.ended:
                    self.operate_on_root(root, 'close', 0)
        if self.puzzles:
            if self.puzzles[0] != 'too long':
                print('puzzle:', self.puzzles[0], 'in', self.program['seed'])
            raise Unfit(self.puzzles[0])


def run_python(program):
    run = Run(program)
    run.perform()
    return run


# --- The Python source ------------------------------------------------------------------------------------


def python_source(program):
    return '\n'.join(line for index in range(len(program['defs']))
                     for line in PythonWriter(program, index).function()) + '\n'


class Writer:
    def __init__(self, program, index):
        super().__init__()
        self.program, self.index = program, index
        self.definition = program['defs'][index]
        self.receives = self.definition['kind'] == 'recv'

    def kid_index(self, kid):
        if kid == 'S':
            return self.index
        return self.program['roots'][int(kid[1:])] if kid[0] == 'R' else self.definition['kids'][kid]

    def kid_kind(self, kid):
        return self.program['defs'][self.kid_index(kid)]['kind']


class PythonWriter(Writer, PythonBlocks):
    def function(self):
        d = self.definition
        self.out = [f'async def {d["name"]}(self):']
        self.put(1, 'rcv = None')
        for name in d['kids']:
            self.put(1, f'self.{name}.init()')
        self.put(1, f'log("start {d["name"]}")')
        self.block(1, d['body'], '0')
        if d['kind'] != 'coro':
            self.put(1, 'if 0: yield')
        self.put(1, f'log("end {d["name"]}")')
        return self.out

    def kid(self, kid):
        return 'self' if kid == 'S' else f'run.roots[{kid[1:]}]' if kid[0] == 'R' else f'self.{kid}'

    def write_sent(self, n, error, number):
        self.put(n, f'log(f"{number} sent {{int(rcv is not None)}} {{self.sent}}")')

    def write_yield(self, n, error, number):
        self.put(n, 'rcv = None')
        self.put(n, f'rcv = yield {number}')
        self.write_sent(n, error, number) if self.receives else self.write_event(n, error, number)

    def write_wait(self, n, error, number, turns):
        self.put(n, f'turns = iter([0] * {turns} + [1])')
        self.put(n, f'await Wait(lambda: run.wait({number}, next(turns)))')

    def write_flag(self, n, error, number, flag):
        self.put(n, f'await Wait(lambda: run.wait({number}, flags[{flag}]))')

    def write_setflag(self, n, error, number, flag):
        self.put(n, f'flags[{flag}] ^= 1')

    def write_step(self, n, error, number, name, kid, arg):
        k = self.kid(kid)
        if name == 'close':
            self.put(n, f'await {k}.step("close")')
            self.put(n, f'log(f"{number} closed {{int({k}.ended)}}")')
        else:
            self.put(n, f'st, value = await {k}.step("{name}", {arg})')
            self.put(n, f'log(f"{number} {name} {{st}} {{value}} {{int({k}.ended)}}")')

    def write_await(self, n, error, number, kid):
        self.put(n, f'await {self.kid(kid)}.step("next")')
        self.put(n, f'log("{number} awaited")')

    def write_for(self, n, error, number, kid, body, named):
        self.put(n, f'async for v{number} in {self.kid(kid)}:')
        self.put(n + 1, f'log(f"{number} for {{v{number}}}")')
        self.block(n + 1, body, error)

    def write_forclosing(self, n, error, number, kid, body):
        self.put(n, f'async with Closing({self.kid(kid)}) as k{number}:')
        self.put(n + 1, f'async for v{number} in k{number}:')
        self.put(n + 2, f'log(f"{number} for {{v{number}}}")')
        self.block(n + 2, body, error)
        if error != '0':
            self.put(n, f'log(f"{number} after {{{error}}}")')

    def write_delegate(self, n, error, number, kid, receiving):
        """`yield from`, as PEP 828 expands it."""
        k = self.kid(kid)
        self.put(n, 'op, arg = "next", 0')
        self.put(n, 'while True:')
        self.put(n + 1, f'st, value = await {k}.step(op, arg)')
        self.put(n + 1, 'if st == 0: break')
        self.put(n + 1, 'rcv = None')
        self.put(n + 1, 'try:')
        self.put(n + 2, 'rcv = yield value')
        self.put(n + 1, 'except GeneratorExit:')
        self.put(n + 2, f'await {k}.step("close")')
        self.put(n + 2, 'raise')
        self.put(n + 1, 'except BaseException as e:')
        self.put(n + 2, 'op, arg = "throw", self.code(e)')
        self.put(n + 1, 'else:')
        if receiving:
            self.put(n + 2, 'op, arg = ("next", 0) if rcv is None else ("send", rcv)')
        else:
            self.put(n + 2, 'op, arg = "next", 0')
        self.put(n, f'log("{number} delegated")')

    def write_operate(self, n, error, number, name, kid, arg):
        self.put(n, f'log(f"{number} {name} {{{self.kid(kid)}.operate(\'{name}\', {arg})[0]}}")')

    def write_finish(self, n, error, number, name, kid, arg, polls):
        k = self.kid(kid)
        self.put(n, f'st = {k}.operate("{name}", {arg})[0]')
        self.put(n, f'log(f"{number} {name} {{st}}")')
        self.put(n, 'turn = 0')
        self.put(n, 'while st == 2 and turn < 30:')
        self.put(n + 1, f'st = {k}.operate("poll" if turn < {polls} else "abort", -8)[0]')
        self.put(n + 1, f'log(f"{number} then {{st}} {{int({k}.ended)}}")')
        self.put(n + 1, 'turn += 1')

    def write_init(self, n, error, number, kid, if_ended):
        k = self.kid(kid)
        self.put(n, f'if {k}.ended: {k}.init()' if if_ended else f'{k}.init()')

# --- The C source -----------------------------------------------------------------------------------------

C_OWN = r'''
static int flags[2];

static void put(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vprintf(format, arguments);
    va_end(arguments);
}

static bool wait_(int number, bool holds)
{
    put("%d wait %d\n", number, (int)holds);
    return holds;
}

struct move { int root, operation, argument; };
'''

C_OPERATIONS = {'next': 'agen_next(x)', 'send': 'agen_send(x, argument)',
                'throw': 'agen_throw(x, argument + zero)', 'close': 'agen_close(x)', 'poll': 'agen_poll(x)',
                'abort': 'agen_abort(x, argument + zero)', 'drop': 'agen_drop(x)'}


def c_source(programs):
    """One file of many programs; the name of each begins with its place."""
    out = [C_PRELUDE, C_OWN]
    for place, (program, script) in enumerate(programs):
        out.append(c_program(program, script, f'p{place}_'))
    out.append('int main(void)\n{')
    out += [f'    in_child({place}, p{place}_run, 60);' for place in range(len(programs))]
    out.append('    return 0;\n}\n')
    return '\n'.join(out)


def c_program(program, script, prefix):
    defs, out = program['defs'], []
    reach = set(program['roots'])
    for index, d in enumerate(defs):  # kids have higher indices
        if index in reach:
            reach |= set(d['kids'].values())
    for index in reversed(sorted(reach)):
        out += CWriter(program, index, prefix).struct()
    for root, index in enumerate(program['roots']):
        g = f'{prefix}{defs[index]["name"]}'
        out.append(f'static struct {g} {prefix}b{root}[2];')
        out.append(f'static struct {g} *{prefix}R{root} = &{prefix}b{root}[0];')
    for index in reversed(sorted(reach)):
        out += CWriter(program, index, prefix).function()
    for index in reversed(sorted(reach)):
        out += CWriter(program, index, prefix).operations()
    out.append(f'static void {prefix}run(void)\n{{')
    out.append('    static const struct move script[] = {')
    names = OPERATIONS + ['init', 'flag', 'move']
    for root, name, arg in script:
        out.append(f'        {{ {root}, {names.index(name)}, {arg} }}, /* {name} */')
    out.append('        { -1, 0, 0 }\n    };\n    const struct move *m;\n')
    for root, index in enumerate(program['roots']):
        out.append(f'    agen_init({prefix}R{root}, {prefix}{defs[index]["name"]});')
    out.append('    for (m = script; m->root >= 0; m++) {')
    out.append(f'        if (m->operation == {names.index("flag")})')
    out.append('            flags[m->argument] ^= 1;')
    for root, index in enumerate(program['roots']):
        g, r, b = f'{prefix}{defs[index]["name"]}', f'{prefix}R{root}', f'{prefix}b{root}'
        out.append(f'        else if (m->root == {root} && m->operation == {names.index("init")})')
        out.append(f'            agen_init({r}, {g});')
        out.append(f'        else if (m->root == {root} && m->operation == {names.index("move")}) {{')
        out.append(f'            {b}[{r} == {b}] = *{r};')
        out.append(f'            memset((void *){r}, 0x5A, sizeof *{r});')
        out.append(f'            {r} = &{b}[{r} == {b}];')
        out.append(f'        }} else if (m->root == {root})')
        value = '0' if defs[index]['kind'] == 'coro' else f'{r}->value'
        out.append(f'            {{ int status = {prefix}do{index}({r}, m->operation, m->argument);')
        out.append(f'              put("R{root} %s %d -> %d %d %d\\n", names[m->operation], m->argument,')
        out.append(f'                  status, status == AGEN_YIELDED ? {value} : 0, (int)agen_done({r})); }}')
    out.append('    }\n}\n')
    text = '\n'.join(out)
    return text.replace('static const struct move script[]',
                        'static const char *const names[] = { '
                        + ', '.join(f'"{name}"' for name in OPERATIONS)
                        + ' };\n    static const struct move script[]')


class CWriter(Writer, CBlocks):
    def __init__(self, program, index, prefix):
        super().__init__(program, index)
        self.prefix = prefix
        self.g = prefix + self.definition['name']

    def struct(self):
        d = self.definition
        head = {'gen': 'AGEN_YIELDS(int);', 'recv': 'AGEN_YIELDS_RECEIVES(int, int);',
                'coro': 'AGEN_COROUTINE;'}[d['kind']]
        self.out = [f'struct {self.g} {{', f'    {head}']
        for name, kid in d['kids'].items():
            self.put(1, f'struct {self.prefix}{self.program["defs"][kid]["name"]} {name};')
        for s in statements(d['body']):
            if s[0] == 'if':
                self.put(1, f'int c{s[1]};')
            elif s[0] in ('loop', 'wait'):
                self.put(1, f'int i{s[1]};')
        slots = self.slots_used(CWriter(self.program, self.index, self.prefix).function())
        if slots:
            self.put(1, 'agen_slot ' + ', '.join(f's{i}' for i in range(slots)) + ';')
        self.out.append('};')
        if d['extern']:
            self.out.append(f'AGEN_DECLARE({self.g});')
        self.out.append(f'static int {self.prefix}do{self.index}(struct {self.g} *x, int operation, '
                        'int argument);')
        self.out.append(f'static void {self.prefix}finish{self.index}(struct {self.g} *x, int number, '
                        'int operation, int argument, int polls);')
        return self.out

    def function(self):
        d = self.definition
        release = ''
        self.out = []
        if d['release'] is not None:
            self.out.append(f'static void {self.g}_release(struct {self.g} *self);')
            release = f', {self.g}_release'
        self.out += [f'AGEN{"_EXTERN" if d["extern"] else ""}({self.g}, self{release})', '{']
        self.put(1, 'AGEN_BEGIN(self);')
        for name, kid in d['kids'].items():
            self.put(1, f'agen_init(&self->{name}, {self.prefix}{self.program["defs"][kid]["name"]});')
        self.put(1, f'put("start {d["name"]}\\n");')
        self.block(1, d['body'], None)
        self.put(1, f'put("end {d["name"]}\\n");')
        self.put(1, 'AGEN_END(self);')
        if self.program['joined']:
            self.out = self.out[:2] + [' '.join(line.strip() for line in self.out[2:])]
        self.out.append('}')
        if d['release'] is not None:
            self.out += [f'static void {self.g}_release(struct {self.g} *self)', '{']
            self.put(1, f'put("release {d["name"]} done %d\\n", (int)agen_done(self));')
            for name, arg in d['release']:
                if name == 'init':
                    self.put(1, f'agen_init(self, {self.g});')
                else:
                    self.put(1, f'put("release {name} %d\\n", {self.do("S", name, arg)});')
            self.out.append('}')
        return self.out

    def do(self, kid, name, arg):
        return f'{self.prefix}do{self.kid_index(kid)}({self.kid(kid)}, {OPERATIONS.index(name)}, {arg})'

    def operations(self):
        p, kind = self.prefix, self.definition['kind']
        self.out = [f'static int {p}do{self.index}(struct {self.g} *x, int operation, int argument)', '{']
        self.put(1, '(void)argument;')
        self.put(1, 'switch (operation) {')
        for index, name in enumerate(OPERATIONS):
            if name == 'send' and kind != 'recv':
                continue
            call = C_OPERATIONS.get(name, f'agen_next_as({self.g}, x)')
            self.put(1, f'case {index}: return {call};')
        self.put(1, '}\n    return 99;\n}')
        self.out += [f'static void {p}finish{self.index}(struct {self.g} *x, int number, int operation, '
                     'int argument, int polls)', '{']
        self.put(1, f'int turn, status = {p}do{self.index}(x, operation, argument);')
        self.put(1, 'static const char *const names[] = { '
                 + ', '.join(f'"{name}"' for name in OPERATIONS) + ' };')
        self.put(1, 'put("%d %s %d\\n", number, names[operation], status);')
        self.put(1, 'for (turn = 0; status == AGEN_PENDING && turn < 30; turn++) {')
        self.put(2, 'status = turn < polls ? agen_poll(x) : agen_abort(x, -8 + zero);')
        self.put(2, 'put("%d then %d %d\\n", number, status, (int)agen_done(x));')
        self.put(1, '}\n}')
        return self.out

    def kid(self, kid):
        return 'self' if kid == 'S' else f'{self.prefix}{kid}' if kid[0] == 'R' else f'&self->{kid}'

    def write_sent(self, n, slot, number):
        self.put(n, f'put("{number} sent %d %d\\n", (int)agen_received(self), self->sent);')

    def write_yield(self, n, slot, number):
        self.put(n, f'AGEN_YIELD(self, {number});')
        self.write_sent(n, slot, number) if self.receives else self.write_event(n, slot, number)

    def write_wait(self, n, slot, number, turns):
        self.put(n, f'self->i{number} = 0;')
        self.put(n, f'AGEN_WAIT_UNTIL(self, wait_({number}, self->i{number}++ >= {turns}));')

    def write_flag(self, n, slot, number, flag):
        self.put(n, f'AGEN_WAIT_UNTIL(self, wait_({number}, flags[{flag}] != 0));')

    def write_setflag(self, n, slot, number, flag):
        self.put(n, f'flags[{flag}] ^= 1;')

    def write_step(self, n, slot, number, name, kid, arg):
        k = self.kid(kid)
        if name == 'close':
            self.put(n, f'AGEN_CLOSE(self, {k});')
            self.put(n, f'put("{number} closed %d\\n", (int)agen_done({k}));')
            return
        value = '0' if self.kid_kind(kid) == 'coro' else f'({k})->value'
        if name == 'next':
            self.put(n, f'AGEN_NEXT(self, {k});')
        else:
            plus = '' if is_code(arg) else ' + zero'
            self.put(n, f'AGEN_{name.upper()}(self, {k}, {arg}{plus});')
        self.put(n, f'put("{number} {name} %d %d %d\\n", agen_status(self), '
                    f'agen_status(self) == AGEN_YIELDED ? {value} : 0, (int)agen_done({k}));')

    def write_await(self, n, slot, number, kid):
        self.put(n, f'AGEN_AWAIT(self, {self.kid(kid)});')
        self.put(n, f'put("{number} awaited\\n");')

    def write_for(self, n, slot, number, kid, body, named):
        k = self.kid(kid)
        if named and (kid[0] == 'k' or self.program['defs'][self.kid_index(kid)]['extern']):
            g = self.program['defs'][self.kid_index(kid)]['name']
            self.put(n, f'AGEN_FOR_AS(self, {self.prefix}{g}, {k}) {{')
        else:
            self.put(n, f'AGEN_FOR(self, {k}) {{')
        self.put(n + 1, f'put("{number} for %d\\n", ({k})->value);')
        self.block(n + 1, body, slot)
        self.put(n, '}')

    def write_forclosing(self, n, slot, number, kid, body):
        k = self.kid(kid)
        if slot is None:
            self.put(n, f'AGEN_FOR_CLOSING(self, {k}) {{')
        else:
            self.put(n, f'AGEN_FOR_CLOSING_IN(self, &self->s{slot}, {k}) {{')
        self.put(n + 1, f'put("{number} for %d\\n", ({k})->value);')
        self.block(n + 1, body, None if slot is None else slot + 1)
        self.put(n, '} AGEN_END_FOR(self);')
        if slot is not None:
            self.put(n, f'put("{number} after %d\\n", agen_error(self));')

    def write_delegate(self, n, slot, number, kid, receiving):
        self.put(n, f'AGEN_YIELD_FROM{"_RECEIVING" if receiving else ""}(self, {self.kid(kid)});')
        self.put(n, f'put("{number} delegated\\n");')

    def write_operate(self, n, slot, number, name, kid, arg):
        self.put(n, f'put("{number} {name} %d\\n", {self.do(kid, name, arg)});')

    def write_finish(self, n, slot, number, name, kid, arg, polls):
        self.put(n, f'{self.prefix}finish{self.kid_index(kid)}({self.kid(kid)}, {number}, '
                    f'{OPERATIONS.index(name)}, {arg}, {polls});')

    def write_init(self, n, slot, number, kid, if_ended):
        k, g = self.kid(kid), self.program['defs'][self.kid_index(kid)]['name']
        if if_ended:
            self.put(n, f'if (agen_done({k}))')
            n += 1
        self.put(n, f'agen_init({k}, {self.prefix}{g});')


# ----------------------------------------------------------------------------------------------------------
# Making programs up
# ----------------------------------------------------------------------------------------------------------


BLOCKS.update({'for': (3,), 'forclosing': (3,)})


class GeneratorMaker(Maker):
    def error_code(self, bad=1):
        kind = self.pick({'app': 60, 'exit': 8, 'cancelled': 8, 'stop': 6, 'library': 6, 'bad': bad})
        if kind == 'app':
            return self.random.choice([-1, -2, -3, -4, -5, -110, E_LAST + 1])
        if kind == 'library':
            return self.random.choice([E_STOP_LEAKED, E_RUNNING, E_IGNORED_EXIT, E_JUST_STARTED, E_TIMEOUT,
                                       E_BAD_STATE, E_NO_LOOP, E_LAST, -32750])
        if kind == 'bad':
            return self.random.choice([0, 1, 2, 77, -32768, -32769, -40000, 32768, 65535])
        return {'exit': E_EXIT, 'cancelled': E_CANCELLED, 'stop': E_STOP}[kind]

    def program(self):
        roots = self.pick({1: 70, 2: 30})
        inner = self.pick({0: 4, 1: 28, 2: 33, 3: 25, 4: 10})
        self.defs = []
        for index in range(roots + inner):
            kind = self.pick({'gen': 45, 'recv': 40, 'coro': 6 if index < roots else 30})
            self.defs.append({'name': f'g{index}', 'kind': kind, 'kids': {}, 'body': [], 'release': None,
                              'extern': self.chance(30)})
        self.roots = list(range(roots))
        for index, d in enumerate(self.defs):
            later = list(range(index + 1, len(self.defs)))
            if later:
                for k in range(self.random.randint(1, 3)):
                    d['kids'][f'k{k}'] = self.random.choice(later)
            if self.chance(15):
                d['release'] = self.release(d['kind'])
        for index, d in enumerate(self.defs):
            self.at(index)
            size = self.random.randint(5, 22) if index < roots else self.random.randint(2, 11)
            d['body'] = self.block(size, breakable=False, slot=None, depth=0)
        return {'seed': self.seed, 'defs': self.defs, 'roots': self.roots, 'script': self.script(),
                'joined': self.chance(10)}

    def release(self, kind):
        """What a finalizer does: operations on the generator, which has ended, and maybe it makes it new."""
        steps = [self.operation(kind, {'next': 2, 'send': 1, 'throw': 2, 'close': 2, 'poll': 1, 'abort': 1,
                                       'drop': 1}) for _ in range(self.random.randint(0, 2))]
        return steps + [['init', 0]] * self.chance(30)

    def at(self, index):
        d = self.defs[index]
        self.definition, self.kind = d, d['kind']
        kinds = {k: self.defs[i]['kind'] for k, i in d['kids'].items()}
        others = {f'R{n}': self.defs[r]['kind'] for n, r in enumerate(self.roots) if r != index}
        self.busy = {'S': self.kind}  # what is busy for sure, or may be
        self.busy.update({f'R{n}': self.defs[r]['kind'] for n, r in enumerate(self.roots)})
        if self.chance(40):
            kinds.update(others)  # two that consume the same generator
        self.generators = [k for k, kind in kinds.items() if kind != 'coro']
        self.receivers = [k for k, kind in kinds.items() if kind == 'recv']
        self.coroutines = [k for k, kind in kinds.items() if kind == 'coro']

    def kind_of(self, kid):
        return self.busy[kid] if kid in self.busy else self.defs[self.definition['kids'][kid]]['kind']

    def kid(self, kids):
        """One of them, or now and then one of the same kind that is likely to be busy."""
        if self.chance(4):
            fits = ['coro'] if kids is self.coroutines else ['recv'] if kids is self.receivers else ['gen', 'recv']
            busy = [k for k, kind in self.busy.items() if kind in fits]
            if busy:
                return self.random.choice(busy)
        return self.random.choice(kids)

    def caught(self, s, slot, depth):
        """The same in a try, so that a program that fails early is not over."""
        if depth >= 5 or (slot is not None and slot > 5) or not self.chance(40 if depth else 80):
            return s
        return [['try', self.number(), s, [], self.chance(30), [] if self.chance(20) else None]]

    def block(self, size, breakable, slot, depth):
        block = []
        while size > 0:
            kinds = {'event': 2, 'yield': 22 if self.kind != 'coro' else 0, 'wait': 12, 'flag': 1,
                     'setflag': 1, 'raise': 8 if depth else 1, 'return': 4 if depth else 1,
                     'leave': 6 if breakable else 0,
                     'error': 5 if slot is not None else 0, 'reraise': 3 if slot is not None else 0,
                     'sent': 2 if self.kind == 'recv' else 0,
                     'operate': 2, 'try': 22 if depth < 5 else 0, 'if': 6 if depth < 7 else 0,
                     'loop': 6 if depth < 5 else 0}
            if self.generators:
                kinds.update({'next': 7, 'throw': 5, 'close': 5, 'for': 7 if depth < 5 else 0,
                              'forclosing': 9 if depth < 5 else 0,
                              'delegate': 11 if self.kind != 'coro' else 0, 'init': 3, 'finish': 3})
            if self.receivers:
                kinds['send'] = 5
            if self.coroutines:
                kinds.update({'await': 10, 'coroutine': 2, 'init_coroutine': 4})
            kind = self.pick(kinds)
            made = self.statement(kind, size, breakable, slot, depth)
            size -= made[1]
            block += made[0]
            if made[2]:
                break
            if slot is not None and kind in ('yield', 'wait', 'await', 'delegate', 'for') and self.chance(40):
                block.append(['error', self.number()])
        return block

    def turns_body(self, size, slot, depth):
        """The body of a loop over a generator, which often leaves it early."""
        body = self.block(self.random.randint(0, size), True, slot, depth)
        if self.chance(35):
            leave = [[self.random.choice(['break', 'break', 'continue']), self.number()]]
            body.insert(self.random.randint(0, len(body)), ['if', self.number(), self.modulus(), leave, []])
        kids = [kid for kid in self.generators if kid[0] == 'k']
        if self.chance(30) and len(kids) > 1 and depth < 5 and (slot is None or slot <= 5):
            kid = self.random.choice(kids)  # a loop in the loop, over one that is new again each time
            deeper = None if slot is None else slot + 1
            body += [['init', self.number(), kid, self.chance(50)],
                     ['forclosing', self.number(), kid, self.block(1, True, deeper, depth + 1)]]
        return body

    def statement(self, kind, size, breakable, slot, depth):
        """(statements, how many, whether control ends there)"""
        n, r = self.number(), self.random
        if kind in ('event', 'yield', 'error', 'reraise', 'sent'):
            return [[kind, n]], 1, False
        if kind == 'wait':
            return [[kind, n, self.pick({0: 1, 1: 6, 2: 3})]], 1, False
        if kind in ('flag', 'setflag'):
            return [[kind, n, r.randrange(2)]], 1, False
        if kind in ('raise', 'return', 'leave'):
            s = {'raise': lambda: ['raise', n, self.error_code()], 'return': lambda: ['return', n],
                 'leave': lambda: [r.choice(['break', 'break', 'continue']), n]}[kind]()
            if depth == 0 or self.chance(80):
                return [['if', self.number(), self.modulus(), [s], []]], 1, False
            return [s], 1, True
        if kind in ('next', 'throw', 'close', 'send'):
            kid = self.kid(self.receivers if kind == 'send' else self.generators)
            arg = {'throw': self.error_code(), 'send': n}.get(kind, 0)
            steps = [['step', self.number(), 'next', kid, 0]] * (kind != 'next' and self.chance(60))
            return self.caught(steps + [['step', n, kind, kid, arg]], slot, depth), 1, False
        if kind == 'await':
            return self.caught([['await', n, self.kid(self.coroutines)]], slot, depth), 1, False
        if kind == 'coroutine':
            return [['step', n, r.choice(['next', 'close', 'throw']), self.kid(self.coroutines),
                     self.error_code()]], 1, False
        if kind in ('init', 'init_coroutine'):
            kid = r.choice([k for k in (self.generators if kind == 'init' else self.coroutines)
                            if k[0] == 'k'] or [None])
            return ([], 0, False) if kid is None else ([['init', n, kid, self.chance(60)]], 1, False)
        if kind == 'operate':
            kid = r.choice(['S'] + [f'R{k}' for k in range(len(self.roots))])
            which = self.kind if kid == 'S' else self.defs[self.roots[int(kid[1:])]]['kind']
            name, arg = self.operation(which, {'next': 3, 'send': 2, 'throw': 2, 'close': 2, 'poll': 3,
                                               'abort': 3, 'drop': 1, 'next_as': 1})
            return [['operate', n, name, kid, arg]], 1, False
        if kind == 'finish':
            kid = r.choice([k for k in self.generators if k[0] == 'k'] or [None])
            if kid is None:
                return [], 0, False
            name, arg = self.operation(self.defs[self.definition['kids'][kid]]['kind'],
                                       {'next': 6, 'send': 3, 'throw': 2, 'close': 3, 'poll': 2, 'next_as': 2})
            return [['finish', n, name, kid, arg, r.randrange(6)]], 1, False
        if kind == 'delegate':
            kid = self.kid(self.generators)
            receiving = self.kind == 'recv' and self.kind_of(kid) == 'recv' and self.chance(75)
            return self.caught([['delegate', n, kid, receiving]], slot, depth), 1, False
        inner = max(1, r.randint(1, max(1, size)))
        if kind == 'if':
            return [['if', n, self.modulus(), self.block(inner, breakable, slot, depth + 1),
                     self.block(inner // 2, breakable, slot, depth + 1) if self.chance(30) else []]], inner, False
        if kind == 'loop':
            return [['loop', n, r.randint(2, 3), self.block(inner, True, slot, depth + 1)]], inner, False
        if kind == 'for':
            return self.caught([['for', n, self.kid(self.generators),
                                 self.turns_body(inner, slot, depth + 1), self.chance(30)]],
                               slot, depth), inner, False
        if kind == 'forclosing':
            deeper = None if slot is None else slot + 1
            if slot is not None and slot > 5:
                return [], 0, False
            return self.caught([['forclosing', n, self.kid(self.generators),
                                 self.turns_body(inner, deeper, depth + 1)]], slot, depth), inner, False
        if kind == 'try':
            if slot is not None and slot > 5:
                return [], 0, False
            deeper = None if slot is None else slot + 1
            form = self.pick({'except': 40, 'finally': 30, 'both': 30, 'neither': 1})
            part = self.block(inner, False, deeper, depth + 1)
            deeper = 0 if slot is None else slot + 1
            handler = self.block(r.randint(0, inner), False, deeper, depth + 1) \
                if form in ('except', 'both') else None
            cleanup = self.block(r.randint(0, inner), False, deeper, depth + 1) \
                if form in ('finally', 'both') else None
            return [['try', n, part, handler, self.chance(45), cleanup]], inner + 1, False
        raise AssertionError(kind)

    def operation(self, kind, weighted):
        name = self.pick(weighted)
        if name == 'send' and kind != 'recv':
            name = 'next'
        arg = self.error_code() if name in ('throw', 'abort') else self.random.randint(100, 999) \
            if name == 'send' else 0
        return [name, arg]

    def script(self):
        script = []
        bold = self.pick({1: 40, 3: 40, 8: 20})
        for _ in range(self.random.randint(15, 60)):
            root = self.random.randrange(len(self.roots))
            kind = self.defs[self.roots[root]]['kind']
            flag = ['flag', self.random.randrange(2)]
            idle = self.operation(kind, {'next': 60, 'send': 40, 'throw': 5 * bold, 'close': 2 * bold,
                                         'poll': 6, 'abort': 1, 'next_as': 5, 'drop': bold / 2, 'move': 5,
                                         'init': 1.5})
            pending = self.operation(kind, {'poll': 70, 'abort': 8 * bold, 'next': 2, 'send': 2, 'throw': 2,
                                            'close': 2, 'drop': 1, 'next_as': 1}) \
                if self.chance(90) else flag
            ended = self.operation(kind, {'init': 70, 'next': 5, 'send': 5, 'throw': 6, 'close': 5, 'poll': 3,
                                          'abort': 2, 'drop': 2, 'move': 2})
            script.append([root, self.chance(85), idle, pending, ended])
        return script


# ----------------------------------------------------------------------------------------------------------
# Running and comparing
# ----------------------------------------------------------------------------------------------------------


def all_blocks(program):
    return all_blocks_of(d['body'] for d in program['defs'])


def references_hold(program):
    for d in program['defs']:
        for s in statements(d['body']):
            for word in s:
                if isinstance(word, str) and word[0] == 'R' and int(word[1:]) >= len(program['roots']):
                    return False
    return True


class Generators(Fuzzer):
    def make(self, seed):
        return GeneratorMaker(seed).program()

    def prepare(self, program, options):
        program['joined'] = program['joined'] and options.counts
        if not options.counts:
            for index in range(len(program['defs'])):
                if len(CWriter(program, index, '').function()) > MOST_LINES:
                    raise Unfit('too long for AGEN_USE_LINE')

    def run(self, program):
        return run_python(program)

    def c_source(self, runs):
        return c_source([(run.program, run.script) for run in runs])

    def smaller(self, program):
        yield from shorter(program, 'script')
        for index, d in enumerate(program['defs']):
            if d['release'] is not None:
                yield changed(program, lambda p: p['defs'][index].update(release=None))
            if d['body']:
                yield changed(program, lambda p: p['defs'][index].update(body=[]))
        yield from smaller_blocks(program, all_blocks)
        for index, d in enumerate(program['defs']):
            for name in d['kids']:
                if not any(name in s for s in statements(d['body'])):
                    yield changed(program, lambda p: p['defs'][index]['kids'].__delitem__(name))
        if len(program['roots']) > 1:
            yield changed(program, lambda p: (p['roots'].pop(),
                                              p.update(script=[e for e in p['script'] if e[0] == 0])))

    def valid(self, program):
        return all(breaks_are_right(d['body']) for d in program['defs']) and references_hold(program)

    def sources(self, run):
        return python_source(run.program), c_program(run.program, run.script, '')


if __name__ == '__main__':
    sys.exit(report(Generators(), options_for(__doc__.splitlines()[0]).parse_args(arguments())))
