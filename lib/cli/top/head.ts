/**
 * The lines above the processes: the state of the machine, and a summary of the processes.
 *
 * @module
 */
import { STATES } from "../../process/state.ts";
import { tableText } from "../../process/table.ts";
import { optional } from "../../system/errors.ts";
import type { MachineFacts, ProcessorTimes, SpaceUse } from "../../system/facts.ts";
import type { System } from "../../system/system.ts";
import { moment, size, zone } from "../units.ts";
import { columnOf, type TopSample } from "./fields.ts";

const NOTHING: MachineFacts = {
  loadAverages: undefined,
  uptimeMs: undefined,
  processorCount: undefined,
  processorTimes: undefined,
  memory: undefined,
  swap: undefined,
};

/** The lines about the machine. Unknown facts are omitted. */
export class MachineHead {
  readonly #system: System;
  #facts = NOTHING;
  #since: ProcessorTimes | undefined;

  constructor(system: System) {
    this.#system = system;
  }

  /** Reads the facts about the machine. */
  read(): void {
    this.#since = this.#facts.processorTimes;
    this.#facts = optional(() => this.#system.machine()) ?? NOTHING;
  }

  /** The uptime of the machine, and its load. */
  get #running(): string[] {
    const { uptimeMs, loadAverages } = this.#facts;
    return [
      ...(uptimeMs === undefined ? [] : [`up ${span(uptimeMs)}`]),
      ...(loadAverages === undefined
        ? []
        : [`load ${loadAverages.map((load) => load.toFixed(2)).join(" ")}`]),
    ];
  }

  /** The busy share of the processors since the previous reading, in percent. */
  get #busy(): number | undefined {
    const now = this.#facts.processorTimes, since = this.#since;
    if (now === undefined || since === undefined || now.total <= since.total) return undefined;
    return 100 * Math.max(0, now.busy - since.busy) / (now.total - since.total);
  }

  /** Returns the first line. */
  title(): string {
    return [`libproc top  ${moment(Date.now())} ${zone()}`, ...this.#running].join("  ");
  }

  /** Returns the line of bars. */
  bars(width: number): string {
    const { processorCount, memory, swap } = this.#facts;
    const busy = this.#busy;
    const bars: [name: string, share: number, text: string][] = [];
    if (busy !== undefined) {
      const of = processorCount === undefined ? "" : ` of ${processorCount}`;
      bars.push(["cpu", busy / 100, `${busy.toFixed(1)}%${of}`]);
    }
    for (const [name, space] of [["mem", memory], ["swap", swap]] as const) {
      if (space !== undefined && space.totalBytes > 0) bars.push([name, ...shareOf(space)]);
    }
    const room = Math.floor((width - 2 * (bars.length - 1)) / Math.max(bars.length, 1));
    return bars.map((bar) => barOf(...bar, Math.min(room, WIDEST_BAR))).join("  ");
  }
}

/** The maximum width of a bar with its name. */
const WIDEST_BAR = 50;

function shareOf({ usedBytes, totalBytes }: SpaceUse): [share: number, text: string] {
  return [usedBytes / totalBytes, `${size(usedBytes)} of ${size(totalBytes)}`];
}

/** Returns a bar of the available width, such as `mem [||||    1.0G of 4.0G]`. */
function barOf(name: string, share: number, text: string, room: number): string {
  const inside = room - name.length - " []".length;
  const bar = "|".repeat(Math.round(Math.min(share, 1) * Math.max(inside, 0))).padEnd(inside);
  // The text covers the end of the bar.
  const shown = inside > text.length ? bar.slice(0, inside - text.length - 1) + ` ${text}` : text;
  return `${name} [${shown}]`;
}

/** Formats a duration for people: `3:04`, `2 days 3:04`. */
function span(milliseconds: number): string {
  const minutes = Math.floor(milliseconds / 60_000);
  const days = Math.floor(minutes / 1440), hours = Math.floor(minutes / 60) % 24;
  const clock = `${hours}:${String(minutes % 60).padStart(2, "0")}`;
  return days === 0 ? clock : `${days} ${days === 1 ? "day" : "days"} ${clock}`;
}

/**
 * Returns the number of processes in each state, and their total processor time and memory, as far
 * as they were read.
 */
export function summary(sample: TopSample, rows: Int32Array): string {
  const counts = countsOf(sample, rows);
  const states = STATES.flatMap((state) => {
    const count = counts.get(state ?? "");
    return count === undefined ? [] : `${count} ${state ?? "unknown"}`;
  });
  const parts = [`${rows.length} processes`, ...(states.length > 0 ? [states.join(", ")] : [])];
  const percent = sum(sample.changes.cpuPercent, rows)?.toFixed(1) ?? "-";
  const column = columnOf(sample, "residentBytes");
  const resident = column && sum(column, rows);
  const memory = column === undefined
    ? ""
    : `  resident ${resident === undefined ? "-" : size(resident)}`;
  return `${parts.join(": ")}  cpu ${percent}%${memory}`;
}

/** Counts the processes in each state. */
function countsOf(sample: TopSample, rows: Int32Array): Map<string, number> {
  // Decodes the text of each state once, not of each process.
  const byText = new Map<number, number>();
  for (const row of rows) {
    const text = sample.state[row]!;
    byText.set(text, (byText.get(text) ?? 0) + 1);
  }
  const counts = new Map<string, number>();
  for (const [text, count] of byText) {
    const state = tableText(sample, text);
    counts.set(state, (counts.get(state) ?? 0) + count);
  }
  return counts;
}

/** Returns the sum of the known values of a column; undefined if none is known. */
function sum(column: ArrayLike<number>, rows: Int32Array): number | undefined {
  let sum = 0, isKnown = false;
  for (const row of rows) {
    const value = column[row]!;
    if (Number.isNaN(value)) continue;
    sum += value;
    isKnown = true;
  }
  return isKnown ? sum : undefined;
}
