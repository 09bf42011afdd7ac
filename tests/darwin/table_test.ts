import { assert, assertEquals } from "@std/assert";
import { PROC_INFO_CALL_LISTPIDS, PROC_INFO_CALL_PIDINFO } from "../../lib/abi/callnum.ts";
import { PROC_PIDUNIQIDENTIFIERINFO } from "../../lib/abi/pid_info.ts";
import { darwinTable } from "../../lib/darwin/table.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import type { TableReader } from "../../lib/system/table.ts";
import { decodeText } from "../../lib/process/texts.ts";
import { type Double, doubleTest as test, ME, NODEV, OTHER, SELF } from "../support/double.ts";
import { named } from "../support/double_names.ts";
import { openScene } from "../libproc/scene.ts";

const SYSCTL = named("DOUBLE_CALL_SYSCTL");
const CONTROLT = named("DOUBLE_CONTROLT"), TRACED = named("DOUBLE_TRACED");
const ROSETTA = named("DOUBLE_ROSETTA"), STOPPED = named("DOUBLE_STOPPED");

const identityOf = ({ uniqueLow, uniqueHigh }: TableReader) =>
  BigInt(uniqueHigh) << 32n | BigInt(uniqueLow);
const nameOf = (table: TableReader) => {
  assertEquals(table.readName(), 0);
  return decodeText(table.name.subarray(0, table.nameLength));
};

/** Opens the double with a process of another user that has every property. */
function openStranger(): Double {
  const double = openScene();
  const { control, set, item, blob } = double;
  control.double_add(200, SELF, 199, 0x10000003, 0, OTHER, CONTROLT | TRACED | ROSETTA);
  set(200, "OPPID", 1n);
  set(200, "NICE", BigInt.asUintN(64, -7n));
  set(200, "SID", 200n);
  set(200, "START_SEC", 1_700_123_456n);
  set(200, "START_USEC", 789_000n);
  for (const group of [61n, 12n, 20n]) item(200, "GROUP", group);
  blob("COMM", 200, 0n, "sudo");
  return double;
}

test("darwinTable() reports of another user's process what KERN_PROC has", () => {
  const double = openStranger();
  const table = darwinTable(double.system);
  assertEquals(table.read(200), 0);
  assertEquals(identityOf(table), double.get(200, "UNIQUEID"));
  assertEquals([table.parentPid, table.processGroupId, table.status], [SELF, 199, 2]);
  assertEquals([table.userId, table.groupId], [0, 0]);
  assertEquals([table.readCredentials(), table.realUserId, table.realGroupId], [0, OTHER, 20]);
  assertEquals([table.effectiveUserId, table.savedUserId, table.savedGroupId], [0, 0, 0]);
  assertEquals([table.readBeginning(), table.startedAt], [0, 1_700_123_456_789]);
  assertEquals([table.nice, table.terminalDevice, table.sessionLeader], [-7, 0x10000003, true]);
  assertEquals(table.foregroundProcessGroupId, 199);
  assertEquals([table.hasTracerAsParent, table.translated, table.kernelThread], [
    true,
    true,
    false,
  ]);
  assertEquals([table.readPrivileges(), table.privileges.groups], [0, [12, 20, 61]]);
  assertEquals(table.privileges.capabilities, undefined);
  assertEquals(nameOf(table), "sudo");
  // No source reports these for another user's process.
  assertEquals([table.readTask(), table.readFootprint()], [-ERRNO.EPERM, -ERRNO.EPERM]);
  assertEquals(table.compare(), 0);
  double.set(200, "FLAGS", BigInt(STOPPED));
  assertEquals([table.read(200), table.status, table.hasTracerAsParent], [0, 4, false]);
  assertEquals(table.terminalDevice, double.get(200, "TDEV") === BigInt(NODEV) ? -1 : 0x10000003);
});

test("darwinTable() reports the kernel, and its own user's longer names", () => {
  const double = openScene();
  double.add(100);
  double.blob("NAME", 100, 0n, "a name of more than 16 bytes");
  const table = darwinTable(double.system);
  assertEquals([table.read(0), table.kernelThread, nameOf(table)], [0, true, "kernel_task"]);
  assertEquals([identityOf(table), table.readBeginning()], [0n, 0]);
  assertEquals([table.read(100), nameOf(table)], [0, "a name of more than 16 bytes"]);
});

test("darwinTable() lists by one call, and queries identities once", () => {
  const double = openScene();
  for (let pid = 100; pid < 150; pid++) double.add(pid, pid % 2 === 0 ? ME : OTHER);
  double.control.double_zombie(120);
  const { control } = double;
  const table = darwinTable(double.system);
  const pass = () => {
    table.begin();
    const count = table.list();
    const found = new Map<number, bigint>();
    for (const pid of table.pids.subarray(0, count)) {
      assertEquals(table.read(pid), 0);
      assertEquals(table.status, pid === 120 ? 5 : 2);
      found.set(pid, identityOf(table));
    }
    table.end();
    return found;
  };
  const all = pass();
  assertEquals([...all.keys()].slice(0, 3), [0, 1, 100]);
  assertEquals(all.size, 53);
  for (const [pid, identity] of all) assertEquals(identity, double.get(pid, "UNIQUEID"));
  const before = [control.double_calls(SYSCTL), control.double_calls(PROC_INFO_CALL_PIDINFO)];
  assertEquals(pass(), all);
  // One call for the size, and one for the structs.
  assertEquals(control.double_calls(SYSCTL), before[0]! + 2n);
  assertEquals(control.double_calls(PROC_INFO_CALL_PIDINFO), before[1]);
  assertEquals(control.double_calls(PROC_INFO_CALL_LISTPIDS), 0n);
});

test("darwinTable() calls again while processes start, and does not use a pass after its end", () => {
  const double = openScene();
  double.control.double_grow(40);
  const table = darwinTable(double.system);
  table.begin();
  const count = table.list();
  // double_count() does not count process 0.
  assertEquals(count, double.control.double_count() + 1);
  assertEquals(new Set(table.pids).size, count);
  const pid = table.pids[count - 1]!;
  assertEquals([table.read(pid), table.nice], [0, 0]);
  double.set(pid, "NICE", 3n);
  assertEquals([table.read(pid), table.nice], [0, 0]);
  table.end();
  assertEquals([table.read(pid), table.nice], [0, 3]);
});

test("darwinTable() never joins the identity of one process with the facts of another", () => {
  for (const when of [1, 2]) {
    const double = openScene();
    double.add(100, OTHER);
    let asked = 0;
    const kernel: Kernel = {
      ...double.kernel,
      procInfo(callnum, pid, flavor, arg, buffer) {
        const isIdentity = flavor === PROC_PIDUNIQIDENTIFIERINFO && pid === 100;
        if (isIdentity && ++asked === 1 && when === 1) reuse();
        const answer = double.kernel.procInfo(callnum, pid, flavor, arg, buffer);
        if (isIdentity && asked === 1 && when === 2) reuse();
        return answer;
      },
    };
    const reuse = () => {
      double.control.double_remove(100);
      double.control.double_add(100, 1, 77, NODEV, OTHER, OTHER, 0);
    };
    const { kernProc } = double.system;
    const table = darwinTable({ ...double.system, kernel, kernProc });
    table.begin();
    assert(table.list() > 0);
    assertEquals(table.read(100), 0);
    assertEquals([identityOf(table), table.processGroupId], [double.get(100, "UNIQUEID"), 77]);
    assert(asked >= 2, `${asked}`);
    table.end();
    // A process that has ended does not exist, even if its values are cached.
    double.control.double_remove(100);
    assertEquals(table.read(100), -ERRNO.ESRCH);
    double.add(100, OTHER);
    assertEquals([table.read(100), identityOf(table)], [0, double.get(100, "UNIQUEID")]);
  }
});

test("darwinTable() gives up a process whose id never keeps still", () => {
  const double = openScene();
  double.add(100, OTHER);
  const kernel: Kernel = {
    ...double.kernel,
    procInfo(...args) {
      if (args[2] === PROC_PIDUNIQIDENTIFIERINFO) {
        double.control.double_remove(100);
        double.add(100, OTHER);
      }
      return double.kernel.procInfo(...args);
    },
  };
  assertEquals(darwinTable({ ...double.system, kernel }).read(100), -ERRNO.ESRCH);
});

for (
  const [what, name, value] of [
    ["whose struct has another size", "KINFO_SIZE", 656n],
    ["that refuses KERN_PROC", "KERN_PROC_ERRNO", BigInt(ERRNO.EPERM)],
    ["that lacks KERN_PROC", "KERN_PROC_ERRNO", BigInt(ERRNO.ENOTSUP)],
  ] as const
) {
  test(`darwinTable() reads by flavors alone on a system ${what}`, () => {
    const double = openStranger();
    double.add(100);
    double.option(name, value);
    const table = darwinTable(double.system);
    table.begin();
    const count = table.list();
    assertEquals([...table.pids.subarray(0, count)], [0, 1, 100, 200, SELF]);
    assertEquals([table.read(100), table.readBeginning()], [0, 0]);
    assertEquals(table.startedAt, Number(double.get(100, "START_SEC")) * 1000 + 250);
    assertEquals([table.read(200), table.parentPid, table.userId], [0, SELF, 0]);
    assertEquals([table.readBeginning(), table.readPrivileges()], [-ERRNO.EPERM, -ERRNO.ENOTSUP]);
    assertEquals(identityOf(table), double.get(200, "UNIQUEID"));
    table.end();
    assertEquals(double.control.double_calls(SYSCTL) <= 2n, true);
  });
}

test("darwinTable() passes on any other refusal", () => {
  const double = openScene();
  const table = darwinTable(double.system);
  double.control.double_fail(SYSCTL, 1, ERRNO.EIO);
  assertEquals(table.list(), -ERRNO.EIO);
  double.control.double_fail(SYSCTL, 1, ERRNO.EIO);
  assertEquals(table.read(1), -ERRNO.EIO);
  assertEquals(table.read(1), 0);
  assertEquals(table.read(999), -ERRNO.ESRCH);
});
