import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Characters that clear the screen, move the cursor, begin a line, and end a string. */
export const NASTY = '\x1b[2J\x1b[H\n"\\';

/** A process whose name, arguments and folder contain control sequences of a terminal. */
export interface Nasty extends AsyncDisposable {
  /** Its pid. */
  readonly pid: number;
}

/** Starts a process with {@linkcode NASTY} in its values. It ends when it is disposed of. */
export async function startNasty(): Promise<Nasty> {
  const folder = mkdtempSync(join(tmpdir(), "libproc-nasty-"));
  const inside = join(folder, NASTY);
  mkdirSync(inside);
  // Linux names a process after the path that is passed to execve(), even if it is a link.
  const program = join(inside, NASTY);
  symlinkSync(realpathSync("/bin/sh"), program);
  const child: ChildProcess = spawn(program, ["-c", "echo; read _", NASTY], {
    cwd: inside,
    env: { NASTY },
    stdio: ["pipe", "pipe", "inherit"],
  });
  await once(child.stdout!, "data");
  return {
    pid: child.pid!,
    async [Symbol.asyncDispose]() {
      const gone = once(child, "exit");
      child.stdin!.end();
      await gone;
      rmSync(folder, { recursive: true });
    },
  };
}
