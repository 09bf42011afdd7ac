import { ERRNO } from "../../system/errors.ts";
import type { ArgumentBytes } from "../../system/facts.ts";
import { argumentsIn, splitStrings } from "../parse/cmdline.ts";
import { isKernelThread, parseStat, PF_EXITING, STAT } from "../parse/stat.ts";
import type { DarwinAnswer } from "../sys/errno.ts";
import { originalReader } from "./original_arguments.ts";
import { type ProcFile, procFile } from "./proc_fs.ts";
import { readerOf, refused } from "./process.ts";
import type { World } from "./world.ts";

const STAT_FILE = procFile("stat");
const TASK = procFile("task");
const CMDLINE = procFile("cmdline");
const ENVIRON = procFile("environ");

/** The maximum time to wait for a process in the middle of `execve()`, in milliseconds. */
const PATIENCE_MS = 10;
const SHORTEST_MS = 0.05;

/** The parts of `ArgumentBytes` that Linux keeps. */
export type Started = Pick<ArgumentBytes, "arguments" | "title">;

/**
 * Reads the arguments and environments of processes. Results can be negated Darwin errnos:
 * `-EAGAIN` for a process in the middle of `execve()`, which has no arguments and no environment
 * yet.
 */
export interface StartedReader {
  /** Reads the arguments of a process. */
  arguments(pid: number): Started | DarwinAnswer;
  /** Reads the arguments of the process that was read last, with its fields up to `arg_end`. */
  argumentsOf(pid: number): Started | DarwinAnswer;
  /** Reads the environment of a process. */
  environment(pid: number): Uint8Array[] | DarwinAnswer;
  /**
   * Allows the full time for waits. Without {@linkcode StartedReader.begin}, a query regains half
   * of the time that has passed since the previous one.
   */
  begin(): void;
}

/** Creates a reader that waits for processes in the middle of `execve()`. */
export function startedReader(world: World): StartedReader {
  const { fs } = world;
  const reader = readerOf(world);
  const original = originalReader(world);
  const fields = new Float64Array(STAT.env_end + 1);
  let patience = PATIENCE_MS;
  /** The time at which `patience` last grew, by the clock of `performance`. */
  let grownAt = 0;

  /**
   * Adds half of the time that has passed, so that a caller that queries many processes one by one
   * waits for at most half of the time.
   */
  function grow(): void {
    const now = performance.now();
    patience = Math.min(PATIENCE_MS, patience + (now - grownAt) / 2);
    grownAt = now;
  }

  /** Reads the fields of the thread whose files are read. Returns 0 or a negated errno. */
  function readStat(pid: number): DarwinAnswer {
    const { thread } = reader;
    const length = thread === pid ? fs.read(pid, STAT_FILE) : fs.read(pid, TASK, thread, STAT_FILE);
    if (length < 0) return refused(length);
    return parseStat(fs.text, length, STAT.env_end, fields) ? 0 : -ERRNO.ESRCH;
  }

  /**
   * Reads a file of the process that was read last into `fs.text`. Returns its length. An empty
   * file is read again while the process is in the middle of `execve()`.
   *
   * @param isEmpty Whether the file is empty according to `fields`.
   */
  function readStarted(pid: number, file: ProcFile, isEmpty: () => boolean): DarwinAnswer {
    let length = reader.readFile(pid, file);
    for (let pause = SHORTEST_MS; length === 0; pause *= 2) {
      const error = readStat(pid);
      if (error < 0) return error;
      if (isKernelThread(fields) || isEmpty()) return 0;
      if (fields[STAT.flags]! & PF_EXITING) return -ERRNO.ESRCH;
      // A copied tree does not change.
      if (patience <= 0 || !fs.mounted) return -ERRNO.EAGAIN;
      patience -= pause;
      sleep(pause);
      length = reader.readFile(pid, file);
    }
    return length;
  }

  function argumentsOf(pid: number): Started | DarwinAnswer {
    if (isKernelThread(reader.stat)) return NONE;
    let stat = reader.stat;
    const hadNone = () => {
      stat = fields;
      return original(reader.thread, fields)?.count === 0;
    };
    const length = readStarted(pid, CMDLINE, hadNone);
    if (length < 0) return length;
    const line = fs.text.slice(0, length);
    // The process may have called `execve()` meanwhile, so its new stack is read.
    if (stat === fields) readStat(pid);
    return argumentsIn(line, original(reader.thread, stat));
  }

  return {
    argumentsOf,

    arguments(pid) {
      grow();
      const error = reader.read(pid, false, STAT.arg_end);
      return error < 0 ? error : argumentsOf(pid);
    },

    environment(pid) {
      grow();
      const error = reader.read(pid, false);
      if (error < 0) return error;
      const hasNone = () => {
        const start = fields[STAT.env_start]!;
        return start !== 0 && start === fields[STAT.env_end];
      };
      const length = readStarted(pid, ENVIRON, hasNone);
      if (length >= 0) return splitStrings(fs.text.slice(0, length));
      // Kernel threads do not have memory that can be read.
      return isKernelThread(reader.stat) ? [] : length;
    },

    begin() {
      patience = PATIENCE_MS;
    },
  };
}

const NONE: Started = { arguments: [], title: undefined };

const cell = new Int32Array(new SharedArrayBuffer(4));

function sleep(milliseconds: number): void {
  Atomics.wait(cell, 0, 0, milliseconds);
}
