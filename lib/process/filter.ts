import { id, shown, uint32, withoutNul } from "../system/arguments.ts";
import type { System } from "../system/system.ts";
import type { GroupNames } from "./containers.ts";
import { commandLineIn } from "./fields/command_line.ts";
import { groupNamesOf } from "./fields/container.ts";
import type { Look } from "./fields/field.ts";
import { nameIn } from "./fields/name.ts";
import { stateIn } from "./fields/state.ts";
import { type ProcessState, STATES } from "./state.ts";
import { checkedPids } from "./pids.ts";
import type { Filter } from "./table.ts";

/** Conditions on the facts of a process, except its sockets. A process must meet all of them. */
export interface ConditionOptions {
  /**
   * A text that the name or the command line contains, or an expression that one of them matches.
   */
  readonly name?: string | RegExp;
  /** The effective user: an id or a name. */
  readonly user?: number | string;
  /** The process id of the parent. */
  readonly parent?: number;
  /** The state, or several states. */
  readonly state?: ProcessState | readonly ProcessState[];
  /** The container: the beginning of its id, or the whole name if a name identifies it. */
  readonly container?: string;
  /**
   * The path of a control group. It matches the processes in that group and in the groups below it.
   */
  readonly cgroup?: string;
  /** The pids of processes to exclude, such as that of the program itself. */
  readonly exceptPids?: readonly number[];
  /** The systemd unit, of the system or of a user. `.service` can be omitted. */
  readonly unit?: string;
}

/** The conditions that select processes. A process must meet all of them. */
export interface FilterOptions extends ConditionOptions {
  /** A local port of any protocol. It matches the processes that have a socket on it. */
  readonly port?: number;
}

type Condition = (look: Look) => boolean;

/**
 * Returns the filter for the conditions in options; undefined if there are none.
 *
 * @throws {TypeError | RangeError} A condition is invalid.
 */
export function filterOf(options: ConditionOptions, system: System): Filter | undefined {
  const { name, user, parent, state, container, cgroup, unit, exceptPids } = options;
  const conditions: Condition[] = [];
  if (exceptPids !== undefined) conditions.push(isNoneOf(checkedPids("exceptPids", exceptPids)));
  if (parent !== undefined) conditions.push(hasParent(id("parent", parent)));
  if (state !== undefined) conditions.push(hasState(state));
  if (user !== undefined) conditions.push(hasUser(user, system));
  if (container !== undefined) conditions.push(isIn(inContainer(wordIn("container", container))));
  if (cgroup !== undefined) conditions.push(isIn(inGroup(wordIn("cgroup", cgroup))));
  if (unit !== undefined) conditions.push(isIn(inUnit(wordIn("unit", unit))));
  if (name !== undefined) conditions.push(isNamed(name));
  if (conditions.length === 0) return undefined;
  return {
    readsArguments: name !== undefined,
    accepts: (look) => conditions.every((holds) => holds(look)),
  };
}

function isNoneOf(pids: Int32Array): Condition {
  const left = new Set(pids);
  return ({ pid }) => !left.has(pid);
}

function hasParent(parent: number): Condition {
  return ({ table }) => table.parentPid === parent;
}

function hasState(state: ProcessState | readonly ProcessState[]): Condition {
  const states: readonly unknown[] = Array.isArray(state) ? state : [state];
  for (const each of states) {
    if (each !== undefined && (STATES as readonly unknown[]).includes(each)) continue;
    throw new RangeError(
      `Cannot pass state as it must be one of ${
        STATES.slice(1).join(", ")
      }, or an array of them: ` +
        `current value is ${shown(each)}`,
    );
  }
  return ({ table }) => states.includes(stateIn(table));
}

function hasUser(user: number | string, system: System): Condition {
  const userId = userIdOf(user, system);
  return ({ table }) => table.readUser() === 0 && table.userId === userId;
}

function userIdOf(user: number | string, system: System): number {
  if (typeof user === "number") return uint32("user", user);
  if (typeof user !== "string") {
    throw new TypeError(`Cannot pass user as it must be an id or a name: it is ${typeof user}`);
  }
  const found = system.userId(withoutNul("user", user));
  if (found !== undefined) return found;
  throw new RangeError(
    `Cannot pass user as it must be an id or the name of a user of this system: current value is ${
      JSON.stringify(user)
    }`,
  );
}

function wordIn(option: string, word: string): string {
  if (typeof word !== "string") {
    throw new TypeError(`Cannot pass ${option} as it must be a string: it is ${typeof word}`);
  }
  if (word !== "") return word;
  throw new RangeError(`Cannot pass ${option} as it must not be empty: current value is ""`);
}

function isIn(holds: (names: GroupNames) => boolean): Condition {
  return (look) => {
    const names = groupNamesOf(look);
    return typeof names !== "number" && holds(names);
  };
}

/** A name must match as a whole, as it may be the beginning of another name. */
const CONTAINER_ID = /^[0-9a-f]{64}$/;

function inContainer(word: string): (names: GroupNames) => boolean {
  return ({ container }) =>
    container !== undefined &&
    (container.id === word || CONTAINER_ID.test(container.id) && container.id.startsWith(word));
}

function inGroup(word: string): (names: GroupNames) => boolean {
  const path = `/${word.split("/").filter((name) => name !== "").join("/")}`;
  const below = path === "/" ? path : `${path}/`;
  return ({ paths }) => paths.some((each) => each === path || each.startsWith(below));
}

function inUnit(word: string): (names: GroupNames) => boolean {
  return ({ unit }) => unit === word || unit === `${word}.service`;
}

function isNamed(name: string | RegExp): Condition {
  const matches = matcherOf(name);
  return ({ table }) => {
    const name = nameIn(table);
    if (typeof name === "string" && matches(name)) return true;
    const line = commandLineIn(table);
    return typeof line === "string" && matches(line);
  };
}

function matcherOf(name: string | RegExp): (text: string) => boolean {
  if (name instanceof RegExp) {
    const expression = new RegExp(name);
    return (text) => {
      // A global or sticky expression would continue after its last match.
      expression.lastIndex = 0;
      return expression.test(text);
    };
  }
  if (typeof name === "string") return (text) => text.includes(name);
  throw new TypeError(
    `Cannot pass name as it must be a string or a RegExp: it is ${typeof name}`,
  );
}
