"""Measures psutil for the operations of process_table.ts, friendly.ts and one_process.ts.

Replies to requests as answers.ts describes, one line `OPERATION PID MILLISECONDS` each. The rows
are those of the other programs. A value is `-` if psutil does not report it, or reads it from a
different source. With the argument `ids`, users have only ids, because psutil looks up each name
again.
"""

import os
import sys

import psutil

from answers import answer_requests

NAMES = sys.argv[1:] != ["ids"]
FIELDS = ["pid", "ppid", "uids", "status", "name", "cpu_times", "memory_info", "num_threads", "create_time"]
if NAMES:
    FIELDS.append("username")
PS_LIST_FIELDS = [
    "pid", "ppid", "uids", "name", "cpu_times", "memory_info", "exe", "cmdline", "create_time",
]
TICKS = os.sysconf("SC_CLK_TCK")


def digits(text):
    return os.fsencode(text).hex()


def row(info, first, parent):
    user = info["uids"].effective
    # psutil reports the name of the real user.
    user_name = digits(info["username"]) if NAMES and user == info["uids"].real else "-"
    name = "-" if info["ppid"] == 2 else digits(info["name"])[:30]
    started = round((info["create_time"] - first) * TICKS)
    cells = [info["pid"], info["ppid"], started, user, user_name, name]
    if info["ppid"] == parent:
        cells += [info["status"][0].upper(), info["num_threads"], info["memory_info"].rss, "-"]
    return ":".join(map(str, cells))


def ps_list_row(info, parent):
    cells = [info["pid"], info["ppid"], info["uids"].effective]
    if info["ppid"] == parent:
        cells += [digits(info["exe"]), digits(" ".join(info["cmdline"]).replace("\n", " "))]
    return ":".join(map(str, cells))


def read(fields):
    # psutil returns None for values that it lacks permission to read.
    return [process.info for process in psutil.process_iter(fields)]


def processes(parent):
    return lambda: read(FIELDS), lambda found: [
        row(info, found[0]["create_time"], parent) for info in found if info["uids"]
    ]


def ps_list(parent):
    return lambda: read(PS_LIST_FIELDS), lambda found: [
        ps_list_row(info, parent) for info in found if info["uids"]
    ]


def children(pid):
    return lambda: psutil.Process(pid).children(recursive=True), pids_of


def children_again(pid):
    process = psutil.Process(pid)
    return lambda: process.children(recursive=True), pids_of


def pids_of(found):
    return [child.pid for child in found]


def one_process(pid):
    process = psutil.Process(pid)

    def run():
        with process.oneshot():
            return process.memory_info().rss, process.cpu_times()

    return run, lambda found: [f"{pid}:{found[0]}:-"]


OPERATIONS = {
    "table": processes,
    "sampler": processes,
    "processes": processes,
    "ps_list": ps_list,
    "children": children,
    "tree": children,
    "children_again": children_again,
    "one_process": one_process,
}

answer_requests(lambda operation, pid: OPERATIONS[operation](int(pid)))
