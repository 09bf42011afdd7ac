import { spawnSync } from "node:child_process";
import { platform } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { assert, assertEquals, assertGreater } from "@std/assert";
import { architectureOf, ARCHITECTURES } from "../../lib/linux/sys/architecture.ts";
import { linuxHeaders } from "../golden/golden.ts";
import {
  constants,
  type HeaderFacts,
  headerFacts,
  membersOf,
  nameOf,
  ROWS,
} from "../support/kernel_headers.ts";

/** The compiler for the C library that this runtime uses. */
const CC = process.env.LIBRARY_CC ?? process.env.CC ?? "cc";

const noCompiler = platform() !== "linux"
  ? "it takes Linux's headers"
  : spawnSync(CC, ["--version"]).status !== 0
  ? "it takes a C compiler"
  : false;

/** The name of the headers, and their content, or a reason why they are unavailable. */
const SOURCES: readonly (readonly [name: string, arch: string, facts: HeaderFacts | string])[] = [
  ["recorded headers of arm64", "arm64", linuxHeaders.arm64],
  ["recorded headers of x86-64", "x64", linuxHeaders.x64],
  ["headers of this system", process.arch, noCompiler || headerFacts(CC)],
];

for (const [source, arch, facts] of SOURCES) {
  const skip = typeof facts === "string" ? facts : false;
  const { structs, constants: values } = typeof facts === "string"
    ? { structs: {}, constants: {} }
    : facts;

  for (const row of ROWS) {
    const { type, grows } = row;
    const c = nameOf(row);
    const lacking = c in structs ? false : `the ${source} have no ${c}`;

    test(`${c} is laid out as in the ${source}`, { skip: skip || lacking }, () => {
      const { size, align, members } = structs[c]!;
      if (grows) assert(size >= type.size, `${size} bytes`);
      else assertEquals(type.size, size);
      assertEquals(type.align, align);
      for (const { name, offset, size } of membersOf(row)) {
        assertEquals([name, offset, size], [name, ...members[name]!]);
      }
    });
  }

  test(`the numbers of lib/linux are those of the ${source}`, { skip }, () => {
    let compared = 0;
    for (const { file, name, value } of constants()) {
      const known = values[name];
      if (known === undefined) continue;
      assertEquals([file, name, value], [file, name, BigInt(known)]);
      compared++;
    }
    assertGreater(compared, 200);
  });

  test(`architectureOf() has the numbers of system calls of the ${source}`, { skip }, () => {
    for (const [name, number] of Object.entries(architectureOf(arch).calls)) {
      assertEquals([name, number], [name, BigInt(values[`__NR_${name}`]!)]);
    }
  });
}

test("the recorded headers of both processors are of the same versions and have the same names", () => {
  const { arm64, x64 } = linuxHeaders;
  for (const name of ["LINUX_VERSION_CODE", "__GLIBC__", "__GLIBC_MINOR__"]) {
    assertEquals([name, arm64.constants[name]], [name, x64.constants[name]]);
  }
  assertEquals(Object.keys(arm64.constants).sort(), Object.keys(x64.constants).sort());
  assertEquals(Object.keys(arm64.structs).sort(), Object.keys(x64.structs).sort());
  assertEquals(Object.keys(ARCHITECTURES).sort(), Object.keys(linuxHeaders).sort());
});

test("all that the recorded headers of both processors differ in are numbers of system calls", () => {
  const { arm64, x64 } = linuxHeaders;
  const differing = Object.keys(x64.constants)
    .filter((name) => arm64.constants[name] !== x64.constants[name]);
  assertEquals(differing.sort(), [
    ...["__NR_bpf", "__NR_getdents64", "__NR_gettid", "__NR_statx", "__NR_tgkill"],
  ]);
  assertEquals(arm64.structs, x64.structs);
});
