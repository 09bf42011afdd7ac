/**
 * Apple's own tests of `__proc_info()` (xnu/tests), under their names, against the kernel of Linux.
 * Each has Apple's assertions, except those about values that Linux lacks.
 * `docs/linux/apple_tests.md` lists these exceptions, and the tests that do not apply to Linux.
 */
import {
  assert,
  assertEquals,
  assertGreater,
  assertGreaterOrEqual,
  assertLessOrEqual,
  assertNotEquals,
  assertStringIncludes,
} from "@std/assert";
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readlinkSync,
  rmSync,
  statSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename } from "node:path";
import process from "node:process";
import { test } from "node:test";
import {
  fileSystemId,
  getPidsForTty,
  listPids,
  pidFdInfo,
  pidInfo,
  PIF_COMPARE_IDVERSION,
  PROC_ALL_PIDS,
  PROC_FLAG_CTTY,
  PROC_FLAG_PSUGID,
  PROC_INFO_CALL_LISTPIDS,
  PROC_INFO_CALL_PIDFDINFO,
  PROC_INFO_CALL_PIDINFO,
  PROC_INFO_CALL_UDATA_INFO,
  PROC_KDBG_ONLY,
  PROC_PGRP_ONLY,
  PROC_PIDARCHINFO,
  PROC_PIDCOALITIONINFO,
  PROC_PIDFDKQUEUE_EXTINFO,
  PROC_PIDLISTFDS,
  PROC_PIDLISTFILEPORTS,
  PROC_PIDLISTTHREADIDS,
  PROC_PIDLISTTHREADS,
  PROC_PIDNOTEEXIT,
  PROC_PIDPATHINFO,
  PROC_PIDREGIONINFO,
  PROC_PIDREGIONPATH,
  PROC_PIDREGIONPATHINFO,
  PROC_PIDREGIONPATHINFO2,
  PROC_PIDREGIONPATHINFO3,
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTASKALLINFO,
  PROC_PIDTASKINFO,
  PROC_PIDTBSDINFO,
  PROC_PIDTHREADID64INFO,
  PROC_PIDTHREADINFO,
  PROC_PIDTHREADPATHINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
  PROC_PIDVNODEPATHINFO,
  PROC_PIDWORKQUEUEINFO,
  PROC_PPID_ONLY,
  PROC_RUID_ONLY,
  PROC_UDATA_INFO_GET,
  PROC_UDATA_INFO_SET,
  PROC_UID_ONLY,
  type ProcTaskInfo,
  type ProcThreadInfo,
  PROX_FDTYPE_VNODE,
  SM_COW,
} from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { startCast } from "../support/cast.ts";
import { startCrowd } from "../support/crowd.ts";
import { type Obedient, startObedient } from "../support/obedient.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = !linux ? "needs Linux" : !root ? "needs root, to change users" : false;

const SRUN = 2;
const SSLEEP = 3;
const VREG = 1;
const VDIR = 2;
const POLICY_TIMESHARE = 1;
const TH_STATE_RUNNING = 1;
const TH_STATE_WAITING = 3;
const VM_PROT_READ_WRITE = 3;
const VM_INHERIT_COPY = 1;
const NOTE_EXITSTATUS = 0x0400_0000n;
const CHILDREN = 20;

const raw = (pid: number, flavor: number, size: number | null, arg = 0n) =>
  defaultSystem().kernel.procInfo(
    PROC_INFO_CALL_PIDINFO,
    pid,
    flavor,
    arg,
    size === null ? null : new Uint8Array(size),
  );

// proc_info.c: lists of processes.

/** Returns the size of a list of processes in a buffer of this size, in bytes. */
const listed = (type: number, info: number, size: number | null) =>
  defaultSystem().kernel.procInfo(
    PROC_INFO_CALL_LISTPIDS,
    type,
    info,
    0n,
    size === null ? null : new Uint8Array(size),
  );

test("proc_info_listpids_all_pids", { skip }, async () => {
  await using crowd = await startCrowd(CHILDREN);
  const estimate = listed(PROC_ALL_PIDS, 0, null);
  assertGreaterOrEqual(estimate / 4, 1);
  assertEquals(listed(PROC_ALL_PIDS, 0, (CHILDREN + 1) * 4), (CHILDREN + 1) * 4);
  const all = new Set(listPids(PROC_ALL_PIDS, 0));
  const children = listPids(PROC_PPID_ONLY, crowd.pid);
  assertEquals(children.length, CHILDREN);
  for (const child of children) assert(all.has(child), `${child}`);
  assertEquals(listed(PROC_ALL_PIDS, 0, 3), -ERRNO.ENOMEM);
});

test("proc_info_listpids_pgrp_only", { skip }, async () => {
  await using crowd = await startCrowd(CHILDREN);
  assertEquals(listed(PROC_PGRP_ONLY, crowd.pid, (CHILDREN + 2) * 4), (CHILDREN + 1) * 4);
});

test("proc_info_listpids_ppid_only", { skip }, async () => {
  await using crowd = await startCrowd(CHILDREN);
  assertEquals(listed(PROC_PPID_ONLY, crowd.pid, (CHILDREN + 2) * 4), CHILDREN * 4);
});

test("proc_info_listpids_uid_only", { skip }, async () => {
  await using crowd = await startCrowd(CHILDREN, 999, 0);
  const found = new Set(listPids(PROC_UID_ONLY, 999));
  assertGreaterOrEqual(found.size, CHILDREN);
  for (const child of listPids(PROC_PPID_ONLY, crowd.pid)) assert(found.has(child));
});

test("proc_info_listpids_ruid_only", { skip }, async () => {
  await using crowd = await startCrowd(CHILDREN, 0, 998);
  const found = new Set(listPids(PROC_RUID_ONLY, 998));
  assertGreaterOrEqual(found.size, CHILDREN);
  for (const child of listPids(PROC_PPID_ONLY, crowd.pid)) assert(found.has(child));
});

test("proc_info_listpids_tty_only", { skip }, async () => {
  // Apple's test is skipped without a terminal. This test creates a terminal.
  await using cast = await startCast();
  assertEquals(getPidsForTty(cast.said("terminal")), [cast.pid("terminal")]);
});

test("list_kdebug_pids", { skip }, () => {
  assertEquals(listed(PROC_KDBG_ONLY, 0, 4096), 0);
});

// proc_info.c: identities and the BSD part.

const idOf = (pid: number) => pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO);

test("proc_info_pidinfo_proc_piduniqidentifierinfo", { skip }, async () => {
  await using parent = await startObedient();
  const [child] = await parent.tell("fork");
  const [theParents, theChilds] = [idOf(parent.pid), idOf(child!)];
  assertNotEquals(theParents.p_uniqueid, theChilds.p_uniqueid);
  assertEquals(theParents.p_uuid, theChilds.p_uuid);
  assert(theParents.p_uuid.some((byte) => byte !== 0));
  assertEquals(theChilds.p_puniqueid, theParents.p_uniqueid);
  assertEquals(theChilds.p_orig_ppidversion, theParents.p_idversion);
});

test("ensure_ppidversion_is_not_updated", { skip }, async () => {
  await using parent = await startObedient();
  const [child] = await parent.tell("fork");
  const before = idOf(child!);
  await parent.tell("exec");
  assertEquals(idOf(child!).p_orig_ppidversion, before.p_orig_ppidversion);
});

test("ensure_ppidversion_is_not_updated_after_exec", { skip }, async () => {
  await using child = await startObedient();
  const before = idOf(child.pid);
  await child.tell("exec");
  const now = idOf(child.pid);
  assertEquals(now.p_orig_ppidversion, before.p_orig_ppidversion);
  assertEquals(now.p_uniqueid, before.p_uniqueid);
});

const PROGRAM = "obedient";

test("proc_info_pidinfo_proc_pidtbsdinfo", { skip }, async () => {
  await using child = await startObedient();
  const before = pidInfo(child.pid, PROC_PIDTBSDINFO);
  await child.tell("become");
  const now = pidInfo(child.pid, PROC_PIDTBSDINFO);
  assert(now.pbi_status === SRUN || now.pbi_status === SSLEEP, `${now.pbi_status}`);
  assertEquals(now, {
    ...before,
    pbi_flags: before.pbi_flags | PROC_FLAG_PSUGID,
    pbi_status: now.pbi_status,
    pbi_xstatus: 0,
    pbi_pid: child.pid,
    pbi_ppid: process.pid,
    ...{ pbi_uid: 998, pbi_ruid: 0, pbi_svuid: 0 },
    ...{ pbi_gid: 997, pbi_rgid: 997, pbi_svgid: 997 },
    pbi_nice: before.pbi_nice + 5,
    pbi_comm: PROGRAM,
    pbi_name: PROGRAM,
  });
  assertEquals(before.pbi_flags & PROC_FLAG_PSUGID, 0);
  assertNotEquals(now.e_tdev, 0);
  assertNotEquals(now.pbi_pgid, 0);
});

test("proc_info_pidt_shortbsdinfo", { skip }, async () => {
  await using child = await startObedient();
  await child.tell("become");
  const long = pidInfo(child.pid, PROC_PIDTBSDINFO);
  const short = pidInfo(child.pid, PROC_PIDT_SHORTBSDINFO);
  assertEquals({ ...short, pbsi_status: 0 }, {
    pbsi_pid: child.pid,
    pbsi_ppid: process.pid,
    pbsi_pgid: long.pbi_pgid,
    pbsi_status: 0,
    pbsi_comm: PROGRAM,
    pbsi_flags: long.pbi_flags & ~PROC_FLAG_CTTY,
    ...{ pbsi_uid: 998, pbsi_ruid: 0, pbsi_svuid: 0 },
    ...{ pbsi_gid: 997, pbsi_rgid: 997, pbsi_svgid: 997 },
    pbsi_rfu: 0,
  });
  assert(short.pbsi_status === SRUN || short.pbsi_status === SSLEEP);
});

test("proc_info_pidt_bsdinfowithuniqid", { skip }, async () => {
  await using child = await startObedient();
  await child.tell("become");
  const { pbsd, p_uniqidentifier } = pidInfo(child.pid, PROC_PIDT_BSDINFOWITHUNIQID);
  const alone = pidInfo(child.pid, PROC_PIDTBSDINFO);
  assertEquals({ ...pbsd, pbi_status: 0 }, { ...alone, pbi_status: 0 });
  assertEquals(p_uniqidentifier, idOf(child.pid));
});

// proc_info.c: the Mach part.

function assertGrown(before: ProcTaskInfo, now: ProcTaskInfo): void {
  const page = 4096n;
  assertGreaterOrEqual(now.pti_virtual_size, before.pti_virtual_size + page);
  // The kernel may have reclaimed other pages meanwhile, but not all of them.
  assertGreater(now.pti_resident_size, page);
  assertGreaterOrEqual(now.pti_faults, before.pti_faults + 1);
  assertEquals(now.pti_messages_sent, before.pti_messages_sent);
  assertEquals(now.pti_messages_received, before.pti_messages_received);
  assertEquals(now.pti_policy, POLICY_TIMESHARE);
  assertEquals(now.pti_priority, before.pti_priority);
  assertGreaterOrEqual(now.pti_threadnum, 1);
  assertGreater(now.pti_total_user, before.pti_total_user);
  assertGreater(now.pti_total_system, before.pti_total_system);
  assertGreater(now.pti_threads_user, before.pti_threads_user);
  assertGreater(now.pti_threads_system, before.pti_threads_system);
  assertGreaterOrEqual(now.pti_csw, before.pti_csw);
}

test("proc_info_proc_pidtask_info", { skip }, async () => {
  await using child = await startObedient();
  const before = pidInfo(child.pid, PROC_PIDTASKINFO);
  await child.tell("touch");
  assertGrown(before, pidInfo(child.pid, PROC_PIDTASKINFO));
});

test("proc_info_proc_pidtaskallinfo", { skip }, async () => {
  await using child = await startObedient();
  const before = pidInfo(child.pid, PROC_PIDTASKALLINFO);
  await child.tell("touch");
  await child.tell("become");
  const now = pidInfo(child.pid, PROC_PIDTASKALLINFO);
  assertGrown({ ...before.ptinfo, pti_priority: before.ptinfo.pti_priority - 5 }, now.ptinfo);
  assertEquals([now.pbsd.pbi_pid, now.pbsd.pbi_uid, now.pbsd.pbi_nice], [child.pid, 998, 5]);
});

// proc_info.c: threads.

/**
 * Starts a process with a second, named thread. The nice value of both threads is increased by
 * five.
 */
async function startThreads(): Promise<{ process: Obedient; tid: bigint }> {
  const obedient = await startObedient();
  await obedient.tell("become");
  const [tid] = await obedient.tell("thread");
  return { process: obedient, tid: BigInt(tid!) };
}

function assertThread(info: ProcThreadInfo): void {
  assertEquals(info.pth_policy, POLICY_TIMESHARE);
  const { pth_run_state } = info;
  assert([TH_STATE_RUNNING, TH_STATE_WAITING].includes(pth_run_state), `${pth_run_state}`);
  assertEquals(info.pth_sleep_time, 0);
  assertLessOrEqual(info.pth_curpri, 31 - 5);
  assertEquals(info.pth_priority, 31 - 5);
  assertEquals(info.pth_maxpriority, 63);
}

test("proc_info_proc_pidlistthreads", { skip }, async () => {
  const { process: child } = await startThreads();
  await using _ = child;
  const { pti_threadnum } = pidInfo(child.pid, PROC_PIDTASKINFO);
  assertEquals(pti_threadnum, 2);
  assertGreaterOrEqual(raw(child.pid, PROC_PIDLISTTHREADS, (pti_threadnum + 1) * 8), 2 * 8);
});

test("proc_info_proc_pidthreadinfo", { skip }, async () => {
  const { process: child } = await startThreads();
  await using _ = child;
  const handles = [...pidInfo(child.pid, PROC_PIDLISTTHREADS)];
  const infos = handles.map((handle) => pidInfo(child.pid, PROC_PIDTHREADINFO, handle));
  for (const info of infos) assertThread(info);
  assertEquals(infos.map(({ pth_name }) => pth_name).sort(), ["named thread", PROGRAM]);
  const first = handles[infos.findIndex(({ pth_name }) => pth_name === PROGRAM)]!;
  const before = pidInfo(child.pid, PROC_PIDTHREADINFO, first);
  await child.tell("touch");
  const now = pidInfo(child.pid, PROC_PIDTHREADINFO, first);
  assertGreater(now.pth_user_time, before.pth_user_time);
  assertGreaterOrEqual(now.pth_system_time, before.pth_system_time);
});

test("proc_info_proc_threadid64info", { skip }, async () => {
  const { process: child, tid } = await startThreads();
  await using _ = child;
  assert([...pidInfo(child.pid, PROC_PIDLISTTHREADIDS)].includes(tid));
  const infos = [...pidInfo(child.pid, PROC_PIDLISTTHREADS)]
    .map((handle) => pidInfo(child.pid, PROC_PIDTHREADINFO, handle));
  const byHandle = infos.find(({ pth_name }) => pth_name === "named thread")!;
  const info = pidInfo(child.pid, PROC_PIDTHREADID64INFO, tid);
  assertThread(info);
  assertGreaterOrEqual(info.pth_user_time, byHandle.pth_user_time);
  assertGreaterOrEqual(info.pth_system_time, byHandle.pth_system_time);
  assertEquals(info, {
    ...byHandle,
    pth_user_time: info.pth_user_time,
    pth_system_time: info.pth_system_time,
    pth_cpu_usage: info.pth_cpu_usage,
    pth_run_state: info.pth_run_state,
  });
});

test("proc_info_proc_pidthreadpathinfo", { skip }, async () => {
  const { process: child } = await startThreads();
  await using _ = child;
  for (const handle of pidInfo(child.pid, PROC_PIDLISTTHREADS)) {
    const { pt, pvip } = pidInfo(child.pid, PROC_PIDTHREADPATHINFO, handle);
    assertThread(pt);
    // No thread has its own working directory.
    assertEquals([pvip.vip_vi.vi_type, pvip.vip_path], [0, ""]);
  }
});

test("proc_info_proc_pidarchinfo", { skip }, () => {
  const { p_cputype } = pidInfo(process.pid, PROC_PIDARCHINFO);
  assertEquals(p_cputype, process.arch === "arm64" ? 0x0100_000c : 0x0100_0007);
});

// proc_info.c: regions and files.

/** A file that is mapped in a process. */
interface Mapping {
  readonly process: Obedient;
  readonly address: bigint;
  readonly page: bigint;
  readonly fd: number;
  readonly inode: bigint;
  readonly path: string;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Starts a process with a private, writable mapping of three pages of a file, starting at its
 * second page.
 */
async function startMapping(unlinked: boolean): Promise<Mapping> {
  const folder = mkdtempSync(`${tmpdir()}/libproc-apple-`);
  const path = `${folder}/proc_regioninfo.tmp`;
  const child = await startObedient();
  const [address, page, fd, inode] = await child.tell(`map ${path}`);
  if (unlinked) await child.tell(`unlink ${path}`);
  return {
    process: child,
    address: BigInt(address!),
    page: BigInt(page!),
    fd: fd!,
    inode: BigInt(inode!),
    path,
    async [Symbol.asyncDispose]() {
      await child[Symbol.asyncDispose]();
      rmSync(folder, { recursive: true });
    },
  };
}

test("proc_info_proc_pidregioninfo", { skip }, async () => {
  await using mapping = await startMapping(true);
  const info = pidInfo(mapping.process.pid, PROC_PIDREGIONINFO, mapping.address);
  assertEquals(info.pri_offset, mapping.page);
  assertEquals(info.pri_protection, VM_PROT_READ_WRITE);
  assertEquals(info.pri_inheritance, VM_INHERIT_COPY);
  assertEquals(info.pri_user_tag, 0);
  const { pri_pages_resident, pri_pages_swapped_out, pri_pages_dirtied } = info;
  assertEquals([pri_pages_resident, pri_pages_swapped_out, pri_pages_dirtied], [0, 0, 0]);
  assertEquals(info.pri_pages_shared_now_private, 0);
  assertEquals(info.pri_share_mode, SM_COW);
  assertEquals([info.pri_private_pages_resident, info.pri_shared_pages_resident], [0, 0]);
  assertEquals([info.pri_address, info.pri_size], [mapping.address, mapping.page * 3n]);
  assertNotEquals(info.pri_obj_id, 0);
  assertEquals(info.pri_depth, 0);
});

test("proc_info_proc_pidregionpathinfo", { skip }, async () => {
  await using mapping = await startMapping(true);
  const { pid } = mapping.process;
  const { prp_prinfo, prp_vip } = pidInfo(pid, PROC_PIDREGIONPATHINFO, mapping.address);
  assertEquals(prp_prinfo, pidInfo(pid, PROC_PIDREGIONINFO, mapping.address));
  assertEquals(prp_vip.vip_vi.vi_type, VREG);
  assertNotEquals(prp_vip.vip_vi.vi_fsid.val[0], 0);
  assertEquals(prp_vip.vip_path, mapping.path);
  const { vst_nlink, vst_ino, vst_size, vst_mode } = prp_vip.vip_vi.vi_stat;
  assertEquals([vst_nlink, vst_ino], [0, mapping.inode]);
  // Only a file descriptor reports the other attributes of a removed file.
  assert(vst_size === 0n || vst_size === mapping.page * 4n);
  assert(vst_mode === 0 || vst_mode === 0o100600);
});

test("proc_info_proc_pidregionpathinfo2", { skip }, async () => {
  await using mapping = await startMapping(false);
  const { pid } = mapping.process;
  const info = pidInfo(pid, PROC_PIDREGIONPATHINFO2, mapping.address);
  const full = pidInfo(pid, PROC_PIDREGIONPATHINFO, mapping.address);
  assertEquals(info.prp_vip, full.prp_vip);
  assertEquals(info.prp_prinfo, {
    ...full.prp_prinfo,
    ...{ pri_pages_resident: 0, pri_pages_shared_now_private: 0, pri_pages_swapped_out: 0 },
    ...{ pri_pages_dirtied: 0, pri_ref_count: 0, pri_shadow_depth: 0, pri_share_mode: 0 },
    ...{ pri_private_pages_resident: 0, pri_shared_pages_resident: 0, pri_obj_id: 0 },
  });
  const { vst_size, vst_mode, vst_nlink, vst_uid } = info.prp_vip.vip_vi.vi_stat;
  assertEquals([vst_size, vst_mode, vst_nlink, vst_uid], [mapping.page * 4n, 0o100600, 1, 0]);
  // Memory without a file may precede the mapping. This flavor skips it.
  const next = pidInfo(pid, PROC_PIDREGIONPATHINFO2, 0n);
  assertNotEquals(next.prp_vip.vip_path, "");
});

test("proc_info_proc_pidregionpathinfo3", { skip }, async () => {
  await using mapping = await startMapping(false);
  const { pid } = mapping.process;
  const { vi_fsid } = pidInfo(pid, PROC_PIDREGIONPATHINFO, mapping.address).prp_vip.vip_vi;
  const found = pidInfo(pid, PROC_PIDREGIONPATHINFO3, fileSystemId(vi_fsid));
  assertEquals(found.prp_vip.vip_vi.vi_fsid, vi_fsid);
});

test("proc_info_proc_pidvnodepathinfo", { skip }, () => {
  const { pvi_cdir } = pidInfo(process.pid, PROC_PIDVNODEPATHINFO);
  assertEquals(pvi_cdir.vip_path, process.cwd());
  assertEquals(pvi_cdir.vip_vi.vi_type, VDIR);
  assertNotEquals(pvi_cdir.vip_vi.vi_fsid.val[0], 0);
  const { vst_ino, vst_blksize, vst_mode } = pvi_cdir.vip_vi.vi_stat;
  const is = statSync(".", { bigint: true });
  assertEquals([vst_ino, BigInt(vst_blksize), BigInt(vst_mode)], [is.ino, is.blksize, is.mode]);
});

test("proc_regionfilename", { skip }, async () => {
  await using mapping = await startMapping(false);
  const { prpo_path } = pidInfo(mapping.process.pid, PROC_PIDREGIONPATH, mapping.address);
  assertEquals(basename(prpo_path), basename(mapping.path));
});

test("proc_regionpath", { skip }, async () => {
  await using mapping = await startMapping(false);
  for (const offset of [0n, 20n]) {
    const at = mapping.address + offset;
    assertEquals(pidInfo(mapping.process.pid, PROC_PIDREGIONPATH, at), {
      prpo_addr: mapping.address,
      prpo_regionlength: mapping.page * 3n,
      prpo_path: mapping.path,
    });
  }
});

test("proc_pidinfo_kernel_task_fail", { skip }, () => {
  const flavors = [
    ...[PROC_PIDREGIONINFO, PROC_PIDREGIONPATHINFO, PROC_PIDREGIONPATHINFO2],
    ...[PROC_PIDREGIONPATHINFO3, PROC_PIDREGIONPATH],
  ];
  for (const flavor of flavors) assertEquals(raw(0, flavor, null), -ERRNO.EPERM, `${flavor}`);
});

// proc_info.c: descriptors, paths and the rest.

test("proc_info_pidinfo_proc_pidlistfds", { skip }, () => {
  assertGreaterOrEqual(raw(process.pid, PROC_PIDLISTFDS, null), 3 * 8);
  const folder = mkdtempSync(`${tmpdir()}/libproc-apple-`);
  const fd = openSync(`${folder}/file`, "w");
  try {
    assertGreaterOrEqual(raw(process.pid, PROC_PIDLISTFDS, 5 * 8), 4 * 8);
    const mine = pidInfo(process.pid, PROC_PIDLISTFDS).find(({ proc_fd }) => proc_fd === fd);
    assertEquals(mine?.proc_fdtype, PROX_FDTYPE_VNODE);
  } finally {
    closeSync(fd);
    rmSync(folder, { recursive: true });
  }
});

test("proc_info_proc_pidpathinfo", { skip }, async () => {
  await using child = await startObedient();
  assertEquals(raw(child.pid, PROC_PIDPATHINFO, 4096), 0);
  const path = pidInfo(child.pid, PROC_PIDPATHINFO);
  assertStringIncludes(path, PROGRAM);
  assertEquals(path, readlinkSync(`/proc/${child.pid}/exe`));
});

test("proc_info_proc_pidlistfileports", { skip }, async () => {
  // A process with fileports is impossible on Linux, so the answer is that for a process without
  // any.
  await using child = await startObedient();
  assertEquals(raw(child.pid, PROC_PIDLISTFILEPORTS, null), 0);
  assertEquals(raw(child.pid, PROC_PIDLISTFILEPORTS, 8), 0);
});

test("proc_info_proc_pidcoalitioninfo", {
  skip: skip || !existsSync("/proc/self/cgroup") && "needs control groups",
}, async () => {
  await using parent = await startObedient();
  const [child] = await parent.tell("fork");
  assertEquals(pidInfo(child!, PROC_PIDCOALITIONINFO), pidInfo(parent.pid, PROC_PIDCOALITIONINFO));
});

test("proc_info_proc_pidnoteexit", { skip }, async () => {
  await using child = await startObedient();
  assertEquals(pidInfo(child.pid, PROC_PIDNOTEEXIT, NOTE_EXITSTATUS), 0);
});

test("proc_info_negative_tests", { skip }, () => {
  const own = process.pid;
  assertEquals(raw(own, PROC_PIDNOTEEXIT, 0), -ERRNO.ENOMEM);
  assertEquals(raw(own, PROC_PIDPATHINFO, 4097), -ERRNO.EOVERFLOW);
  assertEquals(raw(-1, PROC_PIDTBSDINFO, 136), -ERRNO.ESRCH);
  assertEquals(raw(own, -1, 136), -ERRNO.EINVAL);
  assertEquals(raw(0, PROC_PIDWORKQUEUEINFO, 16), -ERRNO.EINVAL);
});

// kevent_info.c, proc_info_udata.c, proc_pidpath_audittoken.c.

test("kevent_extinfo", { skip }, async () => {
  await using child = await startObedient();
  const [epoll, watched] = await child.tell("epoll");
  const buffer = new Uint8Array(104);
  const count = defaultSystem().kernel.procInfo(
    PROC_INFO_CALL_PIDFDINFO,
    child.pid,
    PROC_PIDFDKQUEUE_EXTINFO,
    BigInt(epoll!),
    buffer,
  );
  assertEquals(count, 1);
  const [knote] = pidFdInfo(child.pid, epoll!, PROC_PIDFDKQUEUE_EXTINFO);
  assertEquals(knote!.kqext_kev.ident, BigInt(watched!));
  assertEquals(knote!.kqext_kev.udata, 0xfedc_ba98_7654_3210n);
  assertEquals(knote!.kqext_kev.ext[3], 0n);
});

test("proc_udata_info", { skip }, () => {
  const ask = (pid: number, flavor: number, bytes: Uint8Array) =>
    defaultSystem().kernel.procInfo(PROC_INFO_CALL_UDATA_INFO, pid, flavor, 0n, bytes);
  const token = crypto.getRandomValues(new Uint8Array(8));
  assertEquals(ask(process.pid, PROC_UDATA_INFO_SET, token), 0);
  const got = new Uint8Array(8);
  assertEquals(ask(process.pid, PROC_UDATA_INFO_GET, got), 0);
  assertEquals(got, token);
  assertEquals(ask(process.pid, PROC_UDATA_INFO_GET, new Uint8Array(4)), -ERRNO.EINVAL);
  for (const flavor of [PROC_UDATA_INFO_GET, PROC_UDATA_INFO_SET]) {
    assertEquals(ask(process.ppid, flavor, token), -ERRNO.EACCES);
  }
});

test("proc_pidpath_audittoken", { skip }, async () => {
  await using child = await startObedient();
  const ask = (pid: number, version: number, bytes = new Uint8Array(4096)) =>
    defaultSystem().kernel.procInfoExtendedId(
      PROC_INFO_CALL_PIDINFO,
      pid,
      PROC_PIDPATHINFO,
      PIF_COMPARE_IDVERSION,
      BigInt(version >>> 0),
      0n,
      bytes,
    );
  for (const pid of [child.pid, process.pid]) {
    const { p_idversion } = idOf(pid);
    const bytes = new Uint8Array(4096);
    assertEquals(ask(pid, p_idversion, bytes), 0);
    const path = new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));
    assertEquals(path, pidInfo(pid, PROC_PIDPATHINFO));
    assertEquals(ask(pid, p_idversion - 1), -ERRNO.ESRCH);
  }
});
