import type { FieldGroup } from "./field.ts";

/**
 * What a process transferred by system calls, from and to files, pipes, sockets and devices of any kind.
 * Linux only. Not of zombies; only root may read it of other users' processes.
 *
 * The fields never fall. They include what children transferred that ended and were waited for.
 */
export interface IoCallFields {
  /** Bytes read by system calls, including those without an access to a disk: `rchar` of proc_pid_io(5). */
  readonly inputBytes: number;
  /** Bytes written by system calls, likewise: `wchar`. */
  readonly outputBytes: number;
  /** The number of system calls that read: `syscr`. */
  readonly inputCalls: number;
  /** The number of system calls that write: `syscw`. */
  readonly outputCalls: number;
}

/** What a process transferred by system calls. */
export const group: FieldGroup<IoCallFields> = {
  source: { linux: ["io"], macos: [] },
  fields: {
    inputBytes: { kind: "number", title: "INPUT", alias: "rchar", unit: "bytes" },
    outputBytes: { kind: "number", title: "OUTPUT", alias: "wchar", unit: "bytes" },
    inputCalls: { kind: "number", title: "IN CALLS", alias: "syscr", unit: "none" },
    outputCalls: { kind: "number", title: "OUT CALLS", alias: "syscw", unit: "none" },
  },
  apart: true,
  asks: ["readCalls"],
  read({ table }, columns, row) {
    const answer = table.readCalls();
    if (answer < 0) return answer;
    columns.inputBytes[row] = table.inputBytes;
    columns.outputBytes[row] = table.outputBytes;
    columns.inputCalls[row] = table.inputCalls;
    columns.outputCalls[row] = table.outputCalls;
    return 0;
  },
};
