import { offsetsOf } from "../../layout/offsets.ts";
import { type Struct, struct } from "../../layout/struct.ts";

/** `Elf64_Phdr` or `Elf32_Phdr` (elf.h), which have the same members at different offsets. */
export interface ElfPhdr<Word> {
  readonly p_type: number;
  readonly p_flags: number;
  readonly p_offset: Word;
  readonly p_vaddr: Word;
  readonly p_paddr: Word;
  readonly p_filesz: Word;
  readonly p_memsz: Word;
  readonly p_align: Word;
}

/** The layout of an `Elf64_Phdr`. */
export const elf64Phdr: Struct<ElfPhdr<bigint>> = struct(
  "Elf64_Phdr",
  { size: 56, align: 8 },
  (c) => ({
    p_type: c.u32(),
    p_flags: c.u32(),
    p_offset: c.u64(),
    p_vaddr: c.u64(),
    p_paddr: c.u64(),
    p_filesz: c.u64(),
    p_memsz: c.u64(),
    p_align: c.u64(),
  }),
);

/** The layout of an `Elf32_Phdr`. */
export const elf32Phdr: Struct<ElfPhdr<number>> = struct(
  "Elf32_Phdr",
  { size: 32, align: 4 },
  (c) => ({
    p_type: c.u32(),
    p_offset: c.u32(),
    p_vaddr: c.u32(),
    p_paddr: c.u32(),
    p_filesz: c.u32(),
    p_memsz: c.u32(),
    p_flags: c.u32(),
    p_align: c.u32(),
  }),
);

/** `Elf64_Nhdr` (elf.h): the header of a note. `Elf32_Nhdr` is the same. */
export interface ElfNhdr {
  readonly n_namesz: number;
  readonly n_descsz: number;
  readonly n_type: number;
}

/** The layout of {@linkcode ElfNhdr}. */
export const elfNhdr: Struct<ElfNhdr> = struct("Elf64_Nhdr", { size: 12, align: 4 }, (c) => ({
  n_namesz: c.u32(),
  n_descsz: c.u32(),
  n_type: c.u32(),
}));

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
/** The sizes of an `Elf64_Ehdr` and an `Elf32_Ehdr`. */
const EHDR_SIZE = 64;
const EHDR32_SIZE = 52;

const TWO_32 = 2 ** 32;

/** The location of the table of program headers of a running program. */
export interface ProgramHeaders {
  /** The address of the table. */
  readonly address: number;
  /** The size of one header, in bytes. */
  readonly size: number;
  /** The number of headers. */
  readonly count: number;
}

/** A range of memory. */
export interface Segment {
  /** The address of its start. */
  readonly address: number;
  /** Its size, in bytes. */
  readonly size: number;
}

/**
 * Finds the program headers in `/proc/PID/auxv`. Returns null if the file does not have their
 * location.
 *
 * @param auxv The content of the file.
 * @param length The length of the file, in bytes.
 * @param wide Whether the process has 64-bit addresses. Otherwise they have 32 bits.
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
  return address > 0 && size === (wide ? elf64Phdr : elf32Phdr).size && count > 0
    ? { address, size, count }
    : null;
}

/**
 * Finds the notes of a running program.
 *
 * @param headers The program headers, as they are in the memory of the program.
 * @param place The location of the headers.
 * @param wide Whether it is a 64-bit program.
 */
export function parseNoteSegments(
  headers: DataView,
  { address, size, count }: ProgramHeaders,
  wide: boolean,
): Segment[] {
  const p = wide ? offsetsOf(elf64Phdr) : offsetsOf(elf32Phdr);
  const notes: Segment[] = [];
  // The headers have the linker's addresses. The entry for the table itself yields the distance by
  // which the program was moved.
  let moved: number | undefined;
  let first: number | undefined;
  for (let at = 0; at < count * size; at += size) {
    const type = headers.getUint32(at + p.p_type, true);
    const offset = wordAt(headers, at + p.p_offset, wide);
    const virtual = wordAt(headers, at + p.p_vaddr, wide);
    if (type === PT_PHDR) moved = address - virtual;
    if (type === PT_LOAD && offset === 0) first ??= virtual;
    if (type === PT_NOTE) {
      notes.push({ address: virtual, size: wordAt(headers, at + p.p_memsz, wide) });
    }
  }
  // Without an entry of its own, the table follows the header of the file.
  if (moved === undefined && first !== undefined) {
    moved = address - (wide ? EHDR_SIZE : EHDR32_SIZE) - first;
  }
  if (moved === undefined) return [];
  return notes.map((note) => ({ address: note.address + moved, size: note.size }));
}

/** Returns the build id among the notes of a program, or null. */
export function parseBuildId(notes: DataView, length: number): Uint8Array | null {
  const n = offsetsOf(elfNhdr);
  // The name and the descriptor of a note start at multiples of 4.
  for (let at = 0; at + elfNhdr.size <= length;) {
    const nameSize = notes.getUint32(at + n.n_namesz, true);
    const size = notes.getUint32(at + n.n_descsz, true);
    const type = notes.getUint32(at + n.n_type, true);
    const name = at + elfNhdr.size;
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
