/**
 * The working directory of the shell in a terminal, as a terminal shows it in its title:
 * `shell_cwd.ts [TTY]`, as in `/dev/pts/3`. Without one it tells of every terminal.
 *
 * @module
 */
import process from "node:process";
import { getPidsForTty, openProcess, ProcessError, processes } from "../mod.ts";

/** The process that leads the session of a terminal. */
function shellOf(pids: readonly number[]): number | undefined {
  return processes({ groups: ["terminal"], pids }).find(({ terminal }) =>
    typeof terminal === "object" && terminal.sessionLeader
  )?.pid;
}

function tell(name: string, pids: readonly number[]): void {
  const pid = shellOf(pids);
  if (pid === undefined) return;
  try {
    const shell = openProcess(pid);
    console.log(name, shell.name(), shell.workingDirectory());
  } catch (error) {
    // It is another user's, or was closed just now.
    if (!(error instanceof ProcessError)) throw error;
    console.log(name, error.message);
  }
}

const tty = process.argv[2];
if (tty !== undefined) tell(tty, getPidsForTty(tty));
else {
  const byDevice = new Map<number, number[]>();
  for (const { pid, terminal } of processes({ groups: ["terminal"] })) {
    if (typeof terminal !== "object" || terminal.terminalDevice === undefined) continue;
    const pids = byDevice.get(terminal.terminalDevice) ?? [];
    byDevice.set(terminal.terminalDevice, [...pids, pid]);
  }
  for (const [device, pids] of byDevice) tell(`terminal ${device}`, pids);
  console.log(`${byDevice.size} terminals`);
}
