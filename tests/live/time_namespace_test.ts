import { assertAlmostEquals, assertEquals } from "@std/assert";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { after, before, test } from "node:test";
import { type Cast, startCast } from "../support/cast.ts";
import { runWrapped } from "../support/wrapped.ts";

/**
 * Returns a command that runs the following one in a time namespace, ahead of the machine by some
 * seconds.
 */
const ahead = (seconds: number) => ["unshare", "--time", "--boottime", `${seconds}`, "--fork"];

const skip = process.platform !== "linux"
  ? "needs Linux"
  : spawnSync("unshare", ["--time", "--boottime", "1", "--fork", "true"]).status !== 0
  ? "needs a kernel and privileges for namespaces of time"
  : false;

let cast: Cast;
before(async () => {
  if (skip === false) cast = await startCast();
});
after(() => cast?.[Symbol.asyncDispose]());

/** Returns a script that prints the identities of processes, and their starts from two sources. */
const script = (pids: readonly number[]) => `
  import { pidInfo, PROC_PIDTBSDINFO, PROC_PIDUNIQIDENTIFIERINFO } from "./lib/calls/mod.ts";
  import { processes } from "./lib/process/rows.ts";
  const pids = ${JSON.stringify(pids)};
  const rows = new Map(processes({ pids, fields: ["startedAt"] }).map((row) => [row.pid, row]));
  console.log(JSON.stringify(pids.map((pid) => {
    const id = pidInfo(pid, PROC_PIDUNIQIDENTIFIERINFO, 1n);
    const { pbi_start_tvsec, pbi_start_tvusec } = pidInfo(pid, PROC_PIDTBSDINFO, 1n);
    return {
      identity: [id.p_uniqueid, id.p_puniqueid, id.p_idversion, id.p_orig_ppidversion].map(String),
      started: [
        Number(pbi_start_tvsec) * 1000 + Number(pbi_start_tvusec) / 1000,
        Number(rows.get(pid).startedAt),
      ],
    };
  })));
`;

/** The values that a reader finds for a process. */
interface Told {
  readonly identity: readonly string[];
  readonly started: readonly number[];
}

test("a process is the same one, started at the same time, to readers in any namespace of time", {
  skip,
}, () => {
  const pids = ["plain", "stopped", "zombie", "leaderless"].map(cast.pid);
  const plain = runWrapped([], script(pids)) as Told[];
  for (const seconds of [1000, 86_400 * 400]) {
    const seen = runWrapped(ahead(seconds), script(pids)) as Told[];
    for (const [i, { identity, started }] of seen.entries()) {
      assertEquals(identity, plain[i]!.identity);
      // Each reader determines on its own when the machine started.
      for (const [way, at] of started.entries()) {
        assertAlmostEquals(at, plain[i]!.started[way]!, 500);
      }
    }
  }
});
