import { assert, assertEquals, assertMatch } from "@std/assert";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import config from "../../deno.json" with { type: "json" };
import { defaultSystem } from "../../lib/system/open.ts";
import { getPidsForPgrp, getPidsForPpid, getPidsForRuid, getPidsForUid } from "../../mod.ts";
import { libproc } from "../support/cli.ts";
import { command, runScript } from "../support/runtime.ts";

test("libproc pids lists this process, one id to a line", async () => {
  for (const args of [["pids"], ["pids", "all"]]) {
    const { status, out, err } = await libproc(...args);
    assertEquals([status, err], [0, ""]);
    assert(out.split("\n").includes(`${process.pid}`));
  }
});

test("libproc pids --json prints one array", async () => {
  const { status, out } = await libproc("pids", "ppid", `${process.ppid}`, "--json");
  assertEquals(status, 0);
  assert(JSON.parse(out).includes(process.pid));
  assertEquals(await libproc("pids", "pgrp", "2147483647", "--json"), {
    status: 1,
    out: "[]",
    err: "",
  });
});

test("libproc pids takes the command's own value where none is given", async () => {
  const system = defaultSystem();
  const own: Record<string, () => number[]> = {
    uid: () => getPidsForUid(system.euid()),
    ruid: () => getPidsForRuid(system.ruid()),
    ppid: () => getPidsForPpid(system.ppid()),
    pgrp: () => getPidsForPgrp(system.pgrp()),
  };
  assertEquals([system.pid(), system.ppid()], [process.pid, process.ppid]);
  for (const [filter, expected] of Object.entries(own)) {
    const pids = JSON.parse((await libproc("pids", filter, "--json")).out);
    assert(pids.includes(process.pid), filter);
    assert(pids.every((pid: number) => pid > 0) && expected().includes(process.pid));
  }
});

test("libproc pids ends with 1 and prints nothing where there are none", async () => {
  assertEquals(await libproc("pids", "pgrp", "2147483647"), { status: 1, out: "", err: "" });
});

test("libproc reports wrong arguments in one line and ends with 2", async () => {
  const wrong: [string[], RegExp][] = [
    [[], /without a command/],
    [["nonsense"], /"nonsense"/],
    [["toString"], /"toString"/],
    [["pids", "nonsense"], /"nonsense".*all, uid, ruid, ppid, pgrp, tty/],
    [["pids", "constructor"], /"constructor"/],
    [["pids", "all", "3"], /"3"/],
    [["pids", "uid", "1", "2"], /"2"/],
    [["pids", "uid", "12abc"], /uid.*"12abc"/],
    [["pids", "uid", ""], /uid.*""/],
    [["pids", "ruid", "1.5"], /uid.*"1\.5"/],
    [["pids", "uid", "4294967296"], /uid.*4294967296/],
    [["pids", "ppid", "99999999999999999999"], /ppid.*100000000000000000000/],
    [["pids", "--", "pgrp", "-1"], /pgid.*-1/],
    [["pids", "ppid", "NaN"], /ppid.*"NaN"/],
    [["pids", "tty"], /terminal/],
    [["pids", "tty", "no-such-terminal"], /"\/dev\/no-such-terminal".*ENOENT/],
    [["pids", "tty", "/dev/no-such-terminal"], /"\/dev\/no-such-terminal".*ENOENT/],
    [["pids", "tty", "/"], /"\/".*ENOTTY/],
    [["pids", "tty", "99999999999"], /tty.*99999999999/],
    [["pids", "--nonsense"], /--nonsense/],
  ];
  for (const [args, message] of wrong) {
    const { status, out, err } = await libproc(...args);
    assertEquals([status, out], [2, ""], args.join(" "));
    assertMatch(err, message);
    assertMatch(err, /^libproc: [^\n]+$/);
  }
});

test("libproc --help, pids --help and --version print and end with 0", async () => {
  assertMatch(
    (await libproc("--help")).out,
    /Commands:\n(?: {2}.*\n)* {2}pids {2,}list process ids\n/,
  );
  assertMatch((await libproc("pids", "--help")).out, /Usage: libproc pids/);
  assertEquals(await libproc("--version"), { status: 0, out: config.version, err: "" });
});

test("the command as a program writes to its outputs and sets the exit status", () => {
  const script = new URL("../../lib/cli/main.ts", import.meta.url).pathname;
  const some = runScript(script, { flags: ["--allow-ffi"], args: ["pids"] });
  assertEquals([some.status, some.stderr], [0, ""]);
  assert(some.stdout.split("\n").includes(`${process.pid}`));
  const wrong = runScript(script, { flags: ["--allow-ffi"], args: ["pids", "x"] });
  assertEquals([wrong.status, wrong.stdout], [2, ""]);
  assertMatch(wrong.stderr, /^libproc: [^\n]+\n$/);
  // It is not an error if the reader exits after one line.
  const words = command(script, { flags: ["--allow-ffi"], args: ["pids"] });
  const cut = spawnSync("sh", ["-c", `"$0" "$@" | head -n 1`, ...words], { encoding: "utf8" });
  assertEquals([cut.status, cut.stderr], [0, ""]);
  assertMatch(cut.stdout, /^\d+\n$/);
});
