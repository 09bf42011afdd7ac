/**
 * Measures programs in turns, and prints their times.
 *
 * @module
 */
import { listProcesses, processorTime } from "./programs.mjs";

/** The duration of the warm-up of a program, in rounds. */
const WARM_UP = 5;

/** Matches the reply to an operation that is impossible here. */
const UNAVAILABLE = /^unavailable: (.*)/;

/** Returns the result in a reply, without the time and the number of runs. */
const foundIn = (answer) => answer.replace(/^\d+ \d+ ?/, "").trimEnd();

/** Returns the median of some numbers. */
export const median = (numbers) => {
  const sorted = numbers.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
};

/**
 * Checks that all programs return the same result. Retries, because processes start and end
 * meanwhile. Removes programs for which the operation is impossible here.
 */
async function compare(programs, request, rows, milliseconds) {
  const before = new Set(listProcesses());
  for (const [name, program] of programs) {
    const [, reason] = UNAVAILABLE.exec(await program.ask(`${request} ${milliseconds}`)) ?? [];
    if (reason === undefined) continue;
    console.log(`${name} is skipped: ${reason}`);
    programs.delete(name);
  }
  if (programs.size === 0) return;
  let found = [];
  for (let attempt = 0; attempt < 50; attempt++) {
    found = [];
    for (const program of programs.values()) found.push(foundIn(await program.ask(`${request} 0`)));
    const there = new Set(listProcesses().filter((pid) => before.has(pid)));
    if (rows ? sameRows(found, there) : new Set(found).size === 1) return;
  }
  const shown = [...programs.keys()].map((name, i) => `${name}: ${found[i].slice(0, 300)}`);
  throw new Error(
    `The programs find different things for the request "${request}":\n${shown.join("\n")}`,
  );
}

/** Returns true if texts have the same rows for some processes. A field with `-` is unknown. */
function sameRows(texts, processes) {
  const [first, ...others] = texts.map((text) =>
    text.split(" ").filter((row) => processes.has(row.split(":")[0])).sort()
  );
  return first.length > 0 &&
    others.every((other) =>
      other.length === first.length && other.every((row, i) => {
        const fields = first[i].split(":");
        return row.split(":").every((field, j) =>
          [field, fields[j]].includes("-") || field === fields[j]
        );
      })
    );
}

/**
 * Measures programs in turns.
 *
 * @returns For each operation, by the program's name: the shortest time of each round, and the CPU
 * time per run of each round, in microseconds.
 */
export async function measure(programs, { operations, rows }, helper, { rounds, milliseconds }) {
  const requests = Object.values(operations).map((request) => request(helper));
  for (const request of requests) await compare(programs, request, rows, milliseconds * WARM_UP);
  const times = requests.map(() =>
    new Map(Array.from(programs.keys(), (name) => [name, { shortest: [], processor: [] }]))
  );
  const turns = [...programs];
  for (let round = 0; round < rounds; round++) {
    for (const [i, request] of requests.entries()) {
      for (const [name, program] of turns) {
        const time = times[i].get(name);
        const before = processorTime(program.pid);
        const [shortest, runs] = (await program.ask(`${request} ${milliseconds}`)).split(" ", 2);
        time.processor.push((processorTime(program.pid) - before) / runs);
        time.shortest.push(shortest / 1000);
      }
    }
    turns.push(turns.shift()); // the order changes each time
  }
  return times;
}

/** Formats a time. */
const microseconds = (time) => time.toFixed(time < 10 ? 2 : time < 100 ? 1 : 0);

/** Formats a factor. */
const factor = (number) => number.toFixed(number < 10 ? 2 : number < 100 ? 1 : 0);

/** Formats the medians over the rounds of the ratios of two programs' times and CPU times. */
function ratio(one, other) {
  const shown = ["shortest", "processor"].map((kind) =>
    factor(median(one[kind].map((time, i) => time / other[kind][i])))
  );
  return `${shown[0]} (${shown[1]})`;
}

/** Prints rows of cells in columns. The first column contains text. */
export function printColumns(rows) {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)));
  for (const row of rows) {
    const cells = row.map((cell, i) => i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]));
    console.log(cells.join("  ").trimEnd());
  }
}

/**
 * Prints the times of programs.
 *
 * @param times The result of `measure()`.
 * @param peers The names of the programs that the others are compared with.
 * @param processes The number of processes, to print the time per process; undefined to omit it.
 */
export function printTimes({ operations }, times, peers, processes) {
  const names = Object.keys(operations);
  for (const [i, of] of times.entries()) {
    const reference = of.get("C");
    const compared = peers.filter((name) => of.has(name));
    const header = [names.length > 1 ? names[i] : "", "us", "processor us"];
    if (processes !== undefined) header.push("us a process");
    if (reference) header.push("of C's time");
    header.push(...compared.map((name) => `times as fast as ${name}`));
    const rows = Array.from(of, ([name, own]) => {
      const shortest = Math.min(...own.shortest);
      const cells = [name, microseconds(shortest), microseconds(median(own.processor))];
      if (processes !== undefined) cells.push((shortest / processes).toFixed(2));
      if (reference) cells.push(ratio(own, reference));
      cells.push(...compared.map((peer) => ratio(of.get(peer), own)));
      return cells;
    });
    printColumns([header, ...rows]);
  }
}
