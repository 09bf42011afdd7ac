/** The total and the used size of the memory or the swap space, in bytes. */
interface Space {
  readonly totalBytes: number;
  readonly usedBytes: number;
}

/** The times of all processors, in ticks. */
interface Times {
  readonly busy: number;
  readonly total: number;
}

/** Returns the averages at the start of `/proc/loadavg`; undefined if the file has another form. */
export function parseLoadAverages(
  text: string,
): readonly [number, number, number] | undefined {
  const [, one, five, fifteen] = /^([\d.]+) ([\d.]+) ([\d.]+) /.exec(text) ?? [];
  const averages = [Number(one), Number(five), Number(fifteen)] as const;
  return averages.some(Number.isNaN) ? undefined : averages;
}

const MS_PER_SECOND = 1000;

/** Returns the first number of `/proc/uptime`, in milliseconds. */
export function parseUptime(text: string): number | undefined {
  const [seconds] = /^\d+(?:\.\d+)?/.exec(text) ?? [];
  return seconds === undefined ? undefined : Math.round(Number(seconds) * MS_PER_SECOND);
}

/** Returns the sizes of the memory and the swap space in `/proc/meminfo`. */
export function parseMeminfo(text: string): { memory: Space | undefined; swap: Space | undefined } {
  const bytes = (name: string) => {
    const kibibytes = new RegExp(`^${name}: *(\\d{1,15}) kB$`, "m").exec(text)?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  };
  return {
    memory: spaceOf(bytes("MemTotal"), bytes("MemAvailable")),
    swap: spaceOf(bytes("SwapTotal"), bytes("SwapFree")),
  };
}

function spaceOf(totalBytes: number | undefined, free: number | undefined): Space | undefined {
  if (totalBytes === undefined || free === undefined) return undefined;
  return { totalBytes, usedBytes: Math.max(0, totalBytes - free) };
}

/**
 * The number of times in `/proc/stat` that are added up. The times of guests follow them, but are
 * already part of the first two.
 */
const TIMES = 8;
const IDLE = 3, WAITING = 4;

/** Returns the number of running processors in `/proc/stat`, and the sum of their times. */
export function parseProcessors(
  text: string,
): { processorCount: number | undefined; processorTimes: Times | undefined } {
  const processorCount = text.match(/^cpu\d+ /gm)?.length;
  return { processorCount, processorTimes: timesOf(/^cpu +(.*)$/m.exec(text)?.[1]) };
}

function timesOf(line: string | undefined): Times | undefined {
  const times = line?.split(" ").slice(0, TIMES).map(Number) ?? [];
  if (times.length <= WAITING || times.some(Number.isNaN)) return undefined;
  const total = times.reduce((sum, time) => sum + time, 0);
  return { busy: total - times[IDLE]! - times[WAITING]!, total };
}
