import { openProcess } from "../process/process.ts";
import { known } from "../system/known.ts";
import type { RegionInfo } from "../process/regions.ts";
import { type Command, onePid, ROOT_OPTION } from "./command.ts";
import { type Fields, LIST_OPTIONS, printRows, shownOn } from "./table.ts";

const FIELDS: Fields<RegionInfo> = {
  address: {
    title: "ADDRESS",
    value: ({ address }) => address,
    text: ({ address }) => address === "" ? "total" : address,
    unit: "none",
  },
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
  name: {
    title: "NAME",
    value: ({ path, name }) => path ?? name,
    text: ({ path, name, deleted }) =>
      path !== undefined && deleted ? `${path} (deleted)` : path ?? name,
  },
};

const SHOWN = [
  "address",
  "size",
  "protection",
  "share",
  "rss",
  "private",
  "shared",
  "dirty",
  "name",
];

/** The minimum widths of the screen for some of the fields. */
const LEAST = { share: 80, private: 100, shared: 100, dirty: 80 };

/** Returns the sums of all regions. */
function totalOf(regions: readonly RegionInfo[]): RegionInfo {
  const sum = (size: (region: RegionInfo) => number | undefined) =>
    regions.some((region) => size(region) === undefined)
      ? undefined
      : regions.reduce((sum, region) => sum + size(region)!, 0);
  return known<RegionInfo>({
    address: "",
    sizeBytes: sum(({ sizeBytes }) => sizeBytes)!,
    protection: "",
    maxProtection: "",
    residentBytes: sum(({ residentBytes }) => residentBytes),
    privateResidentBytes: sum(({ privateResidentBytes }) => privateResidentBytes),
    sharedResidentBytes: sum(({ sharedResidentBytes }) => sharedResidentBytes),
    swappedBytes: sum(({ swappedBytes }) => swappedBytes),
    dirtyBytes: sum(({ dirtyBytes }) => dirtyBytes),
    tag: 0,
    wired: false,
  });
}

/** `libproc regions`: lists the memory map of a process. */
export const command: Command = {
  usage: "PID",
  description:
    `Lists the regions of a process's address space, from the lowest address up, and their total. NAME is the
path of the file, or the kind of a region without one: [heap], [stack], [vdso].

Fields: ${Object.keys(FIELDS).join(", ")}. In JSON, sizes are in bytes,
addresses and inode numbers are strings, and there is no total.`,
  options: { ...LIST_OPTIONS, ...ROOT_OPTION },
  fields: Object.keys(FIELDS),
  example: "libproc regions $$ --sort -rss",
  run(call) {
    const process = openProcess(onePid(call, "regions"), call.from);
    const regions = process.regions();
    return printRows(call, regions, FIELDS, shownOn(call, SHOWN, LEAST), {
      total: totalOf(regions),
    });
  },
};
