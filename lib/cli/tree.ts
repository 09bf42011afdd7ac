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

/** `libproc tree`: prints processes below their parents. */
export const command: Command = {
  usage: "[PID]",
  description:
    `Prints the tree of processes, or of one process and its descendants: the id, the user and the command
line of each. Equal processes without children share a line, as in 4*[root worker], followed by their ids.
On a terminal, the line of this command is bold, and truncated lines end in ….`,
  options: {
    ancestors: {
      type: "boolean",
      help: "print the ancestors of PID, or of this command, down to it",
    },
    all: { type: "boolean", short: "a", help: "include kernel threads" },
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

/** Returns the pid of this command; undefined in a copied tree, which does not contain it. */
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

/** A process and its children. */
interface Node extends Related {
  readonly row: Row;
  readonly children: Node[];
}

/** Returns the pids of a process and of its descendants or ancestors. */
async function familyOf(pid: number, isAbove: boolean, { from }: Call): Promise<number[]> {
  const { openProcess } = await import("../process/process.ts");
  const process = openProcess(pid, from);
  const others = isAbove ? process.ancestors() : process.children({ recursive: true });
  return [pid, ...others.map(({ pid }) => pid)];
}

/** Sorts processes into trees, with the oldest siblings first. */
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

/** Returns a tree as an object for JSON. */
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

/** Describes a process: its user and its command line. */
function wordsOf({ row }: Node): string {
  const { userName, userId, name = "?", commandLine = name, state } = row;
  const ended = state === "zombie" ? " (ended)" : "";
  return `${escaped(userName ?? `${userId ?? "?"}`)} ${escaped(commandLine)}${ended}`;
}

/**
 * The processes of one line: one process, or several without children and with the same
 * description.
 */
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

/** Returns the lines of trees. It does not recurse, as a fork bomb can make deep trees. */
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
/** The maximum width of the lines that are drawn before a process. */
const DEEPEST = 120;

/**
 * Truncates the lines before a process. In a long chain of processes, they would otherwise get as
 * long as the chain.
 */
function near(lead: string): string {
  return lead.length <= DEEPEST ? lead : CUT + lead.slice(CUT.length - DEEPEST);
}
