"""What psutil takes for the processes and fields of processTable().

Requests and answers are as in process_table.c. A field that psutil does not tell, or from another source
than the others, is `-`.
"""

import os
import sys
import time

import psutil

FIELDS = [
    "pid", "ppid", "uids", "gids", "status", "name", "cpu_times", "memory_info", "num_threads",
    "create_time",
]
TICKS = os.sysconf("SC_CLK_TCK")


def row(info, first, parent):
    name = "-" if info["ppid"] == 2 else os.fsencode(info["name"])[:15].hex()
    started = round((info["create_time"] - first) * TICKS)
    fields = [info["pid"], info["ppid"], "-", started, info["uids"].effective, info["gids"].effective, name]
    if info["ppid"] == parent:
        fields += [info["status"][0].upper(), info["memory_info"].vms, info["num_threads"], "-", "-", "-"]
    return ":".join(map(str, fields))


for line in sys.stdin:
    _, parent, milliseconds = line.split()
    times = []
    end = time.perf_counter() + int(milliseconds) / 1000
    while not times or time.perf_counter() < end:
        start = time.perf_counter()
        # An attribute that may not be read is None.
        found = [process.info for process in psutil.process_iter(FIELDS)]
        times.append(time.perf_counter() - start)
    rows = [row(info, found[0]["create_time"], int(parent)) for info in found if info["uids"]]
    print(round(min(times) * 1e9), *rows, flush=True)
