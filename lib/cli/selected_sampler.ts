import type { FieldName } from "../process/fields/mod.ts";
import { openSampler, type Sample } from "../process/sampler.ts";
import type { Call } from "./command.ts";
import { readFor, type Selection, selectionOf } from "./select.ts";

/** Reads the processes that the options choose again and again. */
export interface SelectedSampler extends Disposable {
  /** What is chosen. */
  readonly selection: Selection;
  /** The sample of all processes that a look at each chooses. */
  sample(): Sample<FieldName>;
}

/** Opens what reads the processes that the options choose again and again. */
export function samplerOf(
  call: Call,
  names: readonly (string | undefined)[],
  pids?: readonly number[],
): SelectedSampler {
  const selection = selectionOf(call, pids);
  const fields = readFor([...names, ...selection.fields]);
  const sampler = openSampler({ ...selection.options, fields });
  return {
    selection,
    sample: () => sampler.sample(),
    [Symbol.dispose]: () => sampler[Symbol.dispose](),
  };
}
