/**
 * The rules of the tree, each a function over a path and the source that stands there.
 *
 * @module
 */

/** What is wrong with a source, in one line; nothing where it keeps the rule. */
export type Rule = (path: string, source: string) => string[];

/** A module that a source imports, or exports from. */
interface Import {
  /** The module: a path from the project's folder, or a name such as `node:fs`. */
  readonly from: string;
  /** Whether only types are taken from it. */
  readonly typesOnly: boolean;
}

/** A source without comments, and without what stands in its strings if `texts` is false. */
export function codeOf(source: string, texts = true): string {
  return source.replace(TOKENS, (_, text?: string) => text ? (texts ? text : '""') : " ");
}

/** The strings, each in the first group, and the comments of a source. */
const TOKENS = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[^]*?\*\/|\/\/.*/g;

/** What a source imports. */
export function importsOf(path: string, source: string): Import[] {
  const code = codeOf(source);
  const found: Import[] = [];
  const from = /\b(?:import|export)\s+(type\b)?([^"';]*?)\bfrom\s*["']([^"']+)["']/g;
  for (const [, type, names = "", specifier = ""] of code.matchAll(from)) {
    const listed = /^\s*\{([^}]*)\}\s*$/.exec(names)?.[1]?.split(",").filter((name) => name.trim());
    const typesOnly = !!type || !!listed?.every((name) => /^\s*type\s/.test(name));
    found.push({ from: resolve(path, specifier), typesOnly });
  }
  for (const [, specifier = ""] of code.matchAll(/\bimport\s*\(?\s*["']([^"']+)["']/g)) {
    found.push({ from: resolve(path, specifier), typesOnly: false });
  }
  return found;
}

function resolve(path: string, specifier: string): string {
  if (!specifier.startsWith(".")) return specifier;
  return new URL(specifier, `file:///${path}`).pathname.slice(1);
}

/** What a kernel stands on, and so all above it may use too. */
const BELOW_KERNELS = [
  "lib/kernel.ts",
  "lib/abi",
  "lib/layout",
  "lib/host.ts",
  "lib/details.ts",
  "lib/census.ts",
];

/** What each room may import beside itself. A room that is not listed is not part of the design. */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  "lib/layout": [],
  "lib/abi": ["lib/layout"],
  "lib/kernel.ts": ["lib/abi", "lib/layout"],
  "lib/check.ts": [],
  "lib/details.ts": [],
  "lib/census.ts": ["lib/details.ts"],
  "lib/host.ts": ["lib/kernel.ts", "lib/abi", "lib/layout", "lib/details.ts", "lib/census.ts"],
  "lib/darwin": [...BELOW_KERNELS, "ffi/adapter.ts"],
  "lib/linux": [...BELOW_KERNELS, "ffi/adapter.ts"],
  "lib/open.ts": ["lib/darwin", "lib/linux", "lib/kernel.ts", "lib/host.ts", "lib/check.ts", "ffi"],
  "lib/time.ts": ["lib/host.ts", "lib/open.ts"],
  "lib/calls": ["lib/open.ts", "lib/check.ts", ...BELOW_KERNELS],
  "lib/aix": ["lib/calls", "lib/open.ts", "lib/time.ts", "lib/check.ts", ...BELOW_KERNELS],
  "lib/libproc": ["lib/calls", "lib/open.ts", "lib/time.ts", "lib/check.ts", ...BELOW_KERNELS],
  "lib/testing": ["lib/check.ts", ...BELOW_KERNELS],
  "lib/doctor": ["lib/time.ts", ...BELOW_KERNELS],
  "lib/process": [
    "lib/calls",
    "lib/libproc",
    "lib/open.ts",
    "lib/time.ts",
    "lib/check.ts",
    ...BELOW_KERNELS,
  ],
  "lib/cli": ["lib", "mod.ts", "deno.json", "ffi/error.ts"],
  "ffi": [],
  "mod.ts": ["lib", "ffi/error.ts"],
};

const inRoom = (path: string, room: string) => path === room || path.startsWith(`${room}/`);
const roomOf = (path: string) => Object.keys(ROOMS).find((room) => inRoom(path, room));
const isNative = (path: string) => inRoom(path, "ffi") && path !== "ffi/error.ts";

/** Imports go the way that the design draws. */
export const importsGoDown: Rule = (path, source) => {
  const room = roomOf(path);
  if (!room) return [`${path} is in no room of the design`];
  return importsOf(path, source)
    .filter(({ from }) => /^(lib|ffi|tests|bench)\/|^[^:@/]+\.(ts|json)$/.test(from))
    .filter(({ from }) => {
      if (path.startsWith("lib/linux/parse/")) return true;
      if (inRoom(from, "lib/cli")) return room !== "lib/cli";
      return ![room, ...ROOMS[room]!].some((allowed) => inRoom(from, allowed));
    })
    .map(({ from }) => `${path} imports ${from}`);
};

/** Only lib/open.ts takes more than types from what knows the runtimes, its errors excepted. */
export const onlyOpenMeetsRuntimes: Rule = (path, source) => {
  if (!path.startsWith("lib/") || path === "lib/open.ts") return [];
  return importsOf(path, source)
    .filter(({ from, typesOnly }) => isNative(from) && !typesOnly)
    .map(({ from }) => `${path} imports values of ${from}`);
};

/**
 * The runtimes are named under ffi/ alone, in comments too. The documentation of mod.ts is the
 * package's first page, so there it is only the code. Something else may be called `Node` in the code,
 * such as that of a tree, but not where there are words.
 */
export const runtimesAreNamedInFfi: Rule = (path, source) => {
  if (path.startsWith("ffi/")) return [];
  const text = path === "mod.ts" ? codeOf(source) : source;
  const words = (text.match(TOKENS) ?? []).join("\n");
  const named = [
    ...text.match(/\b(?:Bun|Deno)\b|\bbun:\w+|\bnode:ffi\b/g) ?? [],
    ...words.match(/\bNode\b/g) ?? [],
  ];
  return [...new Set(named)].map((word) => `${path} says ${word}`);
};

const VARIADIC =
  "open|open64|openat|openat64|fcntl|fcntl64|ioctl|syscall|prctl|[dfsv]*n?w?printf|" +
  "asprintf|[fs]?w?scanf|sem_open|shm_open|mq_open|execle?|execlp|ulimit|semctl|msgctl|ptrace|" +
  "clone|mremap|syslog|err|errx|warn|warnx|makecontext|__open|__openat";

/**
 * No prototype is that of a variadic C function: arm64 macOS passes their arguments otherwise. On Linux
 * the processors that the runtimes are made for do not, so there `ioctl` is bound: nothing else tells
 * how a process ended that is no child.
 */
export const noVariadicSymbols: Rule = (path, source) => {
  const code = codeOf(source).replaceAll(/["'](\w+(?:\$\w+)?)["']\s*:/g, "$1:");
  const entry = new RegExp(
    `(?<![\\w$.])(${VARIADIC})(?:\\$\\w+)?\\s*:\\s*(?:\\{\\s*(?:parameters|result|args|returns)\\b|[A-Z][A-Z0-9_]*\\b)`,
    "g",
  );
  return [...code.matchAll(entry)]
    .filter(([, name]) => name !== "ioctl" || !path.startsWith("lib/linux/"))
    .map(([, name]) => `${path} binds ${name}, which is variadic`);
};

/** Nothing escapes the type checker. */
export const noEscapeFromTypes: Rule = (path, source) => [
  ...[...codeOf(source, false).matchAll(/(?<![.\w$])any\b(?!\s*[(:])/g)].map(() =>
    `${path} has any`
  ),
  ...[...source.matchAll(/@ts-(?:ignore|expect-error|nocheck)|no-explicit-any/g)].map(([word]) =>
    `${path} has ${word}`
  ),
];

/** No file-system API and no child process: what a permission to call libraries does not cover. */
export const nothingButLibraries: Rule = (path, source) => {
  if (!/^(lib|ffi)\//.test(path) || path.startsWith("lib/cli/")) return [];
  return importsOf(path, source)
    .filter(({ from }) =>
      /^(?:node:)?(?:fs|child_process|net|http|https|worker_threads|os)\b/.test(from)
    )
    .map(({ from }) => `${path} imports ${from}`);
};

/** No module comes from a registry. */
export const noDependencies: Rule = (path, source) =>
  importsOf(path, source)
    .filter(({ from }) => !/^(?:lib|ffi)\/|^node:|^(?:mod\.ts|deno\.json)$/.test(from))
    .map(({ from }) => `${path} imports ${from}`);

/** Every rule by what it says. */
export const RULES: Readonly<Record<string, Rule>> = {
  "imports go down": importsGoDown,
  "only lib/open.ts meets a runtime": onlyOpenMeetsRuntimes,
  "the runtimes are named under ffi/ alone": runtimesAreNamedInFfi,
  "no symbol is variadic": noVariadicSymbols,
  "nothing escapes the type checker": noEscapeFromTypes,
  "nothing but libraries is used": nothingButLibraries,
  "nothing is imported from a registry": noDependencies,
};
