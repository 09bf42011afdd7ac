import { assert, assertEquals, assertMatch } from "@std/assert";
import process from "node:process";
import { test } from "node:test";
import { scriptedKernel } from "../../lib/testing/mod.ts";
import { ERRNO, systemOf } from "../../mod.ts";
import { libproc, libprocWith } from "../support/cli.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

test("libproc aix validate reports that an id is valid, or the name of the error", async () => {
  assertEquals(await libproc("aix", "validate", `${process.pid}`), {
    status: 0,
    out: "valid",
    err: "",
  });
  assertEquals(
    (await libproc("aix", "validate", `${process.pid}`, "--json")).out,
    '{"valid":true}',
  );
  assertEquals(await libproc("aix", "validate", "2147483646"), {
    status: 1,
    out: "ESRCH_INVALID_PID",
    err: "",
  });
  assertEquals(await libproc("aix", "entry", "2147483646", "--json"), {
    status: 1,
    out: '{"error":"ESRCH_INVALID_PID"}',
    err: "",
  });
});

test("libproc aix entry prints every member", { skip }, async () => {
  const { status, out } = await libproc("aix", "entry", `${process.pid}`);
  assertEquals(status, 0);
  assertMatch(out, new RegExp(`^pi_pid +${process.pid}\npi_ppid +${process.ppid}\n`));
  assertEquals(out.split("\n").length, 58);
  const entry = JSON.parse((await libproc("aix", "entry", `${process.pid}`, "--json")).out);
  assertEquals([entry.pi_pid, entry.pi_ppid], [process.pid, process.ppid]);
  assertEquals(entry.pi_rlimit.length, 10);
});

test("libproc aix pgrp and member print the ids of a group", { skip }, async () => {
  const group = JSON.parse((await libproc("aix", "entry", `${process.pid}`, "--json")).out).pi_pgrp;
  const lines = (await libproc("aix", "pgrp", `${group}`)).out.split("\n");
  assert(lines.includes(`${process.pid}`));
  const member = await libproc("aix", "member", `${process.pid}`, "--json");
  assert(JSON.parse(member.out).includes(process.pid));
});

test("libproc aix reports wrong arguments in one line and ends with 2", async () => {
  const wrong: [string[], RegExp][] = [
    [[], /""/],
    [["nonsense"], /"nonsense".*validate, entry, pgrp, member/],
    [["toString", "1"], /"toString"/],
    [["entry"], /without an id/],
    [["entry", "x"], /ID.*"x"/],
    [["entry", "1", "2"], /"2"/],
    [["entry", "2147483648"], /ID.*2147483648/],
    [["pgrp", "--", "-1"], /ID.*-1/],
  ];
  for (const [args, message] of wrong) {
    const { status, out, err } = await libproc("aix", ...args);
    assertEquals([status, out], [2, ""], args.join(" "));
    assertMatch(err, message);
    assertMatch(err, /^libproc: [^\n]+$/);
  }
});

test("libproc aix and call end with 3 and a line if the answer is a refusal", async () => {
  const kernel = scriptedKernel([{ callnum: 2, pid: 501, answer: -ERRNO.EPERM }]);
  const system = systemOf(kernel);
  for (const words of [["aix", "entry", "501"], ["call", "PIDINFO", "501", "PROC_PIDTBSDINFO"]]) {
    const { status, out, err } = await libprocWith({ system }, ...words);
    assertEquals(status, 3, out);
    assertMatch(out, /^EPERM/);
    assertMatch(err, /^libproc: .* denied: .*$/);
  }
});
