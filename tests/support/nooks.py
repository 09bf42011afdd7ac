"""A process with open files of every kind of file system, each with a name.

The argument is a folder for the files. With the additional argument "mounts", the process creates a
mount namespace with an overlay. It prints a line for each descriptor, then "ready". It ends when
its standard input is closed. It omits files that the system lacks.
"""
import ctypes
import os
import socket
import sys
import threading

libc = ctypes.CDLL(None, use_errno=True)
folder = sys.argv[1]
CLONE_NEWNS = 0x20000
CLONE_FILES = 0x400
MS_PRIVATE = 1 << 18
MS_REC = 1 << 14


def said(name, make):
    try:
        fd = make()
    except OSError:
        return
    if fd >= 0:
        print(name, fd, flush=True)


def path(*names):
    return os.path.join(folder, *names)


def made(name, flags=os.O_RDWR | os.O_CREAT):
    return os.open(path(name), flags, 0o644)


def call(number, *args):
    answer = libc.syscall(number, *args)
    if answer < 0:
        raise OSError(ctypes.get_errno(), "syscall")
    return answer


def opened(name, flags=os.O_RDONLY):
    return lambda: os.open(name, flags)


# Files with different flags and positions.
said("plain", lambda: made("plain"))
appending = made("appending", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK)
os.write(appending, b"x" * 12345)
said("appending", lambda: appending)
kept = made("kept")
os.lseek(kept, 1 << 40, os.SEEK_SET)
os.set_inheritable(kept, True)
said("kept", lambda: kept)
said("high", lambda: os.dup2(kept, 700, inheritable=False))
sparse = made("sparse")
os.truncate(sparse, 1 << 41)
said("sparse", lambda: sparse)
gone = made("gone")
os.unlink(path("gone"))
said("gone", lambda: gone)
linked = made("linked")
os.link(path("linked"), path("other"))
os.unlink(path("linked"))
said("linked", lambda: linked)
said("named deleted", lambda: made("really (deleted)"))
said("not utf-8", lambda: os.open(os.fsencode(folder) + b"/\xff\xfe", os.O_CREAT | os.O_RDONLY, 0o600))
os.mkdir(path("folder"))
said("folder", opened(path("folder"), os.O_RDONLY | os.O_DIRECTORY))
os.mkdir(path("lost"))
lost = os.open(path("lost"), os.O_RDONLY)
os.rmdir(path("lost"))
said("lost", lambda: lost)
os.symlink("nowhere", path("symlink"))
said("symlink", opened(path("symlink"), os.O_PATH | os.O_NOFOLLOW))
bound = socket.socket(socket.AF_UNIX)
bound.bind(path("socket"))
said("socket file", opened(path("socket"), os.O_PATH))
os.mkfifo(path("fifo"))
said("fifo", opened(path("fifo"), os.O_RDWR))
r, w = os.pipe()
said("socket by path", opened(f"/proc/self/fd/{bound.fileno()}", os.O_PATH))
said("pipe by path", opened(f"/proc/self/fd/{r}", os.O_PATH))
said("pipe for both", opened(f"/proc/self/fd/{r}", os.O_RDWR))
long = folder
for _ in range(5):
    long += "/" + "n" * 200
    os.mkdir(long)
said("long", opened(long))
deep = os.open(long, os.O_RDONLY)
for _ in range(20):
    os.mkdir("d" * 200, dir_fd=deep)
    deep = os.open("d" * 200, os.O_RDONLY, dir_fd=deep)
said("too long", lambda: deep)

# Other file systems.
for name in ["/dev/null", "/dev/zero", "/dev/ptmx", "/dev/shm", "/proc", "/proc/self/status", "/proc/uptime",
             "/sys/kernel", "/sys/kernel/mm/transparent_hugepage/enabled", "/sys/fs/cgroup",
             "/sys/fs/cgroup/cgroup.procs", "/proc/self/ns/net", "/proc/self/ns/pid", "/proc/self/fd",
             "/sys/kernel/debug", "/dev/mqueue", "/dev/vda", "/dev/loop0", "/run", "/boot"]:
    said(name, opened(name))
said("shared memory", lambda: os.open(f"/dev/shm/nooks-{os.getpid()}", os.O_CREAT | os.O_RDWR, 0o600))
os.unlink(f"/dev/shm/nooks-{os.getpid()}")
said("memory", lambda: os.memfd_create("a name"))
said("huge memory", lambda: os.memfd_create("huge", 4))
said("secret memory", lambda: call(447, 0))
said("temporary", lambda: os.open("/dev/shm", os.O_TMPFILE | os.O_RDWR, 0o600))

# Descriptors without a file system.
said("event counter", lambda: os.eventfd(3))
said("process", lambda: os.pidfd_open(os.getpid()))
said("epoll", lambda: libc.epoll_create1(0o2000000))
said("inotify", lambda: libc.inotify_init1(0o4000))
said("fanotify", lambda: libc.fanotify_init(0, 0))
said("timer", lambda: libc.timerfd_create(1, 0o4000))
said("signals", lambda: libc.signalfd(-1, ctypes.create_string_buffer(128), 0))
said("user fault", lambda: call(323, 0o2000001))
said("ring", lambda: call(425, 4, ctypes.create_string_buffer(120)))
said("mounting", lambda: call(430, b"tmpfs", 0))
said("tree", lambda: call(428, -100, b"/dev", 1))
performance = ctypes.create_string_buffer(128)
ctypes.memmove(performance, (ctypes.c_uint32 * 4)(1, 128, 0, 0), 16)
said("performance", lambda: call(298, performance, 0, -1, -1, 8))
a, b = os.openpty()
said("terminal", lambda: b)

if "mounts" in sys.argv:
    if libc.unshare(CLONE_NEWNS) == 0:
        libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
        for name in ["lower", "upper", "work", "merged", "tmpfs"]:
            os.mkdir(path(name))
        for name in ["read", "written", "removed"]:
            with open(path("lower", name), "w") as to:
                to.write("lower")
        options = f"lowerdir={path('lower')},upperdir={path('upper')},workdir={path('work')}"
        if libc.mount(b"overlay", os.fsencode(path("merged")), b"overlay", 0, options.encode()) == 0:
            said("overlay", opened(path("merged")))
            said("overlay read", opened(path("merged", "read")))
            said("overlay written", opened(path("merged", "written"), os.O_RDWR | os.O_APPEND))
            removed = os.open(path("merged", "removed"), os.O_RDONLY)
            os.unlink(path("merged", "removed"))
            said("overlay removed", lambda: removed)
        if libc.mount(b"tmpfs", os.fsencode(path("tmpfs")), b"tmpfs", 0, None) == 0:
            said("own tmpfs", lambda: made("tmpfs/file"))
            unmounted = made("tmpfs/unmounted")
            libc.umount2(os.fsencode(path("tmpfs")), 2)
            said("unmounted", lambda: unmounted)


def apart():
    # A thread with its own descriptor table, which the process does not share.
    if libc.unshare(CLONE_FILES) == 0:
        for _ in range(5):
            os.open("/dev/null", os.O_RDONLY)
    ready.set()
    threading.Event().wait()


ready = threading.Event()
threading.Thread(target=apart, daemon=True).start()
ready.wait()
print("ready", flush=True)
sys.stdin.read()
os._exit(0)
