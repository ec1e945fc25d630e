# SPDX-License-Identifier: 0BSD
"""What main.c is for C: answers lines `row n` with `result nanoseconds` of processor time, or prints bytes of state."""

import functools
import gc
import sys
import time
import tracemalloc


def serve(rows, print_bytes, make=functools.partial):
    """What `make` answers for a row and its n is run, and only that is timed."""
    if sys.argv[1] == 'bytes':
        print_bytes()
        return
    for line in sys.stdin:
        name, n = line.split()
        run = make(rows[name], int(n))
        start = time.process_time_ns()
        result = run()
        print(result, time.process_time_ns() - start, flush=True)


def bytes_of(make, n=1000):
    """Bytes that each of n objects takes, with all that hangs on it."""
    kept = [None] * n
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    for i in range(n):
        kept[i] = make()
    gc.collect()
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return (after - before) // n
