# SPDX-License-Identifier: 0BSD
"""Pseudo-terminals for the tests of serial lines, what was checked, and a bridge between two of them."""
import os
import pty
import select
import sys
import threading
import time
import tty

passed = failed = 0
PATIENT = 20 # seconds: for what is to come


def check(name, condition, *more):
    global passed, failed
    if condition:
        passed += 1
    else:
        failed += 1
        print("FAIL", name, *(str(m)[:500] for m in more), flush=True)


def end():
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0 or passed == 0)


class Terminal:
    """One end is .path, for a program; the other end is ours."""

    def __init__(self):
        self.number, self.slave = pty.openpty()
        tty.setraw(self.slave)
        self.path = os.ttyname(self.slave)

    def write(self, data):
        while data:
            data = data[os.write(self.number, data):]

    def read(self, seconds):
        """What is there, or comes within that time."""
        ready, _, _ = select.select([self.number], [], [], seconds)
        return os.read(self.number, 4096) if ready else b""

    def read_for(self, count, seconds=PATIENT):
        data, end_time = b"", time.monotonic() + seconds
        while len(data) < count and time.monotonic() < end_time:
            data += self.read(0.05)
        return data


class Bridge:
    """Carries bytes between two terminals. `change`, if set, makes what goes from a to b of what came."""

    def __init__(self, a, b):
        self.a, self.b = a, b
        self.change = self.change_back = None
        self.going = True
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while self.going:
            ready, _, _ = select.select([self.a.number, self.b.number], [], [], 0.05)
            for number in ready:
                data = os.read(number, 4096)
                there = number == self.a.number
                change = self.change if there else self.change_back
                for piece in change(data) if change else [data]:
                    (self.b if there else self.a).write(piece)

    def stop(self):
        self.going = False
        self.thread.join()
