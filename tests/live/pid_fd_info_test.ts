import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, statSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import { pidFdInfo } from "../../lib/calls/pid_fd_info.ts";
import { hostLibrary } from "../support/libc.ts";
import {
  PROC_FP_CLEXEC,
  PROC_INFO_CALL_PIDFDINFO,
  PROC_PIDFDATALKINFO,
  PROC_PIDFDATALKINFO_SIZE,
  PROC_PIDFDCHANNELINFO,
  PROC_PIDFDCHANNELINFO_SIZE,
  PROC_PIDFDKQUEUE_EXTINFO,
  PROC_PIDFDKQUEUE_EXTINFO_SIZE,
  PROC_PIDFDKQUEUEINFO,
  PROC_PIDFDKQUEUEINFO_SIZE,
  PROC_PIDFDPIPEINFO,
  PROC_PIDFDPIPEINFO_SIZE,
  PROC_PIDFDPSEMINFO,
  PROC_PIDFDPSEMINFO_SIZE,
  PROC_PIDFDPSHMINFO,
  PROC_PIDFDPSHMINFO_SIZE,
  PROC_PIDFDSOCKETINFO,
  PROC_PIDFDSOCKETINFO_SIZE,
  PROC_PIDFDVNODEINFO,
  PROC_PIDFDVNODEINFO_SIZE,
  PROC_PIDFDVNODEPATHINFO,
  PROC_PIDFDVNODEPATHINFO_SIZE,
  ProcInfoError,
} from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { type Holder, startHolder } from "../support/descriptors.ts";
import { isLinuxSince } from "../support/kernel_release.ts";
import { AS_NOBODY, inShell, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = !linux ? "needs Linux" : !root ? "needs root, to change users" : false;

/** Every flavor, and the size of its struct in bytes. */
const SIZES: readonly (readonly [flavor: number, size: number])[] = [
  [PROC_PIDFDVNODEINFO, PROC_PIDFDVNODEINFO_SIZE],
  [PROC_PIDFDVNODEPATHINFO, PROC_PIDFDVNODEPATHINFO_SIZE],
  [PROC_PIDFDSOCKETINFO, PROC_PIDFDSOCKETINFO_SIZE],
  [PROC_PIDFDPSEMINFO, PROC_PIDFDPSEMINFO_SIZE],
  [PROC_PIDFDPSHMINFO, PROC_PIDFDPSHMINFO_SIZE],
  [PROC_PIDFDPIPEINFO, PROC_PIDFDPIPEINFO_SIZE],
  [PROC_PIDFDKQUEUEINFO, PROC_PIDFDKQUEUEINFO_SIZE],
  [PROC_PIDFDATALKINFO, PROC_PIDFDATALKINFO_SIZE],
  [PROC_PIDFDKQUEUE_EXTINFO, PROC_PIDFDKQUEUE_EXTINFO_SIZE],
  [PROC_PIDFDCHANNELINFO, PROC_PIDFDCHANNELINFO_SIZE],
];

let holder: Holder;
let cast: Cast;
before(async () => {
  if (skip !== false) return;
  [holder, cast] = await Promise.all([startHolder(), startCast()]);
});
after(() => Promise.all([holder?.[Symbol.asyncDispose](), cast?.[Symbol.asyncDispose]()]));

const ask = (pid: number, fd: number, flavor: number, buffer: Uint8Array | null) =>
  defaultSystem().kernel.procInfo(
    PROC_INFO_CALL_PIDFDINFO,
    pid,
    flavor,
    BigInt.asUintN(64, BigInt(fd)),
    buffer,
  );

/** Returns the answer of each flavor about a descriptor, in a buffer of exactly its size. */
const answers = (pid: number, fd: number) =>
  SIZES.map(([flavor, size]) => ask(pid, fd, flavor, new Uint8Array(size)));

/** Returns the number of descriptors of this process. */
const open = () => readdirSync("/proc/self/fd").length;

// The open file.

const O_READ = 1, O_WRITE = 2, O_NONBLOCK = 4, O_APPEND = 8, O_SYNC = 0x80, O_DSYNC = 0x400000;

test("pfi has the flags that the file was opened with, as XNU's", { skip }, () => {
  const flags = (name: string) =>
    pidFdInfo(holder.pid, holder.fd(name), PROC_PIDFDVNODEINFO).pfi.fi_openflags;
  assertEquals(flags("file"), O_READ | O_WRITE);
  assertEquals(flags("file-append"), O_WRITE | O_APPEND | O_NONBLOCK | O_SYNC);
  assertEquals(flags("file-read"), O_READ);
  assertEquals(flags("file-dsync"), O_READ | O_WRITE | O_DSYNC);
  assertEquals(flags("file-path"), 0);
  assertEquals(flags("folder"), O_READ);
});

test(
  "pfi has the position, beyond 2^32 too, whether exec closes it, and the type",
  { skip },
  () => {
    const { pfi } = pidFdInfo(holder.pid, holder.fd("file"), PROC_PIDFDVNODEINFO);
    assertEquals(pfi.fi_offset, 4294967297n);
    assertEquals(pfi.fi_status, PROC_FP_CLEXEC);
    assertEquals([pfi.fi_type, pfi.fi_guardflags], [1, 0]);
    const other = pidFdInfo(holder.pid, holder.fd("file-read"), PROC_PIDFDVNODEINFO).pfi;
    assertEquals([other.fi_offset, other.fi_status], [0n, 0]);
  },
);

// Files.

test("PROC_PIDFDVNODEINFO reports what stat() does", { skip }, () => {
  const { vi_stat, vi_type, vi_fsid } =
    pidFdInfo(holder.pid, holder.fd("file"), PROC_PIDFDVNODEINFO).pvi;
  const stat = statSync(`${holder.folder}/file`, { bigint: true });
  assertEquals(vi_stat.vst_ino, stat.ino);
  assertEquals(BigInt(vi_stat.vst_dev), stat.dev);
  assertEquals(vi_stat.vst_mode, 0o100640);
  assertEquals(vi_stat.vst_size, 5000000000n);
  // Some runtimes only report milliseconds.
  const mtime = vi_stat.vst_mtime * 1000n + vi_stat.vst_mtimensec / 1000000n;
  assertEquals(mtime, stat.mtimeMs);
  assertEquals(vi_type, 1);
  assertEquals(vi_fsid.val, [vi_stat.vst_dev, 0]);
});

test("PROC_PIDFDVNODEPATHINFO has the path and type of every kind of file", { skip }, () => {
  const view = (name: string) => {
    const { vip_vi, vip_path } =
      pidFdInfo(holder.pid, holder.fd(name), PROC_PIDFDVNODEPATHINFO).pvip;
    return [vip_vi.vi_type, vip_path];
  };
  const { folder, pid } = holder;
  assertEquals(view("file"), [1, `${folder}/file`]);
  assertEquals(view("file-path"), [1, `${folder}/file`]);
  assertEquals(view("file-deleted"), [1, `${folder}/deleted`]);
  assertEquals(view("folder"), [2, folder]);
  assertEquals(view("device"), [4, "/dev/null"]);
  assertEquals(view("fifo"), [7, `${folder}/fifo`]);
  assertEquals(view("shm-folder"), [2, `/dev/shm/libproc-folder-${pid}`]);
  assertEquals(view("memfd"), [1, "/memfd:name (deleted)"]);
  assertEquals(view("eventfd"), [0, "anon_inode:[eventfd]"]);
  assertEquals(view("timerfd"), [0, "anon_inode:[timerfd]"]);
  assertEquals(view("signalfd"), [0, "anon_inode:[signalfd]"]);
  assertEquals(view("pidfd"), [0, readlinkSync(`/proc/${pid}/fd/${holder.fd("pidfd")}`)]);
});

test("the two flavors about files agree", { skip }, () => {
  for (const name of ["file", "file-append", "folder", "device", "eventfd", "shm"]) {
    const short = pidFdInfo(holder.pid, holder.fd(name), PROC_PIDFDVNODEINFO);
    const long = pidFdInfo(holder.pid, holder.fd(name), PROC_PIDFDVNODEPATHINFO);
    assertEquals(long.pvip.vip_vi, short.pvi);
    assertEquals(long.pfi, short.pfi);
  }
});

// Shared memory.

test("PROC_PIDFDPSHMINFO reports POSIX shared memory, also after shm_unlink()", { skip }, () => {
  const [name] = holder.said("shm");
  const { pfi, pshminfo } = pidFdInfo(holder.pid, holder.fd("shm"), PROC_PIDFDPSHMINFO);
  assertEquals(pfi.fi_type, 3);
  assertEquals(pshminfo.pshm_name, name);
  assertEquals(pshminfo.pshm_stat.vst_size, 54321n);
  assertEquals(pshminfo.pshm_stat.vst_mode & 0o777, 0o604 & ~process.umask());
  const unlinked = pidFdInfo(holder.pid, holder.fd("shm-unlinked"), PROC_PIDFDPSHMINFO).pshminfo;
  assertEquals([unlinked.pshm_name, unlinked.pshm_stat.vst_size], [name, 12345n]);
  assertEquals(unlinked.pshm_stat.vst_nlink, 0);
});

test("Linux's shared memory is a file and has its path too", { skip }, () => {
  const { vip_path } = pidFdInfo(holder.pid, holder.fd("shm"), PROC_PIDFDVNODEPATHINFO).pvip;
  assertEquals(vip_path, `/dev/shm${holder.said("shm")[0]}`);
});

// Pipes.

test("PROC_PIDFDPIPEINFO gives each end a handle, and that of the other end", { skip }, () => {
  const ends = ["pipe-read", "pipe-write"].map((name) =>
    pidFdInfo(holder.pid, holder.fd(name), PROC_PIDFDPIPEINFO)
  );
  const [reader, writer] = ends.map(({ pipeinfo }) => pipeinfo);
  assertEquals(reader!.pipe_peerhandle, writer!.pipe_handle);
  assertEquals(writer!.pipe_peerhandle, reader!.pipe_handle);
  assertEquals(writer!.pipe_handle, reader!.pipe_handle + 2n ** 52n);
  assertEquals(ends.map(({ pfi }) => pfi.fi_openflags), [O_READ, O_WRITE]);
  const stat = statSync(`/proc/${holder.pid}/fd/${holder.fd("pipe-read")}`, { bigint: true });
  assertEquals([reader!.pipe_stat.vst_ino, reader!.pipe_handle], [stat.ino, stat.ino]);
  assertEquals(reader!.pipe_stat.vst_mode, Number(stat.mode));
  assertEquals(reader!.pipe_stat.vst_mode >> 12, 1);
  const other = pidFdInfo(holder.pid, Number(holder.said("epoll")[0]), PROC_PIDFDPIPEINFO);
  assertNotEquals(other.pipeinfo.pipe_handle, reader!.pipe_handle);
});

// Kqueues.

test("PROC_PIDFDKQUEUEINFO takes epoll for a kqueue", { skip }, () => {
  const info = pidFdInfo(holder.pid, holder.fd("epoll"), PROC_PIDFDKQUEUEINFO)!;
  assertEquals([info.pfi.fi_type, info.pfi.fi_status], [5, PROC_FP_CLEXEC]);
  assertEquals(info.kqueueinfo.kq_stat.vst_mode, 0o010000);
  assertEquals(info.kqueueinfo.kq_state, 0);
});

test(
  "PROC_PIDFDKQUEUE_EXTINFO reports what epoll watches, once for each direction",
  { skip },
  () => {
    const [reads, writes, both, urgent, fired] = holder.said("epoll").map(Number);
    const rows = pidFdInfo(holder.pid, holder.fd("epoll"), PROC_PIDFDKQUEUE_EXTINFO).map((row) => {
      const { ident, filter, flags, udata, xflags, data } = row.kqext_kev;
      assertEquals([xflags, data], [0, 0n]);
      return [Number(ident), filter, flags, udata, row.kqext_sfflags >>> 0];
    });
    const EVFILT_READ = -1, EVFILT_WRITE = -2, EVFILT_EXCEPT = -15;
    const EV_DISABLE = 0x8, EV_CLEAR = 0x20, EV_DISPATCH = 0x80;
    const ERR_HUP = 0x18;
    const expected = [
      [reads, EVFILT_READ, 0, 0x1122334455667788n, ERR_HUP | 0x1],
      [writes, EVFILT_WRITE, EV_CLEAR, 0xffffffffffffffffn, (ERR_HUP | 0x4 | 0x80000000) >>> 0],
      [both, EVFILT_READ, 0, 3n, ERR_HUP | 0x2005],
      [both, EVFILT_WRITE, 0, 3n, ERR_HUP | 0x2005],
      [urgent, EVFILT_EXCEPT, 0, 4n, ERR_HUP | 0x2],
      [fired, EVFILT_EXCEPT, EV_DISPATCH | EV_DISABLE, 5n, 0x40000000],
    ];
    const sorted = (list: unknown[][]) =>
      list.sort((a, b) => Number(a[0]) - Number(b[0]) || Number(b[1]) - Number(a[1]));
    assertEquals(sorted(rows), sorted(expected));
    assertEquals(pidFdInfo(holder.pid, holder.fd("epoll-empty"), PROC_PIDFDKQUEUE_EXTINFO), []);
  },
);

test("PROC_PIDFDKQUEUE_EXTINFO returns the count, also with no buffer or a short one", {
  skip,
}, () => {
  const epoll = holder.fd("epoll");
  const size = PROC_PIDFDKQUEUE_EXTINFO_SIZE;
  assertEquals(ask(holder.pid, epoll, PROC_PIDFDKQUEUE_EXTINFO, null), 6);
  const buffer = new Uint8Array(3 * size - 1).fill(0xee);
  assertEquals(ask(holder.pid, epoll, PROC_PIDFDKQUEUE_EXTINFO, buffer), 6);
  assert(buffer.subarray(2 * size).every((byte) => byte === 0xee));
  assert(buffer.subarray(0, 2 * size).some((byte) => byte !== 0xee));
  const short = new Uint8Array(size - 1);
  assertEquals(ask(holder.pid, epoll, PROC_PIDFDKQUEUE_EXTINFO, short), -ERRNO.ENOMEM);
});

test("descriptor -1 is that of a work queue, which no process has: 0 and nothing written", {
  skip,
}, () => {
  for (const flavor of [PROC_PIDFDKQUEUEINFO, PROC_PIDFDKQUEUE_EXTINFO]) {
    const buffer = new Uint8Array(256).fill(0xee);
    assertEquals(ask(holder.pid, -1, flavor, buffer), 0);
    assert(buffer.every((byte) => byte === 0xee));
    assertEquals(ask(0x7fffffff, -1, flavor, buffer), -ERRNO.ESRCH);
    assertEquals(ask(cast.pid("zombie"), -1, flavor, buffer), -ERRNO.ESRCH);
  }
  assertEquals(pidFdInfo(holder.pid, -1, PROC_PIDFDKQUEUEINFO), null);
});

// Errors.

const { EBADF, EINVAL, ENOTSOCK, ESRCH } = ERRNO;

test("each flavor is refused for another kind of descriptor, sockets with ENOTSOCK", {
  skip,
}, () => {
  const [vnode, path, socket, psem, pshm, pipe, kqueue, atalk, channel] = [
    -EBADF,
    -EBADF,
    -ENOTSOCK,
    -EBADF,
    -EBADF,
    -EBADF,
    -EBADF,
    -EINVAL,
    -EBADF,
  ];
  const none = [vnode, path, socket, psem, pshm, pipe, kqueue, atalk, kqueue, channel];
  const but = (...served: number[]) =>
    SIZES.map(([flavor, size], i) => served.includes(flavor) ? size : none[i]);
  const of = (name: string) => answers(holder.pid, holder.fd(name));
  assertEquals(of("file"), but(PROC_PIDFDVNODEINFO, PROC_PIDFDVNODEPATHINFO));
  assertEquals(of("eventfd"), but(PROC_PIDFDVNODEINFO, PROC_PIDFDVNODEPATHINFO));
  assertEquals(of("udp-bound"), but(PROC_PIDFDSOCKETINFO));
  assertEquals(
    of("shm"),
    but(PROC_PIDFDPSHMINFO, PROC_PIDFDVNODEINFO, PROC_PIDFDVNODEPATHINFO),
  );
  assertEquals(of("pipe-read"), but(PROC_PIDFDPIPEINFO));
  assertEquals(of("inotify"), none);
  const knotes = but(PROC_PIDFDKQUEUEINFO);
  knotes[SIZES.findIndex(([flavor]) => flavor === PROC_PIDFDKQUEUE_EXTINFO)] = 6;
  assertEquals(of("epoll"), knotes);
});

/** XNU refuses the flavor of AppleTalk before it looks up the descriptor. */
const CLOSED = SIZES.map(([flavor]) => flavor === PROC_PIDFDATALKINFO ? -EINVAL : -EBADF);

test("a closed descriptor is EBADF for every flavor but AppleTalk's", { skip }, () => {
  for (const fd of [999, 0x7fffffff, -2, -0x80000000]) {
    assertEquals(answers(holder.pid, fd), CLOSED, `${fd}`);
  }
  const ours = openSync("/dev/null", "r");
  closeSync(ours);
  assertEquals(answers(process.pid, ours), CLOSED);
});

test("only the low 32 bits of the argument are the descriptor", { skip }, () => {
  const buffer = new Uint8Array(PROC_PIDFDVNODEINFO_SIZE);
  const answer = defaultSystem().kernel.procInfo(
    PROC_INFO_CALL_PIDFDINFO,
    holder.pid,
    PROC_PIDFDVNODEINFO,
    0xabcd00000000n + BigInt(holder.fd("file")),
    buffer,
  );
  assertEquals(answer, PROC_PIDFDVNODEINFO_SIZE);
});

test("a zombie has no descriptors, nor has the id of a further thread", { skip }, () => {
  assertEquals(answers(cast.pid("zombie"), 0), SIZES.map(() => -ESRCH));
  const tid = readdirSync("/proc/self/task").map(Number).find((id) => id !== process.pid);
  assert(tid !== undefined, "the runtime has one thread only");
  assertEquals(answers(tid, 0), SIZES.map(() => -ESRCH));
});

test("a process whose first thread has ended still has descriptors", { skip }, () => {
  const leaderless = cast.pid("leaderless");
  const tid = readdirSync(`/proc/${leaderless}/task`).map(Number).find((id) => id !== leaderless)!;
  const link = readlinkSync(`/proc/${tid}/fd/0`);
  // The standard input is the pipe or the socket to which the runtime writes.
  if (link.startsWith("pipe:")) {
    const { pipe_stat } = pidFdInfo(leaderless, 0, PROC_PIDFDPIPEINFO).pipeinfo;
    assertEquals(link, `pipe:[${pipe_stat.vst_ino}]`);
  } else {
    const { soi_so, soi_rcv } = pidFdInfo(leaderless, 0, PROC_PIDFDSOCKETINFO).psi;
    assertEquals(link, `socket:[${soi_so}]`);
    // Only the socket itself reports this value. Since Linux 6.9, it can be duplicated from a
    // thread other than the leader.
    assertEquals(soi_rcv.sbi_lowat, isLinuxSince(6, 9) ? 1 : 0);
  }
  assertEquals(answers(leaderless, 999), CLOSED);
});

test("another user's descriptors are EPERM, closed ones too, and nothing is written", {
  skip,
}, () => {
  const fds = ["file", "udp-bound", "shm", "pipe-read", "epoll"].map((name) => holder.fd(name));
  const script = `
    import { defaultSystem } from "./lib/system/open.ts";
    const answers = [];
    for (const fd of ${JSON.stringify([...fds, 999, -1])}) {
      for (const [flavor, size] of ${JSON.stringify(SIZES)}) {
        const buffer = new Uint8Array(size).fill(0xee);
        const arg = BigInt.asUintN(64, BigInt(fd));
        answers.push(defaultSystem().kernel.procInfo(3, ${holder.pid}, flavor, arg, buffer));
        if (buffer.some((byte) => byte !== 0xee)) answers.push("written");
      }
    }
    console.log(JSON.stringify(answers));
  `;
  const found = runWrapped(AS_NOBODY, script) as number[];
  assertEquals(found.length, 7 * SIZES.length);
  assertEquals(new Set(found), new Set([-ERRNO.EPERM]));
});

test("too many open files are reported as such, not as a refusal", { skip }, () => {
  const names = ["file", "udp-bound", "unix-stream", "shm", "pipe-read", "epoll"];
  const questions = names.map((name, i) => [holder.fd(name), [1, 3, 3, 5, 6, 7][i]]);
  const script = `
    import { openSync } from "node:fs";
    import { defaultSystem } from "./lib/system/open.ts";
    const buffer = new Uint8Array(2048);
    const ask = () => ${JSON.stringify(questions)}.map(([fd, flavor]) =>
      defaultSystem().kernel.procInfo(3, ${holder.pid}, flavor, BigInt(fd), buffer));
    const before = ask();
    try {
      for (;;) openSync("/dev/null");
    } catch {
      console.log(JSON.stringify([before, ask()]));
    }
  `;
  const [before, after] = runWrapped(inShell(`ulimit -n 200; exec "$@"`), script) as number[][];
  assert(before!.every((answer) => answer > 0));
  assertEquals(after, names.map(() => -ERRNO.EMFILE));
});

// Side effects.

test("no descriptor stays open, whatever the query and the answer", { skip }, () => {
  for (const name of holder.names) answers(holder.pid, holder.fd(name)); // binds functions
  const before = open();
  for (const name of holder.names) answers(holder.pid, holder.fd(name));
  for (const pid of [process.pid, cast.pid("zombie"), cast.pid("leaderless"), 0x7fffffff]) {
    for (const fd of [0, 1, 2, 999, -1]) answers(pid, fd);
  }
  assert(open() <= before, `${open()} open, ${before} before`);
});

test(
  "the locks that this process has on a file stay, whatever is queried about it",
  { skip },
  () => {
    const libc = hostLibrary().bind({
      /** `int lockf(int fd, int command, off_t length)` */
      lockf: { parameters: ["i32", "i32", "i64"], result: "i32" },
    });
    const fd = openSync(`${holder.folder}/file`, "r+");
    const F_TLOCK = 2;
    assertEquals(libc.lockf(fd, F_TLOCK, 0n), 0);
    const { ino } = statSync(`${holder.folder}/file`);
    const locks = () =>
      readFileSync("/proc/locks", "utf8").split("\n").filter((line) =>
        line.includes("POSIX") && line.includes(` ${process.pid} `) && line.includes(`:${ino} `)
      );
    assertEquals(locks().length, 1);
    for (const name of ["file", "file-append", "file-read", "file-path", "udp-bound"]) {
      answers(holder.pid, holder.fd(name));
    }
    answers(process.pid, fd);
    assertEquals(locks().length, 1);
    closeSync(fd);
    assertEquals(locks().length, 0);
  },
);

test("pidFdInfo() throws what the kernel answered", { skip }, () => {
  const error = assertThrows(
    () => pidFdInfo(holder.pid, holder.fd("file"), PROC_PIDFDSOCKETINFO),
    ProcInfoError,
  );
  assertEquals([error.code, error.pid, error.flavor], ["ENOTSOCK", holder.pid, 3]);
});
