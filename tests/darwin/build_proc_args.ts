/** The start of a program, as `exec()` receives it. */
export interface Start {
  readonly path: string;
  readonly args: readonly string[];
  readonly env?: readonly string[];
  /** The kernel's own strings. The program may have overwritten the first with an empty one. */
  readonly kernel?: readonly string[];
  readonly pointerSize?: number;
}

/** The strings that macOS 15 appends to the environment of a running program. */
export const KERNEL_STRINGS: readonly string[] = [
  "\0".repeat(14),
  "\0".repeat(30),
  "ptr_munge=",
  "main_stack=0x16fc00000,0x800000,0x16f400000,0x800000",
  "executable_file=0x1a0100000f,0xb426014",
];

/** Builds the answer to `KERN_PROCARGS2` by the steps of `exec()`. */
export function buildProcArgs(
  { path, args, env = [], kernel = KERNEL_STRINGS, pointerSize = 8 }: Start,
): Uint8Array {
  const strings: string[] = [];
  let length = 0;
  const add = (text: string) => {
    strings.push(`${text}\0`);
    length += new TextEncoder().encode(text).length + 1;
  };
  const align = () => {
    const pad = (pointerSize - length % pointerSize) % pointerSize;
    strings.push("\0".repeat(pad));
    length += pad;
  };
  add(path);
  align();
  args.forEach(add);
  env.forEach(add);
  if (kernel.length > 0) align();
  kernel.forEach(add);
  const blob = new Uint8Array(4 + length);
  new DataView(blob.buffer).setInt32(0, args.length, true);
  blob.set(new TextEncoder().encode(strings.join("")), 4);
  return blob;
}
