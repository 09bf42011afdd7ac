import type { NamedFile, NamedRegion } from "../../system/facts.ts";
import { copyMapsName, MAPS } from "../parse/maps.ts";
import { type DarwinAnswer, darwinError } from "../sys/errno.ts";
import { hasInode, MASK, statxBlock } from "../sys/statx.ts";
import { livingTask } from "./living.ts";
import { endsDeleted, withoutDeleted } from "./link_path.ts";
import { RegionReading } from "./region_reading.ts";
import type { World } from "./world.ts";

const decoder = new TextDecoder();

/**
 * Makes a function that finds the files that are mapped in a process and the names of its regions.
 * `maps` contains paths of any length.
 */
export function namedRegionsFinder(world: World): (pid: number) => NamedRegion[] {
  const { fs, libc } = world;
  const reading = new RegionReading(fs, livingTask(world), false);
  const named = statxBlock();

  /** True if a path leads to the file of the region. */
  function leads(path: Uint8Array): boolean {
    const bytes = new Uint8Array(new ArrayBuffer(path.length + 1));
    bytes.set(path);
    return libc.statx(bytes, MASK.INO, named.bytes) === 0 && hasInode(named.view, reading);
  }

  function mapped(): NamedFile {
    const { text, line } = reading;
    const start = line[MAPS.nameStart]!, end = line[MAPS.nameEnd]!;
    const name = new Uint8Array(end - start);
    let path = name.subarray(0, copyMapsName(text, start, end, name));
    // An apparent newline may be a literal backslash and three digits.
    if (line[MAPS.nameEscaped] === 1 && fs.mounted && !leads(path)) {
      const plain = text.slice(start, end);
      if (leads(plain)) path = plain;
    }
    const deleted = endsDeleted(path, path.length) && !(fs.mounted && leads(path));
    return {
      path: deleted ? withoutDeleted(path) : path,
      deleted: fs.mounted ? deleted : undefined,
    };
  }

  return (pid) => {
    const error: DarwinAnswer = reading.read(pid);
    if (error < 0) throw darwinError(`read the memory map of process ${pid}`, "read", error);
    const found: NamedRegion[] = [];
    while (reading.next()) {
      const { text, line, hasFile } = reading;
      const start = line[MAPS.nameStart]!, end = line[MAPS.nameEnd]!;
      if (!hasFile && start === end) continue;
      found.push({
        address: BigInt(line[MAPS.start]!),
        file: hasFile ? mapped() : undefined,
        name: hasFile ? undefined : decoder.decode(text.subarray(start, end)),
      });
    }
    return found;
  };
}
