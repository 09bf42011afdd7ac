import { PROC_PIDT_SHORTBSDINFO, PROC_PIDUNIQIDENTIFIERINFO } from "../abi/pid_info.ts";
import { PROC_INFO_CALL_PIDINFO } from "../abi/callnum.ts";
import { pidInfo, type PidInfoFlavor, pidInfoOf, type PidInfoReplies } from "../calls/pid_info.ts";
import { ERRNO, ProcInfoError, SystemCallError } from "../system/errors.ts";
import {
  missingOf,
  NotSupportedError,
  ProcessGoneError,
  toProcessError,
  ZombieError,
} from "./errors.ts";
import type { Source } from "./source.ts";
import { SZOMB } from "./state.ts";

/** The argument with which zombies are found, too. */
export const ZOMBIES_TOO = 1n;

/**
 * One life of a process, and the way to ask about it: what another process under the same id would
 * answer never gets out.
 */
export class Life {
  /** The process id. */
  readonly pid: number;
  /** Its `p_uniqueid`, which no other process has. */
  readonly uniqueId: bigint;
  /** Who is asked. */
  readonly source: Source;
  /** Whether the kernel is known not to compare identities itself. */
  #old = false;

  /** Stands for a life that was seen. */
  constructor(pid: number, uniqueId: bigint, source: Source) {
    this.pid = pid;
    this.uniqueId = uniqueId;
    this.source = source;
  }

  /**
   * Asks the kernel for a flavor of `pidInfo()`.
   *
   * @throws {ProcInfoError} As from there; `ESRCH` also where another process has the id by now.
   */
  ask<F extends PidInfoFlavor>(flavor: F, arg: bigint = 0n): PidInfoReplies[F] {
    const { pid, uniqueId, source: { kernel } } = this;
    if (!this.#old) {
      try {
        return pidInfoOf(pid, { uniqueId }, flavor, arg, kernel);
      } catch (error) {
        if (!(error instanceof ProcInfoError && error.errno === ERRNO.ENOSYS)) throw error;
        this.#old = true;
      }
    }
    const reply = pidInfo(pid, flavor, arg, kernel);
    // No id comes back to a process: one that is there now was there when it answered.
    const { p_uniqueid } = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, ZOMBIES_TOO, kernel);
    if (p_uniqueid === uniqueId) return reply;
    throw new ProcInfoError(ERRNO.ESRCH, PROC_INFO_CALL_PIDINFO, pid, flavor);
  }

  /**
   * Does something that only asks through {@linkcode Life.ask}, with the errors of this module.
   *
   * @param doing What is done, as in `"read the threads of"`.
   */
  about<T>(doing: string, ask: () => T): T {
    try {
      return ask();
    } catch (error) {
      throw this.#meant(error, doing);
    }
  }

  /** Asks in any other way, and then whether the process is still the one that is meant and lives. */
  living<T>(doing: string, ask: () => T): T {
    return this.about(doing, () => {
      const answer = ask();
      this.ask(PROC_PIDT_SHORTBSDINFO);
      return answer;
    });
  }

  /** Asks in any other way, and then whether the process is still the one that is meant, or its zombie. */
  present<T>(doing: string, ask: () => T): T {
    return this.about(doing, () => {
      const answer = ask();
      this.ask(PROC_PIDT_SHORTBSDINFO, ZOMBIES_TOO);
      return answer;
    });
  }

  /** Whether it lives, is a zombie, or is neither. */
  vitality(): "living" | "zombie" | "gone" {
    try {
      const { pbsi_status } = this.ask(PROC_PIDT_SHORTBSDINFO, ZOMBIES_TOO);
      return pbsi_status === SZOMB ? "zombie" : "living";
    } catch (error) {
      if (missingIn(error) !== "gone") throw error;
      return "gone";
    }
  }

  /** What an error says of the process: it may be that of another one under its id. */
  #meant(error: unknown, doing: string): unknown {
    if (!(error instanceof SystemCallError)) return error;
    const { pid } = this;
    const isGone = missingIn(error) === "gone";
    let vitality;
    try {
      vitality = this.vitality();
    } catch (unclear) {
      return toProcessError(isGone ? unclear : error, doing, pid);
    }
    if (vitality === "gone") return new ProcessGoneError(doing, pid, error);
    if (isGone && vitality === "zombie") return new ZombieError(doing, pid, error);
    // It is there, so what is not there is what was asked for: a program without a file, a lost name.
    if (isGone || error.errno === ERRNO.ENOENT) return new NotSupportedError(doing, pid, error);
    return toProcessError(error, doing, pid);
  }
}

/** What an error says is missing; undefined where it is none that says so. */
export function missingIn(error: unknown): ReturnType<typeof missingOf> {
  return error instanceof SystemCallError ? missingOf(error.errno) : undefined;
}

/** Asks for something that may be left out: undefined where this user is refused, or the system lacks it. */
export function optional<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    const missing = missingIn(error);
    if (missing === "denied" || missing === "unsupported") return undefined;
    throw error;
  }
}
