/**
 * The rules of the source tree. Each is a function of a path and the source at that path.
 *
 * @module
 */

/** Returns the violations of a rule in a source, one line each; empty if there are none. */
export type Rule = (path: string, source: string) => string[];

/** A module that a source imports or re-exports from. */
interface Import {
  /** The module: a path relative to the project's folder, or a name such as `node:fs`. */
  readonly from: string;
  /** True if only types are imported. */
  readonly typesOnly: boolean;
}

/** Returns a source without comments. If `texts` is false, its strings are emptied too. */
export function codeOf(source: string, texts = true): string {
  return source.replace(TOKENS, (_, text?: string) => text ? (texts ? text : '""') : " ");
}

/** Matches the strings and the comments of a source. The first group holds a string. */
const TOKENS = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|\/\*[^]*?\*\/|\/\/.*/g;

/** Returns the modules that a source imports. */
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

/** The only file that imports systems and runtimes. It is above all other files of its room. */
const OPEN = "lib/system/open.ts";
/** The rooms that every room can import, except for the lowest ones. */
const BELOW = ["lib/system", "lib/abi", "lib/layout"];

/**
 * The rooms (folders or single files) of the design, each with what it can import in addition to
 * itself. A file must be in one of them.
 */
export const ROOMS: Readonly<Record<string, readonly string[]>> = {
  "lib/layout": [],
  "lib/abi": ["lib/layout"],
  [OPEN]: ["lib/darwin", "lib/linux", "lib/system", "ffi"],
  "lib/system": ["lib/abi", "lib/layout"],
  "lib/posix": ["lib/layout"],
  "lib/darwin": ["lib/posix", ...BELOW, "ffi/adapter.ts"],
  "lib/linux": ["lib/posix", ...BELOW, "ffi/adapter.ts", "ffi/error.ts"],
  "lib/calls": [OPEN, ...BELOW],
  "lib/aix": ["lib/calls", OPEN, ...BELOW],
  "lib/libproc": ["lib/calls", OPEN, ...BELOW],
  "lib/testing": BELOW,
  "lib/doctor": BELOW,
  "lib/process": ["lib/calls", "lib/libproc", "lib/posix", OPEN, ...BELOW],
  "lib/cli": ["lib", OPEN, "mod.ts", "deno.json", "ffi/error.ts"],
  "ffi": [],
  "mod.ts": ["lib", OPEN, "ffi/error.ts"],
};

const inRoom = (path: string, room: string) => path === room || path.startsWith(`${room}/`);
const roomOf = (path: string) => Object.keys(ROOMS).find((room) => inRoom(path, room));
const isNative = (path: string) => inRoom(path, "ffi") && path !== "ffi/error.ts";

/** A source imports only from its own room and from the rooms that {@linkcode ROOMS} allows. */
export const importsGoDown: Rule = (path, source) => {
  const room = roomOf(path);
  if (!room) return [`${path} is in no room of the design`];
  return importsOf(path, source)
    .filter(({ from }) => /^(lib|ffi|tests|bench)\/|^[^:@/]+\.(ts|json)$/.test(from))
    .filter(({ from }) => {
      if (inRoom(from, "lib/cli")) return room !== "lib/cli";
      const allowed = [room, ...ROOMS[room]!];
      return from === OPEN ? !allowed.includes(OPEN) : !allowed.some((one) => inRoom(from, one));
    })
    .map(({ from }) => `${path} imports ${from}`);
};

/** The rooms inside lib/linux, each with what it can import of lib/linux in addition to itself. */
const LINUX_ROOMS: Readonly<Record<string, readonly string[]>> = {
  "lib/linux/parse": [],
  "lib/linux/sys": ["lib/linux/parse"],
  "lib/linux/proc": ["lib/linux/sys", "lib/linux/parse"],
  "lib/linux/answer": ["lib/linux/proc", "lib/linux/sys", "lib/linux/parse"],
  "lib/linux/bpf": [
    // The reader that the BPF programs replace.
    "lib/linux/descriptors.ts",
    ...["lib/linux/answer", "lib/linux/proc", "lib/linux/sys", "lib/linux/parse"],
  ],
};

/**
 * Inside lib/linux, a source imports only from the rooms below its own. Parsers turn bytes into
 * numbers: they import only the file that they share.
 */
export const linuxImportsGoDown: Rule = (path, source) => {
  const room = Object.keys(LINUX_ROOMS).find((one) => inRoom(path, one));
  if (!room) return [];
  return importsOf(path, source)
    .filter(({ from }) => {
      if (room === "lib/linux/parse") return from !== "lib/linux/parse/bytes.ts";
      return inRoom(from, "lib/linux") &&
        ![room, ...LINUX_ROOMS[room]!].some((one) => inRoom(from, one));
    })
    .map(({ from }) => `${path} imports ${from}`);
};

/**
 * The error numbers of Linux are used only in lib/linux/sys, and those of Darwin only outside of
 * it. One file knows both. Return values have a type for each system, which the compiler checks.
 */
export const oneFileKnowsBothErrnos: Rule = (path, source) => {
  if (!inRoom(path, "lib/linux") || path === "lib/linux/sys/errno.ts") return [];
  if (inRoom(path, "lib/linux/sys")) {
    return importsOf(path, source)
      .filter(({ from }) => from === "lib/system/errors.ts")
      .map(({ from }) => `${path} imports ${from}`);
  }
  return [...codeOf(source).matchAll(/\bimport\s*\{([^}]*)\}\s*from\s*"[^"]*\/errno\.ts"/g)]
    .filter(([, names = ""]) => /\bLINUX\b/.test(names))
    .map(() => `${path} imports the error numbers of Linux`);
};

/** A room whose files are named after the files about the same subject in other rooms. */
export interface Namesakes {
  /** The room. */
  readonly room: string;
  /** The other rooms. One of them has a file of the same name. */
  readonly like: readonly string[];
  /** The exceptions: the files without a namesake, each with the reason. */
  readonly but: Readonly<Record<string, string>>;
}

/** The rooms in which files about the same subject have the same name. */
export const NAMESAKES: readonly Namesakes[] = [{
  room: "lib/calls",
  like: ["lib/abi"],
  but: {
    reply: "what all calls share",
    proc_info: "the call itself, with any arguments",
    regions: "a walk by flavors of pid_info",
    delegate: "callnums without a struct or a constant of their own",
    kern_msg_buf: "a callnum that answers text",
    set_dyld_images: "a callnum that answers nothing",
    terminate: "a callnum that answers nothing",
    terminate_rsr: "a callnum that answers nothing",
  },
}, {
  room: "lib/linux/answer",
  like: ["lib/abi", "lib/calls"],
  but: {
    answer: "what all answers share",
    nothing: "flavors about what no process of Linux has",
    path_info: "a flavor that answers text",
    socket_record: "a part of socket_info",
    socket_writer: "a part of socket_info",
  },
}, {
  room: "lib/darwin",
  like: ["lib/linux", "lib/linux/sys"],
  but: {
    libsystem: "the C library by the name that it has there",
    proc_args: "the answer to a sysctl of macOS",
    vnode: "what the kernel reports of a file, for which Linux has links",
  },
}, {
  room: "docs/abi",
  like: ["lib/abi"],
  but: { README: "the overview" },
}, {
  room: "docs/call",
  like: ["lib/calls"],
  but: { README: "the overview" },
}];

/**
 * Returns the violations of the rule that a subject has the same file name in every room, one line
 * each.
 *
 * @param paths The paths of all sources and pages.
 * @param rooms The rooms to compare.
 */
export function misnamed(paths: readonly string[], rooms = NAMESAKES): string[] {
  const namesIn = (room: string) =>
    paths.flatMap((path) => {
      const [, folder, name] = /^(.*)\/([^/.]+)\.(?:ts|md)$/.exec(path) ?? [];
      return folder === room && name !== undefined ? [name] : [];
    });
  return rooms.flatMap(({ room, like, but }) => {
    const known = new Set(like.flatMap(namesIn));
    const alone = namesIn(room).filter((name) => !known.has(name));
    return [
      ...alone.filter((name) => !(name in but))
        .map((name) => `${room} has ${name}, and ${like.join(" and ")} have not`),
      ...Object.keys(but).filter((name) => !alone.includes(name))
        .map((name) => `${room} has no ${name} that is an exception`),
    ];
  });
}

/** Only lib/system/open.ts imports values from ffi/; other files import types or ffi/error.ts. */
export const onlyOpenMeetsRuntimes: Rule = (path, source) => {
  if (!path.startsWith("lib/") || path === OPEN) return [];
  return importsOf(path, source)
    .filter(({ from, typesOnly }) => isNative(from) && !typesOnly)
    .map(({ from }) => `${path} imports values of ${from}`);
};

/**
 * Only files under ffi/ name the runtimes, in code or in comments. The comments of mod.ts can name
 * them, because they are the package's first page. An identifier can be `Node`, such as that of a
 * tree; a comment or a string cannot contain the word.
 */
export const runtimesAreNamedInFfi: Rule = (path, source) => {
  if (path.startsWith("ffi/")) return [];
  const text = path === "mod.ts" ? codeOf(source) : source;
  const words = (text.match(TOKENS) ?? []).join("\n");
  const named = [
    ...text.match(/\b(?:Bun|Deno)\b|\bbun:\w+|\bnode:ffi\b/g) ?? [],
    ...words.match(/\bNode\b/g) ?? [],
  ];
  return [...new Set(named)].map((word) => `${path} names ${word}`);
};

const VARIADIC =
  "open|open64|openat|openat64|fcntl|fcntl64|ioctl|syscall|prctl|[dfsv]*n?w?printf|" +
  "asprintf|[fs]?w?scanf|sem_open|shm_open|mq_open|execle?|execlp|ulimit|semctl|msgctl|ptrace|" +
  "clone|mremap|syslog|err|errx|warn|warnx|makecontext|__open|__openat";

/**
 * No source binds a variadic C function, because macOS on arm64 passes variadic arguments
 * differently. Linux does not, on the processors that the runtimes support. There, lib/linux binds
 * `ioctl`: no other call reports how a process ended that is not a child. One file also binds
 * `syscall` and `open`, to replace functions that a C library lacks.
 */
export const noVariadicSymbols: Rule = (path, source) => {
  const code = codeOf(source).replaceAll(/["'](\w+(?:\$\w+)?)["']\s*:/g, "$1:");
  const entry = new RegExp(
    `(?<![\\w$.])(${VARIADIC})(?:\\$\\w+)?\\s*:\\s*(?:\\{\\s*(?:parameters|result|args|returns)\\b|[A-Z][A-Z0-9_]*\\b)`,
    "g",
  );
  return [...code.matchAll(entry)]
    .filter(([, name]) => name !== "ioctl" || !path.startsWith("lib/linux/"))
    .filter(([, name]) => !/^(?:syscall|open)$/.test(name!) || path !== "lib/linux/sys/complete.ts")
    .map(([, name]) => `${path} binds ${name}, which is variadic`);
};

/**
 * Every runtime that strips types can import the library. If the runtime lacks something, the
 * library then throws an error that names it. Node 22 does not parse `using` declarations, so only
 * the command, which is not imported, can contain them.
 */
export const everyRuntimeCanImport: Rule = (path, source) => {
  if (inRoom(path, "lib/cli")) return [];
  return [...codeOf(source, false).matchAll(/^\s*(?:await\s+)?using\s+\w+\s*[=:]/gm)].map((
    [line],
  ) => `${path} declares ${line.trim()}`);
};

/** No source uses `any` or suppresses an error of the type checker. */
export const noEscapeFromTypes: Rule = (path, source) => [
  ...[...codeOf(source, false).matchAll(/(?<![.\w$])any\b(?!\s*[(:])/g)].map(() =>
    `${path} has any`
  ),
  ...[...source.matchAll(/@ts-(?:ignore|expect-error|nocheck)|no-explicit-any/g)].map(([word]) =>
    `${path} has ${word}`
  ),
];

/** No source uses an API that needs more than the permission to call libraries, such as `fs`. */
export const nothingButLibraries: Rule = (path, source) => {
  if (!/^(lib|ffi)\//.test(path) || path.startsWith("lib/cli/")) return [];
  return importsOf(path, source)
    .filter(({ from }) =>
      /^(?:node:)?(?:fs|child_process|net|http|https|worker_threads|os)\b/.test(from)
    )
    .map(({ from }) => `${path} imports ${from}`);
};

/** No source imports a module from a registry. */
export const noDependencies: Rule = (path, source) =>
  importsOf(path, source)
    .filter(({ from }) => !/^(?:lib|ffi)\/|^node:|^(?:mod\.ts|deno\.json)$/.test(from))
    .map(({ from }) => `${path} imports ${from}`);

/** Every rule, by its title. */
export const RULES: Readonly<Record<string, Rule>> = {
  "imports go down": importsGoDown,
  "imports go down inside lib/linux": linuxImportsGoDown,
  "one file knows the error numbers of both systems": oneFileKnowsBothErrnos,
  "only lib/system/open.ts meets a runtime": onlyOpenMeetsRuntimes,
  "the runtimes are named under ffi/ alone": runtimesAreNamedInFfi,
  "no symbol is variadic": noVariadicSymbols,
  "every runtime can import the library": everyRuntimeCanImport,
  "nothing escapes the type checker": noEscapeFromTypes,
  "nothing but libraries is used": nothingButLibraries,
  "nothing is imported from a registry": noDependencies,
};

/**
 * Finds a cycle of static imports, in which the order of execution depends on the source that is
 * imported first. Imports of types and dynamic imports do not count.
 *
 * @param sources The sources by their paths.
 * @returns The paths of the first cycle found; empty if there is none.
 */
export function circle(sources: ReadonlyMap<string, string>): string[] {
  const done = new Set<string>();
  const way: string[] = [];
  function follow(path: string): string[] {
    if (way.includes(path)) return [...way.slice(way.indexOf(path)), path];
    if (done.has(path) || !sources.has(path)) return [];
    way.push(path);
    const now = codeOf(sources.get(path)!).replaceAll(/\bimport\s*\([^)]*\)/g, "");
    for (const { from, typesOnly } of importsOf(path, now)) {
      const found = typesOnly ? [] : follow(from);
      if (found.length > 0) return found;
    }
    way.pop();
    done.add(path);
    return [];
  }
  for (const path of sources.keys()) {
    const found = follow(path);
    if (found.length > 0) return found;
  }
  return [];
}
