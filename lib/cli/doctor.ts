import process from "node:process";
import config from "../../deno.json" with { type: "json" };
import { PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import { getAllPids } from "../calls/list_pids.ts";
import { id } from "../system/arguments.ts";
import { examine } from "../doctor/examine.ts";
import type { Facts } from "../doctor/facts.ts";
import { formatReport, reportOf } from "../doctor/report.ts";
import type { FileId, Host } from "../system/system.ts";
import { ERRNO, ProcInfoError, SystemCallError } from "../system/errors.ts";
import { atMost, type Command, EXIT, json, number, printable, sourceOf } from "./command.ts";

/** `libproc doctor`: whether a kernel keeps the contract. */
export const command: Command = {
  usage: "[PID]",
  description:
    `Asks the kernel everything that changes nothing about a process, the command's own when there is no
PID, and compares the sizes and the figures of the answers with what they must be. It needs no
privilege, sends no signal and writes no file.

  served   the answer has the size that it must have, and what it says agrees with other sources
  refused  the kernel answered with an error that it may answer with
  unknown  this kernel does not know the flavor
  WRONG    the size, or what the answer says, is not what it must be
  skipped  it was not asked`,
  options: {
    json: { type: "boolean", help: "print the whole report, to be pasted into an issue" },
  },
  exits: "0 nothing is wrong, 2 an error, 3 something is",
  example: "libproc doctor --json",
  run(call) {
    atMost(call, "doctor", 1);
    const { kernel, host } = sourceOf(call);
    const pid = id("pid", number("pid", call.words[0], () => host.pid()));
    const own = pid === host.pid();
    if (!own && !getAllPids(kernel).includes(pid)) {
      throw new ProcInfoError(ERRNO.ESRCH, PROC_INFO_CALL_PIDINFO, pid, 0);
    }
    const facts = own ? factsOf(host) : {};
    const chapters = examine(kernel, { pid, facts, timebase: host.timebase() });
    const { version } = config, { platform: system, arch } = process;
    const runtime = navigator.userAgent;
    const report = reportOf({ version, system, release: null, arch, runtime, pid }, chapters);
    if (call.options["json"]) call.output.out(json(report));
    else for (const line of formatReport(report).split("\n")) call.output.out(printable(line));
    return report.summary.WRONG > 0 ? EXIT.partly : EXIT.found;
  },
};

/** What this process is to itself, by other ways than the kernel's call; nothing needs permission. */
function factsOf(host: Host): Facts {
  const fileId = (path: string) => attempt(() => host.fileId(path), SystemCallError) ?? null;
  // Some versions of a runtime count this among the files that one needs permission for.
  const executable = attempt(() => process.execPath, Error);
  // The last is what a runtime may call its main thread, whose name Linux takes for the process's.
  const names = [executable, process.argv0, process.title, "node-MainThread"]
    .filter((name) => name !== undefined);
  work();
  return {
    ppid: host.ppid(),
    pgrp: host.pgrp(),
    euid: host.euid(),
    ruid: host.ruid(),
    threadId: host.threadId(),
    startedAt: Math.min(performance.timeOrigin, Date.now() - process.uptime() * 1000),
    names: [...new Set(names.map(lastPart))],
    ...known("executable", executable === undefined ? null : fileId(executable)),
    ...known("directory", fileId(".")),
    arch: process.arch,
    processorTime: () => {
      const { user, system } = process.cpuUsage();
      return user + system;
    },
    residentSize: () => process.memoryUsage().rss,
    fileId,
  };
}

/** A fact under its name; nothing where it is not known. */
function known(name: "executable" | "directory", file: FileId | null): Facts {
  return file === null ? {} : { [name]: file };
}

/** What a function gives; undefined where it throws an error of a class. */
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

/** Enough microseconds that a wrong unit of time shows, and no more milliseconds than that may take. */
const ENOUGH = 250_000, AT_MOST = 2000;

/** Spends processor time: little of it looks the same in every unit. */
function work(): void {
  const end = performance.now() + AT_MOST;
  for (let spent = 0; spent < ENOUGH && performance.now() < end;) {
    const { user, system } = process.cpuUsage();
    spent = user + system;
  }
}
