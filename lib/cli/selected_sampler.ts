import type { FieldName } from "../process/fields/mod.ts";
import { openSampler, type Sample } from "../process/sampler.ts";
import type { Call } from "./command.ts";
import { readFor, type Selection, selectionOf } from "./select.ts";

/** Reads the processes that options select repeatedly. */
export interface SelectedSampler extends Disposable {
  /** The selection by the options. */
  readonly selection: Selection;
  /** Samples all processes that meet the conditions of the query. */
  sample(): Sample<FieldName>;
}

/** Opens a sampler that reads the processes that options select repeatedly. */
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
