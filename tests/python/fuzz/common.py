# SPDX-License-Identifier: 0BSD
"""What the differential tests share: error codes, blocks of statements in both languages, running, shrinking.

generators.py compares generators with CPython's, tasks.py tasks with asyncio. A program is a dictionary of lists,
so that it can be copied and made smaller. A statement is a list: its kind, its number, and what else it needs;
BLOCKS says which of that are blocks of statements. Each test gives the writers the statements of its own, a Fuzzer
that makes and runs programs, and calls main().
"""
import argparse
import asyncio
import concurrent.futures
import copy
import os
import random
import shlex
import signal
import subprocess
import sys
import tempfile
import warnings

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../..'))
MOST_EVENTS = 1200  # a longer trace is not worth its time: the program is left out
MOST_LINES = 240    # of a body, where resume points are numbered by line

DONE, YIELDED, PENDING = 0, 1, 2
E_EXIT, E_CANCELLED, E_STOP, E_STOP_LEAKED, E_RUNNING, E_IGNORED_EXIT, E_JUST_STARTED, E_TIMEOUT, \
    E_BAD_STATE, E_NO_LOOP, E_CLOSED = range(-32767, -32756)
E_LAST = -32700

# ----------------------------------------------------------------------------------------------------------
# Errors
# ----------------------------------------------------------------------------------------------------------


class AppError(Exception):
    """An error of the application's; its code is its only argument."""


class LibraryError(RuntimeError):
    """A code of the library's that was raised or thrown by hand, or that CPython has no message for."""


class Unfit(Exception):
    """This program is of no use: too long, or beyond what the translation can do."""


def is_code(e):
    return -32768 < e < 0


def exception(e):
    """The Python exception for an error code."""
    if not is_code(e):
        return LibraryError(E_BAD_STATE)
    if e == E_EXIT:
        return GeneratorExit()
    if e == E_CANCELLED:
        return asyncio.CancelledError()
    if e == E_STOP:
        return StopAsyncIteration()
    return LibraryError(e) if e <= E_LAST else AppError(e)


# ----------------------------------------------------------------------------------------------------------
# Statements, and how they are written down
# ----------------------------------------------------------------------------------------------------------

BLOCKS = {'if': (3, 4), 'loop': (3,), 'try': (2, 3, 5)}
LOOPS = ('loop', 'for', 'forclosing', 'each', 'drain')


def blocks_of(s):
    """The blocks in a statement."""
    return [s[at] for at in BLOCKS.get(s[0], ()) if s[at] is not None]


def statements(block):
    for s in block:
        yield s
        for inner in blocks_of(s):
            yield from statements(inner)


class Lines:
    """Collects the lines of a function."""

    def __init__(self):
        self.out = []

    def put(self, depth, text):
        self.out.append('    ' * depth + text)

    def block(self, depth, block, context):
        """The context: in Python the name of the error in whose handler this is, in C its slot."""
        for s in block:
            getattr(self, 'write_' + s[0])(depth, context, *s[1:])


class PythonBlocks(Lines):
    """The statements that every test has. The functions see log() and exception(), and self.code()."""

    def block(self, depth, block, error):
        super().block(depth, block, error)
        if not block:
            self.put(depth, 'pass')

    def part(self, depth, block, error):
        """A part of a try, or a block of the loop's: no break or continue leaves it, as that does not compile in C."""
        self.block(depth, block, error)

    def write_event(self, n, error, number):
        self.put(n, f'log("{number}")')

    def write_error(self, n, error, number):
        self.put(n, f'log(f"{number} error {{{error}}}")')

    def write_raise(self, n, error, number, e):
        self.put(n, f'log("{number} raise"); raise exception({e})')

    def write_reraise(self, n, error, number):
        self.put(n, f'if {error} < 0: raise exception({error})')

    def write_return(self, n, error, number):
        self.put(n, f'log("{number} return"); return')

    def write_break(self, n, error, number):
        self.put(n, 'break')

    def write_continue(self, n, error, number):
        self.put(n, 'continue')

    def write_if(self, n, error, number, modulus, then, otherwise):
        self.put(n, f'self.turns[{number}] += 1')
        self.put(n, f'if self.turns[{number}] % {abs(modulus)} == {int(modulus > 0)}:')
        self.block(n + 1, then, error)
        if otherwise:
            self.put(n, 'else:')
            self.block(n + 1, otherwise, error)

    def write_loop(self, n, error, number, turns, body):
        self.put(n, f'for i{number} in range({turns}):')
        self.block(n + 1, body, error)

    def write_try(self, n, error, number, part, handler, any_, cleanup):
        handler_at = n
        if cleanup is not None:
            self.put(n, f'f{number} = 0')
            self.put(n, 'try:')
            handler_at += 1
        part_at = handler_at
        if handler is not None:
            self.put(handler_at, 'try:')
            part_at += 1
        self.part(part_at, part, error)
        if handler is not None:
            self.put(handler_at, f'except {"BaseException" if any_ else "Exception"} as x:')
            self.put(handler_at + 1, f'e{number} = self.code(x)')
            self.put(handler_at + 1, f'log(f"{number} caught {{e{number}}}")')
            self.part(handler_at + 1, handler, f'e{number}')
        if cleanup is not None:
            self.put(n, 'except BaseException as x:')
            self.put(n + 1, f'f{number} = self.code(x)')
            self.put(n + 1, 'raise')
            self.put(n, 'finally:')
            self.put(n + 1, f'log(f"{number} finally {{f{number}}}")')
            self.part(n + 1, cleanup, f'f{number}')
        if error != '0':
            self.put(n, f'log(f"{number} after {{{error}}}")')


class CBlocks(Lines):
    """The same in C. The context is the number of the slot for a try in a handler, or None."""

    def slots_used(self, lines):
        text = '\n'.join(lines)
        return next((n for n in range(100) if f'&self->s{n}' not in text), 0)

    def write_event(self, n, slot, number):
        self.put(n, f'put("{number}\\n");')

    def write_error(self, n, slot, number):
        self.put(n, f'put("{number} error %d\\n", agen_error(self));')

    def write_raise(self, n, slot, number, e):
        self.put(n, f'put("{number} raise\\n");')
        self.put(n, f'AGEN_RAISE(self, {e if is_code(e) else f"{e} + zero"});')

    def write_reraise(self, n, slot, number):
        self.put(n, 'if (agen_error(self) < 0)')
        self.put(n + 1, 'AGEN_RAISE(self, agen_error(self));')

    def write_return(self, n, slot, number):
        self.put(n, f'put("{number} return\\n");')
        self.put(n, 'AGEN_RETURN(self);')

    def write_break(self, n, slot, number):
        self.put(n, 'break;')

    def write_continue(self, n, slot, number):
        self.put(n, 'continue;')

    def write_if(self, n, slot, number, modulus, then, otherwise):
        self.put(n, f'if (++self->c{number} % {abs(modulus)} == {int(modulus > 0)}) {{')
        self.block(n + 1, then, slot)
        if otherwise:
            self.put(n, '} else {')
            self.block(n + 1, otherwise, slot)
        self.put(n, '}')

    def write_loop(self, n, slot, number, turns, body):
        i = f'self->i{number}'
        self.put(n, f'for ({i} = 0; {i} < {turns}; {i}++) {{')
        self.block(n + 1, body, slot)
        self.put(n, '}')

    def write_try(self, n, slot, number, part, handler, any_, cleanup):
        inner = None if slot is None else slot + 1
        self.put(n, 'AGEN_TRY(self) {' if slot is None else f'AGEN_TRY_IN(self, &self->s{slot}) {{')
        self.block(n + 1, part, inner)
        inner = 0 if slot is None else slot + 1
        if handler is not None:
            self.put(n, f'}} AGEN_EXCEPT{"_ANY" if any_ else ""}(self) {{')
            self.put(n + 1, f'put("{number} caught %d\\n", agen_error(self));')
            self.block(n + 1, handler, inner)
        if cleanup is not None:
            self.put(n, '} AGEN_FINALLY(self) {')
            self.put(n + 1, f'put("{number} finally %d\\n", agen_error(self));')
            self.block(n + 1, cleanup, inner)
        self.put(n, '} AGEN_END_TRY(self);')
        if slot is not None:
            self.put(n, f'put("{number} after %d\\n", agen_error(self));')


C_PRELUDE = r'''
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#define AGEN_ASSERT assert
#include "agen.h"

static volatile int zero; /* keeps codes from being constants */

/* Runs one program. Whatever it does to itself, the others are not touched by it. */
static void in_child(int number, void (*run)(void), unsigned seconds)
{
    int status = 0;
    pid_t child;

    printf("# %d\n", number);
    fflush(stdout);
    child = fork();
    if (child == 0) {
        setvbuf(stdout, NULL, _IOLBF, 0);
        alarm(seconds);
        run();
        fflush(stdout);
        _exit(0);
    }
    waitpid(child, &status, 0);
    if (status != 0)
        printf("crashed: %d\n", status);
    fflush(stdout);
}
'''

# ----------------------------------------------------------------------------------------------------------
# Making programs up
# ----------------------------------------------------------------------------------------------------------


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.numbers = 0
        self.seed = seed

    def chance(self, percent):
        return self.random.random() * 100 < percent

    def pick(self, weighted):
        return self.random.choices(list(weighted), list(weighted.values()))[0]

    def number(self):
        self.numbers += 1
        return self.numbers

    def modulus(self):
        """When an `if` holds: each second or third time, from the first on, or (negative) later."""
        return self.random.choice([2, 3, -2, -2, -3, -3])


# ----------------------------------------------------------------------------------------------------------
# Running and comparing
# ----------------------------------------------------------------------------------------------------------


class Fuzzer:
    """What a test does with programs. `run` objects have .program and .trace."""

    def make(self, seed):
        raise NotImplementedError

    def prepare(self, program, options):
        """Before it runs; Unfit if it cannot be compiled with these options."""

    def run(self, program):
        """Runs it in Python; Unfit if it is of no use."""
        raise NotImplementedError

    def c_source(self, runs):
        """One file, which prints `# place` and then the trace of each."""
        raise NotImplementedError

    def same(self, run, trace):
        return run.trace == trace

    def smaller(self, program):
        """Programs with something left out, the boldest first."""
        raise NotImplementedError

    def valid(self, program):
        return True

    def sources(self, run):
        """(the program in Python, the program in C)"""
        raise NotImplementedError

    def both_traces(self, run, trace):
        """The two traces, to be shown side by side."""
        return run.trace, trace


def compile_and_run(fuzzer, runs, options):
    """The C traces, or None where it does not compile; and what was said to stderr."""
    with tempfile.TemporaryDirectory(prefix='agen_fuzz_') as folder:
        cplusplus = '++' in os.path.basename(shlex.split(options.cc)[-1])
        source, binary = os.path.join(folder, 'fuzz.cpp' if cplusplus else 'fuzz.c'), os.path.join(folder, 'fuzz')
        with open(source, 'w') as f:
            f.write(fuzzer.c_source(runs))
        command = shlex.split(options.cc) + shlex.split(options.cflags) \
            + ['-w', '-I' + options.include, source, '-o', binary]
        compiled = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if compiled.returncode != 0:
            return None, compiled.stdout
        ran = subprocess.run([binary], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600,
                             text=True, errors='replace')
        traces = [[] for _ in runs]
        at = None
        for line in ran.stdout.splitlines():
            if line.startswith('# '):
                at = int(line[2:])
            elif at is not None:
                traces[at].append(line)
        return traces, ran.stderr


def differing(fuzzer, programs, options):
    """[(place, run, C trace, messages)] of those that differ, how many were compared, how many were unfit."""
    runs, unfit = [], 0
    for place, program in enumerate(programs):
        try:
            fuzzer.prepare(program, options)
            runs.append((place, fuzzer.run(program)))
        except Unfit:
            unfit += 1
    if not runs:
        return [], 0, unfit
    traces, messages = compile_and_run(fuzzer, [run for _, run in runs], options)
    if traces is None and len(runs) > 1:
        middle = len(runs) // 2
        found, compared = [], 0
        for half in runs[:middle], runs[middle:]:
            f, c, u = differing(fuzzer, [run.program for _, run in half], options)
            found += [(half[at][0], run, trace, said) for at, run, trace, said in f]
            compared += c
            unfit += u
        return found, compared, unfit
    if traces is None and 'too_many_resume_points' in messages:
        return [], 0, unfit + 1
    if traces is None:
        return [(runs[0][0], runs[0][1], ['does not compile'], messages)], 1, unfit
    return [(place, run, trace, messages) for (place, run), trace in zip(runs, traces)
            if not fuzzer.same(run, trace)], len(runs), unfit


# --- Shrinking --------------------------------------------------------------------------------------------


def breaks_are_right(block, breakable=False, handler=False):
    """Whether breaks have something to leave, and errors are asked for where there are any."""
    for s in block:
        if s[0] in ('break', 'continue') and not breakable:
            return False
        if s[0] in ('error', 'reraise') and not handler:
            return False
        if s[0] == 'try':
            parts = [(s[2], handler), (s[3], True), (s[5], True)]
            if not all(breaks_are_right(b, False, h) for b, h in parts if b is not None):
                return False
        elif not all(breaks_are_right(b, s[0] in LOOPS or (breakable and s[0] in ('if', 'select')), handler)
                     for b in blocks_of(s)):
            return False
    return True


def changed(program, change):
    other = copy.deepcopy(program)
    change(other)
    return other


def shorter(program, key):
    """With pieces of a list left out, the largest first."""
    length = len(program[key])
    size = length
    while size >= 1:
        for start in range(0, length, size):
            yield changed(program, lambda p: p[key].__delitem__(slice(start, start + size)))
        size //= 2


def smaller_blocks(program, all_blocks):
    """With a statement left out, or with a block of it in its place, or without a clause."""
    for at, block in enumerate(list(all_blocks(program))):
        def block_of(p):
            return list(all_blocks(p))[at]
        for start in range(len(block)):
            yield changed(program, lambda p: block_of(p).__delitem__(start))
        for start, s in enumerate(block):
            for inner, b in enumerate(blocks_of(s)):
                yield changed(program, lambda p: block_of(p).__setitem__(
                    slice(start, start + 1), blocks_of(block_of(p)[start])[inner]))
            if s[0] == 'try':
                for clause in (3, 5):
                    if s[clause] is not None:
                        yield changed(program, lambda p: block_of(p)[start].__setitem__(clause, None))
            if s[0] in ('loop', 'wait') and isinstance(s[2], int) and s[2] > 1:
                yield changed(program, lambda p: block_of(p)[start].__setitem__(2, 1))
            if s[0] == 'if' and s[4]:
                yield changed(program, lambda p: block_of(p)[start].__setitem__(4, []))


def all_blocks_of(bodies):
    pending = list(bodies)
    while pending:
        block = pending.pop()
        yield block
        for s in block:
            pending += blocks_of(s)


def shrink(fuzzer, program, options):
    best = differing(fuzzer, [program], options)[0]
    if best and best[0][2] == ['does not compile']:
        return program, best[0]
    if not best:
        return program, None
    best = best[0]
    tries = 0
    progress = True
    while progress and tries < options.tries:
        progress = False
        candidates = [p for p in fuzzer.smaller(program) if fuzzer.valid(p)]
        for start in range(0, len(candidates), 40):
            batch = candidates[start:start + 40]
            tries += 1
            found = differing(fuzzer, batch, options)[0]
            if found:
                place, run, trace, said = found[0]
                program, best, progress = batch[place], (0, run, trace, said), True
                break
    return program, best


# --- Report -----------------------------------------------------------------------------------------------


def show(fuzzer, program, run, trace, messages):
    python, c = fuzzer.sources(run)
    print('=' * 100)
    print(f'seed {program["seed"]}')
    print('-- Python ' + '-' * 60)
    print(python)
    print('-- C ' + '-' * 60)
    print(c)
    print('-- traces: Python | C ' + '-' * 60)
    differ = False
    here, there = fuzzer.both_traces(run, trace)
    for i in range(max(len(here), len(there))):
        left = here[i] if i < len(here) else ''
        right = there[i] if i < len(there) else ''
        print(f'{left:45s} {"|" if left == right else "X"} {right}')
        differ = differ or left != right
        if differ and i > 400:
            break
    if messages:
        print(messages[-4000:])


def has_counter(options):
    """Whether resume points are counted, so that two may stand on one line."""
    if 'AGEN_USE_LINE' in options.cflags:
        return False
    ran = subprocess.run(shlex.split(options.cc) + ['-E', '-x', 'c', '-'], input='__COUNTER__', text=True,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return ran.returncode == 0 and '__COUNTER__' not in ran.stdout


def quiet():
    warnings.simplefilter('ignore')
    sys.unraisablehook = lambda *_: None
    sys.set_asyncgen_hooks(finalizer=lambda generator: None)  # nothing happens to what is left behind


def work(job):
    """In a process of its own: a batch of seeds."""
    fuzzer, seeds, options = job
    signal.alarm(1200)
    programs = [fuzzer.make(seed) for seed in seeds]
    found, compared, unfit = differing(fuzzer, programs, options)
    return [seeds[place] for place, *_ in found], compared, unfit


def options_for(description):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--count', type=int, default=1000, help='programs to compare')
    parser.add_argument('--cc', default=os.environ.get('CC', 'cc'))
    parser.add_argument('--cflags', default='-O0')
    parser.add_argument('--include', default=ROOT, help='where agen.h is')
    parser.add_argument('--jobs', type=int, default=os.cpu_count() or 1)
    parser.add_argument('--batch', type=int, default=50, help='programs in a C file')
    parser.add_argument('--most', type=int, default=1, help='differences to show before it stops')
    parser.add_argument('--tries', type=int, default=60, help='how long to make a difference smaller')
    parser.add_argument('--show', action='store_true', help='print the programs and traces, alike or not')
    return parser


def arguments():
    """Those of the command line; argparse takes a lone `-DX` for an option of its own."""
    words = sys.argv[1:]
    for at in range(len(words) - 1):
        if words[at] in ('--cflags', '--cc'):
            words[at:at + 2] = ['', f'{words[at]}={words[at + 1]}']
    return [word for word in words if word]


def show_all(fuzzer, options):
    for seed in range(options.seed, options.seed + options.count):
        program = fuzzer.make(seed)
        try:
            fuzzer.prepare(program, options)
            run = fuzzer.run(program)
        except Unfit as e:
            print(f'seed {seed}: left out, {e}')
            continue
        traces, messages = compile_and_run(fuzzer, [run], options)
        show(fuzzer, program, run, traces[0] if traces else ['does not compile'], messages)


def compare_all(fuzzer, options):
    """(how many agreed, the seeds that did not, how many were left out)"""
    passed, failed, left_out, next_seed = 0, [], 0, options.seed
    with concurrent.futures.ProcessPoolExecutor(options.jobs, initializer=quiet) as pool:
        running, last = set(), options.seed + options.count
        while (next_seed < last or running) and len(failed) < options.most:
            while next_seed < last and len(running) < options.jobs + 1:
                seeds = range(next_seed, min(next_seed + options.batch, last))
                next_seed += len(seeds)
                running.add(pool.submit(work, (fuzzer, seeds, options)))
            ready, running = concurrent.futures.wait(running,
                                                     return_when=concurrent.futures.FIRST_COMPLETED)
            for future in ready:
                found, compared, unfit = future.result()
                failed += found
                passed += compared - len(found)
                left_out += unfit
        pool.shutdown(cancel_futures=True)
    return passed, failed, left_out


def report(fuzzer, options):
    """Compares, shows what differs, prints `N passed, M failed`. The exit status."""
    quiet()
    options.counts = has_counter(options)
    if options.show:
        show_all(fuzzer, options)
    passed, failed, left_out = compare_all(fuzzer, options)
    for seed in failed[:options.most]:
        program, best = shrink(fuzzer, fuzzer.make(seed), options)
        if best is None:
            print(f'seed {seed}: the difference did not show again')
        else:
            show(fuzzer, program, best[1], best[2], best[3])
    if failed:
        print('seeds that differ:', *failed)
    if left_out:
        print(f'{left_out} left out: too long, or nested too deeply')
    print(f'{passed} passed, {len(failed)} failed')
    return 1 if failed else 0
