#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""examples/modbus with real peers: the slave with mbpoll, the master with a slave of libmodbus, over pseudo-terminals
that can cut, damage and lose. Ends with `N passed, N failed`.

usage: tests/peers/serial/modbus.py SLAVE MASTER LIBMODBUS_SLAVE"""
import random
import re
import subprocess
import sys

from wire import PATIENT, Bridge, Terminal, check, end

slave_path, master_path, libmodbus_path = sys.argv[1:4]
chance = random.Random(1)


def crc(data):
    value = 0xFFFF
    for byte in data:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0xA001 if value & 1 else 0)
    return value.to_bytes(2, "little")


def frame(*parts):
    data = b"".join(bytes([p]) if isinstance(p, int) else p for p in parts)
    return data + crc(data)


def one_by_one(data):
    return [bytes([byte]) for byte in data]


# ---- The slave, and mbpoll ----

ours, theirs = Terminal(), Terminal()
slave = subprocess.Popen([slave_path, ours.path, "17"], stdout=subprocess.PIPE, text=True)
bridge = Bridge(theirs, ours)


def poll(*arguments):
    """mbpoll, until it is answered: as a master does, it asks again."""
    command = ["mbpoll", "-m", "rtu", "-a", "17", "-0", "-1", "-q", "-o", "2", *arguments[:-1], theirs.path]
    for _ in range(5):
        done = subprocess.run(command + [str(v) for v in arguments[-1]], capture_output=True, text=True,
                              timeout=PATIENT)
        said = done.stdout + done.stderr
        if "timed out" not in said and "timeout" not in said:
            break
    return done.returncode, said, [int(v) for v in re.findall(r"^\[\d+\]:\s+(-?\d+)", said, re.M)]


def reads(name, wanted, *arguments):
    status, said, values = poll(*arguments, [])
    check(name, status == 0 and values == wanted, said)


def writes(name, *arguments):
    status, said, _ = poll(*arguments)
    check(name, status == 0 and "Written" in said, said)


def refuses(name, reason, *arguments):
    status, said, _ = poll(*arguments)
    check(name, reason in said, said)


for name, change in ("whole", None), ("byte by byte", one_by_one):
    bridge.change = bridge.change_back = change
    base = chance.randrange(32000)
    reads(f"discrete inputs, {name}", [int(i % 3 == 0) for i in range(100)], "-t", "1", "-r", "0", "-c", "100")
    reads(f"input registers, {name}", [1007 + i for i in range(120)], "-t", "3", "-r", "7", "-c", "120")
    writes(f"one register, {name}", "-t", "4", "-r", "3", [base])
    writes(f"registers, {name}", "-t", "4", "-r", "60", [base + i for i in range(100)])
    reads(f"registers read back, {name}", [base + i for i in range(100)], "-t", "4", "-r", "60",
          "-c", "100")
    reads(f"one register read back, {name}", [base], "-t", "4", "-r", "3", "-c", "1")
    writes(f"one coil, {name}", "-t", "0", "-r", "5", [1])
    coils = [chance.randrange(2) for _ in range(37)]
    writes(f"coils, {name}", "-t", "0", "-r", "20", coils)
    reads(f"coils read back, {name}", coils, "-t", "0", "-r", "20", "-c", "37")
    reads(f"one coil read back, {name}", [0, 1, 0], "-t", "0", "-r", "4", "-c", "3")
    refuses(f"an address that is none, {name}", "Illegal data address", "-t", "4", "-r", "190", "-c", "20", [])
    refuses(f"a value that may not be, {name}", "Illegal data value", "-t", "4", "-r", "50", [1001])

# ---- The slave, and bytes ----

bridge.stop()
READ = frame(17, 4, b"\0\7\0\2")
REPLY = frame(17, 4, 4, b"\x03\xef\x03\xf0")


def ask(request, size=None):
    """What the slave answers; what is asked is asked again, since a busy machine may put silence into a frame."""
    for _ in range(5):
        for piece in request if isinstance(request, list) else [request]:
            ours.write(piece)
        data = ours.read_for(len(REPLY) if size is None else size, 2)
        if data:
            break
    return data


def ignores(name, request):
    """No answer to this, and one to the next."""
    ours.write(request)
    data = ours.read(0.1)
    check(name, data == b"", data)
    data = ask(READ)
    check(f"{name}: the next one", data == REPLY, data)


check("a read", ask(READ) == REPLY)
for function in 0, 7, 8, 11, 17, 22, 23, 43, 99, 127:
    data = ask(frame(17, function, b"\0\0\0\1"), 5)
    check(f"function {function}", data == frame(17, function | 128, 1), data)
for name, exception, request in (
        ("none of them", 3, frame(17, 3, b"\0\0\0\0")), ("126 registers", 3, frame(17, 3, b"\0\0\0\x7e")),
        ("2001 coils", 3, frame(17, 1, b"\0\0\x07\xd1")), ("beyond the last", 2, frame(17, 3, b"\0\xc7\0\2")),
        ("beyond 65535", 2, frame(17, 3, b"\xff\xff\0\2")), ("a coil of 1", 3, frame(17, 5, b"\0\0\0\1")),
        ("a write that is too short", 3, frame(17, 16, b"\0\0\0\2\4\0\1\0")),
        ("a read that is too long", 3, frame(17, 3, b"\0\0\0\1\0"))):
    data = ask(request, 5)
    check(name, data == frame(17, request[1] | 128, exception), data)

# The second of two values may not be: the first one is not written either.
data = ask(frame(17, 16, b"\0\x31\0\2\4\1\2\7\7"), 5)
check("half of a write", data == frame(17, 0x90, 3), data)
data = ask(frame(17, 3, b"\0\x31\0\1"), 7)
check("half of a write is none", data == frame(17, 3, 2, b"\0\0"), data)

for n in range(1, len(READ)):
    ignores(f"the first {n} bytes", READ[:n])
for bit in range(8 * len(READ)):
    damaged = bytearray(READ)
    damaged[bit // 8] ^= 1 << bit % 8
    ours.write(damaged)
    data = ours.read(0.04)
    check(f"bit {bit} is another one", data == b"", data)
check("after these", ask(READ) == REPLY)
ignores("another slave", frame(18, 4, b"\0\7\0\2"))
ignores("another slave's reply", frame(18, 4, 4, b"\0\7\0\2"))
ignores("noise", b"\xff")
ignores("noise before a frame", b"\xff\0" + READ)
ignores("too much", bytes(chance.randrange(256) for _ in range(3000)))
ignores("many frames that lack a byte", READ[:-1] * 40)
for i in range(10):
    ignores(f"random bytes {i}", bytes(chance.randrange(256) for _ in range(chance.randrange(1, 300))))
ignores("a broadcast that reads", frame(0, 4, b"\0\7\0\2"))

data = ask(frame(0, 6, b"\0\x09\x12\x34") + frame(17, 3, b"\0\x09\0\1"), 7)
check("a broadcast, and a read run together", data == frame(17, 3, 2, b"\x12\x34"), data)
data = ask(READ + READ, 2 * len(REPLY))
check("two reads run together", data == 2 * REPLY, data)
data = ask(frame(18, 4, 4, b"\0\7\0\2") + READ)
check("a reply of another slave, and a read run together", data == REPLY, data)
data = ask(one_by_one(READ))
check("one byte at a time", data == REPLY, data)

slave.terminate()
said, _ = slave.communicate(timeout=PATIENT)
check("the slave ends as it is told to", slave.returncode == 0 and re.match(r"\d+ frames, [1-9]\d* dropped\n", said),
      said)

# ---- The master, and libmodbus ----

ours, theirs = Terminal(), Terminal()
peer = subprocess.Popen([libmodbus_path, theirs.path, "17"], stdout=subprocess.PIPE, text=True)
peer.stdout.readline()
bridge = Bridge(ours, theirs)


def master(*requests, patience=2000, attempts=3):
    done = subprocess.run([master_path, ours.path, str(patience), str(attempts), *requests], capture_output=True,
                          text=True, timeout=60)
    return [line.split(" -> ", 1)[-1].split(" ->")[-1].strip() for line in done.stdout.splitlines()]


def asks(name, wanted, *requests, **options):
    answers = master(*requests, **options)
    check(name, answers == wanted, answers)


def shown(values):
    return " ".join(map(str, values)) + " done"


many = [chance.randrange(65536) for _ in range(123)]
bits = [chance.randrange(2) for _ in range(1968)]
for name, change in ("whole", None), ("byte by byte", one_by_one):
    bridge.change_back = change
    asks(f"all functions, {name}",
         [shown(i % 3 == 0 and 1 or 0 for i in range(2000)), shown(range(1005, 1130)), "done", "done", "done", "done",
          shown(many), shown(bits), shown([258]), shown([1])],
         "17:2:0:2000", "17:4:5:125", "17:16:0=" + ",".join(map(str, many)), "17:15:0=" + ",".join(map(str, bits)),
         "17:6:150=258", "17:5:1990=1", "17:3:0:123", "17:1:0:1968", "17:3:150:1", "17:1:1990:1")
    asks(f"exceptions, {name}", ["the slave answers: illegal address", shown([1000])], "17:3:199:2", "17:4:0:1")
asks("a broadcast", ["done", shown([77])], "0:6:9=77", "17:3:9:1", patience=300)
asks("requests that are none", ["no such request"] * 11,
     "17:7:0:1", "17:3:0:0", "17:3:0:126", "17:1:0:2001", "17:3:65535:2", "0:3:0:1", "248:3:0:1", "17:5:0=2",
     "17:6:0=1,2", "17:15:0=1,2", "17:16:0")


class Fault:
    """Does something to the first replies."""

    def __init__(self, count, change):
        self.left, self.change = count, change

    def __call__(self, data):
        if self.left == 0:
            return [data]
        self.left -= 1
        return self.change(data)


def with_fault(count, change):
    bridge.change_back = Fault(count, change)


REPLY = frame(17, 4, 2, b"\x03\xe8") # which stands there whole or in pieces
for n in range(len(REPLY)):
    with_fault(1, lambda data, n=n: [REPLY[:n]] if n else [])
    asks(f"a reply that ends after {n} bytes", [shown([1000])], "17:4:0:1", patience=150, attempts=5)
for name, error, change in (
        ("lost replies", "no reply", lambda data: []),
        ("damaged replies", "no whole frame came", lambda data: [b"\x11\4\2\3"]),
        ("replies of another slave", "another reply came", lambda data: [frame(16, 4, 2, b"\0\1")]),
        ("replies to another request", "another reply came", lambda data: [frame(17, 3, 2, b"\0\1")]),
        ("replies of another length", "another reply came", lambda data: [frame(17, 4, 4, b"\0\1\0\2")]),
        ("exceptions that are none", "another reply came", lambda data: [frame(17, 0x84, 0)])):
    with_fault(2, change)
    asks(f"{name}, and it tries again", [shown([1000])], "17:4:0:1", patience=150, attempts=9)
    with_fault(-1, change)
    asks(f"{name}, and it gives up", [error], "17:4:0:1", patience=150, attempts=2)
with_fault(-1, lambda data: [frame(16, 4, 2, b"\0\1") + REPLY])
asks("the reply after another one", [shown([1000])], "17:4:0:1")
with_fault(-1, lambda data: [frame(17, 6, b"\0\7\0\2")])
asks("a write that is not repeated", ["another reply came"], "17:6:7=1", patience=150, attempts=2)
with_fault(-1, lambda data: [frame(17, 0x84, 11)])
asks("an exception of which nothing is known", ["the slave answers: another exception"], "17:4:0:1")

bridge.change_back = None
asks("the line is whole again", [shown([1009])], "17:4:9:1")
ours.write(frame(17, 4, 2, b"\0\1"))
asks("a reply that came before it was asked for", [shown([1009])], "17:4:9:1")

# Last: libmodbus takes what comes after a request to another slave for its reply, and then needs silence.
asks("nobody there, then somebody", ["no reply", shown([1000])], "18:3:0:1", "17:4:0:1", patience=800, attempts=3)

bridge.stop()
peer.kill()
peer.wait()
end()
