// Types of a pair in the auxiliary vector.
const AT_NULL = 0;
const AT_PHDR = 3;
const AT_PHENT = 4;
const AT_PHNUM = 5;

// Types of a program header.
const PT_LOAD = 1;
const PT_NOTE = 4;
const PT_PHDR = 6;

const NT_GNU_BUILD_ID = 3;
/** `"GNU\0"` as a number. */
const GNU = 0x554e47;
/** The name and the descriptor of a note start at multiples of 4. */
const NOTE_HEADER = 12;

const TWO_32 = 2 ** 32;

/** Where the table of program headers of a running program is. */
export interface ProgramHeaders {
  /** Its address. */
  readonly address: number;
  /** Bytes of one header. */
  readonly size: number;
  /** How many headers there are. */
  readonly count: number;
}

/** A piece of memory. */
export interface Segment {
  /** Its address. */
  readonly address: number;
  /** Its size in bytes. */
  readonly size: number;
}

/**
 * Finds the program headers in `/proc/PID/auxv`, or answers null where it does not name them.
 *
 * @param auxv The file.
 * @param length How many bytes it has.
 * @param wide Whether the process has addresses of 64 bits; they take 32 otherwise.
 */
export function parseAuxv(auxv: DataView, length: number, wide: boolean): ProgramHeaders | null {
  const word = wide ? 8 : 4;
  let address = 0, size = 0, count = 0;
  for (let at = 0; at + 2 * word <= length; at += 2 * word) {
    const value = wordAt(auxv, at + word, wide);
    switch (wordAt(auxv, at, wide)) {
      case AT_NULL:
        at = length;
        break;
      case AT_PHDR:
        address = value;
        break;
      case AT_PHENT:
        size = value;
        break;
      case AT_PHNUM:
        count = value;
        break;
    }
  }
  return address > 0 && size === (wide ? 56 : 32) && count > 0 ? { address, size, count } : null;
}

/**
 * Finds the notes of a running program.
 *
 * @param headers Its program headers, as they stand in its memory.
 * @param place Where that is.
 * @param wide Whether it is a program of 64 bits.
 */
export function parseNoteSegments(
  headers: DataView,
  { address, size, count }: ProgramHeaders,
  wide: boolean,
): Segment[] {
  const notes: Segment[] = [];
  // The headers say where the linker put things; the table tells by how much they were moved.
  let moved: number | undefined;
  let first: number | undefined;
  for (let at = 0; at < count * size; at += size) {
    const type = headers.getUint32(at, true);
    const offset = wordAt(headers, at + (wide ? 8 : 4), wide);
    const virtual = wordAt(headers, at + (wide ? 16 : 8), wide);
    if (type === PT_PHDR) moved = address - virtual;
    if (type === PT_LOAD && offset === 0) first ??= virtual;
    if (type === PT_NOTE) {
      notes.push({ address: virtual, size: wordAt(headers, at + (wide ? 40 : 20), wide) });
    }
  }
  // Without an entry of its own, the table stands behind the file's header.
  if (moved === undefined && first !== undefined) moved = address - (wide ? 64 : 52) - first;
  if (moved === undefined) return [];
  return notes.map((note) => ({ address: note.address + moved, size: note.size }));
}

/** The build id among the notes of a program, or null. */
export function parseBuildId(notes: DataView, length: number): Uint8Array | null {
  for (let at = 0; at + NOTE_HEADER <= length;) {
    const nameSize = notes.getUint32(at, true);
    const size = notes.getUint32(at + 4, true);
    const type = notes.getUint32(at + 8, true);
    const name = at + NOTE_HEADER;
    const start = name + Math.ceil(nameSize / 4) * 4;
    if (start + size > length) return null;
    if (type === NT_GNU_BUILD_ID && nameSize === 4 && notes.getUint32(name, true) === GNU) {
      return new Uint8Array(notes.buffer, notes.byteOffset + start, size).slice();
    }
    at = start + Math.ceil(size / 4) * 4;
  }
  return null;
}

function wordAt(view: DataView, at: number, wide: boolean): number {
  const low = view.getUint32(at, true);
  return wide ? low + view.getUint32(at + 4, true) * TWO_32 : low;
}
