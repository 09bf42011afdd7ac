import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What would clear the screen, move the cursor, and begin a line and a string. */
export const NASTY = '\x1b[2J\x1b[H\n"\\';

/** A process whose name, arguments and folder hold what a terminal would obey. */
export interface Nasty extends AsyncDisposable {
  /** Its id. */
  readonly pid: number;
}

/** Starts such a process. It ends when disposed of. */
export async function startNasty(): Promise<Nasty> {
  const folder = mkdtempSync(join(tmpdir(), "libproc-nasty-"));
  const inside = join(folder, NASTY);
  mkdirSync(inside);
  // Linux names a process after the path that was given to exec(), a link or not.
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
