import { assertEquals } from "@std/assert";
import process from "node:process";
import { after, before, test } from "node:test";
import {
  PROC_FGHW_ERROR,
  PROC_INFO_CALL_CANUSEFGHW,
  PROC_INFO_CALL_DIRTYCONTROL,
  PROC_INFO_CALL_PIDDYNKQUEUEINFO,
  PROC_INFO_CALL_PIDORIGINATORINFO,
  PROC_INFO_CALL_SET_DYLD_IMAGES,
} from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { type Cast, startCast } from "../support/cast.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = !linux ? "needs Linux" : !root ? "needs root, to change users" : false;

let cast: Cast;
before(async () => {
  if (skip === false) cast = await startCast();
});
after(() => cast?.[Symbol.asyncDispose]());

const { EFAULT, EINVAL, ENOBUFS, ENOMEM, ENOTSUP, EPERM, ESRCH } = ERRNO;
const NOBODY = 0x7fffffff;
const ask = (callnum: number, pid: number, flavor: number, size: number | null, arg = 0n) =>
  defaultSystem().kernel.procInfo(
    callnum,
    pid,
    flavor,
    arg,
    size === null ? null : new Uint8Array(size),
  );
/** The same calls without privilege: rows of callnum, pid, flavor. */
const askAsNobody = (calls: readonly (readonly number[])[]) =>
  runWrapped(
    AS_NOBODY,
    `import { defaultSystem } from "./lib/system/open.ts";
     import process from "node:process";
     const ask = ([callnum, pid, flavor]) =>
       defaultSystem().kernel.procInfo(callnum, pid < 0 ? process.pid : pid, flavor, 1n, new Uint8Array(64));
     console.log(JSON.stringify(${JSON.stringify(calls)}.map(ask)));`,
  );

test("DIRTYCONTROL says of every process, zombies too, that it is not tracked", { skip }, () => {
  const get = (pid: number) => ask(PROC_INFO_CALL_DIRTYCONTROL, pid, 3, null);
  for (const pid of [process.pid, 1, ...["plain", "zombie", "leaderless"].map(cast.pid)]) {
    assertEquals(get(pid), 0, `${pid}`);
  }
  for (const pid of [NOBODY, -1]) assertEquals(get(pid), -ESRCH);
});

test("DIRTYCONTROL tracks nobody, and checks as XNU does before it says so", { skip }, () => {
  for (const flavor of [1, 2, 4]) {
    assertEquals(ask(PROC_INFO_CALL_DIRTYCONTROL, process.pid, flavor, null, 1n), -ENOTSUP);
    assertEquals(ask(PROC_INFO_CALL_DIRTYCONTROL, cast.pid("zombie"), flavor, null, 1n), -ESRCH);
    assertEquals(ask(PROC_INFO_CALL_DIRTYCONTROL, NOBODY, flavor, null, 1n), -ESRCH);
  }
  // XNU does nothing for a flavor that it does not know, and says that it went well.
  assertEquals(ask(PROC_INFO_CALL_DIRTYCONTROL, 1, 99, null), 0);
  assertEquals(
    askAsNobody([[8, 1, 1], [8, 1, 2], [8, 1, 3], [8, 1, 4], [8, -1, 1], [8, -1, 2]]),
    [-EPERM, -EPERM, 0, -EPERM, -ENOTSUP, -ENOTSUP],
  );
});

test("CANUSEFGHW checks as XNU does, and writes a reason on failures too", { skip }, () => {
  const answers = [0, -1, NOBODY, cast.pid("zombie"), 1, process.pid].map((pid) => {
    const bytes = new Uint8Array(8).fill(0xee);
    const answer = defaultSystem().kernel.procInfo(PROC_INFO_CALL_CANUSEFGHW, pid, 0, 0n, bytes);
    assertEquals([...bytes], [PROC_FGHW_ERROR, 0, 0, 0, 0xee, 0xee, 0xee, 0xee]);
    assertEquals(ask(PROC_INFO_CALL_CANUSEFGHW, pid, 0, null), answer);
    return answer;
  });
  assertEquals(answers, [-EINVAL, -EINVAL, -ESRCH, -ESRCH, -ENOTSUP, -ENOTSUP]);
  const short = new Uint8Array(3);
  defaultSystem().kernel.procInfo(PROC_INFO_CALL_CANUSEFGHW, 1, 0, 0n, short);
  assertEquals([...short], [0, 0, 0]);
  assertEquals(askAsNobody([[12, 1, 0], [12, -1, 0], [12, NOBODY, 0]]), [-EPERM, -ENOTSUP, -ESRCH]);
});

test("PIDORIGINATORINFO checks as XNU does: flavor, size, who", { skip }, () => {
  const call = PROC_INFO_CALL_PIDORIGINATORINFO;
  assertEquals([ask(call, 1, 0, 64), ask(call, 1, 4, 64)], [-EINVAL, -EINVAL]);
  for (const [flavor, size] of [[1, 16], [2, 4], [3, 48]] as const) {
    assertEquals(ask(call, 1, flavor, size - 1), -ENOMEM);
    assertEquals(ask(call, process.pid, flavor, null), -ENOMEM);
    assertEquals(ask(call, 1, flavor, size), -EINVAL);
    assertEquals(ask(call, process.pid, flavor, size), -ENOTSUP);
    assertEquals(ask(call, 0, flavor, size), -ENOTSUP);
  }
});

test("PIDDYNKQUEUEINFO checks as XNU does, and finds no kqueue", { skip }, () => {
  const call = PROC_INFO_CALL_PIDDYNKQUEUEINFO;
  const plain = cast.pid("plain");
  assertEquals(ask(call, NOBODY, 9, null), -EFAULT);
  assertEquals([ask(call, NOBODY, 9, 0), ask(call, -1, 0, 208)], [-ESRCH, -ESRCH]);
  assertEquals(ask(call, cast.pid("zombie"), 0, 208), -ESRCH);
  assertEquals([ask(call, plain, 2, 0), ask(call, plain, -1, 208)], [-ENOTSUP, -ENOTSUP]);
  assertEquals([ask(call, plain, 0, 143), ask(call, plain, 0, 144)], [-ENOBUFS, -ESRCH]);
  assertEquals([ask(call, plain, 1, 0), ask(call, plain, 1, 104)], [-ESRCH, -ESRCH]);
});

test("SET_DYLD_IMAGES checks as XNU does", { skip }, () => {
  const call = PROC_INFO_CALL_SET_DYLD_IMAGES;
  assertEquals([ask(call, 1, 0, 16), ask(call, -3, 0, 16)], [-EINVAL, -EINVAL]);
  assertEquals([ask(call, process.pid, 0, null), ask(call, process.pid, 0, 16)], [
    -EINVAL,
    -ENOTSUP,
  ]);
});

test("a callnum that XNU does not have is EINVAL", { skip }, () => {
  for (const callnum of [0, -1, 21, 99]) assertEquals(ask(callnum, process.pid, 3, 136), -EINVAL);
});
