import { assert, assertEquals, assertGreater, assertMatch } from "@std/assert";
import { createRequire } from "node:module";
import process from "node:process";
import { test } from "node:test";
import { PROC_INFO_CALL_PIDRUSAGE } from "../../lib/abi/callnum.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { openProcess, processes } from "../../mod.ts";
import { startCast } from "../support/cast.ts";
import { libproc, libprocWith, NO_NAME, REFUSED } from "../support/cli.ts";
import { kernelSystem } from "../support/kernel_system.ts";
import { startShell } from "../support/lines.ts";
import { startNasty } from "../support/nasty.ts";

/** A metric in the text format, as an independent parser returns it. */
interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: string;
  readonly metrics: readonly {
    readonly value: string;
    readonly labels?: Readonly<Record<string, string>>;
  }[];
}

const require = createRequire(import.meta.url);
const parseText = require("parse-prometheus-text-format") as (text: string) => Family[];
/** Parses the output of a command, whose final newline was removed. */
const parse = (out: string) => parseText(`${out}\n`);

const skip = process.platform === "linux" ? false : "needs Linux";
const BUSY = "echo ready; while :; do :; done";

/** Returns the values of a process in a text, by the name of the metric and the mode. */
function valuesOf(text: string, pid: number): Record<string, number> {
  return Object.fromEntries(
    parse(text).flatMap(({ name, metrics }) =>
      metrics.filter(({ labels }) => labels?.["pid"] === `${pid}`)
        .map((
          { labels, value },
        ) => [[name, labels!["mode"]].filter((one) => one).join(" "), +value])
    ),
  );
}

test("libproc ps --prometheus prints what processes() finds, in base units", async () => {
  await using shell = startShell("echo ready; read _");
  await shell.next();
  const read = () =>
    processes({ pids: [shell.pid], fields: ["start", "cpuModes", "memory", "threads", "io"] })[0];
  let before, out, err, found;
  do {
    // The shell may not be waiting for its input yet.
    before = read();
    ({ out, err } = await libproc("ps", "--prometheus"));
    found = read();
  } while (JSON.stringify(found) !== JSON.stringify(before));
  if (err !== "") assertMatch(err, REFUSED);
  const { missing, startedAt, userTimeNs, systemTimeNs, residentBytes, ...rest } = found!;
  assertEquals(missing, {});
  assertEquals(valuesOf(out, shell.pid), {
    "libproc_process_cpu_seconds_total user": userTimeNs! / 1e9,
    "libproc_process_cpu_seconds_total system": systemTimeNs! / 1e9,
    "libproc_process_resident_memory_bytes": residentBytes!,
    "libproc_process_virtual_memory_bytes": rest.virtualBytes!,
    "libproc_process_threads": rest.threadCount!,
    "libproc_process_start_time_seconds": startedAt! / 1000,
    "libproc_process_read_bytes_total": rest.readBytes!,
    "libproc_process_written_bytes_total": rest.writtenBytes!,
  });
  assertGreater(residentBytes, 0);
  assertGreater(startedAt! / 1000, Date.now() / 1000 - 600);
});

test("libproc ps --prometheus keeps the format, version 0.0.4", async () => {
  const { out } = await libproc("ps", "--prometheus");
  const label = '[a-z]+="(?:[^"\\\\\\n]|\\\\[\\\\"n])*"';
  const sample = new RegExp(
    `^(libproc_[a-z_]+)(?:\\{(?:${label},?)+\\})? -?[0-9.]+(?:e[+-]\\d+)?$`,
  );
  const seen = new Set<string>();
  let family = "", type = "";
  for (const line of out.split("\n")) {
    const [, head, name, rest] = /^# (HELP|TYPE) (\S+) (.+)$/.exec(line) ?? [];
    if (head === "HELP") {
      assert(!seen.has(name!), `${name} comes twice`);
      seen.add(family = name!);
      type = "";
      const [unit] = /seconds|bytes/.exec(name!) ?? [];
      assert(unit === undefined || rest!.includes(unit), line);
    } else if (head === "TYPE") {
      assertEquals([name, type], [family, ""]);
      type = rest!;
      assertEquals(type, family.endsWith("_total") ? "counter" : "gauge");
    } else {
      assertMatch(line, sample);
      assertEquals([sample.exec(line)![1], type === ""], [family, false]);
    }
  }
  assertEquals(parse(out).map(({ name }) => name), [...seen]);
  assertEquals(seen.size, 9);
});

test("libproc ps --prometheus names the process and its user in labels", async () => {
  await using shell = startShell("echo ready; read _");
  await shell.next();
  const { out } = await libproc("ps", "--prometheus");
  const [{ metrics } = { metrics: [] }] = parse(out).filter(({ name }) =>
    name === "libproc_process_threads"
  );
  const own = metrics.find(({ labels }) => labels?.["pid"] === `${shell.pid}`);
  const system = defaultSystem();
  const user = system.userName(system.euid())!;
  const { uniqueId: id } = openProcess(shell.pid).identity();
  assertEquals(own?.labels, { pid: `${shell.pid}`, id, name: "sh", user });
});

test("libproc ps --prometheus leaves out what a zombie has lost, and counts it", {
  skip,
}, async () => {
  await using cast = await startCast();
  const { out } = await libproc("ps", "--prometheus");
  const names = Object.keys(valuesOf(out, cast.pid("zombie")));
  assert(names.includes("libproc_process_start_time_seconds"), names.join(" "));
  for (const lost of ["resident_memory_bytes", "threads", "read_bytes_total"]) {
    assert(!names.includes(`libproc_process_${lost}`), lost);
  }
  const states = parse(out).find(({ name }) => name === "libproc_processes")!.metrics;
  const count = states.find(({ labels }) => labels?.["state"] === "zombie")?.value;
  assertGreater(Number(count), 0);
  assert(states.every(({ value }) => Number(value) > 0));
});

test("libproc ps --prometheus leaves out what is denied, and ends with 3", async () => {
  const real = defaultSystem().kernel;
  const kernel: Kernel = {
    ...real,
    procInfo: (callnum, pid, flavor, arg, buffer) =>
      callnum === PROC_INFO_CALL_PIDRUSAGE
        ? -ERRNO.EPERM
        : real.procInfo(callnum, pid, flavor, arg, buffer),
  };
  const system = kernelSystem(kernel);
  const { status, out } = await libprocWith({ system }, "ps", "--prometheus");
  assertEquals(status, 3);
  const names = parse(out).map(({ name }) => name);
  assert(names.includes("libproc_process_resident_memory_bytes"));
  assert(!names.includes("libproc_process_read_bytes_total"));
});

test("libproc ps --prometheus has as many series as --most allows, and reports how many are left out", async () => {
  const { out } = await libproc("ps", "--all", "--prometheus", "--most", "3");
  const found = new Map(parse(out).map(({ name, metrics }) => [name, metrics]));
  const times = found.get("libproc_process_cpu_seconds_total")!;
  assertEquals(new Set(times.map(({ labels }) => labels?.["pid"])).size, 3);
  const all = found.get("libproc_processes")!.reduce((sum, { value }) => sum + Number(value), 0);
  assertEquals(Number(found.get("libproc_processes_omitted")![0]!.value), all - 3);
  for (const word of ["0", "x", "-1"]) {
    assertEquals((await libproc("ps", "--prometheus", `--most=${word}`)).status, 2);
  }
  assertEquals(await libproc("ps", "--most", "3"), {
    status: 2,
    out: "",
    err: "libproc: Cannot use --most without --prometheus",
  });
});

test("libproc ps --prometheus escapes the values of labels", { skip }, async () => {
  await using nasty = await startNasty();
  const { out } = await libproc("ps", "--prometheus");
  // deno-lint-ignore no-control-regex
  assertEquals(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/.exec(out), null);
  const threads = parse(out).find(({ name }) => name === "libproc_process_threads")!;
  const own = threads.metrics.find(({ labels }) => labels?.["pid"] === `${nasty.pid}`);
  assertEquals(own?.labels?.["name"], '\\x1b[2J\\x1b[H\n"\\');
});

test("libproc top --prometheus reports how busy a process keeps processors, too", async () => {
  await using shell = startShell(BUSY);
  await shell.next();
  const { out } = await libproc("top", "--once", "--prometheus");
  const values = valuesOf(out, shell.pid);
  const ratio = values["libproc_process_cpu_ratio"]!;
  assert(ratio > 0.01 && ratio < 1.5, `${ratio}`);
  assertGreater(values["libproc_process_cpu_seconds_total user"]!, 0);
  assertEquals(parse(out).length, 10);
});

test("libproc ps --prometheus ends with 1 and prints nothing where there are no processes", async () => {
  assertEquals(await libproc("ps", "--prometheus", "--name", NO_NAME), {
    status: 1,
    out: "",
    err: "",
  });
});

test("libproc refuses --prometheus with an option for the form of a table", async () => {
  for (const command of ["ps", "top"]) {
    for (const other of [["--json"], ["--jsonl"], ["--fields", "pid"]]) {
      const { status, out, err } = await libproc(command, "--prometheus", ...other);
      assertEquals([status, out], [2, ""]);
      assertEquals(err, `libproc: Cannot use ${other[0]} with --prometheus`);
    }
  }
});
