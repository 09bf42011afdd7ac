import type { Process } from "../../lib/process/process.ts";

/** Every method of a {@linkcode Process} that neither waits nor sends a signal, by its name. */
export const METHODS: Readonly<Record<string, (process: Process) => unknown>> = {
  info: (process) => process.info(),
  read: (process) => process.read("name", "commandLine", "cpuTimeNs", "footprintBytes"),
  state: (process) => process.state(),
  name: (process) => process.name(),
  executable: (process) => process.executable(),
  arguments: (process) => process.arguments(),
  argumentBytes: (process) => process.argumentBytes(),
  environment: (process) => process.environment(),
  environmentBytes: (process) => process.environmentBytes(),
  workingDirectory: (process) => process.workingDirectory(),
  rootDirectory: (process) => process.rootDirectory(),
  parent: (process) => process.parent(),
  ancestors: (process) => process.ancestors(),
  children: (process) => process.children(),
  descendants: (process) => process.children({ recursive: true }),
  threads: (process) => process.threads(),
  regions: (process) => process.regions(),
  descriptors: (process) => process.descriptors(),
  files: (process) => process.files(),
  sockets: (process) => process.sockets(),
  resourceUsage: (process) => process.resourceUsage(),
  cpuPercent: (process) => process.cpuPercent(),
  memory: (process) => process.memory(),
  limits: (process) => process.limits(),
  credentials: (process) => process.credentials(),
  controlGroup: (process) => process.controlGroup(),
  namespaces: (process) => process.namespaces(),
  terminal: (process) => process.terminal(),
  priority: (process) => process.priority(),
};

/** Returns `"value"`, or the name of the error that is thrown. */
export function outcome(ask: () => unknown): string {
  try {
    ask();
    return "value";
  } catch (error) {
    return error instanceof Error ? error.constructor.name : typeof error;
  }
}

/** Returns the outcome of each method. */
export function outcomes(process: Process): Record<string, string> {
  return Object.fromEntries(
    Object.entries(METHODS).map(([name, ask]) => [name, outcome(() => ask(process))]),
  );
}
