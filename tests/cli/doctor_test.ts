import { assert, assertEquals, assertMatch } from "@std/assert";
import process from "node:process";
import { test } from "node:test";
import config from "../../deno.json" with { type: "json" };
import type { Report } from "../../lib/doctor/report.ts";
import type { Kernel } from "../../lib/system/kernel.ts";
import { openFullDouble } from "../doctor/full_double.ts";
import { libproc, libprocWith, type Ran } from "../support/cli.ts";
import { ROOT, runScript } from "../support/runtime.ts";

/** Runs the doctor on the double, with a kernel that may return wrong answers. */
function diagnose(lie: (kernel: Kernel) => Kernel, json: boolean): Promise<Ran> {
  const { system: double, update } = openFullDouble();
  const { kernel } = double;
  // The values of the double do not change on their own, so each call updates them.
  const current: Kernel = {
    ...kernel,
    procInfo(callnum, pid, flavor, arg, buffer) {
      update();
      return kernel.procInfo(callnum, pid, flavor, arg, buffer);
    },
  };
  const system = { ...double, kernel: lie(current) };
  return libprocWith({ system }, "doctor", ...(json ? ["--json"] : []));
}

test("libproc doctor finds nothing wrong here, and ends with 0", async () => {
  const { status, out, err } = await libproc("doctor");
  assertEquals([status, err], [0, ""], out);
  assertMatch(out, new RegExp(`^libproc ${config.version}, ${process.platform} ${process.arch}, `));
  assertMatch(out, new RegExp(`\nprocess ${process.pid}\n`));
  assertMatch(out, /\n {2}served {3}PROC_ALL_PIDS .* pid\n/);
  assertMatch(out, /, 0 WRONG$/);
});

test("libproc doctor examines another process", async () => {
  const { status, out } = await libproc("doctor", `${process.ppid}`, "--json");
  assertEquals(status, 0, out);
  assertEquals((JSON.parse(out) as Report).pid, process.ppid);
});

test("libproc doctor --json prints the whole report as one object", async () => {
  const { out } = await libproc("doctor", "--json");
  const report = JSON.parse(out) as Report;
  assertEquals(report.version, config.version);
  assertEquals([report.system, report.arch], [process.platform, process.arch]);
  const rows = report.chapters.flatMap(({ rows }) => rows);
  const sum = Object.values(report.summary).reduce((sum, n) => sum + n, 0);
  assertEquals(rows.length, sum);
  assert(rows.some(({ name }) => name === "PROC_PIDTBSDINFO"));
});

test("libproc doctor ends with 0 where the kernel is right, and with 3 where it lies", async () => {
  const right = await diagnose((kernel) => kernel, false);
  assertEquals(right.status, 0, right.out);
  const lie = (kernel: Kernel): Kernel => ({
    ...kernel,
    procInfo(callnum, pid, flavor, arg, buffer) {
      const result = kernel.procInfo(callnum, pid, flavor, arg, buffer);
      return callnum === 2 && flavor === 3 && result === 136 ? 135 : result;
    },
  });
  const text = await diagnose(lie, false);
  assertEquals(text.status, 3);
  assertMatch(text.out, /\n {2}WRONG {4}PROC_PIDTBSDINFO +the kernel returned 135 .* 136 bytes\n/);
  assertMatch(text.out, /, 1 WRONG$/);
  const json = await diagnose(lie, true);
  assertEquals([json.status, (JSON.parse(json.out) as Report).summary.WRONG], [3, 1]);
});

test("libproc doctor reports wrong arguments in one line and ends with 2", async () => {
  const wrong: [string[], RegExp][] = [
    [["doctor", "me"], /pid.*"me"/],
    [["doctor", "1", "2"], /"2"/],
    [["doctor", "--", "-1"], /pid.*-1/],
    [["doctor", "2147483647"], /ESRCH/],
  ];
  for (const [args, message] of wrong) {
    const { status, out, err } = await libproc(...args);
    assertEquals([status, out], [2, ""], args.join(" "));
    assertMatch(err, message);
    assertMatch(err, /^libproc: [^\n]+$/);
  }
  assertMatch(
    (await libproc("doctor", "--help")).out,
    /^Usage: libproc doctor \[PID\] \[OPTION\.\.\.\]\n/,
  );
});

test("libproc doctor needs no permission but to call libraries", () => {
  const script = new URL("../../lib/cli/main.ts", import.meta.url).pathname;
  const { status, stdout, stderr } = runScript(script, {
    flags: ["--allow-ffi"],
    nodeFlags: [
      ...["--permission", "--allow-ffi", "--disable-warning=PERM0003"], // about --allow-ffi
      `--allow-fs-read=${ROOT}*`, // The module itself.
    ],
    args: ["doctor", "--json"],
  });
  assertEquals([status, stderr], [0, ""], stdout);
  const { summary, runtime } = JSON.parse(stdout) as Report;
  assertEquals(summary.WRONG, 0);
  assertEquals(runtime, navigator.userAgent);
});
