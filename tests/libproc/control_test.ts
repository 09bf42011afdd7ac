import { assertEquals, assertThrows } from "@std/assert";
import {
  type AuditToken,
  ERRNO,
  procClearDelayidlesleep,
  procClearDirty,
  procGetDirty,
  ProcInfoError,
  procSetDelayidlesleep,
  procSetDirty,
  procSetOwnerVmpressure,
  procSetpcontrol,
  procSetthreadname,
  procSignalDelegate,
  procSignalWithAudittoken,
  procTerminate,
  procTerminateAllRsr,
  procTerminateDelegate,
  procTerminateWithAudittoken,
  procTrackDirty,
} from "./all.ts";
import type { System } from "../../lib/system/system.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";
import { errnoOf, openScene } from "./scene.ts";
import { type Double, doubleTest as test, ME, OTHER, SELF } from "../support/double.ts";
import { named } from "../support/double_names.ts";

const RSR = named("DOUBLE_RSR"), TRACKED = named("DOUBLE_TRACKED");
const KILL = 9, USR1 = 30, TERM = 15;

test("procSetpcontrol() sets what happens when memory runs out", () => {
  const { system, get } = openScene();
  for (const value of [3, 0]) {
    procSetpcontrol(value, { system });
    assertEquals(get(SELF, "PCONTROL"), BigInt(value));
  }
  assertEquals(errnoOf(() => procSetpcontrol(4, { system })), ERRNO.EINVAL);
  assertThrows(() => procSetpcontrol(-1, { system }), RangeError, "control");
});

test("procSetthreadname() names the calling thread, and takes the name away", () => {
  const { system, blobOf } = openScene();
  const stored = () => new TextDecoder().decode(blobOf("SET_NAME", SELF)!);
  for (const name of ["worker é", "x".repeat(63), ""]) {
    procSetthreadname(name, { system });
    assertEquals(stored(), name);
  }
  const long = "x".repeat(64);
  assertEquals(errnoOf(() => procSetthreadname(long, { system })), ERRNO.ENAMETOOLONG);
  assertThrows(() => procSetthreadname("a\0b", { system }), RangeError, "name");
});

test("procSetDelayidlesleep() and procClearDelayidlesleep() keep awake and let sleep", () => {
  const { system, get } = openScene();
  procSetDelayidlesleep({ system });
  assertEquals(get(SELF, "DELAY_IDLE_SLEEP"), 1n);
  procClearDelayidlesleep({ system });
  assertEquals(get(SELF, "DELAY_IDLE_SLEEP"), 0n);
  const elsewhere: System = { ...system, pid: () => 1 };
  assertEquals(errnoOf(() => procSetDelayidlesleep({ system: elsewhere })), ERRNO.EINVAL);
  assertEquals(errnoOf(() => procClearDelayidlesleep({ system: elsewhere })), ERRNO.EINVAL);
  const none: System = { ...system, kernel: scriptedKernel(() => -ERRNO.ENOTSUP) };
  const error = assertThrows(() => procClearDelayidlesleep({ system: none }), ProcInfoError);
  assertEquals([error.code, error.callnum, error.pid, error.flavor], ["ENOTSUP", 5, SELF, 4]);
});

test("procSetOwnerVmpressure() is for root", () => {
  const { system, control } = openScene();
  assertEquals(errnoOf(() => procSetOwnerVmpressure({ system })), ERRNO.EPERM);
  control.double_caller(SELF, 0, 0);
  procSetOwnerVmpressure({ system });
});

test("procTrackDirty() and its kin begin, set, return and clear", () => {
  const { system } = openScene();
  assertEquals(procGetDirty(SELF, { system }), 0);
  assertEquals(errnoOf(() => procSetDirty(SELF, true, { system })), ERRNO.EINVAL);
  procTrackDirty(SELF, 1 | 2 | 8, { system });
  assertEquals(procGetDirty(SELF, { system }), 1 | 2 | 8);
  procSetDirty(SELF, true, { system });
  assertEquals(procGetDirty(SELF, { system }), 1 | 2 | 4 | 8);
  assertEquals(errnoOf(() => procSetDirty(SELF, true, { system })), ERRNO.EALREADY);
  procClearDirty(SELF, 8, { system });
  procSetDirty(SELF, false, { system });
  assertEquals(procGetDirty(SELF, { system }), 1 | 2);
  assertEquals(errnoOf(() => procTrackDirty(SELF, 2, { system })), ERRNO.EINVAL);
});

test("procTerminate() ends a process and gives the signal", () => {
  const { system, control, add } = openScene();
  add(100);
  add(101, ME, TRACKED);
  add(102, OTHER);
  assertEquals([procTerminate(100, { system }), procTerminate(101, { system })], [TERM, KILL]);
  assertEquals([control.double_exists(100), control.double_exists(101)], [2, 2]);
  const errnos = [102, SELF, 999, 100, 0, 1].map((pid) =>
    errnoOf(() => procTerminate(pid, { system }))
  );
  const { EPERM, ESRCH, EINVAL } = ERRNO;
  assertEquals(errnos, [EPERM, EPERM, ESRCH, ESRCH, EINVAL, EPERM]);
  assertEquals(control.double_exists(102), 1);
});

test("procTerminateAllRsr() signals the processes of a security response and no other", () => {
  const { system, control, add } = openScene();
  add(100, ME, RSR);
  add(101);
  assertEquals(errnoOf(() => procTerminateAllRsr(1, { system })), ERRNO.EINVAL);
  assertEquals(procTerminateAllRsr(KILL, { system }), KILL);
  assertEquals([control.double_exists(100), control.double_exists(101)], [2, 1]);
});

const tokenOf = ({ get }: Double, pid: number, later = 0): AuditToken => ({
  val: [0, 0, 0, 0, 0, pid, 0, Number(get(pid, "IDVERSION")) + later],
});

test("procSignalWithAudittoken() and procTerminateWithAudittoken() hit the one process that is meant", () => {
  const scene = openScene();
  const { system, control, add, get } = scene;
  add(100);
  assertEquals(
    errnoOf(() => procSignalWithAudittoken(tokenOf(scene, 100, 1), USR1, { system })),
    ERRNO.ESRCH,
  );
  assertEquals(get(100, "SIGNAL"), 0n);
  procSignalWithAudittoken(tokenOf(scene, 100), USR1, { system });
  assertEquals(get(100, "SIGNAL"), BigInt(USR1));
  assertEquals(
    errnoOf(() => procTerminateWithAudittoken(tokenOf(scene, 100, 1), { system })),
    ERRNO.ESRCH,
  );
  assertEquals(control.double_exists(100), 1);
  assertEquals(procTerminateWithAudittoken(tokenOf(scene, 100), { system }), TERM);
  assertEquals(control.double_exists(100), 2);
});

test("procSignalDelegate() and procTerminateDelegate() act for an instigator, with an entitlement", () => {
  const scene = openScene();
  const { system, control, add, get } = scene;
  add(100, OTHER);
  add(101, OTHER);
  const instigator = tokenOf(scene, 100), target = tokenOf(scene, 101);
  assertEquals(
    errnoOf(() => procSignalDelegate(instigator, target, USR1, { system })),
    ERRNO.EPERM,
  );
  assertEquals(errnoOf(() => procTerminateDelegate(instigator, target, { system })), ERRNO.EPERM);
  control.double_caller(SELF, ME, 1);
  procSignalDelegate(instigator, target, USR1, { system });
  assertEquals([get(100, "SIGNAL"), get(101, "SIGNAL")], [0n, 30n]);
  assertEquals(procTerminateDelegate(instigator, target, { system }), TERM);
  assertEquals([control.double_exists(100), control.double_exists(101)], [1, 2]);
});
