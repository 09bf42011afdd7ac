/** A folder or a file in an archive. Its path does not begin with a slash. */
export type CpioEntry =
  | { readonly path: string; readonly folder: true }
  | { readonly path: string; readonly mode: number; readonly content: Uint8Array };

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
/** The name of the entry that ends an archive. */
const TRAILER = "TRAILER!!!";
const encoder = new TextEncoder();

/** Builds a cpio archive in the `newc` format, which the kernel unpacks as its initramfs. */
export function cpioArchive(entries: readonly CpioEntry[]): Uint8Array {
  const parts = entries.flatMap((entry, at) =>
    "folder" in entry
      ? entryOf(entry.path, { inode: at + 1, mode: S_IFDIR | 0o755, content: new Uint8Array(0) })
      : entryOf(entry.path, {
        inode: at + 1,
        mode: S_IFREG | entry.mode,
        content: entry.content,
      })
  );
  parts.push(...entryOf(TRAILER, { inode: 0, mode: 0, content: new Uint8Array(0) }));
  return joined(parts);
}

interface Inode {
  readonly inode: number;
  readonly mode: number;
  readonly content: Uint8Array;
}

/** Encodes an entry: header and name, then the content, each padded to a multiple of 4 bytes. */
function entryOf(path: string, { inode, mode, content }: Inode): Uint8Array[] {
  const name = encoder.encode(`${path}\0`);
  // Owner, group and times are 0, so that the archive depends only on its entries.
  const fields = [inode, mode, 0, 0, 1, 0, content.length, 0, 0, 0, 0, name.length, 0];
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`;
  return [
    padded(joined([encoder.encode(header), name])),
    padded(content),
  ];
}

function padded(bytes: Uint8Array): Uint8Array {
  const whole = new Uint8Array((bytes.length + 3) & ~3);
  whole.set(bytes);
  return whole;
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
