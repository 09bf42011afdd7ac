import type { FieldGroup } from "./field.ts";

/**
 * The transfers of a process by system calls, from and to files, pipes, sockets and devices of any
 * kind. Undefined for zombies. On Linux, only root can read them for processes of other users. On
 * macOS, they are unsupported.
 *
 * The fields never decrease. They include the transfers of children that have ended and were waited
 * for.
 */
export interface IoCallFields {
  /**
   * The number of bytes read by system calls, with or without an access to a disk: `rchar` of
   * proc_pid_io(5).
   */
  readonly inputBytes: number;
  /**
   * The number of bytes written by system calls, with or without an access to a disk: `wchar` of
   * proc_pid_io(5).
   */
  readonly outputBytes: number;
  /** The number of system calls that read: `syscr` of proc_pid_io(5). */
  readonly inputCalls: number;
  /** The number of system calls that write: `syscw` of proc_pid_io(5). */
  readonly outputCalls: number;
}

/** The transfers of a process by system calls. */
export const group: FieldGroup<IoCallFields> = {
  source: { linux: ["io"], macos: [] },
  fields: {
    inputBytes: { kind: "number", title: "INPUT", alias: "rchar", unit: "bytes" },
    outputBytes: { kind: "number", title: "OUTPUT", alias: "wchar", unit: "bytes" },
    inputCalls: { kind: "number", title: "IN CALLS", alias: "syscr", unit: "none" },
    outputCalls: { kind: "number", title: "OUT CALLS", alias: "syscw", unit: "none" },
  },
  apart: true,
  facts: ["readCalls"],
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
