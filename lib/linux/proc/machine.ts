import type { MachineFacts } from "../../system/facts.ts";
import { parseLoadAverages, parseMeminfo, parseProcessors, parseUptime } from "../parse/machine.ts";
import { procFile } from "./proc_fs.ts";
import type { World } from "./world.ts";

const LOADAVG = procFile("loadavg");
const UPTIME = procFile("uptime");
const MEMINFO = procFile("meminfo");
const STAT = procFile("stat");

const decoder = new TextDecoder();

/**
 * Returns the load of the machine, from the files of `/proc` that do not belong to a process.
 * Values are undefined if their file is missing.
 */
export function machineFacts({ fs }: World): MachineFacts {
  const read = (file: Uint8Array) => {
    const length = fs.readRoot(file);
    return length < 0 ? "" : decoder.decode(fs.text.subarray(0, length));
  };
  return {
    loadAverages: parseLoadAverages(read(LOADAVG)),
    uptimeMs: parseUptime(read(UPTIME)),
    ...parseProcessors(read(STAT)),
    ...parseMeminfo(read(MEMINFO)),
  };
}
