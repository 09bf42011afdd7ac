/**
 * Measures the functions that other packages offer too, in the runtime that runs this program.
 *
 * Replies to requests as answers.ts describes, one line `OPERATION PID MILLISECONDS` each. The
 * result is a row for each item that the last run found. npm.mjs, psutil_processes.py and
 * libproc2_processes.c do the same with other libraries. The operations and their rows:
 *
 * - `processes`: all processes with the default fields. The rows are those of process_table.c.
 * - `ps_list`: all processes with the values of ps-list: `PID:PPID:UID`. For children of PID, which
 *   are idle, `:PATH:ARGUMENTS` follows, in the format of `ps`.
 * - `ports`, `bpf_ports`: all listening ports. The rows are those of process PID: `PID:PORT`.
 * - `descriptors`, `bpf_descriptors`: all descriptors of all processes. The rows are those of the
 *   children of PID: `PID:FD,FD...`.
 * - `children`, `children_again`: the descendants of PID, which is opened each time or once: `PID`.
 * - `tree`: the same, with `processTree()`.
 *
 * An operation with `bpf` uses a system that reads with BPF programs. Texts are hexadecimal digits.
 *
 * @module
 */
import {
  descriptors,
  listeningPorts,
  openProcess,
  openSystem,
  processes,
  type ProcessNode,
  type ProcessRow,
  processTree,
  type System,
} from "../mod.ts";
import { answerRequests, hex, hexOf, type Work, work } from "./answers.ts";

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

/** The duration of a tick, in milliseconds. */
const TICK = 10;
const NAME_SIZE = 15;
/** The pid of the parent of kernel threads. */
const KERNEL_THREADS = 2;

function rowText(row: ProcessRow, first: ProcessRow, parent: number): string {
  const { pid, parentPid, userId, userName = "", name = "", startedAt = NaN } = row;
  const bytes = new TextEncoder().encode(name).subarray(0, NAME_SIZE);
  const started = Math.round((startedAt - (first.startedAt ?? NaN)) / TICK);
  const cells: unknown[] = [pid, parentPid, started, userId, hex(userName)];
  cells.push(parentPid === KERNEL_THREADS ? "-" : hexOf(bytes));
  if (parentPid === parent) {
    const { state = "", threadCount, residentBytes, cpuTimeNs } = row;
    cells.push(state.charAt(0).toUpperCase(), threadCount, residentBytes, cpuTimeNs);
  }
  return cells.join(":");
}

function psListText(row: ProcessRow<typeof fields[number]>, parent: number) {
  const { pid, parentPid, userId, executablePath, arguments: args } = row;
  const cells: unknown[] = [pid, parentPid, userId ?? "-"];
  if (parentPid === parent) {
    cells.push(executablePath === undefined ? "-" : hex(executablePath));
    cells.push(args === undefined ? "-" : hex(args.join(" ").replaceAll("\n", " ")));
  }
  return cells.join(":");
}

const below = ({ children }: ProcessNode): ProcessNode[] =>
  children.flatMap((child) => [child, ...below(child)]);

function ports(pid: number, options: { readonly system?: System } = {}) {
  return work(
    () => listeningPorts(options),
    (found) => found.filter((row) => row.pid === pid).map(({ port }) => `${pid}:${port}`),
  );
}

function allDescriptors(parent: number, options: { readonly system?: System } = {}) {
  return work(() => descriptors(options), (found) => {
    const isChild = new Set(processes({ parent, fields: [] }).map(({ pid }) => pid));
    const ofChildren = found.descriptors.filter(({ pid }) => isChild.has(pid));
    const byPid = Map.groupBy(ofChildren, ({ pid }) => pid);
    return Array.from(byPid, ([pid, own]) => `${pid}:${own.map(({ fd }) => fd).join(",")}`);
  });
}

let bpfSystem: System | undefined;
/** Opens a system that reads with BPF programs, once. */
const bpf = () => ({ system: bpfSystem ??= openSystem({ bpf: true }) });

/** The operations by their names. */
const OPERATIONS: Readonly<Record<string, (pid: number) => Work>> = {
  processes: (parent) =>
    work(() => processes(), (found) => found.map((row) => rowText(row, found[0]!, parent))),
  ps_list: (parent) =>
    work(() => processes({ fields }), (found) => found.map((row) => psListText(row, parent))),
  ports: (pid) => ports(pid),
  bpf_ports: (pid) => ports(pid, bpf()),
  descriptors: (parent) => allDescriptors(parent),
  bpf_descriptors: (parent) => allDescriptors(parent, bpf()),
  children: (pid) =>
    work(
      () => openProcess(pid).children({ recursive: true }),
      (found) => found.map((child) => `${child.pid}`),
    ),
  children_again(pid) {
    const parent = openProcess(pid);
    return work(
      () => parent.children({ recursive: true }),
      (found) => found.map((child) => `${child.pid}`),
    );
  },
  tree: (pid) =>
    work(
      () => processTree({ pid }),
      (found) => found.flatMap(below).map((child) => `${child.pid}`),
    ),
};

await answerRequests((operation = "", pid) => OPERATIONS[operation]!(Number(pid)));
