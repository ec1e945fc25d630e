# SPDX-License-Identifier: 0BSD
"""gdb commands for programs with agen.h: what each task waits for, by file and line.

    (gdb) source tools/agen-gdb.py
    (gdb) agen tasks              every task of every loop that is a variable of the program
    (gdb) agen tasks &my_loop     those of this loop
    (gdb) agen chain x            a generator, a coroutine or a task: what it awaits, innermost last

The firmware needs no knob, only -g. A pretty-printer shows the head of each state in `print x` the
same way. The line of a suspension is found in the machine code: just before a body suspends, it
stores the number of the resume point, and the debugger knows the line of that instruction. Where
the compiler has merged such stores, as gcc does at -Os, the line has a question mark: it may be that
of a neighbouring suspension. Where there is none, the number of the resume point is printed.
"""
import re

import gdb

NEW, CLOSED, BUSY = 0, 127, 128
TASK_STATES = {}  # filled from the program's enumerators
points = {}  # (step, state): the lines


def code_address(address):
    """Without the bit that says Thumb."""
    thumb = gdb.selected_inferior().architecture().name().startswith('arm')
    return int(address) & ~1 if thumb else int(address)


def function_of(core):
    """The name of the generator's type, and where its step begins."""
    address = code_address(core['step_'])
    match = re.match(r'(\w+)_agen_(?:\.\w+)* in section',
                     gdb.execute('info symbol 0x%x' % address, to_string=True)) if address else None
    return (match[1], address) if match else (None, 0)


def byte_of(register):
    """eax and al are one register, as are r8d and r8b: how the lowest byte is called."""
    match = re.match(r'[re]?([abcd])x$|[re]?(si|di|bp|sp)$|(r\d+)[db]?$', register)
    if not match:
        return register
    return match[1] + 'l' if match[1] else match[2] + 'l' if match[2] else match[3] + 'b'


# A number into a register; into memory; a register into a byte of memory; arithmetic with a number.
LOAD = re.compile(r'(?:mov[lsw]?|movs?\.w|ldi|li|c\.li)\s+(?:\$(-?\w+),\s*%(\w+)|(\w+),\s*#?(-?\w+))$')
STORE = re.compile(r'movb\s+\$(-?\w+),.*\(|mov\s+%(\w+),.*\(|(?:strb(?:\.w)?|sb|c\.sb)\s+(\w+),'
                   r'|std?\s+[-+\w]+,\s*(\w+)$')
ADD = re.compile(r'(adds?|subs?)(?:\.w)?\s+(\w+),\s*(?:\2,\s*)?#(\w+)$')
LEAVES = re.compile(r'(?:b|b\.n|b\.w|jmpq?|j)\s')
KEEPS = re.compile(r'(?:cmp|tst|test|str|push|b|j|call|ret|nop|sb|sw|st)')  # what writes no register


def number(text):
    try:
        return int(text, 0) & 0xff
    except ValueError:
        return None


def better(one, other):
    """Of the lines that the load and the store are said to belong to: one that suspends."""
    for line in (one, other):
        text = source(line) if line else None
        if text == '' or text and re.search(r'AGEN_(?!BEGIN|END\()', text):  # '': not to be read
            return line
    return None, None


def lines_of(name, step, state):
    """The lines at which a body stores this number as its state."""
    if (step, state) in points:
        return points[step, state]
    architecture = gdb.selected_inferior().architecture()
    ranges = set()
    for function in (name + '_agen_', name + '_body_'):  # the body may not be inlined
        try:
            address = gdb.execute('info address ' + function, to_string=True)
        except gdb.error:
            continue
        match = re.search(r'0x[0-9a-f]+', address)
        block = match and gdb.block_for_pc(code_address(int(match[0], 16)))
        while block and not block.function:
            block = block.superblock
        while block and block.function and block.superblock.function:
            block = block.superblock
        if block and block.function:
            ranges.add((block.start, block.end - 1))
    found, stored = [], set()  # where such a number came to be: (register, its line, the store's)
    for first, last in ranges:
        known = {}  # register: the number in it, and the entry in found, if it is the state
        for instruction in architecture.disassemble(first, last):
            text = re.sub(r'<.*|[;@].*|//.*', '', instruction['asm']).strip()
            load, store, add = LOAD.match(text), STORE.match(text), ADD.match(text)
            sal = gdb.find_pc_line(instruction['addr'])
            line = None
            if LEAVES.match(text):  # a store that comes later is shared with other suspensions
                for value, entry in known.values():
                    if entry and not entry[2]:
                        entry[3] = '?'
            if sal.symtab and sal.line and not sal.symtab.filename.endswith('agen.h'):
                line = sal.symtab.fullname(), sal.line
            if load and number(load[1] or load[4]) is not None:
                register, value = byte_of(load[2] or load[3]), number(load[1] or load[4])
            elif add and byte_of(add[2]) in known:
                register = byte_of(add[2])
                change = int(add[3], 0) * (1 if add[1].startswith('add') else -1)
                value = (known[register][0] + change) & 0xff
            elif store:
                if store[1]:
                    if number(store[1]) == state and line:
                        found.append([None, line, None, ''])
                else:
                    register = byte_of(store[2] or store[3] or store[4])
                    stored.add(register)
                    if register in known and known[register][1]:
                        known[register][1][2] = line
                continue
            else:
                written = not KEEPS.match(text) and re.search(
                    r'%(\w+)$' if '%' in text else r'^\S+\s+\{?(\w+)', text)
                if written:
                    known.pop(byte_of(written[1]), None)
                continue
            entry = None
            if value == state and not (text.endswith('%eax') and state <= 2):  # what x86 returns
                entry = [register, line, None, '']
                found.append(entry)
            known[register] = value, entry
    stored = [(better(one, other), sure) for register, one, other, sure in found
              if register is None or register in stored]
    stored = [(file, line, sure) for (file, line), sure in stored if file]
    points[step, state] = list(dict.fromkeys(stored))
    return points[step, state]


def source(line):
    try:
        with open(line[0], errors='replace') as file:
            return file.read().split('\n')[line[1] - 1].strip()
    except (OSError, IndexError):
        return ''


def where(core):
    """What one state does, as text."""
    name, step = function_of(core)
    if not name:
        return 'not initialised'
    state = int(core['base_']['state_'])
    text = '%s at 0x%x: ' % (name, int(core.address))
    if state == NEW:
        return text + 'new'
    if state == CLOSED:
        return text + 'ended'
    if state == BUSY:
        return text + 'executing'
    lines = lines_of(name, step, state)
    text += 'waits' if state & BUSY else 'suspended at a yield'
    for line in lines:
        text += ', %s:%d%s: %s' % (line[0].split('/')[-1], line[1], line[2], source(line))
    return text + ('' if lines else ', resume point %d' % (state & 127))


def chain(root, leaf):
    """From the root to the leaf: links lead outwards."""
    cores, core = [], leaf
    while core and int(core) != int(root):
        cores.append(core)
        core = core['base_']['link_']
    return [root] + cores[::-1]


def task_text(task):
    base = task['entry_']['base_']
    loop = task['loop_']
    state = int(base['state_'])
    if not TASK_STATES:
        for field in gdb.lookup_type('enum agen_task_state_').fields():
            TASK_STATES[field.enumval] = field.name[len('AGEN_TASK_'):-1].lower().replace('_', ' ')
    what = TASK_STATES.get(state, 'state %d' % state)
    text = 'task 0x%x: ' % int(task.address)
    if what in ('none', 'ended') or not loop:
        return text + 'ended, %d' % int(base['error_']), []
    if what in ('sleeping', 'selects until'):
        ahead = int(task['entry_']['place_']['timer_']['deadline_'] - loop['last_'])
        bits = 8 * loop['last_'].type.sizeof
        what = '%s, %d ticks after the last pass' % (
            'sleeping' if what == 'sleeping' else 'waiting', ahead % (1 << bits))
    root, leaf = task['root_'], base['link_']
    if what == 'running':
        return text + 'running, see the backtrace', [root]
    return text + what.replace('selects', 'waiting'), chain(root, leaf if leaf else root)


def print_task(task):
    text, cores = task_text(task)
    print(text)
    for core in cores:
        print('    ' + where(core.dereference()))


def loops():
    """Every variable of the type agen_loop."""
    found = []
    for line in gdb.execute('info variables -q -t agen_loop', to_string=True).split('\n'):
        match = re.search(r'\bagen_loop (\w+);', line)
        if match:
            symbol = gdb.lookup_global_symbol(match[1]) or gdb.lookup_static_symbol(match[1])
            if symbol:
                found.append(symbol.value())
    frame = None
    try:
        frame = gdb.newest_frame()
    except gdb.error:
        pass
    while frame:
        try:
            block = frame.block()
        except RuntimeError:
            block = None
        while block and not block.is_global:
            for symbol in block:
                if symbol.is_variable and symbol.type.strip_typedefs().name in (
                        'agen_loop', 'struct agen_loop'):
                    value = symbol.value(frame)
                    if all(int(value.address) != int(other.address) for other in found):
                        found.append(value)
            block = block.superblock
        frame = frame.older()
    return found


class Agen(gdb.Command):
    """Commands for programs with agen.h: agen tasks, agen chain."""

    def __init__(self):
        super().__init__('agen', gdb.COMMAND_DATA, gdb.COMPLETE_NONE, True)


class Tasks(gdb.Command):
    """agen tasks [LOOP]: every task of the loop (a pointer to it or the loop), or of all loops."""

    def __init__(self):
        super().__init__('agen tasks', gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        if argument:
            value = gdb.parse_and_eval(argument)
            given = [value.dereference() if value.type.code == gdb.TYPE_CODE_PTR else value]
        else:
            given = loops()
        if not given:
            print('no loop found: agen tasks &loop')
        for loop in given:
            for head, text in (('tasks_', 'tasks'), ('tracked_', 'tracked')):
                first = task = loop[head]
                while task:
                    if head == 'tasks_':
                        print_task(task.dereference())
                    else:
                        print('tracked: ' + where(task['root_'].dereference()))
                    task = task['next_']
                    if int(task) == int(first):
                        break


class Chain(gdb.Command):
    """agen chain X: what a generator, a coroutine or a task awaits, innermost last."""

    def __init__(self):
        super().__init__('agen chain', gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        value = gdb.parse_and_eval(argument)
        if value.type.code == gdb.TYPE_CODE_PTR:
            value = value.dereference()
        if value.type.strip_typedefs().name in ('agen_task', 'struct agen_task'):
            print_task(value)
            return
        core = value['agen_']['frame_'].address
        pending = int(core['base_']['state_']) > BUSY
        leaf = core['base_']['link_'] if pending and int(core['base_']['flags_']) & 2 else core
        for one in chain(core, leaf if leaf else core):
            print('    ' + where(one.dereference()))


class Head:
    """The head of a state, in print."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        return where(self.value['frame_'])


def printer(value):
    kind = value.type.strip_typedefs()
    if kind.code == gdb.TYPE_CODE_UNION and [f.name for f in kind.fields()] == ['frame_', 'kind_']:
        return Head(value)
    return None


gdb.pretty_printers.append(printer)
Agen()
Tasks()
Chain()
