import { isShortage, SystemCallError } from "../../system/errors.ts";
import type { System } from "../../system/system.ts";
import { BSD, type FieldGroup } from "./field.ts";

/** The name of the user that a process acts for. Every user may read it. */
export interface UserNameFields {
  /** The name of the effective user; undefined if the system has none for the id. */
  readonly userName: string | undefined;
}

/** The name of the user that a process acts for. */
export const group: FieldGroup<UserNameFields> = {
  source: { linux: [".", "getpwuid_r()"], macos: [...BSD, "getpwuid_r()"] },
  fields: { userName: { kind: "text", title: "USER", alias: "user", otherwise: "userId" } },
  asks: ["readUser"],
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

/** A name, undefined for none, or the negated errno of a failed look-up; and until when it counts. */
interface Known {
  readonly name: string | number | undefined;
  readonly until: number;
}

/** How long a name is kept: a lookup reads a file, or queries another machine. */
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
