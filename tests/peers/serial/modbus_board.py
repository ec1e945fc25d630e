#!/usr/bin/env python3
# SPDX-License-Identifier: 0BSD
"""examples/modbus/board.c on an emulated board, whose UART is a pseudo-terminal, with mbpoll. Ends with
`N passed, N failed`.

usage: tests/peers/serial/modbus_board.py FIRMWARE"""
import re
import subprocess
import sys

from wire import PATIENT, check, end

board = subprocess.Popen(["qemu-system-arm", "-M", "mps2-an385", "-kernel", sys.argv[1], "-display", "none", "-monitor",
                          "none", "-semihosting-config", "enable=on,target=native", "-serial", "pty"],
                         stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
path = re.search(r"/dev/pts/\d+", board.stdout.readline()).group()


def poll(*arguments):
    """mbpoll, until it is answered: as a master does, it asks again."""
    for _ in range(5):
        done = subprocess.run(["mbpoll", "-m", "rtu", "-a", "17", "-0", "-1", "-q", "-o", "2", "-t", "4", *arguments],
                              capture_output=True, text=True, timeout=PATIENT)
        said = done.stdout + done.stderr
        if "timed out" not in said and "timeout" not in said:
            break
    return said, [int(v) for v in re.findall(r"^\[\d+\]:\s+(-?\d+)", said, re.M)]


said, values = poll("-r", "0", "-c", "10", path)
check("a board's registers", values == [0] * 10, said)
said, values = poll("-r", "2", path, "7", "8", "9")
check("are written", "Written" in said, said)
said, values = poll("-r", "0", "-c", "10", path)
check("and read back", values == [0, 0, 7, 8, 9, 0, 0, 0, 0, 0], said)
said, values = poll("-r", "9", path, "1234")
check("one is written", "Written" in said, said)
said, values = poll("-r", "9", "-c", "1", path)
check("one is read", values == [1234], said)
said, values = poll("-r", "9", "-c", "2", path)
check("an address that is none", "Illegal data address" in said, said)
board.kill()
board.wait()
end()
