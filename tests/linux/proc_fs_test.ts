import { assert, assertEquals, assertThrows } from "@std/assert";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { test } from "node:test";
import { hostLibc } from "../support/libc.ts";
import { procFile, procFs } from "../../lib/linux/proc/proc_fs.ts";
import { SystemCallError } from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";

const skip = process.platform === "linux" ? false : "needs Linux";
const libc = () => hostLibc();

test("procFs() reports that no process file system is mounted where it looks", { skip }, () => {
  for (const root of ["/tmp", "/", "/no/such/folder", "/etc/passwd"]) {
    const error = assertThrows(() => procFs(libc(), root), SystemCallError, `"${root}"`);
    assertEquals([error.code, error.syscall], ["ENOTSUP", "statfs"]);
  }
});

test("procFs() reads a record whole, however long it is", { skip }, async () => {
  const fs = procFs(libc());
  const LONG = "x".repeat(100_000);
  const child = spawn("/bin/sh", ["-c", "echo ready; read line"], { env: { LONG } });
  try {
    await once(child.stdout, "data");
    const length = fs.read(child.pid!, procFile("environ"));
    assert(new TextDecoder().decode(fs.text.subarray(0, length)).includes(`LONG=${LONG}\0`));
    const short = fs.read(child.pid!, procFile("comm"));
    assertEquals(new TextDecoder().decode(fs.text.subarray(0, short)), "sh\n");
  } finally {
    child.kill("SIGKILL");
  }
});

test("procFs() answers ESRCH for a process that is not there, and EPERM's kin as they are", {
  skip,
}, () => {
  const fs = procFs(libc());
  assertEquals(fs.read(0x7fffffff, procFile("stat")), -ERRNO.ESRCH);
  assertEquals(fs.owner(0x7fffffff), -ERRNO.ESRCH);
  assertEquals(fs.read(process.pid, procFile("task")), -21);
});

test("procFs() writes every length of id into the path", { skip }, () => {
  const fs = procFs(libc());
  for (const pid of [1, process.pid]) {
    const length = fs.read(pid, procFile("stat"));
    const text = new TextDecoder().decode(fs.text.subarray(0, length));
    assertEquals(text.slice(0, text.indexOf(" ")), `${pid}`);
  }
});

test("procFs() reads no list that is not below the bound", { skip }, () => {
  const fs = procFs(libc());
  const maps = procFile("maps");
  const whole = fs.readAll(process.pid, maps);
  assert(whole > 4096);
  for (const most of [1, 4096]) {
    assertEquals(fs.readAll(process.pid, maps, undefined, undefined, most), -ERRNO.EFBIG);
  }
  const task = fs.readAll(process.pid, procFile("task"), process.pid, maps, 1 << 30);
  assert(task > 4096);
});
