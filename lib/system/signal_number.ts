/** The highest signal number of Darwin. */
const DARWIN_SIGNALS = 31;

/** The result of `System.signalNumbers()` of a system with Darwin's numbers. */
export const DARWIN_SIGNAL_NUMBERS: readonly number[] = Object.freeze(
  Array.from({ length: DARWIN_SIGNALS }, (_, i) => i + 1),
);
