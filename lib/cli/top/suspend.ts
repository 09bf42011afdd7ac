import { getPidsForPgrp } from "../../calls/list_pids.ts";
import { SystemCallError } from "../../system/errors.ts";
import { defaultSystem } from "../../system/open.ts";

/** Its number on Darwin, as `System.kill()` takes it. */
const SIGTSTP = 18;

/**
 * Stops this program and the other processes of its process group, as Ctrl-Z does in a terminal that
 * reports it as a signal.
 */
export function suspend(): void {
  const system = defaultSystem();
  const own = system.pid();
  // The shell continues when all have stopped; another program may have started the runtime.
  const others = getPidsForPgrp(system.pgrp(), { system }).filter((pid) => pid !== own);
  for (const pid of [...others, own]) {
    try {
      system.kill(pid, SIGTSTP);
    } catch (error) {
      if (!(error instanceof SystemCallError)) throw error;
    }
  }
}
