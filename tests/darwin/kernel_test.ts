import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  getPidsForPpid,
  getPidsForTty,
  listPids,
  procInfo,
  type ProcInfoError,
  SystemCallError,
} from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { doubleTest as test, NODEV, openDouble } from "../support/double.ts";
import { named } from "../support/double_names.ts";

const CONTROLT = named("DOUBLE_CONTROLT"), TRACED = named("DOUBLE_TRACED");
const SHADOW = named("DOUBLE_SHADOW");
const LISTPIDS = 1;
const PIDRUSAGE = 9;

/** Opens a table with one process for each filter to find. */
function openScene() {
  const double = openDouble();
  const { control, set } = double;
  for (const pid of listPids(1, 0, double)) if (pid > 1) control.double_remove(pid);
  control.double_add(100, 1, 100, 0x10000003, 501, 501, CONTROLT);
  control.double_add(101, 100, 100, 0x10000003, 0, 501, CONTROLT);
  control.double_add(102, 100, 102, NODEV, 502, 502, 0);
  control.double_add(103, 1, 103, NODEV, 502, 0, TRACED);
  set(103, "OPPID", 100n);
  control.double_add(104, 100, 104, NODEV, 503, 503, SHADOW);
  control.double_add(105, 100, 100, 0x10000003, 501, 501, CONTROLT);
  control.double_zombie(105);
  return double;
}

const list = (type: number, info: number, scene = openScene()) => [
  ...listPids(type, info, scene),
];

test("darwinKernel() lists by every type as XNU does: newest first, 0 last of the living, then zombies", () => {
  assertEquals(list(1, 0), [103, 102, 101, 100, 1, 0, 105]);
  assertEquals(list(2, 100), [101, 100, 105]);
  assertEquals(list(3, 0x10000003), [101, 100, 105]);
  assertEquals(list(4, 502), [103, 102]);
  assertEquals(list(5, 501), [101, 100, 105]);
  assertEquals(list(7, 0), []);
  assertEquals(list(99, 0), []);
});

test("getPidsForPpid() lists a traced child under the parent it had and the one it has", () => {
  const { system } = openScene();
  assertEquals(getPidsForPpid(100, { system }), [103, 102, 101, 105]);
  assert(getPidsForPpid(1, { system }).includes(103));
});

test("procInfo() with a null buffer gives XNU's estimate, and C sees NULL and size 0", () => {
  const { system, control, last } = openScene();
  const size = procInfo(LISTPIDS, 1, 0, 0n, null, undefined, { system });
  assertEquals(size, (control.double_count() + 20) * 4);
  assertEquals(last(), {
    callnum: 1,
    pid: 1,
    flavor: 0,
    arg: 0n,
    buffer: 0n,
    size: 0,
    flags: 0,
    extId: 0n,
  });
});

test("procInfo() hands C the address and the length of exactly the view", () => {
  const { system, control, last } = openScene();
  const memory = new Uint8Array(new ArrayBuffer(256));
  const start = control.double_address(memory);
  const views: [ArrayBufferView, number, number][] = [
    [memory, 0, 256],
    [memory.subarray(13, 113), 13, 100],
    [new Int32Array(memory.buffer, 8, 5), 8, 20],
    [new DataView(memory.buffer, 33, 7), 33, 7],
    [new Float64Array(memory.buffer, 64), 64, 192],
  ];
  for (const [view, offset, length] of views) {
    procInfo(LISTPIDS, 1, 0, 0n, view, undefined, { system });
    assertEquals([last().buffer - start, last().size], [BigInt(offset), length]);
    procInfo(LISTPIDS, 1, 0, 0n, view, 4, { system });
    assertEquals([last().buffer - start, last().size], [BigInt(offset), 4]);
  }
});

test("procInfo() with an empty buffer does not query the size", () => {
  const { system, last } = openScene();
  for (
    const empty of [
      new Uint8Array(0),
      new Uint8Array(8).subarray(8),
      new DataView(new ArrayBuffer(0)),
    ]
  ) {
    assertEquals(
      errnoOf(() => procInfo(LISTPIDS, 1, 0, 0n, empty, undefined, { system })),
      ERRNO.ENOMEM,
    );
    assert(last().buffer !== 0n);
    assertEquals(last().size, 0);
  }
});

test("procInfo() hands C every argument whole", () => {
  const { system, last } = openScene();
  const arg = 0xfedc_ba98_7654_3210n;
  errnoOf(() => procInfo(0x7fffffff, -2147483648, 0xfffffffe, arg, null, 0, { system }));
  const { callnum, pid, flavor, arg: seen } = last();
  assertEquals([callnum, pid, flavor, seen], [0x7fffffff, -2147483648, -2, arg]);
});

test("listPids() loses nothing when the table grows between the two calls", () => {
  for (const born of [19, 20, 21, 500]) {
    const { system, control } = openScene();
    control.double_grow(born);
    assertEquals(listPids(1, 0, { system }).length, 7 + born);
  }
});

test("listPids() ends when the table grows with every call", () => {
  const { system, control } = openScene();
  control.double_grow_each(25);
  const pids = listPids(1, 0, { system });
  assert(pids.includes(0) && pids.includes(105));
});

test("darwinKernel() writes nothing outside the buffer, whatever its size", () => {
  const { kernel } = openScene();
  for (let size = 4; size < 40; size++) {
    const memory = new Uint8Array(96).fill(0xc5);
    const buffer = memory.subarray(24, 24 + size);
    const written = kernel.procInfo(LISTPIDS, 1, 0, 0n, buffer);
    assertEquals(written, Math.min(7, Math.floor(size / 4)) * 4);
    assert(memory.subarray(0, 24).every((byte) => byte === 0xc5));
    assert(memory.subarray(24 + written).every((byte) => byte === 0xc5));
  }
});

test("darwinKernel() refuses PIDRUSAGE a buffer that its flavor would overrun", () => {
  const { kernel, control } = openScene();
  const own = 100;
  control.double_caller(own, 0, 0);
  const sizes = [96, 144, 160, 232, 296, 304, 464];
  sizes.forEach((size, flavor) => {
    const memory = new Uint8Array(1024).fill(0xc5);
    const calls = control.double_calls(PIDRUSAGE);
    const short = memory.subarray(0, size - 1);
    assertEquals(kernel.procInfo(PIDRUSAGE, own, flavor, 0n, short), -ERRNO.ENOMEM);
    assertEquals(kernel.procInfo(PIDRUSAGE, own, flavor, 0n, new Uint8Array(0)), -ERRNO.ENOMEM);
    assertEquals(control.double_calls(PIDRUSAGE), calls);
    assert(memory.every((byte) => byte === 0xc5));
    assertEquals(kernel.procInfo(PIDRUSAGE, own, flavor, 0n, memory.subarray(0, size)), 0);
    assert(memory.subarray(0, size).some((byte) => byte !== 0xc5));
    assert(memory.subarray(size).every((byte) => byte === 0xc5));
  });
  assertEquals(kernel.procInfo(PIDRUSAGE, own, 7, 0n, new Uint8Array(8)), -ERRNO.EINVAL);
  assertEquals(kernel.procInfo(PIDRUSAGE, own, 0, 0n, null), -ERRNO.EFAULT);
});

test("darwinKernel() answers every errno, negated, and once for each failure", () => {
  const { kernel, control } = openScene();
  for (let errno = 1; errno <= 106; errno++) {
    control.double_fail(LISTPIDS, 1, errno);
    assertEquals(kernel.procInfo(LISTPIDS, 1, 0, 0n, new Uint8Array(64)), -errno);
    assertEquals(kernel.procInfo(LISTPIDS, 1, 0, 0n, new Uint8Array(64)), 28);
  }
});

test("darwinKernel() passes flags and id to the extended call, and knows where there is none", () => {
  const { kernel, last, option } = openScene();
  const buffer = new Uint8Array(64);
  assertEquals(kernel.procInfoExtendedId(LISTPIDS, 2, 100, 1, 77n, 5n, buffer), 12);
  const seen = last();
  assertEquals([seen.callnum, seen.pid, seen.flavor, seen.flags, seen.extId, seen.arg, seen.size], [
    1,
    2,
    100,
    1,
    77n,
    5n,
    64,
  ]);
  assertEquals(kernel.procInfoExtendedId(2, 1, 13, 3, 0n, 0n, buffer), -ERRNO.EINVAL);
  assertEquals(kernel.procInfoExtendedId(2, 1, 13, 1, 999n, 0n, buffer), -ERRNO.ESRCH);
  const small = new Uint8Array(8);
  assertEquals(kernel.procInfoExtendedId(PIDRUSAGE, 1, 0, 0, 0n, 0n, small), -ERRNO.ENOMEM);
  option("NO_EXTENDED", 1n);
  assertEquals(kernel.procInfoExtendedId(LISTPIDS, 1, 0, 0, 0n, 0n, buffer), -ERRNO.ENOSYS);
});

test("darwinSystem() finds the device of a terminal, and reports what is wrong with a path", () => {
  const { system } = openScene();
  assertEquals(system.terminal("/dev/null"), 0x01000003);
  const refused = [["/", "ENOTTY", "isatty"], ["/dev/no-such-terminal", "ENOENT", "stat"]] as const;
  for (const [path, code, syscall] of refused) {
    const error = assertThrows(() => system.terminal(path), SystemCallError, `"${path}"`);
    assertEquals([error.code, error.syscall], [code, syscall]);
  }
  assertEquals(getPidsForTty("/dev/null", { system }), []);
});

function errnoOf(call: () => unknown): number | undefined {
  try {
    call();
  } catch (error) {
    return (error as ProcInfoError).errno;
  }
  return undefined;
}

test("darwinKernel() leaves the data of an exit reason behind the struct, and nothing behind that", () => {
  const { kernel, control, blob } = openScene();
  control.double_zombie(100);
  control.double_caller(1, 0, 0);
  const reason = new TextEncoder().encode("a long reason");
  blob("EXIT_REASON", 100, 0n, reason);
  for (const size of [32 + reason.length, 200, 100_000]) {
    const buffer = new Uint8Array(size).fill(0xc5);
    // An address that the caller wrote is never followed.
    new DataView(buffer.buffer).setBigUint64(24, 0xdeadbeefn, true);
    assertEquals(kernel.procInfo(2, 100, 24, 0n, buffer), 32);
    assertEquals(buffer.subarray(32, 32 + reason.length), reason);
    assert(buffer.subarray(32 + reason.length).every((byte) => byte === 0xc5));
  }
  const short = new Uint8Array(32 + reason.length - 1).fill(0xc5);
  assertEquals(kernel.procInfo(2, 100, 24, 0n, short), -ERRNO.ENOMEM);
  assert(short.every((byte) => byte === 0xc5));
});
