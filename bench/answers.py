"""Measures benchmark operations in Python. answers.ts describes the requests and replies."""

import sys
import time

# The time in seconds below which a single run is too short for the clock.
COARSE = 0.0001


def answer_requests(work_for):
    """Replies to all requests. `work_for` returns a function to run and one to format its result."""
    for line in sys.stdin:
        *words, milliseconds = line.split()
        run, rows = work_for(*words)
        shortest, runs, batch = float("inf"), 0, 1
        start = time.perf_counter()
        end = start + int(milliseconds) / 1000
        while runs == 0 or start < end:
            for _ in range(batch):
                found = run()
            elapsed = time.perf_counter() - start
            shortest = min(shortest, elapsed / batch)
            runs += batch
            if elapsed < COARSE:
                batch *= 2
            start = time.perf_counter()
        print(round(shortest * 1e9), runs, *rows(found), flush=True)
