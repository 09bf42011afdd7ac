import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { assert, assertArrayIncludes, assertEquals, assertMatch } from "@std/assert";
import { SIZES, sizesOf } from "../bench/budgets.ts";
import config from "../package.json" with { type: "json" };
import { madeOnce } from "./support/made.ts";
import { executable, type Outcome, ROOT, runtime } from "./support/runtime.ts";
import { tsc } from "./support/type_errors.ts";

/** The sources of the package. */
const SOURCES = [
  ...["package.json", "prepare.sh", "tsconfig.json", "tsconfig.build.json", "deno.json"],
  ...["README.md", "LICENSE", "CHANGELOG.md", "mod.ts", "ffi", "lib"],
];

const { name: NAME, exports: EXPORTS } = config;
const IMPORTS = Object.keys(EXPORTS).map((path) => join(NAME, path));

/** The files from which the package is built, and the versions of its build tools. */
const MADE_OF = [...SOURCES, "package-lock.json"].flatMap((path) =>
  statSync(ROOT + path).isFile()
    ? [ROOT + path]
    : readdirSync(ROOT + path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name)).sort()
);
/** The prefix of the folder in which the package is packed. */
const PACKING = `${realpathSync(tmpdir())}/libproc-packing-`;

/** A temporary folder. The package is installed in its subfolder `project`. */
let folder = "";
let tarball = "";
const project = () => `${folder}/project`;
const installed = () => `${project()}/node_modules/${NAME}`;

/** The environment without the settings of the package manager that runs this test. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("npm_")),
);

/** Runs a program in a folder. Package managers use the caches of this test. */
function run(
  [file, ...args]: readonly [string, ...string[]],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
): Outcome {
  const { status, stdout, stderr, error } = spawnSync(file, args, {
    cwd,
    env: {
      ...ENVIRONMENT,
      NO_COLOR: "1",
      npm_config_cache: `${folder}/cache`,
      npm_config_update_notifier: "false",
      BUN_INSTALL_CACHE_DIR: `${folder}/cache`,
      ...env,
    },
    encoding: "utf8",
  });
  if (error) throw error;
  return { status, stdout, stderr };
}

/** Runs a program that must succeed; returns its standard output. */
function output(...args: Parameters<typeof run>): string {
  const { status, stdout, stderr } = run(...args);
  if (status !== 0) throw new Error(`Cannot run "${args[0].join(" ")}": ${stdout}${stderr}`);
  return stdout;
}

const NPM = ["--offline", "--no-audit", "--no-fund"];

before(() => {
  folder = mkdtempSync(`${realpathSync(tmpdir())}/libproc-package-`);
  tarball = madeOnce("package.tgz", "npm pack", MADE_OF, (path) => {
    const tree = mkdtempSync(PACKING);
    try {
      for (const path of SOURCES) cpSync(ROOT + path, `${tree}/${path}`, { recursive: true });
      symlinkSync(`${ROOT}node_modules`, `${tree}/node_modules`);
      output(["npm", "pack", "--pack-destination", folder, ...NPM], tree);
      copyFileSync(join(folder, readdirSync(folder).find((file) => file.endsWith(".tgz"))!), path);
    } finally {
      rmSync(tree, { recursive: true });
    }
  });
  mkdirSync(project());
  writeFileSync(
    `${project()}/package.json`,
    JSON.stringify({ name: "project", private: true, type: "module" }),
  );
  const install = {
    bun: [executable("bun"), "add"],
    deno: ["npm", "install", ...NPM],
    node: ["npm", "install", ...NPM],
  }[runtime] as [string, ...string[]];
  output([...install, tarball], project());
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** Returns the command that runs a program of the project, or a file. */
function inProject(words: readonly string[], flags = ["--allow-ffi"]): [string, ...string[]] {
  const before = {
    bun: ["run"],
    deno: ["run", "--no-prompt", "--quiet", ...flags],
    node: ["--disable-warning=ExperimentalWarning"],
  };
  return [executable(), ...before[runtime], ...words];
}

test("npm pack packs the entry points, what they share, all types and the command, and no path of this machine", () => {
  const files = readdirSync(installed(), { recursive: true, withFileTypes: true })
    // Bun marks an installed package with this file.
    .filter((entry) => entry.isFile() && entry.name !== ".bun-tag")
    .map(({ parentPath, name }) => join(parentPath, name).slice(installed().length + 1));
  const modules = ["mod.ts", "ffi", "lib"]
    .flatMap((path) =>
      path.endsWith(".ts")
        ? [path]
        : readdirSync(ROOT + path, { recursive: true, encoding: "utf8" })
          .filter((file) => file.endsWith(".ts")).map((file) => `${path}/${file}`)
    ).map((path) => `dist/${path.slice(0, -".ts".length)}`);
  const entries = [...Object.values(EXPORTS).map(({ default: path }) => path), config.bin.libproc];
  const expected = [
    ...["package.json", "README.md", "LICENSE", "CHANGELOG.md", "dist/libproc.1"],
    ...entries.map((path) => path.replace("./", "")),
    ...modules.map((path) => `${path}.d.ts`),
  ];
  const isChunk = (file: string) => /^dist\/chunks\/\w+\.js$/.test(file);
  assertEquals(files.filter((file) => !expected.includes(file) && !isChunk(file)), []);
  assertEquals(expected.filter((file) => !files.includes(file)), []);
  for (const file of files) {
    const text = readFileSync(`${installed()}/${file}`, "utf8");
    for (const path of [ROOT, PACKING]) assert(!text.includes(path), `${file} has ${path}`);
  }
});

test(`the installed package exports under ${runtime} what its sources do, and queries the system`, async () => {
  const script = `
    import process from "node:process";
    const names = [];
    for (const path of ${JSON.stringify(IMPORTS)}) {
      names.push(Object.keys(await import(path)).sort());
    }
    const { openProcess } = await import("${NAME}");
    console.log(JSON.stringify({ names, own: openProcess(process.pid).name() }));
  `;
  writeFileSync(`${project()}/names.mjs`, script);
  const { names, own } = JSON.parse(output(inProject(["names.mjs"]), project()));
  for (const [at, path] of Object.keys(EXPORTS).entries()) {
    const { default: built } = EXPORTS[path as keyof typeof EXPORTS];
    const source = built.replace("./dist/", ROOT).replace(/\.js$/, ".ts");
    assertEquals(names[at], Object.keys(await import(source)).sort(), path);
  }
  assertMatch(own, new RegExp(`^${runtime}`));
});

/** Returns the command that runs libproc by its name, as a user of the runtime does. */
function byName(...words: string[]): [string, ...string[]] {
  return {
    bun: [executable("bun"), "x", "--bun", "--no-install", "libproc", ...words] as const,
    deno: inProject([`npm:${NAME}`, ...words]),
    node: [`${project()}/node_modules/.bin/libproc`, ...words] as const,
  }[runtime] as [string, ...string[]];
}

/** The PATH in which programs find Node, and an option that suppresses its warnings. */
const NODE = {
  PATH: `${dirname(executable("node"))}:${process.env.PATH}`,
  NODE_OPTIONS: "--disable-warning=ExperimentalWarning",
};

test(`libproc runs by its name under ${runtime}`, () => {
  const pids = run(byName("pids", "--json"), project(), NODE);
  assertEquals([pids.status, pids.stderr], [0, ""]);
  assertArrayIncludes(JSON.parse(pids.stdout), [process.pid]);
  assertEquals(output(byName("--version"), project(), NODE), `${config.version}\n`);
  const wrong = run(byName("nonsense"), project(), NODE);
  assertEquals([wrong.status, wrong.stdout], [2, ""]);
  assertMatch(wrong.stderr, /^libproc: [^\n]*"nonsense"[^\n]*\n$/);
});

/** Returns the first program of README.md that contains a word. */
function exampleWith(word: string): string {
  const blocks = readFileSync(`${ROOT}README.md`, "utf8").matchAll(/^```ts\n([^]*?)^```$/gm);
  const [, program] = [...blocks].find(([, text]) => text!.includes(word)) ?? [];
  if (program === undefined) throw new Error(`README.md has no example with ${word}`);
  return program;
}

test(`the first examples of README.md run in an empty folder under ${runtime}`, () => {
  writeFileSync(`${project()}/list.ts`, exampleWith("processes({ fields"));
  const listed = output(inProject(["list.ts"]), project(), NODE).split("\n");
  // This process exists while the example runs, so its name and its memory are known.
  const own = listed.find((line) => line.startsWith(`${process.pid} `)) ?? "";
  assertMatch(own, new RegExp(`^\\d+ ${runtime}\\S* [1-9]\\d{5,}$`));
  writeFileSync(`${project()}/one.ts`, exampleWith("openProcess(process.pid)"));
  const [about = "", ...read] = output(inProject(["one.ts"]), project(), NODE).split("\n");
  assert(about.endsWith(` ${project()}`), about);
  assertMatch(read.join("\n"), new RegExp(`name: ["']${runtime}.*residentBytes: [1-9]`, "s"));
});

/** Returns the path of a Node in the PATH that cannot call libraries, as on many machines. */
function oldNode(): string | undefined {
  const files = (process.env.PATH ?? "").split(":").map((folder) => `${folder}/node`);
  return files.find((file) => {
    const { status, stdout } = spawnSync(file, ["-p", "process.versions.node"], {
      encoding: "utf8",
    });
    const major = Number(stdout?.split(".")[0]);
    return status === 0 && major >= 18 && major < 26;
  });
}

if (runtime === "node") {
  const file = oldNode();
  const skip = file === undefined ? "needs a Node older than 26 in the path" : false;

  test(
    "an old Node imports all of the package, and prints at the first use what to do",
    { skip },
    () => {
      const script = `
      const { FfiError, getAllPids } = await import("${NAME}");
      for (const path of ${JSON.stringify(IMPORTS)}) await import(path);
      try {
        getAllPids();
      } catch (error) {
        console.log(error instanceof FfiError, error.code, error.message);
      }
    `;
      writeFileSync(`${project()}/old.mjs`, script);
      assertMatch(
        output([file!, "old.mjs"], project()),
        /^true ERR_UNSUPPORTED_RUNTIME Cannot [^\n]* Node 26\.1 or later, with `bun`[^\n]*\n$/,
      );
      const { status, stdout, stderr } = run([file!, config.bin.libproc, "pids"], installed());
      assertEquals([status, stdout], [2, ""]);
      assertMatch(stderr, /^libproc: Cannot [^\n]* Node 26\.1 or later, with `bun`[^\n]*\n$/);
    },
  );
}

if (runtime !== "bun") {
  test(`libproc ends with 2 and one line where ${runtime} does not let it call libraries`, () => {
    const [file, ...before] = inProject([], []);
    const off = runtime === "node" ? ["--no-experimental-ffi"] : [];
    const command = [file, ...before, ...off, config.bin.libproc, "pids"] as const;
    const { status, stdout, stderr } = run([...command], installed());
    assertEquals([status, stdout], [2, ""]);
    assertMatch(stderr, /^libproc: Cannot [^\n]*-ffi[^\n]*\n$/);
  });
}

/** A program that assigns a value of each import to its type, and two values to wrong types. */
const TYPED = `
import { type Fields, openProcess, processes, systemOf } from "${NAME}";
import { PROC_PIDTBSDINFO, type ProcBsdInfo } from "${NAME}/abi";
import { kgetProcInfo } from "${NAME}/aix";
import { pidInfo } from "${NAME}/calls";
import { main, type Output } from "${NAME}/cli";
import { procName } from "${NAME}/libproc";
import { scriptedKernel } from "${NAME}/testing";

const system = systemOf(scriptedKernel(() => 0));
const [row] = processes({ fields: ["residentBytes", "ids"], system });
export const resident: Fields["residentBytes"] | undefined = row?.residentBytes;
export const parent: number | undefined = row?.parentPid;
export const state: Fields["state"] = openProcess(1).state();
export const bsd: ProcBsdInfo = pidInfo(1, PROC_PIDTBSDINFO, 0n, { system });
export const name: string = procName(1);
export const run: (args: readonly string[], output: Output) => Promise<number> = main;
export const entries = kgetProcInfo;
// @ts-expect-error A name is not a number: the types are those of the package.
export const wrong: number = openProcess(1).name();
// @ts-expect-error Only what was asked for is there.
export const missing = row?.cpuTimeNs;
`;

if (runtime === "node") {
  /**
   * Runs prepare.sh in a folder with its inputs. The npm in the PATH only records its arguments and
   * runs prepare.sh again, as npm does after an installation. Returns the recorded arguments.
   */
  const prepare = (
    name: string,
    env: Readonly<Record<string, string>>,
    built: { readonly tsc?: boolean; readonly dist?: boolean; readonly changed?: string } = {},
  ) => {
    const clone = `${folder}/prepare ${name}`;
    for (const path of ["bin", "ffi", "lib", "dist", "node_modules/.bin"]) {
      mkdirSync(`${clone}/${path}`, { recursive: true });
    }
    for (const path of ["mod.ts", "lib/a.ts", "package.json"]) {
      writeFileSync(`${clone}/${path}`, "");
    }
    copyFileSync(`${ROOT}prepare.sh`, `${clone}/prepare.sh`);
    writeFileSync(`${clone}/calls`, "");
    const npm =
      'echo "$@" >>calls\nif [ "$1 $(($(wc -l <calls)))" = "install 1" ]; then sh prepare.sh; fi\n';
    writeFileSync(`${clone}/bin/npm`, `#!/bin/sh\n${npm}`, { mode: 0o755 });
    if (built.tsc) writeFileSync(`${clone}/node_modules/.bin/tsc`, "", { mode: 0o755 });
    if (built.dist) writeFileSync(`${clone}/dist/libproc.1`, "page");
    for (const path of ["mod.ts", "ffi", "lib", "lib/a.ts", "package.json"]) {
      const seconds = path === built.changed ? 4e9 : 1e9;
      utimesSync(`${clone}/${path}`, seconds, seconds);
    }
    const { status, stdout, stderr } = run(["sh", "prepare.sh"], clone, {
      ...env,
      PATH: `${clone}/bin:${process.env.PATH}`,
    });
    const calls = readFileSync(`${clone}/calls`, "utf8").split("\n").slice(0, -1);
    return { status, stdout, stderr, calls };
  };
  const INSTALL = "install --global=false --include=dev --silent --no-save";
  const BUILD = "run --silent build";

  test("prepare.sh installs at most once, whatever npm leaves out", () => {
    const missing = "dist is not built: npm has not installed node_modules/.bin/tsc\n";
    assertEquals(prepare("omit", { npm_config_omit: "dev" }), {
      ...{ status: 1, stdout: "", stderr: missing, calls: [INSTALL] },
    });
  });

  test("prepare.sh does nothing for --package-lock-only, and installs nothing for --dry-run", () => {
    const nothing = { status: 0, stdout: "", stderr: "", calls: [] };
    assertEquals(prepare("lock", { npm_config_package_lock_only: "true" }), nothing);
    const stderr = "dist is not built: run npm ci first\n";
    assertEquals(prepare("dry", { npm_config_dry_run: "true" }), { ...nothing, stderr });
  });

  test("prepare.sh builds what is not built, and again after each change of a source", () => {
    const calls = (...args: Parameters<typeof prepare>) => prepare(...args).calls;
    assertEquals(calls("first", {}, { tsc: true }), [BUILD]);
    assertEquals(calls("built", {}, { tsc: true, dist: true }), []);
    for (const changed of ["mod.ts", "ffi", "lib", "lib/a.ts", "package.json"]) {
      assertEquals(
        calls(`changed ${changed.replace("/", " ")}`, {}, { tsc: true, dist: true, changed }),
        [
          BUILD,
        ],
      );
    }
  });

  for (
    const [linter, ...flags] of [
      ["publint", "--strict"],
      ["attw", "--profile", "esm-only", "--no-definitely-typed", "--no-emoji"],
    ]
  ) {
    test(`${linter} finds nothing wrong with the package`, () => {
      output([`${ROOT}node_modules/.bin/${linter}`, tarball, ...flags], folder, NODE);
    });
  }

  test("npm install -g installs the command and its manual page", () => {
    const prefix = `${folder}/global`;
    output(["npm", "install", "-g", "--prefix", prefix, ...NPM, tarball], folder);
    assertEquals(
      output([`${prefix}/bin/libproc`, "--version"], folder, NODE),
      `${config.version}\n`,
    );
    assertMatch(readFileSync(`${prefix}/share/man/man1/libproc.1`, "utf8"), /^\.Dt LIBPROC 1$/m);
  });

  test("the package, the command and a bundled program keep their budgets of size", () => {
    const sizes = Object.entries(
      sizesOf({ tarball, unpacked: installed(), bun: executable("bun"), folder }),
    );
    assertEquals(sizes.map(([name]) => name), Object.keys(SIZES));
    for (const [name, size] of sizes) {
      const budget = SIZES[name as keyof typeof SIZES];
      assert(size <= budget, `${name}: ${size} bytes, ${budget} at most`);
      // A budget of more than twice the size would not reveal growth.
      assert(size > budget / 2, `${name}: ${size} bytes, of a budget of ${budget}`);
    }
  });

  for (
    const { module, moduleResolution } of [
      { module: "nodenext", moduleResolution: "nodenext" },
      { module: "preserve", moduleResolution: "bundler" },
    ]
  ) {
    test(`tsc finds the packed types with moduleResolution ${moduleResolution}`, () => {
      const compilerOptions = {
        ...{ module, moduleResolution, target: "esnext", lib: ["esnext", "dom"], types: [] },
        ...{ strict: true, noEmit: true, skipLibCheck: false },
      };
      writeFileSync(`${project()}/typed.ts`, TYPED);
      writeFileSync(
        `${project()}/tsconfig.json`,
        JSON.stringify({ compilerOptions, files: ["typed.ts"] }),
      );
      const { status, stdout } = run([executable("node"), tsc()], project());
      assertEquals([status, stdout], [0, ""]);
    });
  }
}

if (runtime === "deno") {
  test("deno check finds the packed types", () => {
    writeFileSync(`${project()}/typed.ts`, TYPED);
    output([executable(), "check", "typed.ts"], project());
  });
}
