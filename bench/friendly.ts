/**
 * Measures what programs ask instead of packages of npm, in the runtime that this program runs in.
 *
 * Reads requests from standard input, `OPERATION PID MILLISECONDS` a line. To each it repeats the
 * operation for so long and answers with one line: the nanoseconds of the shortest run, then a row for
 * each thing that the last run found. Ends when the input does. npm.mjs does the same with packages of
 * npm.
 *
 * The operations, and their rows:
 *
 * - `processes`: all processes, with all that ps-list tells of them: `PID:PPID:UID`, and of children of
 *   PID, which are idle, `:PATH:ARGUMENTS` as `ps` writes them, in hexadecimal digits.
 * - `listening_ports`: who listens, of which the rows are those of PID: `PID:PORT`.
 * - `children`: the processes below PID: `PID`.
 * - `tree`: the same, from `processTree()`.
 *
 * @module
 */
import process from "node:process";
import { createInterface } from "node:readline";
import {
  listeningPorts,
  openProcess,
  processes,
  type ProcessNode,
  type ProcessRow,
  processTree,
} from "../mod.ts";

const fields = [
  "ids",
  "name",
  "user",
  "cpu",
  "memory",
  "executablePath",
  "arguments",
  "startedAt",
] as const;
type Row = ProcessRow<typeof fields[number]>;

const hex = (text: string) =>
  Array.from(new TextEncoder().encode(text), (byte) => byte.toString(16).padStart(2, "0")).join("");

function rowOf({ pid, parentPid, userId, executablePath, arguments: args }: Row, parent: number) {
  const cells: unknown[] = [pid, parentPid, userId ?? "-"];
  if (parentPid === parent) {
    cells.push(executablePath === undefined ? "-" : hex(executablePath));
    cells.push(args === undefined ? "-" : hex(args.join(" ").replaceAll("\n", " ")));
  }
  return cells.join(":");
}

const below = ({ children }: ProcessNode): ProcessNode[] =>
  children.flatMap((child) => [child, ...below(child)]);

/** What each operation does, and answers: a function that makes rows of what it found. */
const OPERATIONS: Readonly<Record<string, (pid: number) => () => string[]>> = {
  processes(pid) {
    const found = processes({ fields });
    return () => found.map((row) => rowOf(row, pid));
  },
  listening_ports(pid) {
    const found = listeningPorts();
    return () => found.filter((row) => row.pid === pid).map(({ port }) => `${pid}:${port}`);
  },
  children(pid) {
    const found = openProcess(pid).children({ recursive: true });
    return () => found.map((child) => `${child.pid}`);
  },
  tree(pid) {
    const found = processTree({ pid });
    return () => found.flatMap(below).map((child) => `${child.pid}`);
  },
};

function answer(operation: string, pid: number, milliseconds: number): string {
  const run = OPERATIONS[operation]!;
  let shortest = Infinity;
  let rows: () => string[];
  let start = performance.now();
  const end = start + milliseconds;
  do {
    rows = run(pid);
    const time = performance.now() - start;
    if (time < shortest) shortest = time;
    start = performance.now();
  } while (start < end);
  return [Math.round(shortest * 1e6), ...rows()].join(" ");
}

for await (const line of createInterface({ input: process.stdin })) {
  const [operation, pid, milliseconds] = line.split(" ");
  console.log(answer(operation!, Number(pid), Number(milliseconds)));
}
