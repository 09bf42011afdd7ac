import { assertEquals, assertThrows } from "@std/assert";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { SystemCallError } from "../../lib/calls/mod.ts";
import { openSystem } from "../../lib/system/open.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const PID = 42;

/**
 * Reads the environment of a process in a copied tree. `environ` is empty, and `stat` has these
 * addresses.
 */
function emptyEnvironment(start: number, end: number): readonly Uint8Array[] {
  const root = mkdtempSync(`${tmpdir()}/libproc-environment-`);
  try {
    const folder = `${root}/${PID}`;
    mkdirSync(folder);
    // The fields start at the state. The exit signal, field 38, is SIGCHLD.
    const fields = Array.from({ length: 50 }, (_, i) => i + 3 === 38 ? 17 : 1);
    const stat: (string | number)[] = ["S", ...fields.slice(1)];
    stat[50 - 3] = start;
    stat[51 - 3] = end;
    stat[9 - 3] = 0;
    writeFileSync(`${folder}/stat`, `${PID} (sleep) ${stat.join(" ")}\n`);
    writeFileSync(`${folder}/cmdline`, "sleep\0");
    writeFileSync(`${folder}/environ`, "");
    return openSystem({ procRoot: root }).environment(PID);
  } finally {
    rmSync(root, { recursive: true });
  }
}

test("environment() is empty when there is none", { skip }, () => {
  assertEquals(emptyEnvironment(4096, 4096), []);
});

test(
  "environment() is EAGAIN, and not empty, when exec() is not done",
  { skip },
  () => {
    assertThrows(() => emptyEnvironment(0, 0), SystemCallError, "EAGAIN");
    assertThrows(() => emptyEnvironment(4096, 4100), SystemCallError, "EAGAIN");
  },
);
