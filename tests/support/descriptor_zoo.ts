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

/** Processes that have descriptors of every kind, in every kind of namespace. */
export interface Zoo extends AsyncDisposable {
  /** All of them, in ascending order. The first has nothing but sockets that listen. */
  readonly pids: readonly number[];
  /** Those that hold both ends of something. */
  readonly ends: readonly number[];
}

/** So many sockets are more than are queried one by one. */
const MANY = 16;

/** Starts them, and waits until they have everything. */
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

/** Starts a program that takes a folder; `mounts` lets it make mounts of its own. */
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
 * What a scan reads of processes, and which of them it does not read to the end; or the negated errno of a
 * shortage, which ends it.
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

/** The descriptors of which two readings differ, as both have them. */
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

/** A descriptor without what the traffic of others changes: raw sockets and those of packets see all of it. */
function atRest(descriptor: Descriptor): Descriptor {
  const { socket } = descriptor;
  if (socket?.type !== "raw" && socket?.family !== "packet") return descriptor;
  return { ...descriptor, socket: { ...socket, receiveQueueBytes: 0 } };
}

/** A value whose members are in the order of their names. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([name, of]) => [name, sorted(of)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => a < b ? -1 : 1));
}
