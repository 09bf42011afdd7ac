import { readFileSync } from "node:fs";
import { procEntry } from "../../lib/aix/mod.ts";
import { PROC_PIDTASKINFO } from "../../lib/abi/pid_info.ts";
import { pidInfo } from "../../lib/calls/pid_info.ts";
import { newestPidRusage } from "../../lib/calls/pid_rusage.ts";
import { openProcess } from "../../lib/process/process.ts";
import { processes } from "../../lib/process/rows.ts";
import { processTable } from "../../lib/process/table.ts";
import { defaultSystem } from "../../lib/system/open.ts";

/** Numbers that never decrease during the lifetime of a process, by their names. */
export type Counters = Readonly<Record<string, number>>;

/** The fields that never decrease. */
const FIELDS = [
  ...["userTimeNs", "systemTimeNs", "cpuTimeNs", "readBytes", "writtenBytes"] as const,
  ...["inputBytes", "outputBytes", "inputCalls", "outputCalls"] as const,
];

const RAW = {
  task: ["pti_total_user", "pti_total_system", "pti_faults", "pti_pageins"],
  rusage: [
    ...["ri_user_time", "ri_system_time", "ri_pageins", "ri_child_user_time"] as const,
    ...["ri_child_system_time", "ri_child_pageins", "ri_diskio_bytesread"] as const,
    ...["ri_diskio_byteswritten", "ri_logical_writes", "ri_cpu_time_qos_default"] as const,
    ...["ri_pkg_idle_wkups", "ri_interrupt_wkups", "ri_instructions", "ri_cycles"] as const,
  ],
} as const;

/** The members of `trusage64` that never decrease. */
const AIX = [
  ...["ru_minflt", "ru_majflt", "ru_inblock", "ru_oublock", "ru_nvcsw", "ru_nivcsw"] as const,
];

/**
 * All ways to read counters of a process, each of which has its own code in the library. A name
 * that several ways share denotes the same number.
 */
export const WAYS: Readonly<Record<string, (pid: number) => Counters>> = {
  processes: (pid) => named(processes({ fields: FIELDS, pids: [pid] })[0]!),
  processTable(pid) {
    const table = processTable({ fields: FIELDS, pids: [pid] });
    return Object.fromEntries(FIELDS.map((name) => [name, table[name][0]!]));
  },
  read: (pid) => named(openProcess(pid).read(...FIELDS)),
  resourceUsage(pid) {
    const { userTimeNs, systemTimeNs, cpuTimeNs, readBytes, writtenBytes, ...rest } = openProcess(
      pid,
    ).resourceUsage();
    const { childUserTimeNs, childSystemTimeNs, pageFaults, majorPageFaults } = rest;
    return {
      ...{ userTimeNs, systemTimeNs, cpuTimeNs, childUserTimeNs, childSystemTimeNs },
      ...{ readBytes, writtenBytes, pageFaults, majorPageFaults },
    } as Counters;
  },
  threads(pid) {
    const threads = openProcess(pid).threads().flatMap(({ id, ...times }) => {
      // Thread ids are reused.
      const start = startOf(pid, id);
      return start === undefined ? [] : (["userTimeNs", "systemTimeNs", "cpuTimeNs"] as const).map(
        (name) => [`${name} of thread ${id} of ${start}`, times[name]] as const,
      );
    });
    return Object.fromEntries(threads);
  },
  raw(pid) {
    const task = pidInfo(pid, PROC_PIDTASKINFO);
    const { info } = newestPidRusage(pid);
    const counters: Record<string, number> = {};
    for (const name of RAW.task) counters[name] = Number(task[name]);
    for (const name of RAW.rusage) counters[name] = Number((info as typeof info & Members)[name]);
    const { ri_user_time, ri_system_time, ri_cpu_time_qos_default } = info as typeof info & Members;
    return {
      ...counters,
      userTimeNs: Number(ri_user_time),
      systemTimeNs: Number(ri_system_time),
      cpuTimeNs: Number(ri_cpu_time_qos_default),
    };
  },
  aix(pid) {
    const { pi_ru, pi_cru, pi_ioch } = procEntry(pid);
    const counters: Record<string, number> = { ioBytes: Number(pi_ioch) };
    for (const name of AIX) {
      counters[name] = Number(pi_ru[name]);
      counters[`child ${name}`] = Number(pi_cru[name]);
    }
    const { tv_sec, tv_usec } = pi_ru.ru_utime;
    return { ...counters, userTimeNs: Number(tv_sec) * 1e9 + Number(tv_usec) };
  },
  system(pid) {
    const system = defaultSystem();
    return { ioBytes: Number(system.ioBytes(pid)), cpuTimeNs: system.cpuTimeNs(pid) };
  },
};

type Members = Readonly<Record<(typeof RAW.rusage)[number], bigint>>;

/** Returns the start time of a thread, in ticks; undefined if it has ended. */
function startOf(pid: number, thread: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/task/${thread}/stat`, "latin1");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[22 - 3];
  } catch {
    return undefined;
  }
}

function named(row: Readonly<Record<(typeof FIELDS)[number], number | undefined>>): Counters {
  return Object.fromEntries(FIELDS.map((name) => [name, row[name]!]));
}
