import { byAge } from "../process/descendants.ts";
import { ProcessGoneError } from "../process/errors.ts";
import type { ProcessRow } from "../process/row.ts";
import { processes } from "../process/rows.ts";
import { parentsIn, type Related } from "../process/tree.ts";
import { SystemCallError } from "../system/errors.ts";
import { systemIn } from "../system/open.ts";
import {
  atMost,
  type Call,
  type Command,
  EXIT,
  json,
  JSON_OPTION,
  number,
  ROOT_OPTION,
} from "./command.ts";
import { reportLeftOut } from "./conditions.ts";
import { bold, CUT, escaped, shortened } from "./table.ts";

/** `libproc tree`: processes below their parents. */
export const command: Command = {
  usage: "[PID]",
  description:
    `Prints the tree of processes, or that of one process with all below it: the id, the user and the command
line of each. Equal processes without children are one line, as in 4*[root worker], with their ids behind.
On a terminal the command itself stands out, and long lines end in ….`,
  options: {
    ancestors: {
      type: "boolean",
      help: "print the processes above PID, or above this command, down to it",
    },
    all: { type: "boolean", short: "a", help: "kernel threads, too" },
    ...JSON_OPTION,
    ...ROOT_OPTION,
  },
  exits: "0 it was found, 1 there is no such process, 2 an error",
  example: "libproc tree --ancestors $$",
  async run(call) {
    atMost(call, "tree", 1);
    const { words: [word], options, output, from } = call;
    const isAbove = options["ancestors"] === true;
    const own = ownPid(call);
    const pid = word === undefined
      ? (isAbove ? systemIn(from).pid() : undefined)
      : number("PID", word, () => 0);
    const pids = pid === undefined ? undefined : await familyOf(pid, isAbove, call);
    const rows = processes({ ...from, fields: FIELDS, ...(pids !== undefined && { pids }) });
    const wantsAll = options["all"] === true || pids !== undefined;
    const shown = wantsAll ? rows : rows.filter(({ kernelThread }) => !kernelThread);
    const all = forestOf(shown);
    const roots = pid === undefined || isAbove ? all : all.filter((root) => root.row.pid === pid);
    if (pid !== undefined && !rows.some((row) => row.pid === pid)) {
      throw new ProcessGoneError("list the tree of", pid);
    }
    if (options["json"]) {
      const nodes = roots.map(objectOf);
      output.out(json(pid === undefined ? nodes : nodes[0]));
      return EXIT.found;
    }
    const most = output.screen?.width() ?? Infinity;
    for (const { line, pids } of linesOf(roots)) {
      const fitted = shortened(line, most);
      output.out(
        output.screen?.colors && own !== undefined && pids.includes(own) ? bold(fitted) : fitted,
      );
    }
    reportLeftOut(call, rows.length - shown.length);
    return EXIT.found;
  },
};

/** The id of this command; undefined in a copied tree, which it is not in. */
function ownPid({ from }: Call): number | undefined {
  try {
    return systemIn(from).pid();
  } catch (error) {
    if (error instanceof SystemCallError) return undefined;
    throw error;
  }
}

const FIELDS = [
  "uniqueId",
  "parentPid",
  "startedAt",
  "name",
  "userId",
  "userName",
  "commandLine",
  "state",
  "kernelThread",
] as const;

type Row = ProcessRow<typeof FIELDS[number]>;

/** A process and the processes below it. */
interface Node extends Related {
  readonly row: Row;
  readonly children: Node[];
}

/** The ids of a process and of all below it, or above it. */
async function familyOf(pid: number, isAbove: boolean, { from }: Call): Promise<number[]> {
  const { openProcess } = await import("../process/process.ts");
  const process = openProcess(pid, from);
  const others = isAbove ? process.ancestors() : process.children({ recursive: true });
  return [pid, ...others.map(({ pid }) => pid)];
}

/** Puts each process below its parent; the oldest are the first. */
function forestOf(rows: readonly Row[]): Node[] {
  const nodes = rows.map((row): Node => ({
    row,
    pid: row.pid,
    parentPid: row.parentPid ?? 0,
    uniqueId: BigInt(row.uniqueId ?? 0),
    startedAt: row.startedAt ?? NaN,
    children: [],
  })).sort(byAge);
  const parents = parentsIn(nodes);
  for (const [child, parent] of parents) parent.children.push(child);
  return nodes.filter((node) => !parents.has(node));
}

/** A tree as JSON has it. */
function objectOf({ row, children }: Node): object {
  const { pid, parentPid, uniqueId, name, userName, commandLine } = row;
  return {
    pid,
    parentPid: parentPid ?? null,
    uniqueId: uniqueId ?? null,
    name: name ?? null,
    userName: userName ?? null,
    commandLine: commandLine ?? null,
    children: children.map(objectOf),
  };
}

/** A process in words: its user and its command line. */
function wordsOf({ row }: Node): string {
  const { userName, userId, name = "?", commandLine = name, state } = row;
  const ended = state === "zombie" ? " (ended)" : "";
  return `${escaped(userName ?? `${userId ?? "?"}`)} ${escaped(commandLine)}${ended}`;
}

/** Processes that are one line: one, or several without children that look the same. */
interface Line {
  readonly nodes: [Node, ...Node[]];
  readonly words: string;
}

function foldedOf(nodes: readonly Node[]): Line[] {
  const lines: Line[] = [];
  const leaves = new Map<string, Line>();
  for (const node of nodes) {
    const words = wordsOf(node);
    const same = node.children.length === 0 ? leaves.get(words) : undefined;
    if (same !== undefined) {
      same.nodes.push(node);
      continue;
    }
    const line: Line = { nodes: [node], words };
    lines.push(line);
    if (node.children.length === 0) leaves.set(words, line);
  }
  return lines;
}

/** The lines of trees. No tree is so deep that a loop would be needed, but a storm's may be. */
function* linesOf(
  roots: readonly Node[],
): Iterable<{ readonly line: string; readonly pids: readonly number[] }> {
  const open = foldedOf(roots).map((line) => ({ line, lead: "", branch: "" })).reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { line: { nodes, words }, lead, branch } = next;
    const pids = nodes.map(({ pid }) => pid);
    const text = pids.length === 1
      ? `${pids[0]} ${words}`
      : `${pids.length}*[${words}] ${pids.join(" ")}`;
    yield { line: `${lead}${branch}${text}`, pids };
    const below = near(lead + (branch === "" ? "" : branch === LAST ? "   " : "│  "));
    foldedOf(nodes[0].children).toReversed().forEach((line, i) => {
      open.push({ line, lead: below, branch: i === 0 ? LAST : "├─ " });
    });
  }
}

const LAST = "└─ ";
/** How many columns of what is above a process are drawn before it. */
const DEEPEST = 120;

/** What leads a line. A chain of processes may be so long that each line would be as long as all above. */
function near(lead: string): string {
  return lead.length <= DEEPEST ? lead : CUT + lead.slice(CUT.length - DEEPEST);
}
