import { assertEquals, assertThrows } from "@std/assert";
import { getKinfoProc, kinfoProc, listKinfoProcs, SZOMB } from "../../lib/calls/mod.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import { systemOf } from "../../lib/system/system.ts";
import { doubleTest as test, ME, NODEV, OTHER, SELF } from "../support/double.ts";
import { named } from "../support/double_names.ts";
import { openScene } from "./scene.ts";

const SYSCTL = named("DOUBLE_CALL_SYSCTL");
const CONTROLT = named("DOUBLE_CONTROLT"), TRACED = named("DOUBLE_TRACED");

test("getKinfoProc() has the whole struct of another user's process", () => {
  const { control, set, item, blob, system } = openScene();
  control.double_add(100, SELF, 99, 0x10000003, 0, OTHER, CONTROLT | TRACED);
  set(100, "OPPID", 1n);
  set(100, "START_SEC", 1_700_000_001n);
  set(100, "START_USEC", 999_999n);
  set(100, "SID", 100n);
  set(100, "NICE", BigInt.asUintN(64, -20n));
  set(100, "IGNORED", 0x80000001n);
  set(100, "CAUGHT", 0x4000n);
  for (let group = 1n; group < 20n; group++) item(100, "GROUP", group);
  blob("COMM", 100, 0n, "sixteen-letters.and more");
  const { kp_proc, kp_eproc } = getKinfoProc(100, { system })!;
  assertEquals(kp_proc.p_starttime, { tv_sec: 1_700_000_001n, tv_usec: 999_999 });
  assertEquals([kp_proc.p_flag, kp_proc.p_stat, kp_proc.p_pid], [0x806, 2, 100]);
  assertEquals([kp_proc.p_oppid, kp_proc.p_nice, kp_proc.p_comm], [1, -20, "sixteen-letters."]);
  assertEquals([kp_proc.p_sigignore, kp_proc.p_sigcatch], [0x80000001, 0x4000]);
  const { p_ruid, p_svuid, p_rgid, p_svgid } = kp_eproc.e_pcred;
  assertEquals([p_ruid, p_svuid, p_rgid, p_svgid], [OTHER, 0, 20, 0]);
  const { cr_uid, cr_ngroups, cr_groups } = kp_eproc.e_ucred;
  assertEquals([cr_uid, cr_ngroups], [0, 16]);
  assertEquals(cr_groups, [0, ...Array.from({ length: 15 }, (_, i) => i + 1)]);
  assertEquals([kp_eproc.e_ppid, kp_eproc.e_pgid], [SELF, 99]);
  assertEquals([kp_eproc.e_tdev, kp_eproc.e_tpgid, kp_eproc.e_flag], [0x10000003, 99, 3]);
});

test("getKinfoProc() finds zombies and the kernel, and undefined for an id that no process has", () => {
  const { add, set, control, system } = openScene();
  add(100, OTHER);
  control.double_zombie(100);
  set(100, "XSTATUS", 0x1300n);
  const zombie = getKinfoProc(100, { system })!.kp_proc;
  assertEquals([zombie.p_stat, zombie.p_xstat], [SZOMB, 0x1300]);
  assertEquals(getKinfoProc(0, { system })!.kp_proc.p_comm, "kernel_task");
  assertEquals(getKinfoProc(999, { system }), undefined);
});

test("listKinfoProcs() lists the living, the newest first, then zombies, and filters", () => {
  const { control, system } = openScene();
  control.double_add(100, 1, 100, NODEV, ME, OTHER, 0);
  control.double_add(101, 1, 100, 5, OTHER, ME, CONTROLT);
  control.double_add(102, 1, 102, 5, OTHER, OTHER, 0);
  control.double_zombie(100);
  const pids = (...args: Parameters<typeof listKinfoProcs>) =>
    listKinfoProcs(...args).map(({ kp_proc }) => kp_proc.p_pid);
  assertEquals(pids({ system }), [102, 101, SELF, 1, 0, 100]);
  assertEquals(pids({ processGroupId: 100, system }), [101, 100]);
  assertEquals(pids({ terminalDevice: 5, system }), [101]);
  assertEquals(pids({ userId: OTHER, system }), [102, 101]);
  assertEquals(pids({ realUserId: OTHER, system }), [102, 100]);
  assertEquals(pids({ userId: 77, system }), []);
});

test("listKinfoProcs() calls again with more room, as often as it takes", () => {
  const { control, system } = openScene();
  control.double_grow(100);
  assertEquals(listKinfoProcs({ system }).length, control.double_count() + 1);
  // One call for the size, and at least two for the structs.
  assertEquals(control.double_calls(SYSCTL) >= 3n, true);
});

test("getKinfoProc() and listKinfoProcs() report what is wrong", () => {
  const { control, option, system } = openScene();
  for (const [size, call] of [[656n, getKinfoProc], [640n, getKinfoProc]] as const) {
    option("KINFO_SIZE", size);
    const error = assertThrows(() => call(1, { system }), SystemCallError, "process 1");
    assertEquals([error.code, error.syscall], ["ENOTSUP", "sysctl"]);
    assertThrows(() => listKinfoProcs({ system }), SystemCallError, "list the processes");
  }
  option("KINFO_SIZE", BigInt(kinfoProc.size));
  control.double_fail(SYSCTL, 1, ERRNO.EPERM);
  const refused = assertThrows(() => getKinfoProc(1, { system }), SystemCallError);
  assertEquals(refused.code, "EPERM");
  assertThrows(
    () => listKinfoProcs({ userId: 1, realUserId: 1, system }),
    TypeError,
    "there are 2",
  );
  assertThrows(() => getKinfoProc(-1, { system }), RangeError, "pid");
  assertThrows(() => listKinfoProcs({ userId: -1, system }), RangeError, "userId");
  const lone = assertThrows(
    () => getKinfoProc(1, { system: systemOf(system.kernel) }),
    SystemCallError,
  );
  assertEquals(lone.code, "ENOTSUP");
});

test("a kernel that wants more room than any has processes is refused", () => {
  const { system } = openScene();
  let asked = 0;
  const greedy = {
    ...system,
    kernProc: (_what: number, _value: number, buffer: Uint8Array | null) =>
      ++asked && buffer === null ? 648 * 900_000 : -ERRNO.ENOMEM,
  };
  const error = assertThrows(() => listKinfoProcs({ system: greedy }), SystemCallError);
  assertEquals([error.code, asked < 10], ["ENOMEM", true]);
});
