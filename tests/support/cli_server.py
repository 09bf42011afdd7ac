"""Opens a descriptor of each kind, starts a child, and prints a line of JSON that describes them.
Ends when its standard input is closed. Its argument is a folder for its files."""
import json
import mmap
import os
import socket
import subprocess
import sys
import threading
import time

folder = sys.argv[1]
os.chdir(folder)

log = open(folder + "/log", "ab", buffering=0)
log.write(b"12345678")
gone = open(folder + "/gone", "w+b")
os.unlink(folder + "/gone")
mapped = open(folder + "/mapped", "w+b")
mapped.truncate(3 * mmap.PAGESIZE)
region = mmap.mmap(mapped.fileno(), 0)

tcp = socket.create_server(("127.0.0.1", 0))
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.bind(("127.0.0.1", 0))
unix = socket.socket(socket.AF_UNIX)
unix.bind(folder + "/socket")
unix.listen()
client = socket.create_connection(tcp.getsockname())
accepted, _ = tcp.accept()
reading, writing = os.pipe()

for _ in range(2):
    threading.Thread(target=threading.Event().wait, daemon=True).start()
child = subprocess.Popen(["sleep", "1000"], stdin=subprocess.DEVNULL)
while time.process_time_ns() < 60_000_000:
    pass

print(json.dumps({
    "pid": os.getpid(),
    "child": child.pid,
    "port": tcp.getsockname()[1],
    "udp": udp.getsockname()[1],
    "clientPort": client.getsockname()[1],
    "program": os.path.realpath("/proc/self/exe"),
    "fds": {
        "log": log.fileno(),
        "gone": gone.fileno(),
        "tcp": tcp.fileno(),
        "udp": udp.fileno(),
        "unix": unix.fileno(),
        "client": client.fileno(),
        "accepted": accepted.fileno(),
        "reading": reading,
        "writing": writing,
    },
    "cpuTimeNs": time.process_time_ns(),
}), flush=True)
sys.stdin.read()
child.kill()
child.wait()
