import { ERRNO } from "../../system/errors.ts";
import type {
  Accounting,
  CapabilityBits,
  Limit,
  LimitName,
  NamespaceKind,
  Privileges,
} from "../../system/facts.ts";
import { known } from "../../system/known.ts";
import type { System } from "../../system/system.ts";
import { parseControlGroups } from "../parse/cgroup.ts";
import { parseLinkInode } from "../parse/fd_link.ts";
import { parseInteger, parseLabel, parseLimits, parseLines, parseNumbers } from "../parse/lines.ts";
import { parseSchedstat, SCHEDSTAT, SCHEDSTAT_COUNT } from "../parse/schedstat.ts";
import { STAT } from "../parse/stat.ts";
import { type DarwinAnswer, darwinError } from "../sys/errno.ts";
import { type ProcFile, procFile } from "./proc_fs.ts";
import { type ProcessReader, readerOf } from "./process.ts";
import type { World } from "./world.ts";

const STATUS_FILE = procFile("status");
const LIMITS_FILE = procFile("limits");
const IO_FILE = procFile("io");
const CGROUP_FILE = procFile("cgroup");
const LABEL_FILE = procFile("attr/current");
const SCHEDSTAT_FILE = procFile("schedstat");
const FD_FOLDER = procFile("fd");

/**
 * The namespaces that a process is in. `pid_for_children` and similar entries are those of others.
 */
const NAMESPACES: Readonly<Record<NamespaceKind, ProcFile>> = {
  cgroup: procFile("ns/cgroup"),
  ipc: procFile("ns/ipc"),
  mnt: procFile("ns/mnt"),
  net: procFile("ns/net"),
  pid: procFile("ns/pid"),
  time: procFile("ns/time"),
  user: procFile("ns/user"),
  uts: procFile("ns/uts"),
};

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
  memlock: "Max locked memory",
  locks: "Max file locks",
  sigpending: "Max pending signals",
  msgqueue: "Max msgqueue size",
  nice: "Max nice priority",
  rtprio: "Max realtime priority",
  rttime: "Max realtime timeout",
};

const FILTERS: Readonly<Record<string, Privileges["systemCallFilter"]>> = {
  0: "none",
  1: "strict",
  2: "filter",
};

const KILOBYTE = 1024;
/** The field of `/proc/PID/stat` that nothing else reads, by its number in proc_pid_stat(5). */
const CMINFLT = 11;

const decoder = new TextDecoder();

/** The queries of `System` that one file or directory of a process answers. */
export type Questions = Pick<
  System,
  | "descriptorCount"
  | "highestDescriptor"
  | "sessionId"
  | "cpuTimeNs"
  | "limits"
  | "signals"
  | "accounting"
  | "ioBytes"
  | "controlGroups"
  | "namespace"
  | "namespacePids"
  | "privileges"
  | "securityLabel"
>;

/**
 * Implements {@linkcode Questions} with a process file system. Each query reads `stat`, which
 * determines the living thread to read. Most read only one other file or directory.
 */
export function questions(world: World): Questions {
  const { fs } = world;
  const reader = readerOf(world);
  const schedstat = new Float64Array(SCHEDSTAT_COUNT);

  /** Returns a length or a count, or throws the error of a negated errno. */
  function checked(doing: string, pid: number, call: string, answer: DarwinAnswer): number {
    if (answer >= 0) return answer;
    throw darwinError(`read the ${doing} of process ${pid}`, call, answer);
  }

  /** Reads the process, which may be a zombie. Throws if it does not exist. */
  function find(doing: string, pid: number): void {
    checked(doing, pid, "open", reader.read(pid, true));
  }

  function textOf(doing: string, pid: number, file: ProcFile): string {
    find(doing, pid);
    const length = reader.readFile(pid, file);
    return decoder.decode(fs.text.subarray(0, checked(doing, pid, "open", length)));
  }

  function statusOf(doing: string, pid: number): ReadonlyMap<string, string> {
    return parseLines(textOf(doing, pid, STATUS_FILE));
  }

  /** Returns the `status` of the thread group leader, which may have ended. */
  function firstStatusOf(doing: string, pid: number): ReadonlyMap<string, string> {
    const length = checked(doing, pid, "open", fs.read(pid, STATUS_FILE));
    return parseLines(decoder.decode(fs.text.subarray(0, length)));
  }

  /** Stores the descriptors of a process in `fs.pids` and returns their number. */
  function descriptorsIn(pid: number): number {
    const doing = "file descriptors";
    find(doing, pid);
    if (reader.isZombie) checked(doing, pid, "open", -ERRNO.ESRCH);
    const count = checked(doing, pid, "open", reader.entries(pid, FD_FOLDER));
    // A process that is ending loses its descriptors before it becomes a zombie.
    if (count === 0 && reader.isEnding(pid)) checked(doing, pid, "open", -ERRNO.ESRCH);
    return count;
  }

  function unsupported(doing: string, pid: number): never {
    throw darwinError(`read the ${doing} of process ${pid}`, "read", -ERRNO.ENOTSUP);
  }

  return {
    descriptorCount: descriptorsIn,

    highestDescriptor(pid) {
      const count = descriptorsIn(pid);
      let highest = -1;
      for (let i = 0; i < count; i++) highest = Math.max(highest, fs.pids[i]!);
      return highest;
    },

    sessionId(pid) {
      find("session", pid);
      return reader.stat[STAT.session]!;
    },

    cpuTimeNs(pid, threadId) {
      const doing = "processor time";
      if (threadId === undefined) {
        find(doing, pid);
        reader.readTimes(pid);
        return reader.total;
      }
      checked(doing, pid, "open", reader.find(pid));
      const length = reader.readIfAny(pid, threadId, SCHEDSTAT_FILE);
      if (checked(doing, pid, "open", length) === 0) unsupported(doing, pid);
      parseSchedstat(fs.text, length, schedstat);
      return schedstat[SCHEDSTAT.ran]!;
    },

    limits(pid) {
      const limits = parseLimits(textOf("limits", pid, LIMITS_FILE));
      const named: Partial<Record<LimitName, Limit>> = {};
      for (const [name, theirs] of Object.entries(LIMIT_NAMES)) {
        const limit = limits.get(theirs);
        if (limit) named[name as LimitName] = { current: limit[0], maximum: limit[1] };
      }
      return named;
    },

    signals(pid) {
      const status = statusOf("signals", pid);
      const set = (name: string) =>
        parseInteger(status.get(name), 16) ?? unsupported("signals", pid);
      return {
        ignored: set("SigIgn"),
        caught: set("SigCgt"),
        pending: set("SigPnd") | set("ShdPnd"),
      };
    },

    accounting(pid) {
      const doing = "accounting";
      const status = statusOf(doing, pid);
      // The context switches of the leader stay in its own file after it has ended.
      const first = reader.thread === pid ? status : firstStatusOf(doing, pid);
      const { stat } = reader;
      const integer = (name: string) => parseInteger(status.get(name));
      const bytes = (name: string) => {
        const kilobytes = integer(name);
        return kilobytes === undefined ? undefined : Number(kilobytes) * KILOBYTE;
      };
      const switches = (name: string) => parseInteger(first.get(name));
      const umask = parseInteger(status.get("Umask"), 8);
      return known<Accounting>({
        umask: umask === undefined ? undefined : Number(umask),
        minorFaults: BigInt(stat[STAT.minflt]!),
        childMinorFaults: BigInt(stat[CMINFLT]!),
        childMajorFaults: BigInt(stat[STAT.cmajflt]!),
        voluntarySwitches: switches("voluntary_ctxt_switches"),
        involuntarySwitches: switches("nonvoluntary_ctxt_switches"),
        maxResidentBytes: bytes("VmHWM"),
        residentDataBytes: bytes("RssAnon"),
        dataBytes: bytes("VmData"),
        textBytes: textBytes(reader),
      });
    },

    ioBytes(pid) {
      const doing = "input and output";
      find(doing, pid);
      // The file of the process has the sum of all threads, even if the leader has ended.
      const length = checked(doing, pid, "open", reader.readIfAny(pid, pid, IO_FILE));
      const io = parseLines(decoder.decode(fs.text.subarray(0, length)));
      const read = parseInteger(io.get("rchar")), written = parseInteger(io.get("wchar"));
      return read === undefined || written === undefined ? unsupported(doing, pid) : read + written;
    },

    controlGroups(pid) {
      const doing = "control groups";
      const text = textOf(doing, pid, CGROUP_FILE);
      return text === "" ? unsupported(doing, pid) : parseControlGroups(text, reader.isZombie);
    },

    namespace(pid, kind) {
      const doing = `${kind} namespace`;
      find(doing, pid);
      const length = reader.readLink(pid, NAMESPACES[kind]);
      // A zombie has lost its namespaces. A kernel without this kind of namespace lacks the link
      // for all processes.
      const isGone = length === -ERRNO.ESRCH && !reader.isZombie;
      if (isGone && (fs.self < 0 || fs.link(fs.self, NAMESPACES[kind]) < 0)) {
        unsupported(doing, pid);
      }
      checked(doing, pid, "readlink", length);
      const inode = parseLinkInode(fs.target, length);
      return inode > 0 ? inode : unsupported(doing, pid);
    },

    namespacePids(pid) {
      const doing = "process ids";
      const pids = parseNumbers(statusOf(doing, pid).get("NStgid") ?? "");
      return pids.length === 0 ? unsupported(doing, pid) : pids;
    },

    privileges: (pid) => privilegesIn(textOf("privileges", pid, STATUS_FILE)),

    securityLabel(pid) {
      const doing = "security label";
      find(doing, pid);
      const length = reader.readIfAny(pid, reader.thread, LABEL_FILE);
      // Without a security module, the read fails with `EINVAL`. Older kernels do not have the
      // file.
      if (length === -ERRNO.EINVAL || length === 0) return undefined;
      return parseLabel(fs.text, checked(doing, pid, "read", length)) || undefined;
    },
  };
}

/** Returns the privileges that the text of `status` reports. */
export function privilegesIn(text: string): Privileges {
  const status = parseLines(text);
  const privileges = status.get("NoNewPrivs");
  return {
    groups: parseNumbers(status.get("Groups") ?? ""),
    capabilities: capabilitiesIn(status),
    noNewPrivileges: privileges === undefined ? undefined : privileges === "1",
    systemCallFilter: FILTERS[status.get("Seccomp") ?? ""],
  };
}

function capabilitiesIn(status: ReadonlyMap<string, string>): CapabilityBits | undefined {
  const set = (name: string) => parseInteger(status.get(name), 16);
  const effective = set("CapEff"), permitted = set("CapPrm");
  const inheritable = set("CapInh"), bounding = set("CapBnd");
  if (
    effective === undefined || permitted === undefined || inheritable === undefined ||
    bounding === undefined
  ) return undefined;
  // The set is empty on a kernel without ambient capabilities.
  return { effective, permitted, inheritable, bounding, ambient: set("CapAmb") ?? 0n };
}

/**
 * Returns the size of the code, in bytes. If the kernel withholds it, both ends are 0 or both are
 * 1.
 */
function textBytes({ stat }: ProcessReader): number | undefined {
  const size = stat[STAT.endcode]! - stat[STAT.startcode]!;
  return size > 0 ? size : undefined;
}
