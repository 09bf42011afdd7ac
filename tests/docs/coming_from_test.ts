import { assertEquals, assertGreater } from "@std/assert";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import { ROOT } from "../support/runtime.ts";
import { typeErrors } from "../support/type_errors.ts";

/** The code in the columns about this library. */
const SPANS = readFileSync(`${ROOT}docs/coming_from.md`, "utf8").split("\n")
  .filter((line) => line.startsWith("| `"))
  .flatMap((line) =>
    line.split(/(?<!\\)\|/).slice(2, 4).flatMap((cell) =>
      [...cell.matchAll(/`([^`]+)`/g)].map(([, code = ""]) => code)
    )
  );

const CALLS = SPANS.filter((span) => /[(]/.test(span) && !span.startsWith("libproc "));

/** Declares a value for each name that the calls use. */
const NAMES = `
import * as all from "${ROOT}mod.ts";
import type { Process } from "${ROOT}mod.ts";
const {
  deltas, descriptors, getAllPids, killTree, listeningPorts, openProcess, openSampler, openSystem,
  processes, processesAsync, processTable, processTree, waitForExit, whoHas,
} = all;
declare const p: Process, list: Process[], pid: number, pids: number[], user: string, name: string;
declare const id: string, graceMs: number, path: string, below: string, startedAt: number;
declare const rows: all.ProcessRow<"residentBytes">[];
declare const reuse: { readonly [name: string]: unknown };
void [deltas, processesAsync, processTable, waitForExit, process, reuse];
`;

/** Returns a call as a statement. */
function statementOf(call: string): string {
  if (call.startsWith("for ")) return call.replace(/\.\.\.$/, "void pid;");
  if (call === "rows.sort(...)") return "rows.sort();";
  if (call.startsWith(".")) {
    return `openProcess(pid)${call.replace("()", '("openFiles", { soft: 1, hard: 1 })')};`;
  }
  if (call.startsWith("process.") || call.startsWith("process[")) {
    return `openProcess(pid)${call.slice("process".length)};`;
  }
  return `void (${call});`;
}

test("docs/coming_from.md has calls that the compiler accepts", () => {
  assertGreater(CALLS.length, 60);
  mkdirSync(`${ROOT}.cache`, { recursive: true });
  const folder = mkdtempSync(`${ROOT}.cache/coming-from-`);
  try {
    const body = CALLS.map((call) => `{ ${statementOf(call)} }`).join("\n");
    writeFileSync(
      `${folder}/calls.ts`,
      `${NAMES}\nexport async function calls(): Promise<void> {\n${body}\n}\n`,
    );
    assertEquals(typeErrors(folder), "");
  } finally {
    rmSync(folder, { recursive: true });
  }
});
