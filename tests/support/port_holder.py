"""A process that listens on a port of 127.0.0.1 until it is ended.

`port_holder.py HOW PORT`, where the port 0 is any: says the port that it has, and then

- `obedient` ends of SIGTERM;
- `stubborn` ignores SIGTERM;
- `closing` closes the port on SIGTERM and runs on;
- `forking` has a child with the same socket;
- `restarting` is the parent of what listens, and starts it anew whenever it has ended;
- `udp` has a port of UDP;
- `client` has a connection from that port, and does not listen.
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
if how == "stubborn":
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if how == "closing":
    signal.signal(signal.SIGTERM, lambda *_: held.close())
child = os.fork() if how == "forking" else 0
if how == "forking" and child == 0:
    while True:
        signal.pause()
print(port, child, flush=True)
while True:
    signal.pause()
