import { assert, assertEquals } from "@std/assert";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import {
  EINVAL_INVALID_COMMAND,
  EINVAL_NULL_DATA,
  EINVAL_NULL_SIZE,
  ERANGE_INSUFFICIENT_SIZE,
  ESRCH_INVALID_PID,
  GET_PGRP,
  GET_PGRP_BY_MEMBER,
  GET_PROCENTRY64,
  getProcessGroup,
  getProcessGroupByMember,
  kgetProcInfo,
  procEntry,
  type Procentry64,
  procentry64,
  RLIM64_INFINITY,
  RLIMIT_CORE,
  RLIMIT_CPU,
  RLIMIT_NOFILE,
  RLIMIT_THREADS,
  SACTIVE,
  SEXECED,
  SIG_CATCH,
  SKPROC,
  SLOAD,
  SSTOP,
  STRC,
  SZOMB,
  VALIDATE_PID,
} from "../../lib/aix/mod.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { compileProgram } from "../support/compile.ts";
import { startShell, until } from "../support/lines.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";

const root = process.platform === "linux" && process.getuid?.() === 0;
const skip = root ? false : "needs root on Linux, to change users";

const SIGUSR1 = 10, SIGUSR2 = 12;

let cast: Cast;
let child: ChildProcess;
let entry: Procentry64;
before(async () => {
  if (skip !== false) return;
  cast = await startCast();
  child = spawn(compileProgram(["aix_child.c"], "aix_child"), {
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout!, "data");
  entry = procEntry(child.pid!);
});
after(async () => {
  await cast?.[Symbol.asyncDispose]();
  child?.stdin?.end();
});

const status = (name: string) =>
  new RegExp(`^${name}:\\s*(.*)$`, "m").exec(
    readFileSync(`/proc/${child.pid}/status`, "utf8"),
  )?.[1] ?? "";
const stat = (pid = child.pid!) => {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  return ["", "", "", ...text.slice(text.lastIndexOf(")") + 2).trim().split(" ")];
};

test("GET_PROCENTRY64 reports ids, session, group and users", { skip }, () => {
  const fields = stat();
  assertEquals(
    [entry.pi_pid, entry.pi_ppid, entry.pi_pgrp, entry.pi_sid],
    [child.pid, process.pid, child.pid, Number(fields[6])],
  );
  assertEquals([entry.pi_uid, entry.pi_suid], [1235, 3457]);
  const { crx_ruid, crx_uid, crx_suid, crx_rgid, crx_gid, crx_sgid } = entry.pi_cred;
  assertEquals([crx_ruid, crx_uid, crx_suid], [1235, 2346, 3457]);
  assertEquals([crx_rgid, crx_gid, crx_sgid], [4322, 5433, 6544]);
  assertEquals(entry.pi_cred.crx_ngrps, 3);
  assertEquals(entry.pi_cred.crx_groups.slice(0, 4), [7001, 7002, 7003, 0]);
});

test(
  "GET_PROCENTRY64 reports state, nice, threads, umask and the highest descriptor",
  { skip },
  () => {
    assertEquals([entry.pi_nice, entry.pi_state, entry.pi_thcount], [25, SACTIVE, 1]);
    assertEquals(entry.pi_flags & (SLOAD | SKPROC | STRC), SLOAD);
    assert(entry.pi_flags & SEXECED);
    // The child may have inherited other descriptors than 200.
    const open = readdirSync(`/proc/${child.pid}/fd`).map(Number);
    assert(open.includes(200));
    assertEquals([entry.pi_cmask, entry.pi_maxofile], [0o27, Math.max(...open)]);
    assertEquals(entry.pi_comm, "aix_child");
    assertEquals([entry.pi_ttyp, entry.pi_ttyd], [0, 0n]);
  },
);

test("GET_PROCENTRY64 reports the limits as prlimit does", { skip }, () => {
  const { pi_rlimit } = entry;
  assertEquals(pi_rlimit[RLIMIT_NOFILE], { rlim_cur: 321n, rlim_max: 654n });
  assertEquals(pi_rlimit[RLIMIT_CORE], { rlim_cur: 0n, rlim_max: RLIM64_INFINITY });
  assertEquals(pi_rlimit[RLIMIT_CPU], { rlim_cur: 1000n, rlim_max: 2000n });
  assertEquals(pi_rlimit[RLIMIT_THREADS], { rlim_cur: 0n, rlim_max: 0n });
});

test("GET_PROCENTRY64 reports all limits as prlimit does", { skip }, () => {
  const pid = cast.pid("plain");
  const table = execFileSync(
    "prlimit",
    ["--pid", `${pid}`, "--raw", "--noheadings", "-o", "RESOURCE,SOFT,HARD"],
    { encoding: "utf8" },
  );
  const theirs = new Map(
    table.trim().split("\n").map((line) => {
      const [name = "", soft = "", hard = ""] = line.split(" ");
      return [
        name,
        [soft, hard].map((word) => word === "unlimited" ? RLIM64_INFINITY : BigInt(word)),
      ];
    }),
  );
  const { pi_rlimit } = procEntry(pid);
  const order = ["CPU", "FSIZE", "DATA", "STACK", "CORE", "RSS", "AS", "NOFILE", null, "NPROC"];
  for (const [i, name] of order.entries()) {
    if (name === null) continue;
    const { rlim_cur, rlim_max } = pi_rlimit[i]!;
    assertEquals([rlim_cur, rlim_max], theirs.get(name), name);
  }
});

test("GET_PROCENTRY64 reports what signals do, and which are pending", { skip }, () => {
  assertEquals(entry.pi_signal[SIGUSR1 - 1], 1n);
  assertEquals(entry.pi_signal[SIGUSR2 - 1], SIG_CATCH);
  assertEquals(entry.pi_signal[14], 0n);
  assertEquals(entry.pi_sig, [1n << BigInt(SIGUSR2 - 1), 0n, 0n, 0n]);
});

test(
  "GET_PROCENTRY64 reports processor time of the process and of its reaped children",
  { skip },
  () => {
    const seconds = ({ tv_sec, tv_usec }: { tv_sec: bigint; tv_usec: number }) =>
      Number(tv_sec) + tv_usec / 1e9;
    const own = seconds(entry.pi_ru.ru_utime) + seconds(entry.pi_ru.ru_stime);
    const children = seconds(entry.pi_cru.ru_utime) + seconds(entry.pi_cru.ru_stime);
    assert(own >= 0.09 && own < 5, `${own}`);
    assert(children >= 0.13 && children < 5, `${children}`);
    assertEquals([entry.pi_utime, entry.pi_stime], [0n, 0n]);
    const now = stat();
    assert(entry.pi_minflt > 0n && entry.pi_minflt <= BigInt(now[10]!));
    assertEquals(entry.pi_cru.ru_minflt, BigInt(now[11]!));
    assert(entry.pi_ru.ru_nvcsw + entry.pi_ru.ru_nivcsw > 0n);
  },
);

test("GET_PROCENTRY64 reports sizes and start as /proc does", { skip }, () => {
  const page = BigInt(execFileSync("getconf", ["PAGESIZE"], { encoding: "utf8" }));
  assertEquals(entry.pi_size, BigInt(stat()[23]!) / page);
  assertEquals(entry.pi_dvm, BigInt(parseInt(status("VmData"))) * 1024n / page);
  assertEquals(entry.pi_ru.ru_maxrss, BigInt(parseInt(status("VmHWM"))));
  assertEquals(1n << BigInt(entry.pi_data_l2psize), page);
  assert(entry.pi_tsize > 0n && entry.pi_tsize < 1n << 20n);
  const age = Date.now() / 1000 - Number(entry.pi_start);
  assert(age >= -1 && age < 600, `${age}`);
  const io = readFileSync(`/proc/${child.pid}/io`, "utf8");
  const [, read, written] = /rchar: (\d+)\nwchar: (\d+)/.exec(io)!;
  assertEquals(entry.pi_ioch, BigInt(read!) + BigInt(written!));
});

test(
  "GET_PROCENTRY64 reports a zombie, a stopped and a traced process and a terminal",
  { skip },
  () => {
    const zombie = procEntry(cast.pid("zombie"));
    assertEquals([zombie.pi_state, zombie.pi_flags & SLOAD, zombie.pi_thcount], [SZOMB, 0, 0]);
    assertEquals(zombie.pi_ppid, cast.pid("director"));
    assertEquals(procEntry(cast.pid("stopped")).pi_state, SSTOP);
    assert(procEntry(cast.pid("traced")).pi_flags & STRC);
    const terminal = procEntry(cast.pid("terminal"));
    assertEquals(terminal.pi_ttyp, 1);
    assertEquals(terminal.pi_ttyd, BigInt(stat(cast.pid("terminal"))[7]!));
  },
);

test("GET_PROCENTRY64 reports the times of another user's process to every user", { skip }, () => {
  const entry = runWrapped(
    AS_NOBODY,
    `import { procEntry } from "./lib/aix/mod.ts";
     const { pi_ru, pi_prm, pi_majflt, pi_ioch } = procEntry(${child.pid});
     const seconds = ({ tv_sec, tv_usec }) => Number(tv_sec) + Number(tv_usec) / 1e9;
     console.log(JSON.stringify({
       seconds: seconds(pi_ru.ru_utime) + seconds(pi_ru.ru_stime),
       faults: Number(pi_majflt),
       written: [pi_ru.ru_oublock, pi_ioch].map(Number),
     }));`,
  ) as { seconds: number; faults: number; written: number[] };
  const fields = stat();
  // The child has used processor time, and sleeps now.
  const seconds = (Number(fields[14]) + Number(fields[15])) / 100;
  assert(seconds > 0 && Math.abs(entry.seconds - seconds) <= 0.02, `${entry.seconds}, ${seconds}`);
  assertEquals(entry.faults, Number(fields[12]));
  assertEquals(entry.written, [0, 0]);
});

test(
  "GET_PGRP gives a group, zombies among them, and GET_PGRP_BY_MEMBER the same",
  { skip },
  () => {
    const leader = cast.pid("leader");
    const members = [leader, cast.pid("member"), cast.pid("zombie-member")];
    const same = (pids: number[]) => assertEquals([...pids].sort(), [...members].sort());
    same(getProcessGroup(leader));
    for (const pid of members) same(getProcessGroupByMember(pid));
    const size = { value: 0 };
    assertEquals(kgetProcInfo(GET_PGRP, leader, null, size), 0);
    assertEquals(size.value, 12);
    assertEquals(kgetProcInfo(GET_PGRP, cast.pid("plain"), null, size), ESRCH_INVALID_PID);
  },
);

test("VALIDATE_PID accepts a group whose leader has gone", { skip }, async () => {
  // The shell is a group leader. It starts a process in its group and exits.
  await using shell = startShell("sleep 1000 & echo $!");
  const group = shell.pid, member = Number(await shell.next());
  const isThere = () => kgetProcInfo(GET_PGRP_BY_MEMBER, group, null, { value: 0 }) === 0;
  await until("the shell is gone", () => !isThere());
  assertEquals(kgetProcInfo(VALIDATE_PID, group, null, null), 0);
  assertEquals(getProcessGroup(group), [member]);
  assertEquals(kgetProcInfo(VALIDATE_PID, 0x7ffffffe, null, null), ESRCH_INVALID_PID);
});

test(
  "GET_PROCENTRY64 is ESRCH_INVALID_PID after the process has been reaped",
  { skip },
  async () => {
    const gone = spawn("true");
    const { pid } = gone;
    await once(gone, "exit");
    const data = new Uint8Array(procentry64.size).fill(0xa5);
    const size = { value: data.byteLength };
    assertEquals(kgetProcInfo(GET_PROCENTRY64, pid!, data, size), ESRCH_INVALID_PID);
    assert(data.every((byte) => byte === 0xa5));
    assertEquals(kgetProcInfo(VALIDATE_PID, pid!, null, null), ESRCH_INVALID_PID);
  },
);

test("kgetProcInfo() gives every error of the contract on the live kernel", { skip }, () => {
  const leader = cast.pid("leader");
  const none = 0x7ffffffe;
  const data = new Uint8Array(procentry64.size).fill(0xa5);
  const rows: [number, number, number, Uint8Array | null, number | null][] = [
    [ESRCH_INVALID_PID, VALIDATE_PID, none, null, null],
    [ESRCH_INVALID_PID, VALIDATE_PID, 0, null, null],
    [ESRCH_INVALID_PID, VALIDATE_PID, -leader, null, null],
    [EINVAL_NULL_SIZE, GET_PROCENTRY64, leader, data, null],
    [EINVAL_NULL_DATA, GET_PROCENTRY64, leader, null, 4944],
    [ESRCH_INVALID_PID, GET_PROCENTRY64, none, data, 4944],
    [ERANGE_INSUFFICIENT_SIZE, GET_PROCENTRY64, leader, data, 4943],
    [ERANGE_INSUFFICIENT_SIZE, GET_PROCENTRY64, leader, data, 0],
    [EINVAL_NULL_SIZE, GET_PGRP, leader, data, null],
    [ESRCH_INVALID_PID, GET_PGRP, none, data, 4944],
    [ERANGE_INSUFFICIENT_SIZE, GET_PGRP, leader, data, 11],
    [EINVAL_NULL_SIZE, GET_PGRP_BY_MEMBER, leader, data, null],
    [ESRCH_INVALID_PID, GET_PGRP_BY_MEMBER, none, data, 4944],
    [ERANGE_INSUFFICIENT_SIZE, GET_PGRP_BY_MEMBER, cast.pid("zombie-member"), data, 0],
    [EINVAL_INVALID_COMMAND, 99, leader, data, 4944],
  ];
  for (const [kerrno, cmd, id, bytes, room] of rows) {
    const size = room === null ? null : { value: room };
    assertEquals(kgetProcInfo(cmd, id, bytes, size), kerrno, `${cmd} ${id} ${room}`);
    if (cmd === GET_PGRP && kerrno === ERANGE_INSUFFICIENT_SIZE) assertEquals(size?.value, 12);
  }
  assert(data.every((byte) => byte === 0xa5));
});
