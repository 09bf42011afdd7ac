/**
 * Makes the tests run under a Bun that lacks what they use: `node:test`, which came with 1.2.6, and the
 * stacks of what is disposed of.
 *
 * It is preloaded. Such a Bun lets no module be put in the place of its own, so each file that imports
 * `node:test` is given the functions below. They are those of the test file that is read: `bun:test` has
 * others for each.
 */
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const HERE = JSON.stringify(fileURLToPath(import.meta.url));
const IMPORT = /import (\{[^}]*\}) from "node:test";/;

let file;

/** Sets the file whose functions of `bun:test` are used from now on. */
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
  // A test that skips itself passes, as it does in a later Bun.
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
