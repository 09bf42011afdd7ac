import type { FieldGroup } from "./field.ts";

/**
 * What a process costs the hardware. macOS only, also of zombies; only root may read it of other users'
 * processes. A field is undefined if this Mac or its system does not count it.
 */
export interface CounterFields {
  /** How many times it woke a processor by an interrupt. */
  readonly interruptWakeups: number | undefined;
  /** How many times it woke a whole package of processors. */
  readonly packageWakeups: number | undefined;
  /** The number of instructions that it executed; exact up to 2^53. */
  readonly instructions: number | undefined;
  /** The number of cycles that it took; exact up to 2^53. */
  readonly cycles: number | undefined;
  /** The energy that it took, in nanojoules. */
  readonly energyNanojoules: number | undefined;
}

/** What a process costs the hardware. */
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
  asks: ["readCounters"],
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
