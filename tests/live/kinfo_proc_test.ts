import { assert, assertEquals, assertThrows } from "@std/assert";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { after, before, test } from "node:test";
import {
  EPROC_CTTY,
  EPROC_SLEADER,
  getKinfoProc,
  KERN_PROC_ALL,
  KERN_PROC_LCID,
  KERN_PROC_PID,
  KERN_PROC_SESSION,
  type KinfoProc,
  kinfoProc,
  listKinfoProcs,
  NODEV,
  P_CONTROLT,
  P_EXEC,
  P_LP64,
  P_SUGID,
  P_SYSTEM,
  P_TRACED,
  pidInfo,
  PROC_FLAG_CONTROLT,
  PROC_FLAG_CTTY,
  PROC_FLAG_EXEC,
  PROC_FLAG_LP64,
  PROC_FLAG_PSUGID,
  PROC_FLAG_SLEADER,
  PROC_FLAG_SYSTEM,
  PROC_FLAG_TRACED,
  PROC_PIDTBSDINFO,
  ProcInfoError,
  SSTOP,
  SZOMB,
} from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { toDarwinSignal } from "../../lib/linux/sys/signal_number.ts";
import { type Cast, startCast } from "../support/cast.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = !linux ? "needs Linux" : !root ? "needs root, to change users" : false;

let cast: Cast;
before(async () => {
  if (skip === false) cast = await startCast();
});
after(() => cast?.[Symbol.asyncDispose]());

/** Returns the values in `/proc/PID/status`, by name. */
function statusOf(pid: number): ReadonlyMap<string, string> {
  return new Map(
    readFileSync(`/proc/${pid}/status`, "utf8").split("\n").map((line) => {
      const [name = "", ...rest] = line.split(":");
      return [name, rest.join(":").trim()];
    }),
  );
}

/**
 * Returns the fields of `/proc/PID/stat` from the third on, by their numbers in proc_pid_stat(5).
 */
function statOf(pid: number): (field: number) => number {
  const text = readFileSync(`/proc/${pid}/stat`, "latin1");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (field) => Number(fields[field - 3]);
}

/** Converts a set of Linux's signals to Darwin's numbers. Signals that Darwin lacks are omitted. */
function signals(hex: string | undefined): number {
  const bits = BigInt(`0x${hex}`);
  let set = 0n;
  for (let signal = 1; signal <= 64; signal++) {
    const darwin = toDarwinSignal(signal);
    if (bits >> BigInt(signal - 1) & 1n && darwin <= 31) set |= 1n << BigInt(darwin - 1);
  }
  return Number(set);
}

/** Returns the values in `/proc` for a process, under the names of the struct's members. */
function expected(pid: number): unknown {
  const status = statusOf(pid), stat = statOf(pid);
  const [ruid, euid, suid] = status.get("Uid")!.split("\t").map(Number);
  const [rgid, egid, sgid] = status.get("Gid")!.split("\t").map(Number);
  const groups = status.get("Groups")!.split(" ").filter((group) => group !== "").map(Number);
  const all = [egid, ...groups].slice(0, 16);
  return {
    pid,
    ppid: stat(4),
    pgid: stat(5),
    tdev: stat(7) === 0 ? NODEV : stat(7),
    tpgid: Math.max(stat(8), 0),
    leads: stat(6) === pid,
    users: [ruid, euid, suid],
    groups: [rgid, egid, sgid],
    cr_groups: all,
    nice: stat(19),
    ignored: signals(status.get("SigIgn")),
    caught: signals(status.get("SigCgt")),
    traced: status.get("TracerPid") !== "0",
    zombie: status.get("State")!.startsWith("Z"),
    stopped: /^[Tt]/.test(status.get("State")!),
  };
}

function isLeaderless(pid: number): boolean {
  const status = statusOf(pid);
  return status.get("State")!.startsWith("Z") && status.get("Threads") !== "1";
}

function found({ kp_proc, kp_eproc }: KinfoProc): unknown {
  const { e_pcred: real, e_ucred: { cr_uid, cr_groups, cr_ngroups } } = kp_eproc;
  return {
    pid: kp_proc.p_pid,
    ppid: kp_eproc.e_ppid,
    pgid: kp_eproc.e_pgid,
    tdev: kp_eproc.e_tdev,
    tpgid: kp_eproc.e_tpgid,
    leads: (kp_eproc.e_flag & EPROC_SLEADER) !== 0,
    users: [real.p_ruid, cr_uid, real.p_svuid],
    groups: [real.p_rgid, cr_groups[0], real.p_svgid],
    cr_groups: cr_groups.slice(0, cr_ngroups),
    nice: kp_proc.p_nice,
    ignored: kp_proc.p_sigignore,
    caught: kp_proc.p_sigcatch,
    traced: (kp_proc.p_flag & P_TRACED) !== 0,
    zombie: kp_proc.p_stat === SZOMB,
    stopped: kp_proc.p_stat === SSTOP,
  };
}

const FLAGS: readonly (readonly [number, number])[] = [
  [P_CONTROLT, PROC_FLAG_CONTROLT],
  [P_LP64, PROC_FLAG_LP64],
  [P_SUGID, PROC_FLAG_PSUGID],
  [P_SYSTEM, PROC_FLAG_SYSTEM],
  [P_TRACED, PROC_FLAG_TRACED],
  [P_EXEC, PROC_FLAG_EXEC],
];

/** Returns the values that both the struct and the flavor contain, from each. */
function both(pid: number, { kp_proc, kp_eproc }: KinfoProc): readonly [unknown, unknown] {
  const bsd = pidInfo(pid, PROC_PIDTBSDINFO, 1);
  const set = (flag: number, of: number) => (of & flag) !== 0;
  return [{
    start: [kp_proc.p_starttime.tv_sec, BigInt(kp_proc.p_starttime.tv_usec)],
    name: kp_proc.p_comm.slice(0, 15),
    flags: FLAGS.map(([ours]) => set(ours, kp_proc.p_flag)),
    session: [EPROC_CTTY, EPROC_SLEADER].map((flag) => set(flag, kp_eproc.e_flag)),
    status: kp_proc.p_stat === SZOMB ? kp_proc.p_xstat : 0,
  }, {
    start: [bsd.pbi_start_tvsec, bsd.pbi_start_tvusec],
    name: bsd.pbi_comm.slice(0, 15),
    flags: FLAGS.map(([, theirs]) => set(theirs, bsd.pbi_flags)),
    session: [PROC_FLAG_CTTY, PROC_FLAG_SLEADER].map((flag) => set(flag, bsd.pbi_flags)),
    status: kp_proc.p_stat === SZOMB ? bsd.pbi_xstatus : 0,
  }];
}

/**
 * Returns true if two reads agree in one of several tries, because a process may change. Returns
 * false if it has ended.
 */
function agree(pid: number, look: () => readonly [unknown, unknown] | undefined): boolean {
  for (let left = 50;; left--) {
    let pair: readonly [unknown, unknown] | undefined;
    try {
      pair = look();
    } catch (error) {
      if (error instanceof ProcInfoError && error.code === "ESRCH") return false;
      if (["ENOENT", "ESRCH"].includes((error as { code?: string }).code ?? "")) return false;
      throw error;
    }
    if (pair === undefined) return false;
    if (left === 0) assertEquals(pair[0], pair[1], `process ${pid}`);
    const shown = pair.map((one) =>
      JSON.stringify(one, (_, value) => typeof value === "bigint" ? `${value}` : value)
    );
    if (shown[0] === shown[1]) return true;
  }
}

test("getKinfoProc() has of every process what /proc and the flavors have", { skip }, () => {
  let compared = 0;
  for (const { kp_proc: { p_pid: pid } } of listKinfoProcs()) {
    const isSame = agree(pid, () => {
      const kinfo = getKinfoProc(pid);
      // If the leader of a process has ended, its files look like those of a zombie.
      return kinfo && !isLeaderless(pid) ? [found(kinfo), expected(pid)] : undefined;
    }) && agree(pid, () => {
      const kinfo = getKinfoProc(pid);
      return kinfo && both(pid, kinfo);
    });
    if (isSame) compared++;
  }
  assert(compared > cast.roles.length, `${compared}`);
});

test("getKinfoProc() finds users, terminal, stop, name and zombie of the cast", { skip }, () => {
  const of = (role: string) => getKinfoProc(cast.pid(role))!;
  const { kp_eproc: { e_pcred, e_ucred } } = of("users");
  assertEquals(e_pcred.p_ruid === 0 && e_ucred.cr_uid === 0, false);
  assert(of("terminal").kp_eproc.e_tdev !== NODEV);
  assertEquals(of("stopped").kp_proc.p_stat, SSTOP);
  const zombie = of("zombie");
  assertEquals(zombie.kp_proc.p_stat, SZOMB);
  assertEquals(
    zombie.kp_proc.p_xstat,
    pidInfo(cast.pid("zombie"), PROC_PIDTBSDINFO, 1).pbi_xstatus,
  );
  assertEquals(getKinfoProc(0x7fffffff), undefined);
  // Linux has no process 0.
  assertEquals(getKinfoProc(0), undefined);
});

test("listKinfoProcs() lists those that match, each once, zombies last", { skip }, () => {
  const pids = (list: readonly KinfoProc[]) => list.map(({ kp_proc }) => kp_proc.p_pid);
  const all = listKinfoProcs();
  assertEquals(new Set(pids(all)).size, all.length);
  const states = all.map(({ kp_proc }) => kp_proc.p_stat === SZOMB);
  assertEquals(
    states.indexOf(true) < 0 || !states.slice(states.indexOf(true)).includes(false),
    true,
  );
  for (const role of cast.roles) assert(pids(all).includes(cast.pid(role)), role);
  const missed = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number)
    .filter((pid) => !pids(all).includes(pid) && !pids(listKinfoProcs()).includes(pid));
  // Processes that started after the first list may have ended before the second.
  assertEquals(missed.filter((pid) => pids(listKinfoProcs()).includes(pid)), []);

  const users = getKinfoProc(cast.pid("users"))!.kp_eproc;
  const terminal = getKinfoProc(cast.pid("terminal"))!.kp_eproc;
  const filters = [
    [{ userId: users.e_ucred.cr_uid }, "users"],
    [{ realUserId: users.e_pcred.p_ruid }, "users"],
    [{ processGroupId: terminal.e_pgid }, "terminal"],
    [{ terminalDevice: terminal.e_tdev }, "terminal"],
  ] as const;
  for (const [filter, role] of filters) {
    const list = listKinfoProcs(filter);
    assert(pids(list).includes(cast.pid(role)), role);
    for (const { kp_eproc } of list) {
      if ("userId" in filter) assertEquals(kp_eproc.e_ucred.cr_uid, filter.userId);
      if ("realUserId" in filter) assertEquals(kp_eproc.e_pcred.p_ruid, filter.realUserId);
      if ("processGroupId" in filter) assertEquals(kp_eproc.e_pgid, filter.processGroupId);
      if ("terminalDevice" in filter) assertEquals(kp_eproc.e_tdev, filter.terminalDevice);
    }
  }
  assertEquals(listKinfoProcs({ userId: 4_000_000_001 }), []);
  assertEquals(listKinfoProcs({ processGroupId: 0x7fffffff }), []);
  assertEquals(listKinfoProcs({ terminalDevice: 0 }), []);
});

test("kernProc() sizes with room to spare, and fills a short buffer with whole structs", {
  skip,
}, () => {
  const { kernProc } = defaultSystem();
  const { size } = kinfoProc;
  assertEquals(kernProc(KERN_PROC_PID, process.pid, null), 6 * size);
  assertEquals(kernProc(KERN_PROC_PID, 0x7fffffff, null), 5 * size);
  assert(kernProc(KERN_PROC_ALL, 0, null) >= 6 * size);
  const short = new Uint8Array(2 * size + 100).fill(0xa5);
  assertEquals(kernProc(KERN_PROC_ALL, 0, short), -ERRNO.ENOMEM);
  assert(kinfoProc.decode(short, size).kp_proc.p_pid > 0);
  assertEquals(short.subarray(2 * size), new Uint8Array(100).fill(0xa5));
  assertEquals(kernProc(KERN_PROC_PID, process.pid, new Uint8Array(size - 1)), -ERRNO.ENOMEM);
  assertEquals(kernProc(KERN_PROC_PID, process.pid, new Uint8Array(0)), -ERRNO.ENOMEM);
  assertEquals(kernProc(KERN_PROC_PID, -5, new Uint8Array(size)), 0);
  assertEquals(kernProc(KERN_PROC_LCID, 1, null), -ERRNO.ENOTSUP);
  for (const what of [KERN_PROC_SESSION, 8, -1]) {
    assertEquals(kernProc(what, 1, new Uint8Array(size)), -ERRNO.EINVAL);
  }
  assertThrows(() => kernProc(0.5, 0, null), RangeError, "what");
});
