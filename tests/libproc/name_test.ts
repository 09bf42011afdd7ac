import { systemOf } from "../../lib/system/system.ts";
import { assertEquals, assertThrows } from "@std/assert";
import { ERRNO, ProcInfoError } from "../../lib/system/errors.ts";
import {
  procName,
  procPidpath,
  procPidpathAudittoken,
  procRegionfilename,
} from "../../lib/libproc/name.ts";
import { scriptedKernel } from "../../lib/testing/mod.ts";
import { errnoOf, openScene } from "./scene.ts";
import { doubleTest as test, ME, OTHER } from "../support/double.ts";

test("procName() gives the long name, and the short one where there is no long one", () => {
  const scene = openScene();
  scene.add(100);
  scene.blob("COMM", 100, 0n, "a-name-of-15-by");
  scene.blob("NAME", 100, 0n, "a-name-of-15-bytes-and-some-mor");
  assertEquals(procName(100, scene), "a-name-of-15-bytes-and-some-mor");
  scene.blob("NAME", 100, 0n, "");
  assertEquals(procName(100, scene), "a-name-of-15-by");
  scene.blob("COMM", 100, 0n, "");
  assertEquals(procName(100, scene), "");
});

test("procName() knows other users' processes, zombies, and other users' zombies", () => {
  const scene = openScene();
  for (const [pid, uid] of [[100, OTHER], [101, ME], [102, OTHER]] as const) {
    scene.add(pid, uid);
    scene.blob("COMM", pid, 0n, `short-${pid}`);
    scene.blob("NAME", pid, 0n, `a-longer-name-${pid}`);
  }
  scene.control.double_zombie(101);
  scene.control.double_zombie(102);
  assertEquals(procName(100, scene), "short-100");
  assertEquals(procName(101, scene), "a-longer-name-101");
  assertEquals(procName(102, scene), "short-102");
  assertEquals(procName(0, scene), "kernel_task");
  assertEquals(procName(1, scene), "launchd");
});

test("procName() throws where there is no process, and any refusal but EPERM at once", () => {
  const { system, control } = openScene();
  assertEquals(errnoOf(() => procName(999, { system })), ERRNO.ESRCH);
  assertEquals(errnoOf(() => procName(-1, { system })), ERRNO.ESRCH);
  control.double_fail(2, 1, ERRNO.EPERM);
  control.double_fail(2, 2, ERRNO.EACCES);
  assertEquals(errnoOf(() => procName(1, { system })), ERRNO.EACCES);
  const unsupported = scriptedKernel(() => -ERRNO.ENOTSUP);
  assertEquals(errnoOf(() => procName(1, { system: systemOf(unsupported) })), ERRNO.ENOTSUP);
  assertEquals(unsupported.calls.length, 1);
  assertThrows(() => procName(1.5, { system }), RangeError, "pid");
});

test("procPidpath() gives the path of any user's process", () => {
  const scene = openScene();
  scene.add(100, OTHER);
  const path = `/${"é".repeat(1000)}`;
  scene.blob("PATH", 100, 0n, path);
  assertEquals(procPidpath(100, scene), path);
  assertEquals(procPidpath(1, scene), "/sbin/launchd");
  assertEquals(errnoOf(() => procPidpath(0, scene)), ERRNO.ESRCH);
  assertEquals(errnoOf(() => procPidpath(999, scene)), ERRNO.ESRCH);
});

test("procPidpathAudittoken() gives the path of the very process that the token names", () => {
  const { system, add, set, get, option } = openScene();
  add(100, OTHER);
  const version = Number(get(100, "IDVERSION"));
  const token = (pid: number, idVersion: number) => ({
    val: [1, 2, 3, 4, 5, pid, 7, idVersion],
  });
  assertEquals(procPidpathAudittoken(token(100, version), { system }), "/double/100/program");
  for (const [pid, idVersion] of [[100, version + 1], [999, version], [1, version]] as const) {
    assertEquals(
      errnoOf(() => procPidpathAudittoken(token(pid, idVersion), { system })),
      ERRNO.ESRCH,
    );
  }
  set(100, "IDVERSION", 0xffff_fffen);
  assertEquals(procPidpathAudittoken(token(100, 0xffff_fffe), { system }), "/double/100/program");
  assertThrows(() => procPidpathAudittoken({ val: [1, 2, 3] }, { system }), RangeError);
  assertThrows(() => procPidpathAudittoken({ val: [1, 2, 3, 4, 5, 100] }, { system }), RangeError);
  option("NO_EXTENDED", 1n);
  assertEquals(errnoOf(() => procPidpathAudittoken(token(100, 5), { system })), ERRNO.ENOSYS);
});

test("procRegionfilename() gives the file at an address, or the next one above it", () => {
  const scene = openScene();
  scene.add(100);
  scene.item(100, "REGION", 0x1000n, 0x1000n, 1n, 1n);
  scene.item(100, "REGION", 0x2000n, 0x1000n);
  scene.item(100, "REGION", 0xffff_f000_0000_0000n, 0x1000n, 1n, 1n);
  scene.blob("REGION_PATH", 100, 0x1000n, "/lib/one");
  scene.blob("REGION_PATH", 100, 0xffff_f000_0000_0000n, "/lib/two");
  const at = (address: bigint | number) => procRegionfilename(100, address, scene);
  assertEquals([at(0), at(0x1000n), at(0x1fff)], ["/lib/one", "/lib/one", "/lib/one"]);
  assertEquals([at(0x2000), at(0xffff_f000_0000_0000n)], ["/lib/two", "/lib/two"]);
  assertEquals(errnoOf(() => at(0xffff_f000_0000_1000n)), ERRNO.EINVAL);
  assertEquals(errnoOf(() => procRegionfilename(1, 0, scene)), ERRNO.EPERM);
  assertEquals(errnoOf(() => procRegionfilename(0, 0, scene)), ERRNO.EPERM);
  assertThrows(() => at(-1), RangeError, "address");
  const error = assertThrows(() => procRegionfilename(999, 0, scene), ProcInfoError);
  assertEquals(error.code, "ESRCH");
});
