import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { PROC_INFO_CALL_KERNMSGBUF } from "../../lib/calls/mod.ts";
import { ERRNO } from "../../lib/system/errors.ts";
import { defaultSystem } from "../../lib/system/open.ts";
import { AS_NOBODY, runWrapped } from "../support/wrapped.ts";

const linux = process.platform === "linux";
const root = process.getuid?.() === 0;
const skip = !linux ? "needs Linux" : !root ? "needs root, to read the kernel's log" : false;

/** Returns the kernel's answer in a buffer of this size, with the bytes that it wrote. */
function ask(size: number): { answer: number; bytes: Uint8Array } {
  const memory = new Uint8Array(size + 8).fill(0xee);
  const answer = defaultSystem().kernel.procInfo(
    PROC_INFO_CALL_KERNMSGBUF,
    0,
    0,
    0n,
    memory.subarray(4, 4 + size),
  );
  assert(memory.subarray(0, 4).every((byte) => byte === 0xee));
  assert(memory.subarray(4 + Math.max(answer, 0)).every((byte) => byte === 0xee));
  return { answer, bytes: memory.subarray(4, 4 + Math.max(answer, 0)) };
}

const SIZE = 1 << 24;
const textOf = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

test(
  "KERNMSGBUF gives what dmesg gives, without priorities and with a NUL behind",
  { skip },
  () => {
    for (let tries = 0;; tries++) {
      const raw = execFileSync("dmesg", ["--syslog", "--raw"], { encoding: "utf8" });
      const { answer, bytes } = ask(SIZE);
      const expected = `${raw.replaceAll(/^<\d+>/gm, "").replace(/\n?$/, "\n")}\0`;
      // The kernel may have logged a message between the two reads.
      if (textOf(bytes) !== expected && tries < 10) continue;
      assertEquals(textOf(bytes), expected);
      assertEquals(answer, bytes.length);
      return;
    }
  },
);

test("KERNMSGBUF takes the priority from each line and nothing else", { skip }, () => {
  const mark = `libproc ${process.pid} ${Math.random()}`;
  writeFileSync("/dev/kmsg", `<5>${mark} <3>here\n<6>and there>\n`);
  const text = textOf(ask(SIZE).bytes);
  assertStringIncludes(text, `] ${mark} <3>here\n`);
  const first = text.split("\n").find((line) => line.includes(mark))!;
  assertEquals(first.startsWith("["), true, first);
  assertEquals(/^<\d+>/m.test(text), false);
});

test("KERNMSGBUF gives the newest bytes where the buffer is too small", { skip }, () => {
  for (let tries = 0;; tries++) {
    const whole = ask(SIZE).bytes;
    for (const size of [1, 2, 100, whole.length - 1, whole.length, whole.length + 1]) {
      const { answer, bytes } = ask(size);
      const expected = whole.subarray(Math.max(0, whole.length - size));
      if (textOf(bytes) !== textOf(expected) && tries < 10) break;
      assertEquals([size, answer], [size, Math.min(size, whole.length)]);
      assertEquals(textOf(bytes), textOf(expected));
      if (size > whole.length) return;
    }
  }
});

test("KERNMSGBUF answers 0 to no buffer and to an empty one", { skip }, () => {
  assertEquals(defaultSystem().kernel.procInfo(PROC_INFO_CALL_KERNMSGBUF, 0, 0, 0n, null), 0);
  assertEquals(ask(0).answer, 0);
});

test("KERNMSGBUF is EPERM where the kernel refuses its log", { skip }, () => {
  const restricted = readFileSync("/proc/sys/kernel/dmesg_restrict", "utf8") === "1\n";
  const answers = runWrapped(
    AS_NOBODY,
    `import { defaultSystem } from "./lib/system/open.ts";
     const { kernel } = defaultSystem();
     const ask = (buffer) => kernel.procInfo(4, 0, 0, 0n, buffer);
     console.log(JSON.stringify([ask(new Uint8Array(100)), ask(null)]));`,
  );
  assertEquals(answers, restricted ? [-ERRNO.EPERM, -ERRNO.EPERM] : [100, 0]);
});
