"""How the programs of the bench in Python measure: answers.ts says what is asked for and answered."""

import sys
import time

# Seconds below which the clock is too coarse for one run.
COARSE = 0.0001


def answer_requests(work_for):
    """Answers all requests. `work_for` returns what is run, and what makes rows of its result."""
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
