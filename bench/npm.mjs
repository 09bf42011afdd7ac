/**
 * Measures npm packages for the operations of friendly.ts and one_process.ts: ps-list, pid-port,
 * pidtree and pidusage, each in a process that stays warm. The first three start `ps` or `ss` each
 * time, which is part of the measured time.
 *
 * The requests and replies are those of friendly.ts.
 *
 * @module
 */
import { answerRequests, hex, work } from "./answers.ts";

/** The operations: a function to run, and one that returns the rows of its result. */
const OPERATIONS = {
  ps_list(parent) {
    const psList = import("ps-list");
    const rowOf = ({ pid, ppid, uid, path, cmd }) =>
      [pid, ppid, uid, ...(ppid === parent ? [hex(path), hex(cmd)] : [])].join(":");
    return [async () => (await psList).default(), (found) => found.map(rowOf)];
  },
  ports(own) {
    const pidPort = import("pid-port");
    return [
      async () => (await pidPort).allPortsWithPid({ host: "*" }),
      (found) => [...found].filter(([, pid]) => pid === own).map(([port]) => `${own}:${port}`),
    ];
  },
  children(parent) {
    const pidtree = import("pidtree");
    return [async () => (await pidtree).default(parent), (found) => found.map(String)];
  },
  one_process(pid) {
    const pidusage = import("pidusage");
    // Its resident memory lacks the counts that the kernel has not yet added up from each CPU.
    return [async () => (await pidusage).default(pid), (found) => [`${found.pid}:-:-`]];
  },
};
// The result of pidtree is valid for all of these.
OPERATIONS.tree = OPERATIONS.children_again = OPERATIONS.children;

await answerRequests((operation, pid) => work(...OPERATIONS[operation](Number(pid))));
