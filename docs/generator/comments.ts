/**
 * The documentation comments of the sources, as `deno doc` reads them.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The folder of this project. */
export const ROOT: string = fileURLToPath(new URL("../..", import.meta.url));

/** The allowed labels of a note in a comment: `- LABEL: text`. */
export const LABELS = [
  "`pid`",
  "`flavor`",
  "`arg`",
  "Type info",
  "Type",
  "Argument",
  "Buffer",
  "Null buffer",
  "Returns",
  "Permission",
  "Zombies",
  "Checks",
  "Errors",
  "Beware",
] as const;

/** The label of a note in a comment. */
export type Label = typeof LABELS[number];

/** A parsed comment. */
export interface Comment {
  /** The paragraphs, without the notes and the release. */
  readonly text: string;
  /** The notes, in order. */
  readonly notes: readonly (readonly [label: Label, text: string])[];
  /** The release of macOS at the end of the text, as in `"10.4"`. */
  readonly since: string | undefined;
}

/** A member of an interface. */
export interface Member {
  readonly name: string;
  readonly comment: Comment;
  /** The type, as it is written. */
  readonly type: string;
}

/** A function and its parameters. */
export interface Signature {
  readonly name: string;
  readonly comment: Comment;
  /** The parameters; the names of optional ones end in `?`. */
  readonly params: readonly string[];
}

/** The declarations of a source. */
export interface Source {
  /** The path, relative to the project's folder. */
  readonly path: string;
  /** The comment of the module. */
  readonly comment: Comment;
  /** The comments of the constants that are numbers. */
  readonly constants: ReadonlyMap<string, Comment>;
  /** The interfaces, with the names of those that they extend. */
  readonly interfaces: ReadonlyMap<string, Interface>;
  readonly functions: ReadonlyMap<string, Signature>;
}

/** An interface and its members. */
export interface Interface {
  readonly comment: Comment;
  readonly parent: string | undefined;
  readonly members: readonly Member[];
}

// The parts of the output of `deno doc --json` that are used.
interface JsDoc {
  readonly doc?: string;
}
interface TsType {
  readonly kind: string;
  readonly repr?: string;
  readonly value?: unknown;
}
interface Param {
  readonly kind: string;
  readonly name?: string;
  readonly optional?: boolean;
  readonly left?: Param;
}
interface Declaration {
  readonly kind: string;
  readonly declarationKind: string;
  readonly jsDoc?: JsDoc;
  readonly def: {
    readonly extends?: readonly TsType[];
    readonly params?: readonly Param[];
    readonly tsType?: TsType;
    readonly properties?: readonly {
      readonly name: string;
      readonly jsDoc?: JsDoc;
      readonly tsType?: TsType;
    }[];
  };
}
interface Output {
  readonly nodes: Readonly<
    Record<string, {
      readonly module_doc?: JsDoc;
      readonly symbols: readonly {
        readonly name: string;
        readonly declarations: readonly Declaration[];
      }[];
    }>
  >;
}

/** Reads the declarations of the sources in some folders; returns them by path. */
export function readSources(folders: readonly string[]): Map<string, Source> {
  const paths = folders.flatMap((folder) =>
    readdirSync(ROOT + folder).filter((name) => name.endsWith(".ts")).sort()
      .map((name) => `${folder}/${name}`)
  );
  const { status, stdout, stderr, error } = spawnSync(
    process.execPath,
    ["doc", "--json", ...paths],
    { cwd: ROOT, encoding: "utf8", maxBuffer: 1 << 28 },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`Cannot read the comments: ${stderr}`);
  const { nodes } = JSON.parse(stdout) as Output;
  const byPath = new Map(
    Object.entries(nodes).map(([url, node]) => [fileURLToPath(url).slice(ROOT.length), node]),
  );
  return new Map(paths.map((path) => [path, sourceOf(path, byPath.get(path))]));
}

function sourceOf(path: string, node: Output["nodes"][string] | undefined): Source {
  const constants = new Map<string, Comment>();
  const interfaces = new Map<string, Interface>();
  const functions = new Map<string, Signature>();
  for (const { name, declarations } of node?.symbols ?? []) {
    for (const { kind, jsDoc, def, declarationKind } of declarations) {
      if (declarationKind !== "export") continue;
      const comment = commentOf(jsDoc, `${path}: ${name}`);
      if (kind === "variable" && def.tsType?.kind === "literal") constants.set(name, comment);
      if (kind === "interface") {
        const members = (def.properties ?? []).map((member) => ({
          name: member.name,
          comment: commentOf(member.jsDoc, `${path}: ${name}.${member.name}`),
          type: typeText(member.tsType),
        }));
        interfaces.set(name, { comment, parent: def.extends?.[0]?.repr, members });
      }
      if (kind === "function") {
        functions.set(name, { name, comment, params: (def.params ?? []).map(paramText) });
      }
    }
  }
  return {
    path,
    comment: commentOf(node?.module_doc, path),
    constants,
    interfaces,
    functions,
  };
}

function paramText(param: Param): string {
  if (param.kind === "assign") return `${param.left?.name ?? "options"}?`;
  return param.optional ? `${param.name}?` : `${param.name}`;
}

function typeText(type: TsType | undefined): string {
  if (type === undefined) return "";
  if (type.kind === "array") return `${typeText(type.value as TsType)}[]`;
  if (type.kind === "union") return (type.value as TsType[]).map(typeText).join(" | ");
  if (type.kind === "typeOperator") return typeText((type.value as { tsType: TsType }).tsType);
  const { typeParams } = (type.value ?? {}) as { typeParams?: readonly TsType[] };
  const inside = typeParams ? `<${typeParams.map(typeText).join(", ")}>` : "";
  return `${type.repr ?? ""}${inside}`;
}

const SINCE = /\s*\bmacOS ([\d.]+)\.$/;

/** Parses a comment. */
export function parseComment(doc: string, where: string): Comment {
  const paragraphs = doc.trim().split(/\n\s*\n/);
  const notes: [Label, string][] = [];
  const text: string[] = [];
  for (const paragraph of paragraphs) {
    if (!paragraph.startsWith("- ")) {
      text.push(paragraph.startsWith("```") ? paragraph : unwrapped(paragraph));
      continue;
    }
    for (const item of paragraph.slice(2).split(/\n- /)) {
      const [, label, note] = /^([^:]+): (.*)$/.exec(unwrapped(item)) ?? [];
      if (!LABELS.includes(label as Label)) {
        throw new TypeError(
          `Cannot read the comment of ${where} as notes must be about ${LABELS.join(", ")}: ` +
            `one is "${item}"`,
        );
      }
      notes.push([label as Label, note!]);
    }
  }
  const whole = text.join("\n\n");
  const since = SINCE.exec(whole)?.[1];
  return { text: whole.replace(SINCE, "").trim(), notes, since };
}

function commentOf(jsDoc: JsDoc | undefined, where: string): Comment {
  return parseComment(jsDoc?.doc ?? "", where);
}

function unwrapped(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, " ").trim();
}

/** Returns the text of a source without its comments. */
export function codeOfFile(path: string): string {
  return readFileSync(ROOT + path, "utf8").replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, "");
}
