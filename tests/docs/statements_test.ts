import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { ROOT } from "../support/runtime.ts";
import {
  numberIn,
  type Proof,
  type Proofs,
  statementsIn,
  statementsOf,
  throwsAsStated,
} from "../support/statements.ts";
import { AIX } from "./statements/aix.ts";
import { CALLS } from "./statements/calls.ts";
import { FIELDS } from "./statements/fields.ts";
import { LIBPROC } from "./statements/libproc.ts";
import { PROCESS } from "./statements/process.ts";

const skip = process.platform === "linux" ? false : "needs Linux";

/** The sources whose sentences about Linux and macOS have proofs. */
const SOURCES = ["mod.ts", "lib/aix", "lib/calls", "lib/libproc", "lib/process"];
const REGISTERS: readonly Proofs[] = [AIX, CALLS, FIELDS, LIBPROC, PROCESS];

/** The proofs of registers by what they prove: the file and the sentence. */
function entriesOf(registers: readonly Proofs[]): (readonly [key: string, string, Proof])[] {
  return registers.flatMap((register) =>
    Object.entries(register).flatMap(([file, proofs]) =>
      Object.entries(proofs).map(([sentence, proof]) =>
        [`${file}: ${sentence}`, sentence, proof] as const
      )
    )
  );
}

/** The sentences without a proof, and the proofs without a sentence. */
function difference(
  stated: Readonly<Record<string, readonly string[]>>,
  registers: readonly Proofs[],
): { readonly unproved: string[]; readonly unstated: string[] } {
  const sentences = Object.entries(stated)
    .flatMap(([file, all]) => all.map((sentence) => `${file}: ${sentence}`));
  const proved = entriesOf(registers).map(([key]) => key);
  return {
    unproved: sentences.filter((key) => !proved.includes(key)),
    unstated: proved.filter((key) => !sentences.includes(key)),
  };
}

test("each sentence about Linux or macOS has a proof, and each proof has its sentence", () => {
  assertEquals(difference(statementsOf(SOURCES), REGISTERS), { unproved: [], unstated: [] });
});

test("no sentence of a file has two proofs", () => {
  const keys = entriesOf(REGISTERS).map(([key]) => key);
  assertEquals(keys.filter((key, i) => keys.indexOf(key) !== i), []);
});

for (const [key, sentence, proof] of entriesOf(REGISTERS)) {
  if (typeof proof === "function") {
    test(key, { skip }, async () => {
      await proof(sentence);
    });
  } else if ("test" in proof) {
    test(`${key} is proved by a test that exists`, () => {
      assertMatch(proof.file, /^tests\/.*_test\.ts$/);
      // An ambiguous part of a name may be in several.
      assertEquals(readFileSync(ROOT + proof.file, "utf8").split(proof.test).length - 1, 1);
    });
  }
}

const SAMPLE = `
/**
 * Returns a pid. On Linux, it is
 * a number, as in \`status\`. On other systems, it is not.
 *
 * - On macOS, an item of a list
 * - an item without a system
 *
 * | member | Linux |
 *
 * \`\`\`ts
 * // On Linux, this is code.
 * \`\`\`
 *
 * @param pid The pid. On Linux, it is local.
 * @returns The {@linkcode pid | id} of macOS.
 */
// On Linux, this is a line comment.
/* On Linux, this is a plain comment. */
const text = "On Linux, this is a string.";
/** On Linux, it is local. */
`;

test("statementsIn() finds sentences in text, tags, lists and tables of comments, once each", () => {
  assertEquals(statementsIn(SAMPLE), [
    "On Linux, it is a number, as in \`status\`.",
    "- On macOS, an item of a list",
    "| member | Linux |",
    "On Linux, it is local.",
    "@returns The pid of macOS.",
  ]);
});

test("statementsIn() finds none in code, line comments, plain comments and strings", () => {
  const others = "// On Linux, a line.\n/* macOS */ const linux = 'Linux';\n/** of a linux */\n" +
    "/**\n * \`\`\`ts\n * on(Linux); // On macOS, it is so.\n * \`\`\`\n */\n";
  assertEquals(statementsIn(others), []);
});

test("difference() notices a changed, a new and a missing sentence", () => {
  const proofs = { "a.ts": { "On Linux, throws `EPERM`.": () => {} } };
  const source = (text: string) => ({ "a.ts": statementsIn(`/** ${text} */`) });
  const same = "On Linux, throws `EPERM`.";
  assertEquals(difference(source(same), [proofs]), { unproved: [], unstated: [] });
  assertEquals(difference(source("On Linux, throws `ESRCH`."), [proofs]), {
    unproved: ["a.ts: On Linux, throws `ESRCH`."],
    unstated: ["a.ts: On Linux, throws `EPERM`."],
  });
  assertEquals(difference(source(`${same} On macOS, returns 0.`), [proofs]), {
    unproved: ["a.ts: On macOS, returns 0."],
    unstated: [],
  });
  assertEquals(difference({}, [proofs]).unstated, ["a.ts: On Linux, throws `EPERM`."]);
  // The sentence of one file does not prove that of another.
  assertEquals(difference({ "b.ts": [same] }, [proofs]).unproved, [`b.ts: ${same}`]);
});

test("a proof by an error code or a number fails for a sentence with another value", () => {
  const fails = () => {
    throw Object.assign(new Error(), { code: "EPERM" });
  };
  const proof = throwsAsStated(fails) as (sentence: string) => unknown;
  proof("On Linux, throws `EPERM`.");
  for (const other of ["`ESRCH`", "an error", "`EPERM` or `ESRCH`"]) {
    assertThrows(() => proof(`On Linux, throws ${other}.`));
  }
  assertThrows(() => (throwsAsStated(() => 0) as typeof proof)("On Linux, throws `EPERM`."));
  assertEquals(numberIn("On Linux, 1,024 bytes are kept.", /([\d,]+) bytes/), 1024);
  assertThrows(() => numberIn("On Linux, all bytes are kept.", /(\d+) bytes/), Error, "all bytes");
});
