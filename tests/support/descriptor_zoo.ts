import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { Descriptor } from "../../lib/process/descriptors.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import type { DescriptorScan } from "../../lib/system/facts.ts";
import { compileProgram } from "./compile.ts";
import { startHolder, startListener, startTransports } from "./descriptors.ts";
import { startEnds } from "./ends.ts";
import { type Speaker, startSpeaker, stateOf, until } from "./lines.ts";

/** Processes with descriptors of every kind, in every kind of namespace. */
export interface Zoo extends AsyncDisposable {
  /** All pids, in ascending order. The first process has only listening sockets. */
  readonly pids: readonly number[];
  /** The pids of the processes of `ends.py`, which hold both ends of each connection. */
  readonly ends: readonly number[];
}

/** A number of sockets for which the library reads all sockets at once, not one by one. */
const MANY = 16;

/** Starts the processes, and waits until they have opened everything. */
export async function startZoo(): Promise<Zoo> {
  await using stack = new AsyncDisposableStack();
  const root = process.getuid?.() === 0;
  const many = stack.use(await startListener(MANY));
  const pids = [many.pid];
  const ends = stack.use(await startEnds());
  pids.push(...ends.pids);
  for (const place of root ? [{}, { net: true }] : [{}]) {
    pids.push(stack.use(await startHolder(place)).pid, stack.use(await startTransports(place)).pid);
    const nooks = fileURLToPath(new URL("nooks.py", import.meta.url));
    const speaker = speaking(stack, ["python3", nooks], root && "net" in place);
    while (await speaker.next() !== "ready");
    pids.push(speaker.pid);
  }
  const program = compileProgram(["leaderless.c"], "leaderless");
  const leaderless = speaking(stack, [program], false);
  await leaderless.ask("leaderless");
  await leaderless.next();
  await leaderless.next();
  await until("the first thread has ended", () => stateOf(leaderless.pid) === "Z");
  pids.push(leaderless.pid);
  const moved = stack.move();
  return {
    pids: pids.sort((a, b) => a - b),
    ends: ends.pids,
    [Symbol.asyncDispose]: () => moved.disposeAsync(),
  };
}

/** Starts a program with the path of a folder, and with the argument `mounts` if it may mount. */
function speaking(
  stack: AsyncDisposableStack,
  [file, ...args]: readonly [string, ...string[]],
  mounts: boolean,
): Speaker {
  const folder = mkdtempSync(`${tmpdir()}/libproc-nooks-`);
  stack.defer(() => rmSync(folder, { recursive: true }));
  const words = [...args, folder, ...(mounts ? ["mounts"] : [])];
  return stack.use(startSpeaker([file, ...words]));
}

/**
 * Reads processes with a scan. Returns their descriptors and the processes that it cannot read
 * completely, or `-EMFILE` if this process cannot open more descriptors.
 */
export function places(
  scan: DescriptorScan,
  pids: readonly number[],
): number | { readonly places: readonly string[]; readonly lost: readonly number[] } {
  const places: string[] = [], lost: number[] = [];
  for (const pid of pids) {
    let answer = scan.begin(pid);
    const start = places.length;
    while (answer >= 0 && (answer = scan.next()) > 0) {
      const error = scan.read();
      if (error === -ERRNO.EMFILE) return error;
      if (error === -ERRNO.ESRCH) answer = error;
      else if (error !== -ERRNO.EBADF) places.push(`${pid}:${scan.fd}`);
    }
    if (answer === -ERRNO.EMFILE) return answer;
    if (answer < 0) lost.push(pid);
    if (answer < 0) places.length = start;
  }
  return { places, lost };
}

/** Returns the pairs of descriptors that differ between two readings. */
export function differing(
  found: readonly Descriptor[],
  expected: readonly Descriptor[],
): (readonly [string | undefined, string | undefined])[] {
  const shown = (descriptors: readonly Descriptor[]) =>
    new Map(
      descriptors.map((one) => [`${one.pid}:${one.fd}`, JSON.stringify(sorted(atRest(one)))]),
    );
  const [a, b] = [shown(found), shown(expected)];
  return [...new Set([...a.keys(), ...b.keys()])]
    .filter((place) => a.get(place) !== b.get(place))
    .map((place) => [a.get(place), b.get(place)] as const);
}

/** Removes the queue size of a raw or packet socket, which changes with the traffic of the host. */
function atRest(descriptor: Descriptor): Descriptor {
  const { socket } = descriptor;
  if (socket?.type !== "raw" && socket?.family !== "packet") return descriptor;
  return { ...descriptor, socket: { ...socket, receiveQueueBytes: 0 } };
}

/** Returns a copy of a value with its members sorted by name. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, of]) => [name, sorted(of)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => a < b ? -1 : 1));
}
