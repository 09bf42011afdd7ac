import { assert, assertEquals, assertThrows } from "@std/assert";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync, statSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { ERRNO, SystemCallError } from "../../lib/system/errors.ts";
import { getArguments } from "../../lib/libproc/arguments.ts";
import { defaultSystem } from "../../lib/system/open.ts";

const skip = process.platform !== "linux" && process.platform !== "darwin";

/** Runs a waiting shell with arguments, and ends it after `use`. */
async function withChild(
  args: string[],
  env: Record<string, string>,
  use: (pid: number, child: ChildProcess) => void,
): Promise<void> {
  const child = spawn("/bin/sh", ["-c", "echo ready; read line", ...args], {
    env,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const ended = once(child, "exit");
  try {
    await once(child.stdout!, "data");
    use(child.pid!, child);
  } finally {
    child.kill("SIGKILL");
    await ended;
  }
}

const SCRIPT = ["/bin/sh", "-c", "echo ready; read line"];

test("getArguments() gives a child's arguments, empty ones too, and its environment", {
  skip,
}, async () => {
  for (const args of [[], [""], ["", ""], ["a", "", "b"], ["", "é\n", "x".repeat(20_000)]]) {
    await withChild(args, { SECRET: "1", EMPTY: "" }, (pid) => {
      const answer = getArguments(pid);
      assertEquals(answer.arguments, [...SCRIPT, ...args]);
      assertEquals(answer.environment?.includes("SECRET=1"), true);
      assertEquals(answer.environment?.includes("EMPTY="), true);
      assertEquals(answer.bytes.arguments.map((arg) => new TextDecoder().decode(arg)), [
        ...SCRIPT,
        ...args,
      ]);
      assertEquals(
        answer.environmentBytes?.map((entry) => new TextDecoder().decode(entry)),
        answer.environment as string[],
      );
    });
  }
});

test("getArguments() of this process returns what the runtime has", { skip }, () => {
  const { arguments: args, environment } = getArguments(process.pid);
  assert(args.length > 0);
  assert(environment!.some((entry) => entry === `PATH=${process.env.PATH}`));
});

test("getArguments() reports ESRCH where there is no such process", { skip }, () => {
  for (const pid of [-1, 0x7ffffffe]) {
    const error = assertThrows(() => getArguments(pid), SystemCallError, `process ${pid}`);
    assertEquals(error.errno, ERRNO.ESRCH);
  }
});

const linux = { skip: process.platform !== "linux" };

test("linuxSystem() returns the id of the calling thread, and the inode of a path", linux, () => {
  const system = defaultSystem();
  assert(system.threadId() > 0n);
  assert(statSync(`/proc/self/task/${system.threadId()}`).isDirectory());
  for (const path of ["/bin/sh", "/proc", "/dev", "/dev/null", "/proc/self/exe"]) {
    const { ino, dev } = statSync(path, { bigint: true });
    const { device, inode } = system.fileId(path);
    assertEquals([BigInt(device), inode], [dev, ino]);
  }
  const error = assertThrows(() => system.fileId("/no-such"), SystemCallError, `"/no-such"`);
  assertEquals([error.code, error.syscall], ["ENOENT", "statx"]);
});

test("linuxSystem() reads arguments that no read of a fixed size would hold", linux, async () => {
  const args = Array.from({ length: 40 }, (_, i) => String(i).repeat(3000));
  await withChild(args, {}, (pid) => {
    assertEquals(getArguments(pid).arguments, [...SCRIPT, ...args]);
    assertEquals(
      readFileSync(`/proc/${pid}/cmdline`).length,
      [...SCRIPT, ...args].join("\0").length + 1,
    );
  });
});
