import { type ProcessNode, processTree } from "../process/tree.ts";
import { atMost, type Command, EXIT, json, JSON_OPTION, number, ROOT_OPTION } from "./command.ts";
import { CUT, cut, escaped } from "./table.ts";

/** `libproc tree`: processes below their parents. */
export const command: Command = {
  usage: "[PID]",
  description: "Prints the tree of processes, or that of one process with all below it.",
  options: { ...JSON_OPTION, ...ROOT_OPTION },
  exits: "0 it was found, 1 there is no such process, 2 an error",
  example: "libproc tree $$",
  run(call) {
    atMost(call, "tree", 1);
    const { words: [word], options, output } = call;
    const pid = word === undefined ? {} : { pid: number("PID", word, () => 0) };
    const roots = processTree({ ...call.from, ...pid });
    if (options["json"]) {
      output.out(json(word === undefined ? roots : roots[0]));
      return EXIT.found;
    }
    const most = output.screen?.width() ?? Infinity;
    for (const line of linesOf(roots)) output.out(cut(line, most));
    return EXIT.found;
  },
};

/** A line for each process. No tree is so deep that a loop would be needed, but a storm's may be. */
function* linesOf(roots: readonly ProcessNode[]): Iterable<string> {
  const open = roots.map((node) => ({ node, lead: "", branch: "" })).reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { node: { pid, name, children }, lead, branch } = next;
    yield `${lead}${branch}${pid} ${escaped(name)}`;
    const below = near(lead + (branch === "" ? "" : branch === LAST ? "   " : "│  "));
    children.toReversed().forEach((node, i) => {
      open.push({ node, lead: below, branch: i === 0 ? LAST : "├─ " });
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
