import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "node:test";
import { procBsdInfo, procBsdShortInfo, procTaskInfo } from "../../lib/abi/mod.ts";
import {
  EINVAL_INVALID_COMMAND,
  EINVAL_NULL_DATA,
  EINVAL_NULL_SIZE,
  EPERM_INSUFFICIENT_PRIVS,
  ERANGE_INSUFFICIENT_SIZE,
  ESRCH_INVALID_PID,
  GET_PGRP,
  GET_PGRP_BY_MEMBER,
  GET_PROCENTRY64,
  getProcessGroup,
  getProcessGroupByMember,
  KerrnoError,
  kerrnoName,
  kerrnoToErrno,
  kgetProcInfo,
  procEntry,
  VALIDATE_PID,
} from "../../lib/aix/mod.ts";
import { type System, systemOf } from "../../lib/system/system.ts";
import { ERRNO, ProcInfoError } from "../../lib/system/errors.ts";
import { type KernelCall, scriptedKernel } from "../../lib/testing/mod.ts";
import { writePids } from "../support/write_pids.ts";

const LISTPIDS = 1, PIDINFO = 2, PIDRUSAGE = 9;
const TBSDINFO = 3, TASKINFO = 4, SHORTBSDINFO = 13;
const SIZE = 4944;

/**
 * Returns a system with group 100, which has 100, 101 and 102. 200 belongs to another user. Group
 * 300 exists without its leader.
 */
function scene(
  overrides: (call: KernelCall, buffer: Uint8Array | null) => number | undefined = () => undefined,
) {
  const groups = new Map([[100, 100], [101, 100], [102, 100], [200, 200], [301, 300]]);
  const kernel = scriptedKernel((call, buffer) => {
    const special = overrides(call, buffer);
    if (special !== undefined) return special;
    const { callnum, pid, flavor } = call;
    if (callnum === LISTPIDS) {
      const pids = [...groups].filter(([, group]) => group === flavor).map(([pid]) => pid);
      return buffer === null ? (groups.size + 20) * 4 : writePids(pids.reverse(), buffer);
    }
    const group = groups.get(pid);
    if (group === undefined) return -ERRNO.ESRCH;
    if (callnum === PIDRUSAGE) return 0;
    assertEquals(callnum, PIDINFO);
    if (flavor === SHORTBSDINFO) {
      procBsdShortInfo.encode({ pbsi_pid: pid, pbsi_pgid: group }, buffer!);
      return procBsdShortInfo.size;
    }
    if (pid === 200) return -ERRNO.EPERM;
    if (flavor === TBSDINFO) {
      procBsdInfo.encode({ pbi_pid: pid, pbi_pgid: group, pbi_status: 2 }, buffer!);
      return procBsdInfo.size;
    }
    assertEquals(flavor, TASKINFO);
    procTaskInfo.encode({ pti_threadnum: 3 }, buffer!);
    return procTaskInfo.size;
  });
  const system: System = { ...systemOf(kernel), timebase: () => ({ numer: 1, denom: 1 }) };
  return { kernel, system };
}

const untouched = (size: number) => new Uint8Array(size).fill(0xa5);
const isUntouched = (data: Uint8Array) => data.every((byte) => byte === 0xa5);

test("VALIDATE_PID is 0 for a process, and for a group whose leader has gone", () => {
  assertEquals(kgetProcInfo(VALIDATE_PID, 101, null, null, scene()), 0);
  assertEquals(kgetProcInfo(VALIDATE_PID, 200, null, null, scene()), 0);
  assertEquals(kgetProcInfo(VALIDATE_PID, 300, null, null, scene()), 0);
});

test("VALIDATE_PID is ESRCH_INVALID_PID for an id that is neither, 0 or negative", () => {
  for (const id of [999, 0, -1, -100, 0x7fffffff, -0x80000000]) {
    assertEquals(kgetProcInfo(VALIDATE_PID, id, null, null, scene()), ESRCH_INVALID_PID, `${id}`);
  }
});

test("VALIDATE_PID is 0 for a process that may not be looked at", () => {
  const refused = scene(({ callnum }) => callnum === PIDINFO ? -ERRNO.EPERM : undefined);
  assertEquals(kgetProcInfo(VALIDATE_PID, 101, null, null, refused), 0);
});

test("GET_PROCENTRY64 fills the struct and reports how much it used", () => {
  for (const spare of [0, 1, 100]) {
    const data = untouched(SIZE + spare);
    const size = { value: data.byteLength };
    assertEquals(kgetProcInfo(GET_PROCENTRY64, 101, data, size, scene()), 0);
    assertEquals(size.value, SIZE);
    assertEquals(new DataView(data.buffer).getInt32(0, true), 101);
    assert(isUntouched(data.subarray(SIZE)));
  }
});

test("GET_PROCENTRY64 gives the contract's errors in the contract's order, data untouched", () => {
  const data = untouched(SIZE);
  const rows: [number, number, Uint8Array | null, number | null][] = [
    [EINVAL_NULL_SIZE, 101, null, null],
    [EINVAL_NULL_SIZE, 999, data, null],
    [EINVAL_NULL_DATA, 999, null, SIZE],
    [ESRCH_INVALID_PID, 999, data, SIZE],
    [ESRCH_INVALID_PID, 999, data, 0],
    [ESRCH_INVALID_PID, 0, data, SIZE],
    [ESRCH_INVALID_PID, -101, data, SIZE],
    [ESRCH_INVALID_PID, 300, data, SIZE],
    [ERANGE_INSUFFICIENT_SIZE, 101, data, SIZE - 1],
    [ERANGE_INSUFFICIENT_SIZE, 101, data, 0],
    [ERANGE_INSUFFICIENT_SIZE, 200, data, SIZE - 1],
    [EPERM_INSUFFICIENT_PRIVS, 200, data, SIZE],
  ];
  for (const [kerrno, id, bytes, room] of rows) {
    const size = room === null ? null : { value: room };
    const got = kgetProcInfo(GET_PROCENTRY64, id, bytes, size, scene());
    assertEquals(kerrnoName(got), kerrnoName(kerrno), `${id} ${room}`);
    assertEquals(size?.value ?? null, room);
  }
  assert(isUntouched(data));
});

test("GET_PROCENTRY64 is ESRCH_INVALID_PID for a process that goes at any step", () => {
  const steps = scene();
  kgetProcInfo(GET_PROCENTRY64, 101, new Uint8Array(SIZE), { value: SIZE }, steps);
  for (let step = 0; step < steps.kernel.calls.length; step++) {
    let left = step;
    const data = untouched(SIZE);
    const going = scene(() => left-- > 0 ? undefined : -ERRNO.ESRCH);
    assertEquals(
      kgetProcInfo(GET_PROCENTRY64, 101, data, { value: SIZE }, going),
      ESRCH_INVALID_PID,
      `step ${step}`,
    );
    assert(isUntouched(data));
  }
});

test("GET_PGRP and GET_PGRP_BY_MEMBER write 32-bit pids and report how much they used", () => {
  for (const [cmd, id] of [[GET_PGRP, 100], [GET_PGRP_BY_MEMBER, 102]] as const) {
    for (const make of [(n: number) => new Int32Array(n), (n: number) => new Uint8Array(n * 4)]) {
      const data = make(5);
      const size = { value: 20 };
      assertEquals(kgetProcInfo(cmd, id, data, size, scene()), 0);
      assertEquals(size.value, 12);
      assertEquals([...new Int32Array(data.buffer)], [102, 101, 100, 0, 0]);
    }
  }
});

test("GET_PGRP with null data reports how much is needed", () => {
  const size = { value: 0 };
  assertEquals(kgetProcInfo(GET_PGRP, 100, null, size, scene()), 0);
  assertEquals(size.value, 12);
  assertEquals(kgetProcInfo(GET_PGRP_BY_MEMBER, 101, null, size, scene()), 0);
  assertEquals(size.value, 12);
});

test("GET_PGRP with too little room leaves data alone and reports how much is needed", () => {
  for (const cmd of [GET_PGRP, GET_PGRP_BY_MEMBER]) {
    for (const room of [0, 1, 8, 11]) {
      const data = untouched(12);
      const size = { value: room };
      assertEquals(kgetProcInfo(cmd, 100, data, size, scene()), ERANGE_INSUFFICIENT_SIZE);
      assertEquals(size.value, 12);
      assert(isUntouched(data));
    }
  }
});

test("GET_PGRP writes at any offset of a view and nowhere else", () => {
  const memory = untouched(32);
  assertEquals(kgetProcInfo(GET_PGRP, 100, memory.subarray(5, 17), { value: 12 }, scene()), 0);
  assert(isUntouched(memory.subarray(0, 5)) && isUntouched(memory.subarray(17)));
  assertEquals(new DataView(memory.buffer).getInt32(5, true), 102);
});

test("GET_PGRP gives the contract's other errors", () => {
  for (const cmd of [GET_PGRP, GET_PGRP_BY_MEMBER]) {
    assertEquals(kgetProcInfo(cmd, 100, new Int32Array(9), null, scene()), EINVAL_NULL_SIZE);
    for (const id of [999, 0, -100]) {
      const size = { value: 36 };
      assertEquals(kgetProcInfo(cmd, id, new Int32Array(9), size, scene()), ESRCH_INVALID_PID);
      assertEquals(size.value, 36);
    }
  }
  assertEquals(kgetProcInfo(GET_PGRP, 101, null, { value: 0 }, scene()), ESRCH_INVALID_PID);
  assertEquals(kgetProcInfo(GET_PGRP, 300, null, { value: 0 }, scene()), 0);
});

test("an unknown command is EINVAL_INVALID_COMMAND", () => {
  for (const cmd of [0, 5, -1, 1.5, NaN]) {
    assertEquals(kgetProcInfo(cmd, 100, null, null, scene()), EINVAL_INVALID_COMMAND);
  }
});

test("kgetProcInfo() throws for what C could not have passed", () => {
  const data = new Uint8Array(8);
  assertThrows(() => kgetProcInfo("1" as never, 1, null, null, scene()), TypeError, "cmd");
  assertThrows(() => kgetProcInfo(1, "1" as never, null, null, scene()), TypeError, "id");
  assertThrows(() => kgetProcInfo(1, 1.5, null, null, scene()), RangeError, "id");
  assertThrows(() => kgetProcInfo(1, 2 ** 31, null, null, scene()), RangeError, "id");
  assertThrows(() => kgetProcInfo(3, 100, [] as never, { value: 0 }, scene()), TypeError, "data");
  assertThrows(() => kgetProcInfo(3, 100, data, {} as never, scene()), TypeError, "size");
  assertThrows(() => kgetProcInfo(3, 100, data, { value: -1 }, scene()), RangeError, "size");
  assertThrows(() => kgetProcInfo(3, 100, data, { value: 9 }, scene()), RangeError, "size");
  structuredClone(data.buffer, { transfer: [data.buffer] });
  assertThrows(() => kgetProcInfo(3, 100, data, { value: 0 }, scene()), TypeError, "data");
});

test("kgetProcInfo() throws what the contract has no name for", () => {
  const broken = scene(() => -ERRNO.EMFILE);
  const error = assertThrows(
    () => kgetProcInfo(VALIDATE_PID, 100, null, null, scene(() => -ERRNO.ENOTSUP)),
    ProcInfoError,
  );
  assertEquals(error.code, "ENOTSUP");
  assertThrows(() => kgetProcInfo(GET_PGRP, 100, null, { value: 0 }, broken), ProcInfoError);
});

test("getProcessGroup() meets a group that grows between its calls", () => {
  let extra = 0;
  const growing = scene(({ callnum, flavor }, buffer) => {
    if (callnum !== LISTPIDS || flavor !== 100) return undefined;
    if (buffer === null) return 400;
    extra += extra < 6 ? 2 : 0;
    return writePids([100, ...Array.from({ length: extra }, (_, i) => 500 + i)], buffer);
  });
  assertEquals(getProcessGroup(100, growing), [100, 500, 501, 502, 503, 504, 505]);
});

test("getProcessGroup(), getProcessGroupByMember() and procEntry() throw a KerrnoError", () => {
  assertEquals(getProcessGroupByMember(101, scene()), [102, 101, 100]);
  assertEquals(procEntry(101, scene()).pi_pid, 101);
  const failing: [() => unknown, string, number][] = [
    [() => getProcessGroup(999, scene()), "ESRCH_INVALID_PID", 3],
    [() => getProcessGroupByMember(999, scene()), "ESRCH_INVALID_PID", 3],
    [() => procEntry(999, scene()), "ESRCH_INVALID_PID", 3],
    [() => procEntry(200, scene()), "EPERM_INSUFFICIENT_PRIVS", 1],
  ];
  for (const [call, code, errno] of failing) {
    const error = assertThrows(call, KerrnoError, code);
    assertEquals([error.code, error.errno], [code, errno]);
  }
  assertThrows(() => procEntry(-1, scene()), RangeError, "pid");
  assertThrows(() => getProcessGroup(1.5, scene()), RangeError, "pgid");
});

test("every error has a number of its own that carries its errno", () => {
  const errors = {
    EINVAL_NULL_SIZE,
    EINVAL_NULL_DATA,
    ESRCH_INVALID_PID,
    ERANGE_INSUFFICIENT_SIZE,
    EPERM_INSUFFICIENT_PRIVS,
    EINVAL_INVALID_COMMAND,
  };
  assertEquals(new Set(Object.values(errors)).size, 6);
  for (const [name, kerrno] of Object.entries(errors)) {
    assertEquals(kerrnoName(kerrno), name);
    assertEquals(kerrnoToErrno(kerrno), ERRNO[name.split("_")[0] as keyof typeof ERRNO]);
  }
  assertEquals([kerrnoName(0), kerrnoToErrno(0)], ["0", 0]);
  assertThrows(() => kerrnoName(7), RangeError, "7");
});
