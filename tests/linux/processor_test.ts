import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { machine } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { FfiError } from "../../ffi/error.ts";
import { architectureOf } from "../../lib/linux/sys/architecture.ts";
import { runSource } from "../support/runtime.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

test("architectureOf() calls this processor what the kernel does", { skip }, () => {
  assertEquals(architectureOf(process.arch).machine, machine());
});

test("architectureOf() throws what to do for another processor", () => {
  for (const arch of ["riscv64", "ia32", "arm", "x86_64", "", "toString"]) {
    const error = assertThrows(() => architectureOf(arch), FfiError, `"${arch}"`);
    assertEquals(error.code, "ERR_UNSUPPORTED_SYSTEM");
    assertStringIncludes(error.message, "built for x64 or arm64");
  }
});

test(
  "a runtime for another processor gets the error at the first call, and not on import",
  { skip },
  () => {
    const source = `
    import process from "node:process";
    Object.defineProperty(process, "arch", { value: "riscv64" });
    const { FfiError, getAllPids, openSystem, processes } = await import("./mod.ts");
    console.log("imported");
    for (const ask of [getAllPids, processes, openSystem]) {
      try {
        ask();
      } catch (error) {
        console.log(error instanceof FfiError, error.code, error.message.includes('"riscv64"'));
      }
    }
  `;
    const { status, stdout, stderr } = runSource(source);
    const line = "true ERR_UNSUPPORTED_SYSTEM true\n";
    assertEquals([status, stdout, stderr], [0, `imported\n${line.repeat(3)}`, ""]);
  },
);
