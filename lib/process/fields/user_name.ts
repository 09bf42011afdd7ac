import { isShortage, SystemCallError } from "../../system/errors.ts";
import type { System } from "../../system/system.ts";
import { BSD, type FieldGroup } from "./field.ts";

/** The name of the effective user of a process. Every user can read it. */
export interface UserNameFields {
  /** The name of the effective user. Undefined if the system has no name for the id. */
  readonly userName: string | undefined;
}

/** The name of the effective user of a process. */
export const group: FieldGroup<UserNameFields> = {
  source: { linux: [".", "getpwuid_r()"], macos: [...BSD, "getpwuid_r()"] },
  fields: { userName: { kind: "text", title: "USER", alias: "user", otherwise: "userId" } },
  facts: ["readUser"],
  stays: true,
  read({ table, system, texts, readAtMs }, columns, row) {
    const answer = table.readUser();
    if (answer < 0) return answer;
    const name = nameOf(system, table.userId, readAtMs);
    if (typeof name === "number") return name;
    columns.userName[row] = name === undefined ? 0 : texts.constant(name);
    return 0;
  },
};

/**
 * A cached lookup. The name is undefined if the user has none, and a negated errno if the lookup
 * failed.
 */
interface Known {
  readonly name: string | number | undefined;
  readonly until: number;
}

/**
 * The time for which a name is cached, in milliseconds. A lookup reads a file or queries another
 * machine.
 */
const KEPT_MS = 10_000;

const names = new WeakMap<System, Map<number, Known>>();

function nameOf(system: System, userId: number, now: number): Known["name"] {
  let known = names.get(system);
  if (known === undefined) names.set(system, known = new Map());
  const found = known.get(userId);
  if (found !== undefined && now < found.until) return found.name;
  const name = lookUp(system, userId);
  const isFailed = typeof name === "number" && isShortage(-name);
  if (!isFailed) known.set(userId, { name, until: now + KEPT_MS });
  return name;
}

function lookUp(system: System, userId: number): Known["name"] {
  try {
    return system.userName(userId);
  } catch (error) {
    if (error instanceof SystemCallError) return -error.errno;
    throw error;
  }
}
