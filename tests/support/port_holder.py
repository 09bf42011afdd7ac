"""A process that listens on a port of 127.0.0.1 until it is killed.

`port_holder.py HOW PORT` prints the port, followed by the pid of its child or 0 (`restarting`
prints only the port). PORT 0 means any free port. HOW is one of:

- `obedient`: SIGTERM ends it;
- `stubborn`: it ignores SIGTERM;
- `closing`: it closes the port on SIGTERM and continues;
- `forking`: it has a child with the same socket;
- `sharing`: it has a child with the same socket; both ignore SIGTERM, and it closes the port after
  a line of input;
- `restarting`: its child listens; it starts another child whenever the child has ended;
- `udp`: it has a UDP port;
- `client`: it has a connection from the port, and does not listen.
"""
import os
import signal
import socket
import sys

how, port = sys.argv[1], int(sys.argv[2])


def listen():
    kind = socket.SOCK_DGRAM if how == "udp" else socket.SOCK_STREAM
    made = socket.socket(socket.AF_INET, kind)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    if kind == socket.SOCK_STREAM:
        made.listen()
    return made


if how == "restarting":
    probe = listen()
    port = probe.getsockname()[1]
    probe.close()
    started = 0
    while True:
        child = os.fork()
        if child == 0:
            held = listen()
            if started == 0:
                print(port, flush=True)
            while True:
                signal.pause()
        started += 1
        os.waitpid(child, 0)

held = listen()
port = held.getsockname()[1]
if how == "client":
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen()
    held.close()
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", port))
    held.connect(server.getsockname())
if how in ("stubborn", "sharing"):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if how == "closing":
    signal.signal(signal.SIGTERM, lambda *_: held.close())
child = os.fork() if how in ("forking", "sharing") else 0
if how in ("forking", "sharing") and child == 0:
    while True:
        signal.pause()
print(port, child, flush=True)
if how == "sharing":
    sys.stdin.readline()
    held.close()
    print("closed", flush=True)
while True:
    signal.pause()
