import { assertEquals } from "@std/assert";

/** Compares values that change with the machine. They must agree in one of several tries. */
export function assertSame<T>(ours: () => T, theirs: () => T): void {
  for (let tries = 0; tries < 20; tries++) {
    try {
      return assertEquals(ours(), theirs());
    } catch {
      // Something changed between the two.
    }
  }
  assertEquals(ours(), theirs());
}
