"""Two processes that hold the ends of pipes and connections, and a third one with another root
directory.

The first process opens everything and forks. Then each process closes the descriptors of the
others. The first process prints the holders of each end, as JSON: {"pids": {ROLE: PID}, "ends":
{NAME: [[ROLE, FD], ...]}, "said": {NAME: ...}}. All processes end when standard input is closed.
The argument is a folder for the files.
"""
import array
import json
import mmap
import os
import socket
import sys

folder = os.fsencode(sys.argv[1])
ends, said = {}, {}


def hold(name, fd, roles):
    fd = fd if isinstance(fd, int) else fd.detach()
    os.set_inheritable(fd, True)
    ends[name] = (fd, roles)
    return fd


def inet(family, kind, address, port=0, reuse=False):
    made = socket.socket(family, kind)
    if reuse:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if address == "::":
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
    made.bind((address, port))
    return made


def connection(name, listener, family, address):
    listener.listen(5)
    client = socket.socket(family, socket.SOCK_STREAM)
    client.connect(address)
    accepted, _ = listener.accept()
    hold(name + "-listener", listener, "P")
    hold(name + "-client", client, "C")
    hold(name + "-accepted", accepted, "P")


# Pipes.
r, w = os.pipe()
hold("pipe-read", r, "P")
hold("pipe-write", w, "C")
r, w = os.pipe()
hold("shared-pipe-read", r, "PC")
hold("shared-pipe-write", w, "PC")
fifo = os.path.join(folder, b"fifo")
os.mkfifo(fifo)
reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
hold("fifo-write", os.open(fifo, os.O_WRONLY), "C")
hold("fifo-read", reader, "P")

# UNIX-domain sockets.
for name, kind in [("stream", socket.SOCK_STREAM), ("dgram", socket.SOCK_DGRAM), ("seqpacket", socket.SOCK_SEQPACKET)]:
    a, b = socket.socketpair(socket.AF_UNIX, kind)
    hold("pair-" + name + "-a", a, "P")
    hold("pair-" + name + "-b", b, "C")
a, b = socket.socketpair()
hold("shared-pair-a", a, "PC")
hold("shared-pair-b", b, "C")
for name, address in [
    ("unix", os.path.join(folder, b"listener")),
    ("odd", os.path.join(folder, b"odd\n\xff")),
    ("abstract", b"\0a\nb\0c%d" % os.getpid()),
    ("nul", b"\0\0%d\0" % os.getpid()),
    ("plain", b"\0plain%d" % os.getpid()),
]:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(address)
    connection(name, listener, socket.AF_UNIX, address)
    said[name] = address.decode("latin1")

# Internet sockets.
def listening(family, address):
    made = inet(family, socket.SOCK_STREAM, address)
    return made, made.getsockname()[1]


listener, port = listening(socket.AF_INET, "127.0.0.1")
connection("tcp", listener, socket.AF_INET, ("127.0.0.1", port))
said["tcp"] = port
listener, port = listening(socket.AF_INET6, "::1")
connection("tcp6", listener, socket.AF_INET6, ("::1", port))
said["tcp6"] = port
listener, port = listening(socket.AF_INET6, "::")
connection("mapped", listener, socket.AF_INET, ("127.0.0.1", port))
said["mapped"] = port
listener, port = listening(socket.AF_INET, "127.0.0.1")
listener.listen(5)
hold("shared-listener", listener, "PC")
said["shared-listener"] = port
one = inet(socket.AF_INET, socket.SOCK_STREAM, "127.0.0.1", reuse=True)
port = one.getsockname()[1]
two = inet(socket.AF_INET, socket.SOCK_STREAM, "127.0.0.1", port, reuse=True)
one.listen(3)
two.listen(4)
hold("reuse-one", one, "P")
hold("reuse-two", two, "C")
said["reuse"] = port
a, b = (inet(socket.AF_INET, socket.SOCK_DGRAM, "127.0.0.1") for _ in "ab")
a.connect(b.getsockname())
b.connect(a.getsockname())
hold("udp-a", a, "P")
hold("udp-b", b, "C")
bound = inet(socket.AF_INET, socket.SOCK_DGRAM, "0.0.0.0")
said["udp-bound"] = bound.getsockname()[1]
hold("udp-bound", bound, "P")

# A descriptor in flight: it is in a message of a socket, and no process has it open.
r, w = os.pipe()
a, b = socket.socketpair()
a.sendmsg([b"x"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [w]))])
os.close(w)
hold("flight-read", r, "P")
hold("flight-a", a, "P")
hold("flight-b", b, "P")

# Files.
def opened(name, path, roles, flags=os.O_RDWR | os.O_CREAT):
    hold(name, os.open(path, flags, 0o600), roles)


file = os.path.join(folder, b"file")
opened("file", file, "P")
os.link(file, os.path.join(folder, b"other name"))
opened("hard-link", os.path.join(folder, b"other name"), "C", os.O_RDONLY | os.O_APPEND)
odd = os.path.join(folder, b"file\n\xff\xf0")
opened("odd-file", odd, "P")
replacement = os.path.join(folder, "file \ufffd".encode())
opened("replacement-file", replacement, "P")
gone = os.path.join(folder, b"gone")
opened("deleted", gone, "P")
os.unlink(gone)
inner = os.path.join(folder, b"inner")
os.mkdir(inner)
mapped = os.path.join(folder, b"mapped")
with open(mapped, "wb") as to:
    to.write(b"m" * 8192)

pids = {"P": os.getpid()}
ready, ready_write = os.pipe()
stop, stop_write = os.pipe()


def child(role):
    pid = os.fork()
    if pid:
        pids[role] = pid
        return
    os.close(stop_write)
    os.close(ready)
    for fd, roles in ends.values():
        if role not in roles:
            os.close(fd)
    if role == "C":
        os.chdir(inner)
        with open(mapped, "rb") as source:
            memory = mmap.mmap(source.fileno(), 8192, prot=mmap.PROT_READ)
    else:
        os.chroot(inner)
        os.chdir("/")
    os.write(ready_write, b"r")
    os.read(stop, 1)
    os._exit(0)


child("C")
if os.geteuid() == 0:
    child("R")
os.close(ready_write)
for fd, roles in list(ends.values()):
    if "P" not in roles:
        os.close(fd)
for _ in range(len(pids) - 1):
    os.read(ready, 1)
held = {name: [[role, fd] for role in roles] for name, (fd, roles) in ends.items()}
print(json.dumps({"pids": pids, "ends": held, "said": said}), flush=True)
sys.stdin.read()
os.close(stop_write)
for role, pid in pids.items():
    if role != "P":
        os.waitpid(pid, 0)
