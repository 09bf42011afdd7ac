import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import process from "node:process";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { assertEquals, assertGreater } from "@std/assert";
import config from "../../deno.json" with { type: "json" };
import lock from "../../package-lock.json" with { type: "json" };
import npm from "../../package.json" with { type: "json" };
import { executable, ROOT } from "../support/runtime.ts";

/**
 * Runs a tool of Deno in the folder of this project; returns its standard output and standard
 * error.
 */
function deno(...args: string[]): { readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr, error } = spawnSync(executable("deno"), args, {
    cwd: ROOT,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1" },
    maxBuffer: 1 << 28,
  });
  if (error) throw error;
  if (status !== 0) throw new Error(`Cannot run "deno ${args.join(" ")}": ${stderr}`);
  return { stdout, stderr };
}

/** A symbol or member that can have a comment, as `deno doc --json` reports it. */
interface Documented {
  readonly name?: string;
  readonly jsDoc?: Comment;
}

interface Comment {
  readonly doc?: string;
  readonly tags?: readonly { readonly kind: string }[];
}

/** A declaration of a name. A re-export is a `reference` with its place. */
interface Declaration extends Documented {
  readonly kind: string;
  readonly def?: Members & {
    readonly hasBody?: boolean;
    readonly tsType?: { readonly kind: string; readonly value: Members };
  };
}

type Members = Partial<Record<typeof MEMBERS[number], readonly Member[]>>;

interface Member extends Documented {
  readonly accessibility?: string;
  readonly tsType?: { readonly kind: string; readonly value: Members };
}

const MEMBERS = [
  "constructors",
  "properties",
  "methods",
  "callSignatures",
  "indexSignatures",
  "members",
] as const;

interface Module {
  readonly module_doc?: Comment;
  readonly symbols: readonly {
    readonly name: string;
    readonly declarations: readonly Declaration[];
  }[];
}

/** Returns the modules at some paths, as `deno doc` reads them, by URL. */
function documented(paths: readonly string[]): Readonly<Record<string, Module>> {
  return JSON.parse(deno("doc", "--json", ...paths).stdout).nodes;
}

/** Returns the name of every symbol and member of a module, with true if it has a comment. */
function symbolsOf({ symbols }: Module): [name: string, told: boolean][] {
  return symbols.flatMap(({ name, declarations }) => {
    // Callers do not see the implementation signature of an overloaded function.
    const overloads = declarations.some(({ kind, def }) => kind === "function" && !def?.hasBody);
    return declarations
      .filter(({ kind, def }) => kind !== "reference" && !(overloads && def?.hasBody))
      .flatMap((declaration) => [
        [name, isTold(declaration)] as [string, boolean],
        ...membersOf(name, declaration.def),
      ]);
  });
}

function membersOf(name: string, def: Declaration["def"]): [name: string, told: boolean][] {
  if (def === undefined) return [];
  const literal = def.tsType?.kind === "typeLiteral" ? def.tsType.value : {};
  return [def, literal].flatMap((holder: Members) => MEMBERS.flatMap((kind) => holder[kind] ?? []))
    .filter(({ accessibility }) => accessibility !== "private")
    .flatMap((member) => {
      const path = `${name}.${member.name ?? "()"}`;
      const type = member.tsType;
      const inside = type?.kind === "typeLiteral" ? { tsType: type } : undefined;
      return [[path, isTold(member)], ...membersOf(path, inside)];
    });
}

function isTold({ jsDoc }: Documented): boolean {
  return !!jsDoc?.doc?.trim() || (jsDoc?.tags ?? []).length > 0;
}

const ENTRIES = Object.entries(config.exports);

test("package.json and deno.json state the same name, version, license and exports", () => {
  const { name, version, license } = config;
  assertEquals({ name: npm.name, version: npm.version, license: npm.license }, {
    name,
    version,
    license,
  });
  const built = ENTRIES.map(([path, source]) => {
    const module = source.replace("./", "./dist/").replace(/\.ts$/, "");
    return [path, { types: `${module}.d.ts`, default: `${module}.js` }];
  });
  assertEquals(npm.exports as unknown, Object.fromEntries(built));
});

test("package-lock.json has the packages of every platform, and no addresses of a registry", () => {
  const packages = lock.packages as Readonly<Record<string, Locked>>;
  const optional = Object.values(packages).flatMap(({ optionalDependencies = {} }) =>
    Object.keys(optionalDependencies)
  );
  assertGreater(optional.length, 10);
  // A platform adds the packages that it needs and the file lacks, which would change the file.
  assertEquals(optional.filter((name) => !(`node_modules/${name}` in packages)), []);
  const resolved = Object.values(packages).flatMap(({ resolved }) => resolved ?? []);
  assertEquals(resolved.filter((path) => path.includes(":")), []);
});

interface Locked {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly resolved?: string;
}

test("deno publish publishes the sources, README.md, LICENSE and CHANGELOG.md, and nothing else", () => {
  const { stdout, stderr } = deno("publish", "--dry-run", "--allow-dirty", "--no-check");
  const url = pathToFileURL(ROOT).href;
  const published = `${stdout}${stderr}`.split("\n").flatMap((line) => {
    const [, path] = /^ +(file:.*) \([\d.]+[kKM]?B\)$/.exec(line) ?? [];
    return path === undefined ? [] : [path.replace(url, "")];
  });
  const sources = ["ffi", "lib"].flatMap((folder) =>
    readdirSync(ROOT + folder, { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(".ts")).map((path) => `${folder}/${path}`)
  );
  const others = ["mod.ts", "deno.json", "README.md", "LICENSE", "CHANGELOG.md"];
  assertEquals(published.sort(), [...sources, ...others].sort());
});

const MODULES = documented(ENTRIES.map(([, path]) => path));

for (const [path, source] of ENTRIES) {
  test(`the module "${path}" has a comment with @module and @example`, () => {
    const { module_doc } = MODULES[new URL(source, pathToFileURL(ROOT)).href]!;
    const tags = module_doc?.tags?.map(({ kind }) => kind) ?? [];
    assertEquals(["module", "example"].filter((kind) => !tags.includes(kind)), []);
    assertEquals(!!module_doc?.doc?.trim(), true);
  });
}

test("every symbol that is exported has a comment, and every member of one", () => {
  const symbols = Object.values(MODULES).flatMap(symbolsOf);
  assertEquals(symbols.filter(([, told]) => !told).map(([name]) => name), []);
  assertGreater(symbols.length, 3000);
});

/** The number of names that a reader can still survey. */
const MOST_NAMES = 150;

test(`the front door exports at most ${MOST_NAMES} names, with types`, () => {
  const { symbols } = MODULES[new URL("mod.ts", pathToFileURL(ROOT)).href]!;
  assertGreater(symbols.length, 100);
  assertEquals(symbols.slice(MOST_NAMES).map(({ name }) => name), []);
});

test("what has no comment is found: symbols, members, members of members, overloads", () => {
  const folder = mkdtempSync(`${tmpdir()}/libproc-documented-`);
  try {
    writeFileSync(
      `${folder}/mod.ts`,
      `
      /** A. */
      export class A {
        constructor(b: number) {}
        private b = 1;
        /** C. */
        c = 1;
        d(): void {}
      }
      /** E. */
      export interface E {
        (): void;
        f: number;
        /** G. */
        g: {
          h: string;
          /** I. */
          i: string;
        };
      }
      /** J. */
      export type J = {
        k: number;
        /** L. */
        l: number;
      };
      export const m = 1;
      /** N. */
      export function n(): void;
      export function n(a: number): void;
      export function n(): void {}
      `,
    );
    const [module] = Object.values(documented([`${folder}/mod.ts`]));
    assertEquals(symbolsOf(module!).filter(([, told]) => !told).map(([name]) => name).sort(), [
      ...["A.constructor", "A.d", "E.()", "E.f", "E.g.h", "J.k", "m", "n"],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("the workflows pin each action by the hash of a commit, with its version beside", () => {
  const folder = `${ROOT}.github/workflows/`;
  const lines = readdirSync(folder).flatMap((file) =>
    readFileSync(folder + file, "utf8").split("\n").filter((line) => line.includes("uses:"))
  );
  assertGreater(lines.length, 2);
  const pinned = /^ *- uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
  assertEquals(lines.filter((line) => !pinned.test(line)), []);
});
