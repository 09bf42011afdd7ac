import type { FieldName } from "../../lib/process/fields/mod.ts";
import { type ProcessRow, rowMaker } from "../../lib/process/row.ts";
import { groupsOf, Store } from "../../lib/process/store.ts";
import { RowReader } from "../../lib/process/table.ts";
import type { System } from "../../lib/system/system.ts";

/**
 * Reads rows of some processes from a table that lists all processes. The functions of the module
 * do not list processes if they receive pids.
 */
export function listedRows<N extends FieldName>(
  system: System,
  pids: readonly number[],
  fields: readonly N[],
): ProcessRow<N>[] {
  const store = new Store(groupsOf(fields));
  const reader = new RowReader(system, store);
  reader.table.expect(store.groups.flatMap(({ facts: asks = [] }) => asks), false);
  reader.table.begin();
  reader.table.list();
  store.begin(pids.length);
  const rows = pids.filter((pid, row) => reader.readRow(pid, row));
  reader.table.end();
  if (rows.length < pids.length) throw new Error(`Only ${rows} of ${pids} are there`);
  const makeRow = rowMaker(fields, store);
  return pids.map((_, row) => makeRow(row) as ProcessRow<N>);
}
