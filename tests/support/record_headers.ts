/**
 * Records the structs and numbers of lib/linux from the headers for a processor, in
 * `tests/golden/linux_headers.json`. The compiler can be one for another processor, because its
 * output is not run.
 *
 *     npx bun tests/support/record_headers.ts x64 cc
 *     npx bun tests/support/record_headers.ts arm64 aarch64-linux-gnu-gcc
 */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { headerFacts } from "./kernel_headers.ts";
import { ROOT } from "./runtime.ts";

const [, , arch, compiler, ...flags] = process.argv;
if ((arch !== "arm64" && arch !== "x64") || compiler === undefined) {
  throw new Error("Cannot record without a processor, arm64 or x64, and a compiler for it");
}
const path = `${ROOT}tests/golden/linux_headers.json`;
const recorded = JSON.parse(readFileSync(path, "utf8"));
recorded[arch] = headerFacts(compiler, flags);
writeFileSync(path, `${JSON.stringify(recorded, null, 2)}\n`);
