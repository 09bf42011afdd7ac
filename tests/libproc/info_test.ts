import { assertEquals, assertThrows } from "@std/assert";
import {
  ERRNO,
  type Host,
  type Kernel,
  LISTCOALITIONS_ALL_COALS,
  LISTCOALITIONS_SINGLE_TYPE,
  PROC_ALL_PIDS,
  PROC_PIDDYNKQUEUE_EXTINFO,
  PROC_PIDDYNKQUEUE_INFO,
  PROC_PIDFDSOCKETINFO,
  PROC_PIDFDVNODEPATHINFO,
  PROC_PIDFILEPORTPIPEINFO,
  PROC_PIDORIGINATOR_PID_UUID,
  PROC_PIDTBSDINFO,
  PROC_UDATA_INFO_GET,
  PROC_UDATA_INFO_SET,
  procCanUseForegroundHw,
  procCurrentThreadSchedinfo,
  ProcInfoError,
  procKmsgbuf,
  procLibversion,
  procListallpids,
  procListchildpids,
  procListcoalitions,
  procListDynkqueueids,
  procListpgrppids,
  procListpids,
  procListUptrs,
  procPiddynkqueueinfo,
  procPidfdinfo,
  procPidfileportinfo,
  procPidinfo,
  procPidoriginatorinfo,
  procPidRusage,
  procUdataInfo,
  RUSAGE_INFO_V6,
} from "./all.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";
import { errnoOf, openScene } from "./scene.ts";
import { doubleTest as test, OTHER, SELF } from "../support/double.ts";

const VNODE = 1n, PIPE = 6n;

test("procListpids() and its kin list as the kernel does", () => {
  const { kernel, control } = openScene();
  control.double_add(100, SELF, 77, 0xffffffff, 501, 501, 0);
  control.double_add(101, SELF, 77, 0xffffffff, 501, 501, 0);
  assertEquals([...procListpids(PROC_ALL_PIDS, 0, kernel)], [101, 100, SELF, 1, 0]);
  assertEquals(procListallpids(kernel), [101, 100, SELF, 1, 0]);
  assertEquals(procListchildpids(SELF, kernel), [101, 100]);
  assertEquals(procListpgrppids(77, kernel), [101, 100]);
});

test("procPidinfo() and procPidRusage() answer by flavor", () => {
  const { kernel, set } = openScene();
  set(SELF, "USER_TICKS", 2n ** 60n);
  set(SELF, "SYSTEM_TICKS", 5n);
  assertEquals(procPidinfo(SELF, PROC_PIDTBSDINFO, 0n, kernel).pbi_pid, SELF);
  const { ri_user_time, ri_system_time } = procPidRusage(SELF, RUSAGE_INFO_V6, kernel);
  assertEquals([ri_user_time, ri_system_time], [2n ** 60n, 5n]);
});

test("procPidfdinfo() and procPidfileportinfo() take the descriptor before the flavor, as in C", () => {
  const { kernel, blob, item } = openScene();
  item(SELF, "FD", 7n, VNODE, 1n);
  blob("FD_PATH", SELF, 7n, "/etc/passwd");
  const { pvip } = procPidfdinfo(SELF, 7, PROC_PIDFDVNODEPATHINFO, kernel);
  assertEquals(pvip.vip_path, "/etc/passwd");
  assertEquals(
    errnoOf(() => procPidfdinfo(SELF, 7, PROC_PIDFDSOCKETINFO, kernel)),
    ERRNO.ENOTSOCK,
  );

  item(SELF, "FILEPORT", 0xfedc_ba98n, PIPE);
  const { pipeinfo } = procPidfileportinfo(SELF, 0xfedc_ba98, PROC_PIDFILEPORTPIPEINFO, kernel);
  assertEquals(pipeinfo.pipe_handle, 0x7000_0000_fedc_ba98n);
});

test("procListUptrs() and procListDynkqueueids() list what events carry, and kqueues", () => {
  const { kernel, add, item } = openScene();
  add(100, OTHER);
  const pointers = [1n, 0xffff_ffff_ffff_ffffn, 1n];
  for (const pointer of pointers) item(SELF, "UPTR", pointer);
  for (const id of [0x1_0000_0001n, 9n]) item(SELF, "DYNKQUEUE", id, 1n, 3n);
  assertEquals([...procListDynkqueueids(SELF, kernel)], [0x1_0000_0001n, 9n]);
  assertEquals([...procListUptrs(SELF, kernel)], [...pointers, 0x1_0000_0001n, 9n]);
  for (const ask of [procListUptrs, procListDynkqueueids]) {
    assertEquals(ask(1, { ...kernel, procInfo: () => 0 }).length, 0);
    assertEquals(errnoOf(() => ask(100, kernel)), ERRNO.EPERM);
    assertEquals(errnoOf(() => ask(999, kernel)), ERRNO.ESRCH);
    assertThrows(() => ask(0.5, kernel), RangeError, "pid");
  }

  const { kqdi_info } = procPiddynkqueueinfo(SELF, PROC_PIDDYNKQUEUE_INFO, 9n, kernel);
  assertEquals(kqdi_info.kq_stat.vst_size, 3n);
  assertEquals(procPiddynkqueueinfo(SELF, PROC_PIDDYNKQUEUE_EXTINFO, 9n, kernel).length, 3);
});

test("procCurrentThreadSchedinfo() asks about the calling thread of the calling process", () => {
  const { kernel, host } = openScene();
  assertEquals(procCurrentThreadSchedinfo(kernel, host), { int_time_ns: 0n });
  const another: Host = { ...host, threadId: () => 7n };
  assertEquals(errnoOf(() => procCurrentThreadSchedinfo(kernel, another)), ERRNO.EINVAL);
  const elsewhere: Host = { ...host, pid: () => 1 };
  assertEquals(errnoOf(() => procCurrentThreadSchedinfo(kernel, elsewhere)), ERRNO.EPERM);
});

test("procUdataInfo() sets and gets all 64 bits, of the caller only", () => {
  const { kernel, add, get } = openScene();
  add(100);
  assertEquals(procUdataInfo(SELF, PROC_UDATA_INFO_GET, 0n, kernel), 0n);
  for (const value of [2n ** 64n - 1n, 0x1234_5678_9abc_def0n, 0n]) {
    assertEquals(procUdataInfo(SELF, PROC_UDATA_INFO_SET, value, kernel), undefined);
    assertEquals(get(SELF, "UDATA"), value);
    assertEquals(procUdataInfo(SELF, PROC_UDATA_INFO_GET, 0n, kernel), value);
  }
  procUdataInfo(SELF, PROC_UDATA_INFO_SET, 42, kernel);
  procUdataInfo(SELF, PROC_UDATA_INFO_GET, 7, kernel);
  assertEquals(get(SELF, "UDATA"), 42n);
  for (const flavor of [PROC_UDATA_INFO_GET, PROC_UDATA_INFO_SET] as const) {
    assertEquals(errnoOf(() => procUdataInfo(100, flavor, 0n, kernel)), ERRNO.EACCES);
    assertEquals(errnoOf(() => procUdataInfo(999, flavor, 0n, kernel)), ERRNO.ESRCH);
    assertThrows(() => procUdataInfo(0.5, flavor, 0n, kernel), RangeError, "pid");
    assertThrows(() => procUdataInfo(SELF, flavor, -1n, kernel), RangeError, "value");
    assertThrows(() => procUdataInfo(SELF, flavor, 2 ** 53, kernel), RangeError, "value");
  }
  assertThrows(() => procUdataInfo(SELF, 3 as 1, 0n, kernel), RangeError, "flavor");
});

test("procPidoriginatorinfo() and procListcoalitions() ask as the caller", () => {
  const { kernel, control } = openScene();
  assertEquals(procPidoriginatorinfo(PROC_PIDORIGINATOR_PID_UUID, kernel).originator_pid, 1);
  control.double_coalition(10n, 0, 2);
  control.double_coalition(11n, 1, 3);
  const ids = (flavor: 1 | 2, type: number) =>
    procListcoalitions(flavor, type, kernel).map(({ coalition_id }) => coalition_id);
  assertEquals(ids(LISTCOALITIONS_ALL_COALS, 0), [10n, 11n]);
  assertEquals(ids(LISTCOALITIONS_SINGLE_TYPE, 1), [11n]);
});

test("procCanUseForegroundHw() gives the verdict and its reason", () => {
  const { kernel, option } = openScene();
  assertEquals(procCanUseForegroundHw(SELF, kernel), { allowed: true, reason: 0 });
  option("FGHW_MAY", 0n);
  option("FGHW_REASON", 12n);
  assertEquals(procCanUseForegroundHw(SELF, kernel), { allowed: false, reason: 12 });
});

test("procKmsgbuf() gives the kernel's messages to root", () => {
  const { kernel, control, blob } = openScene();
  blob("KMSG", 0, 0n, "one\ntwo");
  assertEquals(errnoOf(() => procKmsgbuf(kernel)), ERRNO.EPERM);
  control.double_caller(SELF, 0, 0);
  assertEquals(procKmsgbuf(kernel).replace(/\0$/, ""), "one\ntwo\n");
});

test("procLibversion() is 1.1", () => {
  assertEquals(procLibversion(), { major: 1, minor: 1 });
});

test("libproc throws ProcInfoError where the system cannot answer", () => {
  const kernel: Kernel = scriptedKernel(() => -ERRNO.ENOTSUP);
  const { host } = openScene();
  const asks = [
    () => procPidinfo(1, PROC_PIDTBSDINFO, 0n, kernel),
    () => procListUptrs(1, kernel),
    () => procListDynkqueueids(1, kernel),
    () => procCurrentThreadSchedinfo(kernel, host),
    () => procUdataInfo(1, PROC_UDATA_INFO_GET, 0n, kernel),
    () => procKmsgbuf(kernel),
  ];
  for (const ask of asks) assertEquals(assertThrows(ask, ProcInfoError).code, "ENOTSUP");
});
