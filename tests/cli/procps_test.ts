import { assertEquals, assertGreater } from "@std/assert";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { after, before, test } from "node:test";
import { type Cast, startCast } from "../support/cast.ts";
import { libproc } from "../support/cli.ts";

const missing = spawnSync("ps", ["--version"]).stdout?.includes("procps") ? false : "needs procps";
const skip = process.platform === "linux" ? missing : "needs Linux";

let cast: Cast;
before(async () => {
  if (skip === false) cast = await startCast();
});
after(async () => {
  await cast?.[Symbol.asyncDispose]();
});

/**
 * Returns all pids but that of the process whose leader has ended, which ps(1) reports as a zombie.
 */
const pidsOf = () =>
  cast.roles.filter((role) => role !== "leaderless").map((role) => cast.pid(role));

/** Returns the output of ps(1) about the cast, as one row of words for each process. */
function procps(format: string): string[][] {
  const pids = pidsOf().join(",");
  const { stdout } = spawnSync("ps", ["-ww", "-o", format, "-p", pids], { encoding: "utf8" });
  return stdout.trim().split("\n").map((line) => line.trim().split(/\s+/))
    .sort(([a], [b]) => Number(a) - Number(b));
}

/** Returns the output of `libproc ps` about the cast in the same form. */
async function ours(fields: string): Promise<string[][]> {
  const pids = pidsOf().map(String);
  const { status, out, err } = await libproc("ps", ...pids, "--no-headers", "--fields", fields);
  assertEquals([status, err], [0, ""]);
  return out.split("\n").map((line) => line.trim().split(/\s+/))
    .sort(([a], [b]) => Number(a) - Number(b));
}

test("libproc ps prints of each process what ps of procps prints", { skip }, async () => {
  const rows = procps("pid=,ppid=,pgid=,sid=,uid=,gid=,ruid=,rgid=,suid=,sgid=,nice=,nlwp=,vsz=");
  assertGreater(rows.length, 4);
  const [names, states] = [procps("pid=,ucmd="), procps("pid=,state=")];
  const found = await ours("pid,ppid,pgid,sid,uid,gid,ruid,rgid,suid,sgid,nice,threads,vsz");
  for (const [i, row] of found.entries()) {
    const theirs = rows[i]!;
    // This library reports neither threads nor memory of a zombie, and sizes in bytes, not in KiB.
    const isZombie = row.at(-1) === "-";
    const expected = [...theirs.slice(0, -1), `${Number(theirs.at(-1)) * 1024}`];
    if (isZombie) expected.splice(-2, 2, "-", "-");
    assertEquals(row, expected);
  }
  // Other tests compare names with spaces and other special characters.
  const isPlain = (row: readonly string[]) => row.length === 2 && /^[\w./-]+$/.test(row[1]!);
  assertEquals((await ours("pid,name")).filter(isPlain), names.filter(isPlain));
  const letters: Readonly<Record<string, string>> = {
    running: "R",
    sleeping: "S",
    "disk-sleep": "D",
    stopped: "T",
    zombie: "Z",
  };
  assertEquals(
    (await ours("pid,state")).map(([pid, state]) => [pid, letters[state!] ?? "t"]),
    states,
  );
});
