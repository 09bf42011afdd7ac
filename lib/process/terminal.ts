import { PROC_FLAG_SLEADER } from "../abi/bsd_info.ts";
import { PROC_PIDTBSDINFO } from "../abi/pid_info.ts";
import { NO_DEVICE, taskInfoOf } from "./info.ts";
import { known } from "./known.ts";
import { type Life, ZOMBIES_TOO } from "./life.ts";
import { POLICIES, type SchedulingPolicy } from "./threads.ts";

/** The controlling terminal of a process. */
export interface TerminalInfo {
  /** Its device number. */
  readonly device: number;
  /** Its path, as in `/dev/pts/3`; left out where none has that number. */
  readonly path?: string;
  /** The process group in its foreground; left out without one. */
  readonly foregroundProcessGroupId?: number;
  /** Whether the process is in that group. */
  readonly foreground: boolean;
  /** Whether the process leads its session. */
  readonly sessionLeader: boolean;
}

/** How urgent a process is. */
export interface PriorityInfo {
  /** The nice value: -20 is served first, 19 (macOS: 20) last. */
  readonly nice: number;
  /** The priority that its threads start from: 0 to 127, the highest is served first. Not of zombies. */
  readonly basePriority?: number;
  /** How it shares the processors. Not of zombies. */
  readonly policy?: SchedulingPolicy;
}

/** Reads which terminal controls a process, also a zombie; undefined if none does. */
export function terminalOf(life: Life): TerminalInfo | undefined {
  return life.about("read the terminal of", () => {
    const { e_tdev, e_tpgid, pbi_pgid, pbi_flags } = life.ask(PROC_PIDTBSDINFO, ZOMBIES_TOO);
    if (e_tdev === NO_DEVICE) return undefined;
    return known<TerminalInfo>({
      device: e_tdev,
      path: life.source.host.terminalPath(e_tdev),
      foregroundProcessGroupId: e_tpgid || undefined,
      foreground: e_tpgid !== 0 && e_tpgid === pbi_pgid,
      sessionLeader: (pbi_flags & PROC_FLAG_SLEADER) !== 0,
    });
  });
}

/** Reads how urgent a process is, also a zombie. */
export function priorityOf(life: Life): PriorityInfo {
  return life.about("read the priority of", () => {
    const { pbi_nice } = life.ask(PROC_PIDTBSDINFO, ZOMBIES_TOO);
    const task = taskInfoOf(life);
    return known<PriorityInfo>({
      nice: pbi_nice,
      basePriority: task?.pti_priority,
      policy: task && POLICIES[task.pti_policy],
    });
  });
}
