/**
 * Trees of rows, and the lines that are drawn before each row.
 *
 * @module
 */
import { CUT, type Fields, plain, UNKNOWN } from "./table.ts";
import type { Form } from "./units.ts";

/** A row of a tree. */
export interface Branch {
  /** The index of the row. */
  readonly row: number;
  /** The text before the row, such as `│  └─ `. */
  readonly lead: string;
}

/**
 * Sorts processes into trees. A process whose parent is not one of them is a root.
 *
 * @param order The indices of the rows, in the order of siblings.
 * @param pids The pid of each row.
 * @param parents The pid of the parent of each row.
 */
export function forestOf(
  order: readonly number[],
  pids: ArrayLike<number>,
  parents: ArrayLike<number>,
): Branch[] {
  const rowOf = new Map(order.map((row) => [pids[row]!, row]));
  const below = new Map<number, number[]>();
  const roots: number[] = [];
  for (const row of order) {
    const parent = rowOf.get(parents[row]!);
    if (parent === undefined || parent === row) roots.push(row);
    else if (!below.get(parent)?.push(row)) below.set(parent, [row]);
  }
  const found: Branch[] = [];
  const left = new Set(order);
  // Pids that were reused during the reading can form a cycle, which no root leads to.
  for (const starts of [roots, order]) {
    for (const start of starts) if (left.has(start)) grow(start, below, left, found);
  }
  return found;
}

/** Adds a row and all its descendants. It does not recurse, as a fork bomb can make deep trees. */
function grow(
  root: number,
  below: ReadonlyMap<number, readonly number[]>,
  left: Set<number>,
  found: Branch[],
): void {
  const open = [{ row: root, lead: "", branch: "" }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { row, lead, branch } = next;
    if (!left.delete(row)) continue;
    found.push({ row, lead: lead + branch });
    const inner = near(lead + (branch === "" ? "" : branch === LAST ? "   " : "│  "));
    const rows = below.get(row) ?? [];
    for (let i = rows.length - 1; i >= 0; i--) {
      open.push({ row: rows[i]!, lead: inner, branch: i === rows.length - 1 ? LAST : "├─ " });
    }
  }
}

const LAST = "└─ ";
/** The maximum width of the lines that are drawn before a row. */
const DEEPEST = 120;

/**
 * Truncates the lines before a row. In a long chain of processes, they would otherwise get as long
 * as the chain.
 */
function near(lead: string): string {
  return lead.length <= DEEPEST ? lead : CUT + lead.slice(CUT.length - DEEPEST);
}

/** The fields that name a process. The last of those that are shown gets the lines of the tree. */
const NAMING = ["commandLine", "arguments", "name"];

/**
 * Returns fields, one of which starts with the lines of the tree.
 *
 * @param names The fields that are shown.
 */
export function withLead<R>(
  fields: Fields<R>,
  names: readonly string[],
  leadOf: (row: R) => string,
): Fields<R> {
  const name = names.findLast((name) => NAMING.includes(name));
  if (name === undefined) return fields;
  const { text, value, ...rest } = fields[name]!;
  const own = (row: R, form: Form) => text === undefined ? plain(value(row)) : text(row, form);
  const led = (row: R, form: Form) => leadOf(row) + (own(row, form) ?? UNKNOWN);
  return { ...fields, [name]: { ...rest, value, text: led } };
}
