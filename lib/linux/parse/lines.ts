import { NEWLINE } from "./bytes.ts";

const decoder = new TextDecoder();

/**
 * Parses the files of `/proc` that have lines of the form `NAME: VALUE`, such as `status`, `io` and
 * `meminfo`.
 *
 * The name of a process cannot be mistaken for a line: the kernel writes a newline in it as `\n`.
 */
export function parseLines(text: string): Map<string, string> {
  const lines = new Map<string, string>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) lines.set(line.slice(0, colon), line.slice(colon + 1).trim());
  }
  return lines;
}

/**
 * Returns the limits in `/proc/PID/limits` by their names there. A limit is undefined if it is
 * `unlimited`.
 */
export function parseLimits(text: string): Map<string, [bigint | undefined, bigint | undefined]> {
  const limits = new Map<string, [bigint | undefined, bigint | undefined]>();
  for (const line of text.split("\n")) {
    const [, name, soft, hard] =
      /^(Max [a-z ]*?) {2,}(unlimited|\d{1,20}) +(unlimited|\d{1,20}) /.exec(line) ?? [];
    if (name !== undefined) limits.set(name, [limitOf(soft), limitOf(hard)]);
  }
  return limits;
}

function limitOf(word: string | undefined): bigint | undefined {
  return word === undefined || word === "unlimited" ? undefined : BigInt(word);
}

const INTEGERS = {
  8: [/^[0-7]{1,22}(?![0-7])/, "0o"],
  10: [/^\d{1,20}(?!\d)/, ""],
  16: [/^[\da-f]{1,16}(?![\da-f])/, "0x"],
} as const;

/**
 * Returns the 64-bit number at the start of a text such as `12 kB`; undefined if there is none. In
 * a copied tree, the text can be anything.
 */
export function parseInteger(
  text: string | undefined,
  radix: keyof typeof INTEGERS = 10,
): bigint | undefined {
  const [digits, prefix] = INTEGERS[radix];
  const found = digits.exec(text ?? "")?.[0];
  return found === undefined ? undefined : BigInt(prefix + found);
}

/** Returns the numbers of a line of `/proc/PID/status` such as `NStgid`. */
export function parseNumbers(value: string): number[] {
  return value.split(/\s+/).filter((number) => /^\d{1,10}$/.test(number)).map(Number);
}

/**
 * Returns the text of `/proc/PID/attr/current`, without the NUL or newline that some modules
 * append.
 */
export function parseLabel(text: Uint8Array, length: number): string {
  let end = length;
  while (end > 0 && (text[end - 1] === 0 || text[end - 1] === NEWLINE)) end--;
  return decoder.decode(text.subarray(0, end));
}
