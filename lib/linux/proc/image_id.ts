import type { World } from "./world.ts";
import { STAT } from "../parse/stat.ts";
import { parseAuxv, parseBuildId, parseNoteSegments } from "../sys/elf.ts";
import { procFile } from "./proc_fs.ts";
import { type ProcessReader, readerOf } from "./process.ts";
import { Recent } from "./recent.ts";

const AUXV = procFile("auxv");

/** The size of a UUID, in bytes. */
export const UUID_SIZE = 16;

/** The last field of `stat` that distinguishes one program from another. */
export const LAST_IMAGE_FIELD: number = STAT.arg_start;

/**
 * The fields that change when a process runs another program. They can stay the same if it runs the
 * same program again without address randomization.
 */
const IMAGE_FIELDS: readonly number[] = [
  STAT.starttime,
  STAT.startcode,
  STAT.endcode,
  STAT.startstack,
  STAT.start_data,
  STAT.end_data,
  STAT.start_brk,
  STAT.arg_start,
];

/** The program that a process runs, and its UUID. */
interface Image {
  /** The fields of `stat` at the time when the id was read. */
  readonly fields: Float64Array;
  /** The id, in 16 bytes. */
  readonly uuid: Uint8Array;
}

const images = new WeakMap<World, (pid: number, to: Uint8Array, at: number) => void>();

/**
 * Makes a function that writes the UUID of the program of the process that was read last. The
 * fields of the process must have been read up to {@linkcode LAST_IMAGE_FIELD}. The UUID is the
 * first 16 bytes of the build id that the linker assigned. It is zero if the program has no build
 * id, or if the kernel does not permit reading the memory of the process.
 *
 * The id is read from the memory of the process, not from the file: closing a file releases this
 * process's own locks on it. The id is cached until the process runs another program.
 */
export function imageIdOf(world: World): (pid: number, to: Uint8Array, at: number) => void {
  let write = images.get(world);
  if (write === undefined) images.set(world, write = makeImageId(world));
  return write;
}

function makeImageId(world: World): (pid: number, to: Uint8Array, at: number) => void {
  const reader = readerOf(world);
  const recent = new Recent<Image>();

  return (pid, to, at) => {
    const { stat } = reader;
    if (!world.fs.local || reader.isOpaque || stat[STAT.startcode] === 0) {
      to.fill(0, at, at + UUID_SIZE);
      return;
    }
    let image = recent.get(pid);
    if (image === undefined || !isSame(image, stat)) {
      const uuid = readBuildId(world, reader, pid);
      image = { fields: Float64Array.from(IMAGE_FIELDS, (field) => stat[field]!), uuid };
      recent.set(pid, image);
    }
    for (let i = 0; i < UUID_SIZE; i++) to[at + i] = image.uuid[i]!;
  };
}

function isSame({ fields }: Image, stat: Float64Array): boolean {
  for (let i = 0; i < IMAGE_FIELDS.length; i++) {
    if (fields[i] !== stat[IMAGE_FIELDS[i]!]) return false;
  }
  return true;
}

function readBuildId({ fs }: World, reader: ProcessReader, pid: number): Uint8Array {
  const uuid = new Uint8Array(UUID_SIZE);
  const wide = !reader.isNarrow;
  const length = reader.readFile(pid, AUXV);
  if (length <= 0) return uuid;
  const auxv = new DataView(fs.text.buffer, fs.text.byteOffset, length);
  const headers = parseAuxv(auxv, length, wide);
  if (headers === null) return uuid;
  const { clock, thread } = reader;
  const size = headers.size * headers.count;
  if (clock.readMemory(thread, headers.address, size) !== size) return uuid;
  for (const note of parseNoteSegments(clock.memory, headers, wide)) {
    const read = clock.readMemory(thread, note.address, note.size);
    const id = read > 0 ? parseBuildId(clock.memory, read) : null;
    if (id === null) continue;
    uuid.set(id.subarray(0, UUID_SIZE));
    break;
  }
  return uuid;
}
