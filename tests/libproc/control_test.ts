import { assertEquals, assertThrows } from "@std/assert";
import {
  type AuditToken,
  ERRNO,
  type Host,
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
import { scriptedKernel } from "../../lib/testing/mod.ts";
import { errnoOf, openScene } from "./scene.ts";
import { type Double, doubleTest as test, ME, OTHER, SELF } from "../support/double.ts";
import { named } from "../support/double_names.ts";

const RSR = named("DOUBLE_RSR"), TRACKED = named("DOUBLE_TRACKED");
const KILL = 9, USR1 = 30, TERM = 15;

test("procSetpcontrol() sets what happens when memory runs out", () => {
  const { kernel, host, get } = openScene();
  for (const value of [3, 0]) {
    procSetpcontrol(value, kernel, host);
    assertEquals(get(SELF, "PCONTROL"), BigInt(value));
  }
  assertEquals(errnoOf(() => procSetpcontrol(4, kernel, host)), ERRNO.EINVAL);
  assertThrows(() => procSetpcontrol(-1, kernel, host), RangeError, "control");
});

test("procSetthreadname() names the calling thread, and takes the name away", () => {
  const { kernel, host, blobOf } = openScene();
  const stored = () => new TextDecoder().decode(blobOf("SET_NAME", SELF)!);
  for (const name of ["worker é", "x".repeat(63), ""]) {
    procSetthreadname(name, kernel, host);
    assertEquals(stored(), name);
  }
  const long = "x".repeat(64);
  assertEquals(errnoOf(() => procSetthreadname(long, kernel, host)), ERRNO.ENAMETOOLONG);
  assertThrows(() => procSetthreadname("a\0b", kernel, host), RangeError, "name");
});

test("procSetDelayidlesleep() and procClearDelayidlesleep() keep awake and let sleep", () => {
  const { kernel, host, get } = openScene();
  procSetDelayidlesleep(kernel, host);
  assertEquals(get(SELF, "DELAY_IDLE_SLEEP"), 1n);
  procClearDelayidlesleep(kernel, host);
  assertEquals(get(SELF, "DELAY_IDLE_SLEEP"), 0n);
  const elsewhere: Host = { ...host, pid: () => 1 };
  assertEquals(errnoOf(() => procSetDelayidlesleep(kernel, elsewhere)), ERRNO.EINVAL);
  assertEquals(errnoOf(() => procClearDelayidlesleep(kernel, elsewhere)), ERRNO.EINVAL);
  const none = scriptedKernel(() => -ERRNO.ENOTSUP);
  const error = assertThrows(() => procClearDelayidlesleep(none, host), ProcInfoError);
  assertEquals([error.code, error.callnum, error.pid, error.flavor], ["ENOTSUP", 5, SELF, 4]);
});

test("procSetOwnerVmpressure() is for root", () => {
  const { kernel, host, control } = openScene();
  assertEquals(errnoOf(() => procSetOwnerVmpressure(kernel, host)), ERRNO.EPERM);
  control.double_caller(SELF, 0, 0);
  procSetOwnerVmpressure(kernel, host);
});

test("procTrackDirty() and its kin begin, set, tell and take back", () => {
  const { kernel } = openScene();
  assertEquals(procGetDirty(SELF, kernel), 0);
  assertEquals(errnoOf(() => procSetDirty(SELF, true, kernel)), ERRNO.EINVAL);
  procTrackDirty(SELF, 1 | 2 | 8, kernel);
  assertEquals(procGetDirty(SELF, kernel), 1 | 2 | 8);
  procSetDirty(SELF, true, kernel);
  assertEquals(procGetDirty(SELF, kernel), 1 | 2 | 4 | 8);
  assertEquals(errnoOf(() => procSetDirty(SELF, true, kernel)), ERRNO.EALREADY);
  procClearDirty(SELF, 8, kernel);
  procSetDirty(SELF, false, kernel);
  assertEquals(procGetDirty(SELF, kernel), 1 | 2);
  assertEquals(errnoOf(() => procTrackDirty(SELF, 2, kernel)), ERRNO.EINVAL);
});

test("procTerminate() ends a process and gives the signal", () => {
  const { kernel, control, add } = openScene();
  add(100);
  add(101, ME, TRACKED);
  add(102, OTHER);
  assertEquals([procTerminate(100, kernel), procTerminate(101, kernel)], [TERM, KILL]);
  assertEquals([control.double_exists(100), control.double_exists(101)], [2, 2]);
  const errnos = [102, SELF, 999, 100, 0, 1].map((pid) =>
    errnoOf(() => procTerminate(pid, kernel))
  );
  const { EPERM, ESRCH, EINVAL } = ERRNO;
  assertEquals(errnos, [EPERM, EPERM, ESRCH, ESRCH, EINVAL, EPERM]);
  assertEquals(control.double_exists(102), 1);
});

test("procTerminateAllRsr() signals the processes of a security response and no other", () => {
  const { kernel, control, add } = openScene();
  add(100, ME, RSR);
  add(101);
  assertEquals(errnoOf(() => procTerminateAllRsr(1, kernel)), ERRNO.EINVAL);
  assertEquals(procTerminateAllRsr(KILL, kernel), KILL);
  assertEquals([control.double_exists(100), control.double_exists(101)], [2, 1]);
});

const tokenOf = ({ get }: Double, pid: number, later = 0): AuditToken => ({
  val: [0, 0, 0, 0, 0, pid, 0, Number(get(pid, "IDVERSION")) + later],
});

test("procSignalWithAudittoken() and procTerminateWithAudittoken() hit the one process that is meant", () => {
  const scene = openScene();
  const { kernel, control, add, get } = scene;
  add(100);
  assertEquals(
    errnoOf(() => procSignalWithAudittoken(tokenOf(scene, 100, 1), USR1, kernel)),
    ERRNO.ESRCH,
  );
  assertEquals(get(100, "SIGNAL"), 0n);
  procSignalWithAudittoken(tokenOf(scene, 100), USR1, kernel);
  assertEquals(get(100, "SIGNAL"), BigInt(USR1));
  assertEquals(
    errnoOf(() => procTerminateWithAudittoken(tokenOf(scene, 100, 1), kernel)),
    ERRNO.ESRCH,
  );
  assertEquals(control.double_exists(100), 1);
  assertEquals(procTerminateWithAudittoken(tokenOf(scene, 100), kernel), TERM);
  assertEquals(control.double_exists(100), 2);
});

test("procSignalDelegate() and procTerminateDelegate() act for an instigator, with an entitlement", () => {
  const scene = openScene();
  const { kernel, control, add, get } = scene;
  add(100, OTHER);
  add(101, OTHER);
  const instigator = tokenOf(scene, 100), target = tokenOf(scene, 101);
  assertEquals(errnoOf(() => procSignalDelegate(instigator, target, USR1, kernel)), ERRNO.EPERM);
  assertEquals(errnoOf(() => procTerminateDelegate(instigator, target, kernel)), ERRNO.EPERM);
  control.double_caller(SELF, ME, 1);
  procSignalDelegate(instigator, target, USR1, kernel);
  assertEquals([get(100, "SIGNAL"), get(101, "SIGNAL")], [0n, 30n]);
  assertEquals(procTerminateDelegate(instigator, target, kernel), TERM);
  assertEquals([control.double_exists(100), control.double_exists(101)], [1, 2]);
});
