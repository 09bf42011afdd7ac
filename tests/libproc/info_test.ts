import { type System, systemOf } from "../../lib/system/system.ts";
import { assertEquals, assertThrows } from "@std/assert";
import {
  ERRNO,
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
  const { system, control } = openScene();
  control.double_add(100, SELF, 77, 0xffffffff, 501, 501, 0);
  control.double_add(101, SELF, 77, 0xffffffff, 501, 501, 0);
  assertEquals([...procListpids(PROC_ALL_PIDS, 0, { system })], [101, 100, SELF, 1, 0]);
  assertEquals(procListallpids({ system }), [101, 100, SELF, 1, 0]);
  assertEquals(procListchildpids(SELF, { system }), [101, 100]);
  assertEquals(procListpgrppids(77, { system }), [101, 100]);
});

test("procPidinfo() and procPidRusage() answer by flavor", () => {
  const { system, set } = openScene();
  set(SELF, "USER_TICKS", 2n ** 60n);
  set(SELF, "SYSTEM_TICKS", 5n);
  assertEquals(procPidinfo(SELF, PROC_PIDTBSDINFO, 0n, { system }).pbi_pid, SELF);
  const { ri_user_time, ri_system_time } = procPidRusage(SELF, RUSAGE_INFO_V6, { system });
  assertEquals([ri_user_time, ri_system_time], [2n ** 60n, 5n]);
});

test("procPidfdinfo() and procPidfileportinfo() take the descriptor before the flavor, as in C", () => {
  const { system, blob, item } = openScene();
  item(SELF, "FD", 7n, VNODE, 1n);
  blob("FD_PATH", SELF, 7n, "/etc/passwd");
  const { pvip } = procPidfdinfo(SELF, 7, PROC_PIDFDVNODEPATHINFO, { system });
  assertEquals(pvip.vip_path, "/etc/passwd");
  assertEquals(
    errnoOf(() => procPidfdinfo(SELF, 7, PROC_PIDFDSOCKETINFO, { system })),
    ERRNO.ENOTSOCK,
  );

  item(SELF, "FILEPORT", 0xfedc_ba98n, PIPE);
  const { pipeinfo } = procPidfileportinfo(SELF, 0xfedc_ba98, PROC_PIDFILEPORTPIPEINFO, { system });
  assertEquals(pipeinfo.pipe_handle, 0x7000_0000_fedc_ba98n);
});

test("procListUptrs() and procListDynkqueueids() list what events carry, and kqueues", () => {
  const { kernel, system, add, item } = openScene();
  add(100, OTHER);
  const pointers = [1n, 0xffff_ffff_ffff_ffffn, 1n];
  for (const pointer of pointers) item(SELF, "UPTR", pointer);
  for (const id of [0x1_0000_0001n, 9n]) item(SELF, "DYNKQUEUE", id, 1n, 3n);
  assertEquals([...procListDynkqueueids(SELF, { system })], [0x1_0000_0001n, 9n]);
  assertEquals([...procListUptrs(SELF, { system })], [...pointers, 0x1_0000_0001n, 9n]);
  for (const ask of [procListUptrs, procListDynkqueueids]) {
    assertEquals(ask(1, { system: systemOf({ ...kernel, procInfo: () => 0 }) }).length, 0);
    assertEquals(errnoOf(() => ask(100, { system })), ERRNO.EPERM);
    assertEquals(errnoOf(() => ask(999, { system })), ERRNO.ESRCH);
    assertThrows(() => ask(0.5, { system }), RangeError, "pid");
  }

  const { kqdi_info } = procPiddynkqueueinfo(SELF, PROC_PIDDYNKQUEUE_INFO, 9n, { system });
  assertEquals(kqdi_info.kq_stat.vst_size, 3n);
  assertEquals(procPiddynkqueueinfo(SELF, PROC_PIDDYNKQUEUE_EXTINFO, 9n, { system }).length, 3);
});

test("procCurrentThreadSchedinfo() queries the calling thread of the calling process", () => {
  const { system } = openScene();
  assertEquals(procCurrentThreadSchedinfo({ system }), { int_time_ns: 0n });
  const another: System = { ...system, threadId: () => 7n };
  assertEquals(errnoOf(() => procCurrentThreadSchedinfo({ system: another })), ERRNO.EINVAL);
  const elsewhere: System = { ...system, pid: () => 1 };
  assertEquals(errnoOf(() => procCurrentThreadSchedinfo({ system: elsewhere })), ERRNO.EPERM);
});

test("procUdataInfo() sets and gets all 64 bits, of the caller only", () => {
  const { system, add, get } = openScene();
  add(100);
  assertEquals(procUdataInfo(SELF, PROC_UDATA_INFO_GET, 0n, { system }), 0n);
  for (const value of [2n ** 64n - 1n, 0x1234_5678_9abc_def0n, 0n]) {
    assertEquals(procUdataInfo(SELF, PROC_UDATA_INFO_SET, value, { system }), undefined);
    assertEquals(get(SELF, "UDATA"), value);
    assertEquals(procUdataInfo(SELF, PROC_UDATA_INFO_GET, 0n, { system }), value);
  }
  procUdataInfo(SELF, PROC_UDATA_INFO_SET, 42, { system });
  procUdataInfo(SELF, PROC_UDATA_INFO_GET, 7, { system });
  assertEquals(get(SELF, "UDATA"), 42n);
  for (const flavor of [PROC_UDATA_INFO_GET, PROC_UDATA_INFO_SET] as const) {
    assertEquals(errnoOf(() => procUdataInfo(100, flavor, 0n, { system })), ERRNO.EACCES);
    assertEquals(errnoOf(() => procUdataInfo(999, flavor, 0n, { system })), ERRNO.ESRCH);
    assertThrows(() => procUdataInfo(0.5, flavor, 0n, { system }), RangeError, "pid");
    assertThrows(() => procUdataInfo(SELF, flavor, -1n, { system }), RangeError, "value");
    assertThrows(() => procUdataInfo(SELF, flavor, 2 ** 53, { system }), RangeError, "value");
  }
  assertThrows(() => procUdataInfo(SELF, 3 as 1, 0n, { system }), RangeError, "flavor");
});

test("procPidoriginatorinfo() and procListcoalitions() query as the caller", () => {
  const { system, control } = openScene();
  assertEquals(procPidoriginatorinfo(PROC_PIDORIGINATOR_PID_UUID, { system }).originator_pid, 1);
  control.double_coalition(10n, 0, 2);
  control.double_coalition(11n, 1, 3);
  const ids = (flavor: 1 | 2, type: number) =>
    procListcoalitions(flavor, type, { system }).map(({ coalition_id }) => coalition_id);
  assertEquals(ids(LISTCOALITIONS_ALL_COALS, 0), [10n, 11n]);
  assertEquals(ids(LISTCOALITIONS_SINGLE_TYPE, 1), [11n]);
});

test("procCanUseForegroundHw() gives the verdict and its reason", () => {
  const { system, option } = openScene();
  assertEquals(procCanUseForegroundHw(SELF, { system }), { allowed: true, reason: 0 });
  option("FGHW_MAY", 0n);
  option("FGHW_REASON", 12n);
  assertEquals(procCanUseForegroundHw(SELF, { system }), { allowed: false, reason: 12 });
});

test("procKmsgbuf() gives the kernel's messages to root", () => {
  const { system, control, blob } = openScene();
  blob("KMSG", 0, 0n, "one\ntwo");
  assertEquals(errnoOf(() => procKmsgbuf({ system })), ERRNO.EPERM);
  control.double_caller(SELF, 0, 0);
  assertEquals(procKmsgbuf({ system }).replace(/\0$/, ""), "one\ntwo\n");
});

test("procLibversion() is 1.1", () => {
  assertEquals(procLibversion(), { major: 1, minor: 1 });
});

test("libproc throws ProcInfoError where the system cannot answer", () => {
  const system: System = {
    ...openScene().system,
    kernel: scriptedKernel(() => -ERRNO.ENOTSUP),
  };
  const asks = [
    () => procPidinfo(1, PROC_PIDTBSDINFO, 0n, { system }),
    () => procListUptrs(1, { system }),
    () => procListDynkqueueids(1, { system }),
    () => procCurrentThreadSchedinfo({ system }),
    () => procUdataInfo(1, PROC_UDATA_INFO_GET, 0n, { system }),
    () => procKmsgbuf({ system }),
  ];
  for (const ask of asks) assertEquals(assertThrows(ask, ProcInfoError).code, "ENOTSUP");
});
