/** The highest number of a signal of Darwin. */
const DARWIN_SIGNALS = 31;

/** The answer of `System.signalNumbers()` where the numbers are Darwin's. */
export const DARWIN_SIGNAL_NUMBERS: readonly number[] = Object.freeze(
  Array.from({ length: DARWIN_SIGNALS }, (_, i) => i + 1),
);
