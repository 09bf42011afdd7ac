import { spawnSync } from "node:child_process";
import process from "node:process";
import config from "../../deno.json" with { type: "json" };
import { executable, ROOT } from "./runtime.ts";

/** A parameter of a function, or a member of an object parameter. */
export interface Parameter {
  /** The name; "" for a destructured parameter. */
  readonly name: string;
  /** True for a rest parameter. */
  readonly rest: boolean;
  /** Returns true if a value can be of the declared type. Checks only its outermost level. */
  accepts(value: unknown): boolean;
  /** The members of an object; empty for other types. */
  readonly members: readonly Parameter[];
}

/** The parameters of an entry point's functions and methods, by names such as `Process.read`. */
export type Signatures = ReadonlyMap<string, readonly Parameter[]>;

/** The entry points of the package, by their names in `deno.json`. */
export const ENTRIES: Readonly<Record<string, string>> = config.exports;

// The parts of the output of `deno doc --json` that are read.
interface Type {
  readonly kind: string;
  readonly repr?: string;
  readonly value?: unknown;
}
interface Pattern {
  readonly kind: string;
  readonly name?: string;
  readonly optional?: boolean;
  readonly left?: Pattern;
  readonly arg?: Pattern;
  readonly tsType?: Type;
}
interface Function {
  readonly params: readonly Pattern[];
}
interface Member extends Function {
  readonly name: string;
  readonly optional?: boolean;
  readonly tsType?: Type;
}
interface Location {
  readonly filename: string;
  readonly line: number;
}
interface Declaration {
  readonly kind: string;
  readonly location: Location;
  readonly def: Partial<Function> & {
    readonly target?: Location;
    readonly tsType?: Type;
    readonly extends?: readonly Type[];
    readonly properties?: readonly Member[];
    readonly constructors?: readonly Function[];
    readonly methods?: readonly (Member & { readonly functionDef?: Function })[];
  };
}
interface Symbol {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

/** Reads the declarations of the entry points, in the order of {@linkcode ENTRIES}. */
export function readSignatures(): Signatures[] {
  const paths = Object.values(ENTRIES);
  const { status, stdout, stderr } = spawnSync(executable("deno"), ["doc", "--json", ...paths], {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`Cannot read the declarations: ${stderr}`);
  const nodes: Readonly<Record<string, { readonly symbols: readonly Symbol[] }>> =
    JSON.parse(stdout).nodes;
  const modules = paths.map((path) => {
    const found = Object.entries(nodes).find(([url]) => url.endsWith(path.slice(1)));
    return found![1].symbols;
  });
  const all = modules.flat();
  const byPlace = new Map<string, Declaration>();
  for (const { declarations } of all) {
    for (const each of declarations) byPlace.set(placeOf(each.location), each);
  }
  return modules.map((symbols) => {
    const types = new Map<string, Declaration>();
    for (const { name, declarations: [first] } of [...all, ...symbols]) {
      const { target } = first!.def;
      const found = target ? byPlace.get(placeOf(target)) : first;
      if (found) types.set(name, found);
    }
    const signatures = new Map<string, readonly Parameter[]>();
    for (const { name, declarations } of symbols) {
      for (const declaration of declarations) {
        const { target } = declaration.def;
        const { kind, def } = target ? byPlace.get(placeOf(target))! : declaration;
        const note = (as: string, of: Partial<Function> | undefined) =>
          signatures.set(as, (of?.params ?? []).map((param) => parameterOf(param, types)));
        if (kind === "function") note(name, def);
        if (kind === "class") note(name, def.constructors?.[0]);
        for (const method of def.methods ?? []) {
          note(`${name}.${method.name}`, method.functionDef ?? method);
        }
      }
    }
    return signatures;
  });
}

function placeOf({ filename, line }: Location): string {
  return `${filename}:${line}`;
}

type Types = ReadonlyMap<string, Declaration>;

function parameterOf(pattern: Pattern, types: Types): Parameter {
  if (pattern.kind === "rest") {
    const { name, tsType } = { ...pattern.arg, tsType: pattern.tsType };
    return { ...place(name, undefined, false, types), rest: true, ...(tsType && {}) };
  }
  const given = pattern.kind === "assign" ? pattern.left! : pattern;
  const isOptional = pattern.kind === "assign" || given.optional === true;
  return place(given.name, given.tsType, isOptional, types);
}

function place(
  name: string | undefined,
  type: Type | undefined,
  isOptional: boolean,
  types: Types,
): Parameter {
  return {
    name: name ?? "",
    rest: false,
    accepts: (value) => (isOptional && value === undefined) || isOf(type, value, types),
    members: membersOf(type, types).map((member) =>
      place(member.name, member.tsType, member.optional === true, types)
    ),
  };
}

function membersOf(type: Type | undefined, types: Types): readonly Member[] {
  const value = type?.value;
  if (type?.kind === "intersection") return (value as Type[]).flatMap((of) => membersOf(of, types));
  if (type?.kind === "typeLiteral") return (value as { properties: Member[] }).properties;
  if (type?.kind !== "typeRef") return [];
  const found = types.get((value as { typeName: string }).typeName);
  if (found?.kind === "typeAlias") return membersOf(found.def.tsType, types);
  if (found?.kind !== "interface") return [];
  const above = (found.def.extends ?? []).flatMap((of) => membersOf(of, types));
  return [...found.def.properties ?? [], ...above];
}

const BUILT_IN: Readonly<Record<string, (value: unknown) => boolean>> = {
  AbortSignal: (value) => value instanceof AbortSignal,
  ArrayBufferView: ArrayBuffer.isView,
  Int32Array: ArrayBuffer.isView,
  RegExp: (value) => value instanceof RegExp,
  Uint8Array: ArrayBuffer.isView,
};

/** Returns false if a value cannot be of a type; true for types that are not understood. */
function isOf(type: Type | undefined, value: unknown, types: Types): boolean {
  const inside = type?.value;
  switch (type?.kind) {
    case "keyword":
      if (type.repr === "null") return value === null;
      return typeof value === type.repr || !KEYWORDS.has(type.repr ?? "");
    case "literal":
      return value === (inside as { readonly string?: string }).string;
    case "union":
      return (inside as Type[]).some((of) => isOf(of, value, types));
    case "array":
      return Array.isArray(value) || ArrayBuffer.isView(value);
    case "typeOperator":
      return isOf((inside as { tsType: Type }).tsType, value, types);
    case "fnOrConstructor":
      return typeof value === "function";
    case "intersection":
    case "typeLiteral":
      return isObject(value);
    case "typeRef": {
      const { typeName } = inside as { typeName: string };
      const builtIn = BUILT_IN[typeName];
      if (builtIn) return builtIn(value);
      const found = types.get(typeName);
      if (found?.kind === "typeAlias") return isOf(found.def.tsType, value, types);
      return found?.kind !== "interface" || isObject(value);
    }
  }
  return true;
}

const KEYWORDS: ReadonlySet<string> = new Set(["bigint", "boolean", "number", "string"]);

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
