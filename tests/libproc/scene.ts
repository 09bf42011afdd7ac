import { type Double, openDouble, SELF } from "../support/double.ts";

/** Opens the double as pid {@linkcode SELF}, with meaningful values in every field. */
export function openScene(): Double {
  const double = openDouble(SELF);
  double.option("MEANINGFUL", 1n);
  return double;
}

/** Returns the errno that a call throws. */
export function errnoOf(call: () => unknown): number | undefined {
  try {
    call();
  } catch (error) {
    return (error as { errno?: number }).errno;
  }
  return undefined;
}
