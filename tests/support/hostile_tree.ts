/**
 * Makes every query about every process of a copy of `/proc`, and prints a
 * {@linkcode HostileOutcome} as JSON.
 *
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import {
  descriptors,
  FIELD_NAMES,
  listeningPorts,
  openProcess,
  openSystem,
  ProcessError,
  processes,
  processTable,
  processTree,
  ShortAnswerError,
  SystemCallError,
  whoHas,
} from "../../mod.ts";
import { PROC_INFO_CALL_PIDFDINFO, PROC_INFO_CALL_PIDINFO, procInfo } from "../../lib/calls/mod.ts";
import { METHODS } from "../process/process_methods.ts";

/** The result of the queries. */
export interface HostileOutcome {
  /** The errors whose class is not from this module, each with its query. */
  readonly strange: readonly string[];
  /** The error code or word of each query, or `value` on success, by pid and by query. */
  readonly codes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The number of open descriptors before and after the queries. */
  readonly descriptors: readonly [number, number];
  /** The growth of the peak resident memory, in bytes. */
  readonly grown: number;
}

const openFiles = () => readdirSync("/proc/self/fd").length;
const peakBytes = () =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]) * 1024;

function ask(root: string): HostileOutcome {
  const strange: string[] = [];
  const codes: Record<string, Record<string, string>> = {};
  const open = openFiles();
  const peak = peakBytes();
  const outcome = (what: string, run: () => unknown): string => {
    try {
      run();
      return "value";
    } catch (error) {
      if (error instanceof SystemCallError) return error.code;
      if (error instanceof ProcessError) return error.missing;
      if (error instanceof ShortAnswerError) return "short";
      strange.push(`${what}: ${error instanceof Error ? error.stack : error}`);
      return "strange";
    }
  };
  using system = openSystem({ procRoot: root });
  const pids = processTable({ system, fields: ["pid"] }).pid;
  const whole = {
    processes: () => processes({ system, fields: FIELD_NAMES.filter((name) => name !== "pid") }),
    named: () => processes({ system, name: "x", user: 0 }),
    processTree: () => processTree({ system }),
    descriptors: () => descriptors({ system }),
    listeningPorts: () => listeningPorts({ system }),
    whoHas: () => whoHas({ port: 80 }, { system }),
    whoHasPath: () => whoHas({ path: "/tmp" }, { system }),
    bootId: () => system.bootId(),
  };
  codes["all"] = Object.fromEntries(
    Object.entries(whole).map(([name, run]) => [name, outcome(name, run)]),
  );
  for (const pid of pids) {
    const about: Record<string, string> = codes[pid] = {};
    for (const callnum of [PROC_INFO_CALL_PIDINFO, PROC_INFO_CALL_PIDFDINFO]) {
      for (let flavor = 1; flavor < FLAVORS; flavor++) {
        const what = `${callnum} ${flavor}`;
        const call = () =>
          procInfo(callnum, pid, flavor, 0n, new Uint8Array(8192), undefined, { system });
        about[what] = outcome(`${what} of ${pid}`, call);
      }
    }
    for (const name of QUESTIONS) {
      about[`system.${name}`] = outcome(`${name}(${pid})`, () => system[name](pid, "net"));
    }
    about["watchExit"] = outcome(`watchExit(${pid})`, () => system.watchExit(pid).close());
    for (const [name, run] of Object.entries(METHODS)) {
      about[name] = outcome(`${name}() of ${pid}`, () => run(openProcess(pid, { system })));
    }
  }
  return { strange, codes, descriptors: [open, openFiles()], grown: peakBytes() - peak };
}

/** A number above all flavors. */
const FLAVORS = 40;

const QUESTIONS = [
  "sessionId",
  "descriptorCount",
  "highestDescriptor",
  "limits",
  "signals",
  "accounting",
  "ioBytes",
  "controlGroups",
  "namespace",
  "namespacePids",
  "privileges",
  "securityLabel",
] as const;

console.log(JSON.stringify(ask(process.argv[2]!)));
