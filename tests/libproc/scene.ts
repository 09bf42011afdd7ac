import { type Double, openDouble, SELF } from "../support/double.ts";

/** Opens the double, every field with its meaning, as pid {@linkcode SELF}. */
export function openScene(): Double {
  const double = openDouble(SELF);
  double.option("MEANINGFUL", 1n);
  return double;
}

/** The errno that a call throws. */
export function errnoOf(call: () => unknown): number | undefined {
  try {
    call();
  } catch (error) {
    return (error as { errno?: number }).errno;
  }
  return undefined;
}
