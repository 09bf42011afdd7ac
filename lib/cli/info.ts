import { CAPABILITY_NAMES, type CapabilityName } from "../process/capabilities.ts";
import { type Missing, ProcessError } from "../process/errors.ts";
import { type FieldName, PLACES } from "../process/fields/mod.ts";
import type { ProcessLimits } from "../process/limits.ts";
import { openProcess, type Process } from "../process/process.ts";
import { type Call, type Command, JSON_OPTION, onePid, ROOT_OPTION } from "./command.ts";
import { labelOf, printJson, printLines, statusFor } from "./details.ts";
import { UNLIMITED } from "./limits.ts";
import { NAMES } from "./select.ts";
import { bold, plain } from "./table.ts";

const READ = NAMES.filter((name) => !PLACES.get(name)!.field.secret);

/** The facts about a process in addition to its fields. */
const MORE = {
  limits: (process: Process): ProcessLimits => process.limits(),
  controlGroups: (process: Process) => process.controlGroup().paths,
  namespaces: (process: Process) => process.namespaces(),
} as const;

type Name = FieldName | keyof typeof MORE;

/** The sections of the output, and the order within them. */
const SECTIONS: Readonly<Record<string, readonly Name[]>> = {
  Identity: [
    ...[
      "pid",
      "name",
      "state",
      "startedAt",
      "userName",
      "userId",
      "parentPid",
      "uniqueId",
    ] as const,
    ...["processGroupId", "sessionId", "sessionLeader", "terminalPath", "terminalDevice"] as const,
    ...["foregroundProcessGroupId", "realUserId", "savedUserId", "groupId", "realGroupId"] as const,
    ...["savedGroupId", "supplementaryGroupIds", "kernelThread", "traced", "exiting"] as const,
  ],
  Program: [
    ...["executablePath", "commandLine", "arguments", "title", "workingDirectory"] as const,
    ...["rootDirectory", "is64Bit", "translated"] as const,
  ],
  Resources: [
    ...["cpuPercent", "cpuTimeNs", "userTimeNs", "systemTimeNs", "childUserTimeNs"] as const,
    ...["childSystemTimeNs", "memoryPercent", "residentBytes", "virtualBytes"] as const,
    ...["footprintBytes", "peakBytes", "proportionalBytes", "uniqueBytes", "wiredBytes"] as const,
    ...["swappedBytes", "pageFaults", "majorPageFaults", "threadCount", "descriptorCount"] as const,
    ...["descriptorLimit", "readBytes", "writtenBytes", "inputBytes", "outputBytes"] as const,
    ...["inputCalls", "outputCalls", "nice", "basePriority", "schedulingPolicy"] as const,
    ...["contextSwitches", "runDelayNs", "runnableTimeNs", "interruptWakeups"] as const,
    ...["packageWakeups", "instructions", "cycles", "energyNanojoules"] as const,
  ],
  Limits: ["limits"],
  Confinement: [
    ...["containerId", "containerRuntime", "podId", "systemdUnit", "systemdSlice"] as const,
    ...["cgroup", "controlGroups", "namespaces", "effectiveCapabilities"] as const,
    ...["permittedCapabilities", "inheritableCapabilities", "boundingCapabilities"] as const,
    ...["ambientCapabilities", "noNewPrivileges", "systemCallFilter", "securityLabel"] as const,
  ],
};

/** Fields that are shown next to the path that they describe. */
const DELETED: Readonly<Record<string, FieldName>> = {
  executablePath: "executableDeleted",
  workingDirectory: "workingDirectoryDeleted",
  rootDirectory: "rootDirectoryDeleted",
};

/** Fields that are shown only if they are true. */
const ODD: ReadonlySet<string> = new Set(["kernelThread", "traced", "exiting", "translated"]);

/** `libproc info`: prints all facts about one process. */
export const command: Command = {
  usage: "PID",
  description:
    `Prints the properties of a process: its identity, program, resources, limits and confinement. These are
the fields of ps except the environment, and in addition limits, control groups and namespaces. A field that
is denied to this user, or lost as the process is a zombie, is printed as such. The last line names the
fields that this system does not have. JSON has all fields under their full names.`,
  options: { ...JSON_OPTION, ...ROOT_OPTION },
  example: "libproc info 1",
  run(call) {
    const process = openProcess(onePid(call, "info"), call.from);
    const { missing, ...values } = process.read(...READ);
    const known: Record<string, unknown> = values;
    const reasons: Record<string, Missing> = { ...missing };
    for (const [name, read] of Object.entries(MORE)) {
      try {
        known[name] = read(process);
      } catch (error) {
        if (!(error instanceof ProcessError) || error.missing === "gone") throw error;
        reasons[name] = error.missing;
      }
    }
    if (call.options["json"]) printJson(call, inOrder(known), reasons);
    else printSections(call, known, reasons);
    return statusFor(call, reasons);
  },
};

/** Sorts properties in the order of the sections, followed by those in no section. */
function inOrder(known: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const names = Object.values(SECTIONS).flat().flatMap((name) => {
    const deleted = DELETED[name];
    return deleted === undefined ? [name] : [name, deleted];
  });
  const all = [...new Set([...names, ...Object.keys(known)])].filter((name) => name in known);
  return Object.fromEntries(
    all.map((name) => [name, name === "limits" ? limitsInWords(known[name]) : known[name]]),
  );
}

/** Returns limits with "unlimited" for one that is not set. */
function limitsInWords(limits: unknown): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(limits as ProcessLimits).map((
      [name, { soft = UNLIMITED, hard = UNLIMITED }],
    ) => [name, { soft, hard }]),
  );
}

function printSections(
  call: Call,
  known: Readonly<Record<string, unknown>>,
  missing: Readonly<Record<string, Missing>>,
): void {
  const { output } = call;
  const sections = Object.entries(SECTIONS).map(([title, names]) => ({
    title,
    lines: names.flatMap((name) => linesOf(name, known, missing)),
  }));
  const names = sections.flatMap(({ lines }) => lines.map(([name]) => labelOf(name)));
  const width = Math.max(...names.map((name) => name.length));
  for (const [i, { title, lines }] of sections.filter(({ lines }) => lines.length > 0).entries()) {
    if (i > 0) output.out("");
    output.out(output.screen?.colors ? bold(title) : title);
    printLines(call, lines, width);
  }
  const unsupported = Object.keys(missing).filter((name) => missing[name] === "unsupported");
  if (unsupported.length > 0) output.out(`\nNot on this system: ${unsupported.join(", ")}`);
}

type Line = readonly [name: string, value: unknown];

function linesOf(
  name: Name,
  known: Readonly<Record<string, unknown>>,
  missing: Readonly<Record<string, Missing>>,
): Line[] {
  const why = missing[name];
  if (why !== undefined) return why === "unsupported" ? [] : [[name, why]];
  const value = known[name];
  if (value === undefined || ODD.has(name) && value === false) return [];
  // The arguments have the same words.
  if (name === "commandLine" && (known["arguments"] as readonly string[] | undefined)?.length) {
    return [];
  }
  if (name === "limits") return limitLines(value as ProcessLimits);
  if (name === "effectiveCapabilities") return capabilityLines(known);
  if (name.endsWith("Capabilities")) return [];
  const deleted = DELETED[name];
  return [[name, deleted !== undefined && known[deleted] === true ? `${value} (deleted)` : value]];
}

/** Formats limits: `SOFT:HARD`. */
function limitLines(limits: ProcessLimits): Line[] {
  return Object.entries(limits).map(([name, { soft, hard }]) => {
    const shown = (value: number | undefined) =>
      value === undefined ? UNLIMITED : plain(value, name.endsWith("Bytes") ? "bytes" : "none")!;
    return [name, `${shown(soft)}:${shown(hard)}`];
  });
}

/** Formats the capability sets. Equal sets are printed once. */
function capabilityLines(known: Readonly<Record<string, unknown>>): Line[] {
  const kinds = ["effective", "permitted", "inheritable", "bounding", "ambient"];
  const sets = Object.groupBy(
    kinds,
    (kind) => capabilitiesInWords(known[`${kind}Capabilities`] as CapabilityName[] | undefined),
  );
  return Object.entries(sets).map((
    [words, kinds],
  ) => ["capabilities", `${kinds!.join(", ")}: ${words}`]);
}

function capabilitiesInWords(names: readonly CapabilityName[] = []): string {
  if (names.length === 0) return "none";
  const others = CAPABILITY_NAMES.filter((name) => !names.includes(name));
  if (others.length === 0) return "all";
  return others.length < names.length ? `all but ${others.join(" ")}` : names.join(" ");
}
