import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";

/** The reason to skip tests of a terminal; false if there is one. */
export const noTerminal: false | string = spawnSync("tmux", ["-V"]).error
  ? "needs tmux, which is not installed"
  : false;

/** The modes of a terminal. */
export interface Modes {
  /** True if the cursor is shown. */
  readonly cursor: boolean;
  /** True if the alternate screen is shown. */
  readonly alternate: boolean;
  /** True if long lines wrap. */
  readonly wraps: boolean;
}

/** A terminal that runs a shell. It ends when it is disposed of. */
export interface Terminal extends AsyncDisposable {
  /** Types text and Enter. */
  type(line: string): void;
  /** Presses a key, by its name in tmux. */
  press(key: string): void;
  /** Returns the lines of the screen. */
  lines(): string[];
  /** Waits until the screen matches a pattern; returns its lines. */
  shows(what: RegExp): Promise<string[]>;
  /** Waits until a condition holds for the lines; returns them. Each attempt starts a program. */
  until(what: string, holds: (lines: readonly string[]) => boolean): Promise<string[]>;
  /** Returns the modes of the terminal. */
  modes(): Modes;
  /** Changes the size of the terminal. */
  resize(width: number, height: number): void;
}

/** Opens a terminal in tmux, without a window. Its shell has printed `before` and a prompt. */
export async function openTerminal(width = 100, height = 30): Promise<Terminal> {
  const folder = mkdtempSync(join(tmpdir(), "libproc-terminal-"));
  const tmux = (...args: string[]): string => {
    const { status, stdout, stderr, error } = spawnSync(
      "tmux",
      ["-u", "-S", join(folder, "socket"), "-f", "/dev/null", ...args],
      {
        encoding: "utf8",
        env: { ...process.env, TMUX: "", ENV: "", LC_ALL: "C.UTF-8" },
      },
    );
    if (error) throw error;
    if (status !== 0) throw new Error(`Cannot run tmux ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  const lines = () => tmux("capture-pane", "-p").trimEnd().split("\n");
  tmux("new-session", "-d", "-x", `${width}`, "-y", `${height}`, "sh");
  const terminal: Terminal = {
    type: (line) => void tmux("send-keys", "-l", `${line}\n`),
    press: (key) => void tmux("send-keys", key),
    lines,
    shows: (what) => terminal.until(`it shows ${what}`, (shown) => what.test(shown.join("\n"))),
    async until(what, holds) {
      for (let tries = 0; tries < 1200; tries++) {
        const shown = lines();
        if (holds(shown)) return shown;
        await sleep(50);
      }
      throw new Error(`It has not come about that ${what}:\n${lines().join("\n")}`);
    },
    modes() {
      const [cursor, alternate, wraps] = tmux(
        "display-message",
        "-p",
        "#{cursor_flag} #{alternate_on} #{wrap_flag}",
      ).trim().split(" ").map((flag) => flag === "1");
      return { cursor: cursor!, alternate: alternate!, wraps: wraps! };
    },
    resize: (columns, rows) => void tmux("resize-window", "-x", `${columns}`, "-y", `${rows}`),
    [Symbol.asyncDispose]() {
      tmux("kill-server");
      rmSync(folder, { recursive: true });
      return Promise.resolve();
    },
  };
  terminal.type("PS1='$ '; clear; echo before");
  await terminal.shows(/^before\n\$$/);
  return terminal;
}
