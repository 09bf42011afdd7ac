/**
 * Rows below those that they belong to: what leads each line of a tree.
 *
 * @module
 */
import { CUT, type Fields, plain, UNKNOWN } from "./table.ts";
import type { Form } from "./units.ts";

/** A row of a tree. */
export interface Branch {
  /** Which row it is. */
  readonly row: number;
  /** What leads its line, as in `│  └─ `. */
  readonly lead: string;
}

/**
 * Puts processes below their parents; those whose parent is not among them are at the left.
 *
 * @param order The rows, in the order of siblings.
 * @param pids The process id of each row.
 * @param parents That of its parent.
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
  // Ids that were used again while they were read may lead in a circle, which no root leads to.
  for (const starts of [roots, order]) {
    for (const start of starts) if (left.has(start)) grow(start, below, left, found);
  }
  return found;
}

/** Adds a row and all below it. No tree is so deep that a loop would be needed, but a storm's may be. */
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
/** How many columns of what is above a row are drawn before it. */
const DEEPEST = 120;

/** What leads a line. A chain of processes may be so long that each line would be as long as all above. */
function near(lead: string): string {
  return lead.length <= DEEPEST ? lead : CUT + lead.slice(CUT.length - DEEPEST);
}

/** The fields that name a process: the last of them has what leads the line. */
const NAMING = ["commandLine", "arguments", "name"];

/**
 * Fields, one of which has the place of each row in the tree before it.
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
