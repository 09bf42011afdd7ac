import type { Limit, LimitName, ProcessDetails } from "../../system/details.ts";
import { type Clock, SC_PAGESIZE } from "../sys/clock.ts";
import { parseLimits, parseLines } from "../parse/lines.ts";
import { parseStat, STAT } from "../parse/stat.ts";
import { procFile, type ProcFs } from "./proc_fs.ts";

const STAT_FILE = procFile("stat");
const STATUS_FILE = procFile("status");
const LIMITS_FILE = procFile("limits");
const IO_FILE = procFile("io");
const FD_FOLDER = procFile("fd");

const KILOBYTE = 1024;
/** The number of sysconf() for the pages of memory that the host has. */
const SC_PHYS_PAGES = 85;
/** Fields of `/proc/PID/stat` that nothing else reads, by their numbers in proc_pid_stat(5). */
const CMINFLT = 11;

const LIMIT_NAMES: Readonly<Record<LimitName, string>> = {
  cpu: "Max cpu time",
  fsize: "Max file size",
  data: "Max data size",
  stack: "Max stack size",
  core: "Max core file size",
  rss: "Max resident set",
  as: "Max address space",
  nofile: "Max open files",
  nproc: "Max processes",
};

const decoder = new TextDecoder();

/** What `/proc` says of a process beside what `__proc_info()` asks for. */
export function details(
  fs: ProcFs,
  { sysconf }: Pick<Clock, "sysconf">,
  pid: number,
): ProcessDetails {
  const stat = statOf(fs, pid);
  const status = parseLines(textOf(fs.read(pid, STATUS_FILE), fs));
  const io = parseLines(textOf(fs.read(pid, IO_FILE), fs));
  const bytes = (name: string) => {
    const value = status.get(name);
    return value === undefined ? undefined : parseInt(value, 10) * KILOBYTE;
  };
  const integer = (lines: Map<string, string>, name: string, prefix = "") => {
    const value = lines.get(name);
    return value === undefined ? undefined : BigInt(prefix + value);
  };
  const umask = status.get("Umask");
  const groups = status.get("Groups");
  const own = integer(status, "SigPnd", "0x");
  const shared = integer(status, "ShdPnd", "0x");
  const read = integer(io, "rchar");
  const written = integer(io, "wchar");
  return known({
    sessionId: stat?.[STAT.session],
    minorFaults: bigint(stat?.[STAT.minflt]),
    childMinorFaults: bigint(stat?.[CMINFLT]),
    childMajorFaults: bigint(stat?.[STAT.cmajflt]),
    textBytes: textBytes(stat),
    umask: umask === undefined ? undefined : parseInt(umask, 8),
    groups: groups?.split(" ").filter((group) => group !== "").map(Number),
    ignoredSignals: integer(status, "SigIgn", "0x"),
    caughtSignals: integer(status, "SigCgt", "0x"),
    pendingSignals: own === undefined || shared === undefined ? undefined : own | shared,
    voluntarySwitches: integer(status, "voluntary_ctxt_switches"),
    involuntarySwitches: integer(status, "nonvoluntary_ctxt_switches"),
    maxResidentBytes: bytes("VmHWM"),
    residentDataBytes: bytes("RssAnon"),
    dataBytes: bytes("VmData"),
    ioBytes: read === undefined || written === undefined ? undefined : read + written,
    limits: limitsOf(fs, pid),
    highestDescriptor: highestDescriptor(fs, pid),
    pageBytes: sysconf(SC_PAGESIZE),
    memoryBytes: sysconf(SC_PHYS_PAGES) * sysconf(SC_PAGESIZE),
  });
}

/** Leaves out what is not known. */
function known(
  found: { [N in keyof ProcessDetails]: ProcessDetails[N] | undefined },
): ProcessDetails {
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

function textOf(length: number, fs: ProcFs): string {
  return length < 0 ? "" : decoder.decode(fs.text.subarray(0, length));
}

function statOf(fs: ProcFs, pid: number): Float64Array | undefined {
  const fields = new Float64Array(STAT.exit_code + 1);
  const length = fs.read(pid, STAT_FILE);
  return length >= 0 && parseStat(fs.text, length, STAT.exit_code, fields) ? fields : undefined;
}

/** The kernel gives 0, or 1 for both ends, where it refuses to say. */
function textBytes(stat: Float64Array | undefined): number | undefined {
  const size = stat === undefined ? 0 : stat[STAT.endcode]! - stat[STAT.startcode]!;
  return size > 0 ? size : undefined;
}

function limitsOf(fs: ProcFs, pid: number): ProcessDetails["limits"] | undefined {
  const limits = parseLimits(textOf(fs.readAll(pid, LIMITS_FILE), fs));
  if (limits.size === 0) return undefined;
  const named: Partial<Record<LimitName, Limit>> = {};
  for (const [name, theirs] of Object.entries(LIMIT_NAMES)) {
    const limit = limits.get(theirs);
    if (limit) named[name as LimitName] = { current: limit[0], maximum: limit[1] };
  }
  return named;
}

function highestDescriptor(fs: ProcFs, pid: number): number | undefined {
  const count = fs.entries(pid, FD_FOLDER);
  if (count < 0) return undefined;
  let highest = -1;
  for (let i = 0; i < count; i++) highest = Math.max(highest, fs.pids[i]!);
  return highest;
}

function bigint(value: number | undefined): bigint | undefined {
  return value === undefined ? undefined : BigInt(value);
}
