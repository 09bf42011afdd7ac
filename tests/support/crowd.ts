import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { compileProgram } from "./compile.ts";

/** The process group of `crowd.c`: a parent and its children. It ends when it is disposed of. */
export interface Crowd extends AsyncDisposable {
  /** The pid of the parent. */
  readonly pid: number;
}

/**
 * Starts a parent and its children, and waits until all of them run.
 *
 * @param children The number of children.
 * @param effective The effective user of the children.
 * @param real The real user of the children.
 */
export async function startCrowd(
  children: number,
  effective: number = process.getuid!(),
  real: number = effective,
): Promise<Crowd> {
  const program = compileProgram(["crowd.c"], "crowd");
  const child = spawn(program, [`${children}`, `${effective}`, `${real}`], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const [text] = await once(child.stdout, "data");
  return {
    pid: Number(/^ready (\d+)/.exec(`${text}`)![1]),
    async [Symbol.asyncDispose]() {
      const gone = once(child, "exit");
      child.stdin.end();
      await gone;
    },
  };
}
