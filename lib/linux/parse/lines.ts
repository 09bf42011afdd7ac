/**
 * Takes `/proc` files of the form `NAME: VALUE` apart, as `status`, `io` and `meminfo` are.
 *
 * No name of a process can pass for a line: the kernel writes a newline in it as `\n`.
 */
export function parseLines(text: string): Map<string, string> {
  const lines = new Map<string, string>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) lines.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return lines;
}

/** The limits of `/proc/PID/limits` by their names there; undefined for `unlimited`. */
export function parseLimits(text: string): Map<string, [bigint | undefined, bigint | undefined]> {
  const limits = new Map<string, [bigint | undefined, bigint | undefined]>();
  for (const line of text.split("\n")) {
    const [, name, soft, hard] =
      /^(Max [a-z ]*?) {2,}(unlimited|\d+) +(unlimited|\d+) /.exec(line) ?? [];
    if (name !== undefined) limits.set(name, [limitOf(soft), limitOf(hard)]);
  }
  return limits;
}

function limitOf(word: string | undefined): bigint | undefined {
  return word === undefined || word === "unlimited" ? undefined : BigInt(word);
}
