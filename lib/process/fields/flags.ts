import {
  PROC_FLAG_INEXIT,
  PROC_FLAG_LP64,
  PROC_FLAG_ROSETTA,
  PROC_FLAG_TRACED,
} from "../../abi/bsd_info.ts";
import { BSD, type FieldGroup } from "./field.ts";

/** The flags of a process. Every user can read them. */
export interface FlagFields {
  /** True if the pointers of the process have 64 bits. */
  readonly is64Bit: boolean;
  /** True if Rosetta translates the instructions of the process. */
  readonly translated: boolean;
  /** True if a debugger traces the process. */
  readonly traced: boolean;
  /** True if the process has begun to exit. */
  readonly exiting: boolean;
}

/** The flags of a process. */
export const group: FieldGroup<FlagFields> = {
  source: { linux: ["stat", "status"], macos: BSD },
  fields: {
    is64Bit: { kind: "flag", title: "64BIT" },
    translated: { kind: "flag", title: "TRANSLATED" },
    traced: { kind: "flag", title: "TRACED" },
    exiting: { kind: "flag", title: "EXITING" },
  },
  apart: true,
  ofZombies: true,
  facts: ["readFlags"],
  read({ table }, columns, row) {
    const answer = table.readFlags();
    if (answer < 0) return answer;
    const { flags } = table;
    columns.is64Bit[row] = flags & PROC_FLAG_LP64 ? 1 : 0;
    columns.translated[row] = flags & PROC_FLAG_ROSETTA ? 1 : 0;
    columns.traced[row] = flags & PROC_FLAG_TRACED ? 1 : 0;
    columns.exiting[row] = flags & PROC_FLAG_INEXIT ? 1 : 0;
    return 0;
  },
};
