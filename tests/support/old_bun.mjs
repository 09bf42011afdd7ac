/**
 * Implements what the tests need and an old version of Bun lacks: `node:test`, which 1.2.6 added,
 * and `AsyncDisposableStack`.
 *
 * It is preloaded. In such a version, a plugin cannot replace the runtime's own modules. Instead,
 * each file that imports `node:test` imports the functions below. They call the functions of
 * `bun:test` for the test file that is being loaded, because each file has its own.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const HERE = JSON.stringify(fileURLToPath(import.meta.url));
const IMPORT = /import (\{[^}]*\}) from "node:test";/;

let file;

/** Sets the functions of `bun:test` to call: those of the current test file. */
export function begin(bunTest) {
  file = bunTest;
}

export function before(run) {
  file.beforeAll(run);
}

export function after(run) {
  file.afterAll(run);
}

export function test(name, ...rest) {
  const run = rest.pop();
  const { skip, timeout } = rest[0] ?? {};
  if (skip) return file.test.skip(name, run);
  // A test that skips itself passes, as in later versions.
  return file.test(name, () => run({ skip() {} }), timeout);
}

const transpiler = new Bun.Transpiler({ loader: "ts", target: "bun" });

Bun.plugin({
  name: "node:test",
  setup(build) {
    build.onLoad({ filter: /\/tests\/.*\.ts$/ }, ({ path }) => {
      const source = transpiler.transformSync(readFileSync(path, "utf8"));
      const starts = path.endsWith("_test.ts")
        ? `import * as bunTest from "bun:test"; import { begin } from ${HERE}; begin(bunTest);`
        : "";
      return {
        loader: "js",
        contents: starts + source.replace(IMPORT, (_, names) => `import ${names} from ${HERE};`),
      };
    });
  },
});

globalThis.AsyncDisposableStack ??= class {
  #disposals = [];

  use(resource) {
    this.#disposals.push(() =>
      (resource[Symbol.asyncDispose] ?? resource[Symbol.dispose]).call(resource)
    );
    return resource;
  }

  defer(dispose) {
    this.#disposals.push(dispose);
  }

  move() {
    const moved = new AsyncDisposableStack();
    for (const dispose of this.#disposals.splice(0)) moved.defer(dispose);
    return moved;
  }

  async disposeAsync() {
    while (this.#disposals.length > 0) await this.#disposals.pop()();
  }

  [Symbol.asyncDispose]() {
    return this.disposeAsync();
  }
};
