"""Processes that hold sockets of every kind, in two network namespaces. Some sockets wait for
peers.

Prints JSON: {"pids": {ROLE: PID}, "waiting": [[PID, FD, NAME], ...], "others": [[PID, FD, NAME],
...]}. "waiting" lists the listening TCP sockets and the unconnected UDP sockets, "others" all
others. All processes end when standard input is closed. Needs root.

- `here` holds sockets of the original namespace, and `forked` shares them.
- `moved` has moved to another namespace, and holds sockets of both namespaces.
- `back` holds the same sockets as `moved`, and has returned to the original namespace.
- `leaderless` holds one socket, and its leader has ended.
- `busy` holds one socket, and repeatedly opens and closes others.
"""
import ctypes
import fcntl
import json
import os
import platform
import socket
import struct
import sys
import threading

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS = 0x8914
IFF_UP = 1
SYS_EXIT = 93 if platform.machine() in ("aarch64", "riscv64") else 60

held = {}


def hold(name, made, waits):
    os.set_inheritable(made.fileno(), True)
    held[name] = (made, waits)
    return made


def bound(family, kind, address, port=0, reuse=False, only=None):
    made = socket.socket(family, kind)
    if reuse:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if only is not None:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, only)
    made.bind((address, port))
    return made


def listening(*args, **options):
    made = bound(args[0], socket.SOCK_STREAM, *args[1:], **options)
    made.listen(7)
    return made


def hold_all(where):
    four, six = socket.AF_INET, socket.AF_INET6
    stream, dgram = socket.SOCK_STREAM, socket.SOCK_DGRAM
    tcp = hold(f"{where} tcp", listening(four, "127.0.0.1"), True)
    hold(f"{where} tcp6", listening(six, "::1", only=1), True)
    hold(f"{where} tcp6 dual", listening(six, "::", only=0), True)
    one = hold(f"{where} reuse one", listening(four, "127.0.0.1", reuse=True), True)
    hold(f"{where} reuse two", listening(four, "127.0.0.1", one.getsockname()[1], reuse=True), True)
    udp = hold(f"{where} udp", bound(four, dgram, "0.0.0.0"), True)
    udp6 = hold(f"{where} udp6", bound(six, dgram, "::", only=1), True)
    hold(f"{where} client", socket.create_connection(tcp.getsockname()), False)
    hold(f"{where} accepted", tcp.accept()[0], False)
    for name, family, to in [("udp", four, ("127.0.0.1", udp.getsockname()[1])), ("udp6", six, ("::1", udp6.getsockname()[1]))]:
        connected = hold(f"{where} {name} connected", socket.socket(family, dgram), False)
        connected.connect(to)
    # A socket that is connected to port 0 does not have a peer.
    hold(f"{where} udp nowhere", bound(four, dgram, "127.0.0.1"), True).connect(("127.0.0.1", 0))
    hold(f"{where} unbound tcp", socket.socket(four, stream), False)
    hold(f"{where} unbound udp", socket.socket(four, dgram), False)
    hold(f"{where} bound tcp", bound(four, stream, "127.0.0.1"), False)
    hold(f"{where} raw", socket.socket(four, socket.SOCK_RAW, socket.IPPROTO_UDP), False)
    hold(f"{where} netlink", socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0), False)
    hold(f"{where} packet", socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0), False)
    unix = hold(f"{where} unix", socket.socket(socket.AF_UNIX), False)
    unix.bind(b"\0libproc %s %d" % (where.encode(), os.getpid()))
    unix.listen(1)
    for name, end in zip("ab", socket.socketpair()):
        hold(f"{where} pair {name}", end, False)


def set_up_loopback():
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", IFF_UP))


def wait():
    os.read(0, 1)
    os._exit(0)


def play(role, act, after=wait):
    """Forks a process that calls `act`, reports its sockets, and then calls `after`."""
    r, w = os.pipe()
    if os.fork() == 0:
        os.close(r)
        act()
        more = [[os.getpid(), made.fileno(), name, waits] for name, (made, waits) in held.items()]
        os.write(w, json.dumps([role, os.getpid(), more, back]).encode() + b"\n")
        os.close(w)
        after()
    os.close(w)
    with os.fdopen(r, "rb") as pipe:
        said.append(json.loads(pipe.readline()))


def act_moved():
    home = os.open("/proc/self/ns/net", os.O_RDONLY)
    hold("home tcp", listening(socket.AF_INET, "127.0.0.1"), True)
    if libc.unshare(CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    set_up_loopback()
    hold_all("away")
    r, w = os.pipe()
    if os.fork() == 0:
        if libc.setns(home, CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns")
        os.write(w, str(os.getpid()).encode())
        os.close(w)
        wait()
    os.close(w)
    os.close(home)
    back.append(int(os.read(r, 20)))
    os.close(r)


def end_first_thread():
    threading.Thread(target=wait).start()
    libc.syscall(SYS_EXIT, 0)


def be_busy():
    threading.Thread(target=wait).start()
    while True:
        made = [listening(socket.AF_INET, "127.0.0.1"), bound(socket.AF_INET, socket.SOCK_DGRAM, "127.0.0.1")]
        made.append(socket.socket())
        for one in made:
            one.close()


said, back = [], []
play("moved", act_moved)
play("leaderless", lambda: hold("leaderless tcp", listening(socket.AF_INET, "127.0.0.1"), True), end_first_thread)
play("busy", lambda: hold("busy tcp", listening(socket.AF_INET, "127.0.0.1"), True), be_busy)
hold_all("here")
play("forked", lambda: None)
here = [[os.getpid(), made.fileno(), name, waits] for name, (made, waits) in held.items()]
said.append(["here", os.getpid(), here, []])

pids = {role: pid for role, pid, _, _ in said}
places = [place for _, _, some, _ in said for place in some]
for _, pid, some, others in said:
    for other in others:
        pids["back"] = other
        places += [[other, *rest] for _, *rest in some]
print(json.dumps({
    "pids": pids,
    "waiting": [place[:3] for place in places if place[3]],
    "others": [place[:3] for place in places if not place[3]],
}), flush=True)
wait()
