/** A program that sets its 64 bits and executes itself, which prints the bits before and after. */
import process from "node:process";
import { getUdata, setUdata } from "../../../lib/calls/mod.ts";
import { hostLibrary } from "../../support/libc.ts";
import { command } from "../../support/runtime.ts";

const [before] = process.argv.slice(2);
if (before !== undefined) {
  console.log(JSON.stringify({ before, after: `${getUdata()}` }));
} else {
  setUdata(0x1234_5678_9abc_def0n);
  const { dup, dup2, execv, memcpy } = hostLibrary().bind({
    dup: { parameters: ["i32"], result: "i32" },
    dup2: { parameters: ["i32", "i32"], result: "i32" },
    execv: { parameters: ["buffer", "buffer"], result: "i32" },
    // Copies nothing, and returns the address of its first argument.
    memcpy: { parameters: ["buffer", "buffer", "u64"], result: "u64" },
  });
  const bytesOf = (text: string) => {
    const bytes = new TextEncoder().encode(`${text}\0`);
    return new Uint8Array(bytes.buffer, 0, bytes.length);
  };
  const script = "tests/docs/statements/exec.ts";
  const texts = command(script, { args: [`${getUdata()}`] }).map(bytesOf);
  const addresses = BigUint64Array.of(...texts.map((text) => memcpy(text, text, 0n)), 0n);
  // A runtime may let an exec close its standard streams, unlike duplicates.
  for (const fd of [0, 1, 2]) dup2(dup(fd), fd);
  execv(texts[0]!, new Uint8Array(addresses.buffer));
  console.error("The program could not be executed");
  process.exit(1);
}
