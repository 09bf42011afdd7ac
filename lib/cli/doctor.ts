import process from "node:process";
import config from "../../deno.json" with { type: "json" };
import { PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import { getAllPids } from "../calls/list_pids.ts";
import { id } from "../system/arguments.ts";
import { examine } from "../doctor/examine.ts";
import type { Facts } from "../doctor/facts.ts";
import { formatReport, reportOf } from "../doctor/report.ts";
import type { FileId } from "../system/facts.ts";
import { systemIn } from "../system/open.ts";
import type { System } from "../system/system.ts";
import { ERRNO, ProcInfoError, SystemCallError } from "../system/errors.ts";
import { atMost, type Command, EXIT, json, number, partly, printable } from "./command.ts";

/** `libproc doctor`: checks whether a kernel keeps the contract. */
export const command: Command = {
  usage: "[PID]",
  description:
    `Makes every query about a process that does not change it, and checks the sizes and the values of the
answers. Without PID, the process is the command itself. It needs no privilege, sends no signal and writes
no file.

  served   the answer has the right size, and its values agree with other sources
  refused  the kernel returned an error that it may return
  unknown  this kernel does not know the flavor
  WRONG    the size or a value of the answer is wrong
  skipped  the query was not made`,
  options: {
    json: { type: "boolean", help: "print the whole report, to be pasted into an issue" },
  },
  exits: "0 no answer is wrong, 2 an error, 3 an answer is wrong",
  example: "libproc doctor --json",
  run(call) {
    atMost(call, "doctor", 1);
    const system = systemIn(call.from);
    const pid = id("pid", number("pid", call.words[0], () => system.pid()));
    const own = pid === system.pid();
    if (!own && !getAllPids({ system }).includes(pid)) {
      throw new ProcInfoError(ERRNO.ESRCH, PROC_INFO_CALL_PIDINFO, pid, 0);
    }
    const facts = own ? factsOf(system) : {};
    const { kernProc } = system;
    const chapters = examine(system.kernel, { pid, facts, timebase: system.timebase(), kernProc });
    const { version } = config, { platform, arch } = process;
    const about = {
      version,
      system: platform,
      release: null,
      arch,
      runtime: navigator.userAgent,
      pid,
    };
    const report = reportOf(about, chapters);
    if (call.options["json"]) call.output.out(json(report));
    else for (const line of formatReport(report).split("\n")) call.output.out(printable(line));
    const { WRONG } = report.summary;
    return WRONG > 0 ? partly(call.output, `${WRONG} answers are wrong`) : EXIT.found;
  },
};

/**
 * Returns the facts about this process from sources other than the kernel's call. None needs a
 * permission.
 */
function factsOf(system: System): Facts {
  const fileId = (path: string) => attempt(() => system.fileId(path), SystemCallError) ?? null;
  // Some versions of a runtime count this among the files that need a permission.
  const executable = attempt(() => process.execPath, Error);
  // The last is a name that a runtime may give its main thread, which on Linux names the process.
  const names = [executable, process.argv0, process.title, "node-MainThread"]
    .filter((name) => name !== undefined);
  work();
  return {
    ppid: system.ppid(),
    pgrp: system.pgrp(),
    euid: system.euid(),
    ruid: system.ruid(),
    threadId: system.threadId(),
    startedAt: Math.min(performance.timeOrigin, Date.now() - process.uptime() * 1000),
    names: [...new Set(names.map(lastPart))],
    ...known("executable", executable === undefined ? null : fileId(executable)),
    ...known("directory", fileId(".")),
    arch: process.arch,
    processorTime: () => {
      const { user, system: kernel } = process.cpuUsage();
      return user + kernel;
    },
    residentSize: () => process.memoryUsage().rss,
    fileId,
  };
}

/** Returns a fact by its name; an empty object if it is unknown. */
function known(name: "executable" | "directory", file: FileId | null): Facts {
  return file === null ? {} : { [name]: file };
}

/** Returns the result of a function; undefined if it throws an error of a class. */
function attempt<T>(run: () => T, expected: new (...args: never[]) => Error): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof expected) return undefined;
    throw error;
  }
}

function lastPart(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/**
 * Enough processor time in microseconds to reveal a wrong unit, and the most milliseconds to spend.
 */
const ENOUGH = 250_000, AT_MOST = 2000;

/** Uses processor time, as a small amount looks the same in every unit. */
function work(): void {
  const end = performance.now() + AT_MOST;
  for (let spent = 0; spent < ENOUGH && performance.now() < end;) {
    const { user, system } = process.cpuUsage();
    spent = user + system;
  }
}
