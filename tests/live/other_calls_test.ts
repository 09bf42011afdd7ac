import { assertEquals } from "@std/assert";
import process from "node:process";
import { after, before, test } from "node:test";
import {
  PROC_FGHW_ERROR,
  PROC_INFO_CALL_CANUSEFGHW,
  PROC_INFO_CALL_DIRTYCONTROL,
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

const { EINVAL, ENOTSUP, EPERM, ESRCH } = ERRNO;
const NOBODY = 0x7fffffff;
const ask = (callnum: number, pid: number, flavor: number, size: number | null, arg = 0n) =>
  defaultSystem().kernel.procInfo(
    callnum,
    pid,
    flavor,
    arg,
    size === null ? null : new Uint8Array(size),
  );
/** Makes the calls without privileges. A row has a callnum, a pid and a flavor. */
const askAsNobody = (calls: readonly (readonly number[])[]) =>
  runWrapped(
    AS_NOBODY,
    `import { defaultSystem } from "./lib/system/open.ts";
     import process from "node:process";
     const ask = ([callnum, pid, flavor]) =>
       defaultSystem().kernel.procInfo(callnum, pid < 0 ? process.pid : pid, flavor, 1n, new Uint8Array(64));
     console.log(JSON.stringify(${JSON.stringify(calls)}.map(ask)));`,
  );

test("DIRTYCONTROL reports every process, zombies too, as not tracked", { skip }, () => {
  const get = (pid: number) => ask(PROC_INFO_CALL_DIRTYCONTROL, pid, 3, null);
  for (const pid of [process.pid, 1, ...["plain", "zombie", "leaderless"].map(cast.pid)]) {
    assertEquals(get(pid), 0, `${pid}`);
  }
  for (const pid of [NOBODY, -1]) assertEquals(get(pid), -ESRCH);
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
