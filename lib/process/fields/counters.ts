import type { FieldGroup } from "./field.ts";

/**
 * The hardware counters of a process. Available for zombies. A field is undefined if the machine or
 * its system does not count it. On Linux, the fields are unsupported. On macOS, only root can read
 * them for processes of other users.
 */
export interface CounterFields {
  /** The number of times that the process woke a processor by an interrupt. */
  readonly interruptWakeups: number | undefined;
  /** The number of times that the process woke a whole package of processors. */
  readonly packageWakeups: number | undefined;
  /** The number of instructions that the process executed, exact up to 2^53. */
  readonly instructions: number | undefined;
  /** The number of processor cycles that the process took, exact up to 2^53. */
  readonly cycles: number | undefined;
  /** The energy that the process took, in nanojoules. */
  readonly energyNanojoules: number | undefined;
}

/** The hardware counters of a process. */
export const group: FieldGroup<CounterFields> = {
  source: { linux: [], macos: ["RUSAGE_INFO"] },
  fields: {
    interruptWakeups: { kind: "number", title: "INT WAKEUPS", unit: "none" },
    packageWakeups: { kind: "number", title: "PKG WAKEUPS", unit: "none" },
    instructions: { kind: "number", title: "INSTRUCTIONS", unit: "none" },
    cycles: { kind: "number", title: "CYCLES", unit: "none" },
    energyNanojoules: { kind: "number", title: "ENERGY", unit: "none" },
  },
  apart: true,
  ofZombies: true,
  facts: ["readCounters"],
  read({ table }, columns, row) {
    const answer = table.readCounters();
    if (answer < 0) return answer;
    columns.interruptWakeups[row] = table.interruptWakeups;
    columns.packageWakeups[row] = table.packageWakeups;
    columns.instructions[row] = table.instructions;
    columns.cycles[row] = table.cycles;
    columns.energyNanojoules[row] = table.energyNanojoules;
    return 0;
  },
};
