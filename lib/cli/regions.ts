import { openProcess } from "../process/process.ts";
import type { RegionInfo } from "../process/regions.ts";
import { type Command, onePid, ROOT_OPTION } from "./command.ts";
import { type Fields, LIST_OPTIONS, printRows } from "./table.ts";

const FIELDS: Fields<RegionInfo> = {
  address: { title: "ADDRESS", value: ({ address }) => address, unit: "none" },
  size: { title: "SIZE", value: ({ sizeBytes }) => sizeBytes, unit: "bytes" },
  protection: { title: "PROT", value: ({ protection }) => protection },
  max: { title: "MAX", value: ({ maxProtection }) => maxProtection },
  share: { title: "SHARING", value: ({ shareMode }) => shareMode },
  rss: { title: "RSS", value: ({ residentBytes }) => residentBytes, unit: "bytes" },
  private: { title: "PRIVATE", value: (region) => region.privateResidentBytes, unit: "bytes" },
  shared: { title: "SHARED", value: (region) => region.sharedResidentBytes, unit: "bytes" },
  swapped: { title: "SWAPPED", value: ({ swappedBytes }) => swappedBytes, unit: "bytes" },
  dirty: { title: "DIRTY", value: ({ dirtyBytes }) => dirtyBytes, unit: "bytes" },
  offset: {
    title: "OFFSET",
    value: ({ offset }) => offset,
    text: ({ offset }) => offset === undefined ? undefined : `0x${offset.toString(16)}`,
    unit: "none",
  },
  inode: { title: "INODE", value: ({ inode }) => inode, unit: "none" },
  deleted: { title: "DELETED", value: ({ deleted }) => deleted },
  path: {
    title: "PATH",
    value: ({ path }) => path,
    text: ({ path, deleted }) => path !== undefined && deleted ? `${path} (deleted)` : path,
  },
};

/** `libproc regions`: the memory map of a process. */
export const command: Command = {
  usage: "PID",
  description: `Lists the regions of a process's address space, from the lowest address up.

Fields: ${Object.keys(FIELDS).join(", ")}. Sizes are bytes in JSON; addresses and
inode numbers are texts.`,
  options: { ...LIST_OPTIONS, ...ROOT_OPTION },
  fields: Object.keys(FIELDS),
  example: "libproc regions $$ --sort -rss",
  run(call) {
    const process = openProcess(onePid(call, "regions"), call.from);
    const shown = ["address", "size", "protection", "share", "rss", "path"];
    return printRows(call, process.regions(), FIELDS, shown);
  },
};
