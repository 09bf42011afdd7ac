import { assert, assertEquals, assertThrows } from "@std/assert";
import process from "node:process";
import { ERRNO } from "../../lib/system/errors.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import {
  type KernelCall,
  recordKernel,
  replayKernel,
  scriptedKernel,
} from "../../lib/testing/mod.ts";
import { doubleTest as test, openDouble } from "../support/double.ts";

/** Makes a call with a buffer full of `fill`; returns the result and the buffer. */
function make(kernel: Kernel, call: KernelCall, fill: number): [number, Uint8Array | null] {
  const { callnum, pid, flavor, arg, size, flags, extId } = call;
  const buffer = size === null ? null : new Uint8Array(size).fill(fill);
  const result = flags === undefined
    ? kernel.procInfo(callnum, pid, flavor, arg, buffer)
    : kernel.procInfoExtendedId(callnum, pid, flavor, flags, extId!, arg, buffer);
  return [result, buffer];
}

/** Returns calls with every callnum and flavor without side effects, in buffers of many sizes. */
function everyCall(pid: number): KernelCall[] {
  const calls: KernelCall[] = [];
  const harmless: [number, number[]][] = [
    [1, [0, 1, 501]],
    [2, Array.from({ length: 36 }, (_, i) => i)],
    [3, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]],
    [4, [0]],
    [6, [2, 3, 5, 6]],
    [8, [3]],
    [9, [0, 1, 2, 3, 4, 5, 6, 7]],
    [10, [1, 2, 3]],
    [11, [0, 1]],
    [12, [0]],
    [13, [0, 1, 2]],
    [14, [1]],
    [99, [0]],
  ];
  for (const [callnum, flavors] of harmless) {
    for (const flavor of flavors) {
      for (const size of [null, 0, 4, 7, 8, 136, 464, 4096, 5000]) {
        const first = callnum === 1 || callnum === 11 ? 1 : pid;
        const call = { callnum, pid: first, flavor, arg: 0n, size };
        calls.push(call);
        if (callnum === 2) calls.push({ ...call, flags: 2, extId: 1n << 60n });
      }
    }
  }
  return calls;
}

/** Records every call, and replays it into buffers with other contents. */
function checkRoundTrip(kernel: Kernel, pid: number): void {
  const calls = everyCall(pid);
  const recorder = recordKernel(kernel);
  const recorded = calls.map((call) => make(recorder, call, 0));
  assertEquals(recorder.records.map(({ call }) => call), calls);
  const replay = replayKernel(recorder.toJsonLines());
  calls.forEach((call, i) => assertEquals(make(replay, call, 0), recorded[i]));

  const again = replayKernel(recorder.toJsonLines());
  recorder.records.forEach(({ call, result, written }) => {
    const expected = call.size === null ? null : new Uint8Array(call.size).fill(0x77);
    expected?.set(written);
    assertEquals(make(again, call, 0x77), [result, expected]);
  });
}

test("recordKernel() to replayKernel() gives every answer of the double, byte for byte", () => {
  const { kernel, control, system } = openDouble();
  control.double_add_many(40);
  checkRoundTrip(kernel, system.pid());
});

test("recordKernel() to replayKernel() gives every answer of this host's kernel, byte for byte", () => {
  checkRoundTrip(defaultSystem().kernel, process.pid);
});

test("recordKernel() changes nothing for the caller: buffers are as without it", () => {
  const { kernel, system } = openDouble();
  for (const call of everyCall(system.pid())) {
    for (const fill of [0, 0x77, 0xff]) {
      assertEquals(make(recordKernel(kernel), call, fill), make(kernel, call, fill));
    }
  }
});

test("recordKernel() keeps what was written also where the buffer held the same before", () => {
  const answer = Uint8Array.of(1, 2, 0, 0, 5, 0, 0, 0);
  const recorder = recordKernel(scriptedKernel(answer));
  const buffer = new Uint8Array(12);
  buffer.set(answer);
  recorder.procInfo(2, 42, 3, 0n, buffer);
  const fresh = new Uint8Array(12).fill(9);
  replayKernel(recorder.toJsonLines()).procInfo(2, 42, 3, 0n, fresh);
  assertEquals(fresh, Uint8Array.of(1, 2, 0, 0, 5, 0, 0, 0, 9, 9, 9, 9));
});

test("recordKernel() finds where an answer ends, whatever its last bytes are", () => {
  for (let last = 0; last < 256; last++) {
    for (const length of [1, 7, 8, 33]) {
      const answer = new Uint8Array(length).fill(last);
      const recorder = recordKernel(scriptedKernel(answer));
      recorder.procInfo(2, 42, 3, 0n, new Uint8Array(40));
      if (length > 1) assertEquals(recorder.records[0]?.written, answer);
    }
  }
});

test("recordKernel() finds where an answer ends whose call returns no bytes, whatever its last are", () => {
  const rows = [[9, 0, 96, 0], [9, 6, 464, 0], [14, 1, 8, 0], [2, 29, 112, 5], [3, 9, 104, 1]];
  for (const [callnum = 0, flavor = 0, length = 0, result = 0] of rows) {
    for (let last = 0; last < 256; last++) {
      const answer = new Uint8Array(length).fill(last);
      const recorder = recordKernel(scriptedKernel((_, buffer) => {
        buffer!.set(answer);
        return result;
      }));
      const buffer = new Uint8Array(length);
      recorder.procInfo(callnum, 42, flavor, 0n, buffer);
      assertEquals([recorder.records[0]?.written, buffer], [answer, answer]);
    }
  }
});

test("recordKernel() records that nothing was written", () => {
  const recorder = recordKernel(scriptedKernel(-ERRNO.ESRCH));
  recorder.procInfo(2, 42, 3, 0n, new Uint8Array(8).fill(1));
  assertEquals(recorder.toJsonLines(), '{"callnum":2,"pid":42,"flavor":3,"size":8,"result":-3}\n');
});

test("recordKernel() hands on the caller's own bytes where the call reads them", () => {
  const read: number[] = [];
  const inner = scriptedKernel((_, buffer) => {
    read.push(buffer![0]!);
    return 0;
  });
  const recorder = recordKernel(inner);
  const calls = [[5, 2], [14, 2], [2, 24], [17, 9], [0x7fff, 0]];
  for (const [callnum, flavor] of calls) {
    recorder.procInfo(callnum!, 42, flavor!, 0n, Uint8Array.of(77, 1));
  }
  assertEquals(read, calls.map(() => 77));
  assert(recorder.records.every(({ written }) => written.length === 0));
});

test("recordKernel() keeps every bit of the wide numbers, and leaves out the zeros", () => {
  const most = (1n << 64n) - 1n;
  const recorder = recordKernel(scriptedKernel(new Uint8Array(1000).fill(7, 0, 2)));
  recorder.procInfoExtendedId(2, 42, 3, 2, most, most - 1n, new Uint8Array(2000));
  const line = recorder.toJsonLines();
  assertEquals(JSON.parse(line), {
    callnum: 2,
    pid: 42,
    flavor: 3,
    arg: `${most - 1n}`,
    flags: 2,
    extId: `${most}`,
    size: 2000,
    result: 1000,
    written: 1000,
    bytes: "Bwc=",
  });
  const buffer = new Uint8Array(2000).fill(1);
  const replay = replayKernel(line);
  assertEquals(replay.procInfoExtendedId(2, 42, 3, 2, most, most - 1n, buffer), 1000);
  assertEquals([buffer[1], buffer[2], buffer[999], buffer[1000]], [7, 0, 0, 1]);
});

test("replayKernel() gives the answers to equal calls in their order, and the last one again", () => {
  let pids = 0;
  const recorder = recordKernel(scriptedKernel(() => ++pids));
  for (let i = 0; i < 3; i++) recorder.procInfo(1, 1, 0, 0n, null);
  recorder.procInfo(1, 4, 0, 0n, null);
  const replay = replayKernel(recorder.toJsonLines());
  const answers = [1, 4, 1, 1, 1, 4].map((type) => replay.procInfo(1, type, 0, 0n, null));
  assertEquals(answers, [1, 4, 2, 3, 3, 4]);
});

test("replayKernel() throws an error that names a call that was not recorded", () => {
  const recorder = recordKernel(scriptedKernel(0));
  recorder.procInfo(2, 42, 3, 9n, new Uint8Array(136));
  const replay = replayKernel(recorder.toJsonLines());
  const others: [() => number, string][] = [
    [() => replay.procInfo(3, 42, 3, 9n, new Uint8Array(136)), "procInfo(3, 42, 3, 9n, 136 bytes)"],
    [() => replay.procInfo(2, 42, 3, 8n, new Uint8Array(136)), "procInfo(2, 42, 3, 8n, 136 bytes)"],
    [() => replay.procInfo(2, 42, 3, 9n, new Uint8Array(64)), "procInfo(2, 42, 3, 9n, 64 bytes)"],
    [() => replay.procInfo(2, 42, 3, 9n, null), "procInfo(2, 42, 3, 9n, null)"],
    [
      () => replay.procInfoExtendedId(2, 42, 3, 1, 5n, 9n, new Uint8Array(136)),
      "procInfoExtendedId(2, 42, 3, 1, 5n, 9n, 136 bytes)",
    ],
  ];
  for (const [run, name] of others) assertThrows(run, Error, name);
});

test("replayKernel() reads recordings behind one another, and none", () => {
  const line = '{"callnum":2,"pid":1,"flavor":3,"result":5}\n';
  assertEquals(replayKernel(`${line}\r\n\n${line}`).procInfo(2, 1, 3, 0n, null), 5);
  assertThrows(() => replayKernel("").procInfo(2, 1, 3, 0n, null), Error, "recorded");
});

test("replayKernel() refuses a broken recording and names the line", () => {
  const good = '{"callnum":2,"pid":1,"flavor":3,"size":8,"result":5}';
  const broken = [
    "{",
    "[]",
    "null",
    "7",
    good.replace('"pid":1,', ""),
    good.replace("5", '"5"'),
    good.replace("5", "1.5"),
    good.replace("5", "1e99"),
    good.replace('"size":8', '"size":-1'),
    good.replace('"size":8', '"size":8,"arg":7'),
    good.replace('"size":8', '"size":8,"arg":"-7"'),
    good.replace('"size":8', '"size":8,"arg":"18446744073709551616"'),
    good.replace('"size":8', '"size":8,"flags":1'),
    good.replace('"size":8', '"size":8,"extId":"1"'),
    good.replace('"size":8', '"size":8,"written":9'),
    good.replace('"size":8', '"written":1'),
    good.replace('"size":8', '"size":8,"bytes":"AAAA"'),
    good.replace('"size":8', '"size":8,"written":4,"bytes":"AAA"'),
    good.replace('"size":8', '"size":8,"written":4,"bytes":"A*AA"'),
    good.replace('"size":8', '"size":8,"written":4,"bytes":7'),
    good.replace('"size":8', '"size":8,"more":1'),
    good.slice(0, -3),
  ];
  for (const line of broken) {
    assertThrows(() => replayKernel(`${good}\n\n${line}\n${good}\n`), SyntaxError, "line 3");
  }
});
