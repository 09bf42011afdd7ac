import { assertEquals, assertGreater } from "@std/assert";
import process from "node:process";
import { test } from "node:test";
import { compareZoo } from "../support/differential.ts";

const skip = process.platform === "linux" && process.getuid?.() === 0
  ? false
  : "needs Linux and root";

/**
 * The number of regions and descriptors of the large processes. It is small to keep the test short.
 */
const SCALE = 40;

test("the values of the processes of a zoo agree with other programs and /proc", {
  skip,
  timeout: 120_000,
}, async () => {
  const { processes, compared, differences } = await compareZoo(SCALE);
  assertEquals(differences.filter(({ reason }) => reason === undefined), []);
  assertGreater(processes, 40);
  assertGreater([...compared.values()].reduce((sum, count) => sum + count, 0), 15_000);
});
