#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""examples/modem/console.c with a scripted modem on a pseudo-terminal, that echoes, speaks unasked, cuts lines, stops
in the middle and sends what no modem sends. Ends with `N passed, N failed`.

usage: tests/peers/serial/modem.py CONSOLE"""
import os
import queue
import random
import subprocess
import sys
import threading
import time

from wire import PATIENT, Terminal, check, end

chance = random.Random(1)


class Console:
    def __init__(self, patience):
        self.terminal = Terminal()
        self.process = subprocess.Popen([sys.argv[1], self.terminal.path, str(patience)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, errors="replace")
        self.lines = queue.Queue()
        self.pending = b""
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stdout:
            self.lines.put(line.rstrip("\n"))

    def type(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def hears(self, wanted):
        """What the modem hears, up to `wanted`, if that comes."""
        end_time = time.monotonic() + PATIENT
        while wanted not in self.pending and time.monotonic() < end_time:
            self.pending += self.terminal.read(0.05)
        heard, found, self.pending = self.pending.partition(wanted)
        return heard + found

    def says(self, *pieces):
        for piece in pieces:
            self.terminal.write(piece)

    def shows(self, last="=", count=1):
        """What the console shows, up to so many lines that begin with `last`."""
        shown = []
        try:
            while count:
                shown.append(self.lines.get(timeout=PATIENT))
                count -= shown[-1].startswith(last)
        except queue.Empty:
            pass
        return shown

    def run(self, command, *pieces):
        self.type(command)
        self.hears(b"\r")
        self.says(*pieces)
        return self.shows()

    def end(self):
        self.process.stdin.close()
        last = self.shows("", 1)
        return last, self.process.wait(PATIENT)


def is_so(name, shown, *wanted):
    check(name, shown == list(wanted), shown)


def asks(name, answer, *wanted, command="AT+CSQ"):
    """The same whole, with an echo, byte by byte, and cut in two at each byte."""
    is_so(name, console.run(command, answer), *wanted)
    answer = command.encode() + b"\r" + answer
    is_so(f"{name}, with an echo", console.run(command, answer), *wanted)
    is_so(f"{name}, byte by byte", console.run(command, *(answer[i:i + 1] for i in range(len(answer)))), *wanted)
    for n in range(1, len(answer)):
        console.type(command)
        console.hears(b"\r")
        console.says(answer[:n])
        if n % 5 == 0:
            time.sleep(0.02)
        console.says(answer[n:])
        is_so(f"{name}, cut after {n}", console.shows(), *wanted)


# ---- Answers: there is time enough ----

console = Console(60000)
asks("an answer", b"\r\n+CSQ: 17,99\r\n\r\nOK\r\n", "< +CSQ: 17,99", "= OK")
asks("no line", b"\r\nOK\r\n", "= OK")
asks("any lines", b"\r\nSomeone\r\n\r\nOther\r\n\r\nOK\r\n", "< Someone", "< Other", "= OK", command="ATI")
asks("ERROR", b"\r\nERROR\r\n", "= the modem answers an error: ERROR")
asks("an answer, then ERROR", b"\r\n+CSQ: 1\r\nERROR\r\n", "< +CSQ: 1", "= the modem answers an error: ERROR")
asks("+CME ERROR", b"\r\n+CME ERROR: 10\r\n", "= the modem answers a +CME ERROR: +CME ERROR: 10")
asks("+CMS ERROR", b"\r\n+CMS ERROR: 500\r\n", "= the modem answers a +CMS ERROR: +CMS ERROR: 500")
asks("+CME ERROR in words", b"\r\n+CME ERROR: SIM not inserted\r\n",
     "= the modem answers an error: +CME ERROR: SIM not inserted")
asks("busy", b"\r\nBUSY\r\n", "= no connection: BUSY", command="ATD123;")
many = b"".join(b"\r\nline %d" % i for i in range(200))
is_so("more lines than there is room for", console.run("ATI", many + b"\r\nOK\r\n"),
      *(f"< line {i}" for i in range(200)), "= OK")


def sorted_shows(shown):
    """Lines of the answer in their order, and those unasked for in theirs: they go different ways."""
    return [s for s in shown if s[0] != "!"], [s for s in shown if s[0] == "!"]


ANSWER = b"\r\n+CSQ: 17\r\n", b"\r\n+CSQ: 18\r\n", b"\r\nOK\r\n"
CODES = b"\r\nRING\r\n", b'\r\n+CMTI: "SM",3\r\n', b"\r\n^BOOT: 1\r\n"
for where in range(27): # each code before each part of the answer
    parts, left = [], where
    inserted = []
    for code in CODES:
        inserted.append((left % 3, code))
        left //= 3
    for i, part in enumerate(ANSWER):
        parts += [code for place, code in inserted if place == i] + [part]
    unasked = [f"! {p.strip().decode()}" for p in parts if p in CODES]
    console.type("AT+CSQ")
    console.hears(b"\r")
    console.says(*parts)
    shown = []
    while len(shown) < 6:
        more = console.shows("", 1)
        if not more:
            break
        shown += more
    check(f"unasked lines {where}", sorted_shows(shown) == (["< +CSQ: 17", "< +CSQ: 18", "= OK"], unasked), shown)
console.says(b"\r\nRING\r\n")
is_so("unasked, and nothing was asked", console.shows("!"), "! RING")
console.says(b"\r\nOK\r\n")
is_so("an answer to nothing", console.shows("!"), "! OK")

# Data, when it is asked for.
for prompt in b"\r\n> ", b"\r\n>":
    for echo in b"", b"hello OK\r\n":
        console.type('AT+CMGS="1" > hello OK')
        console.hears(b"\r")
        console.says(prompt)
        heard = console.hears(b"\x1a")
        console.says(echo, b"\r\n+CMGS: 5\r\n\r\nOK\r\n")
        is_so("data", console.shows(), "< +CMGS: 5", "= OK")
        check("the data is sent", heard == b"hello OK\x1a", heard)
is_so("an error in place of a prompt", console.run('AT+CMGS="1" > hello', b"\r\n+CMS ERROR: 304\r\n"),
      "= the modem answers a +CMS ERROR: +CMS ERROR: 304")
is_so("OK in place of a prompt", console.run('AT+CMGS="1" > hello', b"\r\nOK\r\n"),
      "= the modem has not asked for the data: OK")
is_so("a > where none is asked for", console.run("ATI", b"\r\n> 5\r\nOK\r\n"), "< > 5", "= OK")

# What no modem sends.
DAMAGED = "= a line of the answer is damaged or too long: OK"
is_so("a line of 128", console.run("ATI", b"x" * 128 + b"\r\nOK\r\n"), "< " + "x" * 128, "= OK")
for n in 129, 1000, 70000:
    is_so(f"a line of {n}", console.run("ATI", b"x" * n + b"\r\nOK\r\n"), DAMAGED)
for byte in 0, 1, 7, 8, 26, 27, 127:
    is_so(f"a byte {byte}", console.run("ATI", b"one\r\ntw" + bytes([byte]) + b"o\r\nOK\r\n"), "< one", DAMAGED)
asks("after these", b"\r\n+CSQ: 17,99\r\n\r\nOK\r\n", "< +CSQ: 17,99", "= OK")
for i in range(30):
    noise = bytes(chance.choice([chance.randrange(256), 13, 10, 62]) for _ in range(chance.randrange(1, 2000)))
    console.says(noise + b"\r\nEND\r\n")
    shown = console.shows("! END")
    check(f"random bytes {i}", shown[-1:] == ["! END"], shown[-3:])
    is_so(f"after random bytes {i}", console.run("AT", b"\r\nOK\r\n"), "= OK")
is_so("a command that is too long", (console.type("AT" + "0" * 127), console.shows())[1], "= no such command")
is_so("a command with a control character", (console.type("AT\x02"), console.shows())[1], "= no such command")
is_so("data with Ctrl-Z", (console.type("AT+CMGS=1 > a\x1ab"), console.shows())[1], "= no such command")
console.type("AT+CSQ") # and the modem is unplugged
console.hears(b"\r")
os.close(console.terminal.slave)
os.close(console.terminal.number)
is_so("the modem has gone", console.shows(), "= the line has gone")
console.type("AT")
is_so("and is gone", console.shows(), "= the line has gone")
last, status = console.end()
check("the console ends", status == 0 and last[0].endswith("damaged"), last, status)

# ---- Silence ----

console = Console(300)


def goes_on(name):
    """A later command is answered: it may be typed again, for a busy machine."""
    for _ in range(5):
        console.type("AT+CSQ")
        heard = console.hears(b"\r")
        console.says(b"\r\n+CSQ: 5\r\n\r\nOK\r\n")
        shown = [line for line in console.shows() if line[0] != "!"]
        if shown != [SILENCE]:
            break
    check(f"{name}: the next one", shown == ["< +CSQ: 5", "= OK"], shown, heard)


SILENCE = "= no answer in time"
for name, *pieces in (("silence",), ("an echo and silence", b"ATI\r"), ("half a line", b"\r\n+CS"),
                      ("no end", b"\r\nOK"), ("only unasked lines", b"\r\nRING\r\n")):
    shown = console.run("ATI", *pieces)
    check(name, [line for line in shown if line[0] != "!"] == [SILENCE], shown)
    goes_on(name)
shown = console.run("ATI", b"\r\nfirst\r\n")
check("a line, and silence", shown[-1:] == [SILENCE], shown)
goes_on("a line, and silence")
console.type("AT+CMGS=1 > hello")
console.hears(b"\r")
is_so("no prompt", console.shows(), SILENCE)
heard = console.hears(b"\x1b")
check("the modem is told to ask for no more", heard == b"\x1b", heard)
goes_on("no prompt")

# The answer comes after it was given up: it is thrown away, and the next command is sent then.
is_so("too late", console.run("AT+CSQ"), SILENCE)
console.type("ATI")
console.says(b"\r\n+CSQ: 1\r\n\r\nOK\r\n")
heard = console.hears(b"\r")
console.says(b"\r\nright\r\nOK\r\n")
shown = console.shows()
check("an answer to a command that was given up", "< +CSQ: 1" not in shown and heard == b"ATI\r", shown, heard)
goes_on("too late")
last, status = console.end()
check("the console ends, too", status == 0, last, status)
end()
