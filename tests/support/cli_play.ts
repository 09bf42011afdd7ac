import { auditToken } from "../../lib/abi/audit_token.ts";
import {
  PROC_FLAG_EXEC,
  procBsdInfo,
  procBsdInfoWithUniqId,
  procBsdShortInfo,
} from "../../lib/abi/bsd_info.ts";
import {
  PROC_INFO_CALL_LISTPIDS,
  PROC_INFO_CALL_PIDINFO,
  PROC_INFO_CALL_SIGNAL_AUDITTOKEN,
} from "../../lib/abi/callnum.ts";
import {
  PROC_PIDT_BSDINFOWITHUNIQID,
  PROC_PIDT_SHORTBSDINFO,
  PROC_PIDTBSDINFO,
  PROC_PIDUNIQIDENTIFIERINFO,
} from "../../lib/abi/pid_info.ts";
import { procUniqIdentifierInfo } from "../../lib/abi/unique_id.ts";
import type { Struct } from "../../lib/layout/struct.ts";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import type { System } from "../../lib/system/system.ts";
import { kernelOf } from "../../lib/testing/kernel_of.ts";
import { sceneSystem } from "./cli_scene.ts";

/** A simulated process. A look is one list of all pids. */
interface Actor {
  readonly pid: number;
  readonly ppid: number;
  readonly name: string;
  /** The arguments. Default: they cannot be read. */
  readonly args?: readonly string[];
  /** The name of the program that it runs from a look on. */
  readonly then?: { readonly look: number; readonly name: string };
  /** The first look that lists it. Default: it exists from the beginning. */
  readonly enters?: number;
  /** The number of looks, or of queries of its own end, after which it has ended. */
  readonly ends?: number;
  /** The status of `wait()` if no signal ends it; undefined if the status is unknown. */
  readonly status?: number;
  /** The signal that ends it, or the reason why none does. Default: `SIGTERM`. */
  readonly obeys?: "SIGTERM" | "SIGKILL" | "none" | "denied";
}

const SSTOP = 4, SRUN = 2, SZOMB = 5;
const SIGKILL = 9, SIGTERM = 15, SIGSTOP = 17, SIGCONT = 19;

/** Returns the unique id of a process. */
const uniqueId = (pid: number) => BigInt(pid) << 8n;

/** The effect of the signals that a process has received. */
interface Fate {
  stopped: boolean;
  pending: boolean;
  status: number | undefined;
}

/** Opens a system of simulated processes, which start and end between lists of their pids. */
export function openPlay(actors: readonly Actor[]): System {
  let looks = 0;
  const fates = new Map<number, Fate>(
    actors.map(({ pid }) => [pid, { stopped: false, pending: false, status: undefined }]),
  );
  const present = (pid: number) =>
    actors.find((actor) => actor.pid === pid && (actor.enters ?? 0) <= looks);
  const hasEnded = ({ pid, ends = Infinity }: Actor) =>
    ends <= looks || fates.get(pid)!.status !== undefined;

  function signal(pid: number, number: number): number {
    const actor = present(pid);
    if (actor === undefined || hasEnded(actor)) return -ERRNO.ESRCH;
    const { obeys = "SIGTERM" } = actor;
    if (obeys === "denied") return -ERRNO.EPERM;
    const fate = fates.get(pid)!;
    if (number === SIGSTOP) fate.stopped = true;
    if (number === SIGTERM && obeys === "SIGTERM") fate.pending = true;
    if (number === SIGCONT) fate.stopped = false;
    if (number === SIGKILL && obeys !== "none") fate.status = SIGKILL;
    if (fate.pending && !fate.stopped) fate.status ??= SIGTERM;
    return 0;
  }

  function describe(actor: Actor): Readonly<Record<number, () => Uint8Array>> {
    const { pid, ppid, then } = actor;
    const name = then !== undefined && then.look <= looks ? then.name : actor.name;
    const status = hasEnded(actor) ? SZOMB : fates.get(pid)!.stopped ? SSTOP : SRUN;
    const bsd = {
      pbi_pid: pid,
      pbi_ppid: ppid,
      pbi_pgid: pid,
      pbi_name: name,
      pbi_comm: name.slice(0, 15),
      pbi_flags: PROC_FLAG_EXEC,
      pbi_status: status,
      pbi_start_tvsec: 1700000000n + BigInt(pid),
    };
    const unique = {
      p_uniqueid: uniqueId(pid),
      p_puniqueid: uniqueId(ppid),
      p_idversion: name === actor.name ? pid : pid + 1,
    };
    return {
      [PROC_PIDTBSDINFO]: () => encode(procBsdInfo, bsd),
      [PROC_PIDUNIQIDENTIFIERINFO]: () => encode(procUniqIdentifierInfo, unique),
      [PROC_PIDT_BSDINFOWITHUNIQID]: () =>
        encode(procBsdInfoWithUniqId, { pbsd: bsd, p_uniqidentifier: unique }),
      [PROC_PIDT_SHORTBSDINFO]: () =>
        encode(procBsdShortInfo, {
          pbsi_pid: pid,
          pbsi_ppid: ppid,
          pbsi_pgid: pid,
          pbsi_status: status,
          pbsi_comm: name.slice(0, 15),
          pbsi_flags: PROC_FLAG_EXEC,
        }),
    };
  }

  const kernel = kernelOf(({ callnum, pid, flavor, arg, extId }, buffer) => {
    if (callnum === PROC_INFO_CALL_LISTPIDS) {
      if (buffer === null) return (actors.length + 2) * 4;
      looks++;
      const pids = actors.map(({ pid }) => pid).filter((pid) => present(pid) !== undefined);
      return write(new Uint8Array(Int32Array.from(pids).buffer), buffer);
    }
    if (callnum === PROC_INFO_CALL_SIGNAL_AUDITTOKEN) {
      return signal(auditToken.decode(buffer!).val[5]!, flavor);
    }
    const actor = present(pid);
    if (callnum !== PROC_INFO_CALL_PIDINFO) return -ERRNO.ENOTSUP;
    if (actor === undefined || (arg === 0n && hasEnded(actor))) return -ERRNO.ESRCH;
    if (extId !== undefined && extId !== uniqueId(pid)) return -ERRNO.ESRCH;
    const answer = describe(actor)[flavor];
    return answer === undefined ? -ERRNO.ENOTSUP : write(answer(), buffer!);
  });

  const noFile = () => {
    throw new SystemCallError("find a file", "statx", ERRNO.ENOENT);
  };
  return sceneSystem(kernel, noFile, {
    arguments(pid) {
      const actor = present(pid);
      const found = actor === undefined || hasEnded(actor) ? undefined : actor;
      if (found === undefined) throw new SystemCallError("read", "system", ERRNO.ESRCH);
      const { args } = found;
      if (args === undefined) throw new SystemCallError("read", "system", ERRNO.EPERM);
      const words = args.map((word) => new TextEncoder().encode(word));
      return { executablePath: undefined, arguments: words, title: undefined };
    },
    watchExit(pid) {
      const actor = present(pid);
      if (actor === undefined) throw new SystemCallError("watch", "system", ERRNO.ESRCH);
      let asked = 0;
      return {
        ended() {
          const { status } = fates.get(pid)!;
          if (status !== undefined) return { status };
          return hasEnded(actor) || ++asked >= (actor.ends ?? Infinity)
            ? { status: actor.status }
            : undefined;
        },
        close: () => {},
      };
    },
  });
}

function encode<T extends object>(type: Struct<T>, value: Parameters<Struct<T>["encode"]>[0]) {
  const bytes = new Uint8Array(type.size);
  type.encode(value, bytes);
  return bytes;
}

function write(bytes: Uint8Array, buffer: Uint8Array): number {
  const room = bytes.subarray(0, buffer.length);
  buffer.set(room);
  return room.length;
}

const INIT: Actor = { pid: 1, ppid: 0, name: "init" };
const EXITED_3 = 3 << 8;
/** SIGSEGV, and the bit for a core dump. */
const SEGV_WITH_CORE = 11 | 0x80;

/** The processes for the tests of a command, by its name. */
export const PLAYS: Readonly<Record<string, readonly Actor[]>> = {
  watch: [
    INIT,
    { pid: 200, ppid: 1, name: "make" },
    { pid: 201, ppid: 200, name: "crash\x1b[2J", ends: 3, status: SEGV_WITH_CORE },
    {
      pid: 210,
      ppid: 200,
      name: "sh",
      args: ["sh", "-c", "\x1b[2J"],
      enters: 2,
      then: { look: 3, name: "cc1" },
      ends: 4,
    },
    {
      pid: 211,
      ppid: 200,
      name: "brief",
      enters: 4,
      ends: 4,
      status: EXITED_3,
    },
  ],
  wait: [
    INIT,
    { pid: 220, ppid: 1, name: "third", ends: 3, status: EXITED_3 },
    { pid: 221, ppid: 1, name: "crash", ends: 3, status: SEGV_WITH_CORE },
    { pid: 222, ppid: 1, name: "quiet", ends: 2 },
    { pid: 223, ppid: 1, name: "endless" },
  ],
  kill: [
    INIT,
    { pid: 230, ppid: 1, name: "make", args: ["/usr/bin/make", "-j8", "\x1b[2J"] },
    { pid: 231, ppid: 230, name: "cc1\x1b[2J" },
    { pid: 232, ppid: 231, name: "stubborn", obeys: "SIGKILL" },
    { pid: 233, ppid: 230, name: "root's", obeys: "denied" },
    { pid: 240, ppid: 1, name: "stuck", obeys: "none" },
    { pid: 250, ppid: 1, name: "server", args: ["server", "--port", "1"] },
    { pid: 251, ppid: 1, name: "server", args: ["server", "--port", "2"] },
    { pid: 252, ppid: 1, name: "observer", args: ["observer", "server"] },
    { pid: 253, ppid: 1, name: "server", ends: 0 },
  ],
};
