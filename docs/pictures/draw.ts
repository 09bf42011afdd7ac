/**
 * The pictures of the documentation.
 *
 * @module
 */
import { main, type Screen } from "../../lib/cli/main.ts";
import { NOW, scene } from "./scene.ts";
import { svg } from "./svg.ts";
import { screenOf } from "./terminal.ts";

/** The width of the terminal, in columns. */
const COLUMNS = 100;

/** The command lines that are drawn, by the names of their files. */
export const PICTURES: Readonly<Record<string, string>> = {
  ps: "libproc ps --sort -rss",
  top: "libproc top",
  tree: "libproc tree",
  ports: "libproc ports",
};

/** The options added to a command line that would not end otherwise. */
const ENDS: Readonly<Record<string, readonly string[]>> = {
  top: ["--count", "1"],
};

/**
 * Draws a picture, as SVG.
 *
 * @param name Its name in {@linkcode PICTURES}.
 */
export async function draw(name: string): Promise<string> {
  const line = PICTURES[name]!;
  let written = "";
  const screen: Screen = {
    width: () => COLUMNS,
    height: () => 30,
    colors: true,
    moves: true,
    write: (text) => void (written += text),
    keys: () => {},
    resized: () => {},
    continued: () => {},
  };
  const { now } = Date;
  const { getTimezoneOffset } = Date.prototype;
  Date.now = () => NOW;
  Date.prototype.getTimezoneOffset = () => 0;
  try {
    const status = await main([...line.split(" ").slice(1), ...(ENDS[name] ?? [])], {
      out: (text) => void (written += `${text}\n`),
      err: (text) => {
        throw new Error(`Cannot draw "${line}": ${text}`);
      },
      screen,
      system: scene(),
    });
    if (status !== 0) throw new Error(`Cannot draw "${line}": it ended with ${status}`);
  } finally {
    Date.now = now;
    Date.prototype.getTimezoneOffset = getTimezoneOffset;
  }
  return svg(line, screenOf(written), COLUMNS);
}
