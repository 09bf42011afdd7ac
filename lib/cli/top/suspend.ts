import { getPidsForPgrp } from "../../calls/list_pids.ts";
import { SystemCallError } from "../../system/errors.ts";
import { defaultSystem } from "../../system/open.ts";

/** Darwin's number of SIGTSTP, as `System.kill()` takes it. */
const SIGTSTP = 18;

/**
 * Stops this program and the other processes of its process group. A terminal does the same on
 * Ctrl-Z if it sends signals for keys.
 */
export function suspend(): void {
  const system = defaultSystem();
  const own = system.pid();
  // The shell continues when all have stopped. The runtime may have been started by another
  // program.
  const others = getPidsForPgrp(system.pgrp(), { system }).filter((pid) => pid !== own);
  for (const pid of [...others, own]) {
    try {
      system.kill(pid, SIGTSTP);
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
    }
  }
}
