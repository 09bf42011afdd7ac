import { openProcess } from "../process/process.ts";
import type { RegionInfo } from "../process/regions.ts";
import { type Command, onePid, ROOT_OPTION, sourceOf } from "./command.ts";
import { type Field, type Fields, LIST_OPTIONS, printRows, size } from "./table.ts";

function bytes(
  title: string,
  value: (region: RegionInfo) => number | undefined,
): Field<RegionInfo> {
  return { title, value, text: (region) => size(value(region)), right: true };
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}

const FIELDS: Fields<RegionInfo> = {
  address: {
    title: "ADDRESS",
    value: ({ address }) => address,
    text: ({ address }) => hex(address),
    right: true,
  },
  size: bytes("SIZE", ({ sizeBytes }) => sizeBytes),
  protection: { title: "PROT", value: ({ protection }) => protection },
  max: { title: "MAX", value: ({ maxProtection }) => maxProtection },
  share: { title: "SHARING", value: ({ shareMode }) => shareMode },
  rss: bytes("RSS", ({ residentBytes }) => residentBytes),
  private: bytes("PRIVATE", ({ privateResidentBytes }) => privateResidentBytes),
  shared: bytes("SHARED", ({ sharedResidentBytes }) => sharedResidentBytes),
  swapped: bytes("SWAPPED", ({ swappedBytes }) => swappedBytes),
  dirty: bytes("DIRTY", ({ dirtyBytes }) => dirtyBytes),
  offset: {
    title: "OFFSET",
    value: ({ offset }) => offset,
    text: ({ offset }) => hex(offset),
    right: true,
  },
  inode: { title: "INODE", value: ({ inode }) => inode, right: true },
  path: { title: "PATH", value: ({ path }) => path },
};

/** `libproc regions`: the memory map of a process. */
export const command: Command = {
  usage: "PID",
  description: `Lists the regions of a process's address space, from the lowest address up.

Fields: ${Object.keys(FIELDS).join(", ")}. Sizes are bytes in JSON, and numbers above 2^53 texts.`,
  options: { ...LIST_OPTIONS, ...ROOT_OPTION },
  fields: Object.keys(FIELDS),
  example: "libproc regions $$ --sort -rss",
  run(call) {
    const process = openProcess(onePid(call, "regions"), sourceOf(call));
    const shown = ["address", "size", "protection", "share", "rss", "path"];
    return printRows(call, process.regions(), FIELDS, shown);
  },
};
