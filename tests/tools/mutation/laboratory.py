# SPDX-License-Identifier: 0BSD
"""Copies of the project, in which tests/tools/mutation/run builds and runs the tests with a changed header."""
import collections
import glob
import hashlib
import itertools
import os
import re
import shutil
import signal
import subprocess
import threading
import time

from mutants import logical_lines, without_comments

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), '../../..'))

# ------------------------------------------------------------------------------------------------
# Tests
# ------------------------------------------------------------------------------------------------

WARNINGS = '''-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wcast-qual -Wundef
              -Wimplicit-fallthrough -Wswitch-enum -Werror'''.split()
SANITIZERS = '-fsanitize=address,undefined -fno-sanitize-recover=all'
LINE, GOTO = '-DAGEN_USE_LINE', '-DAGEN_USE_COMPUTED_GOTO'
INTERRUPTS = '-DAGEN_CHECK_INTERRUPTS ' + LINE  # the two share a byte of flags
SECTION = '-DAGEN_CHECK_INTERRUPTS -DAGEN_CRITICAL_ENTER=int/**/is_in ' \
          '-DAGEN_CRITICAL_EXIT=(void)is_in'  # without either half it does not compile
SHORT = '-Os -m32 -idirafter /usr/include/x86_64-linux-gnu'
SLOW = ['tests/chapters/test_streaming.c', 'tests/chapters/test_fuzz_loop.c']
NOT_WITH_TCC = ['tests/chapters/test_forgotten.c', 'tests/chapters/test_run.c', 'tests/chapters/test_select.c',
                'examples/14_modem.c']  # no trap to catch, no calls for interrupts
TOO_SLOW = ['tests/chapters/test_firmware_update.c']  # an example's, and what it finds others find
COMPILE_SECONDS = 120
RUN_SECONDS = 20  # of the processor's time
SCRIPT_SECONDS = 600
MEMORY = 1 << 20  # kB; a sanitizer reserves more address space than that

Program = collections.namedtuple('Program', 'source extra output text')
HEADER = Program('agen.h', (), None, '')
IMPLEMENTATION = '-DAGEN_SHARED -DAGEN_IMPLEMENTATION'


class Stage:
    """
    Programs to build with one command. Without `runs`, it is enough that they compile. Where a
    change has faced all programs under the thorough stage already, `few` of them must do here.
    """

    def __init__(self, command, programs, few=None, macros=False, runs=True):
        self.name = command
        self.command = command.split()
        self.programs = programs
        self.few = programs if few is None else few
        self.macros = macros  # changes nothing in functions: only for mutants of macros
        self.runs = runs
        if not runs:
            self.name += ', all warnings'
            self.command += WARNINGS + ['-c']
            if '++' in command:
                self.command.append('-Wno-missing-field-initializers')


class Script:
    """One of the project's own."""

    def __init__(self, command):
        self.name = command
        self.command = command.split()


class Misuse(Script):
    """What must not compile, by one compiler: also of use where the code is the same."""

    def __init__(self, compiler, programs):
        super().__init__('tests/must_fail/run ' + compiler)
        language = ['-x', 'c++' if '++' in compiler else 'c']
        self.variants = []  # as tests/must_fail/run compiles them, as far as macros can tell
        for program in programs:
            flags = re.findall(r'^/\* FLAGS: (.*) \*/$', program.text, re.M)
            for more in (['-O0'], ['-O2'], ['-Os']) if '/correct_' in program.source \
                    else ([], ['-DFAIL']):
                self.variants.append(
                    ([compiler, *language, '-w', *' '.join(flags).split(), *more], program))


def cover(programs):
    """Some of them that use together what all of them use of the header."""
    uses = {program: set(re.findall(r'\bAGEN_[A-Z_]+\b|\bagen_\w+', program.text))
            for program in programs}
    missing = set().union(*uses.values())
    chosen = []
    while missing:
        chosen.append(max(programs, key=lambda program: len(uses[program] & missing)))
        missing -= uses[chosen[-1]]
    return chosen


def stages(tree):
    """All that looks at a mutant: the quick one, the thorough one, the others."""
    def programs(*patterns):
        for pattern in patterns:
            for path in sorted(glob.glob(os.path.join(tree, pattern))):
                source = os.path.relpath(path, tree)
                with open(path) as file:
                    text = file.read()
                extra = []
                folder = 'examples/' + os.path.basename(source)[len('test_'):-len('.c')]
                if os.path.isdir(os.path.join(tree, folder)):  # a test of what is in there
                    extra = ['-I' + folder]
                    for part in sorted(glob.glob(os.path.join(tree, folder, '*.c'))):
                        with open(part) as file:
                            if not re.search(r'^int main\(', file.read(), re.M):
                                extra.append(os.path.relpath(part, tree))
                expected = os.path.splitext(path)[0] + '.out'
                output = None
                if os.path.exists(expected):
                    with open(expected, 'rb') as file:
                        output = file.read()
                yield Program(source, tuple(extra), output, text)

    both = list(programs('examples/[0-9]*.c', 'tests/programs/*.c'))
    c = [program for program in programs('tests/chapters/test_*.c', 'tests/python/test_cells*.c',
                                         'tests/python/test_orders.c')
         if program.source not in TOO_SLOW] + both
    cpp = both + list(programs('tests/chapters/test_*.cpp'))
    threads = list(programs('tests/chapters/test_isr.c'))
    misuses = list(programs('tests/must_fail/*.c'))
    interrupts = list(programs('tests/chapters/test_interrupts*.c'))
    sections = list(programs('tests/chapters/test_busy.c', 'tests/chapters/test_sync.c',
                             'tests/chapters/test_mutants.c'))
    fast = [program for program in c if program.source not in SLOW]
    few, few_cpp = cover(fast), cover(cpp)
    tcc = [program for program in fast if program.source not in NOT_WITH_TCC]
    return list(programs('tests/tools/static/static_all.c')) + few[:2], [
        Stage('tcc -w', tcc),
        Stage('gcc -std=c99 -w -O0 ' + SANITIZERS, c),
        Stage('tcc -w ' + LINE, tcc),
        Stage('gcc -std=c99 -w -O0 ' + GOTO, fast, few, macros=True),
        Stage('gcc -std=c99 -w -O0 ' + INTERRUPTS, fast, few + interrupts),
        Stage('gcc -std=c99 -O0 -Werror=unused-variable ' + SECTION, sections),
        Stage('gcc -std=c99 -w ' + SHORT, fast, few),
        Stage('g++ -x c++ -std=c++20 -w -O0', cpp),
        Stage('gcc -std=c99 -w -O0 -fsanitize=thread', threads),
        Stage('clang -std=c99 -w -O0 ' + GOTO, fast, few, macros=True),
        Stage('gcc -std=c99 -O2 -x c -DAGEN_DUMP ' + IMPLEMENTATION, [HEADER], runs=False),
        Stage('gcc -std=c99 -O2 -x c %s %s' % (INTERRUPTS, IMPLEMENTATION), [HEADER], runs=False),
        Stage('gcc -std=c99 -O2', few, macros=True, runs=False),
        Stage('clang -std=c17 -fsyntax-only', few, macros=True, runs=False),
        Stage('gcc -std=c99 -fsyntax-only ' + GOTO, few, macros=True, runs=False),
        Stage('clang -std=c99 -fsyntax-only ' + GOTO, few, macros=True, runs=False),
        Stage('g++ -x c++ -std=c++20 -O2', few_cpp, macros=True, runs=False),
        Stage('clang++ -x c++ -std=c++20 -fsyntax-only', few_cpp, macros=True, runs=False),
        *(Misuse(compiler, misuses) for compiler in ('gcc', 'clang', 'g++', 'clang++')),
        Script('bench/size'),
        Script('tests/builds/freestanding/run gcc'),
        Script('bench/run gcc'),
    ]


# The same object code means that nothing has changed: that of all functions of the header, called
# or not, and where a macro has changed, that of a program which uses all macros, and of the tests
# which use most of them.
FUNCTIONS = IMPLEMENTATION + ' -fkeep-inline-functions -fkeep-static-functions'
FUNCTION_WITNESSES = ['gcc -std=c99 -w -S -x c %s %s' % (flags, FUNCTIONS)
                      for flags in ('-O2', SHORT, '-O2 ' + INTERRUPTS, '-O2 -DAGEN_DUMP',
                                    '-O2 -DAGEN_CRITICAL_ENTER=enter() '
                                    '-DAGEN_CRITICAL_EXIT=leave()')]
MACRO_WITNESSES = ['gcc -std=c99 -w -S ' + flags
                   for flags in ('-O2', '-O1 ' + LINE, '-O1 ' + GOTO, SHORT, '-O1 ' + INTERRUPTS)]
TOOLS = 'tcc gcc clang g++ clang++ arm-none-eabi-gcc avr-gcc valgrind nm'.split()


class Broken(Exception):
    """The tests fail although nothing was changed."""


def execute(command, tree, seconds, cpu=None, memory=None, output=False):
    """(exit status, what it wrote to stdout); the status is None if it took too long."""
    limits = 'ulimit -c 0; ulimit -f 200000; '
    if cpu:
        limits += 'ulimit -t %d; ' % cpu
    if memory:
        limits += 'ulimit -v %d; ' % memory
    process = subprocess.Popen(['sh', '-c', limits + 'exec "$@"', 'sh'] + command, cwd=tree,
                               stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               stdout=subprocess.PIPE if output else subprocess.DEVNULL,
                               start_new_session=True)
    try:
        written = process.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return None, b''
    if cpu and process.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
        return None, b''
    return process.returncode, written


class Laboratory:
    """Copies of the project, and what is known of the original."""

    def __init__(self, work):
        self.work = work
        with open(os.path.join(ROOT, 'agen.h')) as file:
            self.text = file.read()
        self.copy(ROOT, 'original')
        self.original = os.path.join(work, 'original')
        self.witnesses, self.stages = stages(self.original)
        self.lock = threading.Lock()
        self.locks = collections.defaultdict(threading.Lock)
        self.memory = {}
        self.left_out = []
        self.local = threading.local()
        self.numbers = itertools.count()
        self.lethal = collections.defaultdict(collections.Counter)  # by function: what killed
        self.mark_regions()

    def copy(self, source, name):
        target = os.path.join(self.work, name)
        shutil.copytree(source, target, symlinks=True,
                        ignore=shutil.ignore_patterns('.git', 'build', '__pycache__'))
        os.mkdir(os.path.join(target, 'build'))
        with open(os.path.join(target, 'agen.h'), 'w') as file:
            file.write(self.text)
        return target

    def tree(self, kind):
        """This thread's own copy for mutants or for the original."""
        if not hasattr(self.local, kind):
            setattr(self.local, kind,
                    self.copy(self.original, '%s%d' % (kind, next(self.numbers))))
        return getattr(self.local, kind)

    def once(self, key, find):
        """What `find` answers, asked once for all threads."""
        with self.lock:
            lock = self.locks[key]
        with lock:
            if key not in self.memory:
                self.memory[key] = find()
            return self.memory[key]

    # --- what compilers get to see ---

    def mark_regions(self):
        """Where the regions between #if, #else and #endif begin, and a header that tells."""
        code = without_comments(self.text)
        self.starts, marked, at = [0], '', 0
        for begin, end in logical_lines(code):
            if re.match(r'\s*#\s*(if|el|endif)', code[begin:end]):
                marked += code[at:end] + '#pragma agen_region %d\n' % len(self.starts)
                at = end
                self.starts.append(end)
        self.marked = os.path.join(self.work, 'marked')
        os.mkdir(self.marked)
        with open(os.path.join(self.marked, 'agen.h'), 'w') as file:
            file.write(marked + code[at:])

    def region(self, mutant):
        return sum(start <= mutant.begin for start in self.starts) - 1

    def preprocessed(self, command, program, tree, include):
        command = [part for part in command if part not in ('-c', '-S', '-fsyntax-only', '-Werror')
                   and 'sanitize' not in part]
        source = os.path.join(include, 'agen.h') if program is HEADER else program.source
        status, text = execute([*command, '-E', '-I' + include, '-Itests/include', *program.extra[:1],
                                source], tree, COMPILE_SECONDS, output=True)
        return text if status == 0 else b''

    def sees(self, command, program, region):
        """Whether the region is left when a program is compiled."""
        def find():
            text = self.preprocessed(command, program, self.original, self.marked)
            return {0} | {int(n) for n in re.findall(rb'#pragma agen_region (\d+)', text)}
        return region in self.once(('seen', *command, program.source), find)

    def is_changed(self, command, program, tree):
        """Whether a program has other text after the preprocessor."""
        def find():
            return self.preprocessed(command, program, self.original, '.')
        known = self.once(('preprocessed', *command, program.source), find)
        return known != self.preprocessed(command, program, tree, '.')

    def changed_misuses(self, stage, tree):
        """Those that are other after the preprocessor; all of them if the first ones are."""
        files = {}
        for command, program in stage.variants:
            if not files.get(program.source):
                files[program.source] = self.is_changed(command, program, tree)
            if len(files) > 8 and all(files.values()):
                return sorted({program.source for _, program in stage.variants})
        return sorted(source for source in files if files[source])

    def uses(self, program, function):
        """Whether a program has the function: compilers leave out what is not called."""
        def find():
            tree = self.tree('original')
            command = ['gcc', '-std=c99', '-w', '-O0', '-c', *program.extra[:1]]
            if self.build(command, [program.source], tree) is None:
                raise Broken(program.source)
            return set(execute(['nm', '-j', 'build/mutant'], tree, COMPILE_SECONDS,
                               output=True)[1].decode().split())
        names = self.once(('functions', program.source), find)
        return function in names or function + '_body_' in names

    # --- building and running ---

    def build(self, command, sources, tree):
        """The digest of what comes out, or None if it does not compile."""
        out = ['-o', 'build/mutant']
        if '-fsyntax-only' in command:
            out = []
        if execute([*command, '-I.', '-Itests/include', *sources, *out], tree, COMPILE_SECONDS)[0] != 0:
            return None
        if not out:
            return b''
        with open(os.path.join(tree, out[1]), 'rb') as file:
            made = file.read()
        if '-S' in command:  # tests name statements in strings, as the preprocessor leaves them
            made = re.sub(rb'\t\.string\t.*', b'', made)
        return hashlib.sha1(made).digest()

    def build_program(self, command, program, tree):
        extra = program.extra[:1] if '-c' in command else program.extra
        return self.build(command, [*extra, program.source], tree)

    def run(self, stage, program, tree, seconds):
        """What killed the mutant, or None."""
        status, written = execute(['build/mutant'], tree, 10 * seconds, cpu=seconds,
                                  memory=None if 'sanitize' in stage.name else MEMORY,
                                  output=program.output is not None)
        if status is None:
            return 'timeout'
        if status != 0 or program.output is not None and written != program.output:
            return 'test'
        return None

    def baseline(self, stage, program):
        """(digest, seconds) of the original. Without a digest it fails and is of no use here."""
        def find():
            tree = self.tree('original')
            digest = self.build_program(stage.command, program, tree)
            begun = time.monotonic()
            if digest is None or stage.runs and self.run(stage, program, tree, 60):
                self.left_out.append('%s: %s' % (stage.name, program.source))
                digest = None
            return digest, 1 + int(5 * (time.monotonic() - begun))
        return self.once((stage.name, program.source), find)

    def baseline_of_script(self, script):
        def find():
            if execute(script.command, self.tree('original'), SCRIPT_SECONDS)[0] != 0:
                raise Broken(script.name)
        self.once(script.name, find)

    def in_order(self, stage, programs, name):
        """Those programs of a stage first that killed others of the same function."""
        def rank(program):
            key = stage.name, program.source
            return program.source in SLOW, -self.lethal[name][key], -self.lethal[None][key]
        return sorted(programs, key=rank)

    # --- verdicts ---

    def is_same(self, mutant, region, tree):
        """Whether the code is the same, in all ways to compile it in which the change is seen."""
        witnesses = [(command.split(), HEADER) for command in FUNCTION_WITNESSES]
        if not mutant.function:
            witnesses += [(command.split(), program) for command in MACRO_WITNESSES
                          for program in self.witnesses]
        seen = False
        for command, program in witnesses:
            if not self.sees(command, program, region) \
                    or not mutant.function and not self.is_changed(command, program, tree):
                continue
            seen = True
            known = self.once(('same', *command, program.source),
                              lambda: self.build_program(command, program, self.tree('original')))
            if known != self.build_program(command, program, tree):
                return False
        return seen

    def killer(self, stage, mutant, region, tree, common):
        """(what, where) of what kills the mutant in a stage, or None; whether any code is other."""
        name = mutant.name.split(' #')[0]
        quick = stage is self.stages[0]
        different = False
        for program in self.in_order(stage, stage.few if common else stage.programs, name):
            if not self.sees(stage.command, program, region):
                continue
            if mutant.function and common and program.source.endswith('.c') \
                    and not self.uses(program, name):
                continue
            if not mutant.function and not self.is_changed(stage.command, program, tree):
                continue
            known, seconds = self.baseline(stage, program) if quick else (True, RUN_SECONDS)
            if known is None:
                continue
            digest = self.build_program(stage.command, program, tree)
            what = 'compile'
            if digest is not None:
                if digest == known:
                    continue
                different = True
                what = stage.runs and self.run(stage, program, tree, seconds)
            if what and self.baseline(stage, program)[0] is not None:
                for at in name, None:
                    self.lethal[at][stage.name, program.source] += 1
                return (what, '%s: %s' % (stage.name, program.source)), True
        return None, different

    def verdict(self, mutant, argued):
        """(what, where): compile, test, timeout, unseen, same, argued or survived."""
        region = self.region(mutant)
        quick, thorough = self.stages[:2]
        compiled = [stage for stage in self.stages if isinstance(stage, Stage)]
        if not any(self.sees(stage.command, program, region)
                   for stage in compiled if stage.runs for program in stage.programs):
            return 'unseen', ''
        tree = self.tree('mutant')
        with open(os.path.join(tree, 'agen.h'), 'w') as file:
            file.write(self.text[:mutant.begin] + mutant.text + self.text[mutant.end:])

        killed, different = self.killer(quick, mutant, region, tree, False)
        if killed:
            return killed
        if not mutant.function and not any(self.is_changed(stage.command, program, tree)
                                           for stage in compiled for program in stage.few):
            return 'unseen', ''
        only_quick = not any(self.sees(stage.command, program, region) for stage in compiled
                             if stage.command[0] != 'tcc' for program in stage.programs)
        same = not different if only_quick else self.is_same(mutant, region, tree)
        if only_quick or argued:
            return 'same' if same else 'argued' if argued else 'survived', ''
        common = any(self.sees(thorough.command, program, region) for program in thorough.programs)
        for stage in [self.stages[2], thorough, *self.stages[3:]]:  # first what tcc still compiles
            if isinstance(stage, Script):
                misuse = isinstance(stage, Misuse)
                if mutant.function if misuse else same:
                    continue
                command = stage.command
                if misuse:
                    files = self.changed_misuses(stage, tree)
                    if not files:
                        continue
                    command = ['env', 'FIRST=1', 'FILES=' + ' '.join(files), *command]
                self.baseline_of_script(stage)
                status = execute(command, tree, SCRIPT_SECONDS)[0]
                if status != 0:
                    return 'timeout' if status is None else 'test', stage.name
            elif not (same and (stage.runs or mutant.function)
                      or common and mutant.function and stage.macros):
                killed, _ = self.killer(stage, mutant, region, tree,
                                        common and stage is not thorough)
                if killed:
                    return killed
        return 'same' if same else 'survived', ''
